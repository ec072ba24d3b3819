"""Aisle beside the libraries that a user would pick, on the same footage and the same detections: `make bench-vision`.

It writes edge/COMPARISON.md; the last line on stdout is one JSON object with the figures.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import cv2
import pytest

from models import load_passport
from tests import footage
from tests.bench.vision import clip as clips
from tests.bench.vision import cost as costs
from tests.bench.vision import kept, neutral, processes, report, trial
from tests.bench.vision.clip import Clip
from tests.bench.vision.contenders import FAINT, Contender, Settings, contenders
from tests.bench.vision.pipeline import measured
from tests.bench.vision.processes import Process
from tests.bench.vision.results import AISLE, Cost, Results, Scene, aims
from tests.bench.vision.trial import Court

PAGE: Final = processes.ROOT / "edge" / "COMPARISON.md"
HERE: Final = Path(__file__).parent
PEOPLE: Final = (10, 50)
REFERENCE: Final = "trackers ByteTrack"
SIDE_BY_SIDE: Final = 2  # libraries tried at once
SHOWN: Final = {"norfair": "norfair", "motpy": "motpy", "roboflow": "trackers", "supervision": "supervision"}
SHOWN_ALL: Final = {**SHOWN, "mesopic": "mesopic", "motmetrics": "motmetrics"}


def main() -> int:
    """Run it all; 2 when the footage or the judge is not at hand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=("int8", "fp16"), default="int8")
    parser.add_argument("--page", type=Path, default=PAGE, help=f"default {PAGE.name} of the edge")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            video, truth = footage.pets_video(Path(folder)), footage.pets_truth()
            judge = processes.environment("motmetrics")
        except (pytest.skip.Exception, processes.ProcessFailed) as missing:
            print(f"bench-vision: {missing}", file=sys.stderr)
            return 2
        results = _run(asked.model, video, truth, judge)
    asked.page.write_text(report.page(results), "utf-8")
    _say(f"{asked.page.name} is written; {time.monotonic() - began:.0f} s in all")
    for aim in aims(results):
        _say(f"  {aim.what}: {aim.measured} (aim {'at most' if aim.most else 'at least'} {aim.wanted:g})")
    print(json.dumps(report.summary(results)))
    return 0


def _run(model: str, video: Path, truth: Path, judge: Path) -> Results:
    passport = load_passport(f"person-nanodet-g-256x320-{model}")
    _say("the environments of the libraries …")
    ready, absent = _ready(contenders(passport.threshold))
    _say("the detector over the clip …")
    clip = clips.seen(video, truth, footage.pets_homography(), passport)
    load = os.getloadavg()[0]
    with ExitStack() as stack:
        ours = stack.enter_context(processes.started(Path(sys.executable), "for_aisle"))
        court = trial.court(clip, neutral.read(HERE / "pets.toml"), stack.enter_context(_judge(judge)))
        _say("Aisle …")
        rows = trial.aisle(court, ours)
        done = _tried(ready, court, judge)
        rows += [row for each in done for row in each.tried.rows]
        _say("what an update costs …")
        spent = _costs(done, clip, ours)
        _say("the whole pipeline …")
        pipeline = measured(video, passport, clip, court.scene)
        counted = court.truth
    return Results(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        commit=_commit(),
        machine=_machine(),
        load=f"load average {load:.1f} at the beginning, {os.getloadavg()[0]:.1f} at the end",
        model=passport.name,
        average_precision=clip.detected.average,
        average_precision_area=clip.detected.area,
        scene=Scene(
            frames=len(clip.looks),
            seconds=len(clip.looks) / clips.FRAMES_PER_SECOND,
            people=len({row[1] for row in clip.truth}),
            boxes=len(clip.truth),
            crossings=len(counted.crossings),
            person_s=sum(counted.person_s.values()),
            stays=len(counted.stays),
        ),
        rows=tuple(rows),
        costs=tuple(spent),
        pipeline=pipeline,
        versions={
            "Aisle": version("aisle-store"),
            "Python": platform.python_version(),
            "numpy": version("numpy"),
            **{SHOWN_ALL[name]: processes.versions(name)[SHOWN_ALL[name]] for name in SHOWN_ALL},
        },
        absent=tuple(absent),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """A library and how it did."""

    contender: Contender
    tried: trial.Tried


def _ready(asked: tuple[Contender, ...]) -> tuple[list[Contender], list[str]]:
    """Those whose environment is there, and why the others are not."""
    ready: list[Contender] = []
    absent: list[str] = []
    for contender in asked:
        try:
            processes.environment(contender.environment)
        except processes.ProcessFailed as failed:
            absent.append(str(failed))
        else:
            ready.append(contender)
    return ready, absent


def _tried(ready: list[Contender], court: Court, judge: Path) -> list[_Done]:
    """Every library over the clip, a few at once, each with a judge of its own."""

    def one(contender: Contender) -> _Done:
        name = kept.key(contender, court.clip, court.scene)
        found = kept.find(name)
        if found is not None:
            _say(f"  {contender.name}: the same boxes, settings and versions as before")
            return _Done(contender=contender, tried=found)
        with _library(contender) as library, _judge(judge) as own:
            tried = trial.tried_all(replace(court, judge=own), library, contender)
        kept.keep(name, tried)
        _say(f"  {contender.name} done")
        return _Done(contender=contender, tried=tried)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return list(pool.map(one, ready))


def _costs(done: list[_Done], clip: Clip, ours: Process) -> list[Cost]:
    """Aisle and every library beside the reference, each with its best settings."""
    reference = next(each for each in done if each.contender.name == REFERENCE)
    aisle = Settings(values={"matrix": clip.matrix.tolist()}, least=FAINT)
    spent: list[Cost] = []
    with _library(reference.contender) as beside:
        to = costs.asking(beside, reference.contender.tracker, reference.tried.fastest, clip)
        for people in PEOPLE:
            drawn = costs.crowd(clip, people)
            spent.append(_cost(AISLE, people, costs.cost(costs.asking(ours, "aisle", aisle, clip), to, drawn)))
            for each in done:
                with _library(each.contender) as library:
                    asked = costs.asking(library, each.contender.tracker, each.tried.fastest, clip)
                    spent.append(_cost(each.contender.name, people, costs.cost(asked, to, drawn)))
    return spent


def _cost(name: str, people: int, spent: costs.Spent) -> Cost:
    return Cost(name=name, people=people, ms=spent.ms, ratio=spent.ratio)


def _library(contender: Contender) -> AbstractContextManager[Process]:
    return processes.started(processes.environment(contender.environment), contender.adapter)


def _judge(python: Path) -> AbstractContextManager[Process]:
    return processes.started(python, "judge")


def _machine() -> str:
    """The processor in words."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines() if Path("/proc/cpuinfo").is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{os.cpu_count()} cores of {names[0] if names else platform.machine()}, {platform.system()}"


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False, cwd=processes.ROOT
    )
    return done.stdout.strip() or "unknown"


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
