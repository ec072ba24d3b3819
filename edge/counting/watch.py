"""The node's floor: sightings of all its cameras in, what happened on the floor out."""

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from edge.attention import Attention
from edge.counting import minutes, order
from edge.counting.aside import Aside
from edge.counting.coverage import Coverage
from edge.counting.encounters import Customs, Encounters, Ground
from edge.counting.heat import Heat
from edge.counting.minutes import Minute, Minutes
from edge.counting.noted import BadgeNoted, HeatNoted, Noted
from edge.counting.order import Order
from edge.counting.passing import Entry, Passing
from edge.counting.shared import Shared
from edge.counting.staff import Staff, Stood
from edge.floor import plane
from edge.floor.optics import of_floor
from edge.floor.ownership import Region, Rest
from edge.floor.plane import Floor, FloorError
from edge.floor.shapes import Point
from edge.inputs import Sighting
from edge.stills import Around, around
from edge.tracking import outlines, paths, tracks
from edge.tracking.attention import attention
from edge.tracking.paths import End, Leg, Paths
from edge.tracking.rules import Rules
from edge.tracking.tracks import Tracks
from edge.tracking.view import View

# A minute is told when nothing can change it any more: somebody out of sight may be found again within
# `Rules.patience`, somebody new is confirmed within `Rules.trial`, a sighting may wait for another camera's for
# `order.LONGEST`, and `Encounters.settling` says how long it takes to know who is in a zone or waits there.
SETTLING: Final = 1.0  # s more than these together, for frames on their way
# Somebody whom the detector misses for a moment does not blink on the live page.
LINGER: Final = 0.6  # s
# One look answers for so long at the most: with fewer than 1.25 looks a second more and more people are never followed,
# and the share of the time that counts as covered falls about as theirs does (tests/edge/test_sparse_looks.py).
ANSWERS: Final = 0.8  # s
# A badge is held for a moment: who stood there is asked of a look not farther from it than this.
LONGEST_AGO: Final = 3.0  # s


