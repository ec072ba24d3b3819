"""What the manager's pages read: sums by the minute, never raw events, each by the primary key of its table."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from cloud.manage.insight import Flow, Seen, Window
from cloud.store.sums import MINUTE_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class StayMinute:
    """The stays that began in one zone in one minute; `stops` lasted five seconds or more."""

    zone: str
    minute: int
    stays: int
    stops: int
    stayed_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenMinute:
    """How well one zone or camera was seen in one minute."""

    name: str
    seen: Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMinute:
    """Who went over one line in one minute."""

    line: str
    flow: Flow


def stays(connection: sqlite3.Connection, zones: Sequence[str], window: Window) -> tuple[StayMinute, ...]:
    """The zones' stays, minute by minute."""
    rows = connection.execute(
        "SELECT zone, at_ms / 60000, stays, over_5s, stayed_ms FROM stay_sums WHERE span_ms = 60000 "
        "AND zone IN (SELECT value FROM json_each(?)) AND at_ms >= ? AND at_ms < ?",
        (json.dumps(zones), window.first * MINUTE_MS, window.end * MINUTE_MS),
    )
    return tuple(
        StayMinute(zone=zone, minute=minute, stays=count, stops=stops, stayed_ms=stayed)
        for zone, minute, count, stops, stayed in rows
    )


def cameras_seen(connection: sqlite3.Connection, cameras: Sequence[str], window: Window) -> tuple[SeenMinute, ...]:
    """How well each camera saw, minute by minute."""
    rows = connection.execute(
        "SELECT camera, at_ms / 60000, covered_ms, watched_ms FROM camera_sums WHERE span_ms = 60000 "
        "AND camera IN (SELECT value FROM json_each(?)) AND at_ms >= ? AND at_ms < ?",
        (json.dumps(cameras), window.first * MINUTE_MS, window.end * MINUTE_MS),
    )
    return _seen(rows)


def flows(connection: sqlite3.Connection, lines: Sequence[str], window: Window) -> tuple[LineMinute, ...]:
    """Who went in and out over each line, minute by minute."""
    rows = connection.execute(
        "SELECT line, at_ms / 60000, went_in, went_out FROM crossing_sums WHERE span_ms = 60000 "
        "AND line IN (SELECT value FROM json_each(?)) AND at_ms >= ? AND at_ms < ?",
        (json.dumps(lines), window.first * MINUTE_MS, window.end * MINUTE_MS),
    )
    return tuple(
        LineMinute(line=line, flow=Flow(minute=minute, entered=entered, left=left))
        for line, minute, entered, left in rows
    )


def _seen(rows: sqlite3.Cursor) -> tuple[SeenMinute, ...]:
    return tuple(
        SeenMinute(name=name, seen=Seen(minute=minute, covered_ms=covered, span_ms=span))
        for name, minute, covered, span in rows
    )
