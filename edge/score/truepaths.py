"""The way that each person really went: from exact places, or from the bottoms of true boxes."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.floor import plane
from edge.floor.plane import Floor
from edge.score.motchallenge import Row, TruthError

Array: TypeAlias = NDArray[np.float64]

# Somebody who is missing for longer than this, and than three frames of the truth, came back: two ways, not one.
LONGEST_GAP: Final = 3.0  # s
# How far somebody must be past a line to be past it: a hand that draws boxes shakes by less.
SLACK_M: Final = 0.1
SLACK_HEIGHTS: Final = 0.05  # the same in a picture, in heights of the person's box
_HEAD: Final = ["frame", "id", "x", "y"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One person in one frame: a place in floor metres or in pixels; `frame` counts from 1."""

    frame: int
    id: int
    x: float
    y: float
    slack: float = SLACK_M


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TruePath:
    """One person's way, without a long gap."""

    at: Array  # [k], s in the video, rising
    places: Array  # [k, 2]
    slack: Array  # [k]
    step: float  # s from one frame of the truth to the next


def read(path: Path) -> tuple[Spot, ...]:
    """The exact places of a CSV file of `frame,id,x,y` in metres. TruthError names the line; OSError."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as wrong:
        raise TruthError(f"{path}: not a text file") from wrong
    spots: dict[tuple[int, int], Spot] = {}
    for number, line in enumerate(lines, start=1):
        fields = [field.strip() for field in line.split(",")]
        if not line.strip() or (number == 1 and fields == _HEAD):
            continue
        spot = _spot(fields, f"{path}: line {number}")
        if spots.setdefault((spot.frame, spot.id), spot) is not spot:
            raise TruthError(f"{path}: line {number}: id {spot.id} is in frame {spot.frame} already")
    return tuple(spots.values())


def _spot(fields: list[str], where: str) -> Spot:
    if len(fields) != len(_HEAD):
        raise TruthError(f"{where}: {len(fields)} columns; wanted are frame, id, x, y")
    try:
        spot = Spot(frame=int(fields[0]), id=int(fields[1]), x=float(fields[2]), y=float(fields[3]))
    except ValueError as wrong:
        raise TruthError(f"{where}: {','.join(fields)[:80]!r}; wanted are two whole numbers, then metres") from wrong
    if spot.frame < 1 or not np.isfinite((spot.x, spot.y)).all():
        raise TruthError(f"{where}: frames begin at 1, places are finite numbers")
    return spot


def at_feet(rows: Iterable[Row], floor: Floor | None) -> tuple[Spot, ...]:
    """Where the boxes' bottoms are: on `floor` in metres, or without one in pixels; none beyond its horizon."""
    table = tuple(rows)
    feet = np.array([(row.left + row.width / 2, row.top + row.height) for row in table]).reshape(-1, 2)
    places = feet if floor is None else plane.project(floor, feet)
    return tuple(
        Spot(
            frame=row.frame,
            id=row.id,
            x=x,
            y=y,
            slack=SLACK_M if floor is not None else SLACK_HEIGHTS * row.height,
        )
        for row, (x, y) in zip(table, places.tolist(), strict=True)
        if np.isfinite((x, y)).all()
    )


def paths(spots: Iterable[Spot], times: Mapping[int, float], *, step: float) -> tuple[TruePath, ...]:
    """The ways of all persons; `times` has each frame's time in s, `step` is the time between the truth's frames."""
    of: defaultdict[int, list[Spot]] = defaultdict(list)
    for spot in spots:
        of[spot.id].append(spot)
    found: list[TruePath] = []
    for way in of.values():
        way.sort(key=lambda spot: spot.frame)
        at = [times[spot.frame] for spot in way]
        longest = max(LONGEST_GAP, 3 * step)
        cuts = [0, *(i + 1 for i, (a, b) in enumerate(itertools.pairwise(at)) if b - a > longest), len(way)]
        found += [_path(way[first:last], at[first:last], step) for first, last in itertools.pairwise(cuts)]
    return tuple(found)


def _path(spots: list[Spot], at: list[float], step: float) -> TruePath:
    return TruePath(
        at=np.array(at),
        places=np.array([(spot.x, spot.y) for spot in spots]),
        slack=np.array([spot.slack for spot in spots]),
        step=step,
    )
