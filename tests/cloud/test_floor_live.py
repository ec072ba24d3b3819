"""The living floor: one maker, many readers, a whole picture first, then what changed of it."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.facts import HealthStored, PeopleSeen, RollupsChanged, TapStored
from cloud.manage.heat import CELL_M, UNSEEN
from cloud.manage.login import ABSOLUTE_MS
from cloud.manage.presence import FORGET_MS, Base, Crowd, Growing
from cloud.manage.raster import RADIUS, WITHHELD, Size
from cloud.web.manage.floor import live
from contract.messages import Person
from contract.plan import Point
from tests.cloud.floor_file import applied
from tests.cloud.floor_world import Page, looking, row, tell, walked
from tests.cloud.morning import MINUTE, NOON_MS, Town, box

FLOORS = {"cam-a": box(0, 0, 4, 4), "cam-b": box(4, 0, 7, 2)}
SIZE = Size(columns=32, rows=16)


def seen(camera: str, *places: tuple[float, float], at: int = NOON_MS) -> PeopleSeen:
    return PeopleSeen(node="left", camera=camera, at_ms=at, people=tuple(Person(x, y) for x, y in places))


def base(*, tracks: float = 9, first: int = NOON_MS // MINUTE - 14, **more: object) -> Base:
    shape = (SIZE.rows + 2 * RADIUS, SIZE.columns + 2 * RADIUS)
    marks = np.full((SIZE.rows, SIZE.columns), 100, np.uint8)
    marks[:, 28:] = UNSEEN
    given: dict[str, Any] = {
        "size": SIZE,
        "first": first,
        "stay": np.zeros(shape),
        "tracks": np.full(shape, tracks),
        "enough": np.zeros(marks.shape),
        "marks": marks,
        "told": frozenset(),
        "withheld": frozenset(),
        "top": 253.0,
        "k": 5,
    }
    return Base(**{**given, **more})


def test_a_person_whom_two_cameras_see_is_one_dot() -> None:
    crowd = Crowd(FLOORS)
    crowd.note(seen("cam-a", (3.9, 1), (5, 1)), NOON_MS)
    crowd.note(seen("cam-b", (3.9, 1), (5, 1)), NOON_MS)
    assert crowd.now(NOON_MS) == {"cam-a": (Point(3.9, 1),), "cam-b": (Point(5, 1),)}
    assert crowd.lag_ms(NOON_MS + 80) == 80


def test_a_camera_that_fell_silent_shows_nobody() -> None:
    crowd = Crowd(FLOORS)
    crowd.note(seen("cam-a", (1, 1)), NOON_MS)
    assert crowd.now(NOON_MS + FORGET_MS) != {}
    assert crowd.now(NOON_MS + FORGET_MS + 1) == {}


def test_who_stands_for_a_second_warms_their_cell_by_sixteen() -> None:
    growing = Growing(base())
    for tick in range(5):
        growing.add({"cam-a": (Point(2.1, 2.1),)}, NOON_MS + 200 * tick, 200)
    cells = growing.cells().reshape(SIZE.rows, SIZE.columns)
    peak = 1 / CELL_M**2 * 0.3989**2
    assert cells[8, 8] == pytest.approx(peak, abs=1)
    assert cells.argmax() // SIZE.columns == 8 or cells[8, 8] == cells[cells <= 253].max()
    assert set(cells[:, 28:].ravel()) == {UNSEEN}


def test_a_place_with_few_tracks_is_withheld_also_while_it_grows() -> None:
    growing = Growing(base(tracks=4))
    growing.add({"cam-a": (Point(2.1, 2.1),)}, NOON_MS, 1_000)
    assert growing.cells().reshape(SIZE.rows, SIZE.columns)[8, 8] == WITHHELD


def test_what_a_node_told_replaces_what_was_seen_of_that_minute() -> None:
    growing = Growing(base())
    growing.add({"cam-a": (Point(2.1, 2.1),)}, NOON_MS - MINUTE, 1_000)
    growing.add({"cam-a": (Point(1.1, 1.1),)}, NOON_MS, 1_000)
    told = (("cam-a", NOON_MS // MINUTE - 1),)
    growing.rebase(base(told=frozenset(told)))
    cells = growing.cells().reshape(SIZE.rows, SIZE.columns)
    assert cells[8, 8] == 0
    assert cells[4, 4] > 0
    growing.add({"cam-a": (Point(2.1, 2.1),)}, NOON_MS - MINUTE, 1_000)
    assert growing.cells().reshape(SIZE.rows, SIZE.columns)[8, 8] == 0


def test_minutes_leave_the_picture_when_they_are_a_quarter_of_an_hour_old() -> None:
    growing = Growing(base())
    growing.add({"cam-a": (Point(2.1, 2.1),)}, NOON_MS - 14 * MINUTE, 1_000)
    assert growing.cells().max() > 0
    growing.rebase(base(first=NOON_MS // MINUTE - 13))
    assert growing.cells().reshape(SIZE.rows, SIZE.columns)[:, :28].max() == 0


@settings(max_examples=50, deadline=None)
@given(
    places=st.lists(st.tuples(st.floats(-2, 12), st.floats(-2, 9)), max_size=6),
    ticks=st.integers(1, 4),
)
def test_time_on_the_floor_is_neither_made_nor_lost(places: list[tuple[float, float]], ticks: int) -> None:
    growing = Growing(base(top=1e-3))
    held = [Point(x, y) for x, y in places]
    for tick in range(ticks):
        growing.add({"cam-a": held}, NOON_MS + tick, 200)
    inside = sum(0 <= x < 8 and 0 <= y < 4 for x, y in places)
    warm = sum(float(grid.sum()) for grid in growing._since.values()) * CELL_M**2
    around = sum(-0.75 <= x < 8.75 and -0.75 <= y < 4.75 for x, y in places)
    assert warm == pytest.approx(0.2 * ticks * around)
    assert around >= inside


@pytest.fixture
def page(place: Town) -> Iterator[Page]:
    with looking(place) as page:
        yield page


Events = Iterator[tuple[str, Mapping[str, Any]]]


@contextmanager
def stream(page: Page, query: str = "") -> Iterator[Events]:
    address = f"{page.site.url}/manage/live{query}"
    with httpx.stream("GET", address, headers=dict(page.cookie), timeout=10) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        yield _events(lines)


def _events(lines: Iterable[str]) -> Events:
    kind = ""
    for line in lines:
        if line.startswith("event: "):
            kind = line[7:]
        elif line.startswith("data: "):
            yield kind, json.loads(line[6:])


def until(events: Events, kind: str) -> Mapping[str, Any]:
    return next(data for name, data in events if name == kind)


def test_people_are_told_in_whole_centimetres_when_they_moved(place: Town, page: Page) -> None:
    with stream(page) as events:
        page.site.bus.publish([seen("cam-a", (1.234, 2), (3, 0.5))])
        assert until(events, "people")["cm"] == [123, 200, 300, 50]
        page.site.bus.publish([seen("cam-a", (1.234, 2), (3, 0.5))])
        page.site.bus.publish([seen("cam-a", (1.25, 2))])
        assert until(events, "people")["cm"] == [125, 200]
    assert place.clock.now_ms == NOON_MS + 2_000


def test_taps_and_changes_are_told_without_the_tags_pseudonym(page: Page) -> None:
    with stream(page) as events:
        tap = TapStored(id=1, node="left", reader="tea-reader", tag="ab" * 16, at_ms=NOON_MS, received_ms=NOON_MS)
        page.site.bus.publish([tap, RollupsChanged(node="left", events=3), HealthStored(node="left")])
        told = [next(events), next(events)]
    assert told == [("tap", {"reader": "tea-reader"}), ("changed", {})]


def picture(events: Events) -> tuple[Mapping[str, Any], np.ndarray]:
    whole = until(events, "grid")
    return whole, np.frombuffer(base64.b64decode(whole["cells"]), np.uint8)


def quarter(place: Town) -> None:
    tell(place, [walked(NOON_MS + minute * MINUTE, row(500, 1)) for minute in range(-14, 0)])


def test_the_whole_picture_comes_first_and_deltas_make_the_next(place: Town, page: Page) -> None:
    quarter(place)
    with stream(page, "?grid=stay") as events:
        whole, cells = picture(events)
        assert (whole["columns"], whole["rows"], whole["minutes"], whole["metric"]) == (32, 16, 15, "stay")
        assert cells.reshape(16, 32)[8, 8] > 0
        place.clock.now_ms += 1_000
        page.site.bus.publish([seen("cam-a", (2.1, 2.1), at=place.clock.now_ms)])
        # Time goes on and somebody stands there.
        warm = cells.reshape(16, 32)[8, 8]
        seq = whole["seq"]
        for _ in range(40):
            place.clock.now_ms += 500
            page.site.bus.publish([seen("cam-a", (2.1, 2.1 + 1e-3 * (place.clock.now_ms % 7)), at=place.clock.now_ms)])
            kind, data = next(events)
            if kind == "delta":
                assert data["seq"] == seq + 1
                seq = data["seq"]
                cells = applied(cells, base64.b64decode(data["cells"]))
                if cells.reshape(16, 32)[8, 8] > warm:
                    break
        assert cells.reshape(16, 32)[8, 8] > warm
        # Who comes now, or comes back, gets what the others have.
        with stream(page, "?grid=stay") as others:
            again, same = picture(others)
            assert again["seq"] >= seq
            if again["seq"] == seq:
                assert (same == cells).all()


def test_a_page_that_asks_for_no_picture_gets_none(place: Town, page: Page) -> None:
    quarter(place)
    with stream(page, "?grid=stay") as watched, stream(page) as plain:
        picture(watched)
        page.site.bus.publish([seen("cam-a", (1, 1))])
        assert next(plain)[0] == "people"


@pytest.mark.parametrize("grid", ["joy", "sales"])
def test_a_picture_that_is_not_made_is_refused(page: Page, grid: str) -> None:
    assert page.get(f"/manage/live?grid={grid}").status_code == 422


def test_the_stream_ends_with_the_session_and_with_the_program(place: Town, page: Page) -> None:
    ticks = live._RECHECK_TICKS * live.TICK_S
    assert ticks == pytest.approx(60)
    place.clock.now_ms += ABSOLUTE_MS
    assert page.get("/manage/live").status_code == 401


def test_the_stream_ends_when_the_bus_does(place: Town) -> None:
    with looking(place) as page, stream(page, "?grid=stay") as events:
        page.site.bus.publish([seen("cam-a", (1, 1))])
        until(events, "people")
        page.site.bus._loop.call_soon_threadsafe(page.site.bus.close)
        assert list(_kinds(events)) is not None


def _kinds(events: Events) -> Sequence[str]:
    return [kind for kind, _ in events]
