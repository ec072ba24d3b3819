"""How well a store was seen: the truth of a day beside what the cloud has stored of it."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Meta, Struct

from contract.events import Crossing, Event, Heat, Stay, Tap

CELL_MM: Final = 250
"""The grid on which the heat maps are compared; coarser cells of an event count for the fine one in their middle."""
SIGMA_MM: Final = 250
"""Both maps are compared as the manager's page draws them: under a Gaussian of this width."""


class TrueTap(Struct, frozen=True, kw_only=True):
    """Something was held to a reader until `until`; times in ms since the day's start."""

    at: int
    until: int
    reader: str


class TrueCrossing(Struct, frozen=True, kw_only=True):
    """Somebody's feet went over a line."""

    at: int
    line: str
    direction: str


class TrueStay(Struct, frozen=True, kw_only=True):
    """Somebody was in a zone until `until`."""

    at: int
    until: int
    zone: str


class PhoneTap(Struct, frozen=True, kw_only=True):
    """A phone opened a shelf's tag."""

    at: int
    tag: str


class TrueHeat(Struct, frozen=True, kw_only=True):
    """Person-milliseconds by cell."""

    at: int
    cell_mm: Annotated[int, Meta(gt=0)]
    cells: tuple[tuple[int, int, int], ...]


class End(Struct, frozen=True, kw_only=True):
    """The day's end."""

    at: int


Truth = End | TrueTap | TrueCrossing | TrueStay | PhoneTap | TrueHeat

_TAPS: Final = (TrueTap, PhoneTap)
_NEVER: Final = 2**53


class _Line(Struct, frozen=True):
    kind: str


_line = msgspec.json.Decoder(_Line)
_truths: Final[dict[str, msgspec.json.Decoder[Truth]]] = {
    "tap": msgspec.json.Decoder(TrueTap),
    "crossing": msgspec.json.Decoder(TrueCrossing),
    "stay": msgspec.json.Decoder(TrueStay),
    "phone-tap": msgspec.json.Decoder(PhoneTap),
    "heat": msgspec.json.Decoder(TrueHeat),
    "end": msgspec.json.Decoder(End),
}


class Visit(Struct, frozen=True, kw_only=True):
    """A phone's tap as the cloud answered it, signed or from a plain tag."""

    at: int
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conservation:
    """Events of all nodes: *produced = stored + quarantined + pending + dropped*."""

    produced: int
    stored: int
    quarantined: int
    pending: int
    dropped: int


def decode_truth(line: bytes) -> Truth | None:
    """One line of the truth file; None for a kind that is not compared. Raises msgspec.ValidationError."""
    decoder = _truths.get(_line.decode(line).kind)
    return decoder and decoder.decode(line)


def scorecard(
    *,
    truth: Sequence[Truth],
    started_ms: int,
    events: Sequence[Event],
    visits: Sequence[Visit],
    waits_ms: Sequence[float],
    conservation: Conservation,
    rss_mb: dict[str, float],
) -> dict[str, object]:
    """The figures by name; an error is a share of the truth, and None where the truth has nothing to compare.

    `started_ms` is the wall time at which the day began, at speed 1.
    """
    ended_ms = started_ms + max((end.at for end in truth if isinstance(end, End)), default=_NEVER)
    return {
        **_taps(truth, events, visits),
        **_crossings(truth, events),
        **_stays(truth, events, ended_ms),
        "heatmap_correlation": _rounded(correlation(smoothed(_true_heat(truth)), smoothed(_seen_heat(events)))),
        "tap_to_phone_ms_p50": _rounded(percentile(waits_ms, 0.50), 1),
        "tap_to_phone_ms_p99": _rounded(percentile(waits_ms, 0.99), 1),
        "tap_to_phone_count": len(waits_ms),
        "produced": conservation.produced,
        "stored": conservation.stored,
        "quarantined": conservation.quarantined,
        "pending": conservation.pending,
        "dropped": conservation.dropped,
        "rss_mb": rss_mb,
    }


def _taps(truth: Iterable[Truth], events: Iterable[Event], visits: Iterable[Visit]) -> dict[str, object]:
    """Taps by where they were made; `taps_unmatched` counts those that one side has and the other has not."""
    true = Counter(tap.reader if isinstance(tap, TrueTap) else tap.tag for tap in truth if isinstance(tap, _TAPS))
    seen = Counter(tap.reader for tap in events if isinstance(tap, Tap))
    seen.update(visit.tag for visit in visits)
    unmatched = ((true - seen) + (seen - true)).total()
    return {"taps_truth": true.total(), "taps_stored": seen.total(), "taps_unmatched": unmatched}


