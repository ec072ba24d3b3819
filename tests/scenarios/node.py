"""A node with all the cameras of a film, the plan's masks and shared floor: its counts against the exact places."""

import heapq
import itertools
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from contract.plan import Camera, decode_plan
from edge.camera import scale
from edge.camera.capture import Capture
from edge.camera.detector import Detector, Settings
from edge.camera.mask import Mask
from edge.camera.replay import survey as survey_of_people
from edge.camera.scale import Size
from edge.camera.settings import Settings as CameraSettings
from edge.counting.noted import Noted
from edge.counting.watch import Watch
from edge.inputs import Sighting
from edge.score import bootstrap, onfloor, trueevents, truepaths
from edge.score.counting import happened
from edge.survey import survey
from models import load_passport, verified_bytes
from tests.scenarios.figures import Counts, of_floor

MODEL = "person-nanodet-g-256x320-int8"
CELL_M = 0.25
PERIOD_S = 5.0


def counted(folder: Path, *, fps: float, rate: float) -> Counts:
    """What a node with the film's plan counts, judged by the places."""
    plan = decode_plan((folder / "plan.json").read_bytes())
    found = survey(plan, [camera.id for camera in plan.cameras], cell=CELL_M)
    assert not found.broken_cameras
    assert not found.broken_marks
    watch = Watch(floors=found.floors, regions=found.regions, ground=found.ground, period_s=PERIOD_S)
    several = len(plan.cameras) > 1
    # One thread looks for all cameras of a node, at one after the other.
    every = round(fps / rate)
    looks = [
        _looks(folder / camera.id if several else folder, camera, every=every, offset=turn * every // len(plan.cameras))
        for turn, camera in enumerate(plan.cameras)
    ]
    noted: list[Noted] = []
    times: list[float] = []
    for sighting in heapq.merge(*looks, key=lambda one: one.at):
        noted += watch.see(sighting)
        noted += watch.tick(sighting.at, sighting.at)
        times.append(sighting.at)
    noted += watch.close(times[-1])
    places = truepaths.read((folder / plan.cameras[0].id if several else folder) / "places.csv")
    frame_s = {spot.frame: (spot.frame - 1) / fps for spot in places}
    ways = truepaths.paths(places, frame_s, step=1 / fps)
    judged = onfloor.judged(
        trueevents.happened(ways, found.ground.lines, found.ground.zones),
        happened(noted),
        lines=[line.id for line in found.ground.lines],
        zones=[zone.id for zone in found.ground.zones],
        cut=bootstrap.blocks(np.array(sorted(set(times)))),
    )
    return of_floor(judged)


def _looks(folder: Path, camera: Camera, *, every: int, offset: int) -> Iterator[Sighting]:
    """What one camera shows in every so manieth frame."""
    passport = load_passport(MODEL)
    detector = Detector(passport, verified_bytes(passport), Settings())
    video = folder / "video.avi"
    patches = scale.chosen(
        survey_of_people(video, detector), Size(width=camera.width, height=camera.height), detector.net
    )
    mask = Mask(
        polygons=[tuple((pixel.u / camera.width, pixel.v / camera.height) for pixel in one) for one in camera.masks]
    )
    with closing(Capture(CameraSettings(name=camera.id, source=str(video)))) as capture:
        for frame in itertools.count():
            if not capture.grab():
                return
            if frame % every == offset:
                found = detector.detect(capture.picture(), patches)
                yield Sighting(
                    camera=camera.id,
                    at=capture.shown_at(),
                    width=camera.width,
                    height=camera.height,
                    boxes=mask.spare(found, camera.width, camera.height),
                )
