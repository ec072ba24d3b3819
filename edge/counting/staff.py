"""Who of those on the floor is staff: by where they were, or by a badge at a reader; never by how they look.

A track is known as staff in this process's memory until it ends, by its number alone, and is never anybody's.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from edge.floor import shapes
from edge.floor.shapes import Point, Zone
from edge.tracking.paths import Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What only staff do."""

    deep: float = 0.3  # m inside a staff zone that a track begins, by which an error at its border begins nobody there
    lingers: float = 20.0  # s in a staff zone without leaving it: a shopper who lost the way has turned round
    away: float = 3.0  # s outside that do not end such a stay: a step, or an error at the border
    near: float = 1.0  # m from a reader, as far as an arm reaches with a badge
    alone: float = 1.5  # m around the reader in which nobody else may be, lest it be them
    still: float = 0.5  # m/s: who goes by faster does not hold a badge to a reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """Somebody as the tracker has them at one moment."""

    track: int
    place: Point  # floor m
    speed: float  # m/s
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """Legs of shoppers and of staff, and the tracks that became known as staff with them."""

    shoppers: tuple[Leg, ...]
    staff: tuple[Leg, ...]
    marked: tuple[int, ...]


@dataclass(slots=True)
class _Linger:
    """One track's time in staff zones; `left`: since when it is outside."""

    seconds: float = 0.0
    left: float | None = None


NOBODY_AT: Final = 0
"""Badges of which nobody can tell whose they are."""


@dataclass(slots=True)
class Staff:
    """The tracks that are open and who of them is staff. State of one owner; times are CLOCK_MONOTONIC in s."""

    zones: Sequence[Zone] = ()
    readers: Mapping[str, Point] = field(default_factory=dict)  # where each of the node's readers is
    habits: Habits = field(default_factory=Habits)
    known: set[int] = field(default_factory=set)
    _seen: dict[int, _Linger] = field(default_factory=dict)

    def part(self, legs: Sequence[Leg]) -> Parted:
        """Whose legs these are, those of a track in order of time; the leg that makes a track known is staff's."""
        if not self.zones and not self.known:
            return Parted(shoppers=tuple(legs), staff=(), marked=())
        depths = self._depths(legs)
        shoppers, staff, marked = list[Leg](), list[Leg](), list[int]()
        for leg, depth in zip(legs, depths, strict=True):
            if leg.track not in self.known and self._is_staff(leg, depth):
                self.known.add(leg.track)
                marked.append(leg.track)
            (staff if leg.track in self.known else shoppers).append(leg)
        return Parted(shoppers=tuple(shoppers), staff=tuple(staff), marked=tuple(marked))

    def badge(self, reader: str, people: Sequence[Stood]) -> tuple[int, int | None]:
        """How many people may have held a badge to this reader, and who becomes known as staff by it, if anybody new.

        One who stands there alone. Where another is near, confirmed or not, nobody is: it may have been either.
        """
        at = self.readers.get(reader)
        if at is None:
            return NOBODY_AT, None
        around = [one for one in people if math.dist(one.place, at) <= self.habits.alone]
        there = [one for one in around if math.dist(one.place, at) <= self.habits.near]
        if len(around) != 1 or not there:
            return (len(around) if len(around) > 1 else NOBODY_AT), None
        (one,) = there
        if not one.confirmed or one.speed > self.habits.still:
            return NOBODY_AT, None
        new = one.track not in self.known
        self.known.add(one.track)
        return 1, one.track if new else None

    def forget(self, track: int) -> None:
        """The track has ended."""
        self._seen.pop(track, None)
        self.known.discard(track)

    def _is_staff(self, leg: Leg, depth: float) -> bool:
        """Whether this leg shows it: it began well inside a staff zone, or has been in one for long enough."""
        before = self._seen.get(leg.track)
        if before is None:
            before = self._seen[leg.track] = _Linger()
            if depth >= self.habits.deep:
                return True
        if depth >= 0:
            before.seconds, before.left = before.seconds + leg.seconds, None
        elif before.left is None:
            before.left = leg.ended
        elif leg.ended - before.left > self.habits.away:
            before.seconds = 0.0
        return before.seconds >= self.habits.lingers

    def _depths(self, legs: Sequence[Leg]) -> list[float]:
        """How deep each leg's end lies in the staff zone that it is deepest in; negative outside all of them.

        In a zone too narrow to be `deep` in, its middle is as deep as need be.
        """
        if not legs or not self.zones:
            return [-1.0] * len(legs)
        places = np.array([leg.end for leg in legs])
        found = np.full(len(legs), -np.inf)
        for zone in self.zones:
            narrow = abs(shapes.area(zone.corners)) / shapes.perimeter(zone.corners) / 2
            scale = self.habits.deep / min(self.habits.deep, narrow)
            found = np.maximum(found, shapes.depth(np.array(zone.corners), places) * scale)
        return [float(depth) for depth in found]
