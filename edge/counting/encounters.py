"""What everybody's way means for the lines and zones of a floor: crossings, parties, stays, occupancy and queues."""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np

from edge.counting import crossings, minutes, queues, stays
from edge.counting.crossings import Approach, Band, Crossing, Direction
from edge.counting.minutes import Minutes, Told
from edge.counting.noted import CrossingNoted, Noted, OccupancyNoted, PartyNoted, QueueNoted, StayNoted, WaitNoted
from edge.counting.occupancy import Occupancy
from edge.counting.parties import Company, Parties, Party
from edge.counting.queues import Standing, Step, Visit
from edge.counting.stays import Border, Follow, Presence, Time
from edge.counting.unseen import Unseen
from edge.floor import shapes
from edge.floor.shapes import Line, Point, Zone
from edge.tracking.paths import End, Leg

_Key: TypeAlias = tuple[int, str]  # a track, and a line or zone
_OUTSIDE: Final = Follow(presence=Presence())


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is counted on a floor; `queues` and `tills` are the ids of those `zones` in which people wait and pay."""

    zones: Sequence[Zone] = ()
    lines: Sequence[Line] = ()
    queues: frozenset[str] = frozenset()
    tills: frozenset[str] = frozenset()
    staff: Sequence[Zone] = ()  # where only staff are; in no figure themselves
    readers: Mapping[str, Point] = field(default_factory=dict)  # where badges are held to


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What is known of a track that is no shopper's: the crossings told of it, and how it stands to each line."""

    told: int
    approaches: Mapping[str, Approach]


@dataclass(frozen=True, slots=True, kw_only=True)
class Customs:
    """What is believed about people who cross, stay, wait and keep company."""

    band: Band = field(default_factory=Band)
    border: Border = field(default_factory=Border)
    standing: Standing = field(default_factory=Standing)
    company: Company = field(default_factory=Company)


