"""Who went through which cells of the floor: each track once a visit, however often the cameras look."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from edge.counting.heat import Cell
from edge.floor.shapes import Point
from edge.tracking.paths import Leg

# Somebody who comes back sooner has not been away: a step aside, or an error of the camera at a cell's border.
AWAY: Final = 30.0  # s
# What proves that somebody was in a cell, and not only beside it: a way through it, or time in it. Both are sums over
# straight legs, and so do not depend on how many legs a way is cut into.
LEAST_WAY: Final = 0.25  # of the cell's width
LEAST_TIME: Final = 0.25  # s


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A track went into a cell; `at` (CLOCK_MONOTONIC, s) and `place` are when and where in the cell that was sure."""

    track: int
    cell: Cell
    at: float
    place: Point


@dataclass(slots=True)
class _Visit:
    """One track's time in one cell so far."""

    left: float
    way: float = 0.0
    time: float = 0.0
    told: bool = False


class Passing:
    """Which cells each open track has been in. State of one owner."""

    def __init__(self, *, cell: float) -> None:
        """`cell` is the width of a cell in m, above 0."""
        self._cell = cell
        self._tracks: dict[int, dict[Cell, _Visit]] = {}

    @property
    def followed(self) -> int:
        """Tracks that are remembered."""
        return len(self._tracks)

    def follow(self, legs: Sequence[Leg]) -> list[Entry]:
        """The cells that these legs lead into; of a leg over several cells each that lies on its way."""
        return [entry for leg in legs for entry in self._step(leg)]

    def forget(self, track: int) -> None:
        """The track has ended."""
        self._tracks.pop(track, None)

    def _step(self, leg: Leg) -> Iterator[Entry]:
        visits = self._tracks.setdefault(leg.track, {})
        length = math.dist(leg.start, leg.end)
        for first, last in _cuts(leg.start, leg.end, self._cell):
            place = _between(leg.start, leg.end, (first + last) / 2)
            cell = (math.floor(place[0] / self._cell), math.floor(place[1] / self._cell))
            began, ended = leg.began + first * leg.seconds, leg.began + last * leg.seconds
            visit = visits.get(cell)
            if visit is None or began - visit.left > AWAY:
                visit = visits[cell] = _Visit(left=ended)
            visit.way += (last - first) * length
            visit.time += ended - began
            visit.left = ended
            if not visit.told and (visit.way >= LEAST_WAY * self._cell or visit.time >= LEAST_TIME):
                visit.told = True
                yield Entry(track=leg.track, cell=cell, at=ended, place=place)


def _cuts(start: Point, end: Point, cell: float) -> list[tuple[float, float]]:
    """The shares of a straight way, from 0 to 1, between one border of the cells and the next."""
    shares = {0.0, 1.0}
    for a, b in zip(start, end, strict=True):
        low, high = sorted((a / cell, b / cell))
        shares |= {(line * cell - a) / (b - a) for line in range(math.floor(low) + 1, math.ceil(high))}
    ordered = sorted(min(max(share, 0.0), 1.0) for share in shares)
    return list(itertools.pairwise(ordered))


def _between(start: Point, end: Point, share: float) -> Point:
    return (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
