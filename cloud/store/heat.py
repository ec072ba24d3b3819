"""What cameras told of the floor, read as sheets: minute by minute, by the hour, or a whole time at once."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from cloud.manage.raster import CELL, RUN, Sheet
from cloud.store.sums import HOUR_MS

_BY_MINUTE_MS: Final = 26 * HOUR_MS


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
    """What was told of [first_ms, end_ms), one sheet or more a camera.

    A day or less is read from the minutes, as a packed report is one row and not hundreds; of more the whole hours
    are read from the sums by the hour. Where the minutes of an end are forgotten, the nearest full hour is its end.
    """
    begins, ends = -(-first_ms // HOUR_MS) * HOUR_MS, end_ms // HOUR_MS * HOUR_MS
    kept = forgotten_ms(connection, "minutes")
    low = begins if kept <= first_ms else round(first_ms / HOUR_MS) * HOUR_MS
    high = ends if kept <= ends else round(end_ms / HOUR_MS) * HOUR_MS
    told: list[Sheet] = []
    for camera in cameras(connection):
        if low >= high or (kept <= first_ms and end_ms - first_ms <= _BY_MINUTE_MS):
            told += _minutes(connection, camera, first_ms, end_ms)
            continue
        told += _minutes(connection, camera, first_ms, low)
        told += _hours(connection, camera, low, high)
        told += _minutes(connection, camera, high, end_ms)
    return told


def forgotten_ms(connection: sqlite3.Connection, what: str) -> int:
    """Before which moment `minutes` or `hours` are forgotten; 0 where none ever were."""
    row = connection.execute("SELECT until_ms FROM heat_swept WHERE name = ?", (what,)).fetchone()
    return 0 if row is None else int(row[0])


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
        counts = np.frombuffer(_counted(cells, tracks), "<u4").astype(np.int64)
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


def _minutes(connection: sqlite3.Connection, camera: str, first_ms: int, end_ms: int) -> list[Sheet]:
    """A camera's reports of a time as one sheet a cell width."""
    if first_ms >= end_ms:
        return []
    rows = connection.execute(
        "SELECT cell_mm, cells, tracks, seen FROM heat_minutes WHERE camera = ? AND at_ms >= ? AND at_ms < ?",
        (camera, first_ms, end_ms),
    )
    widths: defaultdict[int, list[tuple[bytes, bytes, bytes]]] = defaultdict(list)
    for cell_mm, cells, tracks, seen in rows:
        widths[cell_mm].append((cells, _counted(cells, tracks), seen))
    return [
        Sheet(
            camera=camera,
            cell_mm=cell_mm,
            cells=np.frombuffer(b"".join(cells), CELL),
            tracks=np.frombuffer(b"".join(tracks), "<u4").astype(np.int64),
            runs=np.frombuffer(b"".join(seen), RUN),
        )
        for cell_mm, reports in widths.items()
        for cells, tracks, seen in (zip(*reports, strict=True),)
    ]


def _counted(cells: bytes, tracks: bytes) -> bytes:
    """A count for each cell, 0 from a node that does not count."""
    return tracks or bytes(4 * (len(cells) // CELL.itemsize))
