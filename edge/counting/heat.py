"""Where people were: person-time in the square cells of the floor and who went into them, minute by minute."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from edge.counting.minutes import Minute
from edge.floor.shapes import Point

Cell: TypeAlias = tuple[int, int]  # cells from the plan's origin, along x and y


@dataclass(frozen=True, slots=True, kw_only=True)
class CellTime:
    """The person-time in the cell whose corner is at (x, y) cell widths, and how many tracks went into it."""

    x: int
    y: int
    person_ms: int
    tracks: int = 0


@dataclass(frozen=True, slots=True)
class _Way:
    """One track in one minute."""

    seconds: defaultdict[Cell, float] = field(default_factory=lambda: defaultdict(float))
    entered: Counter[Cell] = field(default_factory=Counter)


class Heat:
    """A sparse grid for each open minute. State of one owner."""

    def __init__(self, *, cell: float) -> None:
        """`cell` is the width of a cell in m; ValueError when it is not positive."""
        if not cell > 0:
            raise ValueError(f"a cell of {cell} m; allowed are widths above 0")
        self._cell = cell
        self._minutes: defaultdict[Minute, defaultdict[int, _Way]] = defaultdict(lambda: defaultdict(_Way))

    def add(self, minute: Minute, track: int, place: Point, seconds: float) -> None:
        """A track was at `place` for `seconds` of that minute."""
        cell = (math.floor(place[0] / self._cell), math.floor(place[1] / self._cell))
        self._minutes[minute][track].seconds[cell] += seconds

    def enter(self, minute: Minute, track: int, cell: Cell) -> None:
        """A track went into this cell in that minute."""
        self._minutes[minute][track].entered[cell] += 1

    def forget(self, track: int) -> Mapping[Minute, float]:
        """Takes a track out of the minutes that are open; the seconds of each that were its."""
        ways = {minute: tracks.pop(track, None) for minute, tracks in self._minutes.items()}
        return {minute: sum(way.seconds.values()) for minute, way in ways.items() if way is not None}

    def take(self, minute: Minute) -> tuple[CellTime, ...]:
        """The cells of a minute, which is forgotten; their sum is right to a millisecond."""
        times, entered = _together(self._minutes.pop(minute, defaultdict(_Way)).values())
        told: list[CellTime] = []
        owed = 0.0  # what rounding has left over, so that a thousand short visits do not all round to nothing
        for x, y in sorted({*times, *entered}):
            owed += times.get((x, y), 0.0) * 1000
            whole = max(0, round(owed))
            owed -= whole
            if whole or (x, y) in entered:
                told.append(CellTime(x=x, y=y, person_ms=whole, tracks=entered[x, y]))
        return tuple(told)


def _together(ways: Iterable[_Way]) -> tuple[dict[Cell, float], Counter[Cell]]:
    """The seconds and the entries of all of them, by cell."""
    times: defaultdict[Cell, float] = defaultdict(float)
    entered: Counter[Cell] = Counter()
    for way in ways:
        for cell, seconds in way.seconds.items():
            times[cell] += seconds
        entered.update(way.entered)
    return times, entered
