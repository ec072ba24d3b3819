"""What waited on a node and comes later belongs to when it happened: it makes no card, badge or phone anybody's."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.ingest.decision import read
from cloud.ingest.intake import store_readings
from cloud.offers.moments import FRESH_MS
from cloud.shop import pairing
from cloud.shop.card_taps import CardTaps
from cloud.shop.messages import Both
from cloud.store import staff
from contract.events import Tap
from tests.cloud.handsets import Phone
from tests.cloud.shop import NOON_MS, Shop, opened
from tests.cloud.wire import STORE, batch, message

ALICES, STRANGERS = "a11ce0a1" * 4, "bad0bad0" * 4
MINUTE, HOUR, WEEK = 60_000, 3_600_000, 7 * 24 * 3_600_000


@dataclass(slots=True)
class Place:
    """A small store, a node that tells what it likes when it likes, and the task that looks at its taps."""

    shop: Shop
    cards: CardTaps
    told: int = 0

    def hears(self, tag: str, *, at_ms: int, reader: str = "tea-reader") -> list[str]:
        """A tap that happened then by the node's clock, and comes now; the kinds of what was told of it."""
        self.told += 1
        sent = message(
            batch([Tap(at=at_ms, reader=reader, tag=tag)], first=self.told), received_ms=self.shop.clock.now_ms
        )
        assert store_readings(self.shop.store, [read(sent, STORE)]).events == 1
        return [told.message.kind for told in self.cards.look()]

    def waits(self, phone: Phone, **fields: str) -> None:
        assert phone.post("/me/card", reader="tea-reader", **fields).status_code == 303

    def passes(self, ms: int) -> int:
        """Time passes; what it is then."""
        self.shop.clock.now_ms += ms
        return self.shop.clock.now_ms

    def rows(self, question: str) -> list[tuple[object, ...]]:
        with self.shop.store.reading() as connection:
            return connection.execute(question).fetchall()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with opened(tmp_path) as shop:
        cards = CardTaps(
            shop.store, clock=shop.clock, price=lambda won: Both(ko=str(won), en=str(won)), random=secrets.token_bytes
        )
        yield Place(shop=shop, cards=cards)


@pytest.mark.parametrize("waited_ms", [WEEK, HOUR, 3 * MINUTE, 6_000])
def test_a_strangers_tap_that_waited_on_its_node_is_not_bound_to_who_waits_now(
    place: Place, waited_ms: int, caplog: pytest.LogCaptureFixture
) -> None:
    place.waits(Phone(place.shop).begin("card"))
    now = place.passes(5_000)

    assert place.hears(STRANGERS, at_ms=now - waited_ms) == []
    assert place.rows("SELECT * FROM cards") == []
    assert place.rows("SELECT count(*) FROM pairings") == [(1,)], "the shopper waits on"
    told = waited_ms > pairing.LATE_MS  # else it came as it may, only before anybody waited
    assert (place.cards.late, "long after they happened" in caplog.text) == (int(told), told)
    assert STRANGERS not in caplog.text

    assert place.hears(ALICES, at_ms=place.passes(1_000)) == ["card"]
    assert place.rows("SELECT tag FROM cards") == [(ALICES,)]


def test_a_tap_that_comes_some_seconds_late_is_the_act_of_who_waited_when_it_happened(place: Place) -> None:
    place.waits(Phone(place.shop).begin("card"))
    held = place.passes(5_000)
    place.passes(20_000)

    assert place.hears(ALICES, at_ms=held) == ["card"]
    assert place.rows("SELECT tag FROM cards") == [(ALICES,)]


def test_a_node_whose_clock_is_not_set_yet_pairs_nothing_and_pairs_once_it_is(place: Place) -> None:
    place.waits(Phone(place.shop).begin("card"))
    since_boot_ms, now = 40_000, place.passes(2_000)

    assert place.hears(ALICES, at_ms=since_boot_ms) == []
    assert place.hears(ALICES, at_ms=now + HOUR) == [], "nor one whose clock is far ahead"
    assert place.rows("SELECT * FROM cards") == []
    assert place.cards.late == 2
    assert place.hears(ALICES, at_ms=place.passes(1_000)) == ["card"]


