import math
from collections.abc import Iterable
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.floor import optics
from edge.floor.plane import FloorError
from edge.inputs import Box, Sighting
from edge.tracking import feet as footing
from edge.tracking import motion, tracks
from edge.tracking.feet import Blur
from edge.tracking.motion import Body, Place, Walk
from edge.tracking.rules import Rules
from edge.tracking.tracks import Tracks, Update
from edge.tracking.view import View
from tests.edge.walkers import Eye, Pinhole, Walker, box, sightings, upper

CAMERA = Pinhole()
VIEW = View(floor=CAMERA.floor())
RATES = [2, 5, 10, 30]
HERE = Place(x=1.0, y=2.0, xx=0.01, xy=0.0, yy=0.01)


def followed(frames: Iterable[Sighting], rules: Rules | None = None) -> list[Update]:
    state, updates = Tracks(), []
    for sighting in frames:
        updates.append(tracks.update(state, sighting, VIEW, rules or Rules()))
        state = updates[-1].tracks
    return updates


def ids(updates: list[Update]) -> set[int]:
    return {fix.track for update in updates for fix in update.fixes}


@pytest.mark.parametrize("rate", RATES)
def test_one_walker_is_one_track_where_they_are(rate: int) -> None:
    walker = Walker(stops=[(0, -2, 1), (4, 2, 1), (8, 2, 1), (12, -1, 4)])

    updates = followed(sightings([walker], seconds=12, rate=rate, eye=Eye(blur=0.03, missed=0.1)))

    assert len(ids(updates)) == 1
    errors = [math.dist((fix.x, fix.y), walker.at(fix.at) or (0, 0)) for u in updates for fix in u.fixes]
    assert np.median(errors) < 0.2


@pytest.mark.parametrize("away", [20.0, 35.0, 50.0])
def test_a_low_camera_follows_who_is_far_off(away: float) -> None:
    low = Pinhole(width=1920, height=1080, focus=1536.0, y=0.0, up=1.5, tilt=0.0)
    walker = Walker(stops=[(0, -8, away), (16, 8, away)])
    state, told = Tracks(), list[tuple[int, float]]()
    for sighting in sightings([walker], seconds=16, rate=4, camera=low, eye=Eye(blur=0.02)):
        update = tracks.update(state, sighting, View(floor=low.floor()), Rules())
        state = update.tracks
        told += [(fix.track, math.dist((fix.x, fix.y), walker.at(fix.at) or (0, 0))) for fix in update.fixes]

    assert len(told) > 60
    assert {track for track, _ in told} == {1}
    assert np.median([off for _, off in told]) < away / 20


@pytest.mark.parametrize("rate", RATES)
def test_two_who_meet_and_pass_keep_their_tracks(rate: int) -> None:
    eastward = Walker(stops=[(0, -2.5, 1.0), (5, 2.5, 1.0)])
    westward = Walker(stops=[(0, 2.5, 2.2), (5, -2.5, 2.2)])

    updates = followed(sightings([eastward, westward], seconds=5, rate=rate, eye=Eye(blur=0.02)))

    owners = {
        fix.track: math.dist((fix.x, fix.y), eastward.at(fix.at) or (9, 9)) < 0.5 for u in updates for fix in u.fixes
    }
    assert len(owners) == 2
    for update in updates:
        for fix in update.fixes:
            walker = eastward if owners[fix.track] else westward
            assert math.dist((fix.x, fix.y), walker.at(fix.at) or (9, 9)) < 0.6


@pytest.mark.parametrize("rate", RATES)
def test_who_is_out_of_sight_for_two_seconds_comes_back_as_the_same(rate: int) -> None:
    walker = Walker(stops=[(0, -2, 1), (4, 0, 2), (10, 1, 2)], hidden=[(5.0, 7.0)])

    updates = followed(sightings([walker], seconds=10, rate=rate))

    assert len(ids(updates)) == 1
    assert not any(update.ended for update in updates)


