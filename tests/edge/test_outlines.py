"""Who hides whom in a picture."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.floor import optics
from edge.inputs import Box
from edge.tracking import outlines, tracks
from edge.tracking.outlines import Outline
from edge.tracking.overlap import area, iou, overlapping
from edge.tracking.people import Followed
from edge.tracking.rules import Rules
from edge.tracking.tracks import Tracks
from edge.tracking.view import View
from tests.edge.walkers import Pinhole, Walker, box, sightings

CAMERA = Pinhole()


def edges(box: Box) -> tuple[float, float, float, float]:
    return box.x1, box.y1, box.x2, box.y2


def drawn(x1: float, y1: float, x2: float, y2: float) -> Outline:
    return Outline(x1=x1, y1=y1, x2=x2, y2=y2, score=0.9, slopes=(0.0, 0.0, 0.0, 0.0))


def drawn_at(x: float, y: float, wide: float, high: float) -> Outline:
    return drawn(x, y, x + wide, y + high)


def known(*places: tuple[float, float], tall: float = 1.7) -> tuple[Followed, ...]:
    """People who have stood at `places` for two seconds."""
    state = Tracks()
    walkers = [Walker(stops=[(0, x, y), (2, x, y)], tall=tall) for x, y in places]
    for sighting in sightings(walkers, seconds=2, rate=5):
        state = tracks.update(state, sighting, View(floor=CAMERA.floor()), Rules()).tracks
    return state.people


@pytest.mark.parametrize("place", [(0.0, 1.0), (-1.5, 3.0), (1.0, 5.0)])
def test_an_expected_box_is_the_one_that_a_detector_draws(place: tuple[float, float]) -> None:
    (person,) = known(place)
    outline = outlines.expected(person, optics.of_floor(CAMERA.floor()))

    truth = box(CAMERA, *place)
    assert outline is not None
    # Half of the difference from a first stature that one box alone told.
    off = 0.06 * (truth.y2 - truth.y1)
    assert edges(outline) == pytest.approx(edges(truth), abs=off)


def test_the_nearer_of_two_hides_the_farther_and_not_the_other_way_round() -> None:
    near, far, away = drawn(100, 100, 140, 220), drawn(110, 60, 150, 160), drawn(400, 60, 440, 160)

    visible, crowded = outlines.hidden([near, far, away], [True] * 3)

    assert visible == pytest.approx([1.0, 1 - 30 * 60 / (40 * 100), 1.0])
    assert crowded == [True, True, False]


def test_who_was_not_seen_of_late_hides_nobody() -> None:
    near, far = drawn(100, 100, 140, 220), drawn(110, 60, 150, 160)

    assert outlines.hidden([near, far], [True, True])[0][1] < 1.0
    assert outlines.hidden([near, far], [False, True])[0] == [1.0, 1.0]


def test_without_an_upright_nobody_knows_what_a_picture_would_show() -> None:
    floor = replace(CAMERA.floor(), rise=None)
    (person,) = known((0.0, 2.0))

    outline = outlines.expected(person, optics.of_floor(floor))

    assert outline is None
    assert outlines.hidden([outline], [True]) == ([1.0], [False])


places = st.floats(0, 500)
boxes = st.lists(st.builds(drawn_at, places, places, st.floats(1, 200), st.floats(1, 300)), min_size=1, max_size=8)


@settings(max_examples=100, deadline=None)
@given(boxes)
def test_whatever_stands_where_the_nearest_shows_whole_and_shares_stay_shares(found: list[Outline]) -> None:
    visible, _ = outlines.hidden(found, [True] * len(found))

    assert all(-1e-9 <= share <= 1 for share in visible)
    nearest = max(range(len(found)), key=lambda number: found[number].y2)
    assert visible[nearest] == 1.0


@settings(max_examples=100, deadline=None)
@given(boxes)
def test_a_sweep_finds_every_overlap_that_looking_at_all_pairs_does(flat: list[Outline]) -> None:
    found = overlapping(flat)

    assert all(flat[far].y2 <= flat[near].y2 for far, near, _ in found)
    told = {(min(i, j), max(i, j)): both for i, j, both in found}
    ratios = iou(*[np.array([edges(one) for one in flat])] * 2)
    for i, j in itertools.combinations(range(len(flat)), 2):
        both = told.get((i, j), 0.0)
        assert both / (area(flat[i]) + area(flat[j]) - both) == pytest.approx(ratios[i, j], abs=1e-9)
