import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.camera import exposure


def scene(light: float) -> NDArray[np.uint8]:
    """A ramp from black to so much of white."""
    ramp = np.linspace(0, 255 * light, 320)
    return np.tile(ramp[None, :, None], (256, 1, 3)).astype(np.uint8)


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1))
def test_a_brighter_picture_is_lifted_less_and_nothing_is_made_darker(one: float, other: float) -> None:
    low, high = sorted((one, other))

    assert exposure.STEEPEST <= exposure.exponent(low) <= exposure.exponent(high) <= 1.0


@settings(max_examples=40, deadline=None)
@given(st.floats(0.15, 1))
def test_a_lifted_picture_keeps_its_order_of_greys_and_comes_near_an_ordinary_brightness(light: float) -> None:
    picture = scene(light)
    before = picture.copy()

    exposure.lift(picture)

    assert (np.diff(picture[0, :, 0].astype(int)) >= 0).all()
    assert (picture >= before).all()
    assert picture.mean() / 255 >= min(exposure.ORDINARY, before.mean() / 255 + 0.2) - 0.1


def test_a_picture_of_ordinary_brightness_stays_as_it_is() -> None:
    picture = scene(1.0)
    before = picture.copy()

    exposure.lift(picture)

    assert (picture == before).all()


def test_a_black_picture_stays_black() -> None:
    picture = np.zeros((8, 8, 3), np.uint8)

    exposure.lift(picture)

    assert not picture.any()


def test_a_part_of_a_larger_picture_is_lifted_in_place() -> None:
    whole = np.full((8, 8, 3), 20, np.uint8)

    exposure.lift(whole[:4, :4])

    assert (whole[:4, :4] > 60).all()
    assert (whole[4:] == 20).all()
    assert (whole[:, 4:] == 20).all()
