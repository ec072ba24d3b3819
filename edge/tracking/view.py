"""What one camera shows of the floor, and for which part of it that camera answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.floor.plane import Floor
from edge.floor.shapes import Point

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]


class Region(Protocol):
    """The part of the floor that one of several cameras answers for; the parts of all cameras do not overlap."""

    def holds(self, places: Array) -> Flags:
        """Which of `places` [n, 2] in floor metres are this camera's own, [n]: people begin only there."""
        ...

    def reaches(self, places: Array) -> Flags:
        """Which of `places` are its own or so near to its border that it may go on with somebody from over there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """One camera's floor and its part of it."""

    floor: Floor
    region: Region | None = None  # None: whatever the picture shows is this camera's

    def holds(self, places: Sequence[Point]) -> list[bool]:
        """Which of `places` are this camera's own."""
        return [True] * len(places) if self.region is None else self.region.holds(_table(places)).tolist()

    def reaches(self, places: Sequence[Point]) -> list[bool]:
        """Which of `places` this camera sees people at, its own or somebody else's."""
        return [True] * len(places) if self.region is None else self.region.reaches(_table(places)).tolist()


def _table(places: Sequence[Point]) -> Array:
    return np.array(places, dtype=np.float64).reshape(-1, 2)
