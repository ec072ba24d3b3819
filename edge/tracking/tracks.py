"""Who of the last frame is who in this one: people followed on the floor by place and time alone, by any cameras."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.floor import plane
from edge.floor.plane import Floor
from edge.inputs import Box, Sighting
from edge.tracking import association, motion, outlines
from edge.tracking import feet as footing
from edge.tracking import people as crowd
from edge.tracking.association import Pairs, Sight
from edge.tracking.feet import USUAL_STATURE, Feet
from edge.tracking.motion import Bodies
from edge.tracking.people import Flags, People, Rows
from edge.tracking.rules import Rules
from edge.tracking.view import View

Array: TypeAlias = NDArray[np.float64]

# Statures between a child who walks alone and a tall man; a box beyond them shows a part, or two people.
SHORTEST: Final = 0.9  # m
TALLEST: Final = 2.05
# How fast the width of a person's boxes is learnt, a stride being wider than a stand.
SLIM_GAIN: Final = 0.2
# The part of a told box that is this frame's measurement: its edges err by 4 % of its height, the filter's by less,
# but the filter does not know a raised arm.
MEASURED_SHARE: Final = 0.5
CROWDED: Final = 0.1  # of a person's outline that another's overlaps: the detector may draw one box round parts of both
STATURE_PRIOR: Final = 0.2  # m: how little one first box, perhaps half hidden, tells of a stature


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A confirmed person measured on the floor at one moment."""

    track: int
    at: float  # CLOCK_MONOTONIC, s
    x: float  # floor m, filtered
    y: float
    spread: float  # m, the standard deviation along the worse axis
    since: float  # s from the same camera's sighting before; 0 for its first


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A confirmed track that will not come back; `last_at` is when it was last measured."""

    track: int
    last_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A confirmed person as of the last sighting; `box` is where the picture shows or would show them."""

    track: int
    x: float  # floor m
    y: float
    vx: float  # m/s
    vy: float
    seen_at: float  # CLOCK_MONOTONIC, s; earlier than the sighting for somebody out of sight now
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tracks:
    """Everybody followed by some cameras; begins as `Tracks()`, then made by `update`, never changed in place."""

    at: float | None = None  # the last sighting's time
    cameras: Mapping[str, float] = field(default_factory=dict)  # when each of them looked last
    next_id: int = 1
    people: People = field(default_factory=crowd.nobody)
    past: Mapping[int, tuple[Fix, ...]] = field(default_factory=dict)  # of those not confirmed yet, by id


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What one sighting told."""

    tracks: Tracks
    fixes: tuple[Fix, ...]  # in order of time for each track; a newly confirmed one brings its past along
    ended: tuple[Ended, ...]
    missed: tuple[int, ...] = ()  # the confirmed tracks that this camera should have seen and did not


def update(tracks: Tracks, sighting: Sighting, view: View, rules: Rules) -> Update:
    """The tracks after a sighting by the camera whose `view` it is, no earlier than any other's before.

    Somebody begins only where this camera `holds` the floor; it goes on with whomever it `reaches`, so that a
    person who walks from one camera's part to another's is handed over by place and time. ValueError when time
    does not advance; FloorError when the picture has another shape than the floor's.
    """
    since = _since(tracks, sighting)
    floor = plane.at_size(view.floor, sighting.width, sighting.height)
    feet = footing.of_boxes(sighting.boxes, floor, rules.blur)
    if view.region is not None:
        feet = feet.take(view.region.reaches(feet.places))
    elapsed = 0.0 if tracks.at is None else sighting.at - tracks.at
    people = replace(tracks.people, bodies=motion.predict(tracks.people.bodies, elapsed, rules.walk))
    sight = _sight(people, view, floor, sighting.at)
    pairs = association.pair(people, feet, floor, rules, sight)
    looked = _looked(people, sight, sighting.at)
    before = tracks.cameras.get(sighting.camera, -math.inf)
    elsewhere = _elsewhere(people, sight.within, pairs, before, rules)
    newcomers = _newcomers(feet, pairs, view, rules, elsewhere)
    measured = _measured(looked, feet, pairs, sighting.at, rules)
    born = _born(feet.take(newcomers), tracks.next_id, sighting.at, rules)
    now = replace(tracks, at=sighting.at, cameras={**tracks.cameras, sighting.camera: sighting.at})
    return _settled(now, crowd.joined(measured, born), since, rules)


def _since(tracks: Tracks, sighting: Sighting) -> float:
    """The seconds since that camera's sighting before."""
    before = tracks.cameras.get(sighting.camera)
    if before is not None and sighting.at <= before:
        raise ValueError(f"a sighting at {sighting.at} s came after one at {before} s")
    if tracks.at is not None and sighting.at < tracks.at:
        raise ValueError(f"a sighting at {sighting.at} s came after another camera's at {tracks.at} s")
    return 0.0 if before is None else sighting.at - before


