"""The picture of a period, and what changed between two: read, smoothed, judged, and written as bytes."""

import base64
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from cloud.manage import maps
from cloud.manage.difference import LEAST_DAYS, Difference, Side, difference, places_difference
from cloud.manage.heat import CELL_M, UNSEEN
from cloud.manage.insight import MINUTE_MS
from cloud.manage.maps import KINDS, SPREADS, UNITS, Crowd, Metric
from cloud.manage.period import Compare, Span, compared, span_of
from cloud.manage.places import Map, counts_of, density, elsewhere, few, map_of
from cloud.manage.raster import WITHHELD, Bytes, Values, floor_only, percents, seen_ms, size_of, smoothed
from cloud.store import heat_days, plans
from cloud.web.manage.desk import Desk
from cloud.web.manage.floor import window
from cloud.web.manage.floor.domains import Domains, length_of
from contract.plan import Plan

_KEPT: Final = 64
"""Pictures that are kept: pages of several people look at the same few."""
_BLOCKS: Final = 31
"""Days of a period beyond which its scatter is not read day by day."""
_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The asked period minus another, as the package's words say."""

    kind: Compare
    from_ms: int
    to_ms: int
    unit: str
    top: float
    levels: str
    seen: str
    compared: int
    shown: int
    by_chance: float
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A metric's picture of a period, as the package's words say."""

    metric: Metric
    period: str
    unit: str
    from_ms: int
    to_ms: int
    now_ms: int
    plan_version: int
    columns: int
    rows: int
    cell_m: float
    top: float
    levels: str
    seen: str
    watching: tuple[str, ...]
    withheld: tuple[str, ...]
    k: int
    coverage: dict[str, float]
    elsewhere: int
    compare: Change | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Drawn:
    """A picture before it is written: its bytes, and what is told beside it."""

    top: float
    levels: Bytes
    marks: Bytes
    watching: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    coverage: Mapping[str, float] = field(default_factory=dict)
    elsewhere: int = 0
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One question, with the plan that was valid at the end of its period."""

    metric: Metric
    span: Span
    compare: Compare
    other: Span | None
    plan: Plan
    now_ms: int
    k: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """One period as the cameras that are not withheld tell it."""

    told: window.Told
    crowd: Crowd
    seen_ms: Values
    withheld: frozenset[str]


class Pictures:
    """Pictures of one store. Safe to use from several threads: who asks for one that is being made waits for it."""

    def __init__(self, desk: Desk, domains: Domains) -> None:
        self._desk = desk
        self._domains = domains
        self._known: OrderedDict[tuple[object, ...], tuple[object, Picture]] = OrderedDict()
        self._turn = threading.Lock()

    def get(self, metric: Metric | None, period: str, compare: Compare) -> Picture | None:
        """The picture; None while the store has no plan. Raises ValueError for a period that is none."""
        desk, now_ms = self._desk, self._desk.clock()
        span = span_of(period, now_ms=now_ms, zone=desk.zone)
        with desk.store.reading() as connection:
            plan = plan_of(connection, span, now_ms)
            if plan is None:
                return None
            asked = _Asked(
                metric=metric or maps.standard(plan),
                span=span,
                compare=compare,
                other=compared(span, compare),
                plan=plan,
                now_ms=now_ms,
                k=desk.k,
            )
            return self._kept(connection, asked)

    def forget(self) -> None:
        """The colours are others now."""
        with self._turn:
            self._known.clear()

    def _kept(self, connection: sqlite3.Connection, asked: _Asked) -> Picture:
        made_of = (asked.plan.version, asked.span.first, asked.span.end, told_so_far(connection))
        key = (asked.metric, asked.span.period, asked.compare)
        with self._turn:
            known = self._known.get(key)
            if known is None or known[0] != made_of:
                drawn = self._of_places(connection, asked) if asked.metric in KINDS else self._seen(connection, asked)
                known = self._known[key] = (made_of, _picture(asked, drawn))
            self._known.move_to_end(key)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
            return known[1]

    def _seen(self, connection: sqlite3.Connection, asked: _Asked) -> _Drawn:
        """Stays or passing, of cameras."""
        plan, k = asked.plan, asked.k
        now = _read(connection, asked, asked.span)
        top = self._top(asked, now.crowd.value)
        marks = percents(now.seen_ms, now.told.expected_ms)
        levels, marks = maps.shown(now.crowd.value, now.crowd.people, marks, top=top, k=k)
        change = None
        if asked.other is not None:
            then = _read(connection, asked, asked.other)
            found = difference(
                _side(connection, asked, asked.span, now),
                _side(connection, asked, asked.other, then),
                top=self._rate_top(asked),
                k=k,
                spread=SPREADS[asked.metric],
            )
            change = _change(asked, asked.other, found)
        return _Drawn(
            top=top,
            levels=levels,
            marks=maps.hidden(plan, now.withheld, marks, size_of(plan)),
            watching=tuple(c.id for c in plan.cameras if now.told.coverage.get(c.id) and c.id not in now.withheld),
            withheld=tuple(sorted(now.withheld)),
            coverage=now.told.coverage,
            change=change,
        )

    def _of_places(self, connection: sqlite3.Connection, asked: _Asked) -> _Drawn:
        """Taps or sales. What a till or a reader tells is told of the whole floor, where there is one to tell."""
        k, kinds = asked.k, KINDS[asked.metric]
        places, told = map_of(asked.plan, kinds), window.places(connection, asked.span)
        counts = counts_of(places, told)
        top = self._top(asked, density(places, counts))
        value = density(places, np.where(counts < k, 0.0, counts))
        marks = _marks_of_places(asked.plan, places, counts, top=top, k=k)
        levels, marks = maps.shown(value, np.full_like(value, k), marks, top=top, k=k)
        change = None
        if asked.other is not None:
            before = counts_of(places, window.places(connection, asked.other))
            now, then = (counts, _hours(asked.span)), (before, _hours(asked.other))
            found = places_difference(places, now, then, top=self._rate_top(asked), k=k)
            change = _change(asked, asked.other, found)
        return _Drawn(top=top, levels=levels, marks=marks, elsewhere=elsewhere(places, told, kinds), change=change)

    def _top(self, asked: _Asked, value: Values) -> float:
        return self._domains.top(asked.metric, length_of(asked.span), now_ms=asked.now_ms, values=value)

    def _rate_top(self, asked: _Asked) -> float:
        """Half of what an hour's picture reaches: changes are smaller than what changes."""
        return self._domains.top(asked.metric, 60, now_ms=asked.now_ms) / 2