@pytest.mark.parametrize("rate", [2, 3.3, 5])
def test_who_turns_back_while_out_of_sight_comes_back_as_the_same(rate: float) -> None:
    walker = Walker(stops=[(0, -3, 3), (4.2, 2.4, 3), (8.4, -3, 3)], hidden=[(3.0, 5.2)])

    assert len(ids(followed(sightings([walker], seconds=8, rate=rate, eye=Eye(blur=0.02))))) == 1


@pytest.mark.parametrize("rate", [2, 3.3, 5])
def test_who_passes_behind_somebody_is_not_taken_for_them(rate: float) -> None:
    front = Walker(stops=[(0, 0, 1.5), (8, 0, 1.5)], tall=1.75)
    behind = Walker(stops=[(0, -3, 2.6), (8, 3, 2.6)], tall=1.7)
    frames = []
    for sighting in sightings([front, behind], seconds=8, rate=rate, eye=Eye(blur=0.02)):
        x, _ = behind.at(sighting.at) or (9, 9)
        boxes = sighting.boxes[:1] if abs(x) < 0.35 else sighting.boxes  # the detector sees one while they overlap
        frames.append(replace(sighting, boxes=boxes))

    updates = followed(frames)

    assert len(ids(updates)) == 2
    for fix in (fix for update in updates for fix in update.fixes):
        walker = min((front, behind), key=lambda each: math.dist((fix.x, fix.y), each.at(fix.at) or (9, 9)))
        assert (fix.track == updates[-1].tracks.people[0].track) == (walker is front) or math.dist(
            front.at(fix.at) or (9, 9), behind.at(fix.at) or (9, 9)
        ) < 1.3


def test_one_box_round_two_people_belongs_to_the_nearer_and_moves_neither() -> None:
    front, behind = (0.0, 1.5), (0.15, 2.4)
    people = [Walker(stops=[(0, *place), (6, *place)]) for place in (front, behind)]
    frames = []
    for sighting in sightings(people, seconds=6, rate=5):
        near, far = sighting.boxes
        both = Box(
            x1=min(near.x1, far.x1), y1=min(near.y1, far.y1), x2=max(near.x2, far.x2), y2=near.y2, score=near.score
        )
        frames.append(replace(sighting, boxes=(both,) if 3.0 < sighting.at < 5.0 else (near, far)))

    updates = followed(frames)

    assert len(ids(updates)) == 2
    fixes = [fix for update in updates for fix in update.fixes]
    assert max(min(math.dist((fix.x, fix.y), place) for place in (front, behind)) for fix in fixes) < 0.5


def followers(updates: Iterable[Update], until: float, walkers: tuple[Walker, Walker]) -> tuple[int, int]:
    """The tracks whose fixes up to a time are nearest to two walkers, on the average."""
    fixes = [fix for update in updates for fix in update.fixes if fix.at <= until]

    def off(track: int, walker: Walker) -> float:
        own = [fix for fix in fixes if fix.track == track]
        return float(np.mean([math.dist((fix.x, fix.y), walker.at(fix.at) or (9, 9)) for fix in own]))

    one, other = (min({fix.track for fix in fixes}, key=lambda track: off(track, walker)) for walker in walkers)
    return one, other


@pytest.mark.parametrize("gap", [0.5, 0.6, 0.7])
@pytest.mark.parametrize("rate", [5, 7, 10])
def test_a_box_round_two_who_walk_on_together_makes_neither_overtake_the_other(gap: float, rate: float) -> None:
    ahead = Walker(stops=[(0, -3 + gap, 3.4), (6, 3 + gap, 3.4)])
    behind = Walker(stops=[(0, -3, 3.0), (6, 3, 3.0)])
    frames = []
    for sighting in sightings([ahead, behind], seconds=6, rate=rate, eye=Eye(blur=0.02)):
        one, other = sighting.boxes
        both = Box(
            x1=min(one.x1, other.x1),
            y1=min(one.y1, other.y1),
            x2=max(one.x2, other.x2),
            y2=max(one.y2, other.y2),
            score=one.score,
        )
        frames.append(replace(sighting, boxes=(both,) if 2.5 < sighting.at < 3.3 else (one, other)))

    updates = followed(frames)

    first, last = followers(updates, 2.5, (ahead, behind)), followers(updates[-3:], 9.0, (ahead, behind))
    assert len(ids(updates)) == 2
    assert first == last


