"""The demo store's plan: what its cameras see of it."""

import math
from itertools import pairwise

import pytest

from contract.plan import Point, decode_plan, encode_plan
from firmware_sim.camera.optics import Vector, in_frame, optics_of, pairs_of, project
from firmware_sim.town.geometry import Spot, inside, meets, outline, side, spot
from firmware_sim.town.standing import APART_MM, stands_of
from firmware_sim.town.walkways import walkways_of
from tests.firmware_sim.stores import demo

STORE = demo()
PLAN = STORE.plan


def test_a_camera_does_not_mirror_the_store() -> None:
    door = STORE.camera("door-cam")  # looks along -x: what is further down the plan is to its left
    optics = optics_of(door)
    upper, lower = (project(optics, Vector(3.0, y, 0.0)) for y in (5.5, 7.2))
    assert upper is not None
    assert lower is not None
    assert lower.u < upper.u


def test_pairs_fall_into_the_picture_and_enough_of_them() -> None:
    for camera in PLAN.cameras:
        pairs = pairs_of(camera)
        assert len(pairs) >= 12
        assert all(0 <= pair.u <= camera.width and 0 <= pair.v <= camera.height for pair in pairs)


def test_every_standing_person_is_wholly_in_the_picture_of_their_zones_camera() -> None:
    cameras = {camera.id: camera for camera in PLAN.cameras}
    owners = {zone.id: cameras[zone.camera] for zone in PLAN.zones}
    for stand in stands_of(PLAN):
        optics = optics_of(owners[stand.zone])
        feet, head = (project(optics, Vector(stand.at.x / 1000, stand.at.y / 1000, z)) for z in (0.0, 1.72))
        assert in_frame(optics, feet), stand.id
        assert in_frame(optics, head), stand.id
        assert feet is not None
        assert head is not None
        assert 60 <= feet.v - head.v <= 300, stand.id


def test_no_shelf_hides_the_feet_of_who_stands_before_another() -> None:
    cameras = {camera.id: camera for camera in PLAN.cameras}
    owners = {zone.id: cameras[zone.camera] for zone in PLAN.zones}
    for stand in stands_of(PLAN):
        camera = owners[stand.zone]
        for shelf in PLAN.shelves:
            # The ray to the feet is above the shelf's height over this part of its way.
            over = 1 - shelf.height_m / camera.height_m
            eye = spot(camera.at)
            low = Spot(round(eye.x + (stand.at.x - eye.x) * over), round(eye.y + (stand.at.y - eye.y) * over))
            assert not meets(outline(shelf.polygon), low, stand.at), (stand.id, shelf.id)


def test_no_floor_belongs_to_two_cameras() -> None:
    for x in range(-1_500, 12_000, 100):
        for y in range(0, 8_000, 100):
            owners = [camera.id for camera in PLAN.cameras if inside(outline(camera.sees), Spot(x, y))]
            assert len(owners) <= 1, (x, y, owners)


def test_every_zone_lies_in_what_its_camera_sees() -> None:
    sees = {camera.id: outline(camera.sees) for camera in PLAN.cameras}
    for zone in PLAN.zones:
        xs, ys = [p.x for p in zone.polygon], [p.y for p in zone.polygon]
        middle = Spot(round(sum(xs) / len(xs) * 1000), round(sum(ys) / len(ys) * 1000))
        corners = [Spot((c.x * 9 + middle.x) // 10, (c.y * 9 + middle.y) // 10) for c in outline(zone.polygon)]
        assert all(inside(sees[zone.camera], corner) for corner in corners), zone.id


def test_outside_is_to_the_left_of_the_entrance_line() -> None:
    line = PLAN.lines[0]
    a, b = spot(line.a), spot(line.b)
    assert side(a, b, spot(STORE.scenario.door.come_from)) < 0
    assert side(a, b, Spot(3_000, 6_000)) > 0


def test_standing_places_are_apart_and_can_be_reached() -> None:
    stands, ways = stands_of(PLAN), walkways_of(PLAN, STORE.scenario.door)
    for stand in stands:
        assert ways.open_at(stand.at), stand.id
        way = ways.way(spot(STORE.scenario.door.come_from), stand.at)
        assert way[-1] == stand.at
        corners = (spot(STORE.scenario.door.come_from), *way)
        assert all(ways.clear(a, b) for a, b in pairwise(corners[1:])), stand.id
        near = [other for other in stands if other is not stand]
        assert all(math.dist(stand.at, other.at) >= APART_MM - 1 for other in near), stand.id


def test_the_plan_with_pairs_reads_back_as_it_was() -> None:
    assert decode_plan(encode_plan(PLAN)) == PLAN


@pytest.mark.parametrize(("x", "y", "within"), [(1, 1, True), (5, 5, False), (0, 0, True), (4, 4, False)])
def test_a_polygon_has_its_upper_left_edges_and_not_its_lower_right_ones(x: int, y: int, *, within: bool) -> None:
    square = outline([Point(0.0, 0.0), Point(0.004, 0.0), Point(0.004, 0.004), Point(0.0, 0.004)])
    assert inside(square, Spot(x, y)) is within
