"""The editor's own geometry, in the browser that runs it: it agrees with the server's, snaps as it says, undoes all."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from cloud.manage import shapes
from contract.plan import Point
from tests.cloud import planner_store
from tests.cloud.morning import Site, Town
from tests.cloud.planner import planning

pytestmark = pytest.mark.browser

Spots = list[tuple[float, float]]
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
place, site = planner_store.place, planner_store.site  # nothing here saves what `fresh` would begin anew


@pytest.fixture(scope="module")
def page(browser: Browser, site: Site, place: Town) -> Iterator[Page]:
    with planning(browser, site, place) as it:
        yield it.page


# Whole quarters of a metre, so that touching and overlapping sides are common.
SPOT = st.tuples(*(st.integers(0, 16).map(lambda quarter: quarter / 4),) * 2)
MANY = st.lists(st.tuples(st.lists(SPOT, min_size=3, max_size=8), SPOT), min_size=20, max_size=60)

MEASURED = """async (many) => {
  const { area, away, crossing, inside } = await import("plan/geometry");
  return many.map(([polygon, at]) => [area(polygon), crossing(polygon), inside(polygon, at), away(polygon, at)]);
}"""


@QUICK
@given(MANY)
def test_the_browser_and_the_server_say_the_same_of_every_shape(page: Page, many: list[tuple[Spots, Any]]) -> None:
    for (polygon, spot), (area, crossed, inside, away) in zip(many, page.evaluate(MEASURED, many), strict=True):
        points, at = [Point(*corner) for corner in polygon], Point(*spot)
        found = shapes.crossed_edges(points)
        assert area == pytest.approx(shapes.area_m2(points))
        assert crossed == (None if found is None else list(found))
        assert inside == shapes.contains(points, at)
        assert away == pytest.approx(shapes.away_m(points, at))


SNAPPED = """async ([points, near]) => {
  const { snap } = await import("plan/snapping");
  return points.map((point) => snap(point, near));
}"""
FREE = st.tuples(*(st.floats(0, 8, allow_nan=False),) * 2)


@QUICK
@given(st.lists(FREE, min_size=20, max_size=80), st.lists(SPOT, max_size=4), st.booleans())
def test_a_point_snaps_to_what_is_near_or_to_the_grid_and_never_far(
    page: Page, points: Spots, corners: Spots, on: bool
) -> None:
    edges = [[[0, 0], [8, 0]], [[8, 0], [8, 4]]]
    near = {"on": on, "radius": 0.1, "grid": 0.05, "corners": corners, "edges": edges, "before": [[1, 1], [0, 0]]}
    for point, to in zip(points, page.evaluate(SNAPPED, [points, near]), strict=True):
        x, y = to["point"]
        far = ((x - point[0]) ** 2 + (y - point[1]) ** 2) ** 0.5
        match to["kind"]:
            case "free":
                assert not on
                assert far < 0.001
            case "corner":
                assert (x, y) in corners
                assert far <= 0.1001
            case "grid":
                assert abs(20 * x - round(20 * x)) < 1e-6
                assert abs(20 * y - round(20 * y)) < 1e-6
            case _:
                assert far <= 0.16


DONE = """async ([plan, acts]) => {
  const { begin, step, undo, redo } = await import("plan/history");
  const { change, cut, insert, move, remove, rename } = await import("plan/parts");
  const ref = (at) => {
    const kind = ["zones", "shelves", "cameras", "lines"][at % 4];
    return { kind, id: plan[kind][at % plan[kind].length].id };
  };
  let history = begin(plan);
  for (const [act, at, by] of acts) {
    const now = history.now;
    const done = [
      () => move(now, ref(at), null, by, -by),
      () => move(now, ref(at), at % 3, by, 0),
      () => insert(now, ref(at), at % 4, [by, 1]),
      () => cut(now, ref(at), at % 4),
      () => remove(now, ref(at)),
      () => rename(now, ref(at), `n-${at}`),
      () => change(now, ref(at), { height_m: 1 + by }),
    ][act]();
    history = step(history, done);
  }
  const last = JSON.stringify(history.now), deep = history.past.length;
  for (let time = 0; time < acts.length; time += 1) history = undo(history);
  const first = JSON.stringify(history.now);
  for (let time = 0; time < acts.length; time += 1) history = redo(history);
  return { first, last, again: JSON.stringify(history.now), deep, began: JSON.stringify(plan) };
}"""
ACTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9), st.sampled_from((0.01, 0.1, 1.0))), max_size=100)


@QUICK
@given(ACTS)
def test_whatever_was_done_is_undone_and_done_again(page: Page, acts: list[tuple[int, int, float]]) -> None:
    told = page.evaluate("fetch('/manage/plan/draft').then(answer => answer.json())")
    done = page.evaluate(DONE, [told["now"], acts])
    assert done["first"] == done["began"]
    assert done["again"] == done["last"]
    assert done["deep"] == len(acts)


def test_the_hundred_and_first_step_forgets_the_first(page: Page) -> None:
    deep = page.evaluate(
        """async () => {
          const { begin, step, undo } = await import("plan/history");
          let history = begin(0);
          for (let number = 1; number <= 130; number += 1) history = step(history, number);
          for (let time = 0; time < 200; time += 1) history = undo(history);
          return history.now;
        }"""
    )
    assert deep == 30


PLACED = """async (areas) => {
  const { placed, shared, within } = await import("manage/labels");
  const taken = [], size = { wide: 1, high: 0.25 };
  return areas.map(([x, y]) => {
    const before = [...taken], spots = within({ x, y, wide: 3, high: 1 }, size);
    const [left, top] = placed(size, spots, taken), box = { x: left, y: top, ...size };
    const covers = (spot) => before.reduce((sum, other) => sum + shared({ x: spot[0], y: spot[1], ...size }, other), 0);
    return [left - x, top - y, covers([box.x, box.y]), Math.min(...spots.map(covers)), covers(spots[0])];
  });
}"""


@QUICK
@given(st.lists(SPOT, min_size=1, max_size=12))
def test_a_name_stands_in_its_area_where_it_covers_least(page: Page, areas: Spots) -> None:
    for aside, down, covers, least, in_the_middle in page.evaluate(PLACED, areas):
        assert abs(aside) <= 1 + 1e-9
        assert abs(down) <= 0.375 + 1e-9
        assert covers <= least + 1e-5
        if in_the_middle == 0:
            assert (aside, down) == (0, 0)
