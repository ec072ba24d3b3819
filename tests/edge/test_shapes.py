import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.floor import shapes
from edge.floor.shapes import Line, Point, ShapeError, Zone

SQUARE = ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0))


@pytest.mark.parametrize(
    ("corners", "told"),
    [
        (((0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 2.0)), "the border crosses itself, the side from corner 1"),
        (SQUARE[:2], "at least 3 corners, here are 2"),
        ((*SQUARE, SQUARE[0]), "two of its corners are the same point"),
        (((0.0, 0.0), (0.1, 0.0), (0.1, 0.1)), r"area is 0\.0050 m²"),
        (((0.0, 0.0), (2.0, 0.0), (1.0, 0.0), (1.0, 1.0)), "runs back over itself"),
        (((0.0, 0.0), (math.nan, 0.0), (1.0, 1.0)), "is no point on a floor"),
        # A corner on another side: which side of it is inside?
        (((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (1.0, 0.0), (0.0, 2.0)), "the border crosses itself"),
    ],
)
def test_a_polygon_that_is_none_is_refused_with_the_reason(corners: tuple[Point, ...], told: str) -> None:
    with pytest.raises(ShapeError, match=rf"zone 'till': .*{told}"):
        Zone(id="till", corners=corners)


def test_a_line_without_length_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"line 'door': its ends are less than 0.1 m apart"):
        Line(id="door", a=(1.0, 1.0), b=(1.05, 1.0))


def test_left_is_left_for_somebody_who_walks_along_a_line_on_a_plan_with_y_down() -> None:
    eastward = Line(id="door", a=(0.0, 5.0), b=(4.0, 5.0))

    assert eastward.side((1.0, 4.0)) == pytest.approx(1.0)  # up the page
    assert eastward.side((1.0, 7.0)) == pytest.approx(-2.0)
    assert eastward.along((1.0, 7.0)) == pytest.approx(1.0)


@st.composite
def stars(draw: st.DrawFn) -> tuple[Point, ...]:
    """Polygons that no ray from the origin meets twice, so that what lies inside is known."""
    radii = draw(st.lists(st.floats(0.5, 5), min_size=3, max_size=12))
    turn = 2 * math.pi / len(radii)
    return tuple((r * math.cos(i * turn), r * math.sin(i * turn)) for i, r in enumerate(radii))


@settings(max_examples=100, deadline=None)
@given(stars(), st.floats(0.05, 1.9), st.integers(0, 11))
def test_a_corner_moved_inwards_is_inside_and_outwards_outside(
    corners: tuple[Point, ...], share: float, number: int
) -> None:
    x, y = Zone(id="star", corners=corners).corners[number % len(corners)]
    if abs(share - 1) < 0.02:
        share = 1.5
    depth = shapes.depth(np.array(corners), np.array([(share * x, share * y)]))[0]

    assert (depth > 0) == (share < 1)
    assert abs(depth) <= abs(share - 1) * math.hypot(x, y) + 1e-9  # never farther than the corner itself


def test_depth_is_the_distance_to_the_nearest_side() -> None:
    depth = shapes.depth(np.array(SQUARE), np.array([(1.0, 1.0), (0.25, 1.0), (3.0, 1.0), (5.0, 6.0)]))

    assert depth == pytest.approx([1.0, 0.25, -1.0, -5.0])
    assert shapes.area(SQUARE) == pytest.approx(4.0)
    assert shapes.perimeter(SQUARE) == pytest.approx(8.0)
