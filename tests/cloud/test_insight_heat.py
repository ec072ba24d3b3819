"""The heat map in numbers: people·seconds per m², conserved, and a gap where nobody looked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage.heat import UNSEEN, Spot, gather, inside, levels, scale, smoothed
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
    grid = gather(flat("a", 1.0), plan(camera("a", 0, 8)), {"a": 1.0})
    assert (grid.columns, grid.rows) == (32, 16)
    assert grid.values == pytest.approx([16.0] * 512)
    assert set(grid.seen) == {100}


def test_a_coarser_report_of_the_same_floor_gives_the_same_picture() -> None:
    grid = gather(flat("a", 4.0, cell_mm=500), plan(camera("a", 0, 8)), {"a": 1.0})
    assert grid.values == pytest.approx([16.0] * 512)


def test_what_no_camera_saw_is_marked_and_no_zero() -> None:
    grid = gather([], plan(camera("a", 0, 4), camera("b", 4, 8)), {"a": 0.5, "b": 0.0})
    row = grid.seen[: grid.columns]
    assert set(row[:16]) == {50}
    assert set(row[16:]) == {UNSEEN}


def test_a_person_seen_by_two_cameras_is_not_two() -> None:
    both = plan(camera("a", 0, 8), camera("b", 0, 8))
    grid = gather([*flat("a", 1.0), *flat("b", 1.0)], both, {"a": 1.0, "b": 1.0})
    assert max(grid.values) == pytest.approx(16.0)


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
