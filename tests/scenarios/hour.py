"""An hour of the empty scene: nothing may be counted. What it gave is kept beside these tests for the table."""

import datetime as dt
import json
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from tests.scenarios import programs
from tests.scenarios.figures import Counts, of_score
from tests.scenarios.machine import machine
from tests.scenarios.programs import Take
from tests.scenarios.table import EMPTY, PAGE, renewed

KEPT = Path(__file__).with_name("hour.json")
SECONDS = 3_600.0
FPS = 20 / 6


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """What one run gave."""

    date: str
    machine: str
    seed: int
    looks: int
    detections: int  # boxes at the model's threshold
    tracks: int
    crossings: int
    stays: int
    person_s: float
    minutes: float  # the run took


def main(seed: int) -> int:
    """Run it, and keep what it gave; 1 where anything was counted."""
    take = Take(scenario=EMPTY, seconds=SECONDS, fps=FPS, seed=seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="aisle-hour-") as place:
        folder = Path(place)
        programs.film(take, folder)
        print(f"filmed after {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        scored = programs.score(folder, take.frames, FPS * 1.01)
    counts: Counts = of_score(scored)
    hour = Hour(
        date=dt.datetime.now(tz=dt.UTC).date().isoformat(),
        machine=machine(),
        seed=seed,
        looks=scored.frames,
        detections=scored.detections,
        tracks=scored.tracks,
        crossings=counts.crossings_counted,
        stays=counts.stays_counted,
        person_s=round(counts.person_s_counted, 1),
        minutes=round((time.monotonic() - began) / 60, 1),
    )
    told = json.dumps(msgspec.to_builtins(hour), indent=1)
    KEPT.write_text(told + "\n", "utf-8")
    if PAGE.is_file():
        PAGE.write_text(renewed(PAGE.read_text("utf-8"), known()), "utf-8")
    print(told)
    return int(counts.false)


def known() -> str:
    """What the last run gave, in words."""
    if not KEPT.is_file():
        return "Not run yet: `python -m tests.scenarios --hour`."
    hour = msgspec.json.decode(KEPT.read_bytes(), type=Hour)
    where = "some" if hour.person_s else "none"
    return (
        f"An hour of `empty` ({hour.looks} looks at 3.3 a second, seed {hour.seed}, without any mask): "
        f"{hour.crossings} crossings, {hour.stays} stays and {hour.person_s:g} person-seconds counted. The detector "
        f"told of {hour.detections} boxes on posters and the screen, and {hour.tracks} tracks were followed; the "
        f"zones, which reach up to the walls, had {where} of them. "
        f"{hour.date}, {hour.machine}, {hour.minutes:g} minutes; `python -m tests.scenarios --hour` runs it."
    )
