"""All figures of a recording, made of what was seen, followed and counted in it."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge.camera import scale
from edge.camera.scale import Expected, Size, Usual
from edge.counting.crossings import Direction
from edge.score import bootstrap, hota
from edge.score.aside import without
from edge.score.bootstrap import Array, Blocks, Interval
from edge.score.clear import Clear, clear
from edge.score.following import Followed
from edge.score.frames import by_frame
from edge.score.hota import Hota
from edge.score.identity import Identity, identity
from edge.score.looking import Look, Looked
from edge.score.motchallenge import Truth
from edge.score.onfloor import Count, Dwell, OnFloor
from edge.score.precision import Precision, Told, at_threshold, average, precision, told
from edge.score.result import Between, CountScore, Cpu, FloorScore, Intervals, LineScore, Scored, ZoneScore
from edge.score.span import Span
from models import Passport


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Everything that the figures are made of."""

    passport: Passport
    truth: Truth
    span: Span
    looked: Looked
    judged: tuple[Look, ...]  # the looks that the truth speaks for
    followed: Followed
    count_cpu_s: tuple[float, ...]  # tracker and counting, of each look
    on_floor: OnFloor | None
    cut: Blocks
    stature: float | None  # m, the median on the given floor
    warnings: tuple[str, ...]


def scored(seen: Recording) -> Scored:
    """The figures of a recording with at least one judged look."""
    numbers = [look.frame for look in seen.judged]
    found = without(seen.followed.rows, seen.truth)
    frames = list(by_frame(seen.truth.rows, found, numbers))
    marks, names, whole = clear(frames), identity(frames), hota.measured(frames)
    boxes = _told(seen)
    own = precision(boxes, threshold=seen.passport.threshold)
    detect_ms = [look.detect_ms for look in seen.looked.looks]
    people = _people(seen)
    return Scored(
        mota=_short(marks.mota),
        idf1=_short(names.idf1),
        precision=_short(marks.precision),
        recall=_short(marks.recall),
        id_switches=marks.id_switches,
        ms_per_frame=_short(statistics.fmean(detect_ms) + statistics.fmean(seen.followed.track_ms)),
        frames=len(seen.looked.looks),
        rested=sum(look.rested for look in seen.looked.looks),
        detections=_detections(seen),
        motp=_short(marks.motp),
        idp=_short(names.precision),
        idr=_short(names.recall),
        misses=marks.misses,
        false_positives=marks.false_positives,
        truth_boxes=marks.truth,
        track_boxes=marks.found,
        tracks=len({row.id for row in seen.followed.rows}),
        truth_tracks=len({person for frame in frames for person in frame.truth}),
        detect_ms=_short(statistics.median(detect_ms)),
        track_ms=_short(statistics.median(seen.followed.track_ms)),
        model=seen.passport.name,
        hota=_short(whole.hota),
        deta=_short(whole.detection),
        assa=_short(whole.association),
        fragmentations=marks.fragmentations,
        mostly_tracked=marks.mostly_tracked,
        mostly_lost=marks.mostly_lost,
        ap50=_short(own.average),
        ap50_area=_short(own.area),
        ap=_short(own.average_all),
        detection_precision=_short(own.precision),
        detection_recall=_short(own.recall),
        people=people,
        scored_frames=len(seen.judged),
        truth_first=seen.span.first,
        truth_last=seen.span.last,
        truth_step=seen.span.step,
        cut=seen.followed.cut,
        lines=_lines(seen.on_floor),
        zones=_zones(seen.on_floor),
        floor=_floor(seen.on_floor),
        intervals=_intervals(seen, _Judged(marks=marks, names=names, whole=whole, boxes=boxes, own=own)),
        cpu=_cpu(seen),
        stature_m=None if seen.stature is None else _short(seen.stature),
        warnings=(*seen.warnings, people.advice) if people and people.advice else seen.warnings,
    )


def _people(seen: Recording) -> Usual | None:
    """How tall the people of the truth show, and in what the detector looked at."""
    sighting = seen.judged[0].sighting
    picture = Size(width=sighting.width, height=sighting.height)
    people = [
        Expected(
            x=(row.left + row.width / 2) / picture.width,
            y=(row.top + row.height) / picture.height,
            tall=row.height / picture.height,
        )
        for row in seen.truth.rows
    ]
    net = seen.looked.net
    return scale.usual(people, scale.chosen(seen.looked.people, picture, net), picture, net)


def _detections(seen: Recording) -> int:
    return sum(box.score >= seen.passport.threshold for look in seen.looked.looks for box in look.sighting.boxes)


