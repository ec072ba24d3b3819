"""What each tag and reader of the plan usually gets, and how long it has been silent while people stop before it."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import date, tzinfo
from typing import Final

from cloud.manage.dead_tags import Day, Dead, Watched, dead
from cloud.manage.period import day_of
from cloud.store.sums import HOUR_MS, MINUTE_MS
from contract.plan import Plan

PAST_DAYS: Final = 28
"""Before the last tap: what is usual. And so long a silence is looked at; then a tag is simply not used any more."""
_DAY_MS: Final = 86_400_000


def dead_tags(connection: sqlite3.Connection, plan: Plan, *, now_ms: int, zone: tzinfo) -> tuple[Dead, ...]:
    """The plan's tags and readers of which a tap is overdue by more than luck, the surest first."""
    return dead(watched(connection, plan, now_ms=now_ms, zone=zone))


def watched(connection: sqlite3.Connection, plan: Plan, *, now_ms: int, zone: tzinfo) -> tuple[Watched, ...]:
    """Every tag and reader that stands in a zone, with its past; the rest cannot be judged by stops."""
    zone_of = _zones(plan)
    since = now_ms - 2 * PAST_DAYS * _DAY_MS
    stops = _hours(connection, "stay_sums", "zone", "over_5s", names=sorted({*zone_of.values()}), since_ms=since)
    taps = _hours(connection, "tap_sums", "reader", "taps", names=list(zone_of), since_ms=since)
    phones = _hours(connection, "phone_tap_sums", "tag", "signed + unsigned", names=list(zone_of), since_ms=since)
    for name, hours in phones.items():
        taps.setdefault(name, {}).update(hours)
    return tuple(
        _watched(connection, name, taps.get(name, {}), (place, stops.get(place, {})), now_ms=now_ms, zone=zone)
        for name, place in sorted(zone_of.items())
    )


def _watched(
    connection: sqlite3.Connection,
    name: str,
    taps: Mapping[int, int],
    stops: tuple[str, Mapping[int, int]],
    *,
    now_ms: int,
    zone: tzinfo,
) -> Watched:
    place, by_hour = stops
    last = max((at for at in taps if at > now_ms - PAST_DAYS * _DAY_MS), default=None)
    if last is None:
        return Watched(name=name, past=(), tapped_ms=None, stops=0)
    tapped_ms = _last_minute(connection, name, last)
    after = sum(count for at, count in by_hour.items() if at > last)
    after += _stops_within(connection, place, tapped_ms + MINUTE_MS, last + HOUR_MS)
    return Watched(name=name, past=_past(taps, by_hour, day_of(last, zone), zone), tapped_ms=tapped_ms, stops=after)


def _past(taps: Mapping[int, int], stops: Mapping[int, int], until: date, zone: tzinfo) -> tuple[Day, ...]:
    """The days before the last tap's own on which anybody stopped or tapped."""
    days: dict[date, list[int]] = {}
    for place, hours in enumerate((stops, taps)):
        for at_ms, count in hours.items():
            day = day_of(at_ms, zone)
            if 0 < (until - day).days <= PAST_DAYS and count:
                days.setdefault(day, [0, 0])[place] += count
    return tuple(Day(stops=days[day][0], taps=days[day][1]) for day in sorted(days))


def _last_minute(connection: sqlite3.Connection, name: str, hour_ms: int) -> int:
    """The beginning of the last minute of an hour in which this tag or reader was tapped."""
    (at_ms,) = connection.execute(
        """SELECT max(at_ms) FROM (
             SELECT at_ms FROM tap_sums WHERE span_ms = ?1 AND reader = ?2 AND at_ms >= ?3 AND at_ms < ?4 AND taps > 0
             UNION ALL SELECT at_ms FROM phone_tap_sums
               WHERE span_ms = ?1 AND tag = ?2 AND at_ms >= ?3 AND at_ms < ?4 AND signed + unsigned > 0)""",
        (MINUTE_MS, name, hour_ms, hour_ms + HOUR_MS),
    ).fetchone()
    return int(at_ms) if at_ms is not None else hour_ms


def _stops_within(connection: sqlite3.Connection, place: str, from_ms: int, to_ms: int) -> int:
    (stops,) = connection.execute(
        "SELECT coalesce(sum(over_5s), 0) FROM stay_sums WHERE span_ms = ? AND zone = ? AND at_ms >= ? AND at_ms < ?",
        (MINUTE_MS, place, from_ms, to_ms),
    ).fetchone()
    return int(stops)


def _zones(plan: Plan) -> dict[str, str]:
    """The zone of each tag and reader that stands in one."""
    shelves = {shelf.id: shelf.zone for shelf in plan.shelves}
    found = {tag.id: shelves.get(tag.shelf) for tag in plan.tags}
    found |= {reader.id: reader.zone for reader in plan.readers}
    return {name: place for name, place in found.items() if place}


def _hours(
    connection: sqlite3.Connection, table: str, name: str, figure: str, *, names: list[str], since_ms: int
) -> dict[str, dict[int, int]]:
    """A figure by name and hour, where there was any."""
    rows = connection.execute(
        f"SELECT {name}, at_ms, {figure} FROM {table} WHERE span_ms = {HOUR_MS} "  # noqa: S608 - only names of ours
        f"AND {name} IN (SELECT value FROM json_each(?)) AND at_ms >= ? AND {figure} > 0",
        (json.dumps(names), since_ms),
    )
    found: dict[str, dict[int, int]] = {}
    for who, at_ms, count in rows:
        found.setdefault(who, {})[at_ms] = count
    return found
