"""How long everything should have told in a time: the ground on which coverage stands."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from cloud.manage.insight import LATE_MS, MINUTE_MS, Window
from cloud.manage.period import Span, beginning, day_of
from cloud.manage.shelves import Asked
from cloud.manage.telling import LOOK_BACK, Told, should_tell, usual
from cloud.store import days


def of_days(connection: sqlite3.Connection, whole: Sequence[date], span: Span) -> int:
    """How long whole days should have told, also those in which nothing was told at all (see `should_tell`)."""
    told = days.told(connection, whole[0] - timedelta(days=LOOK_BACK), whole[-1])
    stored = days.expected(connection, whole)
    begun = min(told, default=None)
    silent = (day for day in whole if day not in stored and begun is not None and day > begun)
    return sum(stored.values()) + MINUTE_MS * sum(_minutes(told, day, span) for day in silent)


def of_window(connection: sqlite3.Connection, asked: Asked, window: Window, *, span: Span, now_ms: int) -> int:
    """How long each thing should have told in a window, day by day.

    Of a day that is not over: from its first report or its usual one on, every minute up to the usual end, or the
    last report. Of the first report's own minute, and of those that may still be on their way, what the fullest
    report says.
    """
    return sum(
        _of_part(connection, asked, Window(first=max(window.first, first), end=min(window.end, end)), (day, first, end))
        if end * MINUTE_MS + LATE_MS <= now_ms
        else _of_today(connection, asked, Window(first=max(window.first, first), end=window.end), day, first, now_ms)
        for day, first, end in _parts(window, span)
    )


def told_of(connection: sqlite3.Connection, asked: Asked, first: int, end: int) -> Told | None:
    """When the first and the last report of a day was: the minutes first ≤ m < end, told from its first one."""
    begun = _edge(connection, asked, first, end, "ASC")
    ended = _edge(connection, asked, first, end, "DESC")
    return None if begun is None or ended is None else Told(first=begun - first, end=ended + 1 - first)


def _minutes(told: dict[date, Told], day: date, span: Span) -> int:
    length = beginning(day + timedelta(days=1), span.zone) - beginning(day, span.zone)
    should = should_tell(told, day, length=length)
    return should.end - should.first if should else 0


def _parts(window: Window, span: Span) -> list[tuple[date, int, int]]:
    """The days that a window touches, each with its first minute and its end."""
    first, last = (
        day_of(minute * MINUTE_MS, span.zone) for minute in (window.first, max(window.first, window.end - 1))
    )
    each = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [(day, beginning(day, span.zone), beginning(day + timedelta(days=1), span.zone)) for day in each]


def _of_part(connection: sqlite3.Connection, asked: Asked, window: Window, of_day: tuple[date, int, int]) -> int:
    """Some minutes of a day that is over."""
    day, first, end = of_day
    told = days.told(connection, day - timedelta(days=LOOK_BACK), day - timedelta(days=1))
    if (itself := told_of(connection, asked, first, end)) is not None:
        told[day] = itself
    should = should_tell(told, day, length=end - first)
    if should is None:
        return 0
    return MINUTE_MS * max(0, min(window.end, first + should.end) - max(window.first, first + should.first))


def _of_today(  # noqa: PLR0917 - the parts of one sum
    connection: sqlite3.Connection, asked: Asked, window: Window, day: date, midnight: int, now_ms: int
) -> int:
    """The minutes of the running day, up to now."""
    before = days.told(connection, day - timedelta(days=LOOK_BACK), day - timedelta(days=1))
    usually, told = usual(before, day), told_of(connection, asked, midnight, window.end)
    firsts = [one.first for one in (usually, told) if one]
    if not firsts:
        return 0
    first, late = midnight + min(firsts), (now_ms - LATE_MS) // MINUTE_MS
    over = midnight + max(usually.end, told.end if told else 0) if usually else window.end
    begun = midnight + told.first if told else -1
    edges = (
        {begun} | set(range(max(late, window.first), window.end)) if begun == first else set(range(late, window.end))
    )
    longest = dict.fromkeys(edges, 0)
    for table, name, names in _reports(asked):
        for minute, span_ms in _fullest(connection, table, name, names, sorted(edges)):
            longest[minute] = min(MINUTE_MS, max(longest[minute], span_ms))
    begins, ends = max(first, window.first), min(window.end, max(over, window.first))
    sure = max(0, min(ends, late) - max(begins, first + (begun == first)))
    return sure * MINUTE_MS + sum(ms for minute, ms in longest.items() if begins <= minute < window.end)


def _reports(asked: Asked) -> tuple[tuple[str, str, Sequence[str]], ...]:
    return (("occupancy_sums", "zone", asked.zones), ("camera_sums", "camera", asked.cameras))


def _edge(connection: sqlite3.Connection, asked: Asked, first: int, end: int, way: str) -> int | None:
    """The minute of the first (ASC) or the last (DESC) report in some minutes."""
    found: list[int] = []
    for table, name, names in _reports(asked):
        rows = connection.execute(
            f"SELECT (SELECT at_ms FROM {table} WHERE span_ms = 60000 AND {name} = n.value "  # noqa: S608 - only names of ours
            f"AND at_ms >= ? AND at_ms < ? ORDER BY at_ms {way} LIMIT 1) FROM json_each(?) AS n",
            (first * MINUTE_MS, end * MINUTE_MS, json.dumps(list(names))),
        )
        found += [at_ms // MINUTE_MS for (at_ms,) in rows if at_ms is not None]
    if not found:
        return None
    return min(found) if way == "ASC" else max(found)


def _fullest(
    connection: sqlite3.Connection, table: str, name: str, names: Sequence[str], minutes: Sequence[int]
) -> Iterable[tuple[int, int]]:
    return connection.execute(
        f"SELECT s.at_ms / 60000, MAX(s.watched_ms) FROM json_each(?) AS m CROSS JOIN json_each(?) AS n "  # noqa: S608 - only names of ours
        f"CROSS JOIN {table} AS s ON s.span_ms = 60000 AND s.{name} = n.value AND s.at_ms = m.value GROUP BY 1",
        (json.dumps([minute * MINUTE_MS for minute in minutes]), json.dumps(list(names))),
    )
