import math

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.floor import optics
from edge.tracking import feet as footing
from edge.tracking.feet import Blur
from tests.edge.walkers import Pinhole, box, upper

CAMERA = Pinhole()
SEEN = optics.of_floor(CAMERA.floor())

places = st.tuples(st.floats(-1.5, 1.5), st.floats(0.0, 6.0), st.floats(0.9, 2.0), st.floats(0.4, 1.0))


def away(foot: footing.Foot) -> float:
    return math.dist((foot.place.x, foot.place.y), (CAMERA.x, CAMERA.y))


@settings(max_examples=150, deadline=None)
@given(st.lists(places, max_size=6))
def test_who_is_hidden_stands_nearer_than_their_box_ends_and_behind_who_hides_them(
    people: list[tuple[float, float, float, float]],
) -> None:
    boxes = [upper(box(CAMERA, x, y, tall=tall), shown) for x, y, tall, shown in people]
    feet = footing.of_boxes(boxes, SEEN, Blur())

    hidden = [footing.behind(foot, SEEN, Blur()) for foot in feet]

    for foot, behind in zip(feet, hidden, strict=True):
        assert behind.box == foot.box
        if behind is not foot:
            assert behind.tall is None
            assert away(behind) < away(foot) + 1e-6
            assert behind.place.xx + behind.place.yy > 0.0
            assert any(away(other) < away(behind) + 0.3 for other in feet if other is not foot)


def test_nobody_is_hidden_where_nobody_is_nearer() -> None:
    feet = footing.of_boxes([upper(box(CAMERA, 0.0, 2.0), 0.6), box(CAMERA, 1.2, 2.0)], SEEN, Blur())

    assert [footing.behind(foot, SEEN, Blur()) for foot in feet] == feet
