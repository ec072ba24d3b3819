"""The preference centre and the way out of any message, over real HTTP."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from cloud.shop.consent import ADVERTISING, Entry, Purpose
from cloud.shop.preferences import Hours, Pace
from cloud.store import consents, erasing, preferences, stops
from tests.cloud.served import Served, served

ADS = ("offers", "ads.push", "night.push", "ads.email")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("centre")) as site:
        yield site


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as site:
        yield site


def rows(site: Served, question: str, *values: object) -> list[tuple[object, ...]]:
    with site.shop.store.reading() as connection:
        return connection.execute(question, values).fetchall()


def newest(site: Served) -> int:
    return int(str(rows(site, "SELECT max(person) FROM profiles")[0][0]))


def standing(site: Served, person: int) -> frozenset[Purpose]:
    with site.shop.store.reading() as connection:
        return consents.standing(connection, person)


def suppressed(site: Served, person: int) -> bool:
    with site.shop.store.reading() as connection:
        return consents.suppressed(connection, person)


def shopper(site: Served, *purposes: str) -> tuple[httpx.Client, int]:
    """A phone whose shopper chose these in the centre, and who they are."""
    phone = site.client(site.enrol("history"))
    person = newest(site)
    assert phone.post("/me/choices", data={"purpose": list(purposes)}).status_code == 303
    return phone, person


def stop_url(site: Served, profile: int) -> str:
    with site.shop.store.atomic() as connection:
        return stops.url(connection, profile, site.shop.services.random)


def test_every_purpose_is_one_switch_in_the_centre(site: Served) -> None:
    phone, person = shopper(site, *ADS, "history")
    with closing(phone):
        page = phone.get("/me/choices?lang=en").text

    assert standing(site, person) == ADVERTISING | {Purpose.HISTORY}
    for purpose in Purpose:
        assert f'value="{purpose}"{" checked" if purpose is not Purpose.CARD else ""}>' in page
    assert "Offers as notifications (advertising)" in page


def test_the_night_cannot_be_agreed_to_without_the_day(site: Served) -> None:
    phone, person = shopper(site, "night.push")
    with closing(phone):
        assert standing(site, person) == frozenset()
        phone.post("/me/choices", data={"purpose": ["ads.push", "night.push"]})
        assert standing(site, person) == {Purpose.ADS_PUSH, Purpose.NIGHT_PUSH}
        phone.post("/me/choices", data={"purpose": ["night.push"]})
        assert standing(site, person) == frozenset()


def test_the_short_form_leaves_what_it_does_not_ask_as_it_was(site: Served) -> None:
    phone, person = shopper(site, "ads.push", "offers")
    with closing(phone):
        phone.post("/me/consent", data={"purpose": "history"})

    assert standing(site, person) == {Purpose.ADS_PUSH, Purpose.HISTORY}


def test_looking_at_the_way_out_changes_nothing_and_its_button_ends_all(site: Served) -> None:
    phone, person = shopper(site, *ADS, "history")
    phone.close()
    link = stop_url(site, person)
    with site.client() as stranger:  # no cookie: whoever got the message
        for method in ("GET", "HEAD"):
            answer = stranger.request(method, link)
            assert answer.status_code == 200
            assert "set-cookie" not in answer.headers
        assert standing(site, person) == ADVERTISING | {Purpose.HISTORY}
        pressed = stranger.post(link, data={"lang": "en"})
        assert pressed.status_code == 303
        after = stranger.get(pressed.headers["location"]).text

    assert "You get no advertising from us any more" in after
    assert standing(site, person) == {Purpose.HISTORY}
    assert suppressed(site, person)


def test_a_mail_program_refuses_for_its_reader_in_one_click(site: Served) -> None:
    phone, person = shopper(site, "ads.email")
    phone.close()
    with site.client() as program:
        answer = program.post(stop_url(site, person), data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert "location" not in answer.headers
    assert suppressed(site, person)
    assert rows(site, "SELECT DISTINCT proof FROM consents WHERE profile = ? AND refusal = 1", person) == [
        ("POST /stop by a mail program",)
    ]


def test_the_token_is_no_session_and_opens_nothing_else(site: Served) -> None:
    phone, person = shopper(site, "offers")
    phone.close()
    token = stop_url(site, person).rpartition("/")[2]
    assert len(token) == 22  # 128 bits
    with site.client(f"__Host-aisle={token}") as thief:
        assert "This phone is not known here" in thief.get("/me/choices?lang=en").text
        for path in ("/me/choices", "/me/refuse", "/me/keep", "/me/wishes", "/me/consent"):
            assert thief.post(path, data={"purpose": "ads.push"}).status_code == 403
        assert "history" not in thief.get(f"/stop/{token}").text
        assert thief.post(f"/stop/{token}", data={"purpose": "ads.push"}).status_code == 303

    assert standing(site, person) == frozenset()


@pytest.mark.parametrize("token", ["x", "A" * 22, "%00", "..%2fme"])
def test_an_unknown_token_is_nobody(site: Served, token: str) -> None:
    before = rows(site, "SELECT count(*) FROM consents")
    with site.client() as guesser:
        assert guesser.get(f"/stop/{token}").status_code == 404
        assert guesser.post(f"/stop/{token}").status_code == 404
        assert guesser.post(f"/stop/{token}", data={"List-Unsubscribe": "One-Click"}).status_code in (200, 404)

    assert rows(site, "SELECT count(*) FROM consents") == before


def test_a_refusal_is_remembered_until_a_later_choice_of_advertising(site: Served) -> None:
    phone, person = shopper(site)
    with closing(phone):
        phone.post("/me/refuse")
        assert suppressed(site, person)
        lines = rows(site, "SELECT count(*) FROM consents WHERE profile = ?", person)
        phone.post("/me/refuse")
        assert rows(site, "SELECT count(*) FROM consents WHERE profile = ?", person) == lines
        phone.post("/me/choices", data={"purpose": "history"})
        assert suppressed(site, person)
        phone.post("/me/choices", data={"purpose": ["history", "ads.push"]})

    assert not suppressed(site, person)
    assert standing(site, person) == {Purpose.HISTORY, Purpose.ADS_PUSH}


def test_joined_phones_stand_at_the_stricter_and_a_refusal_binds_the_person(site: Served) -> None:
    one, first = shopper(site, "offers", "ads.push", "history")
    two, second = shopper(site, "offers", "history")
    with closing(one), closing(two):
        with site.shop.store.atomic() as connection:
            connection.execute("UPDATE profiles SET person = ? WHERE id = ?", (first, second))
        assert standing(site, first) == {Purpose.OFFERS, Purpose.HISTORY}
        two.post(stop_url(site, second))
        assert suppressed(site, first)
        assert standing(site, first) == {Purpose.HISTORY}
        one.post("/me/choices", data={"purpose": ["ads.email"]})
        assert standing(site, first) == {Purpose.ADS_EMAIL}
        with site.shop.store.atomic() as connection:  # undone: each keeps what was said while they were one
            connection.execute("UPDATE profiles SET person = id WHERE id = ?", (second,))

    assert standing(site, first) == standing(site, second) == {Purpose.ADS_EMAIL}


def test_wishes_are_kept_and_shown_and_told_to_whoever_sends(site: Served) -> None:
    phone, person = shopper(site)
    with closing(phone):
        form = {"shown": "tea", "from": "10", "to": "20", "pace": "fewer", "zone": "Europe/Berlin"}
        assert phone.post("/me/wishes", data=form).status_code == 303
        page = phone.get("/me/choices?lang=ko").text
    with site.shop.store.reading() as connection:
        wished = preferences.of(connection, person)

    assert (wished.muted, wished.hours, wished.pace, wished.zone) == (
        frozenset(("tea",)),
        (Hours(from_min=600, to_min=1200),),
        Pace.FEWER,
        "Europe/Berlin",
    )
    for shown in ('<option value="10" selected>', '<option value="20" selected>', "<option selected>Europe/Berlin"):
        assert shown in page
    assert 'value="fewer" checked' in page


@pytest.mark.parametrize(
    ("field", "value"), [("pace", "never"), ("zone", "Mars/Olympus"), ("from", "25"), ("to", "-1"), ("to", "①")]
)
def test_a_wish_that_cannot_be_chosen_is_refused_by_name(site: Served, field: str, value: str) -> None:
    phone, person = shopper(site)
    with closing(phone):
        answer = phone.post("/me/wishes", data={field: value, "lang": "en"})

    assert answer.status_code == 400
    assert "Nothing was changed" in answer.text
    assert rows(site, "SELECT count(*) FROM preferences WHERE profile = ?", person) == [(0,)]


def test_each_line_is_shown_with_the_words_that_were_agreed_to(fresh: Served) -> None:
    phone, person = shopper(fresh)
    words = "이 매장에서 찍은 제품을 90일 동안 저장해"
    old = Entry(
        purpose=Purpose.HISTORY, given=True, text_version="2026-11-21", language="ko", at_ms=1, proof="POST /me/begin"
    )
    with fresh.shop.store.atomic() as connection:
        consents.write(connection, person, old, nonce=bytes(32))
    with closing(phone):
        page = phone.get("/me/choices?lang=en").text

    assert words in page  # in the language in which they were read
    assert "Text of 2026-11-21." in page


def test_whoever_is_forgotten_leaves_no_way_out_behind(fresh: Served) -> None:
    phone, person = shopper(fresh, "offers")
    with closing(phone):
        link = stop_url(fresh, person)
        phone.post("/me/wishes", data={"pace": "fewer"})
        with fresh.shop.store.atomic() as connection:
            erasing.erase(connection, person, 9)
        assert phone.get(link).status_code == 404
        assert phone.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200

    for table in ("stops", "preferences", "consents", "consent_leaves", "receipts"):
        assert rows(fresh, f"SELECT count(*) FROM {table}") == [(0,)]
