"""The plan as a picture: where its scale stands, and when a course of figures is drawn."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cloud.web.manage.drawing import free_row
from cloud.web.manage.sparkline import spark
from tests.cloud.morning import plan
from tests.screenshots.market import market

POINTS = st.lists(st.none() | st.floats(0, 100, allow_nan=False), max_size=30)


def test_the_scale_stands_over_no_furniture_and_no_zone() -> None:
    floor = market()
    at = free_row(floor, 5.0, 0.4)
    areas = [*(one.polygon for one in floor.shelves), *(one.polygon for one in floor.zones)]
    for area in areas:
        xs, ys = [point.x for point in area], [point.y for point in area]
        beside = at.x + 5.0 < min(xs) or at.x > max(xs)
        assert beside or at.y - 0.2 > max(ys) or at.y + 0.2 < min(ys)


def test_where_the_whole_floor_is_full_the_scale_stands_in_its_usual_place() -> None:
    floor = plan()
    full = replace(floor, zones=(replace(floor.zones[0], polygon=market().zones[0].polygon),), width_m=0.5)
    assert free_row(full, 2.0, 0.2).x == 0.09 * full.width_m


@settings(max_examples=100, deadline=None)
@given(POINTS, POINTS)
def test_a_course_is_drawn_where_most_of_it_is_known(now: list[float | None], then: list[float | None]) -> None:
    steps = [index for index in range(1, len(now)) if now[index - 1] is not None and now[index] is not None]
    begun = [value is not None for value in now].index(True) if any(value is not None for value in now) else len(now)
    enough = bool(steps) and 2 * len(steps) >= len(now) - 1 - begun
    assert bool(spark(now, then).now) == enough
