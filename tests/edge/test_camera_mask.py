from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.camera import choice
from edge.camera.detector import Detector
from edge.camera.detector import Settings as DetectorSettings
from edge.camera.eyes import Eyes
from edge.camera.mask import Mask
from edge.camera.scale import Patch, Size
from edge.inputs import Box
from models import load_passport, verified_bytes

WINDOW = ((0.5, 0.0), (1.0, 0.0), (1.0, 0.5), (0.5, 0.5))
share = st.floats(0, 1)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(share, share), min_size=3, max_size=6), st.lists(st.tuples(share, share), max_size=20))
def test_no_box_with_masked_feet_is_told_and_every_other_one_is(
    corners: list[tuple[float, float]], feet: list[tuple[float, float]]
) -> None:
    mask = Mask(polygons=(tuple(corners),))
    boxes = tuple(Box(x1=640 * x - 9, y1=480 * y - 60, x2=640 * x + 9, y2=480 * y, score=0.8) for x, y in feet)

    told = mask.spare(boxes, 640, 480)

    covered = mask.covers(np.array([((b.x1 + b.x2) / 1280, b.y2 / 480) for b in boxes]).reshape(-1, 2))
    assert told == tuple(box for box, hidden in zip(boxes, covered, strict=True) if not hidden)


def test_the_masked_pixels_are_the_polygons() -> None:
    shown = Mask(polygons=(WINDOW,)).shown(8, 4)

    assert (~shown).sum() == 8
    assert not shown[:2, 4:].any()


class Street:
    """A detector that sees one person in the shop and one behind the window."""

    net = Size(width=320, height=256)

    def detect(self, image: NDArray[np.uint8], patches: Sequence[Patch] = ()) -> tuple[Box, ...]:
        assert image.size
        assert patches
        return tuple(Box(x1=x - 10, y1=y - 80, x2=x + 10, y2=y, score=0.9) for x, y in ((100, 300), (500, 200)))


def test_who_walks_behind_the_window_is_not_told() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (480, 640, 3), dtype=np.uint8)

    masked = Eyes(Street(), mask=Mask(polygons=(WINDOW,)), people=()).see(picture, 0.0)
    bare = Eyes(Street(), mask=Mask(), people=()).see(picture, 0.0)

    assert [box.x2 for box in masked.boxes] == [110]
    assert len(bare.boxes) == 2


def test_the_quicker_model_wins_by_its_least_time_and_a_tie_goes_to_the_more_accurate() -> None:
    assert choice.quickest({"fp16": [0.020, 0.021], "int8": [0.200, 0.011]}).kind == "int8"
    slower = choice.quickest({"fp16": [0.090, 0.020], "int8": [0.021, 0.022]})
    assert slower.kind == "fp16"
    assert slower.reason == "fp16, the quickest here (fp16 20.0 ms, int8 21.0 ms of processor time a look)"
    assert choice.quickest({"fp16": [0.02], "int8": [0.02]}).kind == "fp16"


@pytest.mark.parametrize(("prices", "winner"), [((0.02, 0.01), "int8"), ((0.01, 0.02), "fp16")])
def test_the_model_that_is_quicker_here_is_the_one_that_stays(prices: tuple[float, float], winner: str) -> None:
    """A processor on which either of the two is made the quicker one, by its clock."""
    price, spent, made = dict(zip(choice.KINDS, prices, strict=True)), 0.0, []

    def make(kind: choice.Kind) -> Detector:
        made.append(kind)
        passport = load_passport(choice.passport_of(kind))
        return Detector(passport, verified_bytes(passport), DetectorSettings())

    def clock() -> float:
        nonlocal spent
        spent += price[made[-1]] / 2  # read before and after each look
        return spent

    detector, chosen = choice.chosen(make, clock)

    assert chosen.kind == winner
    assert made[-1] == winner
    assert detector.detect(np.full((480, 640, 3), 90, np.uint8)) == ()
