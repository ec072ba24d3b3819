"""Days' sums: what they hold is what was told, however late it came, and a year of them is read as quickly as a day."""

import asyncio
import dataclasses
import random
import re
import time
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cloud.manage.joins import Kind
from cloud.manage.period import Span, beginning, day_of, span_of
from cloud.manage.shelves import Asked, shelves_of
from cloud.manage.totals import Totals
from cloud.store import closing, days, figures, takings
from cloud.store.closing import Terms, close_days
from cloud.store.sums import STOP_BIN
from cloud.web.manage.closing import keep_closing
from contract.events import Crossing, Direction, Event, Heat, Occupancy, Outcome, Queue, Stay, Tap, Wait
from tests.cloud.morning import MINUTE, NOON_MS, SEOUL, TEA, Town, bus_of_nobody, plan, town

DAY = 1440 * MINUTE
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)  # a store an example is slow
TERMS = Terms(zone=SEOUL, stop_bin=STOP_BIN)
ASKED = Asked(
    zones=("tea", "cake"),
    selling=frozenset(("tea", "cake")),
    lines=("door",),
    cameras=("cam-a", "cam-b"),
    shelves=shelves_of(plan()),
    stop_bin=STOP_BIN,
)


def some_events(seed: int, *, days_back: int, count: int) -> list[Event]:
    """Anything that a node may tell, at any time of some days up to noon."""
    chance = random.Random(seed)
    told: list[Event] = []
    for _ in range(count):
        at = NOON_MS - chance.randrange(days_back * DAY)
        zone = chance.choice(("tea", "cake"))
        told.append(
            chance.choice(
                (
                    Stay(zone=zone, at=at, for_ms=chance.choice((900, 3_000, 5_000, 12_000, 400_000)), cut=at % 3 == 0),
                    Stay(zone="tea", at=at, for_ms=8_000),
                    Crossing(at=at, line="door", direction=chance.choice(list(Direction))),
                    Occupancy(zone=zone, at=at, span_ms=MINUTE, covered_ms=50_000, person_ms=7_000, peak=2),
                    Heat(camera="cam-a", at=at, span_ms=MINUTE, covered_ms=MINUTE, cell_mm=250, cells=()),
                    Tap(at=at, reader="tea-reader", tag=None),
                    Queue(zone="cake", at=at, span_ms=MINUTE, covered_ms=40_000, waiting_ms=9_000, peak=at % 7),
                    Wait(zone="cake", at=at, for_ms=chance.randrange(200_000), outcome=chance.choice(list(Outcome))),
                )
            )
        )
    return told


def read(place: Town, period: str) -> Totals:
    span = span_of(period, now_ms=place.clock.now_ms, zone=SEOUL)
    with place.store.reading() as connection:
        return figures.totals(connection, ASKED, span, now_ms=place.clock.now_ms)


def sell(place: Town, seed: int, *, days_back: int, count: int) -> None:
    chance = random.Random(seed)
    for _ in range(count):
        place.sale(TEA, at=NOON_MS - chance.randrange(days_back * DAY))


@settings(
    max_examples=5, deadline=None, phases=NO_SHRINKING, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32), period=st.sampled_from(["7d", "365d", "2026-11-16..2026-11-19"]))
def test_days_that_are_made_give_what_their_hours_and_minutes_give(
    tmp_path_factory: pytest.TempPathFactory, seed: int, period: str
) -> None:
    with town(tmp_path_factory.mktemp("days"), floor=plan()) as place:
        place.node("left").tell(some_events(seed, days_back=9, count=400))
        sell(place, seed, days_back=9, count=20)
        before = read(place, period)
        assert close_days(place.store, TERMS, now_ms=place.clock.now_ms) >= 9
        after = read(place, period)
        # What is usual is learned from days that are made, so only then it is known.
        assert dataclasses.replace(after, expected_ms=0) == dataclasses.replace(before, expected_ms=0)
        assert sum(chain.taps for chain in after.products.values()) > 0


