"""Reads the sums by the hour and by the minute of a window."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cloud.manage.insight import MINUTE_MS, Window
from cloud.manage.shelves import Asked
from cloud.manage.totals import Till
from cloud.store.days import ZONE_COLUMNS
from cloud.store.gathering import LENGTHS_AT, WAITS_AT, Gathered, Steps, put, put_line, put_passing, put_till
from cloud.store.sums import HOUR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """Rows of one span of the sums whose beginning lies in [first_ms, end_ms)."""

    span_ms: int
    first_ms: int
    end_ms: int


def _pieces(window: Window) -> list[_Piece]:
    """A window's whole hours as such, and the minutes before and after them."""
    first, end = window.first * MINUTE_MS, window.end * MINUTE_MS
    hours, until = -(-first // HOUR_MS) * HOUR_MS, end // HOUR_MS * HOUR_MS
    if hours >= until:
        return [_Piece(span_ms=MINUTE_MS, first_ms=first, end_ms=end)]
    pieces = [_Piece(span_ms=HOUR_MS, first_ms=hours, end_ms=until)]
    if first < hours:
        pieces.append(_Piece(span_ms=MINUTE_MS, first_ms=first, end_ms=hours))
    if until < end:
        pieces.append(_Piece(span_ms=MINUTE_MS, first_ms=until, end_ms=end))
    return pieces


def _rows(
    connection: sqlite3.Connection,
    table: str,
    name: str,
    figures: str,
    *,
    names: Sequence[str],
    pieces: Sequence[_Piece],
    steps: Steps,
    also: str = "",
) -> Iterator[tuple[str, int, tuple[int, ...]]]:
    """A table's sums by name and point, each piece by the table's key."""
    cursor = connection.execute(
        f"SELECT s.{name}, ? + (s.at_ms - ?) / ?, {figures} FROM json_each(?) AS p CROSS JOIN json_each(?) AS n "  # noqa: S608 - only names of ours
        f"CROSS JOIN {table} AS s ON s.span_ms = p.value ->> 0 AND s.{name} = n.value "
        f"AND s.at_ms >= p.value ->> 1 AND s.at_ms < p.value ->> 2 GROUP BY 1, 2{also}",
        (
            steps.base,
            steps.origin_ms,
            steps.step_ms,
            json.dumps([(piece.span_ms, piece.first_ms, piece.end_ms) for piece in pieces]),
            json.dumps(list(names)),
        ),
    )
    for who, point, *told in cursor:
        yield who, point, tuple(told)


_OF_ZONES = (
    ("stay_sums", "SUM(stays), SUM(cut), SUM(stayed_ms)", ("stays", "cut", "stayed_ms")),
    ("occupancy_sums", "SUM(covered_ms), SUM(person_ms)", ("covered_ms", "person_ms")),
    (
        "queue_sums",
        "SUM(covered_ms), SUM(waiting_ms), MAX(peak)",
        ("queue_covered_ms", "waiting_ms", "queue_peak"),
    ),
    ("wait_sums", "SUM(served), SUM(gone), SUM(cut), SUM(waited_ms)", ("served", "gone", "lost", "waited_ms")),
)


def _read_zones(
    connection: sqlite3.Connection, asked: Asked, gathered: Gathered, pieces: Sequence[_Piece], steps: Steps
) -> None:
    for table, figures, columns in _OF_ZONES:
        places = [ZONE_COLUMNS.index(column) for column in columns]
        for zone, point, told in _rows(
            connection, table, "zone", figures, names=asked.zones, pieces=pieces, steps=steps
        ):
            put(gathered, asked, zone, point, dict(zip(places, told, strict=True)))
    for table, figures, start in (
        ("stay_lengths", "s.bin, SUM(stays)", LENGTHS_AT),
        ("wait_lengths", "s.bin, SUM(waits)", WAITS_AT),
    ):
        for zone, point, (place, count) in _rows(
            connection, table, "zone", figures, names=asked.zones, pieces=pieces, steps=steps, also=", s.bin"
        ):
            put(gathered, asked, zone, point, {start + place: count})


def _read_rest(
    connection: sqlite3.Connection, asked: Asked, gathered: Gathered, pieces: Sequence[_Piece], steps: Steps
) -> None:
    """Lines, cameras and tills."""
    for line, point, told in _rows(
        connection,
        "crossing_sums",
        "line",
        "SUM(went_in), SUM(went_out)",
        names=asked.lines,
        pieces=pieces,
        steps=steps,
    ):
        put_line(gathered, line, point, told)
    for camera, point, (covered,) in _rows(
        connection, "camera_sums", "camera", "SUM(covered_ms)", names=asked.cameras, pieces=pieces, steps=steps
    ):
        gathered.seen.add(point)
        gathered.cameras[camera] = gathered.cameras.get(camera, 0) + covered
    for piece in pieces:
        rows = connection.execute(
            "SELECT ? + (at_ms - ?) / ?, SUM(receipts), SUM(amount), SUM(squares) FROM taking_sums "
            "WHERE span_ms = ? AND at_ms >= ? AND at_ms < ? GROUP BY 1",
            (steps.base, steps.origin_ms, steps.step_ms, piece.span_ms, piece.first_ms, piece.end_ms),
        )
        for point, receipts, amount, squares in rows:
            put_till(gathered, point, Till(receipts=receipts, amount=amount, squares=squares))


def read_window(connection: sqlite3.Connection, asked: Asked, gathered: Gathered, window: Window, steps: Steps) -> None:
    """Adds what the hours and minutes of a window hold."""
    pieces, before = _pieces(window), {zone: tuple(row) for zone, row in gathered.zones.items()}
    _read_zones(connection, asked, gathered, pieces, steps)
    _read_rest(connection, asked, gathered, pieces, steps)
    put_passing(gathered, asked, before)