def test_who_is_out_of_sight_for_longer_has_ended_once_at_the_last_sight() -> None:
    walker = Walker(stops=[(0, -1, 2), (4, 1, 2)])

    ended = [end for update in followed(sightings([walker], seconds=10, rate=5)) for end in update.ended]

    assert [end.last_at for end in ended] == [4.0]


@pytest.mark.parametrize("rate", RATES)
def test_boxes_that_show_nobody_for_long_are_nobody(rate: int) -> None:
    updates = followed(sightings([], seconds=20, rate=rate, eye=Eye(false=0.05), seed=3))

    # Ghosts score 0.3-0.5; every one would be somebody if a first sight were enough.
    assert len(ids(updates)) == 0


def test_without_asking_for_proof_the_same_ghosts_would_be_people() -> None:
    credulous = Rules(begin=0.3, sure=0.3, faint=0.3, proof=1, steady=0.0, often=0.0, patience=0.5)

    assert len(ids(followed(sightings([], seconds=20, rate=30, eye=Eye(false=0.05), seed=3), credulous))) > 10


def test_a_second_box_of_one_person_begins_nobody() -> None:
    frames = []
    for sighting in sightings([Walker(stops=[(0, -1, 2), (6, 1, 2)])], seconds=6, rate=5):
        whole = sighting.boxes[0]
        part = Box(x1=whole.x1 - 5, y1=whole.y1 + 3, x2=whole.x2 - 3, y2=whole.y2 - 4, score=0.65)
        frames.append(Sighting(camera="cam", at=sighting.at, width=960, height=540, boxes=(whole, part, whole)))

    assert len(ids(followed(frames))) == 1


def test_feet_behind_a_shelf_are_put_where_the_head_says() -> None:
    walker = Walker(stops=[(0, -2, 3), (8, 2, 3)])
    frames = []
    for sighting in sightings([walker], seconds=8, rate=5):
        shown = upper(sighting.boxes[0], 0.55 if 3.0 < sighting.at < 5.0 else 1.0)
        frames.append(Sighting(camera="cam", at=sighting.at, width=960, height=540, boxes=(shown,)))

    updates = followed(frames)

    assert len(ids(updates)) == 1
    behind = [fix for u in updates for fix in u.fixes if 3.0 < fix.at < 5.0]
    assert len(behind) >= 9
    assert max(math.dist((fix.x, fix.y), walker.at(fix.at) or (9, 9)) for fix in behind) < 0.3


def behind_somebody(tall: float, *, shown: float, with_them: bool = True) -> list[Box]:
    """Somebody 1.3 m behind another, of whom so much of the box shows; without the other, for comparison."""
    near, cut = box(CAMERA, 0.0, 1.5, score=0.8), upper(box(CAMERA, 0.1, 2.8, tall=tall), shown)
    return [near, cut] if with_them else [cut]


def believed(boxes: list[Box]) -> tuple[float, float]:
    """Where the last of the boxes is taken to stand after three looks at the same picture."""
    frames = [Sighting(camera="cam", at=n / 5, width=960, height=540, boxes=tuple(boxes)) for n in range(3)]
    state = followed(frames)[-1].tracks
    person = tracks.seen(state, CAMERA.floor())[-1]
    return person.x, person.y


def test_who_comes_into_view_behind_somebody_stands_behind_them_and_not_far_away() -> None:
    truth = (0.1, 2.8)

    assert math.dist(believed(behind_somebody(1.7, shown=0.55)), truth) < 0.4
    assert math.dist(believed(behind_somebody(1.7, shown=0.55, with_them=False)), truth) > 2.0


def test_the_feet_of_who_came_out_from_behind_somebody_are_believed_at_once() -> None:
    hidden = [
        Sighting(camera="cam", at=n / 5, width=960, height=540, boxes=tuple(behind_somebody(1.85, shown=0.6)))
        for n in range(4)
    ]
    out = (box(CAMERA, 0.0, 1.5, score=0.8), box(CAMERA, 0.9, 2.8, tall=1.85))
    frames = [*hidden, Sighting(camera="cam", at=1.2, width=960, height=540, boxes=out)]

    person = tracks.seen(followed(frames)[-1].tracks, CAMERA.floor())[-1]

    assert math.dist((person.x, person.y), (0.9, 2.8)) < 0.2


