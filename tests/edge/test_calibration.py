"""From point pairs to a floor: how wrong, how bent, how sure; the truth is a camera that was drawn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.plan import Camera, Pair, Point
from edge.floor import calibrated, fitting, lens, plane, solving
from edge.floor.fitting import Fit
from edge.floor.plane import Floor, FloorError, PointPair
from tests.edge.clicked import CAMERA, GRID, drawn, pairs

WIDE = lens.of_picture(-0.35, width=CAMERA.width, height=CAMERA.height)


def fit(given_pairs: list[PointPair]) -> Fit:
    return fitting.fit(given_pairs, width=CAMERA.width, height=CAMERA.height)


def off(floor: Floor, bent: lens.Lens | None = None) -> np.ndarray:
    """How far the floor puts places of the room from where they are, m."""
    places = np.array([(x, y) for x in np.linspace(-2.4, 2.4, 9) for y in np.linspace(-2, 4, 11)])
    pixels = np.array([CAMERA.pixel(x, y, 0.0) for x, y in places.tolist()])
    shown = pixels if bent is None else lens.bend(bent, pixels)
    away: np.ndarray = np.hypot(*(plane.project(floor, shown) - places).T)
    return away


def test_four_pairs_fit_and_nobody_knows_how_well() -> None:
    found = fit(pairs(GRID[:1] + GRID[3:4] + GRID[12:13] + GRID[15:]))

    assert max(found.errors) < 1e-6
    assert (found.held_out, found.without, found.worst, found.lens.taken) == (None, None, None, False)


def test_five_pairs_show_an_error_and_six_whose_it_is() -> None:
    slipped = [(0.7, 1.5) if place == (1.0, 1.5) else place for place in GRID]
    wrong = [PointPair(pixel=p.pixel, place=place) for p, place in zip(pairs(click=0.5), slipped, strict=True)]
    corners = [wrong[i] for i in (0, 3, 12, 15)]

    five, six, all_of_them = fit([*corners, wrong[10]]), fit([*corners, wrong[10], wrong[5]]), fit(wrong)

    assert five.held_out is not None
    assert max(five.held_out) > 0.2
    assert five.worst is None
    assert six.worst == 4
    assert all_of_them.worst == 10
    assert all_of_them.suspicious
    assert all_of_them.held_out is not None
    assert all_of_them.held_out[10] == pytest.approx(0.3, abs=0.05)
    assert all_of_them.without is not None
    assert all_of_them.without[10] < 0.02


def test_an_error_against_the_other_pairs_is_never_smaller_than_one_that_the_floor_was_bent_to() -> None:
    found = fit(pairs(click=2.0))

    assert found.held_out is not None
    assert all(alone > together for alone, together in zip(found.held_out, found.errors, strict=True))


def test_clicks_beside_their_points_name_nobody() -> None:
    suspected = [fit(pairs(click=1.0, seed=seed)).suspicious for seed in range(10)]

    assert sum(suspected) <= 1


def test_refining_beats_the_direct_transform() -> None:
    """The direct transform weighs a far pair's error, which one pixel makes, as much as a near one's."""
    gains = []
    for seed in range(8):
        given = solving.points(pairs(click=2.0, seed=seed), width=CAMERA.width, height=CAMERA.height)
        direct = plane.from_matrix(solving.direct(given), width=CAMERA.width, height=CAMERA.height)
        gains.append(off(direct).mean() / off(fit(pairs(click=2.0, seed=seed)).floor).mean())

    assert np.median(gains) > 1.0


def test_a_wide_lens_is_found_and_people_stand_where_they_do() -> None:
    found = fit(pairs(bent=WIDE, click=0.5))
    given_points = solving.points(pairs(bent=WIDE, click=0.5), width=CAMERA.width, height=CAMERA.height)
    straight = fitting.as_floor(solving.solve(given_points, solving.direct(given_points)), given_points)

    assert found.lens.taken
    assert found.lens.strength == pytest.approx(-0.35, abs=0.03)
    assert off(found.floor, WIDE).max() < 0.05
    assert off(straight, WIDE).max() > 3 * off(found.floor, WIDE).max()  # what the lens costs when nobody minds it


def test_a_straight_lens_is_left_straight_whatever_the_clicks() -> None:
    """The negative control: an unknown more always fits better."""
    taken = [fit(pairs(click=1.5, seed=seed)).lens.taken for seed in range(10)]

    assert sum(taken) <= 1


def test_the_doubt_is_as_large_as_the_error() -> None:
    shares = []
    for seed in range(8):
        floor = fit(pairs(click=2.0, seed=seed)).floor
        places = np.array([(x, y) for x in (-1.5, 0.0, 1.5) for y in (-1.5, 0.5, 2.5)])
        pixels = np.array([CAMERA.pixel(x, y, 0.0) for x, y in places.tolist()])
        away = plane.project(floor, pixels) - places
        cov = plane.calibration_cov(floor, places)
        shares.append((away * np.linalg.solve(cov, away[:, :, None])[:, :, 0]).sum(axis=1).mean() / 2)

    assert 0.4 < np.mean(shares) < 1.6


def test_doubt_grows_away_from_the_pairs_and_where_nothing_is_seen_it_is_infinite() -> None:
    floor = fit(pairs(click=1.0)).floor

    near, far, behind = plane.uncertainty(floor, np.array([(0.0, 0.5), (0.0, 9.0), (0.0, -9.0)]))

    assert near < far < np.inf
    assert behind == np.inf
    assert plane.uncertainty(floor, np.array([(0.0, 0.5)]), pixels=3.0)[0] > near
    assert np.isnan(plane.calibration_cov(CAMERA.floor(), np.array([(0.0, 0.5)]))).all()


@settings(max_examples=60, deadline=None)
@given(
    strength=st.floats(lens.MOST_BARREL, lens.MOST_PINCUSHION),
    u=st.floats(0, CAMERA.width),
    v=st.floats(0, CAMERA.height),
)
def test_what_a_lens_bends_it_straightens(strength: float, u: float, v: float) -> None:
    glass, pixel = lens.of_picture(strength, width=CAMERA.width, height=CAMERA.height), np.array([(u, v)])
    step = 1e-3 * np.array([(1.0, 0.0), (0.0, 1.0)])

    assert lens.bend(glass, lens.straighten(glass, pixel))[0] == pytest.approx((u, v), abs=1e-6)
    told = lens.slopes(glass, pixel)[0]
    felt = (lens.straighten(glass, pixel + step) - lens.straighten(glass, pixel - step)).T / 2e-3
    assert told == pytest.approx(felt, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(strength=st.floats(-0.4, 0.1), x=st.floats(-1.6, 1.6), y=st.floats(-2, 3), tall=st.floats(1.0, 2.0))
def test_a_bent_floor_is_one_floor_to_all_who_ask(strength: float, x: float, y: float, tall: float) -> None:
    glass, at = lens.of_picture(strength, width=CAMERA.width, height=CAMERA.height), np.array([(x, y)])
    floor = plane.from_matrix(CAMERA.floor().matrix, width=CAMERA.width, height=CAMERA.height, lens=glass)
    foot = lens.bend(glass, np.array([CAMERA.pixel(x, y, 0.0)]))
    head = lens.bend(glass, np.array([CAMERA.pixel(x, y, tall)]))

    assert plane.project(floor, foot)[0] == pytest.approx((x, y), abs=1e-6)
    assert plane.unproject(floor, at)[0] == pytest.approx(foot[0], abs=1e-4)
    assert plane.heads(floor, at, np.array([tall]))[0] == pytest.approx(head[0], abs=1e-3)
    half = plane.at_size(floor, CAMERA.width // 2, CAMERA.height // 2)
    assert plane.project(half, foot / 2)[0] == pytest.approx((x, y), abs=1e-6)
    step = np.array([(0.01, 0.0)])
    felt = (plane.project(floor, foot + step) - plane.project(floor, foot - step))[0] / 0.02
    assert plane.jacobian(floor, foot)[0][:, 0] == pytest.approx(felt, rel=1e-3, abs=1e-6)


def test_the_doubt_of_a_picture_half_as_large_is_the_same() -> None:
    floor, at = fit(pairs(bent=WIDE, click=0.5)).floor, np.array([(0.5, 1.0)])
    half = plane.at_size(floor, CAMERA.width // 2, CAMERA.height // 2)

    assert plane.calibration_cov(half, at) == pytest.approx(plane.calibration_cov(floor, at), rel=1e-6)


def swapped(given_pairs: list[PointPair], a: int, b: int) -> list[PointPair]:
    order = list(range(len(given_pairs)))
    order[a], order[b] = b, a
    return [PointPair(pixel=p.pixel, place=given_pairs[o].place) for p, o in zip(given_pairs, order, strict=True)]


FOUR = drawn([pairs()[i] for i in (0, 3, 15, 12)])
SIX = drawn([pairs(click=0.5)[i] for i in (0, 3, 15, 12, 6, 9)])


@pytest.mark.parametrize(
    ("given_pairs", "told"),
    [
        (swapped(FOUR, 1, 2), r"folds? the floor.*probably exchanged are pairs 2 and 3$"),
        (swapped(FOUR, 0, 2), r"as in a mirror.*probably exchanged are pairs 1 and 3 or 2 and 4"),
        (swapped(SIX, 4, 5), r"pairs 5 and 6 are (probably )?exchanged"),
        (swapped(SIX, 0, 4), r"pairs 1 and 5 are"),
        (pairs(), r"as in a mirror; on the plan x runs to the right and y down$"),
        (
            [*FOUR, PointPair(pixel=(1200.0, 20.0), place=(0.0, 0.0))],
            r"pair 5: pixel \(1200, 20\) is outside .* 960x540",
        ),
        ([PointPair(pixel=p.pixel, place=(p.place[0] * 100, p.place[1] * 100)) for p in SIX], r"are they in metres\?"),
        ([PointPair(pixel=p.pixel, place=(p.place[0] / 100, p.place[1] / 100)) for p in SIX], r"in metres\?"),
        ([PointPair(pixel=p.pixel, place=(p.place[0], 1.0)) for p in FOUR], r"floor points lie on one line"),
        (FOUR[:3], r"at least 4 point pairs, here are 3"),
        ([], r"at least 4 point pairs, here are 0"),
    ],
)
def test_pairs_that_a_plan_cannot_have_are_refused_with_the_reason(given_pairs: list[PointPair], told: str) -> None:
    with pytest.raises(FloorError, match=told):
        calibrated.on_plan(given_pairs, width=CAMERA.width, height=CAMERA.height)


def test_the_plans_camera_hangs_where_its_pairs_say_and_a_bad_one_is_named() -> None:
    camera = Camera(
        id="door",
        node="n",
        width=CAMERA.width,
        height=CAMERA.height,
        at=Point(0, 4),
        height_m=3,
        look_at=Point(0, 0),
        field_of_view_deg=70,
        sees=(Point(-1, -1), Point(1, -1), Point(0, 1)),
        pairs=tuple(Pair(*p.pixel, *p.place) for p in SIX),
    )

    mount = calibrated.mount(calibrated.of_camera(camera).floor)

    assert mount == pytest.approx((0, 4, 3), abs=0.3)
    with pytest.raises(FloorError, match=r"camera 'door': .* here are 3"):
        calibrated.of_camera(
            Camera(**{**{f: getattr(camera, f) for f in camera.__struct_fields__}, "pairs": camera.pairs[:3]})
        )
