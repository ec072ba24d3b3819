"""The node's own tracker over a recording, as MOTChallenge's rows."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from edge.floor.plane import Floor
from edge.score.looking import Look
from edge.score.motchallenge import Row
from edge.tracking import tracks
from edge.tracking.rules import Rules
from edge.tracking.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """The boxes of the confirmed tracks in the frames in which they were seen."""

    rows: tuple[Row, ...]
    track_ms: tuple[float, ...]  # of each look, by the clock on the wall
    cut: bool = False  # the boxes end at the picture's edge; else they go on where the picture cuts somebody


def followed(looks: Iterable[Look], floor: Floor) -> Followed:
    """What the tracker makes of the looks."""
    rules, state, view = Rules(), tracks.Tracks(), View(floor=floor)
    rows: list[Row] = []
    took: list[float] = []
    for look in looks:
        started = time.perf_counter()
        state = tracks.update(state, look.sighting, view, rules).tracks
        seen = tracks.seen(state, floor)
        took.append((time.perf_counter() - started) * 1000)
        rows += [look.row(person.track, person.box) for person in seen]
    return Followed(rows=tuple(rows), track_ms=tuple(took))
