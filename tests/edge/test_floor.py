import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from edge.floor import calibrated, fitting, optics, plane
from edge.floor.plane import FloorError, PointPair
from edge.inputs import Sighting
from edge.tracking import tracks
from edge.tracking.rules import Rules
from edge.tracking.view import View
from tests.edge.walkers import Pinhole, box

CAMERA = Pinhole()
PLACES = [(-2.0, 0.0), (2.0, 0.0), (2.0, 5.0), (-2.0, 5.0), (0.5, 2.5)]


def pairs(camera: Pinhole = CAMERA, places: list[tuple[float, float]] | None = None) -> list[PointPair]:
    return [PointPair(pixel=camera.pixel(x, y, 0.0), place=(x, y)) for x, y in places or PLACES]


cameras = st.builds(
    Pinhole,
    focus=st.floats(400, 2000),
    x=st.floats(-3, 3),
    y=st.floats(-8, -4),
    up=st.floats(2, 6),
    heading=st.floats(math.radians(60), math.radians(120)),
    tilt=st.floats(math.radians(12), math.radians(70)),
)


@settings(max_examples=100, deadline=None)
@given(camera=cameras, x=st.floats(-2, 2), y=st.floats(0, 5))
def test_a_place_on_the_floor_survives_the_way_to_the_picture_and_back(camera: Pinhole, x: float, y: float) -> None:
    floor = fitting.fit(pairs(camera), width=camera.width, height=camera.height).floor
    pixel = np.array([camera.pixel(x, y, 0.0)])

    assert plane.project(floor, pixel)[0] == pytest.approx((x, y), abs=1e-5)
    assert plane.unproject(floor, np.array([(x, y)]))[0] == pytest.approx(pixel[0], abs=1e-3)


@settings(max_examples=50, deadline=None)
@given(camera=cameras, tall=st.floats(1.0, 2.0), x=st.floats(-2, 2), y=st.floats(0, 5))
def test_a_head_tells_the_stature_and_the_stature_the_feet(camera: Pinhole, tall: float, x: float, y: float) -> None:
    seen = optics.of_floor(camera.floor())
    assume(tall < camera.up - 0.3)
    head = camera.pixel(x, y, tall)

    line, lift = optics.sightline(seen, *head), optics.lift(seen, tall)

    assert optics.stature(seen, x, y, head) == pytest.approx(tall, abs=1e-3)
    assert lift.share * line[0] + lift.across == pytest.approx(x, abs=1e-3)
    assert lift.share * line[1] + lift.ahead == pytest.approx(y, abs=1e-3)


@settings(max_examples=50, deadline=None)
@given(camera=cameras, x=st.floats(-2, 2), y=st.floats(0, 5))
def test_the_jacobian_is_how_far_a_pixel_reaches(camera: Pinhole, x: float, y: float) -> None:
    floor, (u, v) = camera.floor(), camera.pixel(x, y, 0.0)
    around = np.array([(u - 0.5, v), (u + 0.5, v), (u, v - 0.5), (u, v + 0.5)])
    left, right, above, below = plane.project(floor, around)

    slopes = plane.jacobian(floor, np.array([(u, v)]))[0]

    assert slopes == pytest.approx(np.stack([right - left, below - above], axis=1), rel=1e-2, abs=1e-4)


def test_each_point_has_its_error_in_metres_and_the_worst_is_named() -> None:
    wrong = [*pairs(), PointPair(pixel=CAMERA.pixel(0.0, 1.0, 0.0), place=(0.3, 1.0))]

    fit = fitting.fit(wrong, width=CAMERA.width, height=CAMERA.height)

    assert fit.worst == 5
    assert 0.1 < fit.errors[5] < 0.3
    assert max(fitting.fit(pairs(), width=CAMERA.width, height=CAMERA.height).errors) < 1e-9


