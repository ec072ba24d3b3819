"""The floor's page: which picture its address asks for, the day's entrances under it, and which cameras are lost."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from fastapi import Request

from cloud.manage.hours import DAY, Hours, elapsed, hours
from cloud.manage.insight import MINUTE_MS, Figure, Flow, State, Window, parts
from cloud.manage.nodes import NodeRow
from cloud.manage.period import TODAY, Compare, Span, beginning, compared, day_of, span_of
from cloud.store import catalogue, days, insight
from cloud.web.language import Language
from cloud.web.manage.desk import Desk
from cloud.web.manage.floor.window import doors_of
from cloud.web.manage.reading import Morning
from cloud.web.manage.view import language_of, look
from contract.plan import Camera, Plan

MODES = ("live", "total", "replay", "compare")
"""This moment's quarter of an hour, the whole period, one day frame by frame, and the period against another."""
METRICS = ("stay", "passing", "taps", "sales")
SCHEMES = ("usual", "cividis")
FRAME = 5
"""Minutes of one frame of a day's replay."""
PERIOD_WORDS = {
    "15m": "last 15 minutes",
    "1h": "last hour",
    TODAY: "today",
    "yesterday": "yesterday",
    "7d": "last 7 days",
    "28d": "last 28 days",
    "365d": "last 365 days",
}
COMPARE_WORDS = {"weekday": "same weekday before", "before": "the time before", "none": "compared with nothing"}
_SHORT = ("15m", "1h", TODAY)
"""Periods that end now: the page opens on this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A camera without a picture: the middle of what it would see, in metres, and when it last saw (ms)."""

    camera: str
    x: float
    y: float
    since_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEntries:
    """Who entered on one day, and on the day that it is compared with; `running`: so far, up to the same time."""

    day: date
    now: Figure
    then: Figure
    running: bool


