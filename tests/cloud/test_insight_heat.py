"""The heat map in numbers: people·seconds per m², conserved, and a gap where nobody looked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage.heat import UNSEEN, Sight, Spot, Strip, gather, inside, levels, scale, smoothed
from contract.plan import Camera, Plan, Point, Title

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


def flat(name: str, seconds: float, *, cell_mm: int = 250) -> list[Spot]:
    """The same time everywhere on a floor of 8 × 4 m and around it."""
    reach = range(-4, 40)
    return [Spot(camera=name, cell_mm=cell_mm, x=x, y=y, person_ms=round(seconds * 1000)) for x in reach for y in reach]


def test_a_second_in_every_cell_is_sixteen_people_seconds_a_square_metre() -> None:
    grid = gather(flat("a", 1.0), plan(camera("a", 0, 8)), Sight(coverage={"a": 1.0}))
    assert (grid.columns, grid.rows) == (32, 16)
    assert grid.values == pytest.approx([16.0] * 512)
    assert set(grid.seen) == {100}


def test_a_coarser_report_of_the_same_floor_gives_the_same_picture() -> None:
    grid = gather(flat("a", 4.0, cell_mm=500), plan(camera("a", 0, 8)), Sight(coverage={"a": 1.0}))
    assert grid.values == pytest.approx([16.0] * 512)


def test_what_no_camera_saw_is_marked_and_no_zero() -> None:
    grid = gather([], plan(camera("a", 0, 4), camera("b", 4, 8)), Sight(coverage={"a": 0.5, "b": 0.0}))
    row = grid.seen[: grid.columns]
    assert set(row[:16]) == {50}
    assert set(row[16:]) == {UNSEEN}


def test_a_person_seen_by_two_cameras_is_not_two() -> None:
    both = plan(camera("a", 0, 8), camera("b", 0, 8))
    grid = gather([*flat("a", 1.0), *flat("b", 1.0)], both, Sight(coverage={"a": 1.0, "b": 1.0}))
    assert max(grid.values) == pytest.approx(16.0)


def strips(name: str, columns: range, covered_ms: int, *, cell_mm: int = 250) -> list[Strip]:
    """What a camera tells that answers for these columns of a floor 4 m deep."""
    x, cells = columns.start, len(columns)
    return [
        Strip(camera=name, cell_mm=cell_mm, x=x, y=y, cells=cells, covered_ms=covered_ms)
        for y in range(4_000 // cell_mm)
    ]


def test_a_camera_that_tells_its_cells_is_seen_there_and_nowhere_else_that_the_plan_draws() -> None:
    told = [*strips("a", range(16), 30_000), *strips("a", range(18, 20), 60_000)]
    grid = gather([], plan(camera("a", 0, 8)), Sight(coverage={"a": 0.5}, strips=told, expected_ms=60_000))
    row = list(grid.seen[: grid.columns])
    assert row == [50] * 16 + [UNSEEN] * 2 + [100] * 2 + [UNSEEN] * 12


def test_a_cell_that_two_cameras_answered_for_one_after_the_other_was_seen_for_both_times() -> None:
    told = [*strips("a", range(32), 20_000), *strips("b", range(16, 32), 30_000)]
    both = plan(camera("a", 0, 8), camera("b", 4, 8))
    spots = [*flat("a", 1.0), *flat("b", 1.0)]
    grid = gather(spots, both, Sight(coverage={"a": 0.3, "b": 0.5}, strips=told, expected_ms=60_000))
    assert list(grid.seen[:32]) == [33] * 16 + [83] * 16
    assert max(grid.values) == pytest.approx(32.0)


def test_beside_a_camera_that_does_not_tell_its_cells_the_better_seen_counts() -> None:
    told = strips("a", range(16), 60_000)
    both = plan(camera("a", 0, 4), camera("old", 2, 8))
    grid = gather([], both, Sight(coverage={"a": 1.0, "old": 0.25}, strips=told, expected_ms=60_000))
    assert list(grid.seen[:32]) == [100] * 16 + [25] * 16


@pytest.mark.parametrize("cell_mm", [125, 500])
def test_what_is_seen_does_not_depend_on_the_width_of_a_cameras_cells(cell_mm: int) -> None:
    told = strips("a", range(4_000 // cell_mm), 30_000, cell_mm=cell_mm)
    grid = gather([], plan(camera("a", 0, 8)), Sight(coverage={"a": 0.5}, strips=told, expected_ms=60_000))
    assert list(grid.seen[:32]) == [50] * 16 + [UNSEEN] * 16


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), st.floats(0.001, 1e6), max_size=12),
)
def test_smoothing_moves_time_and_makes_none(cells: dict[tuple[int, int], float]) -> None:
    assert sum(smoothed(cells).values()) == pytest.approx(sum(cells.values()))


@settings(max_examples=100, deadline=None)
@given(values=st.lists(st.floats(0, 1e5), max_size=40), top=st.floats(1, 1e5))
def test_a_level_tells_its_value_within_half_a_step(values: list[float], top: float) -> None:
    for value, level in zip(values, levels(values, top), strict=True):
        assert abs(level / 255 * top - min(value, top)) <= top / 510 * (1 + 1e-9)


def test_the_scale_climbs_by_a_ladder_and_never_falls_by_itself() -> None:
    assert scale([]) == 1.0
    assert scale([37.0] * 100) == 40.0
    assert scale([41.0] * 100) == 100.0
    assert scale([3.0], before=100.0) == 100.0
    # One cell in a hundred where somebody waits an hour does not darken the others.
    assert scale([9.0] * 99 + [3600.0]) == 10.0


def test_a_concave_field_of_view_is_followed() -> None:
    corner = (Point(0, 0), Point(4, 0), Point(4, 1), Point(1, 1), Point(1, 4), Point(0, 4))
    assert inside(Point(0.5, 3.5), corner)
    assert not inside(Point(3, 3), corner)
