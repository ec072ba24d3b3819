"""How long everything should have told in a time: the ground on which coverage stands."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from cloud.manage.insight import LATE_MS, MINUTE_MS, Window
from cloud.manage.period import Span, beginning, day_of
from cloud.manage.shelves import Asked
from cloud.store import days


def of_days(connection: sqlite3.Connection, whole: Sequence[date], span: Span) -> int:
    """How long whole days should have told: a day without a word is a gap once the store has begun to tell."""
    told: dict[int, int] = dict(
        connection.execute(
            "SELECT day, expected_ms FROM days WHERE day IN (SELECT value FROM json_each(?))",
            (json.dumps([day.toordinal() for day in whole]),),
        )
    )
    begun = days.oldest(connection)
    silent = [day for day in whole if begun and day > begun and day.toordinal() not in told]
    lengths = (beginning(day + timedelta(days=1), span.zone) - beginning(day, span.zone) for day in silent)
    return int(sum(told.values())) + MINUTE_MS * sum(lengths)


def of_window(connection: sqlite3.Connection, asked: Asked, window: Window, *, span: Span, now_ms: int) -> int:
    """How long each thing should have told in a window: from the first report of its day on, every minute.

    Of the first report's own minute, and of minutes that may still be on their way, what the fullest report says.
    """
    midnight = beginning(day_of(window.first * MINUTE_MS, span.zone), span.zone) * MINUTE_MS
    end_ms = window.end * MINUTE_MS
    begun = [
        at_ms
        for table, name, names in _reports(asked)
        if (at_ms := _first(connection, table, name, names, (midnight, end_ms))) is not None
    ]
    if not begun:
        return 0
    first, late = min(begun) // MINUTE_MS, (now_ms - LATE_MS) // MINUTE_MS
    edges = {first} | set(range(max(late, window.first), window.end))
    longest = dict.fromkeys(edges, 0)
    for table, name, names in _reports(asked):
        for minute, told in _fullest(connection, table, name, names, sorted(edges)):
            longest[minute] = min(MINUTE_MS, max(longest[minute], told))
    begins = max(first, window.first)
    sure = max(0, min(window.end, late) - max(begins, first + 1))
    return sure * MINUTE_MS + sum(told for minute, told in longest.items() if begins <= minute < window.end)


def _reports(asked: Asked) -> tuple[tuple[str, str, Sequence[str]], ...]:
    return (("occupancy_sums", "zone", asked.zones), ("camera_sums", "camera", asked.cameras))


def _first(
    connection: sqlite3.Connection, table: str, name: str, names: Sequence[str], within_ms: tuple[int, int]
) -> int | None:
    (at_ms,) = connection.execute(
        f"SELECT min((SELECT at_ms FROM {table} WHERE span_ms = 60000 AND {name} = n.value "  # noqa: S608 - only names of ours
        "AND at_ms >= ? AND at_ms < ? ORDER BY at_ms LIMIT 1)) FROM json_each(?) AS n",
        (*within_ms, json.dumps(list(names))),
    ).fetchone()
    return None if at_ms is None else int(at_ms)


def _fullest(
    connection: sqlite3.Connection, table: str, name: str, names: Sequence[str], minutes: Sequence[int]
) -> Iterable[tuple[int, int]]:
    return connection.execute(
        f"SELECT s.at_ms / 60000, MAX(s.watched_ms) FROM json_each(?) AS m CROSS JOIN json_each(?) AS n "  # noqa: S608 - only names of ours
        f"CROSS JOIN {table} AS s ON s.span_ms = 60000 AND s.{name} = n.value AND s.at_ms = m.value GROUP BY 1",
        (json.dumps([minute * MINUTE_MS for minute in minutes]), json.dumps(list(names))),
    )
