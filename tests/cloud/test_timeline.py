"""One shopper's days: only what stands is shown, each look is written first, and the shopper is told of it."""

import re
import sqlite3
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage.timeline import COVERED, TABLES, Kind, timeline
from cloud.shop import passport
from cloud.shop.consent import Purpose
from cloud.shop.origin import Agreed
from cloud.shop.passport import Row
from cloud.store import audit_log, customers, shoppers
from cloud.store.audit_log import Act
from tests.cloud.everybody import House, Keys, found, house
from tests.cloud.purses import say
from tests.cloud.shop import TEA

SEOUL = ZoneInfo("Asia/Seoul")
NOON = 1_795_230_000_000


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("timeline")) as made:
        made.boss = made.manager()
        yield made


@pytest.fixture
def known(store: House) -> tuple[Keys, str]:
    """Somebody who agreed to everything, tapped, saw an offer and took its coupon; with their pseudonym."""
    keys = store.shopper()
    _, page, _ = store.ask("GET", store.tap(keys), keys)
    claim = found(r"(/offers/[0-9]+/claim)", page)
    status, _, _ = store.ask("POST", claim, keys, data={"lang": "en"})
    assert status == 303
    with store.store.reading() as connection:
        return keys, customers.recent(connection, 1)[0].handle


def look(store: House, handle: str, why: str = "asked") -> str:
    status, page, _ = store.ask("GET", f"/manage/customers/{handle}?lang=en&why={why}", store.boss)
    assert status == 200
    return page


def looks(store: House) -> tuple[audit_log.Line, ...]:
    with store.store.reading() as connection:
        return tuple(line for line in audit_log.lines(connection, most=500) if line.act is Act.LOOKED)


def person_of(store: House, handle: str) -> customers.Member:
    with store.store.reading() as connection:
        member = customers.member(connection, handle)
    assert member
    return member


def test_a_shoppers_day_is_told_with_its_reasons_and_where_each_thing_came_from(
    store: House, known: tuple[Keys, str]
) -> None:
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", look(store, known[1])))
    assert "tapped" in page
    assert "tag tag-tea" in page
    assert "Offer “tea” · " in page
    assert "took the coupon" in page
    assert "Why: tapped just before" in page
    assert "Took a coupon of ₩500" in page
    assert "by consent: Remember what I tap (2026-11-22)" in page
    assert "The words as they were read, version 2026-11-22" in page


def test_nothing_is_shown_before_the_reason_is_given_and_written_down(store: House, known: tuple[Keys, str]) -> None:
    before = len(looks(store))
    for why in ("", "curiosity"):
        page = look(store, known[1], why)
        assert "Why do you look?" in page
        assert "tag-tea" not in page
    assert len(looks(store)) == before
    look(store, known[1], "complaint")
    newest = looks(store)[0]
    assert len(looks(store)) == before + 1
    assert (newest.who, newest.role, newest.subject) == ("manager", "owner", "complaint")
    assert newest.person == person_of(store, known[1]).person


def test_the_shopper_is_told_who_looked_on_their_page_and_in_their_file(store: House, known: tuple[Keys, str]) -> None:
    keys, handle = known
    look(store, handle, "check")
    _, kept, _ = store.ask("GET", "/me/kept?lang=en", keys)
    assert "Who looked at this" in kept
    assert "an owner of the store" in kept
    _, file, _ = store.ask("POST", "/me/export", keys, data={"lang": "en"})
    (told,) = passport.decode(file.encode()).looks
    assert (told.role, told.act, told.why, told.at_ms) == ("owner", "looked", "check", store.clock())
    assert told.line == looks(store)[0].id
    assert '"manager"' not in file


def test_what_a_withdrawn_consent_covered_is_not_shown(store: House, known: tuple[Keys, str]) -> None:
    _, handle = known
    assert "tag-tea" in look(store, handle)
    with store.store.atomic() as connection:
        for profile in shoppers.members(connection, person_of(store, handle).person):
            say(connection, profile.id, Purpose.HISTORY, Purpose.OFFERS, given=False, now_ms=store.clock())
    page = look(store, handle)
    assert "tag-tea" not in page
    assert "Offer “tea”" not in page
    assert "Took back:" in page


