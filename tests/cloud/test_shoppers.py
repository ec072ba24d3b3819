"""A shopper's choices over real HTTP: begun by an act, changed by an act, forgotten by an act."""

import sqlite3

import pytest

from cloud.shop import erasure
from cloud.shop.consent import KEPT_MS
from tests.cloud.served import Served
from tests.cloud.shop import TEA


def rows(site: Served, question: str) -> list[tuple[object, ...]]:
    with site.shop.store.reading() as connection:
        return connection.execute(question).fetchall()


def everything(site: Served) -> dict[str, int]:
    """How many rows are somebody's."""
    tables = ("profiles", "devices", "consents", "cards", "pairings", "messages")
    counts = {table: int(str(rows(site, f"SELECT count(*) FROM {table}")[0][0])) for table in tables}
    claimed = rows(site, "SELECT count(*) FROM visits WHERE profile IS NOT NULL")
    return {**counts, "visits": int(str(claimed[0][0]))}


def test_nothing_is_kept_before_a_choice(site: Served) -> None:
    with site.client() as phone:
        location = site.tap(phone)
        answers = [phone.get(location), phone.get("/"), phone.get("/me"), phone.get("/privacy")]

    assert all("set-cookie" not in answer.headers for answer in answers)
    assert not any(everything(site).values())


def test_a_choice_begins_a_profile_with_a_cookie_that_only_this_site_reads(site: Served) -> None:
    with site.client() as phone:
        location = site.tap(phone)
        visit = location.partition("visit=")[2]
        answer = phone.post("/me/begin", data={"visit": visit, "purpose": ["history"], "lang": "en"})

    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/01/{TEA}?t=tag-tea&visit=")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-aisle=")
    for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    token = cookie.partition("=")[2].partition(";")[0]
    ((kept, handle),) = rows(site, "SELECT d.digest, p.handle FROM devices AS d JOIN profiles AS p ON p.id = d.profile")
    assert token not in (kept, handle)
    ((purpose, given, version, language, proof),) = rows(
        site, "SELECT purpose, given, text_version, language, proof FROM consents"
    )
    assert (purpose, given, language) == ("history", 1, "en")
    assert version
    assert str(proof).startswith("POST /me/begin, visit ")


def test_pressing_the_button_with_nothing_switched_on_keeps_nothing(site: Served) -> None:
    with site.client() as phone:
        visit = site.tap(phone).partition("visit=")[2]
        answer = phone.post("/me/begin", data={"visit": visit, "purpose": "nonsense"})

    assert answer.status_code == 303
    assert "set-cookie" not in answer.headers
    assert not any(everything(site).values())


def test_without_a_fresh_signed_tap_nothing_begins(site: Served) -> None:
    with site.client() as phone:
        visit = site.tap(phone).partition("visit=")[2]
        site.shop.clock.now_ms += 15 * 60_000
        answers = [phone.post("/me/begin", data={"visit": v, "purpose": "history"}) for v in (visit, "", "x" * 22)]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert not any(everything(site).values())


def test_only_consented_visits_are_remembered_and_none_before(site: Served) -> None:
    with site.client() as phone:
        site.tap(phone)  # before the choice: nobody's, for ever
    cookie = site.enrol("history")
    with site.client(cookie) as phone:
        phone.get(site.tap(phone))

    assert rows(site, "SELECT profile IS NULL FROM visits ORDER BY id") == [(1,), (0,), (0,)]


def test_without_that_consent_no_visit_is_linked(site: Served) -> None:
    cookie = site.enrol("offers")
    with site.client(cookie) as phone:
        phone.get(site.tap(phone))

    assert everything(site)["visits"] == 0


