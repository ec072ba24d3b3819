"""Sums events by the minute and by the hour, before they touch the database."""

import struct
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from contract.events import (
    Badge,
    Crossing,
    Direction,
    Event,
    Heat,
    Occupancy,
    Outcome,
    Party,
    Queue,
    Removal,
    Staff,
    Stay,
    Tap,
    Wait,
)

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
SPANS_MS = (MINUTE_MS, HOUR_MS)
STOP_MS = 5_000
"""Who stays so long has stopped and did not pass by."""
STAY_EDGES_MS = tuple(
    seconds * 1_000 for seconds in (1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1_200, 2_400, 3_600)
)
"""Where the lengths of stays and waits are cut into bins: close enough for a median within a quarter of itself."""
STOP_BIN = bisect_right(STAY_EDGES_MS, STOP_MS)
CAP = 2**53
"""Where every sum stops: JSON readers keep it exact, and no flood of hostile figures can overflow 64 bits."""

_CELL = struct.Struct("<hhq")
_RUN = struct.Struct("<hhHq")
_MOST_TRACKS = 2**32 - 1
_OUTCOMES = (Outcome.SERVED, Outcome.LEFT, Outcome.CUT)

Key = tuple[str, int]
"""Whose sum (a line, zone, reader or camera) and the beginning of its minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatReport:
    """One camera's report, with the beginning of its minute; what it told of cells is packed (`heat_minutes`)."""

    camera: str
    at_ms: int
    cell_mm: int
    cells: bytes
    seen: bytes  # empty where the node does not tell which cells the camera answers for
    tracks: bytes  # uint32, little-endian, one a cell in their order; empty where the node does not count tracks
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One sum: of whom, over which span from when, and its figures in the order of its table's columns."""

    span_ms: int
    name: str
    at_ms: int
    figures: tuple[int, ...]


@dataclass(slots=True)
class Sums:
    """The sums of some events; each list holds the figures of one minute in the order of its table's columns."""

    crossings: dict[Key, list[int]] = field(default_factory=dict)
    stays: dict[Key, list[int]] = field(default_factory=dict)
    lengths: dict[tuple[str, int, int], int] = field(default_factory=dict)
    occupancies: dict[Key, list[int]] = field(default_factory=dict)
    taps: dict[Key, list[int]] = field(default_factory=dict)
    cameras: dict[Key, list[int]] = field(default_factory=dict)
    cells: dict[tuple[str, int, int], dict[tuple[int, int], int]] = field(default_factory=dict)
    tracks: dict[tuple[str, int, int], dict[tuple[int, int], int]] = field(default_factory=dict)
    seen: dict[tuple[str, int, int], dict[tuple[int, int, int], int]] = field(default_factory=dict)
    parties: dict[tuple[str, int, int], list[int]] = field(default_factory=dict)
    queues: dict[Key, list[int]] = field(default_factory=dict)
    waits: dict[Key, list[int]] = field(default_factory=dict)
    wait_lengths: dict[tuple[str, int, int], int] = field(default_factory=dict)
    staff_crossings: dict[Key, list[int]] = field(default_factory=dict)
    staff: dict[Key, list[int]] = field(default_factory=dict)
    badges: dict[Key, list[int]] = field(default_factory=dict)


def summed(events: Iterable[Event]) -> Sums:
    """The events' sums; those kinds that no page sums (devices, drops) change nothing.

    A kind at a time: over many events that is three times as fast as asking each what it is.
    """
    kinds: defaultdict[type, list[Event]] = defaultdict(list)
    for event in events:
        kinds[type(event)].append(event)
    sums = Sums()
    for kind, add in _ADDERS.items():
        if kind in kinds:
            add(sums, kinds[kind])
    return sums


def _add_taps(sums: Sums, taps: list[Tap]) -> None:
    for tap in taps:
        if tap.staff:
            _figures(sums.badges, tap.reader, tap.at, 3)[0] += 1
            continue
        figures = _figures(sums.taps, tap.reader, tap.at, 4)
        figures[0] += 1
        figures[1] += tap.tag is not None


def _add_removals(sums: Sums, removals: list[Removal]) -> None:
    for removal in removals:
        if removal.staff:
            continue
        figures = _figures(sums.taps, removal.reader, removal.at, 4)
        figures[2] += 1
        figures[3] += removal.held_ms