def test_a_clock_a_little_ahead_keeps_nobody_from_their_card(place: Place) -> None:
    place.waits(Phone(place.shop).begin("card"))
    assert place.hears(ALICES, at_ms=place.passes(1_000) + 4_000) == ["card"]
    assert place.hears(ALICES, at_ms=place.passes(1_000) + 4_000) == ["tap"], "and its next tap is its owner's"


def test_a_phone_joins_no_stranger_by_a_tap_of_last_week(place: Place) -> None:
    alice, bob = Phone(place.shop).begin("card"), Phone(place.shop).begin("card")
    place.waits(alice)
    assert place.hears(ALICES, at_ms=place.passes(1_000)) == ["card"]
    place.passes(HOUR)

    place.waits(bob, joins="1")
    now = place.passes(4_000)
    for at_ms in (now - WEEK, now - 30 * MINUTE, now - 10_000):
        assert "joined" not in place.hears(ALICES, at_ms=at_ms)
    assert place.rows("SELECT count(DISTINCT person) FROM profiles") == [(2,)]
    assert place.rows("SELECT count(*) FROM joinings") == [(0,)]
    assert "joined" in place.hears(ALICES, at_ms=now)


def test_what_a_card_did_before_it_was_bound_stays_nobodys_however_late_it_comes(place: Place) -> None:
    place.waits(Phone(place.shop).begin("history", "offers", "card"))
    bound = place.passes(1_000)
    assert place.hears(ALICES, at_ms=bound) == ["card"]
    place.passes(HOUR)

    for before_ms in (WEEK, MINUTE, 1):
        assert place.hears(ALICES, at_ms=bound - before_ms) == []
    assert place.rows("SELECT count(*) FROM candidates") == [(0,)]
    assert place.hears(ALICES, at_ms=bound + 1_000) == ["tap"], "what it did as its owner's is told, late as it is"


def test_the_offer_for_a_touch_is_fresh_from_the_touch_on_and_not_from_when_it_is_heard_of(place: Place) -> None:
    place.waits(Phone(place.shop).begin("history", "offers", "card"))
    bound = place.passes(1_000)
    assert place.hears(ALICES, at_ms=bound) == ["card"]
    place.passes(HOUR)

    place.hears(ALICES, at_ms=bound + MINUTE)
    assert place.rows("SELECT at_ms, expires_ms FROM candidates") == [(bound + MINUTE, bound + MINUTE + FRESH_MS)]


def test_a_customers_tap_of_last_week_makes_no_badge_of_the_staff(place: Place) -> None:
    now = place.shop.clock.now_ms
    with place.shop.store.atomic() as connection:
        staff.open_enrolment(
            connection, reader="tea-reader", label="A3", account="manager", now_ms=now, until_ms=now + MINUTE
        )
    now = place.passes(5_000)
    for at_ms in (now - WEEK, now - 6_000, now + HOUR):
        place.hears(STRANGERS, at_ms=at_ms)
        with place.shop.store.atomic() as connection:
            assert staff.enrol(connection, now) == ""
            assert staff.tags(connection) == ()

    place.hears(ALICES, at_ms=now)
    with place.shop.store.atomic() as connection:
        assert staff.enrol(connection, now) == "added"
        assert staff.tags(connection) == (ALICES,)


def test_a_late_tap_of_a_shoppers_card_is_still_theirs_while_a_badge_is_awaited(place: Place) -> None:
    place.waits(Phone(place.shop).begin("card"))
    assert place.hears(ALICES, at_ms=place.passes(1_000)) == ["card"]
    touched = place.passes(MINUTE)
    now = place.passes(MINUTE)
    with place.shop.store.atomic() as connection:
        staff.open_enrolment(
            connection, reader="tea-reader", label="A3", account="manager", now_ms=now, until_ms=now + MINUTE
        )

    assert place.hears(ALICES, at_ms=touched) == ["tap"]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**43), st.integers(0, 2**43) | st.integers(NOON_MS - HOUR, NOON_MS + HOUR))
def test_no_tap_comes_before_it_happened_and_a_prompt_one_is_never_old(received_ms: int, at_ms: int) -> None:
    happened_ms = pairing.happened_ms(at_ms, received_ms)

    assert happened_ms <= received_ms
    if pairing.is_prompt(at_ms, received_ms):
        assert received_ms - happened_ms <= pairing.LATE_MS
        assert abs(happened_ms - at_ms) <= pairing.AHEAD_MS
