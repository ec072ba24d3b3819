"""Each cell of floor has one camera that answers for it: the one that sees best who stands there."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.floor import fitting, ownership, plane, shapes
from edge.floor.ownership import Sight, regions
from edge.floor.plane import PointPair
from edge.floor.shapes import ShapeError
from tests.edge.walkers import Pinhole

CELL = 0.25
HALL = ((-6.0, -3.0), (6.0, -3.0), (6.0, 7.0), (-6.0, 7.0))


def lattice() -> np.ndarray:
    """The middles of the cells of the hall."""
    across, along = np.meshgrid(np.arange(-24, 24), np.arange(-12, 28))
    middles: np.ndarray = (np.stack([across, along], axis=2).reshape(-1, 2) + 0.5) * CELL
    return middles


cameras = st.builds(
    Pinhole,
    x=st.floats(-4, 4),
    y=st.floats(-5, -3),
    up=st.floats(2.4, 4),
    focus=st.floats(400, 900),
    heading=st.floats(math.pi / 2 - 0.5, math.pi / 2 + 0.5),
    tilt=st.floats(0.3, 0.8),
)
sights = st.lists(cameras, min_size=1, max_size=4).map(
    lambda hung: [Sight(camera=f"c{number}", floor=each.floor(), sees=HALL) for number, each in enumerate(hung)]
)


@settings(max_examples=30, deadline=None)
@given(sights, st.randoms(use_true_random=False))
def test_a_cell_that_any_camera_has_in_sight_has_one_owner_whatever_the_order(
    hung: list[Sight], chance: object
) -> None:
    owned = regions(hung, cell=CELL)
    chance.shuffle(hung)  # type: ignore[attr-defined]  # a random.Random, as hypothesis gives it
    again = regions(hung, cell=CELL)
    middles = lattice()

    owners = np.array([region.holds(middles) for region in owned.values()]).sum(axis=0)
    in_sight = np.isfinite([ownership.error(sight.floor, middles) for sight in hung]).any(axis=0)

    assert owners.max() <= 1
    assert np.array_equal(owners == 1, in_sight)
    assert all(np.array_equal(owned[name].own, again[name].own) for name in owned)


@settings(max_examples=15, deadline=None)
@given(sights)
def test_strips_are_the_cells_that_a_camera_holds_and_its_reach_is_wider_by_the_margin(hung: list[Sight]) -> None:
    for region in regions(hung, cell=CELL, margin=0.5).values():
        told = [(strip.x + step, strip.y) for strip in region.strips() for step in range(strip.cells)]
        middles = (np.array(told).reshape(-1, 2) + 0.5) * CELL
        everywhere = lattice()
        away = np.hypot(*(everywhere[:, None] - middles[None]).T).T.min(axis=1, initial=np.inf)

        assert len(set(told)) == len(told) == region.cells
        assert region.holds(middles).all()
        assert np.array_equal(region.reaches(everywhere), away <= 0.5 + 1e-6)


def test_the_nearer_of_two_cameras_that_face_each_other_owns_the_floor() -> None:
    south = Sight(camera="south", floor=Pinhole(y=-4.0).floor(), sees=HALL)
    north = Sight(camera="north", floor=Pinhole(y=8.0, heading=-math.pi / 2).floor(), sees=HALL)
    owned = regions([south, north], cell=CELL)

    near_south, middle, near_north = np.array([[0.1, 1.1]]), np.array([[0.1, 2.1]]), np.array([[0.1, 3.1]])

    assert owned["south"].holds(near_south)
    assert not owned["north"].holds(near_south)
    assert owned["north"].holds(near_north)
    assert owned["south"].reaches(middle)
    assert owned["north"].reaches(middle)


def test_the_better_calibrated_of_two_cameras_that_hang_together_owns_the_floor() -> None:
    camera, chance = Pinhole(), np.random.default_rng(5)
    places = [(x, y) for x in (-2.0, 0.0, 2.0) for y in (0.5, 3.0, 6.0)]

    def sight(name: str, slip: float) -> Sight:
        clicks = [np.array(camera.pixel(x, y, 0.0)) + chance.normal(0, slip, 2) for x, y in places]
        pairs = [PointPair(pixel=(u, v), place=place) for (u, v), place in zip(clicks, places, strict=True)]
        return Sight(camera=name, floor=fitting.fit(pairs, width=960, height=540).floor, sees=HALL)

    owned = regions([sight("a-shaky", 8.0), sight("b-sure", 0.5)], cell=CELL)

    assert owned["b-sure"].cells > 4 * owned["a-shaky"].cells


def test_equal_cameras_share_by_name_and_not_at_random() -> None:
    twins = [Sight(camera=name, floor=Pinhole().floor(), sees=HALL) for name in ("b", "a")]

    owned = regions(twins, cell=CELL)

    assert owned["a"].cells > 100
    assert owned["b"].cells == 0


def test_what_the_plan_does_not_let_it_see_and_what_is_masked_is_nobodys() -> None:
    camera = Pinhole()
    strip = ((-1.0, 0.0), (1.0, 0.0), (1.0, 4.0), (-1.0, 4.0))
    left_half = ((0.0, 0.0), (480.0, 0.0), (480.0, 540.0), (0.0, 540.0))

    seen = regions([Sight(camera="c", floor=camera.floor(), sees=strip, masks=(left_half,))], cell=CELL)["c"]
    middles = (np.array([(each.x + n, each.y) for each in seen.strips() for n in range(each.cells)]) + 0.5) * CELL

    assert shapes.inside(np.array(strip), middles).all()
    assert (plane.unproject(camera.floor(), middles)[:, 0] >= 480).all()
    assert seen.cells > 30


def test_places_that_are_no_numbers_are_nobodys() -> None:
    region = regions([Sight(camera="c", floor=Pinhole().floor(), sees=HALL)], cell=CELL)["c"]

    assert not region.holds(np.array([[np.nan, 1.0], [np.inf, 1.0], [1e300, 1.0], [-500.0, 0.0]])).any()
    assert not region.reaches(np.empty((0, 2))).any()


def test_a_sight_in_centimetres_and_a_cell_without_width_are_refused() -> None:
    wide = tuple((100 * x, 100 * y) for x, y in HALL)
    with pytest.raises(ShapeError, match=r"c: what it sees is 1200 m by 1000 m, allowed are 4000 m²"):
        Sight(camera="c", floor=Pinhole().floor(), sees=wide)
    with pytest.raises(ValueError, match="allowed are widths above 0"):
        regions([], cell=0.0)
