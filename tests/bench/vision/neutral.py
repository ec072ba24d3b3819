"""One counter for every tracker and for the truth alike: feet of boxes on the floor, lines crossed, stays in zones.

It is plain on purpose and shares no code with the counter that Aisle ships. A track's way is the straight line between
the places where it was seen, however long it was out of sight between them.
"""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

SURE: Final = 0.25  # m beyond a line that make a crossing: boxes of somebody who stands on it jump by less
TICK: Final = 0.1  # s between the moments at which zones are looked at
BRIEF: Final = 1.0  # s: a shorter stay is none, a shorter absence does not end one
TOGETHER: Final = 1.5  # s by which a crossing may be told early or late and still be the true one


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line to be crossed, in floor metres."""

    id: str
    a: tuple[float, float]
    b: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Zone:
    """A polygon in floor metres."""

    id: str
    corners: Array  # [k, 2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is counted on one floor."""

    lines: tuple[Line, ...]
    zones: tuple[Zone, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Way:
    """Where one track was: `places` [n, 2] in floor metres at `times` [n], which rise."""

    times: Array
    places: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """Somebody met a line at `at`; `forward` is from its left to its right for who looks from a to b, y down."""

    line: str
    forward: bool
    at: float  # s


@dataclass(frozen=True, slots=True, kw_only=True)
class Stayed:
    """Somebody was in a zone."""

    zone: str
    entered: float  # s
    left: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """All that is counted of some ways."""

    crossings: tuple[Crossed, ...]
    stays: tuple[Stayed, ...]
    person_s: Mapping[str, float]  # by zone


def read(path: Path) -> Scene:
    """The lines and zones of a TOML file."""
    told = tomllib.loads(path.read_text("utf-8"))
    return Scene(
        lines=tuple(Line(id=each["id"], a=tuple(each["a"]), b=tuple(each["b"])) for each in told["line"]),
        zones=tuple(Zone(id=each["id"], corners=np.array(each["polygon"], np.float64)) for each in told["zone"]),
    )


def ways(rows: Iterable[Sequence[float]], matrix: Array, *, frames_per_second: float) -> list[Way]:
    """The ways of tracks given as rows frame, id, x1, y1, x2, y2: the middle of each box's bottom, on the floor."""
    groups: defaultdict[int, list[Sequence[float]]] = defaultdict(list)
    for row in rows:
        groups[int(row[1])].append(row)
    found = []
    for group in groups.values():
        table = np.array(sorted(group, key=lambda row: row[0]), np.float64)
        feet = np.column_stack([(table[:, 2] + table[:, 4]) / 2, table[:, 5], np.ones(len(table))]) @ matrix.T
        found.append(Way(times=table[:, 0] / frames_per_second, places=feet[:, :2] / feet[:, 2:]))
    return found


def count(walked: Sequence[Way], scene: Scene, *, period: float) -> Counted:
    """What happened on those ways, seen every `period` seconds: each end of a way stands for half of it more."""
    crossings = [crossed for way in walked for line in scene.lines for crossed in _crossings(way, line)]
    stays: list[Stayed] = []
    person_s = dict.fromkeys((zone.id for zone in scene.zones), 0.0)
    for way in walked:
        times, places = _resampled(way, period)
        for zone in scene.zones:
            within = inside(zone.corners, places)
            person_s[zone.id] += float(within.sum()) * TICK
            stays += _stays(zone.id, times, within)
    return Counted(crossings=tuple(crossings), stays=tuple(stays), person_s=person_s)


def crossing_error(found: Counted, truth: Counted) -> int:
    """The absolute errors of the counts of each line and direction, summed."""
    have, want = _totals(found.crossings), _totals(truth.crossings)
    return sum(abs(have[key] - want[key]) for key in have.keys() | want.keys())


def crossings_wrong(found: Counted, truth: Counted) -> int:
    """Crossings that were missed or invented, one by one: errors cannot make good for each other here."""
    wrong = 0
    for key in {(each.line, each.forward) for each in (*found.crossings, *truth.crossings)}:
        have = sorted(each.at for each in found.crossings if (each.line, each.forward) == key)
        want = sorted(each.at for each in truth.crossings if (each.line, each.forward) == key)
        wrong += len(have) + len(want) - 2 * _met(have, want)
    return wrong


def zone_error(found: Counted, truth: Counted) -> float:
    """The absolute errors of the zones' person-seconds over the true sum."""
    wrong = sum(abs(found.person_s[zone] - true) for zone, true in truth.person_s.items())
    return wrong / sum(truth.person_s.values())


def dwell_error(found: Counted, truth: Counted) -> float:
    """The median, over the true stays, of how many seconds their length was told wrong.

    Stays are matched one to one, those that begin and end nearest first; a true stay that nothing overlaps counts
    with its whole length.
    """
    pairs = sorted(
        (abs(one.entered - other.entered) + abs(one.left - other.left), i, j)
        for i, one in enumerate(truth.stays)
        for j, other in enumerate(found.stays)
        if one.zone == other.zone and one.entered < other.left and other.entered < one.left
    )
    errors = {i: stay.left - stay.entered for i, stay in enumerate(truth.stays)}
    free_true, free_found = set(errors), set(range(len(found.stays)))
    for _, i, j in pairs:
        if i in free_true and j in free_found:
            free_true.remove(i)
            free_found.remove(j)
            other = found.stays[j]
            errors[i] = abs(errors[i] - (other.left - other.entered))
    return float(np.median(list(errors.values()))) if errors else 0.0


def inside(corners: Array, places: Array) -> NDArray[np.bool_]:
    """Which of `places` [n, 2] lie in a polygon, by the number of sides that a ray to the right meets."""
    odd = np.zeros(len(places), dtype=np.bool_)
    x, y = places[:, 0], places[:, 1]
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if ay != by:
            odd ^= ((ay > y) != (by > y)) & (x < ax + (y - ay) * (bx - ax) / (by - ay))
    return odd


def _crossings(way: Way, line: Line) -> Iterable[Crossed]:
    a, along = np.array(line.a), np.subtract(line.b, line.a)
    length = float(np.hypot(*along))
    offsets = way.places - a
    sides = (offsets[:, 1] * along[0] - offsets[:, 0] * along[1]) / length
    forth = offsets @ along / length
    sure_side = 0.0
    met: tuple[float, float] | None = None  # when and how far along the line
    for k, side in enumerate(sides):
        if k and (side > 0) != (sides[k - 1] > 0):
            share = sides[k - 1] / (sides[k - 1] - side)
            met = (
                float(way.times[k - 1] + share * (way.times[k] - way.times[k - 1])),
                float(forth[k - 1] + share * (forth[k] - forth[k - 1])),
            )
        if abs(side) < SURE:
            continue
        if sure_side * side < 0 and met is not None and 0 <= met[1] <= length:
            yield Crossed(line=line.id, forward=bool(side > 0), at=met[0])
        sure_side = float(side)


def _resampled(way: Way, period: float) -> tuple[Array, Array]:
    """The way at even moments, held still for half a period at both ends."""
    began, ended = way.times[0] - period / 2, way.times[-1] + period / 2
    times = began + (np.arange(max(1, round((ended - began) / TICK))) + 0.5) * TICK
    places = [np.interp(times, way.times, way.places[:, axis]) for axis in (0, 1)]
    return times, np.column_stack(places)


def _stays(zone: str, times: Array, within: NDArray[np.bool_]) -> list[Stayed]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], within, [False]]).astype(np.int8)))
    spans: list[tuple[float, float]] = []
    for first, last in zip(edges[::2], edges[1::2] - 1, strict=True):
        entered, left = float(times[first] - TICK / 2), float(times[last] + TICK / 2)
        if spans and entered - spans[-1][1] < BRIEF:
            spans[-1] = (spans[-1][0], left)
        else:
            spans.append((entered, left))
    return [Stayed(zone=zone, entered=entered, left=left) for entered, left in spans if left - entered >= BRIEF]


def _totals(crossings: Iterable[Crossed]) -> Counter[tuple[str, bool]]:
    return Counter((each.line, each.forward) for each in crossings)


def _met(have: Sequence[float], want: Sequence[float]) -> int:
    """How many pairs of two sorted lists of times lie together: the earliest that fits is taken."""
    pairs, j = 0, 0
    for at in want:
        while j < len(have) and have[j] < at - TOGETHER:
            j += 1
        if j < len(have) and have[j] <= at + TOGETHER:
            pairs, j = pairs + 1, j + 1
    return pairs
