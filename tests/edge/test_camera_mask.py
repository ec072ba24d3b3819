from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.camera.eyes import Eyes
from edge.camera.mask import Mask
from edge.camera.scale import Patch, Size
from edge.inputs import Box

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
