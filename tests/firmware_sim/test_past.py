"""Days that are over: the same for the same seed, told without a slip where the cameras overlook nothing."""

import dataclasses
import datetime as dt
import subprocess
import sys
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.events import Crossing, Direction, Event, Heat, Occupancy, Stay, Tap
from contract.messages import decode_batch
from firmware_sim.past import files
from firmware_sim.past.day import Day, day, truth
from firmware_sim.past.season import HOUR_MS, Outage, Promotion, Season, Weather
from firmware_sim.past.shopper import Layout
from firmware_sim.past.telling import Sights, told
from tests.firmware_sim.stores import DEMO, demo

SEOUL = ZoneInfo("Asia/Seoul")
DATE = dt.date(2026, 11, 18)
QUIET = Season(visitors=40, missed=0)


@pytest.fixture(scope="module")
def layout() -> Layout:
    return Layout(demo())


@pytest.fixture(scope="module")
def sights() -> Sights:
    return Sights(plan=demo().plan)


def lived(layout: Layout, season: Season = QUIET, date: dt.date = DATE, seed: int = 7) -> Day:
    return day(layout, season, date, SEOUL, seed)


def all_of(events: dict[str, list[Event]]) -> list[Event]:
    return [event for some in events.values() for event in some]


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_cameras_that_overlook_nothing_tell_the_truth(layout: Layout, sights: Sights, seed: int) -> None:
    one = lived(layout, seed=seed)
    true, events = truth(one), all_of(told(one, sights, QUIET, seed))
    ways = Counter(event.direction for event in events if isinstance(event, Crossing))
    assert (ways[Direction.IN], ways[Direction.OUT]) == (true.came_in, true.went_out) == (len(one.lives),) * 2
    assert Counter(event.zone for event in events if isinstance(event, Stay)) == Counter(true.stays)
    assert Counter(event.reader for event in events if isinstance(event, Tap)) == Counter(true.taps)
    spent = Counter[str]()
    for event in events:
        if isinstance(event, Occupancy):
            spent[event.zone] += event.person_ms
    assert spent == Counter(true.stayed_ms)


def test_the_same_seed_is_the_same_day_and_another_is_not(layout: Layout) -> None:
    assert lived(layout) == lived(layout)
    assert lived(layout).lives != lived(layout, seed=8).lives


def test_a_day_does_not_depend_on_the_days_before_it(layout: Layout) -> None:
    lived(layout, date=DATE - dt.timedelta(days=1))
    assert lived(Layout(demo())) == lived(layout)


def test_rain_keeps_people_at_home_and_a_promotion_draws_them_to_its_zone(layout: Layout) -> None:
    busy = dataclasses.replace(QUIET, visitors=200)
    usual = truth(lived(layout, busy))
    rainy = truth(lived(layout, dataclasses.replace(busy, weather=(Weather(day=DATE, share=0.4),))))
    assert rainy.came_in < 0.6 * usual.came_in
    drawn = Promotion(zone="gift", first=DATE, last=DATE, draw=5)
    assert (
        truth(lived(layout, dataclasses.replace(busy, promotions=(drawn,)))).stops["gift"] > 1.4 * usual.stops["gift"]
    )


def test_a_dead_camera_is_a_gap_and_no_zero(layout: Layout, sights: Sights) -> None:
    one = lived(layout)
    blind = Outage(camera="till-cam", from_ms=one.begun_ms + 12 * HOUR_MS, to_ms=one.begun_ms + 13 * HOUR_MS)
    events = all_of(told(one, sights, dataclasses.replace(QUIET, outages=(blind,)), 7))
    dark = [event for event in events if blind.from_ms <= event.at < blind.to_ms]
    assert {event.covered_ms for event in dark if isinstance(event, Heat) and event.camera == "till-cam"} == {0}
    assert {event.covered_ms for event in dark if isinstance(event, Heat) and event.camera != "till-cam"} == {60_000}
    assert not any(isinstance(event, Stay) and event.zone == "till" for event in dark)


def test_the_files_hold_batches_as_nodes_send_them(tmp_path: Path) -> None:
    past = files.Past(days=1, until=dt.datetime(2026, 11, 18, 14, 0, tzinfo=SEOUL), zone=SEOUL, seed=7)
    files.write(demo(), QUIET, past, tmp_path, say=lambda _words: None)
    batches = [decode_batch(line) for line in (tmp_path / "batches.jsonl").read_bytes().splitlines()]
    assert {batch.node for batch in batches} == {"door", "aisle", "till"}
    until_ms = past.until.timestamp() * 1000
    assert all(event.at < until_ms for batch in batches for event in batch.events)  # type: ignore[union-attr]  # none is unread


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (("--days", "0"), "--days 0: 1 to 366"),
        (("--days", "1", "--zone", "Mars/Base"), "'Mars/Base'"),
        (("--days", "1", "--visitors", "-1"), "--visitors -1"),
        (("--days", "1", "--until", "noon"), "--until 'noon': a time such as 2026-11-22T18:00 is allowed"),
    ],
)
def test_what_cannot_be_lived_is_said(wrong: tuple[str, ...], words: str, tmp_path: Path) -> None:
    command = [
        str(Path(sys.executable).with_name("aisle-sim")),
        "past",
        "--store",
        str(DEMO),
        "--out",
        str(tmp_path),
        *wrong,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert words in done.stderr
