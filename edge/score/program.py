"""`aisle-edge score`: the node's own detector, tracker and counting over a file whose truth is known."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

from contract.settings import SettingsError
from edge.camera.capture import CaptureError
from edge.camera.replay import picture_size
from edge.floor import assumed
from edge.floor.plane import Floor, FloorError
from edge.floor.shapes import ShapeError
from edge.inputs import Sighting
from edge.score import (
    bootstrap,
    drawn,
    edges,
    figures,
    homography,
    motchallenge,
    onfloor,
    pairs,
    report,
    span,
    stature,
    trueevents,
    truepaths,
)
from edge.score.counting import Counted, counted
from edge.score.drawn import Drawn, Unit
from edge.score.figures import Recording
from edge.score.following import Followed, followed
from edge.score.happened import Happened
from edge.score.looking import Look, Looked, Manner, ScoreError, looked
from edge.score.motchallenge import Row, Truth, TruthError
from edge.score.onfloor import OnFloor
from edge.score.span import Span
from edge.score.truepaths import Spot
from models import ModelRefused, Passport, load_passport

BAD_INPUT = 2


def command(args: argparse.Namespace) -> int:
    """Score a file; the last line on stdout is one JSON object. 2 when the input cannot be used."""
    try:
        asked = _asked(args)
        recording, rows = _recorded(asked)
        found = figures.scored(recording)
        if args.out is not None:
            args.out.write_text(motchallenge.text_of(rows), "utf-8")
        told = report.text(found)
        if args.report is not None:
            args.report.write_text(told, "utf-8")
    except (CaptureError, FloorError, ModelRefused, ScoreError, SettingsError, ShapeError, TruthError) as wrong:
        print(f"aisle-edge score: {wrong}", file=sys.stderr)
        return BAD_INPUT
    except OSError as wrong:
        print(f"aisle-edge score: {wrong.filename}: {wrong.strerror}", file=sys.stderr)
        return BAD_INPUT
    sys.stderr.write(told)
    print(msgspec.json.encode(found).decode())
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Everything that was given, read and checked before the long work."""

    video: Path
    passport: Passport
    truth: Truth
    span: Span
    floor: Floor | None  # None: it is guessed from the people seen
    unit: str  # in which it was given
    drawn: Drawn | None
    places: tuple[Spot, ...] | None
    manner: Manner


def _asked(args: argparse.Namespace) -> _Asked:
    told = _truth(args.video, args.truth)
    truth = motchallenge.read_truth(told, first=args.first_frame)
    floor = _floor(args)
    asked = _Asked(
        video=args.video,
        passport=load_passport(f"person-nanodet-g-256x320-{args.model}"),
        truth=truth,
        span=_span(told, truth, args.frames),
        floor=floor,
        unit=args.unit,
        drawn=_drawn(args.floor, floor),
        places=_places(args.places, floor, args.floor),
        manner=Manner(rate=args.rate, gated=args.gate, fps=args.fps, floor=floor),
    )
    for path in (args.out, args.report):
        if path is not None:
            path.touch()  # a place that cannot be written to is told before the work
    return asked


def _truth(video: Path, named: Path | None) -> Path:
    beside = video / "gt" / "gt.txt"  # as MOTChallenge's own folders have it
    if named is None and not beside.is_file():
        raise ScoreError("the truth is missing: name its file with --truth")
    return named or beside


def _span(path: Path, truth: Truth, named: Span | None) -> Span:
    if named is None:
        if not truth.rows:
            raise TruthError(f"{path}: no box that counts; if nobody is there, say in which frames: --frames 1-100")
        return span.of_frames(truth.frames)
    within = [frame for frame in truth.frames if named.first <= frame <= named.last]
    step = span.of_frames(within).step if within else 1
    return named if step == 1 else replace(named, first=min(within), step=step)


def _floor(args: argparse.Namespace) -> Floor | None:
    """The floor of the file by its matrix or its pairs; None without either."""
    if args.homography is None and args.unit != "m":
        raise ScoreError("--unit is that of --homography; all else is in metres")
    if args.homography is not None:
        width, height = picture_size(args.video)
        return homography.read(args.homography, width=width, height=height, unit=args.unit)
    if args.pairs is not None:
        width, height = picture_size(args.video)
        return pairs.read(args.pairs, width=width, height=height)
    return None


def _drawn(path: Path | None, floor: Floor | None) -> Drawn | None:
    """The lines and zones, in metres wherever there is a floor."""
    if path is None:
        return None
    shapes = drawn.read(path)
    if floor is not None:
        return drawn.on_floor(shapes, floor)
    if shapes.unit is Unit.METRES:
        raise ScoreError(f'{path} is in metres: they need --homography or --pairs (or unit = "px" and pixels)')
    return shapes


def _places(path: Path | None, floor: Floor | None, shapes: Path | None) -> tuple[Spot, ...] | None:
    if path is None:
        return None
    if floor is None or shapes is None:
        raise ScoreError(
            "--places are in metres, and for lines and zones: they need --homography (or --pairs) and --floor"
        )
    return truepaths.read(path)


