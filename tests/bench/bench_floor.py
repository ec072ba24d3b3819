"""The picture of a year of ten cameras beside that of a day, and a day's frames.

    python -m tests.bench.bench_floor

A floor of 30 × 20 m: a year of days that are over, kept as such, and a running day of twelve hours in which each camera
told every minute of 120 of its cells. Prints one JSON object on its last line: `ratio`, the median time on the
processor that the picture of 365 days takes over that of today (aim: at most 1.5), the times themselves, and what the
frames of the running day take (`frames_ms` to make, `again_ms` from then on, `frames_bytes` on the wire).
"""

import functools
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import msgspec
import numpy as np

from cloud.manage.maps import Metric
from cloud.manage.period import Compare, beginning
from cloud.manage.raster import CELL, RUN, Sheet
from cloud.manage.telling import Told
from cloud.manage.totals import Till
from cloud.store import days, heat_days, rollups
from cloud.store.days import Day
from cloud.store.sums import report, summed
from cloud.web.manage.floor.domains import Domains
from cloud.web.manage.floor.pictures import Pictures
from cloud.web.manage.floor.replay import Replays
from contract.events import Cell, Heat, Run
from contract.plan import Plan
from tests.cloud.morning import MINUTE, NOON_MS, SEOUL, Town, box, bus_of_nobody, plan, town

CAMERAS, WIDE, DEEP = 10, 24, 40  # cells of one camera
TODAY = date(2026, 11, 21)
ROUNDS = 7


def corner(camera: int) -> tuple[int, int]:
    """The first cell of a camera's part of the floor."""
    return camera % 5 * WIDE, camera // 5 * DEEP


def floor() -> Plan:
    known = plan()
    cameras = []
    for n in range(CAMERAS):
        x, y = (cell / 4 for cell in corner(n))
        seen = box(x, y, x + WIDE / 4, y + DEEP / 4)
        cameras.append(msgspec.structs.replace(known.cameras[0], id=f"cam-{n}", sees=seen))
    empty = {"zones": (), "lines": (), "shelves": (), "readers": (), "tags": ()}
    return msgspec.structs.replace(known, width_m=30, depth_m=20, cameras=tuple(cameras), **empty)


def past(place: Town, chance: np.random.Generator) -> None:
    """A year of days that are over, each like the other."""
    sheets = []
    for n in range(CAMERAS):
        left, top = corner(n)
        cells = np.zeros(WIDE * DEEP, CELL)
        cells["x"], cells["y"] = left + np.arange(len(cells)) % WIDE, top + np.arange(len(cells)) // WIDE
        cells["person_ms"] = chance.integers(100, 100_000, len(cells))
        runs = np.array([(left, top + y, WIDE, 40_000_000) for y in range(DEEP)], RUN)
        counts = chance.integers(5, 90, len(cells))
        sheets.append(Sheet(camera=f"cam-{n}", cell_mm=250, cells=cells, tracks=counts, runs=runs))
    dates = [TODAY - timedelta(days=back) for back in range(1, 400)]
    with place.store.atomic() as connection:
        for day in dates:
            heat_days.keep(connection, day, sheets)
            days.put(connection, made(day))
        for day in {day.replace(day=1): day for day in dates}.values():
            heat_days.make_month(connection, day)


def made(day: date) -> Day:
    """The other sums of a day, as far as a picture reads them."""
    first, end = (beginning(day + timedelta(days=step), SEOUL) * MINUTE for step in (0, 1))
    return Day(
        day=day,
        first_ms=first,
        end_ms=end,
        made_ms=end,
        told=Told(first=0, end=1440),
        expected_ms=end - first,
        zones={},
        lines={},
        cameras={f"cam-{n}": 40_000_000 for n in range(CAMERAS)},
        chains={},
        joints=(),
        till=Till(),
    )


def today(place: Town, chance: np.random.Generator) -> None:
    """Twelve hours, minute by minute."""
    for n in range(CAMERAS):
        left, top = corner(n)
        runs = tuple(Run(left, top + y, WIDE, MINUTE) for y in range(DEEP))
        told = []
        for minute in range(-720, 0):
            picked = chance.choice(WIDE * DEEP, 120, replace=False).tolist()
            cells = tuple(Cell(left + one % WIDE, top + one // WIDE, 500) for one in picked)
            at = NOON_MS + minute * MINUTE
            told.append(
                Heat(
                    camera=f"cam-{n}",
                    at=at,
                    span_ms=MINUTE,
                    covered_ms=MINUTE,
                    cell_mm=250,
                    cells=cells,
                    seen=runs,
                    tracks=(1,) * len(cells),
                )
            )
        with place.store.atomic() as connection:
            rollups.write_sums(connection, summed(told))
            rollups.write_reports(connection, n, [report(one, number) for number, one in enumerate(told, 1)])


def spent(act: Callable[[], object]) -> float:
    """Milliseconds of this process's time on the processor."""
    begun = time.process_time()
    act()
    return 1000 * (time.process_time() - begun)


def main() -> None:
    chance = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as directory, town(Path(directory), floor=floor()) as place:
        past(place, chance)
        today(place, chance)
        desk = place.desk(bus_of_nobody())
        domains = Domains(desk.store, desk.zone)
        times: dict[str, list[float]] = {"today": [], "365d": []}
        for _ in range(ROUNDS + 1):
            for period, taken in times.items():
                pictures = Pictures(desk, domains)
                taken.append(spent(functools.partial(pictures.get, Metric.STAY, period, Compare.NONE)))
        day, year = (statistics.median(taken[1:]) for taken in times.values())
        replays = Replays(desk, domains)
        frames = [spent(lambda: replays.get(Metric.STAY, TODAY)) for _ in range(2)]
        file = replays.get(Metric.STAY, TODAY)
        assert file
    figures = {"ratio": year / day, "day_ms": day, "year_ms": year, "frames_ms": frames[0], "again_ms": frames[1]}
    rounded = {name: round(value, 2) for name, value in figures.items()}
    print(json.dumps({"bench": "floor", **rounded, "frames_bytes": len(file.body)}))


if __name__ == "__main__":
    main()
