"""A shopper switches notifications on and off, over real HTTP and against a push service that believes nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cloud import config
from cloud.config import Push, Settings, Web
from cloud.errors import UserError
from cloud.shop import messages, telling
from cloud.shop.messages import Advertisement, Both, Sender
from cloud.shop.telling import Pushed
from cloud.store import pushes, stops
from cloud.web.shop import delivery
from tests.cloud.push_service import Phone, PushService, push_service, says
from tests.cloud.served import Served, served
from tests.programs import eventually

HELLO = Pushed(title=Both(ko="재입고", en="Back"), text=Both(ko="녹차", en="Tea"), url="/me")


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    with push_service() as service:
        yield service


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, service: PushService) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("push"), push=service.origin) as site:
        service.now_s = lambda: site.shop.clock.now_ms / 1000
        yield site


def given(phone: Phone) -> dict[str, object]:
    """What a browser's `PushSubscription.toJSON` gives."""
    return {"endpoint": phone.endpoint, "expirationTime": None, "keys": phone.keys, "lang": "ko"}


def rows(site: Served, question: str, *values: object) -> list[tuple[object, ...]]:
    with site.shop.store.reading() as connection:
        return connection.execute(question, values).fetchall()


def of_phone(site: Served, phone: Phone) -> list[tuple[object, ...]]:
    return rows(site, "SELECT profile, language, origin FROM push_subscriptions WHERE endpoint = ?", phone.endpoint)


def tell(site: Served, cookie_of: int) -> None:
    """The store tells this profile something, as any part of it does."""
    with site.shop.store.atomic() as connection:
        told = telling.tell(
            connection, profile_id=cookie_of, kind="restock", body="{}", at_ms=site.shop.clock(), push=HELLO
        )
    site.loop.call_soon_threadsafe(delivery.publish, site.shop.services, told)


def enrolled(site: Served) -> tuple[httpx.Client, int]:
    client = site.client(site.enrol("history"))
    return client, int(str(rows(site, "SELECT max(id) FROM profiles")[0][0]))


def test_a_phone_that_was_switched_on_is_told_and_after_off_it_is_not(site: Served, service: PushService) -> None:
    phone = service.phone()
    client, profile = enrolled(site)
    with client:
        answer = client.post("/me/push", json=given(phone), headers={"origin": site.base})
        assert answer.status_code == 201
        assert of_phone(site, phone) == [(profile, "ko", site.base)]
        tell(site, profile)
        service.wait(lambda: len(phone.delivered) == 1)
        assert phone.delivered[0].told["notification"]["navigate"] == f"{site.base}/me"

        off = client.post("/me/push/off", data={"lang": "en"})
        assert (off.status_code, off.headers["location"]) == (303, "/me?lang=en#push")
        assert of_phone(site, phone) == []
        tell(site, profile)
        assert rows(site, "SELECT count(*) FROM pushes WHERE state = 'waiting'") == [(0,)]
    assert phone.asked == 1
    assert service.wrong == []


