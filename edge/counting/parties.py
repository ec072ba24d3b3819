"""Who belongs together: people who cross a line within seconds and walk on as one are one party."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.counting.crossings import Crossing, Direction
from edge.tracking.paths import Leg

Array: TypeAlias = NDArray[np.float64]

MOST: Final = 50  # people of one party
_STEP: Final = 0.25  # s between the moments that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What makes two people one party.

    C. McPhail and R. Wohlstein, "Using film to analyze pedestrian behavior", Sociological Methods & Research 10
    (1982): who walks together is within 7 feet, at the same speed to 0.5 ft/s and in the same direction to 3 degrees.
    Two abreast are 0.75 m apart and the outer ones of three 1.5 m (F. Zanlungo, T. Ikeda and T. Kanda, "Potential
    for the dynamics of pedestrians in a socially interacting group", Phys. Rev. E 89, 2014); larger parties hold
    together link by link. A velocity is measured to about 0.12 m/s on either side, so two alike differ by up to
    0.15 m/s (0.5 ft/s) and twice the noise. Strangers who follow each other through a door part within seconds.
    """

    within: float = 4.0  # s between the first and the last of a party to cross
    before: float = 6.0  # s before and after these crossings that are looked at
    after: float = 8.0
    near: float = 1.5  # m
    alike: float = 0.4  # m/s
    baseline: float = 2.0  # s over which a velocity is measured
    joint: float = 3.0  # s that both must have been seen at the same time,
    share: float = 0.6  # of which they must have been near and alike for so much
    late: float = 3.0  # s after its time that a crossing may be noticed


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trail:
    """Where one track was, over some time."""

    at: Array  # [n], s, rising
    places: Array  # [n, 2], floor m

    def place(self, times: Array) -> Array:
        """The places [k, 2] at `times` [k], straight between those known."""
        return np.column_stack([np.interp(times, self.at, self.places[:, axis]) for axis in (0, 1)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """`size` people crossed a line together, the first of them at `at`."""

    line: str
    direction: Direction
    at: float
    size: int


def together(first: Trail, second: Trail, began: float, ended: float, company: Company) -> bool:
    """Whether two people were as one for long enough between two moments."""
    low = max(first.at[0], second.at[0], began)
    high = min(first.at[-1], second.at[-1], ended)
    if high - low < company.joint:
        return False
    half = min(company.baseline, high - low) / 2
    times = np.arange(low + half, high - half + _STEP / 2, _STEP)
    apart = np.hypot(*(first.place(times) - second.place(times)).T)
    slip = _velocity(first, times, half) - _velocity(second, times, half)
    as_one = (apart <= company.near) & (np.hypot(*slip.T) <= company.alike)
    return bool(as_one.mean() >= company.share)


def _velocity(trail: Trail, times: Array, half: float) -> Array:
    velocity: Array = (trail.place(times + half) - trail.place(times - half)) / (2 * half)
    return velocity


def first_party(crossings: Sequence[Crossing], trails: Mapping[int, Trail], company: Company) -> tuple[int, ...]:
    """The indices of those who belong to the first of `crossings`, itself among them.

    `crossings` are of one line and direction, in order of time. Who is linked to one of a party is of it.
    """
    last = crossings[0].at + company.within
    party = [0]
    for member in party:  # grows as it goes
        for number, other in enumerate(crossings):
            if len(party) == MOST or other.at > last:
                break
            if number not in party and _linked(crossings[member], other, trails, company):
                party.append(number)
    return tuple(sorted(party))


def _linked(one: Crossing, other: Crossing, trails: Mapping[int, Trail], company: Company) -> bool:
    first, second = trails.get(one.track), trails.get(other.track)
    if one.track == other.track or first is None or second is None:
        return False
    began, ended = min(one.at, other.at) - company.before, max(one.at, other.at) + company.after
    return together(first, second, began, ended, company)


class Parties:
    """The crossings that may still be somebody's company, and the ways of those about. State of one owner."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._trails: defaultdict[int, list[tuple[float, float, float]]] = defaultdict(list)
        self._open: defaultdict[tuple[str, Direction], list[Crossing]] = defaultdict(list)

    def walk(self, leg: Leg) -> None:
        """Somebody went on; legs of a track come in order of time."""
        trail = self._trails[leg.track]
        if not trail:
            trail.append((leg.began, *leg.start))
        if leg.ended > trail[-1][0]:
            if len(trail) > 1 and leg.ended - trail[-2][0] < _STEP:
                trail.pop()
            trail.append((leg.ended, *leg.end))

    def cross(self, crossing: Crossing) -> None:
        """Somebody crossed a line."""
        self._open[crossing.line, crossing.direction].append(crossing)

    def due(self, now: float) -> list[Party]:
        """The parties about whom nothing more can be learnt; the sum of their sizes is that of the crossings."""
        company = self._company
        settled = now - company.within - company.after - company.late
        told = [party for key in list(self._open) for party in self._settled(key, settled)]
        self._forget(settled - company.before)
        return told

    def close(self) -> list[Party]:
        """All parties that are open, as they are."""
        told = [party for key in list(self._open) for party in self._settled(key, float("inf"))]
        self._trails.clear()
        return told

    def _settled(self, key: tuple[str, Direction], settled: float) -> list[Party]:
        waiting = sorted(self._open.pop(key), key=lambda crossing: crossing.at)
        told: list[Party] = []
        while waiting and waiting[0].at <= settled:
            trails = {one.track: _trail(self._trails[one.track]) for one in waiting if one.track in self._trails}
            members = first_party(waiting, trails, self._company)
            line, direction = key
            told.append(Party(line=line, direction=direction, at=waiting[0].at, size=len(members)))
            waiting = [one for number, one in enumerate(waiting) if number not in members]
        if waiting:
            self._open[key] = waiting
        return told

    def _forget(self, before: float) -> None:
        for track, trail in list(self._trails.items()):
            if trail[-1][0] < before:
                del self._trails[track]
            elif len(trail) > 2 and trail[1][0] < before:
                self._trails[track] = [point for point in trail if point[0] >= before]


def _trail(points: Sequence[tuple[float, float, float]]) -> Trail:
    table = np.array(points)
    return Trail(at=table[:, 0], places=table[:, 1:])