class Watch:
    """What a node's cameras see of the floor. State of one owner; nothing here reads a clock or knows a person.

    Times are CLOCK_MONOTONIC in s.
    """

    def __init__(
        self,
        *,
        floors: Mapping[str, Floor],
        regions: Mapping[str, Region] | None = None,
        rest: Rest | None = None,
        ground: Ground | None = None,
        cell_mm: int = 250,
        period_s: float = 60.0,
        rules: Rules | None = None,
        customs: Customs | None = None,
    ) -> None:
        """`floors` has each camera's calibrated floor, `regions` the part of the floor that each answers for, and
        `rest` how it is shared out while some are lost; None: nobody answers for their part then.

        One camera alone needs no region: then all that its picture shows is its own. What happens on floor that is
        another node's is that node's to count. The regions' cells must be `cell_mm` wide, as those of the heat are.
        Sums are told every `period_s`, which must divide a minute. ValueError when several cameras have no regions.
        """
        if regions is None and len(floors) > 1:
            raise ValueError(f"{len(floors)} cameras share a floor and nobody says which of it is whose")
        self._views = {
            camera: View(floor=floor, region=None if regions is None else regions[camera])
            for camera, floor in floors.items()
        }
        self._rules, ground = rules or Rules(), ground or Ground()
        self._shared = Shared(tuple(floors), ground.zones, regions=regions, rest=rest, cell=cell_mm / 1000)
        self._cell_mm = cell_mm
        self._lines = tuple(ground.lines)
        self._order, self._tracks = Order(), Tracks()
        self._paths: Paths = {}
        self._minutes = Minutes(period=period_s)
        self._heat = {camera: Heat(cell=cell_mm / 1000) for camera in floors}
        self._staff = Staff(zones=ground.staff, readers=ground.readers)
        self._aside = Aside(self._lines, (customs or Customs()).band)
        self._passing = Passing(cell=cell_mm / 1000)
        self._coverage = Coverage()
        self._encounters = Encounters(ground, customs or Customs())
        self._settling = self._rules.patience + self._rules.trial + self._encounters.settling + SETTLING
        self._settling += order.LONGEST if len(floors) > 1 else 0.0
        self.passed_over: Counter[str] = Counter()  # each camera's sightings that came too late to be of use
        self.late_s = 0.0  # person-seconds that came after their minute was told
        self.misfits: dict[str, str] = {}  # of each camera whose pictures do not fit its calibration: why

    @property
    def cameras(self) -> tuple[str, ...]:
        """The cameras whose sightings it takes."""
        return tuple(self._views)

    @property
    def in_sight(self) -> Mapping[str, float]:
        """Which share of each zone's floor these cameras answer for: the rest of it is never covered."""
        return self._shared.in_sight

    @property
    def staff_known(self) -> int:
        """How many of the people who are followed now are known as staff."""
        return len(self._staff.known)

    @property
    def remembered(self) -> int:
        """Of how many people's ways anything is kept for the figures; of nobody's whose track has ended."""
        return max(self._encounters.followed, self._passing.followed)

    @property
    def looked(self) -> Mapping[str, float]:
        """When each camera's last sighting was of which everything is told; without those that are lost."""
        return self._tracks.cameras

    def see(self, sighting: Sighting, now: float | None = None) -> list[Noted]:
        """What a sighting that came at `now` (its own time, if None) tells, or lets others tell that waited for it.

        Sightings of several cameras are put into the order of time first (`edge.counting.order`); one that comes too
        late is counted and passed over. Pictures of another shape than the calibration's are time that was not
        covered, with `misfits` saying why, until they fit again.
        """
        now = sighting.at if now is None else now
        try:
            self._fit(sighting)
        except FloorError as error:
            self.misfits[sighting.camera] = str(error)
            return self.lost(sighting.camera, sighting.at)
        self.misfits.pop(sighting.camera, None)
        taken = order.put(self._order, sighting, now)
        self._order = taken.order
        self.passed_over[sighting.camera] += taken.too_late
        return self._release(now)

    def tick(self, now: float, wall: float) -> list[Noted]:
        """What is complete at `now`, which is `wall` seconds after the Unix epoch."""
        noted = self._release(now)
        for camera, looked in tuple(self._tracks.cameras.items()):
            if self._is_gap(max(looked, self._order.told.get(camera, looked)), now):
                noted += self.lost(camera, looked)
        self._minutes = minutes.until(replace(self._minutes, ahead=wall - now), now)
        self._minutes, done = minutes.due(self._minutes, now - self._settling)
        noted += [note for minute in done for note in self._told(minute, minute.ends)]
        return [*noted, *self._encounters.settled(now)]

    def lost(self, camera: str, at: float) -> list[Noted]:
        """A camera sees nothing from its last sighting on: what is open on its floor ends there, a gap follows.

        Those whom another camera sees go on: it answers for what it sees of that floor, until this one looks again. A
        camera that this floor knows nothing of changes nothing.
        """
        if camera not in self._views:
            return []
        self._order, free = order.forget(self._order, camera)
        noted = [note for sighting in free for note in self._take(sighting)]
        if self._minutes.open:  # before the first tick nobody knows where a minute begins
            self._minutes = minutes.until(self._minutes, at)
        self._share_out(self._shared.away | {camera})
        return [*noted, *self._cut(camera)]

    def attention(self, camera: str, now: float) -> Attention:
        """How closely a camera must watch its part of the floor at `now`."""
        view = self._views.get(camera)
        return attention(self._tracks, self._lines, now, region=None if view is None else view.region)

    def close(self, at: float) -> list[Noted]:
        """Everything that is open ends; the running minute is told up to `at`."""
        noted = [note for camera in self._views for note in self.lost(camera, at)]
        noted += self._encounters.close()
        self._minutes, done = minutes.due(self._minutes, at)
        noted += [note for minute in done for note in self._told(minute, minute.ends)]
        noted += [note for minute in self._minutes.open if minute.began < at for note in self._told(minute, at)]
        self._minutes = replace(self._minutes, open=())
        return noted

    def positions(self, camera: str) -> tuple[Point, ...]:
        """Where confirmed people are now on this camera's floor, in metres; in no order that tells who is who."""
        people, looked = self._tracks.people, self._tracks.cameras.get(camera)
        if looked is None:
            return ()
        shown = [one for one in people if one.confirmed and looked - one.seen <= LINGER]
        places = [(one.body.x, one.body.y) for one in shown if one.track not in self._staff.known]
        return tuple(itertools.compress(places, self._views[camera].holds(places)))

    def place_readers(self, readers: Mapping[str, Point]) -> None:
        """The readers are here from now on; nobody who is followed notices."""
        self._staff.readers = readers

    def badge(self, reader: str, at: float) -> BadgeNoted:
        """A badge of the store came to this reader: whoever stands there alone is staff from now on."""
        looked = self._tracks.at
        people, new = self._staff.badge(
            reader,
            [
                Stood(
                    track=one.track,
                    place=(one.body.x, one.body.y),
                    speed=math.hypot(one.body.vx, one.body.vy),
                    confirmed=one.confirmed,
                )
                for one in self._tracks.people
                if looked is not None and looked - one.seen <= LINGER and abs(at - looked) <= LONGEST_AGO
            ],
        )
        if new is not None:
            self._mark(new, self._staff.readers[reader])
        return BadgeNoted(reader=reader, at=at, people=people)

    def followed(self, camera: str) -> tuple[Around, ...]:
        """Where this camera's picture shows everybody who is followed, those not confirmed or out of sight too."""
        looked, view = self._tracks.cameras.get(camera), self._views.get(camera)
        if looked is None or view is None:
            return ()
        optics, found = of_floor(view.floor), list[Around]()
        for one in self._tracks.people:
            outline = outlines.expected(one, optics)
            # Of a floor without an upright nobody knows how tall people show: where they were seen last has to do.
            box = one.box if outline is None else outline
            sure = one.confirmed and looked - one.seen <= LINGER and view.holds([(one.body.x, one.body.y)])[0]
            found += around(box, view.floor.width, view.floor.height, now=sure)
        return tuple(found)

    def _fit(self, sighting: Sighting) -> None:
        view = self._views[sighting.camera]
        fitted = plane.at_size(view.floor, sighting.width, sighting.height)
        if fitted is not view.floor:
            self._views[sighting.camera] = replace(view, floor=fitted)

    def _release(self, now: float) -> list[Noted]:
        self._order, free = order.release(self._order, now)
        return [note for sighting in free for note in self._take(sighting)]

    def _take(self, sighting: Sighting) -> list[Noted]:
        """What the next sighting in order of time tells."""
        self._share_out(self._shared.away - {sighting.camera})
        before = self._tracks.cameras.get(sighting.camera)
        noted: list[Noted] = []
        if before is not None and self._is_gap(before, sighting.at):
            noted += self._cut(sighting.camera)
        self._cover(sighting)
        update = tracks.update(self._tracks, sighting, self._views[sighting.camera], self._rules)
        walked = paths.walk(self._paths, update)
        self._tracks, self._paths = update.tracks, walked.paths
        noted += self._walk(walked.legs)
        return [*noted, *self._part(walked.ends)]

    def _walk(self, legs: Sequence[Leg]) -> list[Noted]:
        """Shoppers' legs are figures; those of staff are counted apart."""
        parted = self._staff.part(legs)
        seen = self._warm(parted.shoppers)
        noted = self._encounters.follow(parted.shoppers, self._minutes, seen)
        for track in parted.marked:  # after its last legs as a shopper, of which nothing is left behind then
            self._mark(track, next(leg.end for leg in parted.staff if leg.track == track))
        self._spare(parted.staff)
        return [*noted, *self._aside.cross(parted.staff)]

    def _mark(self, track: int, place: Point) -> None:
        """The track is staff's from now on: of the minutes that are not told yet all its time is staff's."""
        self._passing.forget(track)
        forgotten = self._encounters.forget(track)
        for owner, heat in self._heat.items():
            for minute, seconds in heat.forget(track).items():
                self._aside.spend(minute, owner, seconds)
        camera = next((name for name in self._tracks.cameras if self._views[name].holds([place])[0]), None)
        camera = camera or next(iter(self._views))
        if self._minutes.open:
            self._aside.mark(self._minutes.open[-1], camera, track, forgotten.told, forgotten.approaches)

    def _spare(self, legs: Sequence[Leg]) -> None:
        """The time of staff, told by the camera whose floor it is, as heat is."""
        if not legs:
            return
        places = [leg.middle for leg in legs]
        for camera in self._tracks.cameras:
            for leg in itertools.compress(legs, self._views[camera].holds(places)):
                for minute, began, ended in minutes.split(self._minutes, leg.began, leg.ended):
                    self._aside.spend(minute, camera, ended - began)

    def _is_gap(self, before: float, at: float) -> bool:
        """Nobody can be followed over a gap in the sightings that is longer than people may be out of sight."""
        return at - before > self._rules.patience

    def _cut(self, camera: str) -> list[Noted]:
        """End whom no other camera can go on with, and forget when this one looked last.

        A camera that is lost already ends nobody: who has walked to its floor since is followed from memory.
        """
        if camera not in self._tracks.cameras:
            return []
        people = self._tracks.people
        places = [(one.body.x, one.body.y) for one in people]
        others = [self._views[other].reaches(places) for other in self._tracks.cameras if other != camera]
        mine = self._views[camera].reaches(places) if others else [True] * len(people)
        ids = {one.track for one, lost, *kept in zip(people, mine, *others, strict=True) if lost and not any(kept)}
        ends = paths.cut({track: last for track, last in self._paths.items() if track in ids})
        self._paths = {track: last for track, last in self._paths.items() if track not in ids}
        self._tracks = msgspec.structs.replace(
            self._tracks,
            cameras={name: at for name, at in self._tracks.cameras.items() if name != camera},
            people=tuple(one for one in people if one.track not in ids),
        )
        return self._part(ends)

    def _part(self, ends: Sequence[End]) -> list[Noted]:
        staff = [end for end in ends if end.leg.track in self._staff.known]
        shoppers = [end for end in ends if end.leg.track not in self._staff.known]
        seen = self._warm([end.leg for end in shoppers])
        self._spare([end.leg for end in staff])
        for end in ends:
            self._passing.forget(end.leg.track)
            self._staff.forget(end.leg.track)
        noted = self._encounters.part(shoppers, self._minutes, seen)
        return [*noted, *(note for end in staff for note in self._aside.part(end))]

    def _cover(self, sighting: Sighting) -> None:
        self._minutes = minutes.until(self._minutes, sighting.at)
        before, turn = self._tracks.cameras.get(sighting.camera), self._shared.turn(sighting.camera)
        if before is None:
            return
        for minute, began, ended in minutes.split(self._minutes, before, min(sighting.at, before + ANSWERS)):
            self._coverage.add(minute, turn, ended - began)

    def _share_out(self, away: frozenset[str]) -> None:
        """While these cameras see nothing the others answer for what they see of their floor."""
        for camera, region in self._shared.out(away).items():
            self._views[camera] = replace(self._views[camera], region=region)

    def _warm(self, legs: Sequence[Leg]) -> list[bool]:
        """Each leg's time is heat of the cell that it lies in, told by the camera whose cell it is; whose any is.

        On floor of a camera that does not look now, or of another node's, it is nobody's: the one is a gap, the other
        is told over there.
        """
        if not legs:
            return []
        places, seen = [leg.middle for leg in legs], [False] * len(legs)
        for camera in self._tracks.cameras:
            held = self._views[camera].holds(places)
            for leg in itertools.compress(legs, held):
                self._warm_one(self._heat[camera], leg)
            seen = [one or other for one, other in zip(seen, held, strict=True)]
        self._enter(self._passing.follow(legs))
        return seen

    def _warm_one(self, heat: Heat, leg: Leg) -> None:
        parts = minutes.split(self._minutes, leg.began, leg.ended)
        for minute, began, ended in parts:
            heat.add(minute, leg.track, leg.middle, ended - began)
        self.late_s += leg.seconds - sum(ended - began for _, began, ended in parts)

    def _enter(self, entries: Sequence[Entry]) -> None:
        """Each entry counts in the minute in which it was sure, or in the oldest that is not told yet."""
        if not entries or not self._minutes.open:
            return
        places = [entry.place for entry in entries]
        for camera in self._tracks.cameras:
            for entry in itertools.compress(entries, self._views[camera].holds(places)):
                open_ = self._minutes.open
                minute = next((each for each in reversed(open_) if each.began <= entry.at), open_[0])
                self._heat[camera].enter(minute, entry.track, entry.cell)

    def _told(self, minute: Minute, ends: float) -> Iterable[Noted]:
        """The sums of a minute that was watched up to `ends`."""
        told, seconds = minutes.told(self._minutes, minute, ends), self._coverage.take(minute)
        saw = defaultdict[str, float](float)
        for (camera, _), spent in seconds.items():
            saw[camera] += spent
        yield from self._encounters.take(told, self._shared.covered(seconds))
        for camera, heat in self._heat.items():
            yield from self._aside.take(told, camera)
            yield HeatNoted(
                camera=camera,
                at=told.at,
                span_s=told.span_s,
                covered_s=saw[camera],
                cell_mm=self._cell_mm,
                cells=heat.take(minute),
                seen=self._shared.seen(camera, seconds),
            )