def test_a_form_does_what_the_script_does(site: Served, service: PushService) -> None:
    phone = service.phone()
    client, profile = enrolled(site)
    with client:
        answer = client.post("/me/push", data={"endpoint": phone.endpoint, **phone.keys, "lang": "en"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/me?lang=en#push")
    assert of_phone(site, phone)[0][:2] == (profile, "en")


def test_64_presses_are_one_subscription_and_ten_phones_are_the_most(site: Served, service: PushService) -> None:
    phones = [service.phone() for _ in range(12)]
    client, profile = enrolled(site)
    with client:
        for _ in range(64):
            assert client.post("/me/push", json=given(phones[0])).status_code == 201
        assert rows(site, "SELECT count(*) FROM push_subscriptions WHERE profile = ?", profile) == [(1,)]
        for phone in phones[1:]:
            assert client.post("/me/push", json=given(phone)).status_code == 201
    assert rows(site, "SELECT count(*) FROM push_subscriptions WHERE profile = ?", profile) == [(10,)]
    assert of_phone(site, phones[0]) == of_phone(site, phones[1]) == []


def test_a_phone_that_changes_hands_is_the_new_owners_alone(site: Served, service: PushService) -> None:
    phone = service.phone(says(500))
    client, first = enrolled(site)
    with client:
        client.post("/me/push", json=given(phone))
    tell(site, first)
    service.wait(lambda: phone.asked == 1)
    client, second = enrolled(site)
    with client:
        assert client.post("/me/push", json=given(phone)).status_code == 201

    assert of_phone(site, phone)[0][0] == second
    assert rows(site, "SELECT count(*) FROM pushes WHERE state IN ('waiting', 'sending')") == [(0,)]


def test_who_is_not_known_here_cannot_switch_anything_on(site: Served, service: PushService) -> None:
    phone = service.phone()
    with site.client() as stranger:
        assert stranger.post("/me/push", json=given(phone)).status_code == 403
        assert stranger.post("/me/push/off").status_code == 303
    assert of_phone(site, phone) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"endpoint": "https://evil.kr/x"}, "not-allowed"),
        ({"endpoint": "https://169.254.169.254/latest/meta-data"}, "not-allowed"),
        ({"endpoint": "http://localhost:1/x"}, "not-https"),
        ({"endpoint": "file:///etc/passwd"}, "malformed"),
        ({"endpoint": 7}, "endpoint"),
        ({"keys": {"p256dh": "x", "auth": "y"}}, "keys"),
        ({"keys": {"p256dh": "A" * 87, "auth": "A" * 22}}, "keys"),
        ({"keys": {"p256dh": "A" * 5_000, "auth": ""}}, "length"),
        ({"keys": None}, "keys"),
    ],
)
def test_what_no_browser_gives_is_refused_in_words(
    site: Served, service: PushService, change: dict[str, object], words: str
) -> None:
    client, profile = enrolled(site)
    with client:
        answer = client.post("/me/push", json={**given(service.phone()), **change})
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert rows(site, "SELECT count(*) FROM push_subscriptions WHERE profile = ?", profile) == [(0,)]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'"endpoint"', b"{}"])
def test_a_body_that_is_no_subscription_is_refused(site: Served, body: bytes) -> None:
    client, _ = enrolled(site)
    with client:
        answer = client.post("/me/push", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 400
        assert client.post("/me/push", content=body).status_code == 400


def test_a_sandbox_is_for_pages_of_this_machine_alone(site: Served, service: PushService) -> None:
    """Behind a proxy with a public name anybody could have this machine send to itself."""
    phone = service.phone()
    client, _ = enrolled(site)
    with client:
        answer = client.post(
            "/me/push", json=given(phone), headers={"host": "shop.example.kr", "origin": "https://shop.example.kr"}
        )
    assert answer.status_code == 400
    assert of_phone(site, phone) == []


def test_another_sites_script_can_neither_switch_on_nor_off(site: Served, service: PushService) -> None:
    phone = service.phone()
    client, _ = enrolled(site)
    with client:
        client.post("/me/push", json=given(phone))
        for path in ("/me/push", "/me/push/off"):
            answer = client.post(path, json=given(phone), headers={"sec-fetch-site": "cross-site"})
            assert answer.status_code == 403
    assert len(of_phone(site, phone)) == 1


def test_the_service_worker_is_asked_for_anew_and_the_module_kept_by_its_content(site: Served) -> None:
    with site.client() as client:
        worker = client.get("/sw.js")
        assert worker.status_code == 200
        assert worker.headers["content-type"].startswith("text/javascript")
        assert worker.headers["cache-control"] == "no-cache"
        assert "fetch" not in worker.text.replace("fetched", "")
        assert "caches" not in worker.text
        manifest = client.get("/manifest.webmanifest?lang=en")
        assert manifest.headers["content-type"] == "application/manifest+json"
        told = json.loads(manifest.text)
        assert (told["name"], told["display"], told["start_url"]) == ("Daon Market", "standalone", "/me?lang=en")
        assert client.get(told["icons"][0]["src"]).status_code == 200


@pytest.mark.parametrize(
    ("language", "words"),
    [("ko", ("알림 켜기", "광고 동의가 아닙니다")), ("en", ("Turn notifications on", "Advertising"))],
)
def test_the_page_explains_before_it_asks_and_says_what_it_cannot_without_scripts(
    site: Served, language: str, words: tuple[str, str]
) -> None:
    client, _ = enrolled(site)
    with client:
        page = client.get(f"/me?lang={language}").text
    section = page.partition('id="push"')[2].partition("</section>")[0]
    assert all(word in section for word in words)
    assert "data-without" in section
    assert "push.js" in section
    assert '<div hidden><button type="button"' in section


def test_a_store_without_a_subject_shows_nothing_and_takes_nothing(tmp_path: Path, service: PushService) -> None:
    with served(tmp_path) as site, site.client(site.enrol("history")) as client:
        assert 'id="push"' not in client.get("/me").text
        assert "ads.push" not in client.get("/me/choices").text
        assert client.post("/me/push", json=given(service.phone())).status_code == 404
        with site.shop.store.reading() as connection:
            assert pushes.backlog(connection) == 0


def test_only_a_channel_that_the_store_has_is_asked_for(site: Served) -> None:
    client, _ = enrolled(site)
    with client:
        page = client.get("/me/choices").text
        assert 'value="ads.push"' in page
        assert 'value="night.push"' in page
        assert 'value="ads.email"' not in page
        client.post("/me/choices", data={"purpose": ["history", "ads.email"]})
        assert 'value="ads.email" checked' in client.get("/me/choices").text  # what stands can be taken back


def settings_of(path: Path, push: str, host: str = "127.0.0.1") -> Settings:
    file = path / config.FILE
    file.write_text(f'store = "daon"\n[web]\nhost = "{host}"\n[push]\n{push}\n', encoding="utf-8")
    return config.load(file)


def test_the_settings_name_whom_a_push_service_may_write_to(tmp_path: Path) -> None:
    assert settings_of(tmp_path, 'subject = "mailto:push@shop.kr"').push == Push(subject="mailto:push@shop.kr")
    assert settings_of(tmp_path, 'hosts = ["*.push.example.kr"]').push.hosts == ("*.push.example.kr",)
    assert settings_of(tmp_path, 'sandbox = "http://localhost:9000"').web == Web()


@pytest.mark.parametrize(
    ("push", "host", "words"),
    [
        ('sandbox = "http://localhost:9000"', "0.0.0.0", "web.host 127.0.0.1 alone"),
        ('sandbox = "http://localhost:9000"', "shop.example.kr", "web.host 127.0.0.1 alone"),
        ('sandbox = "https://push.example.kr"', "127.0.0.1", "push.sandbox"),
        ('sandbox = "http://10.0.0.1:80"', "127.0.0.1", "push.sandbox"),
        ('subject = "push@shop.kr"', "127.0.0.1", "push.subject"),
        ('subject = "mailto:push@localhost"', "127.0.0.1", "push.subject"),
        ('hosts = ["https://push.example.kr"]', "127.0.0.1", "push.hosts"),
        ('hosts = ["*"]', "127.0.0.1", "push.hosts"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, push: str, host: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        settings_of(tmp_path, push, host)
    assert words in str(caught.value)


def advertise(site: Served, profile: int) -> None:
    """An offer goes on its way to this profile's phones, by whatever part of the store made it."""
    sender = Sender(name=Both(ko="다온상회", en="Daon Market"), contact="02-000-0000")
    with site.shop.store.atomic() as connection:
        offer = Advertisement(
            title=Both(ko="차 반값", en="Half price"),
            text=Both(ko="오늘만", en="Today only"),
            why=(Both(ko="가", en="a"), Both(ko="나", en="b"), Both(ko="다", en="c")),
            sender=sender,
            stop_url=stops.url(connection, profile, site.shop.services.random),
            url="/me",
            at_ms=site.shop.clock(),
            showing=1,
        )
        told = telling.tell(
            connection,
            profile_id=profile,
            kind="offer",
            body=messages.encode(offer),
            at_ms=site.shop.clock(),
            push=telling.advertising(offer, foot=offer.foot),
        )
    site.loop.call_soon_threadsafe(delivery.publish, site.shop.services, told)


def last_push(site: Served, profile: int) -> tuple[object, ...]:
    (found,) = rows(
        site,
        """SELECT p.state, p.reason FROM pushes AS p JOIN messages AS m ON m.id = p.message
           WHERE m.profile = ? AND m.kind = 'offer' ORDER BY p.id DESC LIMIT 1""",
        profile,
    )
    return found


def settled(site: Served, profile: int, state: tuple[object, ...]) -> None:
    eventually(lambda: last_push(site, profile) == state, f"a push that is {state}")


def nothing_waits(site: Served) -> None:
    outbox = site.shop.services.outbox
    assert outbox is not None
    eventually(lambda: outbox.backlog() == 0, "the outbox")


def test_the_law_is_asked_when_an_advertisement_is_sent_and_not_when_it_is_queued(
    tmp_path: Path, service: PushService
) -> None:
    with served(tmp_path, push=service.origin) as site:
        service.now_s = lambda: site.shop.clock.now_ms / 1000
        phone = service.phone()
        client, profile = enrolled(site)
        with client:
            client.post("/me/push", json=given(phone))
            advertise(site, profile)
            settled(site, profile, ("withheld", "no-consent"))  # notifications are no consent to advertising

            client.post("/me/choices", data={"purpose": ["history", "offers", "ads.push"]})
            nothing_waits(site)  # the receipt of the choice is a push as well
            phone.answers.append(says(500))
            advertise(site, profile)
            settled(site, profile, ("waiting", "500"))
            client.post("/me/choices", data={"purpose": ["history"]})  # withdrawn while it waits
            site.shop.clock.now_ms += 60_000
            site.loop.call_soon_threadsafe(wake, site)
            settled(site, profile, ("withheld", "no-consent"))

            client.post("/me/choices", data={"purpose": ["history", "offers", "ads.push"]})
            advertise(site, profile)
            settled(site, profile, ("sent", ""))
            service.wait(lambda: any("차 반값" in each.told["notification"]["title"] for each in phone.delivered))
            shown = phone.delivered[-1].told["notification"]
            assert shown["title"] == "(광고) 다온상회 · 차 반값"
            assert "02-000-0000" in shown["body"]
            assert "무료 수신거부" in shown["body"]
            (stop,) = shown["actions"]

            site.shop.clock.now_ms += 10 * 3_600_000  # 22:00 in Seoul
            advertise(site, profile)
            settled(site, profile, ("waiting", "night"))
            client.post("/me/choices", data={"purpose": ["history", "offers", "ads.push", "night.push"]})
            site.shop.clock.now_ms += 10 * 60_000
            site.loop.call_soon_threadsafe(wake, site)
            settled(site, profile, ("sent", ""))

            assert client.post(stop["navigate"].removeprefix(site.base)).status_code in (200, 303)
            advertise(site, profile)
            settled(site, profile, ("withheld", "no-consent"))
    assert service.wrong == []


def wake(site: Served) -> None:
    assert site.shop.services.outbox is not None
    site.shop.services.outbox.wake()
