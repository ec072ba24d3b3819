"""One person in two cameras' pictures is one person."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.inputs import Sighting
from edge.tracking import tracks
from edge.tracking.people import Fix
from edge.tracking.rules import Rules
from edge.tracking.tracks import Tracks, Update
from edge.tracking.view import Array, Flags, View
from tests.edge.walkers import Eye, Pinhole, Walker, sightings

RATES = [2, 3.3, 10]
MARGIN = 0.75  # m beyond the border to which a camera goes on with somebody


@dataclass(frozen=True)
class Half:
    """One side of the border at x = 0; with `margin` infinite a camera answers for all the floor."""

    sign: int
    margin: float = MARGIN
    begins: float = 0.0  # m beyond the border at which people may still begin

    def holds(self, places: Array) -> Flags:
        return self.sign * places[:, 0] >= -self.begins

    def reaches(self, places: Array) -> Flags:
        return self.sign * places[:, 0] >= -self.margin


WEST, EAST = Pinhole(x=-1.5, focus=500), Pinhole(x=1.5, focus=500)  # both see 4 m of the floor beyond the border
CAMERAS = {"west": WEST, "east": EAST}
VIEWS = {
    "west": View(floor=WEST.floor(), region=Half(-1)),
    "east": View(floor=EAST.floor(), region=Half(1)),
}
ALONE = {name: View(floor=view.floor) for name, view in VIEWS.items()}  # nobody told them of each other


def seen(walkers: list[Walker], *, seconds: float, rate: float, blur: float = 0.02, seed: int = 0) -> list[Sighting]:
    """What both cameras see, a third of a frame apart, in order of time."""
    frames = []
    for number, (name, camera) in enumerate(CAMERAS.items()):
        eye = Eye(blur=blur, missed=0.05)
        late = number / rate / 3
        moved = [replace(w, stops=[(at - late, x, y) for at, x, y in w.stops]) for w in walkers]
        told = sightings(moved, seconds=seconds, rate=rate, camera=camera, eye=eye, seed=seed + number)
        frames += [replace(each, camera=name, at=each.at + late) for each in told]
    return sorted(frames, key=lambda each: each.at)


def followed(frames: list[Sighting], views: dict[str, View] = VIEWS) -> list[Update]:
    state, updates = Tracks(), []
    for sighting in frames:
        updates.append(tracks.update(state, sighting, views[sighting.camera], Rules()))
        state = updates[-1].tracks
    return updates


def fixes(updates: list[Update]) -> list[Fix]:
    return [fix for update in updates for fix in update.fixes]


@pytest.mark.parametrize("rate", RATES)
def test_who_walks_over_a_border_keeps_one_track(rate: float) -> None:
    walker = Walker(stops=[(0, -3, 3), (6, 3, 3), (12, -3, 2)])

    told = fixes(followed(seen([walker], seconds=12, rate=rate)))

    assert len({fix.track for fix in told}) == 1
    errors = [math.dist((fix.x, fix.y), walker.at(fix.at) or (9, 9)) for fix in told if fix.at <= 12]
    assert np.median(errors) < 0.2


def test_two_trackers_that_do_not_know_of_each_other_would_count_the_same_walk_twice() -> None:
    walker = Walker(stops=[(0, -3, 3), (6, 3, 3), (12, -3, 2)])

    each = [followed([s for s in seen([walker], seconds=12, rate=5) if s.camera == name], ALONE) for name in CAMERAS]

    assert sum(len({fix.track for fix in fixes(updates)}) for updates in each) == 2


@pytest.mark.parametrize("rate", RATES)
def test_who_stands_on_a_border_for_a_minute_is_one(rate: float) -> None:
    standing = Walker(stops=[(0, -0.05, 2.5), (60, 0.05, 2.5)])

    updates = followed(seen([standing], seconds=60, rate=rate, blur=0.04))

    assert len({fix.track for fix in fixes(updates)}) == 1
    assert max(len(update.tracks.people) for update in updates) == 1


@pytest.mark.parametrize("rate", RATES)
def test_two_who_cross_a_border_in_opposite_directions_stay_two(rate: float) -> None:
    eastward = Walker(stops=[(0, -3, 2.2), (6, 3, 2.2)])
    westward = Walker(stops=[(0, 3, 3.4), (6, -3, 3.4)])

    told = fixes(followed(seen([eastward, westward], seconds=6, rate=rate)))

    assert len({fix.track for fix in told}) == 2
    for track in {fix.track for fix in told}:
        places = [(fix.at, fix.x, fix.y) for fix in told if fix.track == track]
        walker = min((eastward, westward), key=lambda w: math.dist(places[0][1:], w.at(places[0][0]) or (9, 9)))
        assert max(math.dist(place, walker.at(at) or place) for at, *place in places) < 0.6


def test_cameras_that_disagree_by_a_foot_still_see_one_person() -> None:
    """Calibrations err; somebody whom the other camera puts beyond the margin's far end is no newcomer here."""
    shift = np.array([[1, 0, 0.3], [0, 1, 0], [0, 0, 1]])
    floor = replace(
        EAST.floor(), matrix=shift @ EAST.floor().matrix, inverse=EAST.floor().inverse @ np.linalg.inv(shift)
    )
    views = {**VIEWS, "east": View(floor=floor, region=Half(1))}
    walker = Walker(stops=[(0, -3, 3), (8, 3, 3)])

    told = fixes(followed(seen([walker], seconds=8, rate=5, blur=0.01), views))

    assert len({fix.track for fix in told}) == 1


