"""Who of the last frame is who in this one: people followed on the floor by place and time alone, by any cameras."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from edge.floor import optics as seen_by
from edge.floor import plane
from edge.floor.optics import Optics
from edge.floor.plane import Floor
from edge.inputs import Box, Sighting
from edge.tracking import association, motion, outlines, spots
from edge.tracking import feet as footing
from edge.tracking.association import Scene, Shown
from edge.tracking.feet import USUAL_STATURE, Foot
from edge.tracking.motion import Body, Spread
from edge.tracking.people import Fix, Followed
from edge.tracking.rules import Rules
from edge.tracking.spots import Pair
from edge.tracking.view import View

# Statures between a child who walks alone and a tall man; a box beyond them shows a part, or two people.
SHORTEST: Final = 0.9  # m
TALLEST: Final = 2.05
# Boxes of one person err together (the same shoes, the same occluder), so that a stature is never better known.
STATURE_SUREST: Final = 0.05**2  # m²
# How fast the width of a person's boxes is learnt, a stride being wider than a stand.
SLIM_GAIN: Final = 0.2
# The part of a told box that is this frame's measurement; the rest is where place and stature put it. Feet jump over
# lines by what shadows and shelves do to a box's lower edge, and the place knows them better; a head nods; arms and
# bags are known from nothing but the sides as they were seen.
FEET_MEASURED: Final = 0.1
HEAD_MEASURED: Final = 1 / 3
SIDES_MEASURED: Final = 0.5
STATURE_PRIOR: Final = 0.2  # m: how little one first box, perhaps half hidden, tells of a stature
BRIEFEST: Final = 1e-3  # s between two looks of two cameras


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """A confirmed track that will not come back; `last_at` is when it was last measured."""

    track: int
    last_at: float


class Person(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A confirmed person whom the last sighting showed; `box` is where, its measured edges made steadier.

    Who is cut by the picture's edge has a box that goes on beyond it.
    """

    track: int
    x: float  # floor m
    y: float
    vx: float  # m/s
    vy: float
    box: Box