def _crossings(truth: Iterable[Truth], events: Iterable[Event]) -> dict[str, object]:
    true = Counter((each.line, each.direction) for each in truth if isinstance(each, TrueCrossing))
    seen = Counter((each.line, each.direction.value) for each in events if isinstance(each, Crossing))
    error = sum(abs(true[key] - seen[key]) for key in true | seen)
    return {
        "crossings_truth": true.total(),
        "crossings_seen": seen.total(),
        "crossings_error": _rounded(error / true.total() if true else None),
    }


def _stays(truth: Iterable[Truth], events: Iterable[Event], ended_ms: int) -> dict[str, object]:
    """Person-seconds by zone; the error sums what each zone is off by, so that no zone makes up for another.

    Who is in a zone at the day's end stands still there until the cameras are off: that time is in no truth.
    """
    true: dict[str, float] = defaultdict(float)
    seen: dict[str, float] = defaultdict(float)
    for stay in truth:
        if isinstance(stay, TrueStay):
            true[stay.zone] += (stay.until - stay.at) / 1000
    for event in events:
        if isinstance(event, Stay):
            seen[event.zone] += max(0, min(event.for_ms, ended_ms - event.at)) / 1000
    total = sum(true.values())
    error = sum(abs(true.get(zone, 0.0) - seen.get(zone, 0.0)) for zone in {*true, *seen})
    return {
        "stay_s_truth": round(total, 1),
        "stay_s_seen": round(sum(seen.values()), 1),
        "stay_s_by_zone": {zone: [round(true[zone], 1), round(seen[zone], 1)] for zone in sorted({*true, *seen})},
        "stay_error": _rounded(error / total if total else None),
    }


Grid: TypeAlias = dict[tuple[int, int], float]


def _true_heat(truth: Iterable[Truth]) -> Grid:
    grid: Grid = defaultdict(float)
    for heat in truth:
        if isinstance(heat, TrueHeat):
            for x, y, spent in heat.cells:
                grid[_common(x, heat.cell_mm), _common(y, heat.cell_mm)] += spent
    return grid


def _seen_heat(events: Iterable[Event]) -> Grid:
    grid: Grid = defaultdict(float)
    for heat in events:
        if isinstance(heat, Heat):
            for cell in heat.cells:
                grid[_common(cell.x, heat.cell_mm), _common(cell.y, heat.cell_mm)] += cell.person_ms
    return grid


def _common(cell: int, cell_mm: int) -> int:
    """The cell of the common grid that holds the middle of this one."""
    return (cell * cell_mm + cell_mm // 2) // CELL_MM


def smoothed(grid: Grid) -> Grid:
    """The grid under a Gaussian of SIGMA_MM, cut at three times its width; the sum stays what it was."""
    reach = 3 * SIGMA_MM // CELL_MM
    weights = [math.exp(-((step * CELL_MM / SIGMA_MM) ** 2) / 2) for step in range(-reach, reach + 1)]
    shares = [weight / sum(weights) for weight in weights]
    steps = list(zip(range(-reach, reach + 1), shares, strict=True))
    spread: Grid = defaultdict(float)
    for (x, y), spent in grid.items():
        for dx, share_x in steps:
            for dy, share_y in steps:
                spread[x + dx, y + dy] += spent * share_x * share_y
    return spread


def correlation(true: Grid, seen: Grid) -> float | None:
    """Pearson's r over all cells that either grid has; None where one is empty or flat."""
    cells = sorted({*true, *seen})
    pairs = [(true.get(cell, 0.0), seen.get(cell, 0.0)) for cell in cells]
    if len(pairs) < 2:
        return None
    mean_t, mean_s = (sum(column) / len(pairs) for column in zip(*pairs, strict=True))
    cross = sum((t - mean_t) * (s - mean_s) for t, s in pairs)
    spread = math.sqrt(sum((t - mean_t) ** 2 for t, _ in pairs) * sum((s - mean_s) ** 2 for _, s in pairs))
    return cross / spread if spread else None


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that `share` of them do not exceed (nearest rank); None where there are none."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _rounded(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)