def _sight(people: People, view: View, floor: Floor, at: float) -> Sight:
    """Whom the camera may see, and who of them hides whom; only those just seen hide anybody."""
    boxes = outlines.expected(people, floor)
    shares = outlines.overlaps(boxes) * (people.seen == people.looked)
    much = shares > CROWDED
    crowded: Flags = much.any(axis=0) | much.any(axis=1)
    return Sight(
        at=at,
        within=view.reaches(people.bodies.mean[:, :2]),
        visible=outlines.visible(boxes, shares),
        crowded=crowded,
        boxes=boxes,
    )


def _looked(people: People, sight: Sight, at: float) -> People:
    """`people` after a look at those within reach; whoever shows in it is corrected by what is measured."""
    missed = np.where(sight.within, (at - people.looked) * sight.visible, 0.0)
    return replace(
        people,
        looked=np.where(sight.within, at, people.looked),
        looks=people.looks + sight.within,
        absent=people.absent + missed,
    )


def present(tracks: Tracks, floor: Floor) -> tuple[Person, ...]:
    """The confirmed people as of the last sighting, those out of sight where they are expected."""
    people = tracks.people.take(tracks.people.confirmed)
    if not len(people):
        return ()
    boxes = _likely_boxes(people, tracks.at, floor)
    return tuple(
        Person(
            track=track,
            x=x,
            y=y,
            vx=vx,
            vy=vy,
            seen_at=seen,
            box=Box(x1=x1, y1=y1, x2=x2, y2=y2, score=score),
        )
        for track, (x, y, vx, vy), seen, (x1, y1, x2, y2), score in zip(
            people.ids.tolist(),
            people.bodies.mean.tolist(),
            people.seen.tolist(),
            boxes.tolist(),
            people.scores.tolist(),
            strict=True,
        )
    )


def _measured(people: People, feet: Feet, pairs: Pairs, at: float, rules: Rules) -> People:
    """`people` with what the paired boxes tell of them."""
    rows, columns = pairs.rows, pairs.columns
    if not len(rows):
        return people
    before = Bodies(mean=people.bodies.mean[rows], cov=people.bodies.cov[rows])
    if pairs.turned.any():
        astray = rows[pairs.turned]
        turned = motion.astray(people.last[astray], at - people.seen[astray], rules.walk)
        before.mean[pairs.turned], before.cov[pairs.turned] = turned.mean, turned.cov
    # Frames nearer than the errors' own memory tell the same error again, not a new measurement.
    repeats = np.maximum(1.0, rules.blur.memory / np.maximum(at - people.seen[rows], 1e-3))
    after = motion.correct(before, pairs.places, pairs.cov * repeats[:, None, None])
    mean, cov = people.bodies.mean.copy(), people.bodies.cov.copy()
    mean[rows], cov[rows] = after.mean, after.cov
    tall, tall_var = _statures(people, feet, pairs)
    boxes, scores, seen, hits = people.boxes.copy(), people.scores.copy(), people.seen.copy(), people.hits.copy()
    boxes[rows], scores[rows], seen[rows] = feet.boxes[columns], feet.scores[columns], at
    hits[rows] += feet.scores[columns] >= rules.sure
    last = people.last.copy()
    last[rows] = after.mean[:, :2]
    absent = people.absent.copy()
    absent[rows] = 0.0
    slim = people.slim.copy()
    slim[rows] += SLIM_GAIN * (_slimness(feet.boxes[columns]) - slim[rows])
    return replace(
        people,
        bodies=Bodies(mean=mean, cov=cov),
        tall=tall,
        tall_var=tall_var,
        boxes=boxes,
        scores=scores,
        slim=slim,
        seen=seen,
        hits=hits,
        absent=absent,
        last=last,
    )


def _statures(people: People, feet: Feet, pairs: Pairs) -> tuple[Array, Array]:
    """Statures and their variances after the paired boxes; a box with hidden feet tells nothing of it."""
    shown = feet.tall[pairs.columns]
    telling = np.isfinite(shown) & ~pairs.hidden
    rows, shown = pairs.rows[telling], np.clip(shown[telling], SHORTEST, TALLEST)
    tall, tall_var = people.tall.copy(), people.tall_var.copy()
    # Boxes of one person err together (the same shoes, the same occluder), so the variance has a floor.
    gain = tall_var[rows] / (tall_var[rows] + association.STATURE_SPREAD**2)
    tall[rows] += gain * (shown - tall[rows])
    tall_var[rows] = np.maximum(tall_var[rows] * (1 - gain), 0.05**2)
    return tall, tall_var


def _newcomers(feet: Feet, pairs: Pairs, view: View, rules: Rules, elsewhere: Bodies) -> Rows:
    """The good boxes on this camera's own floor that belong to nobody, nor to anybody whom another camera sees."""
    free = (feet.scores >= rules.begin) & view.holds(feet.places)
    free[pairs.columns] = False
    candidates = np.flatnonzero(free)
    if not len(candidates):
        return candidates
    places, cov = feet.places[candidates], feet.cov[candidates]
    doubled = _near(places, pairs.places, rules.elbow)
    known = association.surprise(elsewhere.mean[:, None, :2], elsewhere.cov[:, None, :2, :2], places[None], cov[None])
    return candidates[~doubled & ~np.isfinite(known).any(axis=0)]


