"""Where people were: person-time in the square cells of the floor, minute by minute."""

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TypeAlias

from edge.counting.minutes import Minute
from edge.floor.shapes import Point

Cell: TypeAlias = tuple[int, int]  # cells from the plan's origin, along x and y


@dataclass(frozen=True, slots=True, kw_only=True)
class CellTime:
    """The person-time in the cell whose corner is at (x, y) cell widths."""

    x: int
    y: int
    person_ms: int


class Heat:
    """A sparse grid for each open minute. State of one owner."""

    def __init__(self, *, cell: float) -> None:
        """`cell` is the width of a cell in m; ValueError when it is not positive."""
        if not cell > 0:
            raise ValueError(f"a cell of {cell} m; allowed are widths above 0")
        self._cell = cell
        self._minutes: defaultdict[Minute, defaultdict[Cell, float]] = defaultdict(lambda: defaultdict(float))

    def add(self, minute: Minute, place: Point, seconds: float) -> None:
        """Somebody was at `place` for `seconds` of that minute."""
        cell = (math.floor(place[0] / self._cell), math.floor(place[1] / self._cell))
        self._minutes[minute][cell] += seconds

    def take(self, minute: Minute) -> tuple[CellTime, ...]:
        """The cells of a minute, which is forgotten; their sum is right to a millisecond."""
        cells = sorted(self._minutes.pop(minute, {}).items())
        told: list[CellTime] = []
        owed = 0.0  # what rounding has left over, so that a thousand short visits do not all round to nothing
        for (x, y), seconds in cells:
            owed += seconds * 1000
            whole = round(owed)
            owed -= whole
            if whole > 0:
                told.append(CellTime(x=x, y=y, person_ms=whole))
        return tuple(told)