class Encounters:
    """Everybody who is about, and each line and zone. State of one owner; times are CLOCK_MONOTONIC in s."""

    def __init__(self, ground: Ground, customs: Customs) -> None:
        self._ground, self._customs = ground, customs
        self._corners = {zone.id: np.array(zone.corners) for zone in ground.zones}
        self._approaches: dict[_Key, Approach] = {}
        self._presences: dict[_Key, Presence] = {}
        self._visits: dict[_Key, Visit] = {}
        self._told_of: Counter[int] = Counter()  # crossings, by the open tracks that made them
        self._out: dict[int, float] = {}  # when each open track last went out over a line
        self._occupancy, self._waiting, self._unseen = Occupancy(), Occupancy(), Unseen()
        self._parties = Parties(customs.company)

    @property
    def settling(self) -> float:
        """How many seconds after its end a leg's time in a zone may still be told of."""
        return self._customs.border.inertia + (self._customs.standing.window if self._ground.queues else 0.0)

    @property
    def followed(self) -> int:
        """Tracks of which anything is remembered."""
        tracks = {track for track, _ in (*self._approaches, *self._presences, *self._visits)}
        return len(tracks.union(self._told_of, self._out, self._unseen.tracks))

    def follow(self, legs: Sequence[Leg], open_minutes: Minutes, seen: Sequence[bool]) -> list[Noted]:
        """What these legs tell, those of a track in order of time.

        `seen` says which of them lie on floor that a camera answers for now. Elsewhere somebody is still known by
        another camera's look over its border, but their time is of a gap: no zone's coverage has it, nor any sum.
        """
        if not legs:
            return []
        self._overlook(itertools.compress(legs, (not own for own in seen)), open_minutes)
        noted = [note for leg in legs for note in self._cross(leg)]
        depths = {zone.id: _depths(self._corners[zone.id], legs) for zone in self._ground.zones}
        for number, leg in enumerate(legs):
            follows = {zone.id: self._move(zone, leg, depths[zone.id][number]) for zone in self._ground.zones}
            noted += self._stayed(follows, open_minutes)
            noted += self._waited(leg, follows, open_minutes)
        return noted

    def part(self, ends: Sequence[End], open_minutes: Minutes, seen: Sequence[bool]) -> list[Noted]:
        """What is open of tracks that ended; `seen` as in `follow`."""
        noted: list[Noted] = []
        self._overlook((end.leg for end, own in zip(ends, seen, strict=True) if not own), open_minutes)
        for end in ends:
            noted += self._cross_last(end)
            track = end.leg.track
            follows = {
                zone.id: stays.end(
                    self._presences.pop((track, zone.id), Presence()), zone, end.leg, self._customs.border
                )
                for zone in self._ground.zones
            }
            noted += self._stayed(follows, open_minutes)
            noted += self._gave_up(end.leg, follows, open_minutes)
            self._told_of.pop(track, None)
            self._out.pop(track, None)
            self._unseen.forget(track)
        return noted

    def forget(self, track: int) -> Forgotten:
        """The track is no shopper's: nothing that is open of it is told, nor its time in minutes not told yet."""
        for zone in self._ground.zones:
            self._presences.pop((track, zone.id), None)
            self._visits.pop((track, zone.id), None)
        for figures in (self._occupancy, self._waiting, self._unseen):
            figures.forget(track)
        approaches = {
            line.id: approach
            for line in self._ground.lines
            if (approach := self._approaches.pop((track, line.id), None)) is not None
        }
        self._out.pop(track, None)
        return Forgotten(told=self._told_of.pop(track, 0), approaches=approaches)

    def settled(self, now: float) -> list[Noted]:
        """The parties that are known at `now`."""
        return _companies(self._parties.due(now))

    def close(self) -> list[Noted]:
        """The parties that are open, as they are."""
        return _companies(self._parties.close())

    def take(self, told: Told, covered: Mapping[str, float]) -> list[Noted]:
        """The sums of a minute, which is forgotten; each zone was covered for so long of it."""
        noted: list[Noted] = []
        for zone in self._ground.zones:
            crowding = self._occupancy.take(told.minute, zone.id)
            noted.append(
                OccupancyNoted(
                    zone=zone.id,
                    at=told.at,
                    span_s=told.span_s,
                    covered_s=covered[zone.id],
                    person_s=crowding.person_s,
                    peak=crowding.peak,
                )
            )
            if zone.id in self._ground.queues:
                waiting = self._waiting.take(told.minute, zone.id)
                noted.append(
                    QueueNoted(
                        zone=zone.id,
                        at=told.at,
                        span_s=told.span_s,
                        covered_s=covered[zone.id],
                        waiting_s=waiting.person_s,
                        peak=waiting.peak,
                    )
                )
        return noted

    def _cross(self, leg: Leg) -> list[Noted]:
        if not self._ground.lines:
            return []
        self._parties.walk(leg)
        noted: list[Noted] = []
        for line in self._ground.lines:
            key = (leg.track, line.id)
            before = self._approaches.get(key) or crossings.begin(leg)
            self._approaches[key], crossing = crossings.follow(before, line, leg, self._customs.band)
            noted += self._crossed(crossing)
        return noted

    def _cross_last(self, end: End) -> list[Noted]:
        noted: list[Noted] = []
        for line in self._ground.lines:
            approach = self._approaches.pop((end.leg.track, line.id), Approach())
            noted += self._crossed(crossings.part(approach, line, end, self._customs.band))
        return noted

    def _crossed(self, crossing: Crossing | None) -> list[Noted]:
        if crossing is None:
            return []
        self._parties.cross(crossing)
        self._told_of[crossing.track] += 1
        if crossing.direction is Direction.OUT:
            self._out[crossing.track] = crossing.at
        return [CrossingNoted(line=crossing.line, direction=crossing.direction, at=crossing.at)]

    def _move(self, zone: Zone, leg: Leg, depths: tuple[float, float]) -> Follow:
        key = (leg.track, zone.id)
        before = self._presences.pop(key, None)
        if before is None and depths[1] < 0:
            return _OUTSIDE
        follow = stays.follow(before or Presence(), zone, leg, depths, self._customs.border)
        if follow.presence != _OUTSIDE.presence:
            self._presences[key] = follow.presence
        return follow

    def _stayed(self, follows: dict[str, Follow], open_minutes: Minutes) -> list[Noted]:
        noted: list[Noted] = []
        for zone, follow in follows.items():
            if follow is _OUTSIDE:
                continue
            self._spend(self._occupancy, zone, follow.time, open_minutes)
            if follow.stay is not None:
                stay = follow.stay
                noted.append(StayNoted(zone=zone, entered=stay.entered, left=stay.left, cut=stay.cut))
        return noted

    def _waited(self, leg: Leg, follows: dict[str, Follow], open_minutes: Minutes) -> list[Noted]:
        noted: list[Noted] = []
        for zone in self._ground.queues:
            key = (leg.track, zone)
            before = self._visits.pop(key, None)
            if before is None and follows[zone] is _OUTSIDE:
                continue
            step = queues.follow(
                before or queues.NOBODY,
                leg,
                follows[zone],
                at_till=self._at_till(follows),
                out=self._out.get(leg.track, -math.inf),
                standing=self._customs.standing,
            )
            if step.visit != queues.NOBODY:
                self._visits[key] = step.visit
            noted += self._told(zone, step, open_minutes)
        return noted

    def _gave_up(self, leg: Leg, follows: dict[str, Follow], open_minutes: Minutes) -> list[Noted]:
        noted: list[Noted] = []
        for zone in self._ground.queues:
            visit = self._visits.pop((leg.track, zone), queues.NOBODY)
            out = self._out.get(leg.track, -math.inf)
            step = queues.end(visit, leg, follows[zone], at_till=self._at_till(follows), out=out)
            noted += self._told(zone, step, open_minutes)
        return noted

    def _spend(self, sums: Occupancy, zone: str, time: Time | None, open_minutes: Minutes) -> None:
        if time is None:
            return
        for first, last in self._unseen.without(time.track, time.began, time.ended):
            for minute, began, ended in minutes.split(open_minutes, first, last):
                sums.add(minute, zone, time.track, began, ended)

    def _overlook(self, legs: Iterable[Leg], open_minutes: Minutes) -> None:
        for leg in legs:
            oldest = open_minutes.open[0].began if open_minutes.open else leg.began
            self._unseen.add(leg.track, leg.began, leg.ended, oldest=oldest)

    def _told(self, zone: str, step: Step, open_minutes: Minutes) -> list[Noted]:
        self._spend(self._waiting, zone, step.time, open_minutes)
        if step.wait is None:
            return []
        return [WaitNoted(zone=zone, began=step.wait.began, ended=step.wait.ended, end=step.wait.end)]

    def _at_till(self, follows: dict[str, Follow]) -> bool | None:
        tills = self._ground.tills
        return any(follows[till].presence.entered is not None for till in tills) if tills else None


def _depths(corners: shapes.Points, legs: Sequence[Leg]) -> list[tuple[float, float]]:
    """How deep each leg's start and end lie in a zone."""
    places = np.array([place for leg in legs for place in (leg.start, leg.end)])
    return [(start, end) for start, end in shapes.depth(corners, places).reshape(-1, 2).tolist()]


def _companies(parties: Sequence[Party]) -> list[Noted]:
    return [PartyNoted(line=one.line, direction=one.direction, at=one.at, size=one.size) for one in parties]
