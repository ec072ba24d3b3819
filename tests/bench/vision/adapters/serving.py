"""The protocol between the comparison and one library in a process of its own: a job is a line, its answer is a line.

A job is `{"tracker", "settings", "rate", "width", "height", "least", "sightings": [{"frame", "at", "boxes"}]}` with
boxes as x1, y1, x2, y2, score in pixels; those below `least` are held back. The answer is
`{"rows": [[frame, id, x1, y1, x2, y2]], "cpu_ms": [one number an update]}`, or `{"error": words}`.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Told: TypeAlias = tuple[Any, float, float, float, float]  # whatever the library calls the track, and its box
Step: TypeAlias = Callable[[float, Sequence[Sequence[float]]], list[Told]]


@dataclass(frozen=True)
class Tracking:
    """A library's tracker made ready: what it tells of one frame, and what else it knows at the end."""

    step: Step
    extras: Callable[[], dict[str, Any]] = dict


def serve(make: Callable[[dict[str, Any]], Tracking]) -> None:
    """Answer the jobs on stdin until it ends; whatever a library prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            answer = _answer(json.loads(line), make)
        except Exception as wrong:  # noqa: BLE001  # a library may raise anything; whoever asked is told
            answer = {"error": f"{type(wrong).__name__}: {wrong}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _answer(job: dict[str, Any], make: Callable[[dict[str, Any]], Tracking]) -> dict[str, Any]:
    tracking = make(job)
    names: dict[Any, int] = {}
    rows: list[list[float]] = []
    took: list[float] = []
    for frame, at, boxes in _sightings(job):
        began = time.process_time()
        told = tracking.step(at, boxes)
        took.append((time.process_time() - began) * 1000)
        rows += [[frame, names.setdefault(name, len(names) + 1), *corners] for name, *corners in told]
    return {"rows": rows, "cpu_ms": took, **tracking.extras()}


def _sightings(job: dict[str, Any]) -> Iterator[tuple[int, float, list[list[float]]]]:
    for sighting in job["sightings"]:
        boxes = [box for box in sighting["boxes"] if box[4] >= job["least"]]
        yield sighting["frame"], sighting["at"], boxes
