"""Staff in the store: badges by pseudonym alone, shifts by their taps, and what the figures leave out for them."""

import pytest

from cloud.manage.insight import Window
from cloud.shop.card_taps import CardTaps
from cloud.shop.messages import Both
from cloud.shop.pairing import Window as Waiting
from cloud.store import audits, insight, shoppers, staff
from cloud.web.manage.reading import morning
from contract.events import Badge, Crossing, Direction, Event, Removal, Staff, Tap
from tests.cloud.morning import MINUTE, NOON_MS, Town, bus_of_nobody, entries, watched

A, B = "a" * 32, "b" * 32
HOUR = 60 * MINUTE


def tap(at: int, tag: str | None = A, *, known: bool = True) -> Event:
    return Tap(at=at, reader="tea-reader", tag=tag, staff=known)


def enrolled(place: Town, tag: str | None = A, *, label: str = "A3") -> str:
    with place.store.atomic() as connection:
        staff.open_enrolment(
            connection,
            reader="tea-reader",
            label=label,
            account="manager",
            now_ms=place.clock.now_ms,
            until_ms=place.clock.now_ms + MINUTE,
        )
        assert staff.enrol(connection, place.clock.now_ms) == ""
    place.node("left").tell([tap(place.clock.now_ms, tag, known=False)])
    with place.store.atomic() as connection:
        return staff.enrol(connection, place.clock.now_ms + 1_000)


def at_work(place: Town, now_ms: int) -> int:
    with place.store.reading() as connection:
        return staff.at_work(connection, now_ms)


def test_the_tap_after_the_managers_word_makes_a_badge_and_begins_no_shift(place: Town) -> None:
    place.node("left").tell([tap(NOON_MS - HOUR, B, known=False)])
    assert enrolled(place) == "added"
    with place.store.reading() as connection:
        assert staff.tags(connection) == (A,)
    assert at_work(place, NOON_MS + MINUTE) == 0


@pytest.mark.parametrize(("tag", "outcome"), [(None, "anonymous"), (A, "known")])
def test_what_cannot_be_a_badge_is_said(place: Town, tag: str | None, outcome: str) -> None:
    enrolled(place)
    place.clock.now_ms += 2 * MINUTE
    assert enrolled(place, tag) == outcome


def test_a_shoppers_card_never_becomes_a_badge(place: Town) -> None:
    with place.store.atomic() as connection:
        owner = shoppers.begin(connection, handle="h", language="ko", now_ms=NOON_MS)
        shoppers.bind_card(connection, tag=A, profile_id=owner, reader="tea-reader", now_ms=NOON_MS)
    assert enrolled(place) == "shopper"
    with place.store.reading() as connection:
        assert staff.tags(connection) == ()


def test_no_badge_is_ever_bound_to_a_shopper_who_waits_at_that_reader(place: Town) -> None:
    enrolled(place)
    place.clock.now_ms += 10 * MINUTE
    with place.store.atomic() as connection:
        owner = shoppers.begin(connection, handle="h", language="ko", now_ms=NOON_MS)
        window = Waiting(
            profile=owner, person=owner, opened_ms=place.clock.now_ms, until_ms=place.clock.now_ms + MINUTE
        )
        shoppers.wait_for_card(connection, "tea-reader", window)
    taps = CardTaps(place.store, clock=place.clock, price=lambda won: Both(ko=str(won), en=str(won)), random=bytes)
    place.node("left").tell([tap(place.clock.now_ms + 1_000, known=False)])
    assert taps.look() == []
    with place.store.reading() as connection:
        assert shoppers.card(connection, A) is None


def test_a_badge_begins_a_shift_with_one_tap_and_ends_it_with_the_next(place: Town) -> None:
    enrolled(place)
    start = NOON_MS + 10 * MINUTE
    place.node("left").tell([tap(start), tap(start + 5_000), tap(start + 4 * HOUR)])
    assert at_work(place, start - 1) == 0
    assert at_work(place, start + HOUR) == 1
    assert at_work(place, start + 4 * HOUR) == 0


