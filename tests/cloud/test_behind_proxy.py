"""The pages behind a proxy that speaks TLS for them: who asks, how often they may, and where links lead."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cloud import config
from cloud.errors import UserError
from cloud.web.qr import svg
from tests.cloud import push_service
from tests.cloud.handsets import Phone
from tests.cloud.morning import Site, Town, serving, town
from tests.cloud.shop import TEA, opened

ORIGIN = "https://store.example"


@pytest.fixture(name="place")
def _place(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path) as place:
        yield place


def sign_in(site: Site, password: str, *, account: str = "manager", via: str = "") -> httpx.Response:
    """A try through a proxy on this machine, which says for whom it asks; without `via` it says nothing."""
    headers = {"x-forwarded-for": via} if via else {}
    return httpx.post(f"{site.url}/manage/login", data={"account": account, "password": password}, headers=headers)


def guess(site: Site, *, via: str = "") -> list[int]:
    """What somebody hears who guesses at names that are nobody's."""
    return [sign_in(site, "x", account=f"nobody-{number}", via=via).status_code for number in range(7)]


def test_a_guesser_behind_the_same_proxy_keeps_no_owner_out(place: Town) -> None:
    with serving(place, proxies=["127.0.0.1"]) as site:
        assert guess(site, via="203.0.113.9") == [401] * 5 + [429] * 2
        assert sign_in(site, place.password, via="198.51.100.1").status_code == 303


def test_a_guesser_behind_a_proxy_that_nothing_names_keeps_no_owner_out_either(place: Town) -> None:
    with serving(place) as site:
        assert guess(site, via="203.0.113.9") == [401] * 7
        assert sign_in(site, place.password, via="198.51.100.1").status_code == 303


def test_one_account_is_still_guarded_against_guesses_from_this_machine(place: Town) -> None:
    with serving(place) as site:
        answers = [sign_in(site, "x").status_code for _ in range(22)]
        assert answers == [401] * 20 + [429] * 2


def test_nobody_is_heard_as_another_by_what_they_write_themselves(place: Town) -> None:
    with serving(place, proxies=["127.0.0.1"]) as site:
        heard = [guess(site, via=f"198.51.100.{number}, 203.0.113.9") for number in range(2)]
        assert heard[0] + heard[1] == [401] * 5 + [429] * 9


def test_a_session_says_where_it_began(place: Town) -> None:
    with serving(place, proxies=["127.0.0.1", "10.0.0.0/8"]) as site:
        assert sign_in(site, place.password, via="6.6.6.6, 198.51.100.1, 10.1.2.3").status_code == 303
    with place.accounts.reading() as connection:
        ((address,),) = connection.execute("SELECT address FROM session").fetchall()
    assert address == "198.51.100.1"


def test_the_figures_of_the_program_stay_on_this_machine(place: Town) -> None:
    with serving(place, proxies=["127.0.0.1"]) as site:
        assert httpx.get(f"{site.url}/metrics", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 404


@pytest.mark.parametrize(("proxies", "scheme"), [((), "http"), (("127.0.0.1",), "https"), (("192.0.2.0/24",), "http")])
def test_a_proxy_that_is_named_says_how_browsers_came(place: Town, proxies: tuple[str, ...], scheme: str) -> None:
    with serving(place, proxies=proxies) as site:
        answer = httpx.get(f"{site.url}/.well-known/gs1resolver", headers={"x-forwarded-proto": "https"})
    assert answer.json()["resolverRoot"] == site.url.replace("http:", f"{scheme}:")
    assert ("strict-transport-security" in answer.headers) == (scheme == "https")


def _modules(code: str) -> str:
    """What of a QR code its text draws."""
    return code.rpartition(' d="')[2].partition('"')[0]


def test_every_link_of_a_store_with_an_origin_leads_to_it(tmp_path: Path) -> None:
    with opened(tmp_path, origin=ORIGIN) as shop:
        phone = Phone(shop).begin("history")
        phone.post("/me/join/code")
        product, me = phone.get(f"/01/{TEA}"), phone.get("/me?lang=en")
        resolver = phone.get("/.well-known/gs1resolver")
        with shop.store.reading() as connection:
            ((link,),) = connection.execute("SELECT link FROM join_codes").fetchall()

    assert product.headers["link"].startswith(f"<{ORIGIN}/01/{TEA}")
    assert f"{ORIGIN}/01/{TEA}" in product.text
    assert _modules(svg(f"{ORIGIN}/me/join?with={link}&lang=en", label="")) in me.text
    assert "store.example/me/join" in me.text
    assert resolver.json()["resolverRoot"] == ORIGIN
    for page in (product, me, resolver):
        assert "//localhost" not in page.text, "the address between proxy and program is nobody's"
        assert page.headers["strict-transport-security"] == "max-age=31536000"


def test_a_notification_of_a_store_with_an_origin_leads_to_it(tmp_path: Path) -> None:
    browser = push_service.Phone(endpoint="https://fcm.googleapis.com/fcm/send/x", answers=[], auth=bytes(16))
    with opened(tmp_path, origin=ORIGIN, push="http://localhost:9") as shop:
        answer = Phone(shop).begin("history").post("/me/push", endpoint=browser.endpoint, **browser.keys)
        with shop.store.reading() as connection:
            told = connection.execute("SELECT origin FROM push_subscriptions").fetchall()

    assert answer.status_code == 303
    assert told == [(ORIGIN,)]


def test_without_an_origin_links_lead_where_the_phone_asked(tmp_path: Path) -> None:
    with opened(tmp_path) as shop:
        page = Phone(shop).get(f"/01/{TEA}")

    assert page.headers["link"].startswith(f"<http://localhost/01/{TEA}")
    assert "strict-transport-security" not in page.headers


def _load(tmp_path: Path, line: str) -> config.Settings:
    path = tmp_path / "cloud.toml"
    path.write_text(f'store = "s"\n[web]\n{line}\n', encoding="utf-8")
    return config.load(path)


def test_proxies_are_named_by_address_or_network(tmp_path: Path) -> None:
    named = ("127.0.0.1", "10.0.0.0/24", "2001:db8::/32", "::1")
    assert _load(tmp_path, f"proxies = {list(named)}").web.proxies == named


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('proxies = ["caddy"]', r"web\.proxies\[0\] = 'caddy': .*address or a network such as"),
        ('proxies = ["::1", "10.0.0.7/24"]', r"web\.proxies\[1\] = '10\.0\.0\.7/24': .*host bits"),
        ('proxies = ["*"]', r"web\.proxies\[0\] = '\*'"),
        ('proxies = ["0.0.0.0/0"]', r"web\.proxies\[0\] = '0\.0\.0\.0/0': .*everybody"),
        ('proxies = "127.0.0.1"', r"web\.proxies = '127\.0\.0\.1'"),
    ],
)
def test_what_names_no_proxy_is_refused_with_its_words(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        _load(tmp_path, line)