def _elsewhere(people: People, within: Flags, pairs: Pairs, seen_after: float, rules: Rules) -> Bodies:
    """Those unpaired whom another camera saw a moment ago: out of reach, or seen since this camera's last look."""
    alone = people.absent < rules.absence
    alone &= ~within | (people.seen > seen_after)
    alone[pairs.rows] = False
    return Bodies(mean=people.bodies.mean[alone], cov=people.bodies.cov[alone])


def _born(feet: Feet, first_id: int, at: float, rules: Rules) -> People:
    """New people, one for each of `feet`."""
    tall = np.where(np.isfinite(feet.tall), np.clip(feet.tall, SHORTEST, TALLEST), USUAL_STATURE)
    return People(
        ids=np.arange(first_id, first_id + len(feet)),
        bodies=motion.at_rest(feet.places, feet.cov, rules.walk),
        tall=tall,
        tall_var=np.full(len(feet), STATURE_PRIOR**2),
        boxes=feet.boxes,
        scores=feet.scores,
        slim=_slimness(feet.boxes),
        seen=np.full(len(feet), at),
        last=feet.places,
        hits=np.ones(len(feet), dtype=np.intp),
        looked=np.full(len(feet), at),
        looks=np.ones(len(feet), dtype=np.intp),
        absent=np.zeros(len(feet)),
        first=np.full(len(feet), at),
        confirmed=np.zeros(len(feet), dtype=np.bool_),
    )


def _near(places: Array, others: Array, distance: float) -> Flags:
    """Which of `places` [n, 2] have one of `others` [m, 2] within `distance`."""
    away = places[:, None, :] - others[None, :, :]
    near: Flags = ((away * away).sum(axis=2) < distance**2).any(axis=1)
    return near


def _settled(now: Tracks, people: People, since: float, rules: Rules) -> Update:
    """Confirm who has proof, end who is out of patience, and tell both; `now` still has the people of before."""
    at = now.at
    assert at is not None
    proven = (people.hits >= rules.proof) & (people.hits >= rules.often * people.looks)
    confirmed = people.confirmed | (proven & (people.seen - people.first >= rules.steady))
    alive = at - people.seen <= np.where(confirmed, rules.patience, rules.trial)
    ended = tuple(
        Ended(track=track, last_at=last)
        for track, last in zip(
            people.ids[confirmed & ~alive].tolist(), people.seen[confirmed & ~alive].tolist(), strict=True
        )
    )
    kept = replace(people, confirmed=confirmed).take(alive)
    told: list[Fix] = []
    past: dict[int, tuple[Fix, ...]] = {}
    for fix, known in _fixes(kept, since):
        earlier = now.past.get(fix.track, ())
        fresh = (fix,) if fix.at == at else ()
        if known:
            told += (*earlier, *fresh)
        else:
            past[fix.track] = (*earlier, *fresh)
    missed = kept.confirmed & (kept.looked == at) & (kept.seen < at)
    return Update(
        tracks=replace(now, next_id=int(people.ids.max(initial=now.next_id - 1)) + 1, people=kept, past=past),
        fixes=tuple(told),
        ended=ended,
        missed=tuple(kept.ids[missed].tolist()),
    )


def _fixes(people: People, since: float) -> list[tuple[Fix, bool]]:
    """Where everybody was last measured, and whether they are confirmed."""
    cov = people.bodies.cov
    half, skew = (cov[:, 0, 0] - cov[:, 1, 1]) / 2, cov[:, 0, 1]
    spread = np.sqrt((cov[:, 0, 0] + cov[:, 1, 1]) / 2 + np.hypot(half, skew))
    return [
        (Fix(track=track, at=seen, x=x, y=y, spread=error, since=since), known)
        for track, seen, (x, y), error, known in zip(
            people.ids.tolist(),
            people.seen.tolist(),
            people.bodies.mean[:, :2].tolist(),
            spread.tolist(),
            people.confirmed.tolist(),
            strict=True,
        )
    ]


def _slimness(boxes: Array) -> Array:
    return (boxes[:, 2] - boxes[:, 0]) / (boxes[:, 3] - boxes[:, 1])


def _likely_boxes(people: People, at: float | None, floor: Floor) -> Array:
    """Where the picture shows each person: half as measured, half as place and stature tell; unseen, as these tell."""
    if floor.rise is None:
        return people.boxes
    told = outlines.expected(people, floor)
    share = np.where(people.seen == at, MEASURED_SHARE, 0.0)[:, None]
    likely: Array = np.where(np.isfinite(told), share * people.boxes + (1 - share) * told, people.boxes)
    return likely
