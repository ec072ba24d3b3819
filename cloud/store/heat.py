"""What cameras told of the floor, read as sheets: minute by minute, by the hour, or a whole time at once."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from cloud.manage.raster import CELL, RUN, Sheet, together
from cloud.store.sums import HOUR_MS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report:
    """A sheet and the beginning of the minute or the hour that it tells of."""

    at_ms: int
    sheet: Sheet


def cameras(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Every camera that ever told anything, from the index alone."""
    rows = connection.execute(
        """WITH RECURSIVE names (name) AS (
             SELECT min(camera) FROM camera_sums WHERE span_ms = 3600000
             UNION ALL
             SELECT (SELECT min(camera) FROM camera_sums WHERE span_ms = 3600000 AND camera > name)
             FROM names WHERE name IS NOT NULL
           ) SELECT name FROM names WHERE name IS NOT NULL"""
    )
    return tuple(name for (name,) in rows)


def read(connection: sqlite3.Connection, first_ms: int, end_ms: int) -> list[Sheet]:
    """What was told of [first_ms, end_ms): its whole hours from the sums by the hour, both ends from the minutes.

    Where the minutes of an end are forgotten already, the nearest full hour is its end.
    """
    begins, ends = -(-first_ms // HOUR_MS) * HOUR_MS, end_ms // HOUR_MS * HOUR_MS
    told: list[Sheet] = []
    for camera in cameras(connection):
        kept = minutes_from_ms(connection, camera)
        low = begins if kept <= first_ms else round(first_ms / HOUR_MS) * HOUR_MS
        high = ends if kept <= ends else round(end_ms / HOUR_MS) * HOUR_MS
        if low >= high:
            told += _joined(minutes(connection, camera, first_ms, end_ms))
            continue
        told += _joined(minutes(connection, camera, first_ms, low))
        told += _hours(connection, camera, low, high)
        told += _joined(minutes(connection, camera, high, end_ms))
    return told


def minutes_from_ms(connection: sqlite3.Connection, camera: str) -> int:
    """From when on a camera's reports are kept minute by minute; 0 where none was ever told."""
    (at_ms,) = connection.execute("SELECT min(at_ms) FROM heat_minutes WHERE camera = ?", (camera,)).fetchone()
    return at_ms or 0


def minutes(connection: sqlite3.Connection, camera: str, first_ms: int, end_ms: int) -> Iterator[Report]:
    """A camera's own reports of the minutes that begin in a time, in their order."""
    if first_ms >= end_ms:
        return
    rows = connection.execute(
        "SELECT at_ms, cell_mm, cells, tracks, seen FROM heat_minutes WHERE camera = ? AND at_ms >= ? AND at_ms < ? "
        "ORDER BY at_ms",
        (camera, first_ms, end_ms),
    )
    for at_ms, cell_mm, cells, tracks, seen in rows:
        told = np.frombuffer(cells, CELL)
        counts = np.frombuffer(tracks, "<u4").astype(np.int64) if tracks else np.zeros(len(told), np.int64)
        sheet = Sheet(camera=camera, cell_mm=cell_mm, cells=told, tracks=counts, runs=np.frombuffer(seen, RUN))
        yield Report(at_ms=at_ms, sheet=sheet)


def by_hour(connection: sqlite3.Connection, camera: str, first_ms: int, end_ms: int) -> Iterator[Report]:
    """A camera's sums of the hours that begin in a time, in their order."""
    cells = _grouped(
        connection.execute(
            "SELECT at_ms, cell_mm, x, y, person_ms, tracks FROM heat_hours "
            "WHERE camera = ? AND at_ms >= ? AND at_ms < ?",
            (camera, first_ms, end_ms),
        )
    )
    seen = _grouped(
        connection.execute(
            "SELECT at_ms, cell_mm, x, y, cells, covered_ms FROM seen_hours "
            "WHERE camera = ? AND at_ms >= ? AND at_ms < ?",
            (camera, first_ms, end_ms),
        )
    )
    for key in sorted(cells.keys() | seen.keys()):
        yield Report(at_ms=key[0], sheet=_sheet(camera, key[1], cells.get(key, []), seen.get(key, [])))


def _hours(connection: sqlite3.Connection, camera: str, first_ms: int, end_ms: int) -> list[Sheet]:
    """The sums of a camera over whole hours."""
    cells = _grouped(
        connection.execute(
            "SELECT 0, cell_mm, x, y, sum(person_ms), sum(tracks) FROM heat_hours WHERE camera = ? AND at_ms >= ? "
            "AND at_ms < ? GROUP BY cell_mm, x, y",
            (camera, first_ms, end_ms),
        )
    )
    seen = _grouped(
        connection.execute(
            "SELECT 0, cell_mm, x, y, cells, sum(covered_ms) FROM seen_hours WHERE camera = ? AND at_ms >= ? "
            "AND at_ms < ? GROUP BY cell_mm, x, y, cells",
            (camera, first_ms, end_ms),
        )
    )
    return [_sheet(camera, key[1], cells.get(key, []), seen.get(key, [])) for key in sorted(cells.keys() | seen.keys())]


_Figures = tuple[int, int, int, int]


def _grouped(rows: Iterable[tuple[int, int, int, int, int, int]]) -> dict[tuple[int, int], list[_Figures]]:
    """The last four of each row, by its moment and cell width."""
    groups: defaultdict[tuple[int, int], list[_Figures]] = defaultdict(list)
    for at_ms, cell_mm, *figures in rows:
        groups[at_ms, cell_mm].append(tuple(figures))  # type: ignore[arg-type]  # four are left of six
    return groups


def _sheet(camera: str, cell_mm: int, cells: list[_Figures], seen: list[_Figures]) -> Sheet:
    return Sheet(
        camera=camera,
        cell_mm=cell_mm,
        cells=np.array([(x, y, person_ms) for x, y, person_ms, _ in cells], CELL),
        tracks=np.array([count for *_, count in cells], np.int64),
        runs=np.array(seen, RUN),
    )


def _joined(reports: Iterable[Report]) -> list[Sheet]:
    """One sheet a cell width."""
    widths: defaultdict[int, list[Sheet]] = defaultdict(list)
    for report in reports:
        widths[report.sheet.cell_mm].append(report.sheet)
    return [together(sheets) for sheets in widths.values()]