def _recorded(asked: _Asked) -> tuple[Recording, tuple[Row, ...]]:
    """What was seen, followed and counted; and the tracks' rows."""
    seen = looked(asked.video, asked.passport, asked.manner, first=asked.span.first, last=asked.span.last)
    beyond = _beyond(asked.span, len(seen.times))
    if beyond is not None:
        ended = len(seen.times)
        asked = replace(asked, truth=asked.truth.until(ended), span=replace(asked.span, last=ended))
    judged = tuple(look for look in seen.looks if asked.span.holds(look.frame))
    if not judged:
        raise ScoreError("no frame that was looked at is one that the truth speaks for; choose another --rate")
    floor = asked.floor or _guessed(seen.looks)
    tracks = _as_drawn(followed(seen.looks, floor), asked.truth, seen.looks)
    told = _counted(asked, seen, floor)
    cut = bootstrap.blocks(np.array([look.sighting.at for look in judged]))
    tall, doubt = _people(asked, [look.sighting for look in seen.looks])
    recording = Recording(
        passport=asked.passport,
        truth=asked.truth,
        span=asked.span,
        looked=seen,
        judged=judged,
        followed=tracks,
        count_cpu_s=told.cpu_s,
        on_floor=_on_floor(asked, seen, told.happened, cut),
        cut=cut,
        stature=tall,
        warnings=tuple(filter(None, [beyond, doubt, _beside(asked.truth, judged), _nowhere(asked, floor)])),
    )
    return recording, tracks.rows


def _beyond(wanted: Span, frames: int) -> str | None:
    """What to say of a video of so many frames that ends before it should; None where it does not."""
    if frames >= wanted.last:
        return None
    lost = sum(map(wanted.holds, range(frames + 1, wanted.last + 1)))
    told = f"{lost} frame{' lies' if lost == 1 else 's lie'}"
    return f"{told} beyond the video's last, {frames}, up to {wanted.last}: not judged; is the truth of this video?"


def _people(asked: _Asked, sightings: Sequence[Sighting]) -> tuple[float | None, str | None]:
    """How tall people are on the given floor, m, and what that says against it; a guessed one is made by them."""
    tall = None if asked.floor is None else stature.median(sightings, asked.floor)
    if asked.floor is None or tall is None:
        return None, None
    return tall, stature.doubted(tall, sightings, asked.floor, asked.unit)


def _beside(truth: Truth, looks: Sequence[Look]) -> str | None:
    """What to say of boxes that the picture cannot show."""
    picture = looks[0].sighting
    return edges.doubted(truth.rows, width=picture.width, height=picture.height)


def _nowhere(asked: _Asked, floor: Floor) -> str | None:
    """What to say of lines and zones that the picture does not show."""
    return None if asked.drawn is None else drawn.nowhere(drawn.on_floor(asked.drawn, floor), floor)


def _as_drawn(tracks: Followed, truth: Truth, looks: Sequence[Look]) -> Followed:
    """The tracks with boxes that end at the picture's edge, unless the truth's go on beyond it."""
    width, height = looks[0].sighting.width, looks[0].sighting.height
    if edges.reach_beyond(truth.rows, width=width, height=height):
        return tracks
    rows = edges.within(tracks.rows, width=width, height=height)
    return replace(tracks, rows=rows, cut=True)


def _guessed(looks: Sequence[Look]) -> Floor:
    """A floor from how tall people appear where."""
    picture = looks[0].sighting
    boxes = [box for look in looks for box in look.sighting.boxes]
    return assumed.floor(boxes, width=picture.width, height=picture.height)


def _counted(asked: _Asked, seen: Looked, floor: Floor) -> Counted:
    """What the node counts from the truth's first frame on; the sums have to begin with the truth's."""
    shapes = drawn.on_floor(asked.drawn, floor) if asked.drawn is not None else Drawn()
    return counted([look.sighting for look in seen.looks if look.frame >= asked.span.first], floor, shapes)


def _on_floor(asked: _Asked, seen: Looked, told: Happened, cut: bootstrap.Blocks) -> OnFloor | None:
    shapes = asked.drawn
    if shapes is None:
        return None
    spots = asked.places
    if spots is None:
        spots = truepaths.at_feet(asked.truth.rows, asked.floor)
    ways = _ways(asked.span, spots, seen.times)
    return onfloor.judged(
        trueevents.happened(ways, shapes.lines, shapes.zones),
        told,
        lines=[line.id for line in shapes.lines],
        zones=[zone.id for zone in shapes.zones],
        cut=cut,
    )


def _ways(spoken: Span, spots: Sequence[Spot], times: Mapping[int, float]) -> tuple[truepaths.TruePath, ...]:
    within = [spot for spot in spots if spoken.first <= spot.frame <= spoken.last]
    step = span.of_frames(spot.frame for spot in within).step if within else 1
    seconds = (times[spoken.last] - times[spoken.first]) / max(1, spoken.last - spoken.first)
    return truepaths.paths(within, times, step=step * seconds)
