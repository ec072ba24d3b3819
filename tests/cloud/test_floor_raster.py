"""The floor in numbers: time, tracks and counts conserved on the grid, and a gap where nobody looked."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage.heat import CELL_M, UNSEEN, inside, rung
from cloud.manage.places import PlaceKind, counts_of, density, elsewhere, map_of
from cloud.manage.raster import (
    CELL,
    RUN,
    Sheet,
    Values,
    busiest_near,
    floor_only,
    levels,
    passing,
    percents,
    seen_ms,
    size_of,
    smoothed,
    stay,
    summed,
    tracks,
)
from contract.plan import Camera, Plan, Point, Title
from tests.cloud import morning

TITLE = Title(ko="가게", en="Shop")


def camera(name: str, left: float, right: float) -> Camera:
    return Camera(
        id=name,
        node="node-1",
        width=640,
        height=480,
        at=Point(left, 0),
        height_m=3,
        look_at=Point(right, 4),
        field_of_view_deg=70,
        sees=(Point(left, 0), Point(right, 0), Point(right, 4), Point(left, 4)),
    )


def plan(*cameras: Camera) -> Plan:
    return Plan(
        store="shop",
        title=TITLE,
        version=1,
        width_m=8,
        depth_m=4,
        zones=(),
        lines=(),
        shelves=(),
        tags=(),
        readers=(),
        cameras=cameras,
    )


SIZE = size_of(plan())


def sheet(
    name: str,
    cells: dict[tuple[int, int], tuple[int, int]],
    *,
    runs: Sequence[tuple[int, ...]] = (),
    cell_mm: int = 250,
) -> Sheet:
    """(ms, tracks) by cell."""
    return Sheet(
        camera=name,
        cell_mm=cell_mm,
        cells=np.array([(x, y, ms) for (x, y), (ms, _) in cells.items()], CELL),
        tracks=np.array([count for _, count in cells.values()], np.int64),
        runs=np.array(list(runs), RUN),
    )


def flat(name: str, seconds: float, *, cell_mm: int = 250, runs: Sequence[tuple[int, ...]] = ()) -> Sheet:
    """The same time and one track everywhere on a floor of 8 × 4 m and around it."""
    reach = range(-4, 40)
    told = {(x, y): (round(seconds * 1000), 1) for x in reach for y in reach}
    return sheet(name, told, runs=runs, cell_mm=cell_mm)


def columns(reach: range, covered_ms: int, *, cell_mm: int = 250) -> list[tuple[int, ...]]:
    """What a camera tells that answers for these columns of a floor 4 m deep."""
    return [(reach.start, y, len(reach), covered_ms) for y in range(4_000 // cell_mm)]


def drawn(*sheets: Sheet) -> Values:
    return floor_only(smoothed(stay(sheets, SIZE)))


def test_a_second_in_every_cell_is_sixteen_people_seconds_a_square_metre() -> None:
    assert (SIZE.columns, SIZE.rows) == (32, 16)
    assert drawn(flat("a", 1.0))[3:-3, 3:-3] == pytest.approx(16.0)


def test_a_track_in_every_cell_is_four_tracks_a_metre() -> None:
    assert floor_only(passing([flat("a", 1.0)], SIZE)) == pytest.approx(4.0)


def test_a_coarser_report_of_the_same_floor_gives_the_same_picture() -> None:
    assert drawn(flat("a", 4.0, cell_mm=500))[3:-3, 3:-3] == pytest.approx(16.0)
    assert floor_only(passing([flat("a", 4.0, cell_mm=500)], SIZE)) == pytest.approx(2.0)
    assert floor_only(tracks([flat("a", 4.0, cell_mm=500)], SIZE)) == pytest.approx(1.0)


@settings(max_examples=60, deadline=None)
@given(
    cells=st.dictionaries(
        st.tuples(st.integers(2, 10), st.integers(2, 5)),
        st.tuples(st.integers(0, 10**9), st.integers(0, 99)),
        max_size=12,
    ),
    cell_mm=st.sampled_from([125, 250, 375, 500]),
)
def test_the_grid_moves_time_and_makes_none(cells: dict[tuple[int, int], tuple[int, int]], cell_mm: int) -> None:
    seconds = sum(ms for ms, _ in cells.values()) / 1000
    grid = smoothed(np.pad(stay([sheet("a", cells, cell_mm=cell_mm)], SIZE), 3))
    assert grid.sum() * CELL_M**2 == pytest.approx(seconds)


@settings(max_examples=60, deadline=None)
@given(
    cells=st.lists(
        st.dictionaries(
            st.tuples(st.integers(0, 3), st.integers(0, 3)),
            st.tuples(st.integers(0, 99), st.integers(0, 9)),
            max_size=5,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_sheets_summed_say_what_they_said_apart(cells: list[dict[tuple[int, int], tuple[int, int]]]) -> None:
    sheets = [sheet("a", each, runs=columns(range(2), 7)) for each in cells]
    whole = summed(sheets)
    places = [(int(x), int(y)) for x, y, _ in whole.cells.tolist()]
    assert len(set(places)) == len(places)
    runs = [tuple(run[:3]) for run in whole.runs.tolist()]
    assert len(set(runs)) == len(runs)
    assert stay([whole], SIZE) == pytest.approx(stay(sheets, SIZE))
    assert passing([whole], SIZE) == pytest.approx(passing(sheets, SIZE))
    assert whole.runs["covered_ms"].sum() == sum(each.runs["covered_ms"].sum() for each in sheets)


def test_a_person_seen_by_two_cameras_is_not_two() -> None:
    assert drawn(flat("a", 1.0), flat("b", 1.0)).max() == pytest.approx(16.0)


def test_cameras_that_tell_whose_floor_it_is_add_up() -> None:
    own = columns(range(32), 1)
    assert drawn(flat("a", 1.0, runs=own), flat("b", 1.0, runs=own)).max() == pytest.approx(32.0)


def marks(floor: Plan, sheets: Sequence[Sheet], coverage: dict[str, float], expected_ms: int = 60_000) -> list[int]:
    """The first row."""
    told: list[int] = percents(seen_ms(floor, sheets, coverage, expected_ms), expected_ms)[0].tolist()
    return told


def test_what_no_camera_saw_is_marked_and_no_zero() -> None:
    both = plan(camera("a", 0, 4), camera("b", 4, 8))
    assert marks(both, [], {"a": 0.5, "b": 0.0}) == [50] * 16 + [UNSEEN] * 16


def test_a_camera_that_tells_its_cells_is_seen_there_and_nowhere_else_that_the_plan_draws() -> None:
    told = sheet("a", {}, runs=[*columns(range(16), 30_000), *columns(range(18, 20), 60_000)])
    row = marks(plan(camera("a", 0, 8)), [told], {"a": 0.5})
    assert row == [50] * 16 + [UNSEEN] * 2 + [100] * 2 + [UNSEEN] * 12


def test_a_cell_that_two_cameras_answered_for_one_after_the_other_was_seen_for_both_times() -> None:
    told = [sheet("a", {}, runs=columns(range(32), 20_000)), sheet("b", {}, runs=columns(range(16, 32), 30_000))]
    both = plan(camera("a", 0, 8), camera("b", 4, 8))
    assert marks(both, told, {"a": 0.3, "b": 0.5}) == [33] * 16 + [83] * 16


def test_beside_a_camera_that_does_not_tell_its_cells_the_better_seen_counts() -> None:
    told = [sheet("a", {}, runs=columns(range(16), 60_000))]
    both = plan(camera("a", 0, 4), camera("old", 2, 8))
    assert marks(both, told, {"a": 1.0, "old": 0.25}) == [100] * 16 + [25] * 16


@pytest.mark.parametrize("cell_mm", [125, 500])
def test_what_is_seen_does_not_depend_on_the_width_of_a_cameras_cells(cell_mm: int) -> None:
    told = sheet("a", {}, runs=columns(range(4_000 // cell_mm), 30_000, cell_mm=cell_mm), cell_mm=cell_mm)
    assert marks(plan(camera("a", 0, 8)), [told], {"a": 0.5}) == [50] * 16 + [UNSEEN] * 16


def test_the_busiest_of_nine_cells_counts_for_the_middle_one() -> None:
    grid = np.zeros((2, 5, 5))
    grid[1, 2, 2] = 7
    near = busiest_near(grid)
    assert near[0].sum() == 0
    assert (near[1, 1:4, 1:4] == 7).all()
    assert near[1].sum() == 63


@settings(max_examples=100, deadline=None)
@given(values=st.lists(st.floats(0, 1e5), max_size=40), top=st.floats(1, 1e5), highest=st.sampled_from([253, 255]))
def test_a_level_tells_its_value_within_half_a_step(values: list[float], top: float, highest: int) -> None:
    for value, level in zip(values, levels(np.array(values), top, highest).tolist(), strict=True):
        assert abs(level / highest * top - min(value, top)) <= top / (2 * highest) * (1 + 1e-9)


def test_colours_end_on_a_rung() -> None:
    assert [rung(value) for value in (0.2, 1, 1.1, 37, 41, 400.0)] == [1, 1, 2, 40, 100, 400]


def test_a_concave_field_of_view_is_followed() -> None:
    corner = (Point(0, 0), Point(4, 0), Point(4, 1), Point(1, 1), Point(1, 4), Point(0, 4))
    assert inside(Point(0.5, 3.5), corner)
    assert not inside(Point(3, 3), corner)


@settings(max_examples=50, deadline=None)
@given(taps=st.integers(0, 500), sales=st.integers(0, 500))
def test_counts_at_places_are_neither_made_nor_lost(taps: int, sales: int) -> None:
    kinds = frozenset(PlaceKind)
    places = map_of(morning.plan(), kinds)
    counts = {
        (PlaceKind.TAG, "tag-tea"): taps,
        (PlaceKind.PRODUCT, morning.TEA): sales,
        (PlaceKind.PRODUCT, "09520000000999"): 3,
    }
    grid = density(places, counts_of(places, counts))
    assert grid.sum() * CELL_M**2 == pytest.approx(taps + sales)
    assert elsewhere(places, counts, kinds) == 3