def plan_of(connection: sqlite3.Connection, span: Span, now_ms: int) -> Plan | None:
    """The plan that was valid at the end of a span."""
    return plans.plan_until(connection, span.end * MINUTE_MS, now_ms=now_ms)


def told_so_far(connection: sqlite3.Connection) -> tuple[int, ...]:
    """Numbers that change whenever anything is stored that a map may show."""
    row = connection.execute(
        "SELECT (SELECT coalesce(sum(through), 0) FROM epochs), (SELECT coalesce(max(id), 0) FROM visits), "
        "(SELECT coalesce(max(id), 0) FROM sales), (SELECT coalesce(max(made_ms), 0) FROM days)"
    ).fetchone()
    return tuple(row)


def _read(connection: sqlite3.Connection, asked: _Asked, span: Span) -> _Seen:
    plan, k = asked.plan, asked.k
    told = window.cameras(connection, plan, span, now_ms=asked.now_ms)
    withheld = maps.withheld(told.sheets, told.people, k)
    sheets = [sheet for sheet in told.sheets if sheet.camera not in withheld]
    shown = {name: share for name, share in told.coverage.items() if name not in withheld}
    return _Seen(
        told=told,
        crowd=maps.crowd(asked.metric, sheets, size_of(plan), plan=plan, k=k),
        seen_ms=seen_ms(plan, sheets, shown, told.expected_ms),
        withheld=withheld,
    )


def _side(connection: sqlite3.Connection, asked: _Asked, span: Span, seen: _Seen) -> Side:
    """One period for a difference, with its days where it has some but not too many."""
    blocks = None
    if LEAST_DAYS <= len(span.days) <= _BLOCKS:
        blocks = _days(connection, asked, span, seen)
    return Side(
        value=seen.crowd.value,
        tracks=seen.crowd.tracks,
        people=seen.crowd.people,
        hours=seen.seen_ms / _HOUR_MS,
        seen=percents(seen.seen_ms, seen.told.expected_ms),
        counted=seen.crowd.counted,
        days=blocks,
    )


def _days(connection: sqlite3.Connection, asked: _Asked, span: Span, seen: _Seen) -> tuple[Values, Values]:
    size, each_ms = size_of(asked.plan), seen.told.expected_ms // len(span.dates)
    values, hours = [], []
    for day in span.days:
        sheets = [sheet for sheet in heat_days.read(connection, [day]) if sheet.camera not in seen.withheld]
        values.append(maps.laid(asked.metric, sheets, size))
        hours.append(seen_ms(asked.plan, sheets, seen.told.coverage, each_ms) / _HOUR_MS)
    return floor_only(smoothed(np.stack(values))), np.stack(hours)


def _marks_of_places(plan: Plan, places: Map, counts: Values, *, top: float, k: int) -> Bytes:
    size = size_of(plan)
    if not places.keys:
        return np.full((size.rows, size.columns), UNSEEN, np.uint8)
    hidden = few(places, counts, k)
    told = density(places, np.where(counts < k, 0.0, counts))
    return np.where((hidden > told) & (hidden >= top / 510), WITHHELD, 100).astype(np.uint8)


def _hours(span: Span) -> float:
    return (span.end - span.first) / 60


def _change(asked: _Asked, other: Span, found: Difference) -> Change:
    return Change(
        kind=asked.compare,
        from_ms=other.first * MINUTE_MS,
        to_ms=other.end * MINUTE_MS,
        unit=f"{UNITS[asked.metric]} per hour seen",
        top=found.top,
        levels=_text(found.levels),
        seen=_text(found.marks),
        compared=found.compared,
        shown=found.shown,
        by_chance=round(found.by_chance, 1),
        basis=found.basis,
    )


def _picture(asked: _Asked, drawn: _Drawn) -> Picture:
    size, span = size_of(asked.plan), asked.span
    return Picture(
        metric=asked.metric,
        period=span.period,
        unit=UNITS[asked.metric],
        from_ms=span.first * MINUTE_MS,
        to_ms=span.end * MINUTE_MS,
        now_ms=asked.now_ms,
        plan_version=asked.plan.version,
        columns=size.columns,
        rows=size.rows,
        cell_m=CELL_M,
        top=drawn.top,
        levels=_text(drawn.levels),
        seen=_text(drawn.marks),
        watching=drawn.watching,
        withheld=drawn.withheld,
        k=asked.k,
        coverage=dict(drawn.coverage),
        elsewhere=drawn.elsewhere,
        compare=drawn.change,
    )


def _text(grid: Bytes) -> str:
    return base64.b64encode(grid.tobytes()).decode()
