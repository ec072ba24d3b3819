"""A video file, or a folder of pictures, seen as fast as the machine can, frame by frame, for measuring."""

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.camera import eyes, scale
from edge.camera.capture import Capture
from edge.camera.eyes import Eyes, Sees
from edge.camera.mask import Mask
from edge.camera.pictures import Pictures
from edge.camera.scale import Expected, Patch, Size
from edge.camera.settings import Settings
from edge.inputs import Sighting

SURVEY_EVERY_S: Final = 2.0  # at first, then ever more rarely
SURVEYS: Final = 40  # frames, each six runs of the model: some seconds for a file of any length,
MOST_SURVEYS: Final = 100  # or more where few people show;
CLOSE_SURVEYS: Final = 20  # and of those frames at most so many anew, each up to thirty runs, where all show small
MOSTLY: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One frame of the file, from 1; `sighting` is None for one that was passed over."""

    frame: int
    of: int  # frames that the file says it has; 0 when it does not
    at: float  # the time in the video, s
    sighting: Sighting | None
    detect_ms: float = 0.0  # by the clock on the wall
    decode_cpu_s: float = 0.0  # processor time of the whole process
    look_cpu_s: float = 0.0  # gate and detector
    rested: bool = False  # the gate let the detector rest: these are the boxes of the look before


def picture_size(video: Path) -> tuple[int, int]:
    """Width and height of the file's pictures, px. CaptureError when it is no video."""
    with closing(_capture(video)) as capture:
        return capture.size


def _capture(video: Path, fps: float | None = None) -> Capture | Pictures:
    if video.is_dir():
        return Pictures(video, fps)
    return Capture(Settings(name=video.name, source=str(video.absolute())))  # whatever its name, it is no address


def survey(video: Path, detector: Sees, fps: float | None = None, *, least: int = scale.ENOUGH) -> tuple[Expected, ...]:
    """Where people stand in the file and how tall they show, found at every size; CaptureError when it is no video.

    Fewer boxes than `least` say nothing. A node knows all this from its calibration (`edge.jobs`). `fps` is for a
    folder that does not say.
    """
    width, height = picture_size(video)
    picture = Size(width=width, height=height)
    people: list[Expected] = []
    frames = 0
    for image in _some(video, fps):
        people += _found(image, detector, ())
        frames += 1
        if frames >= (SURVEYS if len(people) >= scale.ENOUGH else MOST_SURVEYS):
            break
    closer = scale.closer(people, picture, detector.net)
    if closer:
        step = math.ceil(frames / CLOSE_SURVEYS)
        near = [one for image in islice(_some(video, fps), 0, frames, step) for one in _found(image, detector, closer)]
        # Of a few who are near it shows parts, too: what it is for is people most of whom are small.
        if len(people) >= scale.ENOUGH or scale.small(near, picture, detector.net) > MOSTLY:
            people = near
    return tuple(people) if len(people) >= least else ()


def _some(video: Path, fps: float | None) -> Iterator[NDArray[np.uint8]]:
    """Pictures from all over the file."""
    number, due = 0, 0.0
    with closing(_capture(video, fps)) as capture:
        while capture.grab():
            at = capture.shown_at()
            if at >= due:
                yield capture.picture()
                number, due = number + 1, at + SURVEY_EVERY_S * (1 + number / 20)


def _found(image: NDArray[np.uint8], detector: Sees, closer: Sequence[Patch]) -> tuple[Expected, ...]:
    """Who shows in the picture at any size, looked at in the tiles `closer` too."""
    picture = Size(width=image.shape[1], height=image.shape[0])
    return scale.seen(detector.detect(image, (*scale.survey(picture, detector.net), *closer)), picture)


def replay(
    video: Path,
    detector: Sees,
    *,
    rate: float | None,
    people: Sequence[Expected] | None = None,
    gated: bool = False,
    fps: float | None = None,
) -> Iterator[Seen]:
    """Every frame of `video`, of which `rate` a second are looked at; None looks at all.

    `people` are those to expect; None surveys the file for them first, so that a file whose people are near or far
    is looked at as a calibrated node would. `gated` lets the detector rest while nothing moves, as a node does.
    `fps` stands for what a file says of its frames' times when that is wrong; a file that says nothing has 25 a second.
    Raises CaptureError when the file is no video.
    """
    expected = survey(video, detector, fps) if people is None else people
    gating = Eyes(detector, mask=Mask(polygons=()), people=expected) if gated else None
    patches: tuple[Patch, ...] | None = None
    due = 0.0
    with closing(_capture(video, fps)) as capture:
        frame, of = 0, capture.frames
        period = capture.period if fps is None else 1 / fps
        while True:
            began = time.process_time()
            if not capture.grab():
                return
            grabbed = time.process_time() - began
            frame += 1
            at = capture.shown_at() if fps is None else (frame - 1) / fps
            if rate is not None and at < due - period / 2:
                yield Seen(frame=frame, of=of, at=at, sighting=None, decode_cpu_s=grabbed)
                continue
            due = due + 1 / rate if rate is not None else at
            if patches is None:
                width, height = capture.size
                patches = scale.chosen(expected, Size(width=width, height=height), detector.net)
            told = Seen(frame=frame, of=of, at=at, sighting=None, decode_cpu_s=grabbed)
            yield _seen(capture, gating or _Always(detector, patches), told)


class _Always:
    """Eyes that never rest."""

    def __init__(self, detector: Sees, patches: Sequence[Patch]) -> None:
        self._detector, self._patches = detector, patches

    def see(self, image: NDArray[np.uint8], _at: float) -> eyes.Seen:
        return eyes.Seen(boxes=self._detector.detect(image, self._patches), effort=1.0)


def _seen(capture: Capture | Pictures, looking: Eyes | _Always, frame: Seen) -> Seen:
    began = time.process_time()
    image = capture.picture()
    decoded, started = time.process_time(), time.perf_counter()
    found = looking.see(image, frame.at)
    took = time.perf_counter() - started
    height, width = image.shape[:2]
    return replace(
        frame,
        sighting=Sighting(camera="replay", at=frame.at, width=width, height=height, boxes=found.boxes),
        detect_ms=took * 1000,
        decode_cpu_s=frame.decode_cpu_s + decoded - began,
        look_cpu_s=time.process_time() - decoded,
        rested=found.effort == 0,
    )
