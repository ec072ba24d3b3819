"""Who hides whom in a picture."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.tracking import outlines, tracks
from edge.tracking.people import People
from edge.tracking.rules import Rules
from edge.tracking.tracks import Tracks
from edge.tracking.view import View
from tests.edge.walkers import Pinhole, Walker, box, sightings

CAMERA = Pinhole()


def known(*places: tuple[float, float], tall: float = 1.7) -> People:
    """People who have stood at `places` for two seconds."""
    state = Tracks()
    walkers = [Walker(stops=[(0, x, y), (2, x, y)], tall=tall) for x, y in places]
    for sighting in sightings(walkers, seconds=2, rate=5):
        state = tracks.update(state, sighting, View(floor=CAMERA.floor()), Rules()).tracks
    return state.people


@pytest.mark.parametrize("place", [(0.0, 1.0), (-1.5, 3.0), (1.0, 5.0)])
def test_an_expected_box_is_the_one_that_a_detector_draws(place: tuple[float, float]) -> None:
    (expected,) = outlines.expected(known(place), CAMERA.floor())

    truth = box(CAMERA, *place)
    # Half of the difference from a first stature that one box alone told.
    assert expected == pytest.approx([truth.x1, truth.y1, truth.x2, truth.y2], abs=0.06 * (truth.y2 - truth.y1))


def test_the_nearer_of_two_hides_the_farther_and_not_the_other_way_round() -> None:
    boxes = np.array([[100.0, 100.0, 140.0, 220.0], [110.0, 60.0, 150.0, 160.0], [400.0, 60.0, 440.0, 160.0]])

    seen = outlines.visible(boxes, outlines.overlaps(boxes))

    assert seen.tolist() == pytest.approx([1.0, 1 - 30 * 60 / (40 * 100), 1.0])


def test_without_an_upright_nobody_knows_what_a_picture_would_show() -> None:
    floor = replace(CAMERA.floor(), rise=None)

    boxes = outlines.expected(known((0.0, 2.0)), floor)

    assert np.isnan(boxes).all()
    assert outlines.visible(boxes, outlines.overlaps(boxes)).tolist() == [1.0]


edges = st.floats(0, 500)
boxes = st.lists(st.tuples(edges, edges, st.floats(1, 200), st.floats(1, 300)), min_size=1, max_size=8)


@settings(max_examples=100, deadline=None)
@given(boxes)
def test_whatever_stands_where_the_nearest_shows_whole_and_shares_stay_shares(
    found: list[tuple[float, float, float, float]],
) -> None:
    table = np.array([(x, y, x + wide, y + high) for x, y, wide, high in found])

    shares = outlines.overlaps(table)
    seen = outlines.visible(table, shares)

    assert ((shares >= 0) & (shares <= 1 + 1e-9)).all()
    assert ((seen >= -1e-9) & (seen <= 1)).all()
    assert seen[np.argmax(table[:, 3])] == 1.0
