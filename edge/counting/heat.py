"""Where people were: person-time in the square cells of the floor and who went into them, minute by minute."""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
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


class Heat:
    """A sparse grid for each open minute. State of one owner."""

    def __init__(self, *, cell: float) -> None:
        """`cell` is the width of a cell in m; ValueError when it is not positive."""
        if not cell > 0:
            raise ValueError(f"a cell of {cell} m; allowed are widths above 0")
        self._cell = cell
        self._minutes: defaultdict[Minute, defaultdict[Cell, float]] = defaultdict(lambda: defaultdict(float))
        self._entered: defaultdict[Minute, Counter[Cell]] = defaultdict(Counter)

    def add(self, minute: Minute, place: Point, seconds: float) -> None:
        """Somebody was at `place` for `seconds` of that minute."""
        cell = (math.floor(place[0] / self._cell), math.floor(place[1] / self._cell))
        self._minutes[minute][cell] += seconds

    def enter(self, minute: Minute, cell: Cell) -> None:
        """A track went into this cell in that minute."""
        self._entered[minute][cell] += 1

    def take(self, minute: Minute) -> tuple[CellTime, ...]:
        """The cells of a minute, which is forgotten; their sum is right to a millisecond."""
        times: dict[Cell, float] = self._minutes.pop(minute, defaultdict(float))
        entered = self._entered.pop(minute, Counter())
        told: list[CellTime] = []
        owed = 0.0  # what rounding has left over, so that a thousand short visits do not all round to nothing
        for x, y in sorted({*times, *entered}):
            owed += times.get((x, y), 0.0) * 1000
            whole = max(0, round(owed))
            owed -= whole
            if whole or (x, y) in entered:
                told.append(CellTime(x=x, y=y, person_ms=whole, tracks=entered[x, y]))
        return tuple(told)
