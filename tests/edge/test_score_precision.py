import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.score import precision
from edge.score.frames import by_frame
from edge.score.motchallenge import Row, parse, text_of
from edge.score.precision import Told
from tests.edge import walks

FRAMES = range(1, 41)


def told(true: list[Row] | tuple[Row, ...], found: list[Row] | tuple[Row, ...]) -> Told:
    scores = [tuple(row.conf for row in found if row.frame == frame) for frame in FRAMES]
    return precision.told(zip(by_frame(true, found, FRAMES), scores, strict=True))


# seed: AP at 0.5, mean AP over 0.5:0.95. Made once with pycocotools 2.0.11 from the text of the same boxes.
BY_COCO = {
    1: (0.668918163002741, 0.2349934353890765),
    2: (0.6958780777660941, 0.2920791169613857),
    3: (0.6556589639219248, 0.26683473318875683),
}


@pytest.mark.parametrize("seed", BY_COCO)
def test_average_precision_is_that_of_cocos_own_program(seed: int) -> None:
    true = walks.truth(seed, people=6 + seed)
    found = walks.told(seed, walks.found(seed, true))

    figures = precision.precision(told(parse(text_of(true)), parse(text_of(found))), threshold=0.5)

    assert (figures.average, figures.average_all) == pytest.approx(BY_COCO[seed], abs=1e-9)


def box(frame: int, conf: float, left: float = 0) -> Row:
    return Row(frame=frame, id=frame, left=left, top=0, width=20, height=50, conf=conf)


def test_a_wrong_box_before_the_right_one_halves_the_precision() -> None:
    boxes = told([box(1, 1), box(2, 1)], [box(1, 0.9, left=500), box(1, 0.8), box(2, 0.3)])

    figures = precision.precision(boxes, threshold=0.5)

    # Precision 1/2 up to a recall of 1/2 and 2/3 at 1, made to fall: 2/3 everywhere.
    assert (figures.average, figures.area) == pytest.approx((2 / 3, 2 / 3))
    assert (figures.precision, figures.recall) == (0.5, 0.5)


def test_a_second_box_on_the_same_person_is_wrong() -> None:
    figures = precision.precision(told([box(1, 1)], [box(1, 0.9), box(1, 0.8)]), threshold=0.5)

    assert (figures.average, figures.precision, figures.recall) == (1.0, 0.5, 1.0)


def test_the_area_has_the_last_recall_and_cocos_mean_has_its_101_points() -> None:
    boxes = told([box(1, 1), box(2, 1), box(3, 1)], [box(1, 0.9), box(2, 0.8), box(3, 0.7, left=500)])

    figures = precision.precision(boxes, threshold=0.5)

    # Precision 1 up to a recall of 2/3 and nothing beyond: 67 of the 101 points lie there.
    assert figures.area == pytest.approx(2 / 3)
    assert figures.average == pytest.approx(67 / 101)


def test_without_persons_or_without_boxes_nothing_is_right() -> None:
    for boxes in (told([], [box(1, 0.9)]), told([box(1, 1)], []), told([], [])):
        figures = precision.precision(boxes, threshold=0.5)
        assert (figures.average, figures.area, figures.average_all, figures.precision, figures.recall) == (0,) * 5


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_truth_told_is_perfect_and_anything_else_is_a_share(seed: int) -> None:
    true = walks.truth(seed)
    others = precision.precision(told(true, walks.told(seed, walks.found(seed, true))), threshold=0.3)
    perfect = precision.precision(told(true, true), threshold=0.3)

    assert (perfect.average_all, perfect.precision, perfect.recall) == pytest.approx((1, 1, 1))
    assert 0 <= others.average_all <= others.average < 1


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_a_frame_that_counts_twice_is_a_frame_that_is_there_twice(seed: int) -> None:
    true = walks.truth(seed)
    found = walks.told(seed, walks.found(seed, true))
    weights = np.random.default_rng(seed).integers(0, 3, len(FRAMES)).astype(np.float64)
    copies = [(frame, copy) for frame in FRAMES for copy in range(int(weights[frame - 1]))]

    def again(rows: list[Row]) -> list[Row]:
        return [
            Row(
                frame=1 + 3 * frame + copy,
                id=row.id,
                left=row.left,
                top=row.top,
                width=row.width,
                height=row.height,
                conf=row.conf,
            )
            for frame, copy in copies
            for row in rows
            if row.frame == frame
        ]

    frames = [1 + 3 * frame + copy for frame, copy in copies]
    more = again(found)
    scores = [tuple(row.conf for row in more if row.frame == frame) for frame in frames]
    repeated = precision.told(zip(by_frame(again(true), more, frames), scores, strict=True))

    expected = precision.average(repeated, np.ones(len(frames)))
    assert precision.average(told(true, found), weights) == pytest.approx(expected)