def _told(seen: Recording) -> Told:
    """The detector's own boxes in the judged looks."""
    rows = [look.row(number, box) for look in seen.judged for number, box in enumerate(look.boxes)]
    kept = without(rows, seen.truth)
    scores: dict[int, list[float]] = {look.frame: [] for look in seen.judged}
    for row in kept:
        scores[row.frame].append(row.conf)
    frames = by_frame(seen.truth.rows, kept, scores)
    return told(zip(frames, map(tuple, scores.values()), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """The figures of boxes, whole, for their intervals."""

    marks: Clear
    names: Identity
    whole: Hota
    boxes: Told
    own: Precision


def _intervals(seen: Recording, of: _Judged) -> Intervals:
    """The intervals. Who is matched with whom stays as in the whole recording; whose time counts is drawn anew."""
    cut, threshold = seen.cut, seen.passport.threshold

    def detector(weights: Array) -> Array:
        averages = average(of.boxes, weights)
        return np.array([averages[0], averages.mean(), *at_threshold(of.boxes, weights, threshold=threshold)])

    ap50, ap, exact, found = bootstrap.of_weights(cut, detector)
    steps = np.array(
        [(step.truth, step.found, step.matches, step.id_switches) for step in of.marks.steps], np.float64
    ).reshape(-1, 4)
    names = np.array([(step.truth + step.found, 2 * step.agreeing) for step in of.names.steps], np.float64)
    higher = np.hstack([of.whole.found, of.whole.wrong, of.whole.kept])
    bounds = len(hota.BOUNDS)
    floor = seen.on_floor
    return Intervals(
        block_s=bootstrap.BLOCK_S,
        blocks=cut.number,
        ap50=_between(ap50),
        ap=_between(ap),
        detection_precision=_between(exact),
        detection_recall=_between(found),
        mota=_between(bootstrap.of_sums(cut, cut.of_frame, steps, _mota)),
        idf1=_between(bootstrap.of_sums(cut, cut.of_frame, names, lambda sums: _share(sums[..., 1], sums[..., 0]))),
        hota=_between(
            bootstrap.of_sums(
                cut,
                cut.of_frame,
                higher,
                lambda sums: hota.hota(sums[..., :bounds], sums[..., bounds : 2 * bounds], sums[..., 2 * bounds :]),
            )
        ),
        precision=_between(
            bootstrap.of_sums(cut, cut.of_frame, steps, lambda sums: _share(sums[..., 2], sums[..., 1]))
        ),
        recall=_between(bootstrap.of_sums(cut, cut.of_frame, steps, lambda sums: _share(sums[..., 2], sums[..., 0]))),
        crossing_error=_between(floor.crossing_error if floor else None),
        dwell_error_median_s=_between(floor.dwell_error if floor else None),
        person_s_error=_between(floor.person_s_error if floor else None),
    )


def _mota(sums: Array) -> Array:
    truth, found, matches, switches = (sums[..., column] for column in range(4))
    errors = truth + found - 2 * matches + switches
    return np.where(truth > 0, 1 - _share(errors, truth), 0.0)


def _share(part: Array, whole: Array) -> Array:
    shares: Array = np.divide(part, whole, out=np.zeros(np.shape(whole)), where=whole > 0)
    return shares


def _between(interval: Interval | None) -> Between:
    return None if interval is None else (_short(interval.low), _short(interval.high))


def _lines(floor: OnFloor | None) -> tuple[LineScore, ...]:
    if floor is None:
        return ()
    return tuple(
        LineScore(id=line, inward=_count(ways[Direction.IN]), outward=_count(ways[Direction.OUT]))
        for line, ways in floor.lines.items()
    )


def _count(count: Count) -> CountScore:
    return CountScore(
        truth=count.truth,
        counted=count.counted,
        error=count.error,
        missed=count.missed,
        invented=count.invented,
    )


def _zones(floor: OnFloor | None) -> tuple[ZoneScore, ...]:
    if floor is None:
        return ()
    return tuple(_zone(zone, dwell) for zone, dwell in floor.zones.items())


def _zone(zone: str, dwell: Dwell) -> ZoneScore:
    return ZoneScore(
        id=zone,
        stays_truth=dwell.truth,
        stays_counted=dwell.counted,
        stays_missed=dwell.missed,
        stays_invented=dwell.invented,
        dwell_error_median_s=_short(statistics.median(dwell.errors)) if dwell.errors else None,
        dwell_error_mean_s=_short(statistics.fmean(dwell.errors)) if dwell.errors else None,
        person_s_truth=round(dwell.person_s_truth, 2),
        person_s_counted=round(dwell.person_s_counted, 2),
        person_s_error=_off([dwell]),
    )


def _floor(floor: OnFloor | None) -> FloorScore | None:
    if floor is None:
        return None
    counts = [count for ways in floor.lines.values() for count in ways.values()]
    errors = [error for dwell in floor.zones.values() for error in dwell.errors]
    return FloorScore(
        crossings_truth=sum(count.truth for count in counts),
        crossing_error=sum(count.error for count in counts),
        dwell_error_median_s=_short(statistics.median(errors)) if errors else None,
        dwell_error_mean_s=_short(statistics.fmean(errors)) if errors else None,
        person_s_error=_off(list(floor.zones.values())),
    )


def _off(zones: Sequence[Dwell]) -> float | None:
    """The sum of the zones' errors in person-seconds over what is true."""
    truth = sum(zone.person_s_truth for zone in zones)
    if truth <= 0:
        return None
    return _short(sum(abs(zone.person_s_counted - zone.person_s_truth) for zone in zones) / truth)


def _cpu(seen: Recording) -> Cpu:
    looks, times = seen.looked.looks, seen.looked.times
    gate, detect = sum(look.gate_cpu_s for look in looks), sum(look.detect_cpu_s for look in looks)
    track = sum(seen.count_cpu_s)
    # The looks before the truth begins are not counted, but cost as much as those that are.
    track *= len(looks) / len(seen.count_cpu_s) if seen.count_cpu_s else 0.0
    seconds = seen.looked.decode_cpu_s + gate + detect + track
    span = max(times.values()) - min(times.values())
    lasted = span * len(times) / max(1, len(times) - 1)
    return Cpu(
        decode_ms=_short(1000 * seen.looked.decode_cpu_s / len(times)),
        gate_ms=_short(1000 * gate / len(looks)),
        detect_ms=_short(1000 * detect / len(looks)),
        track_ms=_short(1000 * track / len(looks)),
        seconds=_short(seconds),
        core_percent=_short(100 * seconds / lasted) if lasted > 0 else 0.0,
    )


def _short(value: float) -> float:
    return round(value, 4)
