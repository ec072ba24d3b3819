"""What really happened at lines and in zones; it shares no code with what counts it live, so that both cannot err
alike.
"""

import itertools
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.counting.crossings import Direction
from edge.floor.shapes import Line, Zone
from edge.score.happened import Crossed, Happened, Spent, Stayed
from edge.score.truepaths import TruePath

Flags: TypeAlias = NDArray[np.bool_]

# Whoever steps out of a zone, or into it, for less than this did not leave, or did not stay.
SHORTEST: Final = 1.0  # s


def happened(paths: Iterable[TruePath], lines: Sequence[Line], zones: Sequence[Zone]) -> Happened:
    """Everything that the paths, in the unit of the lines and zones, did there."""
    ways = tuple(paths)
    return Happened(
        crossings=tuple(each for path in ways for line in lines for each in crossings(path, line)),
        stays=tuple(each for path in ways for zone in zones for each in stays(path, zone)),
        spent=tuple(each for path in ways for zone in zones for each in spent(path, zone)),
    )


def crossings(path: TruePath, line: Line) -> tuple[Crossed, ...]:
    """Each change from surely one side to surely the other, when the path last met the line between its ends."""
    (ax, ay), (bx, by) = line.a, line.b
    dx, dy = bx - ax, by - ay
    x, y = path.places[:, 0] - ax, path.places[:, 1] - ay
    right = (dx * y - dy * x) / np.hypot(dx, dy)  # the distance to the line, positive on its right side
    along = (x * dx + y * dy) / (dx * dx + dy * dy)  # 0 at a, 1 at b
    sure = np.flatnonzero(np.abs(right) > path.slack)
    found: list[Crossed] = []
    for before, after in itertools.pairwise(sure.tolist()):
        if (right[before] > 0) == (right[after] > 0):
            continue
        meets = [k for k in range(before, after) if (right[k] > 0) != (right[k + 1] > 0)][-1]
        share = right[meets] / (right[meets] - right[meets + 1])
        met = along[meets] + share * (along[meets + 1] - along[meets])
        if 0 <= met <= 1:
            at = float(path.at[meets] + share * (path.at[meets + 1] - path.at[meets]))
            direction = Direction.IN if right[after] > 0 else Direction.OUT
            found.append(Crossed(line=line.id, direction=direction, at=at))
    return tuple(found)


def stays(path: TruePath, zone: Zone) -> tuple[Stayed, ...]:
    """The stays of SHORTEST or more; a shorter step outside does not end one."""
    inside = within(zone, path)
    times: list[tuple[float, float]] = []
    for value, run in itertools.groupby(range(len(inside)), key=lambda k: bool(inside[k])):
        if not value:
            continue
        ks = list(run)
        began, ended = _midway(path, ks[0] - 1, ks[0]), _midway(path, ks[-1], ks[-1] + 1)
        if times and began - times[-1][1] < SHORTEST:
            times[-1] = (times[-1][0], ended)
        else:
            times.append((began, ended))
    return tuple(Stayed(zone=zone.id, began=began, ended=ended) for began, ended in times if ended - began >= SHORTEST)


def spent(path: TruePath, zone: Zone) -> tuple[Spent, ...]:
    """The time in the zone: each place stands for the time half way to its neighbours."""
    inside = np.flatnonzero(within(zone, path))
    return tuple(
        Spent(zone=zone.id, at=float(path.at[k]), person_s=_midway(path, k, k + 1) - _midway(path, k - 1, k))
        for k in inside.tolist()
    )


def within(zone: Zone, path: TruePath) -> Flags:
    """Which places lie in the zone: a ray to the right meets its border an odd number of times."""
    x, y = path.places[:, 0], path.places[:, 1]
    odd = np.zeros(len(x), np.bool_)
    for (ax, ay), (bx, by) in zip(zone.corners, (*zone.corners[1:], zone.corners[0]), strict=True):
        if ay != by:
            odd ^= ((ay > y) != (by > y)) & (x < ax + (y - ay) * (bx - ax) / (by - ay))
    return odd


def _midway(path: TruePath, before: int, after: int) -> float:
    """The moment half way between two places that follow one another; half a step beyond either end."""
    if before < 0:
        return float(path.at[0] - path.step / 2)
    if after >= len(path.at):
        return float(path.at[-1] + path.step / 2)
    return float((path.at[before] + path.at[after]) / 2)
