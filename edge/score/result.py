"""The figures of a scored recording, as the last line of `aisle-edge score` shows them."""

import msgspec

from edge.camera.scale import Usual

Between = tuple[float, float] | None  # 95 %, or null where the recording is too short to tell


class CountScore(msgspec.Struct, frozen=True, kw_only=True):
    """One line in one direction; `error` is |counted - truth|."""

    truth: int
    counted: int
    error: int
    missed: int  # true crossings without a counted one within a second
    invented: int  # counted crossings without a true one


class LineScore(msgspec.Struct, frozen=True, kw_only=True, rename={"inward": "in", "outward": "out"}):
    """One line; `in` and `out` on the wire."""

    id: str
    inward: CountScore
    outward: CountScore


class ZoneScore(msgspec.Struct, frozen=True, kw_only=True):
    """One zone; the errors of dwell are of matched stays, null where there are none."""

    id: str
    stays_truth: int
    stays_counted: int
    stays_missed: int
    stays_invented: int
    dwell_error_median_s: float | None
    dwell_error_mean_s: float | None
    person_s_truth: float
    person_s_counted: float
    person_s_error: float | None  # |counted - truth| / truth; null where nobody was there


class FloorScore(msgspec.Struct, frozen=True, kw_only=True):
    """All lines and zones together; null where there is nothing to compare."""

    crossings_truth: int
    crossing_error: int  # the sum of all lines' and directions' errors
    dwell_error_median_s: float | None  # of all zones' matched stays
    dwell_error_mean_s: float | None
    person_s_error: float | None  # the sum of all zones' errors over the sum of their true person-seconds


class Intervals(msgspec.Struct, frozen=True, kw_only=True):
    """Between which values a figure lies, by a bootstrap over blocks of `block_s`, of which there were `blocks`."""

    block_s: float
    blocks: int
    ap50: Between
    ap: Between
    detection_precision: Between
    detection_recall: Between
    mota: Between
    idf1: Between
    hota: Between
    precision: Between
    recall: Between
    crossing_error: Between = None
    dwell_error_median_s: Between = None
    person_s_error: Between = None


class Cpu(msgspec.Struct, frozen=True, kw_only=True):
    """Processor time of the whole process, in ms: decoding for each frame of the video, the rest for each look."""

    decode_ms: float
    gate_ms: float  # the motion gate, 0 without one
    detect_ms: float  # scaling included; the mean of all looks, rested ones too
    track_ms: float  # tracker and counting
    seconds: float  # all together
    core_percent: float  # all together, over the video's own time


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """The figures. Those of tracks are of boxes at an IoU of 0.5, but for HOTA."""

    mota: float
    idf1: float
    precision: float  # of the tracks' boxes
    recall: float
    id_switches: int
    ms_per_frame: float  # detector and tracker, mean, without decoding the video
    frames: int  # that were looked at
    rested: int  # of these, those in which nothing moved and the detector rested (--gate)
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
    hota: float
    deta: float
    assa: float
    fragmentations: int
    mostly_tracked: int
    mostly_lost: int
    ap50: float  # average precision of the detector's own boxes, the mean over 101 recalls
    ap50_area: float  # the same by the whole area under the curve
    ap: float  # the mean of those at 0.50, 0.55 … 0.95
    detection_precision: float  # of the detector's own boxes, at the model's threshold
    detection_recall: float
    people: Usual | None  # how tall those of the truth show; null where nobody is
    scored_frames: int  # looked at, and the truth speaks for them
    truth_first: int  # frame
    truth_last: int
    truth_step: int
    cut: bool  # the tracks' boxes end at the picture's edge, as all of the truth's do
    lines: tuple[LineScore, ...]
    zones: tuple[ZoneScore, ...]
    floor: FloorScore | None  # null without lines and zones
    intervals: Intervals
    cpu: Cpu
    stature_m: float | None  # the median of whole people on the given floor; null where nobody knows
    warnings: tuple[str, ...]  # why the figures may not be what was asked for
