"""A node with two cameras that share a floor, from their sightings to the events that the cloud hears."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.events import (
    Cause,
    Crossing,
    Device,
    DeviceChanged,
    Direction,
    Heat,
    Occupancy,
    Outcome,
    Party,
    Queue,
    Stay,
    Wait,
)
from contract.messages import decode_health, decode_live
from edge.counting.watch import Watch
from edge.delivery.uplink import Connected
from edge.inputs import Box, CameraChanged, DeviceState, Sighting
from edge.survey import survey
from tests.edge.two_cameras import PLAN
from tests.edge.walkers import Walker
from tests.edge.world import WALL, World

# Two who enter the east side's door together from the west, and one who waits in the queue and goes to the till.
PEOPLE = (
    Walker(stops=[(105, 0.5, 3.0), (114, 9.5, 3.0), (130, 9.5, 3.0)]),
    Walker(stops=[(105, 0.5, 3.7), (114, 9.5, 3.7), (130, 9.5, 3.7)]),
    Walker(stops=[(105, 1.5, 1.4), (125, 1.5, 1.4), (127, 2.5, 1.4), (135, 2.5, 1.4)]),
)
LEFT_EDGE = {"west": 0.0, "east": 4.0}  # m, of each picture


def made(folder: Path) -> World:
    found = survey(PLAN, ["west", "east"], cell=0.25)
    watch = Watch(floors=found.floors, regions=found.regions, ground=found.ground)
    return World(folder, watch=watch, cameras=("west", "east"))


def seen(camera: str, at: float) -> Sighting:
    """Whom a camera straight above shows, one metre being 100 px, with feet at the boxes' bottoms."""
    places = [place for walker in PEOPLE if (place := walker.at(at))]
    boxes = tuple(
        Box(x1=u - 20, y1=v - 120, x2=u + 20, y2=v, score=0.9)
        for u, v in ((100 * (x - LEFT_EDGE[camera]), 100 * y) for x, y in places)
        if 0 <= u <= 600
    )
    return Sighting(camera=camera, at=at, width=600, height=400, boxes=boxes)


def steps(world: World, *, until: float) -> Iterator[None]:
    while world.now < until:
        world.step(seen("west", world.now), seen("east", world.now), after=0.2)
        yield


def test_two_cameras_tell_one_floor(tmp_path: Path) -> None:
    world = made(tmp_path)
    world.step(Connected())
    for _ in steps(world, until=240.0):
        pass

    told = world.sent()
    assert [(each.line, each.direction) for each in told if isinstance(each, Crossing)] == [("door", Direction.OUT)] * 2
    assert [each.size for each in told if isinstance(each, Party)] == [2]
    (wait,) = [each for each in told if isinstance(each, Wait)]
    assert wait.outcome is Outcome.SERVED
    assert 17_000 <= wait.for_ms <= 22_000
    waiting = [each.waiting_ms for each in told if isinstance(each, Queue)]
    assert sum(waiting) == wait.for_ms
    assert {each.zone for each in told if isinstance(each, Stay)} == {"queue", "till"}
    heat = [each for each in told if isinstance(each, Heat)]
    assert {each.camera for each in heat if each.cells} == {"west", "east"}
    person_ms = sum(cell.person_ms for each in heat for cell in each.cells)
    assert 78_000 <= person_ms <= 82_000
    assert all(each.covered_ms == each.span_ms for each in told if isinstance(each, Occupancy) and each.at > heat[0].at)
    west, east = ({(run.x, run.y) for run in heat[n].seen} for n in (0, 1))
    assert west
    assert not west & east


def test_each_person_is_one_dot_however_many_cameras_see_them(tmp_path: Path) -> None:
    world = made(tmp_path)
    for _ in steps(world, until=120.0):
        pass

    dots: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for live in map(decode_live, world.lives):
        if live.at >= (WALL + 106.0) * 1000:
            dots[live.at][live.camera] = len(live.people)
    told = [each for _, each in sorted(dots.items())]
    assert len(told) > 60
    assert all(each["west"] + each["east"] == 3 for each in told)
    assert (told[0], told[-1]) == ({"west": 3, "east": 0}, {"west": 1, "east": 2})


def test_sightings_that_piled_up_while_the_loop_was_slow_all_tell(tmp_path: Path) -> None:
    world = made(tmp_path)
    for _ in steps(world, until=106.0):
        pass

    # Two seconds of both, as their processes told them meanwhile: each with its own delay.
    times = [106.2 + 0.2 * step for step in range(10)]
    world.step(
        *[seen(camera, at + late) for at in times for camera, late in (("west", 0.09), ("east", 0.0))], after=2.2
    )
    world.step(after=2.0)

    assert world.watch.passed_over.total() == 0
    assert world.watch.looked == {"west": pytest.approx(108.09), "east": pytest.approx(108.0)}


def test_a_camera_that_cannot_be_used_is_told_as_a_misfit_from_the_beginning(tmp_path: Path) -> None:
    world = World(tmp_path, cameras=("c", "lame"))
    world.step(Connected())
    broken = CameraChanged(
        camera="lame", state=DeviceState.LOST, reason="a floor needs 4 pairs", at=world.now, cause=Cause.MISFIT
    )
    world.step(broken)
    world.step(after=1.0)

    (turn,) = [each for each in world.sent() if isinstance(each, DeviceChanged)]
    assert (turn.device, turn.name, turn.ok, turn.cause) == (Device.CAMERA, "lame", False, Cause.MISFIT)
    assert decode_health(world.healths[-1]).cameras["lame"].reason == "a floor needs 4 pairs"