def test_a_shopper_is_found_by_the_code_on_their_phone_their_card_and_their_pseudonym(
    store: House, known: tuple[Keys, str]
) -> None:
    keys, handle = known
    _, _, _ = store.ask("POST", "/me/code", keys, data={"lang": "en"})
    _, page, _ = store.ask("GET", "/me?lang=en", keys)
    code = found(r"<b>([0-9A-Z]{4}-[0-9A-Z]{4})</b><br><span class=\"small\">Good for one", page)
    with store.store.atomic() as connection:
        profile = shoppers.members(connection, person_of(store, handle).person)[0]
        connection.execute("INSERT INTO cards VALUES (?, ?, ?, ?)", ("card-pseudonym", profile.id, NOON, "tea-reader"))
    for text in (code, code.lower(), "card-pseudonym", handle, handle[:8]):
        status, _, headers = store.ask("POST", "/manage/customers/find", store.boss, data={"text": text})
        assert (status, headers["location"]) == (303, f"/manage/customers/{handle}"), text
    for text in ("nobody", handle[:7], "", " "):
        _, _, headers = store.ask("POST", "/manage/customers/find", store.boss, data={"text": text})
        assert headers.get("location", "").endswith("said=nobody") or not text, text
    with store.store.reading() as connection:
        line = audit_log.lines(connection, act=Act.FOUND, most=10)[0]
    assert "nobody" in line.subject


def test_the_list_names_nobody(store: House, known: tuple[Keys, str]) -> None:
    _, page, _ = store.ask("GET", "/manage/customers?lang=en", store.boss)
    assert known[1][:8] in page
    for personal in ("tag-tea", "coupon", TEA):
        assert personal not in page


def test_a_forgotten_shopper_leaves_a_line_that_is_nobodys(store: House, known: tuple[Keys, str]) -> None:
    keys, handle = known
    look(store, handle)
    store.ask("POST", "/me/end", keys, data={"lang": "en"})
    status, _, headers = store.ask("GET", f"/manage/customers/{handle}?why=asked", store.boss)
    assert (status, headers["location"]) == (303, "/manage/customers?said=nobody")
    _, page, _ = store.ask("GET", "/manage/log?lang=en", store.boss)
    assert "a shopper who was forgotten" in page
    assert handle[:8] not in page


def test_no_line_of_the_log_can_be_changed_or_deleted(store: House, known: tuple[Keys, str]) -> None:
    look(store, known[1])
    for planted in ("UPDATE audit_log SET who = 'somebody else'", "DELETE FROM audit_log"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"), store.store.atomic() as connection:
            connection.execute(planted)


ROWS = st.fixed_dictionaries(
    {
        "id": st.integers(0, 99),
        "decision": st.integers(0, 99),
        **{name: st.integers(-(2**63), 2**63 - 1) for name in ("at_ms", "bound_ms", "claimed_ms", "day_ms")},
        "redeemed_ms": st.none() | st.integers(0, 2**50),
        **{name: st.integers(0, 1000) for name in ("due", "won", "points", "stars", "given")},
        "purpose": st.sampled_from([*Purpose, "unknown"]),
        **{
            name: st.text(max_size=12)
            for name in ("gtin", "goods", "gtins", "tag", "reader", "record", "kind", "state")
        },
        **{name: st.just("x") for name in ("campaign", "reason", "outcome", "text_version", "language", "answer")},
    }
)


def test_a_cards_tap_at_a_reader_is_a_tap_while_that_consent_stands() -> None:
    body = '{"at":1,"reader":"tea-reader","reader_title":{"ko":"","en":""},"product":{"gtin":"95","price":1}}'
    row: Row = {"kind": "tap", "at_ms": NOON, "body": body}
    (day,) = timeline({"messages": [row]}, standing=frozenset((Purpose.CARD,)), agreed={}, zone=SEOUL).days
    assert [(one.kind, one.goods, one.reader) for one in day.entries] == [(Kind.TAP, (("95", 1),), "tea-reader")]
    silent = timeline({"messages": [row]}, standing=frozenset(), agreed={}, zone=SEOUL)
    assert (silent.days, silent.withheld) == ((), {Purpose.CARD: 1})


@settings(max_examples=30, deadline=None)
@given(
    rows=st.fixed_dictionaries({table: st.lists(ROWS, max_size=2) for table in (*TABLES, "bookings")}),
    standing=st.frozensets(st.sampled_from(Purpose)),
)
def test_what_no_standing_consent_covers_is_counted_and_never_told(
    rows: dict[str, list[Row]], standing: frozenset[Purpose]
) -> None:
    agreed = {purpose: Agreed(purpose=purpose, text_version="1", at_ms=0) for purpose in Purpose}
    told = timeline(rows, standing=standing, agreed=agreed, zone=SEOUL)
    kinds = {entry.kind for day in told.days for entry in day.entries}
    for table, purpose in COVERED.items():
        if table != "showings" and purpose not in standing:
            assert told.withheld.get(purpose, 0) >= len(rows[table])
    if not standing & {Purpose.HISTORY, Purpose.CARD}:
        assert Kind.TAP not in kinds
    if Purpose.OFFERS not in standing:
        assert not kinds & {Kind.OFFER, Kind.NO_OFFER}
    days = [day.day for day in told.days]
    assert days == sorted(set(days), reverse=True)
    for day in told.days:
        assert [entry.at_ms for entry in day.entries] == sorted((e.at_ms for e in day.entries), reverse=True)
        assert sum(entry.kind is Kind.NO_OFFER for entry in day.entries) <= 1
