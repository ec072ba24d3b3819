import math
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.score import hota
from edge.score.frames import by_frame
from edge.score.hota import Hota
from edge.score.motchallenge import Row, parse, text_of
from tests.edge import walks

FRAMES = range(1, 41)


def measured(true: Iterable[Row], found: Iterable[Row]) -> Hota:
    return hota.measured(by_frame(true, found, FRAMES))


def box(frame: int, person: int, left: float) -> Row:
    return Row(frame=frame, id=person, left=left, top=0, width=20, height=50)


# seed: HOTA, DetA, AssA. Made once with TrackEval 1.0.0 from the text of the same walks.
BY_TRACKEVAL = {
    1: (0.4316915316, 0.5115937662, 0.3650202760),
    2: (0.4212753668, 0.5134722543, 0.3479350892),
    3: (0.5124792832, 0.5117430765, 0.5142026540),
    4: (0.5232841735, 0.5396131830, 0.5080898010),
    5: (0.3793240205, 0.4268130284, 0.3389344945),
    6: (0.4593598867, 0.4724546881, 0.4479209135),
}


@pytest.mark.parametrize("seed", BY_TRACKEVAL)
def test_the_figures_are_those_of_the_authors_own_program(seed: int) -> None:
    true = walks.truth(seed, people=6 + seed)
    found = walks.found(seed, true)

    figures = measured(parse(text_of(true)), parse(text_of(found)))

    assert (figures.hota, figures.detection, figures.association) == pytest.approx(BY_TRACKEVAL[seed], abs=1e-8)


def test_a_track_cut_in_two_halves_keeps_its_detection_and_half_of_its_association() -> None:
    true = [box(frame, 1, 0) for frame in range(1, 11)]
    found = [box(frame, 7 if frame <= 5 else 8, 0) for frame in range(1, 11)]

    figures = measured(true, found)

    assert figures.detection == 1.0
    assert figures.association == pytest.approx(0.5)  # 5 boxes together, of the 10 + 5 - 5 that either has
    assert figures.hota == pytest.approx(math.sqrt(0.5))


def test_nobody_found_and_nobody_there_are_worth_nothing() -> None:
    there = [box(frame, 1, 0) for frame in range(1, 11)]

    assert measured(there, []).hota == 0.0
    assert measured([], there).hota == 0.0
    assert measured([], []).hota == 0.0


def test_boxes_that_miss_half_of_the_person_count_at_the_lower_bounds_only() -> None:
    true = [box(frame, 1, 0) for frame in range(1, 11)]
    found = [Row(frame=row.frame, id=1, left=0, top=0, width=10, height=50) for row in true]  # an IoU of 0.5

    figures = measured(true, found)

    assert figures.found.sum(axis=0).tolist() == [10] * 10 + [0] * 9
    assert figures.hota == pytest.approx(10 / 19)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_truth_is_perfect_and_all_figures_are_shares(seed: int) -> None:
    true = walks.truth(seed)
    others = measured(true, walks.found(seed, true))

    assert measured(true, true).hota == pytest.approx(1.0)
    for figure in (others.hota, others.detection, others.association):
        assert 0 <= figure < 1
    assert np.all(others.kept <= others.found + 1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_the_names_do_not_matter(seed: int) -> None:
    true = walks.truth(seed)
    found = walks.found(seed, true)
    renamed = [box_named(row, -row.id) for row in found]

    assert measured(true, renamed).hota == pytest.approx(measured(true, found).hota)


def box_named(row: Row, name: int) -> Row:
    return Row(frame=row.frame, id=name, left=row.left, top=row.top, width=row.width, height=row.height)


def test_a_tracker_that_renames_everybody_in_every_frame_is_told_from_one_that_does_not() -> None:
    """The gate's own control."""
    true = walks.truth(3)
    shuffled = [box_named(row, 1000 + number) for number, row in enumerate(true)]

    figures = measured(true, shuffled)

    assert figures.detection == pytest.approx(1.0)
    assert figures.association < 0.2
