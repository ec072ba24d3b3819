"""The clip that everybody sees: Aisle's detector once over it, its truth, and what of both is looked at at a rate."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.camera import detector as detectors
from edge.camera.replay import replay, survey
from edge.camera.scale import Expected
from edge.floor import assumed
from edge.inputs import Sighting
from edge.score import motchallenge
from edge.score.frames import by_frame
from edge.score.motchallenge import Row
from edge.score.precision import Precision, precision, told
from edge.score.progress import Progress
from models import Passport, verified_bytes

Array: TypeAlias = NDArray[np.float64]
Table: TypeAlias = list[list[float]]  # rows frame, id, x1, y1, x2, y2

FRAMES_PER_SECOND: Final = 10.0
STEPS: Final = (1, 2, 3, 5)  # every so manieth frame is looked at: 10, 5, 3.3 and 2 a second
JUDGED_RATE: Final = 0.5  # frames a second on which the detector alone is judged
LOWEST: Final = 0.05  # scores from here on make its curve


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clip:
    """A video as the trackers see it."""

    looks: tuple[tuple[int, Sighting], ...]  # frame from 1, what the detector told of it
    truth: Table
    matrix: Array  # pixels to floor metres, as calibrated
    assumed: Array  # the same as Aisle guesses it from the boxes alone
    people: tuple[Expected, ...]  # where they stand and how tall they show: from it the patches are chosen
    detect_ms: float  # CPU, mean
    detected: Precision  # the detector's own boxes
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Every `step`th frame of a clip from the frame `first` on."""

    frames: tuple[int, ...]
    rate: float  # a second
    truth: Table
    sightings: tuple[dict[str, Any], ...]  # as the adapters read them

    @property
    def period(self) -> float:
        """Seconds between two frames."""
        return 1 / self.rate


def seen(video: Path, truth: Path, matrix: Path, passport: Passport) -> Clip:
    """The clip as the detector sees every frame of it."""
    looks: list[tuple[int, Sighting]] = []
    progress = Progress(out=sys.stderr, clock=time.monotonic)
    detector = detectors.Detector(passport, verified_bytes(passport), detectors.Settings())
    people = survey(video, detector)
    took = 0.0
    for each in replay(video, detector, rate=None, people=people):
        assert each.sighting is not None
        looks.append((each.frame, each.sighting))
        took += each.look_cpu_s
        progress.at(each.frame, each.of)
    progress.end()
    picture = looks[0][1]
    boxes = [box for _, sighting in looks for box in sighting.boxes]
    guess = assumed.floor(boxes, width=picture.width, height=picture.height)
    rows = motchallenge.read(truth)
    return Clip(
        looks=tuple(looks),
        truth=[[r.frame, r.id, r.left, r.top, r.left + r.width, r.top + r.height] for r in rows],
        matrix=np.loadtxt(matrix),
        assumed=guess.matrix,
        people=people,
        detect_ms=took / len(looks) * 1000,
        detected=_detected(video, rows, passport, people),
        width=picture.width,
        height=picture.height,
    )


def sample(clip: Clip, *, step: int, first: int) -> Sample:
    """The frames first, first + step, …, and their truth."""
    looks = [(frame, sighting) for frame, sighting in clip.looks if frame >= first and (frame - first) % step == 0]
    frames = {frame for frame, _ in looks}
    return Sample(
        frames=tuple(sorted(frames)),
        rate=FRAMES_PER_SECOND / step,
        truth=[row for row in clip.truth if row[0] in frames],
        sightings=tuple(_told(frame, sighting) for frame, sighting in looks),
    )


def _detected(video: Path, truth: Sequence[Row], passport: Passport, people: tuple[Expected, ...]) -> Precision:
    """As the model's passport has it: of some frames, with faint boxes that no node is told of."""
    detector = detectors.Detector(passport, verified_bytes(passport), detectors.Settings(threshold=LOWEST))
    seen = [
        (each.frame, each.sighting.boxes)
        for each in replay(video, detector, rate=JUDGED_RATE, people=people)
        if each.sighting is not None
    ]
    found = [
        Row(frame=frame, id=index, left=box.x1, top=box.y1, width=box.x2 - box.x1, height=box.y2 - box.y1)
        for frame, boxes in seen
        for index, box in enumerate(boxes)
    ]
    scores = [tuple(box.score for box in boxes) for _, boxes in seen]
    overlaps = by_frame(truth, found, [frame for frame, _ in seen])
    return precision(told(zip(overlaps, scores, strict=True)), threshold=passport.threshold)


def _told(frame: int, sighting: Sighting) -> dict[str, Any]:
    boxes: Sequence[Sequence[float]] = [[b.x1, b.y1, b.x2, b.y2, b.score] for b in sighting.boxes]
    return {"frame": frame, "at": frame / FRAMES_PER_SECOND, "boxes": boxes}
