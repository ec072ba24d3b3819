"""Forgets where people were by the minute, and later by the hour, once days hold the sums; all that goes is counted."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from cloud.store import beliefs, heat
from cloud.store.connection import Store
from cloud.store.sums import HOUR_MS

MINUTES_KEPT_DAYS: Final = 35
"""For so long a day can be replayed by five minutes: five weeks, so that the weekday a month ago is still there."""
HOURS_KEPT_DAYS: Final = 400
"""For so long a day can be replayed by the hour: a year and five weeks, for last year's season."""
SWEPT_AT_ONCE: Final = 20_000
"""Rows of one sweep: a transaction of well under a second, so that nobody who writes waits long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """How many rows a sweep took: reports by the minute, and by the hour cells and what was seen of them."""

    minutes: int
    hours: int


def sweep(connection: sqlite3.Connection, now_ms: int, *, most: int = SWEPT_AT_ONCE) -> Swept:
    """Forgets the oldest of what has been kept for long enough, `most` rows of each at once; all that is counted.

    Nothing goes of which no day holds the sum yet, nor by a time that is not believed. Call it again until it takes
    nothing.
    """
    now_ms = beliefs.erasing_ms(connection, now_ms)
    day = 24 * HOUR_MS
    waiting = connection.execute("SELECT min(at_ms) FROM told_hours WHERE touched").fetchone()[0]
    unmade = now_ms if waiting is None else waiting
    until = min(now_ms - MINUTES_KEPT_DAYS * day, unmade)
    minutes = _delete(connection, "heat_minutes", until, most)
    before = min(now_ms - HOURS_KEPT_DAYS * day, unmade) // HOUR_MS * HOUR_MS
    hours = _delete(connection, "heat_hours", before, most) + _delete(connection, "seen_hours", before, most)
    for name, rows, until_ms in (("minutes", minutes, until), ("hours", hours, before)):
        if rows:
            connection.execute(
                "INSERT INTO heat_swept VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET rows = rows + excluded.rows, "
                "until_ms = max(until_ms, excluded.until_ms)",
                (name, rows, until_ms),
            )
    return Swept(minutes=minutes, hours=hours)


def sweep_all(store: Store, now_ms: int) -> Swept:
    """Sweeps until nothing is left to forget, so much at once that others can write in between; what it took."""
    total = Swept(minutes=0, hours=0)
    while True:
        with store.atomic() as connection:
            took = sweep(connection, now_ms)
        if not took.minutes and not took.hours:
            return total
        total = Swept(minutes=total.minutes + took.minutes, hours=total.hours + took.hours)


def swept(connection: sqlite3.Connection) -> Swept:
    """How many rows all sweeps took since the store began."""
    rows = dict(connection.execute("SELECT name, rows FROM heat_swept"))
    return Swept(minutes=rows.get("minutes", 0), hours=rows.get("hours", 0))


def _delete(connection: sqlite3.Connection, table: str, before_ms: int, most: int) -> int:
    taken = 0
    for camera in heat.cameras(connection):
        oldest = connection.execute(
            f"SELECT at_ms FROM {table} WHERE camera = ? AND at_ms < ? ORDER BY at_ms LIMIT 1 OFFSET ?",  # noqa: S608 - only names of ours
            (camera, before_ms, most),
        ).fetchone()
        until = before_ms if oldest is None else oldest[0]
        done = connection.execute(f"DELETE FROM {table} WHERE camera = ? AND at_ms < ?", (camera, until))  # noqa: S608 - as above
        taken += done.rowcount
    return taken
