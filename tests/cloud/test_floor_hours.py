"""The day's entrances under the floor: quarters that add up, gaps that are no zeros, few withheld."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as replace_struct
from starlette.requests import Request

from cloud.manage.hours import DAY, STEP, Hours, elapsed, hours
from cloud.manage.insight import Flow, Seen, State
from cloud.manage.period import Compare, beginning
from cloud.web.manage import reading
from cloud.web.manage.home import floor_values
from contract.events import Crossing
from contract.plan import LineKind
from tests.cloud.morning import MINUTE, NOON_MS, bus_of_nobody, entries, plan, town

FIRST = 29_000_160
"""The first minute of a day, in Greenwich."""


def flow(minute: int, entered: int) -> Flow:
    return Flow(minute=FIRST + minute, entered=entered, left=0)


def seen(*minutes: int) -> list[Seen]:
    return [Seen(minute=FIRST + minute, covered_ms=60_000, span_ms=60_000) for minute in minutes]


def test_a_quarter_sums_its_minutes_and_stands_beside_that_of_the_other_day() -> None:
    now = [flow(600, 4), flow(614, 3), flow(615, 9)]
    then = [Flow(minute=FIRST - 7 * DAY + 601, entered=12, left=5)]
    told = hours(now, then, seen(600, 615), first=FIRST, then_first=FIRST - 7 * DAY, end=FIRST + 640, zone=UTC, k=5)
    assert (told.first_hour, told.last_hour) == (10, 11)
    assert [bar.now.value for bar in told.bars[:2]] == [7, 9]
    assert told.bars[0].then.value == 12
    assert told.total.value == 16
    assert told.top == 12


def test_a_quarter_in_which_no_door_was_watched_is_a_gap_and_few_are_withheld() -> None:
    told = hours([flow(600, 3)], None, seen(600, 630), first=FIRST, then_first=FIRST, end=FIRST + 660, zone=UTC, k=5)
    states = [bar.now.state for bar in told.bars]
    assert states == [State.FEW, State.UNSEEN, State.SHOWN, State.UNSEEN]
    assert told.bars[2].now.value == 0  # watched, and nobody came
    assert {bar.then.state for bar in told.bars} == {State.UNSEEN}


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, DAY - 1), st.integers(1, 9)), min_size=1, max_size=30))
def test_a_withheld_hour_cannot_be_had_by_subtracting_the_others_from_the_day(entrances: list[tuple[int, int]]) -> None:
    flows = [flow(minute, entered) for minute, entered in entrances]
    told = hours(flows, None, seen(*range(DAY)), first=FIRST, then_first=FIRST, end=FIRST + DAY, zone=UTC, k=5)
    quarters = [sum(count for minute, count in entrances if minute // STEP == place) for place in range(DAY // STEP)]
    hidden: set[int] = set()
    for bar in told.bars:
        assert bar.now.state is State.FEW or bar.now.value == quarters[bar.minute // STEP]
        hidden |= {bar.minute // 60} if bar.now.state is State.FEW else set()
    by_hour = {hour: sum(quarters[4 * hour : 4 * hour + 4]) for hour in range(24)}
    few = {hour for hour, count in by_hour.items() if 0 < count < 5}
    assert few <= hidden
    if few and told.total.value is not None:
        assert len(hidden) > 1
        assert sum(by_hour[hour] for hour in hidden) >= 5


def test_what_is_still_to_come_is_not_told() -> None:
    told = hours(
        [flow(600, 9)], [flow(900, 9)], seen(600), first=FIRST, then_first=FIRST, end=FIRST + 605, zone=UTC, k=5
    )
    assert told.last_hour == 16  # the other day went on
    assert all(bar.now.state is State.UNSEEN for bar in told.bars[1:])


def test_a_day_without_anybody_has_usual_hours() -> None:
    told = hours([], [], [], first=FIRST, then_first=FIRST, end=FIRST + DAY, zone=UTC, k=5)
    assert (told.first_hour, told.last_hour, told.total.state) == (9, 21, State.UNSEEN)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(-200, DAY + 200), st.integers(0, 40)), max_size=60))
def test_every_entrance_of_the_day_is_in_one_bar(entrances: list[tuple[int, int]]) -> None:
    flows = [flow(minute, entered) for minute, entered in entrances]
    told = hours(flows, None, seen(*range(DAY)), first=FIRST, then_first=FIRST, end=FIRST + DAY, zone=UTC, k=1)
    mine = sum(entered for minute, entered in entrances if 0 <= minute < DAY)
    assert sum(bar.now.value or 0 for bar in told.bars) == mine
    assert all(bar.minute % STEP == 0 for bar in told.bars)
    assert told.top >= max((bar.now.value or 0 for bar in told.bars), default=0)


BERLIN = ZoneInfo("Europe/Berlin")
BACK, FORTH = date(2026, 10, 25), date(2026, 3, 29)
"""The days of 25 and of 23 hours."""


def at(day: date, hour: int, minute: int = 0, *, fold: int = 0) -> int:
    """The minute since the epoch at which a clock in Berlin says so."""
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN, fold=fold).timestamp()) // 60


def told(day: date, *entered: tuple[int, int], until: int | None = None, then: date | None = None) -> Hours:
    first, end = beginning(day, BERLIN), beginning(day + timedelta(days=1), BERLIN)
    watched = [Seen(minute=minute, covered_ms=60_000, span_ms=60_000) for minute in range(first, until or end)]
    flows = [Flow(minute=minute, entered=count, left=0) for minute, count in entered]
    return hours(
        [] if then else flows, flows if then else None, watched,
        first=first, then_first=beginning(then, BERLIN) if then else first, end=until or end, zone=BERLIN, k=1,
    )  # fmt: skip


def bars(found: Hours) -> dict[str, float | None]:
    return {f"{bar.minute // 60:02}:{bar.minute % 60:02}": bar.now.value for bar in found.bars if bar.now.value}


@pytest.mark.parametrize("day", [BACK, FORTH])
def test_on_the_days_on_which_the_clock_is_changed_every_entrance_stands_at_its_own_time(day: date) -> None:
    found = told(day, (at(day, 0, 20), 3), (at(day, 10), 10), (at(day, 23, 30), 20))
    assert bars(found) == {"00:15": 3, "10:00": 10, "23:30": 20}
    assert found.total.value == 33


def test_an_hour_that_comes_twice_adds_up_in_one_bar() -> None:
    found = told(BACK, (at(BACK, 2, 10), 4), (at(BACK, 2, 10, fold=1), 5), (at(BACK, 3), 7))
    assert bars(found) == {"02:00": 9, "03:00": 7}
    now = at(BACK, 2, 5, fold=1)
    begun = [bar.minute // 60 for bar in told(BACK, (at(BACK, 0), 1), (at(BACK, 5), 1), until=now).bars if bar.begun]
    assert begun == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2], "all of the hour was there once"


def test_an_hour_that_is_skipped_is_no_gap() -> None:
    found = told(FORTH, (at(FORTH, 1), 4), (at(FORTH, 4), 5))
    assert {bar.minute // 60 for bar in found.bars if not bar.begun} == {2}
    assert all(bar.now.state is State.SHOWN for bar in found.bars if bar.begun)


def test_a_day_is_compared_by_the_clock_with_one_on_which_it_was_changed() -> None:
    after = BACK + timedelta(days=7)
    found = told(after, (at(BACK, 10), 10), (at(BACK, 23, 30), 20), then=BACK)
    assert {bar.minute: bar.then.value for bar in found.bars if bar.then.value} == {600: 10, 23 * 60 + 30: 20}


def test_the_clocks_hours_lie_where_the_days_minutes_are() -> None:
    for day, shift in ((BACK, 60), (FORTH, -60), (BACK + timedelta(days=1), 0)):
        first = beginning(day, BERLIN)
        assert [elapsed(first, hour, BERLIN) for hour in (0, 9, 24)] == [0, 540 + shift, DAY + shift]


@settings(max_examples=60, deadline=None)
@given(
    day=st.dates(date(1990, 1, 1), date(2037, 12, 30)),
    zone=st.sampled_from(["Europe/Berlin", "Asia/Seoul", "America/Havana", "Australia/Lord_Howe", "Asia/Beirut"]),
)
def test_whatever_the_clock_does_no_minute_of_a_day_is_lost(day: date, zone: str) -> None:
    place = ZoneInfo(zone)
    first, end = beginning(day, place), beginning(day + timedelta(days=1), place)
    flows = [Flow(minute=minute, entered=1, left=0) for minute in range(first - 90, end + 90)]
    found = hours(flows, None, [], first=first, then_first=first, end=end, zone=place, k=1)
    assert found.total.value == sum(bar.now.value or 0 for bar in found.bars) == end - first


def test_the_floors_page_reads_a_day_of_25_hours_to_its_end(tmp_path: Path) -> None:
    with town(tmp_path, floor=plan()) as place:
        for day in (BACK, BACK - timedelta(days=7)):
            place.node("left").tell([*entries(10, at=at(day, 10) * MINUTE), *entries(20, at=at(day, 23, 30) * MINUTE)])
        place.clock.now_ms = at(BACK + timedelta(days=1), 12) * MINUTE
        desk = replace(place.desk(bus_of_nobody()), zone=BERLIN)
        query = f"period={BACK}&compare=weekday".encode()
        request = Request({"type": "http", "query_string": query, "headers": [], "path": "/manage"})
        morning = reading.morning(desk, str(BACK), Compare.WEEKDAY)
        assert morning
        values = floor_values(desk, request, morning)
    found = values["hours"]
    assert isinstance(found, Hours)
    assert {bar.minute: (bar.now.value, bar.then.value) for bar in found.bars if bar.now.value} == {
        600: (10, 10),
        1410: (20, 20),
    }
    assert (values["first_frame"], values["last_frame"], values["at_frame"]) == (11 * 12, 25 * 12 - 1, 25 * 12 - 1)


def test_who_walks_past_outside_is_not_among_those_who_entered(tmp_path: Path) -> None:
    street = replace_struct(plan().lines[0], id="street", kind=LineKind.STREET)
    with town(tmp_path, floor=replace_struct(plan(), lines=(*plan().lines, street))) as place:
        past = [
            replace_struct(one, line="street")
            for one in entries(30, at=NOON_MS - 40 * MINUTE)
            if isinstance(one, Crossing)
        ]
        place.node("left").tell([*entries(10, at=NOON_MS - 50 * MINUTE), *past])
        desk = place.desk(bus_of_nobody())
        request = Request({"type": "http", "query_string": b"period=7d", "headers": [], "path": "/manage"})
        morning = reading.morning(desk, "7d", Compare.NONE)
        assert morning
        values = floor_values(desk, request, morning)
    found, trend = values["hours"], values["trend"]
    assert isinstance(found, Hours)
    assert isinstance(trend, tuple)
    assert found.total.value == trend[-1].now.value == 10