def test_a_child_behind_a_grown_up_stays_a_child() -> None:
    assert math.dist(believed(behind_somebody(1.1, shown=1.0)), (0.1, 2.8)) < 0.25


def test_feet_below_the_picture_are_put_where_the_head_says() -> None:
    x, y = 0.5, -1.9
    whole = box(CAMERA, x, y, tall=footing.USUAL_STATURE)
    assert whole.y2 > CAMERA.height + 50
    cut = Box(x1=whole.x1, y1=whole.y1, x2=whole.x2, y2=float(CAMERA.height), score=0.7)

    (foot,) = footing.of_boxes((cut,), optics.of_floor(CAMERA.floor()), Blur())

    assert (foot.place.x, foot.place.y) == pytest.approx((x, y), abs=0.05)


def test_a_box_is_told_steadier_than_it_was_measured_and_only_while_it_is_measured() -> None:
    walker = Walker(stops=[(0, -2, 2), (6, 1, 2)], hidden=[(4.0, 6.0)])
    eye = Eye(blur=0.03)
    state, told, measured = Tracks(), list[float](), list[float]()
    for sighting in sightings([walker], seconds=5, rate=10, eye=eye):
        state = tracks.update(state, sighting, VIEW, Rules()).tracks
        seen, truth = tracks.seen(state, CAMERA.floor()), box(CAMERA, *(walker.at(sighting.at) or (9, 9)))
        assert len(seen) == (len(sighting.boxes) if sighting.at > 1.0 else len(seen))
        for person, shown in zip(seen, sighting.boxes, strict=True) if sighting.at > 1.0 else ():
            assert math.dist((person.x, person.y), walker.at(sighting.at) or (9, 9)) < 0.4
            told.append(abs(person.box.y2 - truth.y2))
            measured.append(abs(shown.y2 - truth.y2))

    assert len(told) >= 25
    assert sum(told) < 0.43 * sum(measured)  # a third of each foot as measured: .51


def cut(whole: Box) -> Box:
    """What the picture shows of a box."""
    return Box(
        x1=max(whole.x1, 0.0),
        y1=max(whole.y1, 0.0),
        x2=min(whole.x2, float(CAMERA.width)),
        y2=min(whole.y2, float(CAMERA.height)),
        score=whole.score,
    )


def told_of_cut(walker: Walker, shown: float = 1.0) -> tuple[Box, Box, Box]:
    """The last box of a walker whole, as the detector draws what shows of it, and as it is told."""
    state, whole, drawn = Tracks(), box(CAMERA, *walker.stops[0][1:]), box(CAMERA, *walker.stops[0][1:])
    for sighting in sightings([walker], seconds=3, rate=5):
        whole = box(CAMERA, *(walker.at(sighting.at) or (9, 9)))
        drawn = cut(upper(whole, shown if sighting.at > 2.5 else 1.0))
        state = tracks.update(state, replace(sighting, boxes=(drawn,)), VIEW, Rules()).tracks
    (person,) = tracks.seen(state, CAMERA.floor())
    return whole, drawn, person.box


def test_of_whose_feet_are_cut_what_shows_is_told_as_it_shows_and_the_feet_below_the_picture() -> None:
    whole, drawn, told = told_of_cut(Walker(stops=[(0, 0.3, -1.2), (3, 0.5, -1.9)]))

    assert drawn.y2 == CAMERA.height
    assert (told.x1, told.y1, told.x2) == (drawn.x1, drawn.y1, drawn.x2)
    assert told.y2 == pytest.approx(whole.y2, rel=0.1)


@pytest.mark.parametrize("shown", [1.0, 0.6])
def test_of_whom_a_side_is_cut_the_box_goes_on_beyond_the_picture_and_down_to_the_feet(shown: float) -> None:
    whole, drawn, told = told_of_cut(Walker(stops=[(0, 1.8, 0.4), (3, 2.85, 0.4)]), shown)

    assert drawn.x2 == CAMERA.width
    assert CAMERA.width <= told.x2 < whole.x2 + 10
    assert abs(told.y2 - whole.y2) < 0.1 * (whole.y2 - whole.y1) + 0.5 * abs(drawn.y2 - whole.y2)


