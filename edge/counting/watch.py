"""One camera's share of the node: sightings in, what happened on the floor out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np

from edge.counting import crossings, minutes, stays
from edge.counting.crossings import Approach, Band, Crossing, Direction
from edge.counting.heat import CellTime, Heat
from edge.counting.minutes import Minute, Minutes
from edge.counting.occupancy import Occupancy
from edge.counting.stays import Border, Follow, Presence
from edge.floor import plane, shapes
from edge.floor.plane import Floor, FloorError
from edge.floor.shapes import Line, Point, Zone
from edge.inputs import Sighting
from edge.tracking import paths, tracks
from edge.tracking.paths import End, Leg, Paths
from edge.tracking.rules import Rules
from edge.tracking.tracks import Tracks
from edge.tracking.view import View

# A minute is told when nothing can change it any more: somebody out of sight may be found again within
# `Rules.patience`, somebody new is confirmed within `Rules.trial`, who stands at a border decides within
# `Border.inertia`.
SETTLING: Final = 1.0  # s more than these together, for frames on their way
# Somebody whom the detector misses for a moment does not blink on the live page.
LINGER: Final = 0.6  # s


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossingNoted:
    """Somebody crossed a line; `at` is when their path met it (CLOCK_MONOTONIC, s, as all times here)."""

    line: str
    direction: Direction
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StayNoted:
    """Somebody was in a zone; `cut` when the sight of them ended before the stay did."""

    zone: str
    entered: float
    left: float
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OccupancyNoted:
    """One zone in the `span_s` from `at`: of the `covered_s` that were seen, people x time and the most at once."""

    zone: str
    at: float
    span_s: float
    covered_s: float
    person_s: float
    peak: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatNoted:
    """The floor in the `span_s` from `at`: of the `covered_s` that were seen, person-time by cell."""

    camera: str
    at: float
    span_s: float
    covered_s: float
    cell_mm: int
    cells: tuple[CellTime, ...]


Noted: TypeAlias = CrossingNoted | StayNoted | OccupancyNoted | HeatNoted


class Watch:
    """What one camera sees of the floor. State of one owner; nothing here reads a clock or knows a person."""

    def __init__(
        self,
        *,
        camera: str,
        floor: Floor,
        zones: Sequence[Zone] = (),
        lines: Sequence[Line] = (),
        owns: Sequence[Point] | None = None,
        cell_mm: int = 250,
        period_s: float = 60.0,
        rules: Rules | None = None,
        band: Band | None = None,
        border: Border | None = None,
    ) -> None:
        """`owns` is the part of the floor, a polygon in metres, that this camera counts for; None is all of it.

        What happens elsewhere is another camera's to count, so that nobody is counted twice. Sums are told every
        `period_s`, which must divide a minute.
        """
        self._camera, self._floor = camera, floor
        self._zones, self._lines = tuple(zones), tuple(lines)
        self._corners = {zone.id: np.array(zone.corners) for zone in zones}
        self._owns = None if owns is None else np.array(Zone(id=f"owned by {camera}", corners=tuple(owns)).corners)
        self._rules, self._band, self._border = rules or Rules(), band or Band(), border or Border()
        self._tracks = Tracks()
        self._paths: Paths = {}
        self._approaches: dict[tuple[int, str], Approach] = {}
        self._presences: dict[tuple[int, str], Presence] = {}
        self._minutes = Minutes(period=period_s)
        self._cell_mm = cell_mm
        self._heat = Heat(cell=cell_mm / 1000)
        self._occupancy = Occupancy()
        self._covered: defaultdict[Minute, float] = defaultdict(float)
        self.out_of_order = 0  # sightings that were not later than the one before, and were passed over

        self.late_s = 0.0  # person-seconds that came after their minute was told
        self.misfit: str | None = None  # why the pictures do not fit the calibration, while they do not

    def see(self, sighting: Sighting) -> list[Noted]:
        """What a sighting tells.

        One that is not later than the one before is counted and passed over. Pictures of another shape than the
        calibration's are time that was not covered, with `misfit` saying why, until they fit again.
        """
        before = self._tracks.at
        if before is not None and sighting.at <= before:
            self.out_of_order += 1
            return []
        try:
            self._floor = plane.at_size(self._floor, sighting.width, sighting.height)
        except FloorError as error:
            self.misfit = str(error)
            return self.lost(sighting.at)
        self.misfit = None
        noted = self._gap(sighting.at)
        self._cover(sighting.at)
        update = tracks.update(self._tracks, sighting, View(floor=self._floor), self._rules)
        walked = paths.walk(self._paths, update)
        self._tracks, self._paths = update.tracks, walked.paths
        return [*noted, *self._follow(walked.legs), *self._part(walked.ends)]

    def tick(self, now: float, wall: float) -> list[Noted]:
        """The minutes that are complete at `now`, which is `wall` seconds after the Unix epoch."""
        noted = self._gap(now)
        self._minutes = minutes.until(replace(self._minutes, ahead=wall - now), now)
        settled = now - self._rules.patience - self._rules.trial - self._border.inertia - SETTLING
        self._minutes, done = minutes.due(self._minutes, settled)
        return [*noted, *(note for minute in done for note in self._told(minute, minute.ends))]

    def lost(self, at: float) -> list[Noted]:
        """The camera sees nothing from the last sighting on: what is open ends there, and what follows is a gap."""
        self._minutes = minutes.until(self._minutes, at)
        ends = paths.cut(self._paths)
        self._tracks, self._paths = Tracks(next_id=self._tracks.next_id), {}
        return self._part(ends)

    def close(self, at: float) -> list[Noted]:
        """Everything that is open ends; the running minute is told up to `at`."""
        noted = self.lost(at)
        self._minutes, done = minutes.due(self._minutes, at)
        told = [note for minute in done for note in self._told(minute, minute.ends)]
        told += [note for minute in self._minutes.open if minute.began < at for note in self._told(minute, at)]
        self._minutes = replace(self._minutes, open=())
        return [*noted, *told]

    def positions(self) -> tuple[Point, ...]:
        """Where confirmed people are now, in floor metres; in no order that tells who is who."""
        people = self._tracks.people
        if self._tracks.at is None:
            return ()
        here = people.confirmed & (self._tracks.at - people.seen <= LINGER)
        return tuple((x, y) for x, y in people.bodies.mean[here, :2].tolist())

    def _gap(self, at: float) -> list[Noted]:
        """Nobody can be followed over a gap in the sightings that is longer than people may be out of sight."""
        before = self._tracks.at
        if before is None or at - before <= self._rules.patience:
            return []
        return self.lost(before)

    def _cover(self, at: float) -> None:
        self._minutes = minutes.until(self._minutes, at)
        before = self._tracks.at
        if before is None:
            return
        for minute, began, ended in minutes.split(self._minutes, before, at):
            self._covered[minute] += ended - began

    def _follow(self, legs: Sequence[Leg]) -> list[Noted]:
        noted: list[Noted] = []
        if not legs:
            return noted
        for leg, own in zip(legs, self._owned([leg.middle for leg in legs]), strict=True):
            if own:
                self._warm(leg)
            noted += self._cross(leg)
        for zone in self._zones:
            for leg, depths in zip(legs, self._depths(zone, legs), strict=True):
                presence = self._presences.get((leg.track, zone.id), Presence())
                noted += self._stay(zone, leg, stays.follow(presence, zone, leg, depths, self._border))
        return noted

    def _part(self, ends: Sequence[End]) -> list[Noted]:
        noted: list[Noted] = []
        for end in ends:
            track = end.leg.track
            if self._owned([end.leg.middle])[0]:
                self._warm(end.leg)
            for line in self._lines:
                approach = self._approaches.pop((track, line.id), Approach())
                noted += self._crossed(crossings.part(approach, line, end, self._band))
            for zone in self._zones:
                presence = self._presences.pop((track, zone.id), Presence())
                noted += self._stay(zone, end.leg, stays.end(presence, zone, end.leg, self._border))
                self._presences.pop((track, zone.id), None)
        return noted

    def _owned(self, places: Sequence[Point]) -> list[bool]:
        if self._owns is None:
            return [True] * len(places)
        owned: list[bool] = shapes.inside(self._owns, np.array(places)).tolist()
        return owned

    def _depths(self, zone: Zone, legs: Sequence[Leg]) -> list[tuple[float, float]]:
        """How deep each leg's start and end lie in the part of the zone that this camera counts for."""
        places = np.array([place for leg in legs for place in (leg.start, leg.end)])
        depth = shapes.depth(self._corners[zone.id], places)
        if self._owns is not None:
            depth = np.minimum(depth, shapes.depth(self._owns, places))
        return [(start, end) for start, end in depth.reshape(-1, 2).tolist()]

    def _warm(self, leg: Leg) -> None:
        parts = minutes.split(self._minutes, leg.began, leg.ended)
        for minute, began, ended in parts:
            self._heat.add(minute, leg.middle, ended - began)
        self.late_s += leg.seconds - sum(ended - began for _, began, ended in parts)

    def _cross(self, leg: Leg) -> list[Noted]:
        noted: list[Noted] = []
        for line in self._lines:
            key = (leg.track, line.id)
            approach, crossing = crossings.follow(self._approaches.get(key, Approach()), line, leg, self._band)
            self._approaches[key] = approach
            noted += self._crossed(crossing)
        return noted

    def _crossed(self, crossing: Crossing | None) -> list[Noted]:
        if crossing is None or not self._owned([crossing.place])[0]:
            return []
        return [CrossingNoted(line=crossing.line, direction=crossing.direction, at=crossing.at)]

    def _stay(self, zone: Zone, leg: Leg, follow: Follow) -> list[Noted]:
        self._presences[leg.track, zone.id] = follow.presence
        if follow.time is not None:
            for minute, began, ended in minutes.split(self._minutes, follow.time.began, follow.time.ended):
                self._occupancy.add(minute, zone.id, leg.track, began, ended)
        stay = follow.stay
        if stay is None:
            return []
        return [StayNoted(zone=stay.zone, entered=stay.entered, left=stay.left, cut=stay.cut)]

    def _told(self, minute: Minute, ends: float) -> list[Noted]:
        """The sums of a minute that was watched up to `ends`."""
        span, covered = ends - minute.began, self._covered.pop(minute, 0.0)
        noted: list[Noted] = []
        for zone in self._zones:
            crowding = self._occupancy.take(minute, zone.id)
            noted.append(
                OccupancyNoted(
                    zone=zone.id,
                    at=minute.began,
                    span_s=span,
                    covered_s=covered,
                    person_s=crowding.person_s,
                    peak=crowding.peak,
                )
            )
        cells = self._heat.take(minute)
        heat = HeatNoted(
            camera=self._camera,
            at=minute.began,
            span_s=span,
            covered_s=covered,
            cell_mm=self._cell_mm,
            cells=cells,
        )
        return [*noted, heat]