def test_a_forgotten_badge_is_no_shift_for_ever(place: Town) -> None:
    enrolled(place)
    start = NOON_MS + 10 * MINUTE
    place.node("left").tell([tap(start), tap(start + 20 * HOUR)])
    assert at_work(place, start + staff.LONGEST_MS) == 1
    assert at_work(place, start + staff.LONGEST_MS + 1) == 0
    assert at_work(place, start + 21 * HOUR) == 1  # the next morning's tap begins, and does not end yesterday's


def test_a_removed_badge_is_nobodys(place: Town) -> None:
    enrolled(place)
    with place.store.atomic() as connection:
        assert staff.remove(connection, A)
        assert not staff.remove(connection, A)
        assert staff.tags(connection) == ()


def test_what_staff_do_is_in_no_figure_and_counted_apart(place: Town) -> None:
    shoppers = entries(6, at=NOON_MS)
    work: list[Event] = [
        Crossing(at=NOON_MS + 500, line="door", direction=Direction.IN, staff=True),
        Crossing(at=NOON_MS + 900, line="door", direction=Direction.OUT, staff=True),
        tap(NOON_MS + 1_000),
        Removal(at=NOON_MS + 2_000, reader="tea-reader", tag=A, held_ms=1_000, staff=True),
        Badge(at=NOON_MS + 1_000, reader="tea-reader", people=1),
        Badge(at=NOON_MS + 3_000, reader="tea-reader", people=2),
        Staff(at=NOON_MS, camera="cam-a", span_ms=MINUTE, person_ms=40_000, marked=1, told=2),
    ]
    place.node("left").tell([*shoppers, *work])
    window = Window(first=NOON_MS // MINUTE, end=NOON_MS // MINUTE + 1)
    with place.store.reading() as connection:
        (flow,) = insight.flows(connection, ["door"], window)
        assert (flow.flow.entered, flow.flow.left) == (6, 0)
        assert connection.execute("SELECT 1 FROM tap_sums WHERE taps > 0").fetchone() is None
        assert staff.left_out(connection, window) == staff.LeftOut(
            person_ms=40_000, crossings=2, marked=1, told=2, badges=1, unclear=1
        )
        (moved,) = staff.flows(connection, ["door"], window)
        assert (moved.entered, moved.left) == (1, 1)
        watched = audits.crossings(connection, "left", "door", from_ms=NOON_MS, to_ms=NOON_MS + MINUTE)
        assert len(watched) == 6  # the person at the door leaves staff out as well


def test_a_planted_fault_of_a_node_that_does_not_say_so_is_seen_in_the_figures(place: Town) -> None:
    place.node("left").tell([Crossing(at=NOON_MS, line="door", direction=Direction.IN)])
    window = Window(first=NOON_MS // MINUTE, end=NOON_MS // MINUTE + 1)
    with place.store.reading() as connection:
        assert insight.flows(connection, ["door"], window)[0].flow.entered == 1


def test_staff_at_work_are_not_inside_whether_the_door_knew_them_or_not(place: Town) -> None:
    enrolled(place)
    place.clock.now_ms = NOON_MS + 30 * MINUTE
    shift = NOON_MS + 10 * MINUTE
    place.node("left").tell([*entries(9, at=NOON_MS + 2 * MINUTE), tap(shift)])  # one of the nine works here
    place.node("left").tell(watched(["tea"], ["cam-a"], minutes=range(31)))
    assert inside(place) == 8
    known = Crossing(at=shift + MINUTE, line="door", direction=Direction.OUT, staff=True)
    back = Crossing(at=shift + 2 * MINUTE, line="door", direction=Direction.IN, staff=True)
    place.node("left").tell([known, back])  # takes the rubbish out, with a badge
    assert inside(place) == 8
    place.node("left").tell([tap(shift + 15 * MINUTE)])
    place.node("left").tell([Crossing(at=shift + 15 * MINUTE, line="door", direction=Direction.OUT)])
    assert inside(place) == 8  # went home, counted as anybody


def inside(place: Town) -> float | None:
    found = morning(place.desk(bus_of_nobody()), "today")
    assert found is not None
    return found.report.tiles.inside.figure.value
