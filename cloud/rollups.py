"""Sums events by the minute and by the hour, before they touch the database."""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from contract.events import Crossing, Direction, Event, Heat, Occupancy, Removal, Stay, Tap

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
SPANS_MS = (MINUTE_MS, HOUR_MS)
STOP_MS = 5_000
"""Who stays so long has stopped and did not pass by."""
STAY_EDGES_MS = tuple(
    seconds * 1_000 for seconds in (1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1_200, 2_400, 3_600)
)
"""Where the lengths of stays are cut into bins: close enough for a median within a quarter of itself."""
CAP = 2**53
"""Where every sum stops: JSON readers keep it exact, and no flood of hostile figures can overflow 64 bits."""

_CELL = struct.Struct("<hhq")

Key = tuple[str, int]
"""Whose sum (a line, zone, reader or camera) and the beginning of its minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatReport:
    """One camera's report, with the beginning of its minute and its cells packed (see `pack`)."""

    camera: str
    at_ms: int
    cell_mm: int
    cells: bytes
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

    def add(self, event: Event) -> None:
        """Adds one event; those that no page sums (devices, drops) change nothing."""
        match event:
            case Tap():
                figures = _figures(self.taps, event.reader, event.at, 4)
                figures[0] += 1
                figures[1] += event.tag is not None
            case Crossing():
                _figures(self.crossings, event.line, event.at, 2)[event.direction is Direction.OUT] += 1
            case Stay():
                self._add_stay(event)
            case Removal():
                figures = _figures(self.taps, event.reader, event.at, 4)
                figures[2] += 1
                figures[3] += event.held_ms
            case Occupancy():
                figures = _figures(self.occupancies, event.zone, event.at, 4)
                figures[0] += event.span_ms
                figures[1] += event.covered_ms
                figures[2] += event.person_ms
                figures[3] = max(figures[3], event.peak)
            case Heat():
                self._add_heat(event)
            case _:
                pass

    def _add_stay(self, stay: Stay) -> None:
        figures = _figures(self.stays, stay.zone, stay.at, 4)
        figures[0] += 1
        figures[1] += stay.cut
        figures[2] += stay.for_ms
        figures[3] += stay.for_ms >= STOP_MS
        key = (stay.zone, stay.at // MINUTE_MS * MINUTE_MS, bisect_right(STAY_EDGES_MS, stay.for_ms))
        self.lengths[key] = self.lengths.get(key, 0) + 1

    def _add_heat(self, heat: Heat) -> None:
        cells = self.cells.setdefault((heat.camera, heat.at // HOUR_MS * HOUR_MS, heat.cell_mm), {})
        total = 0
        for cell in heat.cells:
            place = (cell.x, cell.y)
            cells[place] = cells.get(place, 0) + cell.person_ms
            total += cell.person_ms
        figures = _figures(self.cameras, heat.camera, heat.at, 3)
        figures[0] += heat.span_ms
        figures[1] += heat.covered_ms
        figures[2] += total


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


def lengths(sums: Sums) -> dict[tuple[int, str, int, int], int]:
    """How many stays by span, zone, the span's beginning and the bin of their length."""
    found: dict[tuple[int, str, int, int], int] = {}
    for (zone, minute_ms, place), stays in sums.lengths.items():
        for span_ms in SPANS_MS:
            key = (span_ms, zone, minute_ms // span_ms * span_ms, place)
            found[key] = found.get(key, 0) + stays
    return found


def report(heat: Heat, sequence: int) -> HeatReport:
    """The camera's report as the minutes' table keeps it."""
    return HeatReport(
        camera=heat.camera,
        at_ms=heat.at // MINUTE_MS * MINUTE_MS,
        cell_mm=heat.cell_mm,
        cells=b"".join(_CELL.pack(cell.x, cell.y, cell.person_ms) for cell in heat.cells),
        sequence=sequence,
    )


def unpack(cells: bytes) -> Iterator[tuple[int, int, int]]:
    """x, y and person_ms of each cell of `HeatReport.cells`. Raises struct.error where it is not that."""
    return _CELL.iter_unpack(cells)


def _figures(sums: dict[Key, list[int]], name: str, at_ms: int, width: int, span_ms: int = MINUTE_MS) -> list[int]:
    key = (name, at_ms // span_ms * span_ms)
    figures = sums.get(key)
    if figures is None:
        figures = sums[key] = [0] * width
    return figures


def _row(span_ms: int, name: str, at_ms: int, figures: list[int]) -> Row:
    return Row(span_ms=span_ms, name=name, at_ms=at_ms, figures=tuple(min(figure, CAP) for figure in figures))
