"""A node with all the cameras of a film, the plan's masks and shared floor: its counts against the exact places."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from contract.plan import Camera, decode_plan
from edge.camera.detector import Detector, Settings
from edge.camera.mask import Mask
from edge.camera.replay import replay
from edge.counting.noted import CrossingNoted, Noted, OccupancyNoted, StayNoted
from edge.counting.watch import Watch
from edge.inputs import Sighting
from edge.score import bootstrap, onfloor, trueevents, truepaths
from edge.score.happened import Crossed, Happened, Spent, Stayed
from edge.survey import survey
from models import load_passport, verified_bytes
from tests.scenarios.figures import Counts, of_floor

MODEL = "person-nanodet-g-256x320-int8"
CELL_M = 0.25
PERIOD_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One look of one camera."""

    frame: int
    sighting: Sighting


def counted(folder: Path, *, fps: float, rate: float) -> Counts:
    """What a node with the film's plan counts, judged by the places."""
    plan = decode_plan((folder / "plan.json").read_bytes())
    found = survey(plan, [camera.id for camera in plan.cameras], cell=CELL_M)
    assert not found.broken_cameras
    assert not found.broken_marks
    watch = Watch(floors=found.floors, regions=found.regions, ground=found.ground, period_s=PERIOD_S)
    several = len(plan.cameras) > 1
    looks = [_looks(folder / camera.id if several else folder, camera, rate) for camera in plan.cameras]
    noted: list[Noted] = []
    times: list[float] = []
    for look in heapq.merge(*looks, key=lambda one: one.sighting.at):
        noted += watch.see(look.sighting)
        noted += watch.tick(look.sighting.at, look.sighting.at)
        times.append(look.sighting.at)
    noted += watch.close(times[-1])
    places = truepaths.read((folder / plan.cameras[0].id if several else folder) / "places.csv")
    frame_s = {spot.frame: (spot.frame - 1) / fps for spot in places}
    ways = truepaths.paths(places, frame_s, step=1 / fps)
    judged = onfloor.judged(
        trueevents.happened(ways, found.ground.lines, found.ground.zones),
        _happened(noted),
        lines=[line.id for line in found.ground.lines],
        zones=[zone.id for zone in found.ground.zones],
        cut=bootstrap.blocks(np.array(sorted(set(times)))),
    )
    return of_floor(judged)


def _looks(folder: Path, camera: Camera, rate: float) -> Iterator[Looked]:
    passport = load_passport(MODEL)
    detector = Detector(passport, verified_bytes(passport), Settings())
    mask = Mask(
        polygons=[tuple((pixel.u / camera.width, pixel.v / camera.height) for pixel in one) for one in camera.masks]
    )
    for seen in replay(folder / "video.avi", detector, rate=rate):
        if seen.sighting is not None:
            boxes = mask.spare(seen.sighting.boxes, camera.width, camera.height)
            yield Looked(frame=seen.frame, sighting=replace(seen.sighting, camera=camera.id, boxes=boxes))


def _happened(noted: list[Noted]) -> Happened:
    crossings: list[Crossed] = []
    stays: list[Stayed] = []
    spent: list[Spent] = []
    for each in noted:
        match each:
            case CrossingNoted():
                crossings.append(Crossed(line=each.line, direction=each.direction, at=each.at))
            case StayNoted():
                stays.append(Stayed(zone=each.zone, began=each.entered, ended=each.left))
            case OccupancyNoted():
                spent.append(Spent(zone=each.zone, at=each.at + each.span_s / 2, person_s=each.person_s))
            case _:
                pass
    return Happened(crossings=tuple(crossings), stays=tuple(stays), spent=tuple(spent))
