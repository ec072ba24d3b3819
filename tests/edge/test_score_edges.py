import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.score import edges
from edge.score.motchallenge import Row

WIDTH, HEIGHT = 640, 480


def row(left: float, top: float, width: float, height: float) -> Row:
    return Row(frame=1, id=1, left=left, top=top, width=width, height=height)


@pytest.mark.parametrize("beyond", [(-40, 100, 80, 200), (600, 100, 80, 200), (9, -30, 80, 200), (9, 300, 80, 200)])
def test_one_box_that_leaves_the_picture_says_that_whole_people_were_drawn(
    beyond: tuple[float, float, float, float],
) -> None:
    assert edges.reach_beyond([row(9, 9, 80, 200), row(*beyond)], width=WIDTH, height=HEIGHT)


@pytest.mark.parametrize("near", [(0, 0, 640, 480), (-2, 100, 80, 200), (563, 281, 80, 201)])
def test_a_box_that_ends_a_pixel_or_two_off_the_edge_was_meant_to_end_there(
    near: tuple[float, float, float, float],
) -> None:
    assert not edges.reach_beyond([row(9, 9, 80, 200), row(*near)], width=WIDTH, height=HEIGHT)


def test_a_truth_of_larger_pictures_is_asked_about_and_one_straggler_is_not() -> None:
    inside = [row(9, 9, 80, 200)] * 99

    asked = edges.doubted([*inside, *[row(900, 300, 80, 200)] * 50], width=WIDTH, height=HEIGHT)

    assert asked == (
        "50 of the truth's 149 boxes lie beside the picture of 640x480 pixels: "
        "is it the truth of pictures of another size?"
    )
    assert edges.doubted([*inside, row(641, 9, 80, 200)], width=WIDTH, height=HEIGHT) is None
    assert edges.doubted([row(600, 300, 80, 200)], width=WIDTH, height=HEIGHT) is None  # cut, but shown


places = st.integers(-1000, 1000)
sizes = st.integers(1, 1000)


@given(st.lists(st.builds(row, places, places, sizes, sizes)))
def test_what_is_within_the_picture_reaches_nowhere_beyond_it_and_is_left_as_it_is(rows: list[Row]) -> None:
    shown = edges.within(rows, width=WIDTH, height=HEIGHT)

    assert all(each.width > 0 and each.height > 0 for each in shown)
    assert not edges.reach_beyond(shown, width=WIDTH, height=HEIGHT)
    assert edges.within(shown, width=WIDTH, height=HEIGHT) == shown


def test_nothing_is_left_of_a_box_beside_the_picture() -> None:
    assert edges.within([row(700, 100, 80, 200), row(600, 100, 80, 200)], width=WIDTH, height=HEIGHT) == (
        row(600, 100, 40, 200),
    )
