import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from edge.floor import assumed, plane
from edge.inputs import Box
from tests.edge.walkers import Pinhole, box


def crowd(camera: Pinhole, count: int = 60, seed: int = 1) -> list[Box]:
    """People of different statures all over the floor, seen with some blur."""
    random = np.random.default_rng(seed)
    found: list[Box] = []
    for _ in range(20 * count):  # a narrow lens cuts most people's heads or feet
        if len(found) == count:
            break
        seen = box(camera, random.uniform(-2, 2), random.uniform(0, 12), tall=random.normal(1.66, 0.08))
        blur = random.normal(0, 0.03 * (seen.y2 - seen.y1), 2)
        if seen.y1 > 5 and seen.y2 < camera.height - 5:
            found.append(Box(x1=seen.x1, y1=seen.y1 + blur[0], x2=seen.x2, y2=seen.y2 + blur[1], score=0.7))
    return found


@settings(max_examples=20, deadline=None)
@given(st.floats(2.2, 5.0), st.floats(10, 28), st.floats(700, 1200))
def test_people_of_usual_stature_give_the_metres_of_the_floor(up: float, tilt: float, focus: float) -> None:
    camera = Pinhole(up=up, tilt=math.radians(tilt), focus=focus, y=-6.0)
    people = crowd(camera)
    assume(len(people) >= 30)
    floor = assumed.floor(people, width=camera.width, height=camera.height)

    ends = np.array([camera.pixel(-1.0, 3.0, 0.0), camera.pixel(1.0, 3.0, 0.0)])
    left, right = plane.project(floor, ends)

    # Statures fix tilt and height; how wide the lens is they tell only weakly, and with it the scale across.
    assert math.dist(left, right) == pytest.approx(2.0, rel=0.5)


def test_without_people_it_is_a_usual_shop_camera() -> None:
    camera = assumed.mount([], width=960, height=540)

    assert camera.up == assumed.USUAL_HEIGHT
    assert camera.tilt == pytest.approx(assumed.USUAL_TILT, abs=0.02)


def near(camera: Pinhole, count: int, seed: int = 1) -> list[Box]:
    """People whose feet are below the picture; a detector ends some of their boxes a little above its edge."""
    random = np.random.default_rng(seed)
    found: list[Box] = []
    while len(found) < count:
        seen = box(camera, random.uniform(-0.5, 0.5), random.uniform(-3.0, -1.5), tall=random.normal(1.66, 0.08))
        if seen.y1 < 0 or seen.y2 < camera.height:
            continue
        ends = camera.height - max(0.0, random.normal(0, 0.04 * (camera.height - seen.y1)))
        found.append(Box(x1=seen.x1, y1=seen.y1, x2=seen.x2, y2=ends, score=0.7))
    return found


@pytest.mark.parametrize("tilt", [5, 15, 25])
def test_where_everybodys_feet_are_below_the_picture_it_is_a_usual_shop_camera(tilt: float) -> None:
    camera = Pinhole(width=640, height=480, focus=512.0, up=2.0, tilt=math.radians(tilt))

    guessed = assumed.mount(near(camera, 200), width=camera.width, height=camera.height)

    assert guessed.up == assumed.USUAL_HEIGHT
    assert guessed.tilt == pytest.approx(assumed.USUAL_TILT, abs=0.02)


def test_the_fewer_people_show_whole_the_less_they_say_against_what_is_usual() -> None:
    camera = Pinhole(tilt=math.radians(10), up=2.2)
    whole = crowd(camera, count=30)
    most_cut = [*whole, *near(Pinhole(tilt=math.radians(10), up=2.2, y=-4.5), 1000)]

    alone = assumed.mount(whole, width=960, height=540)
    among_cut = assumed.mount(most_cut, width=960, height=540)

    assert alone.tilt < among_cut.tilt < assumed.USUAL_TILT + math.radians(2)


def test_boxes_that_show_nobody_do_not_outvote_people() -> None:
    camera = Pinhole()
    odd = [Box(x1=10.0, y1=100.0 + n, x2=500.0, y2=130.0 + n, score=0.9) for n in range(20)]

    honest = assumed.mount(crowd(camera), width=960, height=540)
    robust = assumed.mount([*crowd(camera), *odd], width=960, height=540)

    assert robust.up == pytest.approx(honest.up, rel=0.15)
    assert robust.tilt == pytest.approx(honest.tilt, abs=math.radians(5))