def test_a_sighting_that_is_not_later_or_of_another_shape_is_refused() -> None:
    first, second = sightings([], seconds=1, rate=1)
    state = tracks.update(Tracks(), second, VIEW, Rules()).tracks

    with pytest.raises(ValueError, match=r"a sighting at 0.0 s came after one at 1.0 s"):
        tracks.update(state, first, VIEW, Rules())
    square = Sighting(camera="cam", at=2.0, width=500, height=500, boxes=())
    with pytest.raises(FloorError, match="calibrate again"):
        tracks.update(state, square, VIEW, Rules())


odd = st.floats(allow_nan=True, allow_infinity=True) | st.floats(-100, 1100)
boxes = st.lists(st.builds(Box, x1=odd, y1=odd, x2=odd, y2=odd, score=st.floats(0, 1)), max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(boxes, max_size=8))
def test_any_boxes_give_unique_ids_and_finite_places_in_order_of_time(frames: list[list[Box]]) -> None:
    updates = followed(
        Sighting(camera="cam", at=n * 0.2, width=960, height=540, boxes=tuple(found)) for n, found in enumerate(frames)
    )

    for update in updates:
        people = update.tracks.people
        assert len({one.track for one in people}) == len(people)
        assert all(math.isfinite(value) for fix in update.fixes for value in (fix.x, fix.y, fix.spread.worst))
    times: dict[int, float] = {}
    for fix in (fix for update in updates for fix in update.fixes):
        assert fix.at > times.get(fix.track, -1.0)
        times[fix.track] = fix.at


@settings(max_examples=50, deadline=None)
@given(st.floats(0.01, 2), st.integers(1, 20))
def test_expecting_once_or_in_many_small_steps_is_the_same(seconds: float, steps: int) -> None:
    walk = Walk()
    start = msgspec.structs.replace(motion.at_rest(HERE, walk), vx=1.0, vy=-0.5)

    once = motion.predict(start, motion.step(seconds, walk))
    often = start
    for _ in range(steps):
        often = motion.predict(often, motion.step(seconds / steps, walk))

    assert msgspec.structs.astuple(often) == pytest.approx(msgspec.structs.astuple(once), abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-2, 2), min_size=16, max_size=16), st.floats(-3, 3), st.floats(-3, 3), st.floats(1, 9))
def test_a_closed_form_corrects_as_the_textbook_does(root: list[float], x: float, y: float, times: float) -> None:
    """R. Kalman, "A new approach to linear filtering and prediction problems", J. Basic Eng. 82 (1960)."""
    factor = np.array(root).reshape(4, 4)
    cov = factor @ factor.T + 0.01 * np.eye(4)
    entries = [(0, 0), (0, 1), (1, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 2), (2, 3), (3, 3)]
    before = Body(**dict(zip(Body.__struct_fields__, (0.5, -1.0, 0.3, 0.1, *(cov[e] for e in entries)), strict=True)))
    place = Place(x=x, y=y, xx=0.04, xy=0.01, yy=0.09)

    after = motion.correct(before, place, times)

    noise = times * np.array([[0.04, 0.01], [0.01, 0.09]])
    gain = cov[:, :2] @ np.linalg.inv(cov[:2, :2] + noise)
    mean = np.array([0.5, -1.0, 0.3, 0.1]) + gain @ np.array([x - 0.5, y + 1.0])
    left = cov - gain @ cov[:2]
    told = msgspec.structs.astuple(after)
    assert told[:4] == pytest.approx(mean.tolist())
    assert told[4:] == pytest.approx([left[e] for e in entries], abs=1e-9)


def test_nobody_is_expected_to_run_however_long_they_are_out_of_sight() -> None:
    walk = Walk()

    later = motion.predict(motion.at_rest(HERE, walk), motion.step(60.0, walk))

    assert math.sqrt(later.vxx) == pytest.approx(walk.speed)
