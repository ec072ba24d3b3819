"""Days and months of heat, the frames of a day, and what is forgotten in time."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage.heat import CELL_M, UNSEEN
from cloud.manage.period import beginning
from cloud.manage.raster import WITHHELD, Sheet, passing, size_of, stay
from cloud.store import heat, heat_days, heat_sweep
from cloud.store.closing import Terms, close_days
from cloud.store.heat_days import stretches
from tests.cloud.floor_world import DAY, Page, looking, row, shaped, tell, walked
from tests.cloud.morning import MINUTE, NOON_MS, SEOUL, Town, entries, plan

TERMS = Terms(zone=SEOUL, stop_bin=4)
TODAY = date(2026, 11, 21)
SIZE = size_of(plan())


def told(place: Town, *, days: range, ms: int = 3_000, tracks: int = 2) -> None:
    """On each of these days (0 is today) an hour at noon in which somebody walks, minute by minute."""
    for day in days:
        start = NOON_MS + day * DAY * MINUTE - 60 * MINUTE
        tell(place, [walked(start + minute * MINUTE, row(ms, tracks)) for minute in range(0, 60, 6)])


def close(place: Town) -> int:
    return close_days(place.store, TERMS, now_ms=place.clock.now_ms)


def total(sheets: list[Sheet]) -> tuple[float, float]:
    return float(stay(sheets, SIZE).sum()), float(passing(sheets, SIZE).sum())


def test_a_day_that_is_made_says_what_its_hours_said(place: Town) -> None:
    told(place, days=range(-1, 0))
    day = TODAY - timedelta(days=1)
    first, end = (beginning(day + timedelta(days=step), SEOUL) * MINUTE for step in (0, 1))
    close(place)
    with place.store.reading() as connection:
        by_hour, by_day = heat.read(connection, first, end), heat_days.read(connection, [day])
    assert total(by_day) == pytest.approx(total(by_hour))
    assert total(by_day)[0] == pytest.approx(10 * 12 * 3 / CELL_M**2)
    assert len(by_day) == 1


def test_a_whole_month_is_read_as_one_and_is_the_sum_of_its_days(place: Town) -> None:
    told(place, days=range(-55, -20, 2))
    close(place)
    october = [date(2026, 10, 1) + timedelta(days=step) for step in range(31)]
    with place.store.reading() as connection:
        month, days = heat_days.read(connection, october), heat_days.read(connection, october[:-1])
        days += heat_days.read(connection, october[-1:])
        assert len(month) == 1 < len(days)
        assert total(month) == pytest.approx(total(days))


def test_what_is_told_late_is_in_the_picture_at_once_and_in_the_day_when_it_is_made_again(place: Town) -> None:
    told(place, days=range(-1, 0))
    close(place)
    with looking(place) as page:
        before = page.heat(metric="passing", period="yesterday")
        told(place, days=range(-1, 0), tracks=4)
        late = page.heat(metric="passing", period="yesterday")
        assert (
            shaped(late, late, "levels").sum() * late["top"]
            > 1.5 * shaped(before, before, "levels").sum() * before["top"]
        )
        assert close(place) == 1
        again = page.heat(metric="passing", period="yesterday")
        assert (again["levels"], again["seen"]) == (late["levels"], late["seen"])


@settings(max_examples=100, deadline=None)
@given(numbers=st.sets(st.integers(0, 60)))
def test_stretches_hold_each_number_once(numbers: set[int]) -> None:
    found = stretches(numbers)
    assert [n for first, last in found for n in range(first, last + 1)] == sorted(numbers)
    assert all(b[0] > a[1] + 1 for a, b in pairwise(found))


def test_minutes_go_after_five_weeks_and_hours_after_a_year_all_counted(place: Town) -> None:
    told(place, days=range(-410, -405))
    told(place, days=range(-40, -30))
    tell(place, [walked(NOON_MS - 39 * DAY * MINUTE, {})])
    with place.store.reading() as connection:
        old_minutes = _count(connection, "heat_minutes", 35)
        old_hours = _count(connection, "heat_hours", 400) + _count(connection, "seen_hours", 400)
    assert old_minutes > 50
    with place.store.atomic() as connection:
        assert heat_sweep.sweep(connection, place.clock.now_ms) == heat_sweep.Swept(minutes=0, hours=0)  # not made yet
    close(place)
    with place.store.reading() as connection:
        swept = heat_sweep.swept(connection)
        assert _count(connection, "heat_minutes", 35) == 0
        assert swept == heat_sweep.Swept(minutes=old_minutes, hours=old_hours)
        kept = heat_days.read(connection, [TODAY - timedelta(days=408)])
        assert total(kept)[0] > 0
    close(place)
    with place.store.reading() as connection:
        assert heat_sweep.swept(connection) == swept
        assert total(heat_days.read(connection, [TODAY - timedelta(days=408)])) == total(kept)


def _count(connection: object, table: str, days: int) -> int:
    before = NOON_MS + 2_000 - days * DAY * MINUTE
    if table != "heat_minutes":
        before -= before % 3_600_000
    (count,) = connection.execute(f"SELECT count(*) FROM {table} WHERE at_ms < ?", (before,)).fetchone()  # type: ignore[attr-defined]  # a connection
    return int(count)


def test_a_sweep_takes_so_much_at_once_and_comes_again(place: Town) -> None:
    told(place, days=range(-45, -40))
    close_days(place.store, TERMS, now_ms=NOON_MS - 39 * DAY * MINUTE)
    rounds = 0
    while True:
        with place.store.atomic() as connection:
            took = heat_sweep.sweep(connection, place.clock.now_ms, most=7)
        if not took.minutes:
            break
        assert took.minutes <= 7
        rounds += 1
    assert rounds >= 7


@pytest.fixture
def page(place: Town) -> Iterator[Page]:
    with looking(place) as page:
        yield page


def test_the_frames_of_a_day_add_up_to_its_picture(place: Town, page: Page) -> None:
    tell(place, [walked(NOON_MS + minute * MINUTE, row(1_500, 1)) for minute in range(-300, 1)])
    day = page.day("2026-11-21")
    picture = page.heat(period="today")
    assert (day.header["frames"], day.header["until"], day.header["frame_ms"]) == (288, 145, 300_000)
    assert day.header["plan_version"] == 1
    levels = shaped(picture, picture, "levels")
    whole = levels / 255 * picture["top"]
    summed = day.values.sum(axis=0)
    # Each frame's byte may be wrong by half a step, and so may the picture's.
    steps = 60 * day.header["top"] / 506 + picture["top"] / 510
    inner = (slice(7, 10), slice(3, 13))
    assert (levels[inner] < 255).all()
    assert np.abs(summed[inner] - whole[inner]).max() <= steps
    assert set(day.frames[145:].ravel()) == {UNSEEN}
    assert set(day.frames[:140, :, 16:].ravel()) == {UNSEEN}
    assert day.coverage[100, 0] == 100
    assert day.coverage[10].tolist() == [0, 0]


def test_a_frame_with_few_people_is_evened_out_over_the_time_in_which_five_passed(place: Town, page: Page) -> None:
    tell(
        place,
        [
            walked(NOON_MS + minute * MINUTE, row(600 * (1 + minute % 7), int(minute % 3 == 0)))
            for minute in range(-120, 0)
        ],
    )
    told = page.day("2026-11-21").frames[:, 8, 8]
    seen = told[told <= 253]
    changes = np.flatnonzero(np.diff(seen.astype(int)))
    assert len(seen) == 24
    assert len(changes) > 2
    # A track each three minutes: five have passed after three frames at the soonest.
    assert min(np.diff(changes)) >= 3


def test_a_cell_with_four_tracks_all_day_is_withheld_all_day(place: Town, page: Page) -> None:
    tell(place, [walked(NOON_MS - 4 * MINUTE + minute * MINUTE, row(5_000, 1)) for minute in range(4)])
    assert set(page.day("2026-11-21").frames[:, 8, 8]) == {WITHHELD, UNSEEN}


def test_entries_are_in_tenths_and_about_five_people_at_least(place: Town, page: Page) -> None:
    tell(place, [walked(NOON_MS + minute * MINUTE, {}) for minute in range(-60, 1)])
    tell(place, entries(10, at=NOON_MS - 30 * MINUTE))
    tell(place, entries(3, at=NOON_MS - 10 * MINUTE))
    day = page.day("2026-11-21")
    told = [count for count in day.entries if count < 65_534]
    assert sum(told) == pytest.approx(130, abs=len(told) / 2)
    assert day.header["entered"] == 13
    assert day.entries[200] == 65_535


def test_a_day_has_one_tag_until_something_of_it_is_told(place: Town, page: Page) -> None:
    told(place, days=range(-1, 0))
    first = page.get("/v1/insight/day?date=2026-11-20")
    again = page.get("/v1/insight/day?date=2026-11-20", **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = page.get("/v1/insight/day?date=2026-11-20", **{"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == first.content
    told(place, days=range(-1, 0))
    assert page.get("/v1/insight/day?date=2026-11-20", **{"if-none-match": first.headers["etag"]}).status_code == 200


def test_a_day_whose_minutes_are_forgotten_is_told_by_hours(place: Town, page: Page) -> None:
    told(place, days=range(-40, -38), tracks=5)
    told(place, days=range(-3, -1), tracks=5)
    close(place)
    day = page.day((TODAY - timedelta(days=40)).isoformat(), "passing")
    assert (day.header["frames"], day.header["frame_ms"], day.header["closed"]) == (24, 3_600_000, True)
    assert day.frames[11, 8, 8] > 0
    # The row's middle under the kernel: fifty tracks went through each of its cells.
    assert day.values[:, :, 8].sum() == pytest.approx(0.92 * 50 / CELL_M, rel=0.2)
    offered = page.get("/v1/insight/floor").json()
    assert (offered["first"], offered["frames_from"]) == ("2026-10-12", "2026-10-18")


def test_taps_of_a_day_are_frames_too(place: Town, page: Page) -> None:
    for minute in range(-60, 0, 3):
        place.phone_tap("tag-tea", at=NOON_MS + minute * MINUTE)
    day = page.day("2026-11-21", "taps")
    assert day.header["unit"] == "taps/m²"
    assert day.values.sum() * CELL_M**2 == pytest.approx(20, rel=0.1)
    assert day.values[:132].sum() == 0


@pytest.mark.parametrize(
    ("date_", "status"), [("2026-11-22", 404), ("2020-01-01", 404), ("yesterday", 422), ("2026-02-30", 422)]
)
def test_days_of_which_nothing_is_known_are_not_there(place: Town, page: Page, date_: str, status: int) -> None:
    told(place, days=range(-1, 0))
    assert page.get(f"/v1/insight/day?date={date_}").status_code == status


def test_a_file_names_what_a_reader_needs(place: Town, page: Page) -> None:
    told(place, days=range(-1, 0))
    header = page.day("2026-11-20").header
    assert json.dumps(header)
    assert header.keys() == {
        "metric", "date", "unit", "from_ms", "frame_ms", "frames", "until", "columns", "rows", "cell_m", "top",
        "plan_version", "cameras", "withheld", "k", "closed", "entered",
    }  # fmt: skip
    assert header["cameras"] == ["cam-a", "cam-b"]