@settings(
    max_examples=4, deadline=None, phases=NO_SHRINKING, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
def test_totals_are_those_of_the_events(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    told = some_events(seed, days_back=12, count=500)
    with town(tmp_path_factory.mktemp("truth"), floor=plan()) as place:
        place.node("left").tell(told)
        close_days(place.store, TERMS, now_ms=place.clock.now_ms)
        for period in ("7d", "28d", "today", "yesterday"):
            span, found = span_of(period, now_ms=place.clock.now_ms, zone=SEOUL), read(place, period)
            here = [event for event in told if span.first <= event.at // MINUTE < span.end]
            check(found, here)
            assert sum(bucket.lines["door"].went_in for bucket in found.buckets) == entered(here)


def entered(events: list[Event]) -> int:
    return sum(isinstance(it, Crossing) and it.direction is Direction.IN for it in events)


def check(found: Totals, here: list[Event]) -> None:
    for zone in ("tea", "cake"):
        stays = [it for it in here if isinstance(it, Stay) and it.zone == zone]
        chain, row = found.chains[zone], found.zones.get(zone)
        assert chain.passed == len(stays)
        assert chain.stopped == sum(it.for_ms >= 5_000 for it in stays)
        assert row is None or row.stayed_ms == sum(it.for_ms for it in stays)
        assert row is None or sum(row.lengths) == len(stays)
    assert (found.lines["door"].went_in if found.lines else 0) == entered(here)
    taps = sum(isinstance(it, Tap) for it in here)
    assert found.chains["tea"].taps == taps
    assert found.chains["tea"].bought <= found.chains["tea"].tapped <= min(taps, found.chains["tea"].stopped)
    waits = [it for it in here if isinstance(it, Wait)]
    cake = found.zones.get("cake")
    if cake is not None:
        assert cake.served + cake.gone + cake.lost == sum(cake.waits) == len(waits)


def test_what_comes_late_makes_its_day_anew_and_is_counted_before_that_too(place: Town) -> None:
    place.node("left").tell(some_events(1, days_back=5, count=100))
    close_days(place.store, TERMS, now_ms=place.clock.now_ms)
    assert close_days(place.store, TERMS, now_ms=place.clock.now_ms) == 0
    before = read(place, "7d").lines["door"].went_in
    late = NOON_MS - 3 * DAY
    place.node("left").tell([Crossing(at=late, line="door", direction=Direction.IN)])
    place.sale(TEA, at=late)
    assert read(place, "7d").lines["door"].went_in == before + 1
    assert close_days(place.store, TERMS, now_ms=place.clock.now_ms) == 1
    again = read(place, "7d")
    assert (again.lines["door"].went_in, again.till.receipts) == (before + 1, 1)


def test_a_day_that_is_not_over_is_not_made(place: Town) -> None:
    place.node("left").tell([Crossing(at=NOON_MS - MINUTE, line="door", direction=Direction.IN)])
    assert close_days(place.store, TERMS, now_ms=place.clock.now_ms) == 0
    today = day_of(NOON_MS, SEOUL)
    midnight_ms = beginning(today + timedelta(days=1), SEOUL) * MINUTE
    assert close_days(place.store, TERMS, now_ms=midnight_ms + closing.REST_MS - 1) == 0
    assert close_days(place.store, TERMS, now_ms=midnight_ms + closing.REST_MS) == 1


def test_another_length_of_a_stop_makes_all_days_anew(place: Town) -> None:
    at = NOON_MS - DAY
    stays = [Stay(zone="tea", at=at + number, for_ms=12_000) for number in range(3)]
    place.node("left").tell([*stays, *(Tap(at=at + 20_000 + n, reader="tea-reader", tag=None) for n in range(9))])
    close_days(place.store, TERMS, now_ms=place.clock.now_ms)
    assert read(place, "7d").chains["tea"].tapped == 3
    longer = dataclasses.replace(TERMS, stop_bin=STOP_BIN + 5)  # half a minute
    assert close_days(place.store, longer, now_ms=place.clock.now_ms) == 1
    with place.store.reading() as connection:
        span = span_of("7d", now_ms=place.clock.now_ms, zone=SEOUL)
        asked = dataclasses.replace(ASKED, stop_bin=longer.stop_bin)
        found = figures.totals(connection, asked, span, now_ms=place.clock.now_ms)
    assert (found.chains["tea"].stopped, found.chains["tea"].tapped, found.chains["tea"].taps) == (0, 0, 9)


def test_a_clock_half_an_hour_off_cuts_its_days_at_its_own_midnight(place: Town) -> None:
    delhi = ZoneInfo("Asia/Kolkata")
    yesterday = day_of(NOON_MS, delhi) - timedelta(days=1)
    midnight_ms = beginning(yesterday, delhi) * MINUTE
    moments = [midnight_ms - 1, midnight_ms, midnight_ms + DAY - 1, midnight_ms + DAY]
    place.node("left").tell([Crossing(at=at, line="door", direction=Direction.IN) for at in moments])
    terms = Terms(zone=delhi, stop_bin=STOP_BIN)
    assert close_days(place.store, terms, now_ms=NOON_MS) == 2
    assert close_days(place.store, terms, now_ms=NOON_MS) == 0
    with place.store.reading() as connection:
        assert days.made(connection, yesterday, yesterday) == {yesterday}
        (went_in,) = connection.execute(
            "SELECT went_in FROM day_lines WHERE day = ?", (yesterday.toordinal(),)
        ).fetchone()
    assert went_in == 2


def open_hours(place: Town, back: int, first_hour: int, until_hour: int) -> None:
    """A word each quarter of an hour of a past day, by the store's clock."""
    midnight = beginning(day_of(NOON_MS - back * DAY, SEOUL), SEOUL) * MINUTE
    moments = range(midnight + first_hour * 60 * MINUTE, midnight + until_hour * 60 * MINUTE, 15 * MINUTE)
    place.node("left").tell(
        [Occupancy(zone="tea", at=at, span_ms=MINUTE, covered_ms=MINUTE, person_ms=0, peak=0) for at in moments]
    )


def expected_minutes(place: Town, back: int) -> float:
    return read(place, str(day_of(NOON_MS - back * DAY, SEOUL))).expected_ms / MINUTE


def test_what_a_store_does_not_tell_after_its_usual_hours_is_no_gap_and_a_days_silence_is_one(place: Town) -> None:
    for back in (8, 7, 6, 5, 3, 1):
        open_hours(place, back, 10, 15 if back == 3 else 22)  # three days ago everything died at three
    close_days(place.store, TERMS, now_ms=place.clock.now_ms)
    usual = 12 * 60 - 14  # from ten to the last quarter before ten
    assert [expected_minutes(place, back) for back in (8, 5, 4, 3, 1)] == [usual] * 5
    first, last = (day_of(NOON_MS - back * DAY, SEOUL) for back in (5, 1))
    assert read(place, f"{first}..{last}").expected_ms == 5 * usual * MINUTE
    # Nothing was told today, and it is noon; the last two minutes may still be on their way.
    assert expected_minutes(place, 0) == 2 * 60 - 2


def test_a_weekday_on_which_the_store_is_never_open_is_no_gap(place: Town) -> None:
    for back in range(20, 0, -1):
        if back % 7 != 3:
            open_hours(place, back, 10, 22)
    close_days(place.store, TERMS, now_ms=place.clock.now_ms)
    assert expected_minutes(place, 3) == 0
    assert expected_minutes(place, 4) == 12 * 60 - 14


def test_a_year_is_read_in_as_many_rows_a_day_as_there_are_names(place: Town) -> None:
    """A planted fault: a table of minutes in the way of a year would be seen here."""
    place.node("left").tell(some_events(3, days_back=300, count=300))
    close_days(place.store, TERMS, now_ms=place.clock.now_ms)
    span = span_of("365d", now_ms=place.clock.now_ms, zone=SEOUL)
    asked: list[str] = []
    with place.store.reading() as connection:
        connection.set_trace_callback(asked.append)
        found = figures.totals(connection, ASKED, span, now_ms=place.clock.now_ms)
        connection.set_trace_callback(None)
        plans = [
            row[3]
            for sql in asked
            if sql.startswith(("SELECT", "WITH"))
            for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")
        ]
    assert len(found.buckets) == 53  # weeks
    assert not [step for step in plans if "_sums" in step and "SCAN" in step]
    minutes = [sql for sql in asked if "_sums" in sql and str(span.first * MINUTE) in sql]
    assert not minutes


def test_the_chain_of_a_product_never_widens(place: Town) -> None:
    place.node("left").tell(some_events(5, days_back=3, count=300))
    sell(place, 5, days_back=3, count=60)
    for chain in (*read(place, "7d").products.values(), *read(place, "7d").chains.values()):
        assert chain.passed >= chain.stopped >= chain.tapped >= chain.bought
        assert chain.taps >= chain.tapped
        assert chain.sales >= chain.bought


def test_spans_know_their_days() -> None:
    span = span_of("7d", now_ms=NOON_MS, zone=SEOUL)
    assert isinstance(span, Span)
    assert span.days[0] == date(2026, 11, 15)
    assert {Kind.ZONE.value, Kind.PRODUCT.value} == {"zone", "product"}


def test_a_store_of_before_gets_its_takings_and_its_days(place: Town) -> None:
    """An update: the receipts are summed as if they had been from the beginning, and every day is made."""
    for number in range(6):
        place.sale(TEA, at=NOON_MS - DAY + number)
    place.node("left").tell([Crossing(at=NOON_MS - DAY, line="door", direction=Direction.IN)])
    with place.store.atomic() as connection:
        told = connection.execute("SELECT * FROM taking_sums ORDER BY 1, 2").fetchall()
        for step in (takings.STEPS[0], *days.STEPS):
            for table in re.findall(r"CREATE TABLE (\w+)", " ".join(step.statements)):
                connection.execute(f"DROP TABLE {table}")
            for statement in step.statements:
                connection.execute(statement)
        assert connection.execute("SELECT * FROM taking_sums ORDER BY 1, 2").fetchall() == told
    assert close_days(place.store, TERMS, now_ms=place.clock.now_ms) == 1
    found = read(place, "7d")
    assert (found.till.receipts, found.till.amount, found.lines["door"].went_in) == (6, 6_000, 1)


def test_the_program_makes_the_days_by_itself(place: Town) -> None:
    place.node("left").tell([Crossing(at=NOON_MS - DAY, line="door", direction=Direction.IN)])

    async def live() -> None:
        closing_days = asyncio.create_task(keep_closing(place.desk(bus_of_nobody())))
        deadline = time.monotonic() + 10
        yesterday = day_of(NOON_MS - DAY, SEOUL)
        while time.monotonic() < deadline:
            with place.store.reading() as connection:
                if days.made(connection, yesterday, yesterday):
                    break
            await asyncio.sleep(0.01)
        closing_days.cancel()
        with place.store.reading() as connection:
            assert days.made(connection, yesterday, yesterday)

    asyncio.run(live())


def test_a_minute_that_is_still_on_its_way_is_no_gap(place: Town) -> None:
    def told(minutes: range) -> list[Event]:
        at = NOON_MS
        return [
            Occupancy(zone="tea", at=at + m * MINUTE, span_ms=MINUTE, covered_ms=MINUTE, person_ms=0, peak=0)
            for m in minutes
        ]

    place.node("left").tell(told(range(-20, -1)))  # it is two seconds past noon: the last two may still come
    assert read(place, "today").expected_ms == 19 * MINUTE
    place.clock.now_ms += 5 * MINUTE
    assert read(place, "today").expected_ms == 23 * MINUTE  # up to the third minute past noon