def test_a_picture_scaled_down_has_the_same_floor() -> None:
    floor = CAMERA.floor()
    half = plane.at_size(floor, CAMERA.width // 2, CAMERA.height // 2)

    u, v = CAMERA.pixel(1.0, 2.0, 0.0)
    assert plane.project(half, np.array([(u / 2, v / 2)]))[0] == pytest.approx((1.0, 2.0))
    with pytest.raises(FloorError, match="960x540 pixels, the picture has 640x480"):
        plane.at_size(floor, 640, 480)


def test_nothing_stands_above_the_horizon() -> None:
    level = Pinhole(tilt=0.05).floor()

    assert np.isnan(plane.project(level, np.array([(480.0, 10.0)]))).all()
    assert not plane.sees(level, np.array([(0.0, -50.0)])).any()
    assert plane.sees(CAMERA.floor(), np.array([(0.0, 2.0)])).all()


FAR = np.array([[1.0, 0, 5e5], [0, 1, 5e6], [0, 0, 1]])  # a national grid's place of the same floor


def folding() -> np.ndarray:
    """A floor whose horizon runs through the lower half of the picture, from its left to its bottom edge."""
    return np.array([[0.01, 0.0, 0.0], [0.0, 0.01, 0.0], [-1 / 480, 1 / 1000, 1.0]])


@pytest.mark.parametrize(
    ("given_pairs", "told"),
    [
        (pairs()[:3], "at least 4 point pairs, here are 3"),
        ([PointPair(pixel=(x, 100 + x), place=(x, y)) for x, y in PLACES], "pixels lie on one line"),
        ([PointPair(pixel=p.pixel, place=(p.place[0], 1.0)) for p in pairs()], "floor points lie on one line"),
        (
            [
                PointPair(pixel=a.pixel, place=b.place)
                for a, b in zip(pairs()[:4], (pairs()[i] for i in (0, 2, 1, 3)), strict=True)
            ],
            "fold",
        ),
        (
            pairs(places=[(-2.0, 0.0), (0.0, 0.0), (2.0, 0.0), (0.0, 4.0)]),
            "three of the four points lie on one line",
        ),
        ([PointPair(pixel=(math.nan, 0.0), place=(0.0, 0.0)), *pairs()], "not finite"),
        ([PointPair(pixel=p.pixel, place=(p.place[0] * 1e4, p.place[1] * 1e4)) for p in pairs()], "in metres"),
    ],
)
def test_points_that_fix_no_floor_are_refused_with_the_reason(given_pairs: list[PointPair], told: str) -> None:
    with pytest.raises(FloorError, match=told):
        fitting.fit(given_pairs, width=CAMERA.width, height=CAMERA.height)


@pytest.mark.parametrize(
    ("matrix", "told"),
    [
        (folding(), "folds the floor: its horizon cuts the bottom edge"),
        (np.ones((3, 3)), "degenerate"),
        (np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]), "degenerate"),
        (np.eye(2), "3 rows of 3 finite numbers"),
        (np.diag([1.0, math.inf, 1.0]), "3 rows of 3 finite numbers"),
        (np.diag([50.0, 50.0, 1.0]), "would cover 50 m of floor"),
    ],
)
def test_a_homography_that_is_no_floor_is_refused_with_the_reason(matrix: np.ndarray, told: str) -> None:
    with pytest.raises(FloorError, match=told):
        plane.from_matrix(matrix, width=CAMERA.width, height=CAMERA.height)


def test_a_floor_whose_origin_is_thousands_of_kilometres_away_is_the_same_floor() -> None:
    near = CAMERA.floor()
    far = plane.from_matrix(FAR @ near.matrix, width=CAMERA.width, height=CAMERA.height)
    pixels = np.array([CAMERA.pixel(x, y, 0.0) for x, y in PLACES])

    assert plane.project(far, pixels) - FAR[:2, 2] == pytest.approx(np.array(PLACES), abs=1e-6)
    assert plane.unproject(far, plane.project(far, pixels)) == pytest.approx(pixels, abs=1e-5)
    assert far.rise == pytest.approx(near.rise)
    assert people_followed(far) == people_followed(near)


@pytest.mark.parametrize("degrees", [20, 45, 90, 200])
def test_a_camera_hangs_as_high_whichever_way_the_plan_is_turned(degrees: int) -> None:
    turn = math.radians(degrees)
    turned = np.array([[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0], [0, 0, 1]])
    # No camera sees a floor quite so: what pairs give that were clicked by hand.
    askew = np.array([[1, 0.05, 0], [0, 1.1, 0], [0, 0, 1]]) @ CAMERA.floor().matrix
    straight, other = (
        plane.from_matrix(matrix, width=CAMERA.width, height=CAMERA.height) for matrix in (askew, turned @ askew)
    )

    assert other.rise == pytest.approx(straight.rise)
    assert calibrated.mount_height(other) == pytest.approx(calibrated.mount_height(straight))


def people_followed(floor: plane.Floor) -> list[tuple[int, int, float, float]]:
    """Frame, track and place in the picture of each of three people who walk before the camera."""
    looks = [
        Sighting(
            camera="one",
            at=frame / 5,
            width=CAMERA.width,
            height=CAMERA.height,
            boxes=tuple(box(CAMERA, -2.0 + person + frame / 10, 2.0 + person) for person in range(3)),
        )
        for frame in range(25)
    ]
    view, state = View(floor=floor), tracks.Tracks()
    seen: list[tuple[int, int, float, float]] = []
    for number, sighting in enumerate(looks):
        state = tracks.update(state, sighting, view, Rules()).tracks
        seen += [
            (number, person.track, round(person.box.x1, 3), round(person.box.y2, 3))
            for person in tracks.seen(state, floor)
        ]
    assert seen
    return seen


def test_a_steep_camera_knows_up_from_down_though_its_picture_reaches_past_the_point_below_it() -> None:
    steep = Pinhole(focus=400.0, tilt=math.radians(60))

    tall = optics.stature(optics.of_floor(steep.floor()), 0.0, -3.0, steep.pixel(0.0, -3.0, 1.7))

    assert tall == pytest.approx(1.7)
