"""What the whole chain costs beside bare decoding: processor time of all threads, in per cent of the video's time."""

import time
from contextlib import closing
from pathlib import Path
from typing import Final

from edge.camera import detector as detectors
from edge.camera import settings
from edge.camera.capture import Capture
from edge.camera.replay import replay
from edge.counting.encounters import Ground
from edge.counting.watch import Watch
from edge.floor import plane, shapes
from edge.inputs import Sighting
from models import Passport, verified_bytes
from tests.bench.vision.clip import FRAMES_PER_SECOND, Clip
from tests.bench.vision.neutral import Scene
from tests.bench.vision.results import Pipeline

STEP: Final = 3
CAMERA: Final = "replay"


def measured(video: Path, passport: Passport, clip: Clip, scene: Scene) -> Pipeline:
    """Decoding alone; then decoding, the detector at 3.3 frames a second, the tracker and the counter."""
    seconds = len(clip.looks) / FRAMES_PER_SECOND
    rate = FRAMES_PER_SECOND / STEP
    decoded = _decoded(video)
    watch = Watch(
        floors={CAMERA: plane.from_matrix(clip.matrix, width=clip.width, height=clip.height)},
        ground=Ground(lines=tuple(shapes.Line(id=line.id, a=line.a, b=line.b) for line in scene.lines)),
    )
    detector = detectors.Detector(passport, verified_bytes(passport), detectors.Settings())
    began = time.process_time()
    seen = replay(video, detector, rate=rate, people=clip.people, gated=True)
    looked = [_followed(watch, each.sighting) for each in seen if each.sighting]
    spent = time.process_time() - began
    assert looked, "nothing was looked at"
    return Pipeline(
        rate=rate,
        decode_percent=100 * decoded / seconds,
        beyond_percent=100 * (spent - decoded) / seconds,
        detect_ms=clip.detect_ms,
    )


def _followed(watch: Watch, sighting: Sighting) -> int:
    """How many events a sighting made."""
    return len(watch.see(sighting)) + len(watch.tick(sighting.at, sighting.at))


def _decoded(video: Path) -> float:
    """CPU seconds of reading every frame."""
    began = time.process_time()
    with closing(Capture(settings.Settings(name="bench", source=str(video)))) as capture:
        while capture.grab():
            pass
    return time.process_time() - began
