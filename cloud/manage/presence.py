"""The floor of this moment: who stands where, and the last minutes' stay as it grows second by second."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from cloud.facts import PeopleSeen
from cloud.manage.heat import CELL_M, UNSEEN, inside
from cloud.manage.insight import MINUTE_MS
from cloud.manage.raster import (
    RADIUS,
    TOP_LEVEL,
    WITHHELD,
    Bytes,
    Size,
    Values,
    busiest_near,
    floor_only,
    levels,
    smoothed,
)
from contract.plan import Point

FORGET_MS: Final = 3_000
"""A camera that has told nothing for so long shows nobody: a dot must not outlive its moment."""
MINUTES: Final = 15
"""Of the living picture: the running minute and the fourteen before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What one camera told last."""

    heard_ms: int
    at_ms: int
    places: tuple[Point, ...]


@dataclass(slots=True)
class Crowd:
    """Who stands where now. State of one owner.

    `sees`: the floor of each camera, by its name. Cameras see into each other's floor; a person counts where their own
    camera sees them, and so is one dot.
    """

    sees: Mapping[str, Sequence[Point]]
    _views: dict[str, _View] = field(default_factory=dict)

    def note(self, fact: PeopleSeen, now_ms: int) -> None:
        """Takes where a camera sees people; of each camera only the newest counts."""
        places = tuple(Point(one.x, one.y) for one in fact.people)
        self._views[fact.camera] = _View(heard_ms=now_ms, at_ms=fact.at_ms, places=places)

    def now(self, now_ms: int) -> dict[str, tuple[Point, ...]]:
        """The people of each camera that still tells."""
        self._views = {name: view for name, view in self._views.items() if now_ms - view.heard_ms <= FORGET_MS}
        floors = {name: self.sees[name] for name in self._views if name in self.sees}
        return {
            name: tuple(place for place in self._views[name].places if inside(place, floor))
            for name, floor in floors.items()
        }

    def lag_ms(self, now_ms: int) -> int:
        """How old the newest of it is."""
        return max(0, now_ms - max((view.at_ms for view in self._views.values()), default=now_ms))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Base:
    """What is stored of the picture's minutes.

    `stay` (people·s/m²) and `tracks` are as `raster` lays them, with the margin around the floor; `enough` is k where a
    camera does not count tracks; `marks` say what was seen; `told` which camera told of which minute already. What
    `withheld` cameras saw is not in it. `first` is the first of its minutes.
    """

    size: Size
    first: int
    stay: Values
    tracks: Values
    enough: Values
    marks: Bytes
    told: frozenset[tuple[str, int]]
    withheld: frozenset[str]
    top: float
    k: int


@dataclass(slots=True)
class Growing:
    """The picture's stay: what is stored, and what was seen since and is not told yet. State of one owner."""

    base: Base
    _since: dict[tuple[str, int], Values] = field(default_factory=dict)

    def rebase(self, base: Base) -> None:
        """More is stored now: what was seen of those minutes is replaced by what their node told."""
        same = base.size == self.base.size
        kept = {key: grid for key, grid in self._since.items() if key not in base.told and key[1] >= base.first}
        self._since = kept if same else {}
        self.base = base

    def add(self, people: Mapping[str, Sequence[Point]], now_ms: int, for_ms: int) -> None:
        """These people were there for the last `for_ms`."""
        size, minute = self.base.size, now_ms // MINUTE_MS
        for camera, places in people.items():
            key = (camera, minute)
            if not places or key in self.base.told or camera in self.base.withheld:
                continue
            if (grid := self._since.get(key)) is None:
                grid = self._since[key] = np.zeros((size.rows + 2 * RADIUS, size.columns + 2 * RADIUS))
            for at in places:
                column, row = int(at.x // CELL_M) + RADIUS, int(at.y // CELL_M) + RADIUS
                if 0 <= row < grid.shape[0] and 0 <= column < grid.shape[1]:
                    grid[row, column] += for_ms / 1000 / CELL_M**2

    def cells(self) -> Bytes:
        """The picture as a frame's bytes, one a cell."""
        base = self.base
        since = sum(self._since.values(), np.zeros_like(base.stay))
        raw = base.stay + since
        somebody = floor_only(busiest_near(raw)) > 0
        people = np.maximum(np.maximum(floor_only(busiest_near(base.tracks)), base.enough), somebody)
        value = np.where(somebody, floor_only(smoothed(raw)), 0.0)
        told = levels(value, base.top, TOP_LEVEL)
        marks = np.where((base.marks == UNSEEN) & (floor_only(since) > 0), 0, base.marks)
        told = np.where((told > 0) & (people < base.k), WITHHELD, told)
        return np.where(marks > TOP_LEVEL, marks, told).astype(np.uint8).ravel()
