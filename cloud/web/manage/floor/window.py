"""Reads one window of the floor from the store: days that are over as days, the rest by the hour and the minute."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cloud.manage.insight import MINUTE_MS, Window
from cloud.manage.period import Span, beginning, day_of
from cloud.manage.places import PlaceKey
from cloud.manage.raster import Sheet
from cloud.store import days, expected, heat, heat_days, insight, place_sums
from cloud.store.insight import LineMinute, StayMinute
from cloud.store.sums import STOP_MS
from cloud.web.manage.reading import asked_of
from contract.plan import LineKind, Plan

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """How a span is read: `whole` days as such, and the `stretches` (ms) of which no day holds all that was told."""

    whole: tuple[date, ...]
    stretches: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Told:
    """What cameras told of a window: sheets, the share of `expected_ms` that each saw, and the people by camera."""

    sheets: Sequence[Sheet]
    coverage: Mapping[str, float]
    expected_ms: int
    people: Mapping[str, int]


def parts_of(connection: sqlite3.Connection, span: Span) -> Parts:
    """How to read a span: a day of which something was told since it was made is read from the hours."""
    first_ms, end_ms = span.first * MINUTE_MS, span.end * MINUTE_MS
    late = days.touched(connection, first_ms, end_ms)
    stale = {day_of(hour + part, span.zone) for hour in late for part in (0, HOUR_MS - 1)}
    whole = tuple(day for day in span.days if day not in stale)
    pieces = [
        (beginning(day, span.zone) * MINUTE_MS, beginning(day + timedelta(days=1), span.zone) * MINUTE_MS)
        for day in span.days
        if day in stale
    ]
    pieces += [(span.rest.first * MINUTE_MS, span.rest.end * MINUTE_MS)]
    return Parts(whole=whole, stretches=_joined([piece for piece in pieces if piece[0] < piece[1]]))


def cameras(connection: sqlite3.Connection, plan: Plan, span: Span, *, now_ms: int) -> Told:
    """What the cameras told of a span."""
    parts = parts_of(connection, span)
    sheets = heat_days.read(connection, parts.whole)
    for first_ms, end_ms in parts.stretches:
        sheets += heat.read(connection, first_ms, end_ms)
    covered, wanted = _covered(connection, plan, parts, span, now_ms=now_ms)
    return Told(
        sheets=sheets,
        coverage={name: min(1.0, it / wanted) if wanted else 0.0 for name, it in covered.items()},
        expected_ms=wanted,
        people=_people(connection, plan, parts),
    )


def places(connection: sqlite3.Connection, span: Span) -> dict[PlaceKey, int]:
    """How often something happened at each place in a span."""
    parts = parts_of(connection, span)
    found = heat_days.read_places(connection, parts.whole)
    for first_ms, end_ms in parts.stretches:
        for key, count in place_sums.read(connection, first_ms, end_ms).items():
            found[key] = found.get(key, 0) + count
    return found


def doors_of(plan: Plan) -> list[str]:
    """The lines that one crosses to come in."""
    return [line.id for line in plan.lines if line.kind is LineKind.DOOR]


def people_of(plan: Plan, stays: Iterable[StayMinute], flows: Iterable[LineMinute], span: Window) -> dict[str, int]:
    """How many people each camera counted: stays in its zones, or entrances at its doors where those are more.

    A camera with neither zone nor door stands on what all cameras counted.
    """
    zones = {zone.id: zone.camera for zone in plan.zones}
    lines = {line.id: line.camera for line in plan.lines}
    stayed: dict[str, int] = {}
    for stay in stays:
        stayed[zones[stay.zone]] = stayed.get(zones[stay.zone], 0) + stay.stays
    entered: dict[str, int] = {}
    for one in flows:
        if span.first <= one.flow.minute < span.end:
            entered[lines[one.line]] = entered.get(lines[one.line], 0) + one.flow.entered
    everybody = max(sum(stayed.values()), sum(entered.values()))
    own = {*zones.values(), *lines.values()}
    return {
        camera.id: max(stayed.get(camera.id, 0), entered.get(camera.id, 0)) if camera.id in own else everybody
        for camera in plan.cameras
    }


def _covered(
    connection: sqlite3.Connection, plan: Plan, parts: Parts, span: Span, *, now_ms: int
) -> tuple[dict[str, int], int]:
    """For how many ms each camera was covered, and for how many it should have been."""
    names = [camera.id for camera in plan.cameras]
    covered = dict.fromkeys(names, 0)
    wanted = 0
    if parts.whole:
        wanted += expected.of_days(connection, parts.whole, span)
        held = {day.toordinal() for day in parts.whole}
        for first, last in heat_days.stretches(held):
            rows = connection.execute(
                "SELECT camera, sum(covered_ms) FROM day_cameras WHERE day BETWEEN ? AND ? GROUP BY camera",
                (first, last),
            )
            for camera, told in rows:
                if camera in covered:
                    covered[camera] += told
    asked = asked_of(plan, STOP_MS)
    for first_ms, end_ms in parts.stretches:
        window = Window(first=first_ms // MINUTE_MS, end=end_ms // MINUTE_MS)
        wanted += expected.of_window(connection, asked, window, span=span, now_ms=now_ms)
        for name in names:
            (told,) = connection.execute(
                "SELECT coalesce(sum(min(covered_ms, 60000)), 0) FROM camera_sums WHERE span_ms = 60000 "
                "AND camera = ? AND at_ms >= ? AND at_ms < ?",
                (name, first_ms, end_ms),
            ).fetchone()
            covered[name] += told
    return covered, wanted


def _people(connection: sqlite3.Connection, plan: Plan, parts: Parts) -> dict[str, int]:
    """How many shoppers each camera counted, by its zones and doors."""
    plan = plan.of_shoppers()
    zones, lines = [zone.id for zone in plan.zones], doors_of(plan)
    found: dict[str, int] = {}
    for first_ms, end_ms in parts.stretches:
        window = Window(first=first_ms // MINUTE_MS, end=end_ms // MINUTE_MS)
        stays, flows = insight.stays(connection, zones, window), insight.flows(connection, lines, window)
        for camera, count in people_of(plan, stays, flows, window).items():
            found[camera] = found.get(camera, 0) + count
    if parts.whole:
        for camera, count in _people_of_days(connection, plan, parts.whole).items():
            found[camera] = found.get(camera, 0) + count
    return found


def _people_of_days(connection: sqlite3.Connection, plan: Plan, whole: Sequence[date]) -> dict[str, int]:
    numbers = (whole[0].toordinal(), whole[-1].toordinal())
    stayed = dict(
        connection.execute("SELECT zone, sum(stays) FROM day_zones WHERE day BETWEEN ? AND ? GROUP BY zone", numbers)
    )
    entered = dict(
        connection.execute("SELECT line, sum(went_in) FROM day_lines WHERE day BETWEEN ? AND ? GROUP BY line", numbers)
    )
    zones = [(zone.camera, stayed.get(zone.id, 0)) for zone in plan.zones]
    lines = [(line.camera, entered.get(line.id, 0)) for line in plan.lines if line.kind is LineKind.DOOR]
    everybody = max(sum(count for _, count in zones), sum(count for _, count in lines))
    own = {camera for camera, _ in (*zones, *lines)}
    return {
        camera.id: max(
            sum(n for name, n in zones if name == camera.id), sum(n for name, n in lines if name == camera.id)
        )
        if camera.id in own
        else everybody
        for camera in plan.cameras
    }


def _joined(pieces: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The pieces, those without a gap between them as one."""
    found: list[tuple[int, int]] = []
    for first, end in sorted(pieces):
        if found and found[-1][1] == first:
            found[-1] = (found[-1][0], end)
        else:
            found.append((first, end))
    return tuple(found)