def test_somebody_whom_a_camera_does_not_answer_for_is_not_missed_by_it() -> None:
    away = Walker(stops=[(0, 2.5, 3), (30, 2.5, 3)])
    frames = [s for s in seen([away], seconds=30, rate=5) if s.camera == "east" or s.at > 10]
    looks = [s for s in frames if s.camera == "west" or s.at <= 10 or s.at > 11.5]  # east blinks for 1.5 s

    updates = followed(looks)

    blink = [update for update, sighting in zip(updates, looks, strict=True) if 10 < sighting.at <= 11.5]
    assert blink
    assert not any(update.missed or update.ended for update in blink)
    assert len({fix.track for fix in fixes(updates)}) == 1


def test_a_look_in_reach_that_does_not_find_somebody_tells_so() -> None:
    walker = Walker(stops=[(0, -2, 3), (4, -2, 3)])

    updates = followed([s for s in seen([walker], seconds=6, rate=5) if s.camera == "west"])

    (track,) = {fix.track for fix in fixes(updates)}
    assert [update.tracks.at for update in updates if update.missed == (track,)][-1] == pytest.approx(6.0)
    assert not any(update.missed and update.fixes for update in updates)


def test_time_of_each_camera_must_advance_and_no_camera_comes_late() -> None:
    first, second = [s for s in seen([], seconds=1, rate=1) if s.camera == "west"]
    state = tracks.update(Tracks(), second, VIEWS["west"], Rules()).tracks

    with pytest.raises(ValueError, match=r"a sighting at 1\.0 s came after one at 1\.0 s"):
        tracks.update(state, second, VIEWS["west"], Rules())
    with pytest.raises(ValueError, match=r"a sighting at 0\.0 s came after another camera's at 1\.0 s"):
        tracks.update(state, replace(first, camera="east"), VIEWS["east"], Rules())
    tracks.update(state, replace(second, camera="east"), VIEWS["east"], Rules())


@settings(max_examples=25, deadline=None)
@given(
    st.floats(-1.5, 1.5),
    st.floats(1, 4),
    st.floats(-1.5, 1.5),
    st.floats(1, 4),
    st.sampled_from(RATES),
    st.integers(0, 99),
)
def test_a_walk_anywhere_near_the_border_is_one_track(
    x: float, y: float, to_x: float, to_y: float, rate: float, seed: int
) -> None:
    seconds = 1.5 + math.dist((x, y), (to_x, to_y)) / 1.2
    walker = Walker(stops=[(0, x, y), (seconds, to_x, to_y)])

    updates = followed(seen([walker], seconds=seconds, rate=rate, seed=seed))

    assert len({fix.track for fix in fixes(updates)}) <= 1