def _add_crossings(sums: Sums, crossings: list[Crossing]) -> None:
    found = Counter((it.staff, it.line, it.at // MINUTE_MS, it.direction is Direction.OUT) for it in crossings)
    for (staff, line, minute, went_out), count in found.items():
        of = sums.staff_crossings if staff else sums.crossings
        _figures(of, line, minute * MINUTE_MS, 2)[went_out] += count


def _add_stays(sums: Sums, stays: list[Stay]) -> None:
    bins: dict[tuple[str, int, int], list[int]] = {}
    for stay in stays:
        length = stay.for_ms
        key = (stay.zone, stay.at // MINUTE_MS, bisect_right(STAY_EDGES_MS, length))
        if (figures := bins.get(key)) is None:
            figures = bins[key] = [0, 0, 0]
        figures[0] += 1
        figures[1] += stay.cut
        figures[2] += length
    for (zone, minute, place), (count, cut, length) in bins.items():
        at_ms = minute * MINUTE_MS
        sums.lengths[zone, at_ms, place] = count
        figures = _figures(sums.stays, zone, at_ms, 4)
        figures[0] += count
        figures[1] += cut
        figures[2] += length
        figures[3] += count * (place >= STOP_BIN)


def _add_occupancies(sums: Sums, occupancies: list[Occupancy]) -> None:
    for event in occupancies:
        figures = _figures(sums.occupancies, event.zone, event.at, 4)
        figures[0] += event.span_ms
        figures[1] += event.covered_ms
        figures[2] += event.person_ms
        figures[3] = max(figures[3], event.peak)


def _add_heat(sums: Sums, reports: list[Heat]) -> None:
    for heat in reports:
        cells = sums.cells.setdefault((heat.camera, heat.at // HOUR_MS * HOUR_MS, heat.cell_mm), {})
        known, total = cells.get, 0
        for cell in heat.cells:
            place, person_ms = (cell.x, cell.y), cell.person_ms
            cells[place] = known(place, 0) + person_ms
            total += person_ms
        if heat.seen:
            _add_seen(sums, heat)
        if heat.tracks:
            _add_tracks(sums, heat)
        figures = _figures(sums.cameras, heat.camera, heat.at, 3)
        figures[0] += heat.span_ms
        figures[1] += heat.covered_ms
        figures[2] += total


def _add_seen(sums: Sums, heat: Heat) -> None:
    """A camera answers for the same cells minute by minute, so its hour has hardly more runs than one report."""
    seen = sums.seen.setdefault((heat.camera, heat.at // HOUR_MS * HOUR_MS, heat.cell_mm), {})
    for run in heat.seen:
        key = (run.x, run.y, run.cells)
        seen[key] = seen.get(key, 0) + run.covered_ms


def _add_tracks(sums: Sums, heat: Heat) -> None:
    tracks = sums.tracks.setdefault((heat.camera, heat.at // HOUR_MS * HOUR_MS, heat.cell_mm), {})
    for cell, count in zip(heat.cells, heat.tracks, strict=True):
        if count:
            tracks[cell.x, cell.y] = tracks.get((cell.x, cell.y), 0) + count


def _add_parties(sums: Sums, parties: list[Party]) -> None:
    for party in parties:
        key = (party.line, party.at // MINUTE_MS * MINUTE_MS, party.size)
        if (figures := sums.parties.get(key)) is None:
            figures = sums.parties[key] = [0, 0]
        figures[party.direction is Direction.OUT] += 1


def _add_queues(sums: Sums, queues: list[Queue]) -> None:
    for event in queues:
        figures = _figures(sums.queues, event.zone, event.at, 4)
        figures[0] += event.span_ms
        figures[1] += event.covered_ms
        figures[2] += event.waiting_ms
        figures[3] = max(figures[3], event.peak)


def _add_waits(sums: Sums, waits: list[Wait]) -> None:
    for wait in waits:
        figures = _figures(sums.waits, wait.zone, wait.at, 4)
        figures[_OUTCOMES.index(wait.outcome)] += 1
        figures[3] += wait.for_ms
        key = (wait.zone, wait.at // MINUTE_MS * MINUTE_MS, bisect_right(STAY_EDGES_MS, wait.for_ms))
        sums.wait_lengths[key] = sums.wait_lengths.get(key, 0) + 1


def _add_staff(sums: Sums, reports: list[Staff]) -> None:
    for event in reports:
        figures = _figures(sums.staff, event.camera, event.at, 3)
        figures[0] += event.person_ms
        figures[1] += event.marked
        figures[2] += event.told


def _add_badges(sums: Sums, badges: list[Badge]) -> None:
    for badge in badges:
        figures = _figures(sums.badges, badge.reader, badge.at, 3)
        figures[1 if badge.people == 1 else 2] += 1


_ADDERS: dict[type, Callable[[Sums, list[Any]], None]] = {
    Tap: _add_taps,
    Removal: _add_removals,
    Crossing: _add_crossings,
    Stay: _add_stays,
    Occupancy: _add_occupancies,
    Heat: _add_heat,
    Party: _add_parties,
    Queue: _add_queues,
    Wait: _add_waits,
    Staff: _add_staff,
    Badge: _add_badges,
}


def rows(minutes: dict[Key, list[int]], *, last_is_peak: bool = False) -> Iterator[Row]:
    """The minutes' sums and those of their hours, no figure above `CAP`; a peak is the highest, not the sum."""
    hours: dict[Key, list[int]] = {}
    for (name, at_ms), figures in minutes.items():
        yield _row(MINUTE_MS, name, at_ms, figures)
        hour = _figures(hours, name, at_ms, len(figures), HOUR_MS)
        peak = max(hour[-1], figures[-1])
        for place, figure in enumerate(figures):
            hour[place] += figure
        if last_is_peak:
            hour[-1] = peak
    for (name, at_ms), figures in hours.items():
        yield _row(HOUR_MS, name, at_ms, figures)


def told_at(sums: Sums) -> set[int]:
    """The beginnings of all minutes that the sums are about, except those of heat alone."""
    tables = (sums.crossings, sums.stays, sums.occupancies, sums.taps, sums.cameras, sums.queues, sums.waits)
    return {at_ms for table in tables for _, at_ms in table}


def lengths(minutes: dict[tuple[str, int, int], int]) -> dict[tuple[int, str, int, int], int]:
    """How many stays or waits by span, zone, the span's beginning and the bin of their length."""
    found: dict[tuple[int, str, int, int], int] = {}
    for (zone, minute_ms, place), count in minutes.items():
        for span_ms in SPANS_MS:
            key = (span_ms, zone, minute_ms // span_ms * span_ms, place)
            found[key] = found.get(key, 0) + count
    return found


def parties(sums: Sums) -> dict[tuple[int, str, int, int], tuple[int, int]]:
    """How many parties went in and out by span, line, the span's beginning and their size."""
    found: dict[tuple[int, str, int, int], tuple[int, int]] = {}
    for (line, minute_ms, size), (went_in, went_out) in sums.parties.items():
        for span_ms in SPANS_MS:
            key = (span_ms, line, minute_ms // span_ms * span_ms, size)
            before = found.get(key, (0, 0))
            found[key] = (before[0] + went_in, before[1] + went_out)
    return found


def report(heat: Heat, sequence: int) -> HeatReport:
    """The camera's report as the minutes' table keeps it."""
    return HeatReport(
        camera=heat.camera,
        at_ms=heat.at // MINUTE_MS * MINUTE_MS,
        cell_mm=heat.cell_mm,
        cells=b"".join([_CELL.pack(it.x, it.y, it.person_ms) for it in heat.cells]),
        seen=b"".join([_RUN.pack(it.x, it.y, it.cells, it.covered_ms) for it in heat.seen]),
        tracks=struct.pack(f"<{len(heat.tracks)}I", *[min(count, _MOST_TRACKS) for count in heat.tracks]),
        sequence=sequence,
    )


def _figures(sums: dict[Key, list[int]], name: str, at_ms: int, width: int, span_ms: int = MINUTE_MS) -> list[int]:
    key = (name, at_ms // span_ms * span_ms)
    figures = sums.get(key)
    if figures is None:
        figures = sums[key] = [0] * width
    return figures


def _row(span_ms: int, name: str, at_ms: int, figures: list[int]) -> Row:
    return Row(span_ms=span_ms, name=name, at_ms=at_ms, figures=tuple(min(figure, CAP) for figure in figures))
