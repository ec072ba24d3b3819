"""A video file seen as fast as the machine can, frame by frame, for measuring."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from edge.camera.capture import Capture
from edge.camera.detector import Detector
from edge.camera.settings import Settings
from edge.inputs import Sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One frame of the file, from 1; `sighting` is None for one that was passed over."""

    frame: int
    of: int  # frames that the file says it has; 0 when it does not
    sighting: Sighting | None  # its `at` is the time in the video, s
    detect_ms: float = 0.0


def picture_size(video: Path) -> tuple[int, int]:
    """Width and height of the file's pictures, px. CaptureError when it is no video."""
    with closing(_capture(video)) as capture:
        return capture.size


def _capture(video: Path) -> Capture:
    return Capture(Settings(name=video.name, source=str(video)))


def replay(video: Path, detector: Detector, *, rate: float | None) -> Iterator[Seen]:
    """Every frame of `video`, of which `rate` a second are looked at; None looks at all.

    Raises CaptureError when the file is no video.
    """
    due = 0.0
    with closing(_capture(video)) as capture:
        frame, of = 0, capture.frames
        while capture.grab():
            frame += 1
            at = capture.shown_at()
            if rate is not None and at < due - capture.period / 2:
                yield Seen(frame=frame, of=of, sighting=None)
                continue
            due = due + 1 / rate if rate is not None else at
            yield _seen(capture, detector, frame=frame, of=of, at=at)


def _seen(capture: Capture, detector: Detector, *, frame: int, of: int, at: float) -> Seen:
    image = capture.picture()
    started = time.perf_counter()
    boxes = detector.detect(image)
    took = time.perf_counter() - started
    height, width = image.shape[:2]
    sighting = Sighting(camera="replay", at=at, width=width, height=height, boxes=boxes)
    return Seen(frame=frame, of=of, sighting=sighting, detect_ms=took * 1000)