def test_withdrawing_works_at_once_and_the_ledger_keeps_both_words(site: Served) -> None:
    cookie = site.enrol("history", "offers")
    with site.client(cookie) as phone:
        assert everything(site)["visits"] == 1
        assert phone.post("/me/consent", data={"purpose": "offers", "lang": "ko"}).status_code == 303
        assert everything(site)["visits"] == 0
        phone.get(site.tap(phone))
        page = phone.get("/me/choices?lang=en").text

    assert everything(site)["visits"] == 0
    assert rows(site, "SELECT purpose, given FROM consents ORDER BY id") == [
        ("history", 1),
        ("offers", 1),
        ("history", 0),
    ]
    assert "Remember what I tap: <b>no</b>" in page


def test_the_ledger_cannot_be_changed_while_its_profile_lives(site: Served) -> None:
    site.enrol("history")
    for statement in ("UPDATE consents SET given = 0", "DELETE FROM consents"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"), site.shop.store.atomic() as connection:
            connection.execute(statement)


def test_to_forget_leaves_no_row_and_no_cookie_but_the_totals(site: Served) -> None:
    cookie = site.enrol("history", "offers", "card")
    with site.client(cookie) as phone:
        phone.post("/me/card", data={"reader": "tea-reader"})
        phone.get(site.tap(phone))
        taps = rows(site, "SELECT sum(signed) FROM phone_tap_sums")
        answer = phone.post("/me/end", data={"lang": "en"})
        again = phone.get("/me?lang=en")

    assert answer.status_code == 200
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert not any(everything(site).values())
    assert rows(site, "SELECT sum(signed) FROM phone_tap_sums") == taps
    assert "This phone is not known here" in again.text


def test_what_is_kept_is_told_in_words(site: Served) -> None:
    cookie = site.enrol("history", "card")
    with site.client(cookie) as phone:
        page = phone.get("/me?lang=en").text + phone.get("/me/choices?lang=en").text

    for words in ("Jeju organic green tea", "My card at the readers: <b>yes</b>", "No card connected", "Forget me"):
        assert words in page


def test_the_offer_is_shown_with_its_reasons_to_those_who_asked(site: Served) -> None:
    now = site.shop.clock.now_ms
    with site.shop.store.atomic() as connection:
        connection.execute(
            "INSERT INTO occupancy_sums VALUES (60000, 'tea', ?, 60000, 60000, 23000, 2)",
            (now - now % 60_000 - 60_000,),
        )
    for purposes, shown in ((("offers",), True), (("history",), False)):
        with site.client(site.enrol(*purposes)) as phone:
            text = phone.get(site.tap(phone) + "&lang=en").text
            assert ("₩1,000 off with yakgwa" in text) is shown
            assert ("spent 23 seconds at this shelf" in text) is shown
    outcomes = rows(site, "SELECT outcome, times FROM offer_sums WHERE span_ms = 3600000 ORDER BY outcome")
    assert outcomes == [("no-consent", 1), ("shown", 1)]


def test_an_unknown_cookie_is_nobody(site: Served) -> None:
    with site.client("__Host-aisle=AAAAAAAAAAAAAAAAAAAAAA") as phone:
        assert "not known here" in phone.get("/me?lang=en").text
        assert phone.post("/me/consent", data={"purpose": "history"}).status_code == 403
        assert phone.post("/me/card", data={"reader": "tea-reader"}).status_code == 403
        assert phone.get("/me/stream").status_code == 204
    assert not any(everything(site).values())


def test_a_reader_that_is_not_there_is_refused(site: Served) -> None:
    with site.client(site.enrol("card")) as phone:
        answer = phone.post("/me/card", data={"reader": "<b>"})

    assert answer.status_code == 400
    assert "<b>" not in answer.text.partition("<main")[2]


def test_what_was_kept_for_90_days_is_forgotten(site: Served) -> None:
    site.enrol("history")
    now_ms = site.shop.clock.now_ms

    assert erasure.erase_old(site.shop.store, now_ms + KEPT_MS - KEPT_MS, now_ms) == 0
    assert erasure.erase_old(site.shop.store, now_ms + 1, now_ms) == 1

    assert not any(everything(site).values())
