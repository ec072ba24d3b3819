"""What the cameras draw, and whether a real detector sees it."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.camera.detector import Detector
from edge.inputs import Box
from firmware_sim.camera.encoding import jpeg
from firmware_sim.camera.film import FPS, film_store
from firmware_sim.camera.painter import Seen
from firmware_sim.camera.view import View
from firmware_sim.town.geometry import Spot, inside, outline
from firmware_sim.town.people import Body
from firmware_sim.town.world import Town
from tests.firmware_sim.detectors import real_detector
from tests.firmware_sim.scenes import DOOR, STORE, scenes

SURE = 0.4  # the passport's threshold


@pytest.fixture(scope="module")
def views() -> dict[str, View]:
    return {camera.id: View(STORE.plan, camera, DOOR) for camera in STORE.plan.cameras}


@pytest.fixture(scope="module")
def detector() -> Detector:
    return real_detector()


ALONG = Spot(1000, 0)


def somebody(at: Spot, facing: Spot = ALONG) -> Body:
    look = Town(STORE, 1).visit(1).look
    return Body(at=at, facing=facing, walked_mm=300, pace=0, reach=0, look=look)


def overlap(seen: Seen, box: Box) -> float:
    left, top = max(0.0, seen.left), max(0.0, seen.top)
    right, bottom = min(640.0, seen.right), min(480.0, seen.bottom)
    wide, high = min(right, box.x2) - max(left, box.x1), min(bottom, box.y2) - max(top, box.y1)
    if wide <= 0 or high <= 0:
        return 0.0
    shared = wide * high
    return shared / ((right - left) * (bottom - top) + (box.x2 - box.x1) * (box.y2 - box.y1) - shared)


def recall(views: dict[str, View], detector: Detector, *, drawn: bool, every_ms: int = 4_000) -> tuple[int, int]:
    """How many of those whom a camera must count were detected, and how many they were."""
    found = all_of_them = 0
    sees = {camera.id: outline(camera.sees) for camera in STORE.plan.cameras}
    for number, bodies in enumerate(scenes(every_ms)):
        for name, view in views.items():
            boxes = [b for b in detector.detect(view.draw(bodies if drawn else (), number)) if b.score >= SURE]
            for seen in view.truth(bodies):
                if seen.visible >= 0.5 and inside(sees[name], bodies[seen.index].at):
                    all_of_them += 1
                    found += any(overlap(seen, box) > 0.5 for box in boxes)
    return found, all_of_them


def test_the_detector_sees_at_least_nine_of_ten_drawn_people(views: dict[str, View], detector: Detector) -> None:
    found, all_of_them = recall(views, detector, drawn=True)
    assert all_of_them > 60
    assert found / all_of_them >= 0.9


def test_undrawn_people_are_not_seen(views: dict[str, View], detector: Detector) -> None:
    found, all_of_them = recall(views, detector, drawn=False, every_ms=14_000)
    assert found == 0
    assert all_of_them > 15


def test_nobody_is_seen_in_the_empty_store(views: dict[str, View], detector: Detector) -> None:
    for view in views.values():
        assert [box for number in range(3) for box in detector.detect(view.draw((), number)) if box.score >= SURE] == []


@settings(max_examples=40, deadline=None)
@given(x=st.integers(300, 5_600), y=st.integers(600, 4_700), turn=st.floats(0, math.tau), reach=st.integers(0, 100))
def test_a_body_is_drawn_within_its_true_box(x: int, y: int, turn: float, reach: int) -> None:
    facing = Spot(round(1000 * math.cos(turn)), round(1000 * math.sin(turn)))
    body = replace(somebody(Spot(x, y), facing), reach=reach)
    bare, full = AISLE.draw((), 3).astype(int), AISLE.draw((body,), 3).astype(int)
    seen = AISLE.truth((body,))[0]
    # The shadow darkens the floor by less than this.
    strong = np.argwhere(np.abs(full - bare).max(axis=2) > 110)
    if len(strong):
        assert strong[:, 0].min() >= seen.top - 2
        assert strong[:, 0].max() <= seen.bottom + 2
        assert strong[:, 1].min() >= seen.left - 2
        assert strong[:, 1].max() <= seen.right + 2


AISLE = View(STORE.plan, STORE.camera("aisle-cam"), DOOR)


def test_a_shelf_hides_who_stands_behind_it(views: dict[str, View]) -> None:
    before, behind = somebody(Spot(8_000, 3_300)), somebody(Spot(6_600, 3_700))
    seen = {one.index: one.visible for one in views["till-cam"].truth((before, behind))}
    assert seen[0] > 0.97
    assert seen[1] < 0.85


def test_who_is_in_the_street_shows_only_through_the_door(views: dict[str, View]) -> None:
    hidden, shown = somebody(Spot(-900, 4_000)), somebody(Spot(-700, 6_350))
    seen = {one.index: one.visible for one in views["door-cam"].truth((hidden, shown))}
    assert seen.get(0, 0.0) < 0.05
    assert seen[1] > 0.9


def test_two_pictures_of_the_same_moment_differ_by_the_sensors_noise_alone(views: dict[str, View]) -> None:
    view, body = views["door-cam"], somebody(Spot(3_000, 6_200))
    first, again, other = view.draw((body,), 1), view.draw((body,), 1), view.draw((body,), 2)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.abs(first.astype(int) - other.astype(int)).max() < 30
    assert jpeg(first).startswith(b"\xff\xd8")


def test_a_film_has_a_true_box_and_a_place_for_every_person_in_it(tmp_path: Path) -> None:
    frames = film_store(STORE, STORE.camera("door-cam"), seed=7, length_ms=4_000, fps=FPS, out=tmp_path)
    assert frames == 4 * FPS
    assert (tmp_path / "video.avi").stat().st_size > 100_000
    rows = [line.split(",") for line in (tmp_path / "gt.txt").read_text().splitlines()]
    assert rows
    assert all(len(row) == 9 and 1 <= int(row[0]) <= frames and float(row[4]) > 0 for row in rows)
    places = [line.split(",") for line in (tmp_path / "places.csv").read_text().splitlines()]
    assert places[0] == ["frame", "id", "x", "y"]
    assert {(row[0], row[1]) for row in rows} <= {(place[0], place[1]) for place in places}
