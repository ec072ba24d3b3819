"""Film and score every scenario, then write the table: `python -m tests.scenarios [--seconds S] [--only NAME]`."""

import argparse
import datetime as dt
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from firmware_sim.sight.scenario import names, scene
from tests.scenarios import hour, node, programs, table
from tests.scenarios.figures import Figures, of_score
from tests.scenarios.machine import machine, versions
from tests.scenarios.programs import Take
from tests.scenarios.table import EMPTY, PAGE, Row, Run

FPS = 10.0
RATES = (5.0, 3.3)


def main() -> int:
    """Do what was asked; 1 where a program failed, or something was counted though nobody was there."""
    asked = _parser().parse_args()
    if asked.hour:
        return hour.main(asked.seed)
    rows: list[Row] = []
    failed: list[str] = []
    for name in asked.only or names():
        try:
            rows.append(row(name, seconds=asked.seconds, seed=asked.seed))
        except programs.ProgramError as error:
            failed.append(name)
            print(f"{name}: {error}", file=sys.stderr, flush=True)
    run = Run(
        date=dt.datetime.now(tz=dt.UTC).date().isoformat(),
        machine=machine(),
        versions=versions(),
        seconds=asked.seconds,
        seed=asked.seed,
        rates=RATES,
        rows=rows,
        hour=hour.known(),
    )
    text = table.page(run)
    print(text)
    if not asked.only and not failed:
        PAGE.write_text(text, "utf-8")
        print(f"written: {PAGE}", file=sys.stderr)
    empty = [figures for each in rows if each.name == EMPTY for figures in each.scored.values()]
    return int(bool(failed) or any(figures.counts.false for figures in empty))


def row(name: str, *, seconds: float, seed: int) -> Row:
    """Film one scenario in a folder that is gone afterwards, and score it."""
    setting = scene(name)
    take = Take(scenario=name, seconds=seconds, fps=FPS, seed=seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="aisle-scenario-") as place:
        folder = Path(place)
        programs.film(take, folder)
        several = len(setting.room.cameras) > 1
        where = folder / setting.room.cameras[0].id if several else folder
        at_once = Counter(line.split(",")[0] for line in (where / "places.csv").read_text().splitlines()[1:])
        people = {line.split(",")[1] for line in (where / "places.csv").read_text().splitlines()[1:]}
        scored = {rate: programs.score(folder, take.frames, rate) for rate in RATES} if not several else {}
        masked = setting.scenario.mirrors or setting.scenario.mannequins or setting.scenario.posters
        counts = node.counted(folder, fps=FPS, rate=RATES[0]) if several or masked else None
    found = Row(
        name=name,
        title=setting.scenario.title,
        people=len(people),
        most=max(at_once.values(), default=0),
        scored={rate: Figures(scored=one, counts=of_score(one)) for rate, one in scored.items()},
        node=counts,
    )
    print(f"{table.brief(found)}; took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.scenarios", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0, metavar="S", help="of each scenario (default 120)")
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="who comes when (default 7)")
    parser.add_argument("--only", action="append", choices=names(), metavar="NAME", help="this one; writes no page")
    parser.add_argument("--hour", action="store_true", help="film and score an hour of the empty scene instead")
    return parser


if __name__ == "__main__":
    sys.exit(main())