class Tracks(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody followed by some cameras; begins as `Tracks()`, then made by `update`, never changed in place."""

    at: float | None = None  # the last sighting's time
    cameras: Mapping[str, float] = {}  # when each of them looked last
    next_id: int = 1
    people: tuple[Followed, ...] = ()


class Update(msgspec.Struct, frozen=True, kw_only=True):
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
    since, at = _since(tracks, sighting), sighting.at
    optics = seen_by.of_floor(plane.at_size(view.floor, sighting.width, sighting.height))
    feet = footing.of_boxes([box for box in sighting.boxes if box.score >= rules.faint], optics, rules.blur)
    feet = _among(feet, view.reaches([(foot.place.x, foot.place.y) for foot in feet]))
    elapsed = motion.step(0.0 if tracks.at is None else at - tracks.at, rules.walk)
    people = [replace(one, body=motion.predict(one.body, elapsed)) for one in tracks.people]
    shown = _shown(people, view, optics)
    scene = Scene(at=at, people=shown, feet=feet, optics=optics, rules=rules)
    pairs = association.pair(scene)
    before = tracks.cameras.get(sighting.camera, -math.inf)
    free = [footing.behind(foot, optics, rules.blur) for foot in _free(feet, pairs, rules)]
    newcomers = _newcomers(free, pairs, view, rules, _elsewhere(shown, pairs, before, rules))
    found = {pair.row: pair for pair in pairs}
    now = [_after(one, found.get(row), feet, at, rules) for row, one in enumerate(shown)]
    now += [_born(foot, tracks.next_id + number, at, rules) for number, foot in enumerate(newcomers)]
    after = replace(
        tracks,
        at=at,
        cameras={**tracks.cameras, sighting.camera: at},
        next_id=tracks.next_id + len(newcomers),
    )
    return _settled(after, now, since, rules)


def seen(tracks: Tracks, floor: Floor) -> tuple[Person, ...]:
    """The confirmed people whom the last sighting showed."""
    optics = seen_by.of_floor(floor)
    return tuple(
        Person(track=one.track, x=one.body.x, y=one.body.y, vx=one.body.vx, vy=one.body.vy, box=_steadier(one, optics))
        for one in tracks.people
        if one.confirmed and one.seen == tracks.at
    )


def _since(tracks: Tracks, sighting: Sighting) -> float:
    """The seconds since that camera's sighting before."""
    before = tracks.cameras.get(sighting.camera)
    if before is not None and sighting.at <= before:
        raise ValueError(f"a sighting at {sighting.at} s came after one at {before} s")
    if tracks.at is not None and sighting.at < tracks.at:
        raise ValueError(f"a sighting at {sighting.at} s came after another camera's at {tracks.at} s")
    return 0.0 if before is None else sighting.at - before


def _shown(people: Sequence[Followed], view: View, optics: Optics) -> list[Shown]:
    """Whom the camera may see, and who of them hides whom; only those just seen hide anybody."""
    drawn = [outlines.expected(one, optics) for one in people]
    visible, crowded = outlines.hidden(drawn, [one.seen == one.looked for one in people])
    within = view.reaches([(one.body.x, one.body.y) for one in people])
    return [
        Shown(person=person, within=near, outline=outline, visible=share, crowded=close)
        for person, near, outline, share, close in zip(people, within, drawn, visible, crowded, strict=True)
    ]


def _after(shown: Shown, pair: Pair | None, feet: Sequence[Foot], at: float, rules: Rules) -> Followed:
    """Somebody after a look that found them, or not."""
    if pair is not None:
        return _measured(shown.person, feet[pair.column].box, pair, at, rules)
    return _missed(shown, at) if shown.within else shown.person


def _missed(shown: Shown, at: float) -> Followed:
    """Somebody within reach whom a look did not find."""
    person = shown.person
    return replace(
        person,
        looked=at,
        looks=person.looks + 1,
        absent=person.absent + (at - person.looked) * shown.visible,
    )


def _measured(person: Followed, box: Box, pair: Pair, at: float, rules: Rules) -> Followed:
    """A person with what a box tells of them."""
    away = at - person.seen
    body = motion.astray(person.last_x, person.last_y, away, rules.walk) if pair.turned else person.body
    # Frames nearer than the errors' own memory tell the same error again, not a new measurement.
    repeats = rules.blur.memory / away if away > BRIEFEST else rules.blur.memory / BRIEFEST
    body = motion.correct(body, pair.place, pair.doubt * repeats if repeats > 1.0 else pair.doubt)
    tall, tall_var = _stature(person, pair.tall)
    return replace(
        person,
        body=body,
        tall=tall,
        tall_var=tall_var,
        box=box,
        slim=person.slim + SLIM_GAIN * (_slimness(box) - person.slim),
        seen=at,
        last_x=body.x,
        last_y=body.y,
        hits=person.hits + (box.score >= rules.sure),
        looked=at,
        looks=person.looks + 1,
        absent=0.0,
    )


def _stature(person: Followed, shown: float | None) -> tuple[float, float]:
    """A stature and its variance after one was shown; hidden feet show none."""
    if shown is None:
        return person.tall, person.tall_var
    gain = person.tall_var / (person.tall_var + spots.STATURE_VARIANCE)
    tall = person.tall + gain * (_human(shown) - person.tall)
    return tall, max(person.tall_var * (1 - gain), STATURE_SUREST)


def _human(tall: float) -> float:
    if SHORTEST <= tall <= TALLEST:
        return tall
    return SHORTEST if tall < SHORTEST else TALLEST


def _free(feet: list[Foot], pairs: list[Pair], rules: Rules) -> list[Foot]:
    """The good boxes that belong to nobody."""
    taken = {pair.column for pair in pairs}
    return [foot for number, foot in enumerate(feet) if number not in taken and foot.box.score >= rules.begin]


def _newcomers(free: list[Foot], pairs: list[Pair], view: View, rules: Rules, elsewhere: list[Body]) -> list[Foot]:
    """The `free` boxes on this camera's own floor that show nobody whom it, or another camera, sees elsewhere."""
    return [
        foot
        for foot in _among(free, view.holds([(foot.place.x, foot.place.y) for foot in free]))
        if not any(_is_beside(foot, pair, rules.elbow) for pair in pairs)
        and not any(spots.surprise(body, foot.place) < math.inf for body in elsewhere)
    ]


def _is_beside(foot: Foot, pair: Pair, distance: float) -> bool:
    return math.dist((foot.place.x, foot.place.y), (pair.place.x, pair.place.y)) < distance


def _among(feet: list[Foot], flags: list[bool]) -> list[Foot]:
    return [foot for foot, flag in zip(feet, flags, strict=True) if flag]


def _elsewhere(shown: Sequence[Shown], pairs: list[Pair], seen_after: float, rules: Rules) -> list[Body]:
    """Those unpaired whom another camera saw a moment ago: out of reach, or seen since this camera's last look."""
    paired = {pair.row for pair in pairs}
    return [
        one.person.body
        for row, one in enumerate(shown)
        if row not in paired and one.person.absent < rules.absence and (not one.within or one.person.seen > seen_after)
    ]


def _born(foot: Foot, track: int, at: float, rules: Rules) -> Followed:
    """Somebody new."""
    return Followed(
        track=track,
        body=motion.at_rest(foot.place, rules.walk),
        tall=USUAL_STATURE if foot.tall is None else _human(foot.tall),
        tall_var=STATURE_PRIOR**2,
        box=foot.box,
        slim=_slimness(foot.box),
        seen=at,
        last_x=foot.place.x,
        last_y=foot.place.y,
        hits=1,
        looked=at,
        looks=1,
        absent=0.0,
        first=at,
    )


def _settled(now: Tracks, people: list[Followed], since: float, rules: Rules) -> Update:
    """Confirm who has proof, end who is out of patience, and tell both; `now` still has the people of before."""
    at = now.at
    assert at is not None
    kept: list[Followed] = []
    told: list[Fix] = []
    ended: list[Ended] = []
    for before in people:
        person = before if before.confirmed else _judged(before, rules)
        if at - person.seen > (rules.patience if person.confirmed else rules.trial):
            if person.confirmed:
                ended.append(Ended(track=person.track, last_at=person.seen))
            continue
        fixes = (*person.past, _fix(person, since)) if person.seen == at else person.past
        if person.confirmed:
            told += fixes
            fixes = ()  # a past is told once
        kept.append(replace(person, past=fixes) if fixes or person.past else person)
    return Update(
        tracks=replace(now, people=tuple(kept)),
        fixes=tuple(told),
        ended=tuple(ended),
        missed=tuple(one.track for one in kept if one.confirmed and one.looked == at > one.seen),
    )


def _judged(person: Followed, rules: Rules) -> Followed:
    """Somebody not confirmed yet, confirmed when there is proof of them."""
    proven = person.hits >= rules.proof and person.hits >= rules.often * person.looks
    return replace(person, confirmed=True) if proven and person.seen - person.first >= rules.steady else person


def _fix(person: Followed, since: float) -> Fix:
    body = person.body
    spread = Spread(xx=body.xx, xy=body.xy, yy=body.yy)
    return Fix(track=person.track, at=person.seen, x=body.x, y=body.y, spread=spread, since=since)


def _slimness(box: Box) -> float:
    return (box.x2 - box.x1) / (box.y2 - box.y1)


def _steadier(person: Followed, optics: Optics) -> Box:
    """Where the picture shows a person: partly as measured, the rest as place and stature tell.

    Of whoever may be cut by the picture's edge the cut side reaches at least as far as either. Without feet or head in
    the picture place and stature are guesses, and the sides that show are where they were measured.
    """
    told, box = outlines.expected(person, optics), person.box
    if told is None:
        return box
    left, top, right, bottom = association.at_rim(box, optics)
    sides, head, feet = (1.0, 1.0, 1.0) if top or bottom else (SIDES_MEASURED, HEAD_MEASURED, FEET_MEASURED)
    return Box(
        x1=min(box.x1, told.x1) if left else told.x1 + sides * (box.x1 - told.x1),
        y1=min(box.y1, told.y1) if top else told.y1 + head * (box.y1 - told.y1),
        x2=max(box.x2, told.x2) if right else told.x2 + sides * (box.x2 - told.x2),
        y2=max(box.y2, told.y2) if bottom else told.y2 + feet * (box.y2 - told.y2),
        score=box.score,
    )
