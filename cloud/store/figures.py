"""Reads a span's totals: whole days from the days' sums, what is left from those by the hour and the minute."""

import sqlite3
from datetime import date, timedelta

from cloud.manage.insight import MINUTE_MS, Window
from cloud.manage.joins import Joint
from cloud.manage.period import Span, beginning, day_of
from cloud.manage.shelves import Asked
from cloud.manage.totals import Totals
from cloud.store import days, expected, happenings
from cloud.store.day_reading import WEEK, read_days
from cloud.store.gathering import DaySteps, Gathered, Steps, put_joint, told_of
from cloud.store.sums import HOUR_MS
from cloud.store.window_reading import read_window

_POINTS = 62
"""Of a sparkline, at most: beyond that a point is a week."""


def totals(connection: sqlite3.Connection, asked: Asked, span: Span, *, now_ms: int) -> Totals:
    """All counts of a span. Reads no more rows for a year than for a quarter, beyond a row a day and name."""
    gathered, firsts = Gathered(), _points(span)
    whole, windows = _plan(connection, span)
    if whole:
        read_days(connection, asked, gathered, whole, _day_steps(span))
        gathered.expected_ms += expected.of_days(connection, whole, span)
    for window in windows:
        steps = _steps(span, window)
        read_window(connection, asked, gathered, window, steps)
        gathered.expected_ms += expected.of_window(connection, asked, window, span=span, now_ms=now_ms)
        for joint in happenings.joints_in(connection, asked, window, span=span):
            put_joint(gathered, asked, joint, steps)
    return told_of(asked, span, gathered, firsts)


def whole_day(
    connection: sqlite3.Connection, asked: Asked, span: Span, *, now_ms: int
) -> tuple[Totals, tuple[Joint, ...]]:
    """The totals of a span of one day as its hours and minutes hold them, and its taps and sales joined anew."""
    gathered, steps = Gathered(), _steps(span, span.window)
    found = tuple(happenings.joined_now(connection, asked, span.window, span=span))
    read_window(connection, asked, gathered, span.window, steps)
    gathered.expected_ms = expected.of_window(connection, asked, span.window, span=span, now_ms=now_ms)
    for joint in found:
        put_joint(gathered, asked, joint, steps)
    return told_of(asked, span, gathered, _points(span)), found


def tills(connection: sqlite3.Connection) -> bool:
    """Whether any till tells of sales."""
    (known,) = connection.execute("SELECT EXISTS (SELECT 1 FROM tills) OR EXISTS (SELECT 1 FROM sales)").fetchone()
    return bool(known)


def names(connection: sqlite3.Connection, table: str, name: str) -> set[str]:
    """Every name that a table of sums holds, each found by the key (a loose index scan)."""
    rows = connection.execute(
        f"WITH RECURSIVE found(name) AS (SELECT min({name}) FROM {table} WHERE span_ms = {HOUR_MS} UNION ALL "  # noqa: S608 - only names of ours
        f"SELECT (SELECT min({name}) FROM {table} WHERE span_ms = {HOUR_MS} AND {name} > found.name) FROM found "
        "WHERE found.name IS NOT NULL) SELECT name FROM found WHERE name IS NOT NULL"
    )
    return {str(found) for (found,) in rows}


def _points(span: Span) -> list[int]:
    """The first minute of each point of the span's sparkline."""
    if len(span.dates) <= 1 or span.by_clock:
        step = _step_ms(span) // MINUTE_MS
        return list(range(span.first, max(span.end, span.first + 1), step))
    steps, last = _day_steps(span), span.dates[-1].toordinal()
    firsts = (date.fromordinal(number) for number in range(steps.origin, last + 1, steps.per_point))
    return [max(span.first, beginning(first, span.zone)) for first in firsts]


def _day_steps(span: Span) -> DaySteps:
    """A point a day; of many days a point a week, from Monday to Sunday."""
    if len(span.days) < _POINTS:
        return DaySteps(origin=span.dates[0].toordinal(), per_point=1)
    return DaySteps(origin=days.monday(span.dates[0]).toordinal(), per_point=WEEK)


def _step_ms(span: Span) -> int:
    if span.by_clock:
        return MINUTE_MS if span.end - span.first <= 15 else 5 * MINUTE_MS
    return HOUR_MS


def _steps(span: Span, window: Window) -> Steps:
    if len(span.dates) <= 1 or span.by_clock:
        return Steps(origin_ms=span.first * MINUTE_MS, step_ms=_step_ms(span), base=0)
    day, by_day = day_of(window.first * MINUTE_MS, span.zone), _day_steps(span)
    return Steps(
        origin_ms=window.first * MINUTE_MS,
        step_ms=(window.end - window.first) * MINUTE_MS,
        base=(day.toordinal() - by_day.origin) // by_day.per_point,
    )


def _plan(connection: sqlite3.Connection, span: Span) -> tuple[list[date], list[Window]]:
    """Which days are read as such, and the windows that are read by hours and minutes.

    A day that is not made yet, or was told of since, is read by its hours; a span of one day too, for its sparkline.
    """
    if len(span.dates) <= 1 or span.by_clock:
        return [], [span.window] if span.first < span.end else []
    late = days.touched(connection, span.first * MINUTE_MS, span.rest.first * MINUTE_MS)
    unmade = {day_of(at_ms + part, span.zone) for at_ms in late for part in (0, HOUR_MS - 1)}
    windows = [
        Window(first=beginning(day, span.zone), end=beginning(day + timedelta(days=1), span.zone))
        for day in span.days
        if day in unmade
    ]
    if span.rest.first < span.rest.end:
        windows.append(span.rest)
    return [day for day in span.days if day not in unmade], windows
