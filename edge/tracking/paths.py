"""The way that each confirmed person went, in short straight legs with nothing guessed ahead."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from edge.floor.ownership import FARTHEST
from edge.floor.shapes import Point
from edge.tracking.motion import Spread
from edge.tracking.people import Fix
from edge.tracking.tracks import Update

# Legs are cut this short so that one leg is in one place: half a cell of the heat map's default grid.
LONGEST_LEG: Final = 0.125  # m
# Somebody who appears was there for half the time since the frame before, on the average, but not longer than this.
LONGEST_HALF: Final = 0.5  # s
# Two cameras may look within a moment, where their errors would be metres a second: no velocity is told from less.
SHORTEST_BASE: Final = 0.2  # s
# A way ends once its person's places were unsure for so long; as long may they be out of sight, by `Rules.patience`.
LONGEST_UNSURE: Final = 2.5  # s


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A person went straight and evenly from `start` at `began` to `end` at `ended`."""

    track: int
    began: float  # CLOCK_MONOTONIC, s
    ended: float
    start: Point  # floor m
    end: Point
    spread: Spread  # of the end

    @property
    def seconds(self) -> float:
        """How long the leg took."""
        return self.ended - self.began

    @property
    def middle(self) -> Point:
        """The place half way."""
        return ((self.start[0] + self.end[0]) / 2, (self.start[1] + self.end[1]) / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """A way ends: its person will not come back, or went where no camera tells surely where they are.

    `leg` is the time for which they stood where they were last seen.
    """

    leg: Leg
    velocity: Point  # m/s, over the last legs


@dataclass(frozen=True, slots=True, kw_only=True)
class _Last:
    """Where a person was last measured."""

    fix: Fix
    base: Fix  # from which the next velocity is measured
    velocity: Point
    missed_at: float | None  # the first look without them since


Paths = Mapping[int, _Last]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What one update adds to the paths."""

    paths: Paths
    legs: tuple[Leg, ...]  # in order of time for each track
    ends: tuple[End, ...]


def walk(paths: Paths, update: Update) -> Walked:
    """The legs that the fixes of one update tell; one less sure than FARTHEST is none, as no camera answers for it.

    Time out of sight counts once somebody is found again, along the straight way between; who never comes back
    was there until half way to the first sighting without them. So the sum of all legs is the person-time
    in view, however often the detector runs: each sighting stands for the time around it, as in the trapezoidal rule.
    """
    now = update.tracks.at
    current = dict(paths)
    legs: list[Leg] = []
    missed, over = list(update.missed), [ended.track for ended in update.ended]
    for fix in update.fixes:
        before = current.get(fix.track)
        if fix.spread.worst >= FARTHEST:
            missed.append(fix.track)
            if before is not None and fix.at - before.fix.at > LONGEST_UNSURE:
                over.append(fix.track)
            continue
        legs += _appearance(fix) if before is None else _pieces(before.fix, fix)
        current[fix.track] = _first(fix) if before is None else _next(before, fix)
    ends = tuple(_end(current.pop(track)) for track in over if track in current)
    for track in missed:
        last = current.get(track)
        if last is not None and last.missed_at is None:
            current[track] = replace(last, missed_at=now)
    return Walked(paths=current, legs=tuple(legs), ends=ends)


def cut(paths: Paths) -> tuple[End, ...]:
    """The ends of all paths when the camera is lost: nobody was seen to leave, so nobody gets time beyond."""
    return tuple(_end(replace(last, missed_at=None)) for last in paths.values())


def _appearance(fix: Fix) -> list[Leg]:
    half = min(fix.since / 2, LONGEST_HALF)
    place = (fix.x, fix.y)
    return [Leg(track=fix.track, began=fix.at - half, ended=fix.at, start=place, end=place, spread=fix.spread)]


def _pieces(first: Fix, last: Fix) -> Iterator[Leg]:
    """The straight way from one fix to the next, in even pieces."""
    count = max(1, math.ceil(math.dist((first.x, first.y), (last.x, last.y)) / LONGEST_LEG))
    stops = [_between(first, last, step / count) for step in range(count + 1)]
    for (began, start), (ended, end) in itertools.pairwise(stops):
        yield Leg(track=last.track, began=began, ended=ended, start=start, end=end, spread=last.spread)


def _between(first: Fix, last: Fix, share: float) -> tuple[float, Point]:
    if share == 1:  # exactly, so that legs join without a seam
        return last.at, (last.x, last.y)
    place = (first.x + share * (last.x - first.x), first.y + share * (last.y - first.y))
    return first.at + share * (last.at - first.at), place


def _first(fix: Fix) -> _Last:
    return _Last(fix=fix, base=fix, velocity=(0.0, 0.0), missed_at=None)


def _next(before: _Last, fix: Fix) -> _Last:
    base = before.base
    seconds = fix.at - base.at
    if seconds < SHORTEST_BASE:
        return replace(before, fix=fix, missed_at=None)
    return _Last(fix=fix, base=fix, velocity=((fix.x - base.x) / seconds, (fix.y - base.y) / seconds), missed_at=None)


def _end(last: _Last) -> End:
    fix = last.fix
    half = 0.0 if last.missed_at is None else min((last.missed_at - fix.at) / 2, LONGEST_HALF)
    place = (fix.x, fix.y)
    leg = Leg(track=fix.track, began=fix.at, ended=fix.at + half, start=place, end=place, spread=fix.spread)
    return End(leg=leg, velocity=last.velocity)


def total(legs: Sequence[Leg]) -> float:
    """The person-seconds of some legs."""
    return math.fsum(leg.seconds for leg in legs)
