"""`aisle-edge score`: the node's own detector and tracker over a file whose truth is known."""

import argparse
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.camera import detector as detectors
from edge.camera.capture import CaptureError
from edge.camera.replay import picture_size, replay
from edge.floor import assumed
from edge.floor.plane import Floor, FloorError
from edge.inputs import Sighting
from edge.score import homography, motchallenge
from edge.score.clear import clear
from edge.score.frames import by_frame
from edge.score.identity import identity
from edge.score.motchallenge import Row, TruthError
from edge.score.progress import Progress
from edge.tracking import tracks
from edge.tracking.rules import Rules
from edge.tracking.view import View
from models import ModelRefused, Passport, load_passport, verified_bytes

BAD_INPUT = 2
_FRAMES_SLACK = 1.1  # a container's own count of frames may be a guess


class ScoreError(Exception):
    """The video and its truth do not belong together."""


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """The figures, as the last line shows them."""

    mota: float
    idf1: float
    precision: float  # of the tracks' boxes, at an IoU of 0.5
    recall: float
    id_switches: int
    ms_per_frame: float  # detector and tracker, mean, without decoding the video
    frames: int  # that were looked at
    detections: int  # boxes at the model's threshold
    motp: float  # mean IoU of the matches
    idp: float
    idr: float
    misses: int
    false_positives: int
    truth_boxes: int
    track_boxes: int
    tracks: int
    truth_tracks: int
    detect_ms: float  # median
    track_ms: float  # median
    model: str


def command(args: argparse.Namespace) -> int:
    """Score a file; the last line on stdout is one JSON object. 2 when the input cannot be used."""
    try:
        passport = load_passport(f"person-nanodet-g-256x320-{args.model}")
        truth = motchallenge.read(args.truth)
        floor = _floor(args.video, args.homography)
        if args.out is not None:
            args.out.touch()  # a place that cannot be written to is told before the work
        looked = _looked(args.video, passport, last=max(row.frame for row in truth), rate=args.rate)
        followed = _followed(looked, floor or _guessed(looked))
        if args.out is not None:
            args.out.write_text(motchallenge.text_of(followed.rows), "utf-8")
    except (CaptureError, FloorError, ModelRefused, ScoreError, TruthError) as wrong:
        print(f"aisle-edge score: {wrong}", file=sys.stderr)
        return BAD_INPUT
    except OSError as wrong:
        print(f"aisle-edge score: {wrong.filename}: {wrong.strerror}", file=sys.stderr)
        return BAD_INPUT
    print(msgspec.json.encode(_scored(passport, truth, looked, followed)).decode())
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """One frame that was looked at."""

    frame: int
    sighting: Sighting
    detect_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Followed:
    """What the tracker made of the looks."""

    rows: tuple[Row, ...]
    track_ms: tuple[float, ...]


def _looked(video: Path, passport: Passport, *, last: int, rate: float | None) -> tuple[_Look, ...]:
    """The detector's boxes of every frame that is looked at; `last` is the truth's last frame."""
    detector = detectors.Detector(passport, verified_bytes(passport), detectors.Settings())
    progress = Progress(out=sys.stderr, clock=time.monotonic)
    looks: list[_Look] = []
    frames = 0
    for seen in replay(video, detector, rate=rate):
        frames = seen.frame
        if 0 < seen.of * _FRAMES_SLACK < last:
            raise ScoreError(f"the truth has a frame {last}; {video} has {seen.of} frames")
        if seen.sighting is not None:
            looks.append(_Look(frame=seen.frame, sighting=seen.sighting, detect_ms=seen.detect_ms))
        progress.at(seen.frame, seen.of)
    progress.end()
    if frames < last:
        raise ScoreError(f"the truth has a frame {last}; {video} has {frames} frames")
    return tuple(looks)


def _floor(video: Path, matrix: Path | None) -> Floor | None:
    """The floor of the file as `matrix` has it; None without one."""
    if matrix is None:
        return None
    width, height = picture_size(video)
    return homography.read(matrix, width=width, height=height)


def _guessed(looks: tuple[_Look, ...]) -> Floor:
    """A floor from how tall people appear where."""
    picture = looks[0].sighting
    boxes = [box for look in looks for box in look.sighting.boxes]
    return assumed.floor(boxes, width=picture.width, height=picture.height)


def _followed(looks: tuple[_Look, ...], floor: Floor) -> _Followed:
    """The boxes of the confirmed tracks in the frames in which they were seen."""
    rules, state, view = Rules(), tracks.Tracks(), View(floor=floor)
    rows: list[Row] = []
    took: list[float] = []
    for look in looks:
        started = time.perf_counter()
        state = tracks.update(state, look.sighting, view, rules).tracks
        present = tracks.present(state, floor)
        took.append((time.perf_counter() - started) * 1000)
        rows += [_row(look.frame, person) for person in present if person.seen_at == look.sighting.at]
    return _Followed(rows=tuple(rows), track_ms=tuple(took))


def _row(frame: int, person: tracks.Person) -> Row:
    box = person.box
    return Row(
        frame=frame,
        id=person.track,
        left=box.x1,
        top=box.y1,
        width=box.x2 - box.x1,
        height=box.y2 - box.y1,
        conf=box.score,
    )


def _scored(passport: Passport, truth: tuple[Row, ...], looks: tuple[_Look, ...], followed: _Followed) -> Scored:
    frames = list(by_frame(truth, followed.rows, [look.frame for look in looks]))
    marks, names = clear(frames), identity(frames)
    detect_ms = [look.detect_ms for look in looks]
    return Scored(
        mota=_short(marks.mota),
        idf1=_short(names.idf1),
        precision=_short(marks.precision),
        recall=_short(marks.recall),
        id_switches=marks.id_switches,
        ms_per_frame=_short(statistics.fmean(detect_ms) + statistics.fmean(followed.track_ms)),
        frames=len(looks),
        detections=sum(box.score >= passport.threshold for look in looks for box in look.sighting.boxes),
        motp=_short(marks.motp),
        idp=_short(names.precision),
        idr=_short(names.recall),
        misses=marks.misses,
        false_positives=marks.false_positives,
        truth_boxes=marks.truth,
        track_boxes=marks.found,
        tracks=len({row.id for row in followed.rows}),
        truth_tracks=len({person for frame in frames for person in frame.truth}),
        detect_ms=_short(statistics.median(detect_ms)),
        track_ms=_short(statistics.median(followed.track_ms)),
        model=passport.name,
    )


def _short(value: float) -> float:
    return round(value, 4)