def floor_values(desk: Desk, request: Request, morning: Morning) -> dict[str, object]:
    """What the floor's part of the page names, beside `page_values`."""
    asked, words = look(request), request.query_params
    now_ms = desk.clock()
    usual_mode = "live" if asked.period in _SHORT else "total"
    usual_metric = "stay" if morning.plan.cameras else "sales"
    span = span_of(asked.period, now_ms=now_ms, zone=desk.zone)
    language, today = language_of(request), span_of(TODAY, now_ms=now_ms, zone=desk.zone).dates[0]
    day = span.dates[-1] if span.dates else today
    first = beginning(day, desk.zone)
    last = (now_ms // MINUTE_MS if day == today else _end(day, desk.zone) - 1) - first
    with desk.store.reading() as connection:
        strip = _strip(desk, connection, morning.plan, day=day, compare=asked.compare, now_ms=now_ms)
        trend = _trend(connection, morning.plan, span, compared(span, asked.compare), k=desk.k)
        lost = lost_cameras(connection, morning.plan, morning.nodes, now_ms)
        goods = [catalogue.product(connection, one.gtin) for one in morning.plan.readers if one.gtin]
    return {
        "usual": {"mode": usual_mode, "metric": usual_metric},
        "mode": _one_of(words.get("mode"), MODES, usual_mode),
        "metric": _one_of(words.get("metric"), METRICS, usual_metric),
        "scheme": _one_of(words.get("scheme"), SCHEMES, SCHEMES[0]),
        "day": day,
        "day_ms": first * MINUTE_MS,
        "is_today": day == today,
        "at_frame": last // FRAME,
        "first_frame": elapsed(first, strip.first_hour, desk.zone) // FRAME,
        "last_frame": elapsed(first, strip.last_hour, desk.zone) // FRAME - 1,
        "period_said": _said(desk, language, PERIOD_WORDS, asked.period),
        "compared_said": _said(desk, language, COMPARE_WORDS, asked.compare),
        "hours": strip,
        "lost": lost,
        "trend": trend,
        "timezone": desk.pages.timezone,
        "query": request.url.query,
        "shapes": _shapes(morning.plan, {one.gtin: one.name[language] for one in goods if one}, language),
    }


def _said(desk: Desk, language: Language, words: Mapping[str, str], key: str) -> str:
    """A period or a comparison in words; a day or a range says itself."""
    return desk.pages.text(language, words[key]) if key in words else key.replace("..", " – ")


def _shapes(plan: Plan, goods: Mapping[str, str], language: Language) -> dict[str, object]:
    """Zones and readers for the page's scripts: what lies under a pointer, and what a tap was about."""
    korean = language is Language.KO
    return {
        "zones": [
            {
                "id": zone.id,
                "title": zone.title.ko if korean else zone.title.en,
                "points": [[point.x, point.y] for point in zone.polygon],
            }
            for zone in plan.zones
        ],
        "readers": [
            {"id": one.id, "zone": one.zone or "", "good": goods.get(one.gtin or "", "")} for one in plan.readers
        ],
    }


def lost_cameras(connection: sqlite3.Connection, plan: Plan, nodes: Iterable[NodeRow], now_ms: int) -> tuple[Lost, ...]:
    """The cameras that work no more, and since when: from the last minute that was covered in the last day."""
    down = {device.name for node in nodes for device in node.devices if device.kind == "camera" and device.ok is False}
    cameras = [camera for camera in plan.cameras if camera.id in down]
    minute = now_ms // MINUTE_MS + 1
    rows = insight.cameras_seen(connection, sorted(down), Window(first=minute - DAY, end=minute)) if down else ()
    last: dict[str, int] = {}
    for row in rows:
        if row.seen.covered_ms:
            last[row.name] = max(last.get(row.name, 0), row.seen.minute)
    return tuple(_lost(plan, camera, last.get(camera.id)) for camera in cameras)


def _lost(plan: Plan, camera: Camera, minute: int | None) -> Lost:
    """The mark lies in the middle of the camera's floor, as far as that is on the plan."""
    xs = [min(plan.width_m, max(0.0, point.x)) for point in camera.sees]
    ys = [min(plan.depth_m, max(0.0, point.y)) for point in camera.sees]
    since = None if minute is None else (minute + 1) * MINUTE_MS
    return Lost(camera=camera.id, x=(min(xs) + max(xs)) / 2, y=(min(ys) + max(ys)) / 2, since_ms=since)


def _strip(
    desk: Desk, connection: sqlite3.Connection, plan: Plan, *, day: date, compare: Compare, now_ms: int
) -> Hours:
    span = span_of(day.isoformat(), now_ms=now_ms, zone=desk.zone)
    other = compared(span, compare)
    lines = doors_of(plan)
    doors = sorted({line.camera for line in plan.lines if line.id in lines})
    first = beginning(day, desk.zone)
    whole = Window(first=first, end=_end(day, desk.zone))
    then = None
    if other is not None:
        ends = _end(day_of(other.first * MINUTE_MS, desk.zone), desk.zone)
        then = _flows(connection, lines, Window(first=other.first, end=ends))
    return hours(
        _flows(connection, lines, whole),
        then,
        [row.seen for row in insight.cameras_seen(connection, doors, whole)],
        first=first,
        then_first=first if other is None else other.first,
        end=span.end,
        zone=desk.zone,
        k=desk.k,
    )


def _end(day: date, zone: tzinfo) -> int:
    """The first minute after a day, which lasts 23 or 25 hours where the clock is changed."""
    return beginning(day + timedelta(days=1), zone)


def _trend(
    connection: sqlite3.Connection, plan: Plan, span: Span, other: Span | None, *, k: int
) -> tuple[DayEntries, ...]:
    """Day by day, where the span is several days long and something was counted in it."""
    dates = span.dates
    if len(dates) < 2:
        return ()
    now, then = _entered(connection, plan, span), {} if other is None else _entered(connection, plan, other)
    here = parts([now.get(day) for day in dates], k=k).figures
    before = parts([then.get(day) for day in (other.dates if other else dates)], k=k).figures
    if all(figure.state is State.UNSEEN for figure in (*here, *before)):
        return ()
    running = len(span.days)
    return tuple(
        DayEntries(day=day, now=mine, then=theirs, running=place >= running)
        for place, (day, mine, theirs) in enumerate(zip(dates, here, before, strict=True))
    )


def _entered(connection: sqlite3.Connection, plan: Plan, span: Span) -> dict[date, int]:
    """Who came in on each day of a span of which anything was told, on the last one up to the span's end."""
    doors = doors_of(plan)
    found = days.entered(connection, doors, span.days[0], span.days[-1]) if span.days else {}
    if span.rest.first < span.rest.end:
        came = sum(flow.entered for flow in _flows(connection, doors, span.rest))
        cameras = sorted({line.camera for line in plan.lines if line.id in doors})
        if came or any(row.seen.covered_ms for row in insight.cameras_seen(connection, cameras, span.rest)):
            found[day_of(span.rest.first * MINUTE_MS, span.zone)] = came
    return found


def _flows(connection: sqlite3.Connection, lines: Sequence[str], window: Window) -> list[Flow]:
    return [row.flow for row in insight.flows(connection, lines, window)]


def _one_of(asked: str | None, allowed: Sequence[str], usual: str) -> str:
    return next((one for one in allowed if one == asked), usual)
