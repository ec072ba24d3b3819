"""A floor in plain numbers is the same floor."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from edge.floor import lens, optics, plane
from edge.floor.plane import Floor
from tests.edge.walkers import Pinhole

CAMERA = Pinhole()
strengths = st.one_of(st.just(0.0), st.floats(-0.4, 0.1))
across, ahead, statures = st.floats(-1.6, 1.6), st.floats(-1, 4), st.floats(1.0, 2.0)


def bent(strength: float) -> Floor:
    glass = lens.of_picture(strength, width=CAMERA.width, height=CAMERA.height) if strength else None
    return plane.from_matrix(CAMERA.floor().matrix, width=CAMERA.width, height=CAMERA.height, lens=glass)


@settings(max_examples=100, deadline=None)
@given(strength=strengths, x=across, y=ahead, tall=statures)
def test_one_point_in_plain_numbers_is_where_the_arrays_put_it(
    strength: float, x: float, y: float, tall: float
) -> None:
    floor, at = bent(strength), np.array([(x, y)])
    pixel = plane.unproject(floor, at)
    seen = optics.of_floor(floor)
    (u, v) = pixel[0].tolist()

    under, beneath = optics.ground(seen, u, v), optics.beneath(seen, x, y)
    ends = optics.upright(seen, x, y, tall, 0.15)

    assert under is not None
    assert beneath is not None
    assert ends is not None
    assert (under.x, under.y) == pytest.approx(plane.project(floor, pixel)[0])
    assert under.slopes == pytest.approx(plane.jacobian(floor, pixel).ravel().tolist())
    assert beneath.slopes == pytest.approx(under.slopes, rel=1e-6)
    for floor_there in (under, beneath):
        assert (floor_there.u, floor_there.v) == pytest.approx((u, v))
    foot_u, close_v, *head, slopes = ends
    assert foot_u == pytest.approx(u)
    close = optics.nearer(seen, beneath, 0.15)
    assert close is not None
    assert close_v == pytest.approx(close[1])
    assert head == pytest.approx(plane.heads(floor, at, np.array([tall]))[0].tolist())
    assert slopes == pytest.approx(beneath.slopes)


@settings(max_examples=100, deadline=None)
@given(strength=strengths, x=across, y=ahead, tall=statures)
def test_a_head_tells_the_stature_and_the_stature_the_feet(strength: float, x: float, y: float, tall: float) -> None:
    seen = optics.of_floor(bent(strength))
    ends, under = optics.upright(seen, x, y, tall, 0.15), optics.beneath(seen, x, y)
    assert ends is not None
    assert under is not None
    head = ends[2:4]

    line, lift = optics.sightline(seen, *head), optics.lift(seen, tall)

    assert optics.stature(seen, x, y, head) == pytest.approx(tall, abs=1e-6)
    assert lift.share * line[2] > 0
    assert lift.share * line[0] + lift.across == pytest.approx(x, abs=1e-6)
    assert lift.share * line[1] + lift.ahead == pytest.approx(y, abs=1e-6)
    below = optics.head_above(seen, (under.u, under.v), head, 2.05)
    assert below is not None
    # Straight up from the foot as far as the head's row, which is the head itself.
    assert below[1] == pytest.approx(head[1], abs=1.0 if strength else 1e-6)


@settings(max_examples=200, deadline=None)
@given(
    strength=strengths,
    middle=st.floats(-200, 1200),
    low=st.floats(-100, 900),
    high=st.floats(1, 600),
    tilt=st.sampled_from([0.02, math.radians(22), math.radians(60), math.radians(89)]),
)
def test_the_foot_of_a_box_is_where_its_lean_puts_it_whether_written_out_or_not(
    strength: float, middle: float, low: float, high: float, tilt: float
) -> None:
    steep = Pinhole(tilt=tilt)
    glass = lens.of_picture(strength, width=steep.width, height=steep.height) if strength else None
    seen = optics.of_floor(plane.from_matrix(steep.floor().matrix, width=steep.width, height=steep.height, lens=glass))
    top = low - high

    foot = optics.foot(seen, middle, top, low, 1.65)

    head = optics.head_above(seen, (middle, low), (middle, top), 1.65)
    lean = 0.0 if head is None else (middle - head[0]) / 2
    truth = optics.ground(seen, middle + max(-high, min(lean, high)), low)
    assert (foot is None) == (truth is None)
    if foot is not None and truth is not None:
        assert msgspec.structs.astuple(foot)[:5] == pytest.approx(msgspec.structs.astuple(truth)[:5], rel=1e-6)
        assert foot.slopes == pytest.approx(truth.slopes, rel=1e-6)


@settings(max_examples=50, deadline=None)
@given(strength=strengths, x=across, y=ahead, metres=st.floats(0.05, 0.5))
def test_the_nearer_floor_is_so_many_metres_away_and_lower_in_the_picture(
    strength: float, x: float, y: float, metres: float
) -> None:
    floor = bent(strength)
    seen = optics.of_floor(floor)
    under = optics.beneath(seen, x, y)
    assert under is not None

    pixel = optics.nearer(seen, under, metres)

    assert pixel is not None
    if not strength:  # a lens bends the columns
        assert pixel[0] == pytest.approx(under.u)
    assert pixel[1] > plane.unproject(floor, np.array([(x, y)]))[0, 1]
    assert math.dist(plane.project(floor, np.array([pixel]))[0].tolist(), (x, y)) == pytest.approx(metres, abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(tilt=st.floats(0.02, 0.5), v=st.floats(-2000, 540))
def test_what_is_higher_than_the_camera_is_found_by_lines_that_meet_the_floor_behind_it(tilt: float, v: float) -> None:
    low = Pinhole(up=1.5, tilt=tilt, y=-4)
    floor = low.floor()
    seen = optics.of_floor(floor)
    line, lift = optics.sightline(seen, 480.0, v), optics.lift(seen, 1.9)
    assume(lift.share * line[2] > 0)

    place = lift.share * line[0] + lift.across, lift.share * line[1] + lift.ahead

    head = plane.heads(floor, np.array([place]), np.array([1.9]))[0]
    assert lift.share < 0
    assert head == pytest.approx((480.0, v), abs=1e-3)


def test_there_is_no_floor_above_the_horizon_nor_behind_the_camera() -> None:
    level = optics.of_floor(Pinhole(tilt=0.05).floor())

    assert optics.ground(level, 480.0, 10.0) is None
    assert optics.beneath(level, 0.0, -50.0) is None
    assert optics.upright(level, 0.0, -50.0, 1.7, 0.15) is None
