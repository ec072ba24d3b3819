"""The node's own eyes over a recording: frame by frame, with what each part of the work cost."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge import jobs
from edge.camera import detector as detectors
from edge.camera import scale
from edge.camera.eyes import Sees
from edge.camera.replay import replay, survey
from edge.camera.scale import Expected, Patch, Size
from edge.floor.plane import Floor
from edge.inputs import Box, Sighting
from edge.score.motchallenge import Row
from edge.score.progress import Progress
from models import Passport, verified_bytes

# Scores from here on make the curve of precision over recall; the tracker is given what the live node tells it.
LOWEST: Final = 0.05
_FRAMES_SLACK: Final = 1.1  # a container's own count of frames may be a guess


class ScoreError(Exception):
    """The video and what is asked of it do not belong together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One frame that was looked at."""

    frame: int
    sighting: Sighting  # with the boxes that the live node would be told
    boxes: tuple[Box, ...]  # from LOWEST on, best first
    rested: bool  # the motion gate let the detector rest
    detect_ms: float  # by the clock on the wall
    gate_cpu_s: float  # processor time
    detect_cpu_s: float

    def row(self, number: int, box: Box) -> Row:
        """Somebody's box in this look, as MOTChallenge tells it."""
        return Row(
            frame=self.frame,
            id=number,
            left=box.x1,
            top=box.y1,
            width=box.x2 - box.x1,
            height=box.y2 - box.y1,
            conf=box.score,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A whole recording, or its first part."""

    looks: tuple[Look, ...]
    times: dict[int, float]  # of every frame, looked at or not: s in the video
    decode_cpu_s: float  # for all frames together
    people: tuple[Expected, ...]  # from whom the patches were chosen
    net: Size  # of the model's input


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a recording is looked at."""

    rate: float | None = None  # looks a second; None looks at every frame
    gated: bool = False  # the detector rests while nothing moves
    fps: float | None = None  # of the recording, where what it says itself is wrong
    floor: Floor | None = None  # as calibrated; it tells how tall people show where too few were found to tell it


def looked(video: Path, passport: Passport, manner: Manner, *, first: int, last: int) -> Looked:
    """The boxes of every frame that is looked at, up to the frame `last` or the video's end.

    Raises ScoreError when the video ends before `first`, at once where it says how long it is; CaptureError when it is
    no video, ModelRefused.
    """
    eye = _Eye(passport)
    progress = Progress(out=sys.stderr, clock=time.monotonic)
    looks: list[Look] = []
    times: dict[int, float] = {}
    decode = 0.0
    people = _expected(video, eye, manner)
    for seen in replay(video, eye, rate=manner.rate, people=people, gated=manner.gated, fps=manner.fps):
        if 0 < seen.of * _FRAMES_SLACK < first:
            raise _short(video, seen.of, first)
        times[seen.frame] = seen.at
        decode += seen.decode_cpu_s
        if seen.sighting is not None:
            detecting = 0.0 if seen.rested else eye.spent_s
            looks.append(
                Look(
                    frame=seen.frame,
                    sighting=seen.sighting,
                    boxes=eye.boxes,
                    rested=seen.rested,
                    detect_ms=seen.detect_ms,
                    gate_cpu_s=seen.look_cpu_s - detecting,
                    detect_cpu_s=detecting,
                )
            )
        progress.at(seen.frame, seen.of)
        if seen.frame == last:
            break
    progress.end()
    if len(times) < first:
        raise _short(video, len(times), first)
    return Looked(looks=tuple(looks), times=times, decode_cpu_s=decode, people=people, net=eye.net)


def _expected(video: Path, eye: Sees, manner: Manner) -> tuple[Expected, ...]:
    """Where people stand and how tall they show: as they were seen, or of too few as the calibration has it."""
    floor = manner.floor
    if floor is None or floor.rise is None:
        return survey(video, eye, manner.fps)
    people = survey(video, eye, manner.fps, least=1)
    return people if len(people) >= scale.ENOUGH else jobs.upright(people, floor)


def _short(video: Path, frames: int, first: int) -> ScoreError:
    told = f"{frames} frame{'' if frames == 1 else 's'}"
    return ScoreError(f"the first frame to be judged is {first}; {video} has {told}")


class _Eye:
    """The detector, which tells what the live node is told and keeps the fainter boxes beside."""

    def __init__(self, passport: Passport) -> None:
        settings = detectors.Settings(threshold=LOWEST)
        self._detector = detectors.Detector(passport, verified_bytes(passport), settings)
        self._faint = passport.faint
        self.boxes: tuple[Box, ...] = ()  # of the last look, from LOWEST on, best first
        self.spent_s = 0.0  # processor time of the last look

    @property
    def net(self) -> Size:
        """Of the model's input."""
        return self._detector.net

    def detect(self, image: NDArray[np.uint8], patches: Sequence[Patch] = ()) -> tuple[Box, ...]:
        """As the detector with the passport's own threshold."""
        began = time.process_time()
        self.boxes = self._detector.detect(image, patches)
        self.spent_s = time.process_time() - began
        return tuple(box for box in self.boxes if box.score >= self._faint)
