"""Reads a span's totals: whole days from the days' sums, what is left from those by the hour and the minute."""

import functools
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from operator import add

from cloud.manage.insight import MINUTE_MS, Window
from cloud.manage.joins import Joint, Kind
from cloud.manage.period import Span, beginning, day_of
from cloud.manage.shelves import Asked
from cloud.manage.totals import Bucket, Chain, LineTotals, Till, Totals, ZoneTotals
from cloud.store import days, expected, happenings
from cloud.store.days import BINS, PEAK, ZONE_COLUMNS
from cloud.store.sums import HOUR_MS

_POINTS = 62
_WEEK = 7
"""Of a sparkline, at most: beyond that a point is a week."""
_LENGTHS_AT = ZONE_COLUMNS.index("l0")
_WAITS_AT = ZONE_COLUMNS.index("w0")
_WIDTH = len(ZONE_COLUMNS)
_CHAIN_SUMS = "SUM(passed), SUM(stopped), SUM(taps), SUM(tapped), SUM(sales), SUM(bought), SUM(paid)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """Rows of one span of the sums whose beginning lies in [first_ms, end_ms)."""

    span_ms: int
    first_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Steps:
    """In which point of the sparkline a moment is counted: `base` + its distance from `origin_ms` in steps."""

    origin_ms: int
    step_ms: int
    base: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _DaySteps:
    """In which point of the sparkline a day is counted: its distance from the day `origin` in `per_point` days."""

    origin: int
    per_point: int


@dataclass(slots=True)
class _Gathered:
    """The sums while they are added up; the lists are in the order of their tables' columns."""

    zones: dict[str, list[int]] = field(default_factory=dict)
    zone_points: dict[int, list[int]] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)
    line_points: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    cameras: dict[str, int] = field(default_factory=dict)
    chains: dict[tuple[Kind, str], Chain] = field(default_factory=dict)
    chain_points: dict[int, Chain] = field(default_factory=dict)
    tills: dict[int, Till] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    expected_ms: int = 0


def totals(connection: sqlite3.Connection, asked: Asked, span: Span, *, now_ms: int) -> Totals:
    """All counts of a span. Reads no more rows for a year than for a quarter, beyond a row a day and name."""
    gathered, firsts = _Gathered(), _points(span)
    whole, windows = _plan(connection, span)
    if whole:
        _read_days(connection, asked, gathered, whole, _day_steps(span))
        gathered.expected_ms += expected.of_days(connection, whole, span)
    for window in windows:
        steps = _steps(span, window)
        _read_window(connection, asked, gathered, window, steps)
        gathered.expected_ms += expected.of_window(connection, asked, window, span=span, now_ms=now_ms)
        for joint in happenings.joints_in(connection, asked, window, span=span):
            _put_joint(gathered, asked, joint, steps)
    return _told(asked, span, gathered, firsts)


def whole_day(
    connection: sqlite3.Connection, asked: Asked, span: Span, *, now_ms: int
) -> tuple[Totals, tuple[Joint, ...]]:
    """The totals of a span of one day as its hours and minutes hold them, and its taps and sales joined anew."""
    gathered, steps = _Gathered(), _steps(span, span.window)
    found = tuple(happenings.joined_now(connection, asked, span.window, span=span))
    _read_window(connection, asked, gathered, span.window, steps)
    gathered.expected_ms = expected.of_window(connection, asked, span.window, span=span, now_ms=now_ms)
    for joint in found:
        _put_joint(gathered, asked, joint, steps)
    return _told(asked, span, gathered, _points(span)), found


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


def _read_window(
    connection: sqlite3.Connection, asked: Asked, gathered: _Gathered, window: Window, steps: _Steps
) -> None:
    """Adds what the hours and minutes of a window hold."""
    pieces, before = _pieces(window), {zone: tuple(row) for zone, row in gathered.zones.items()}
    _read_zones(connection, asked, gathered, pieces, steps)
    _read_rest(connection, asked, gathered, pieces, steps)
    _put_passing(gathered, asked, before)


def _points(span: Span) -> list[int]:
    """The first minute of each point of the span's sparkline."""
    if len(span.dates) <= 1 or span.by_clock:
        step = _step_ms(span) // MINUTE_MS
        return list(range(span.first, max(span.end, span.first + 1), step))
    steps, last = _day_steps(span), span.dates[-1].toordinal()
    firsts = (date.fromordinal(number) for number in range(steps.origin, last + 1, steps.per_point))
    return [max(span.first, beginning(first, span.zone)) for first in firsts]


def _day_steps(span: Span) -> _DaySteps:
    """A point a day; of many days a point a week, from Monday to Sunday."""
    if len(span.days) < _POINTS:
        return _DaySteps(origin=span.dates[0].toordinal(), per_point=1)
    return _DaySteps(origin=days.monday(span.dates[0]).toordinal(), per_point=_WEEK)


def _step_ms(span: Span) -> int:
    if span.by_clock:
        return MINUTE_MS if span.end - span.first <= 15 else 5 * MINUTE_MS
    return HOUR_MS


def _steps(span: Span, window: Window) -> _Steps:
    if len(span.dates) <= 1 or span.by_clock:
        return _Steps(origin_ms=span.first * MINUTE_MS, step_ms=_step_ms(span), base=0)
    day, by_day = day_of(window.first * MINUTE_MS, span.zone), _day_steps(span)
    return _Steps(
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
    steps: _Steps,
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
    connection: sqlite3.Connection, asked: Asked, gathered: _Gathered, pieces: Sequence[_Piece], steps: _Steps
) -> None:
    for table, figures, columns in _OF_ZONES:
        places = [ZONE_COLUMNS.index(column) for column in columns]
        for zone, point, told in _rows(
            connection, table, "zone", figures, names=asked.zones, pieces=pieces, steps=steps
        ):
            _put(gathered, asked, zone, point, dict(zip(places, told, strict=True)))
    for table, figures, start in (
        ("stay_lengths", "s.bin, SUM(stays)", _LENGTHS_AT),
        ("wait_lengths", "s.bin, SUM(waits)", _WAITS_AT),
    ):
        for zone, point, (place, count) in _rows(
            connection, table, "zone", figures, names=asked.zones, pieces=pieces, steps=steps, also=", s.bin"
        ):
            _put(gathered, asked, zone, point, {start + place: count})


def _put(gathered: _Gathered, asked: Asked, zone: str, point: int, told: Mapping[int, int]) -> None:
    """Adds some figures of a zone, by their column."""
    gathered.seen.add(point)
    rows = [gathered.zones.setdefault(zone, [0] * _WIDTH)]
    if zone in asked.selling:
        rows.append(gathered.zone_points.setdefault(point, [0] * _WIDTH))
    for row in rows:
        for place, value in told.items():
            row[place] = max(row[place], value) if place == PEAK else row[place] + value


def _read_rest(
    connection: sqlite3.Connection, asked: Asked, gathered: _Gathered, pieces: Sequence[_Piece], steps: _Steps
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
        _put_line(gathered, line, point, told)
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
            _put_till(gathered, point, Till(receipts=receipts, amount=amount, squares=squares))


def _put_line(gathered: _Gathered, line: str, point: int, told: Sequence[int]) -> None:
    gathered.seen.add(point)
    for row in (gathered.lines.setdefault(line, [0, 0]), gathered.line_points.setdefault((point, line), [0, 0])):
        row[0] += told[0]
        row[1] += told[1]


def _put_till(gathered: _Gathered, point: int, till: Till) -> None:
    gathered.tills[point] = _both(gathered.tills.get(point, Till()), till)


def _both(one: Till, other: Till) -> Till:
    return Till(
        receipts=one.receipts + other.receipts,
        amount=one.amount + other.amount,
        squares=one.squares + other.squares,
    )


def _read_days(
    connection: sqlite3.Connection, asked: Asked, gathered: _Gathered, whole: Sequence[date], steps: _DaySteps
) -> None:
    """Adds what the sums of whole days hold; of many days, whole weeks as such."""
    weeks, rest = _weeks(whole) if steps.per_point == _WEEK else ([], list(whole))
    for unit, some in (("week", weeks), ("day", rest)):
        if some:
            _read_sums(connection, asked, gathered, unit, (steps.origin, steps.per_point, _numbers(some)))
    for point, reports, receipts, amount, squares in connection.execute(
        "SELECT (day - ?) / ?, COUNT(told_first), SUM(receipts), SUM(amount), SUM(squares) FROM days "
        "WHERE day IN (SELECT value FROM json_each(?)) GROUP BY 1",
        (steps.origin, steps.per_point, _numbers(whole)),
    ):
        if reports:
            gathered.seen.add(point)
        _put_till(gathered, point, Till(receipts=receipts, amount=amount, squares=squares))


def _weeks(whole: Sequence[date]) -> tuple[list[date], list[date]]:
    """The Mondays of the weeks of which every day is there, and the days of no such week."""
    there = set(whole)
    mondays = [
        day for day in whole if day.weekday() == 0 and all(day + timedelta(days=more) in there for more in range(_WEEK))
    ]
    covered = {day + timedelta(days=more) for day in mondays for more in range(_WEEK)}
    return mondays, [day for day in whole if day not in covered]


def _numbers(some: Sequence[date]) -> str:
    return json.dumps([day.toordinal() for day in some])


def _read_sums(
    connection: sqlite3.Connection, asked: Asked, gathered: _Gathered, unit: str, span: tuple[int, int, str]
) -> None:
    """Adds the sums of days, or of weeks by their Mondays; `span`: as the queries want it."""
    every = "day IN (SELECT value FROM json_each(?))"
    sums = ", ".join(f"{'MAX' if place == PEAK else 'SUM'}({name})" for place, name in enumerate(ZONE_COLUMNS))
    zones = frozenset(asked.zones)
    for zone, *told in connection.execute(
        f"SELECT zone, {sums} FROM {unit}_zones WHERE {every} GROUP BY 1",  # noqa: S608 - only names of ours
        span[2:],
    ):
        if zone in zones:
            _merge(gathered.zones, zone, told)
    _read_points(connection, asked, gathered, unit, span)
    for line, point, went_in, went_out in connection.execute(
        f"SELECT line, (day - ?) / ?, SUM(went_in), SUM(went_out) FROM {unit}_lines WHERE {every} GROUP BY 1, 2",  # noqa: S608 - only names of ours
        span,
    ):
        if line in asked.lines:
            _put_line(gathered, line, point, (went_in, went_out))
    for camera, covered in connection.execute(
        f"SELECT camera, SUM(covered_ms) FROM {unit}_cameras WHERE {every} GROUP BY 1",  # noqa: S608 - only names of ours
        span[2:],
    ):
        if camera in asked.cameras:
            gathered.cameras[camera] = gathered.cameras.get(camera, 0) + covered
    for kind, name, *told in connection.execute(
        f"SELECT kind, name, {_CHAIN_SUMS} FROM {unit}_chains WHERE {every} GROUP BY 1, 2",  # noqa: S608 - only names of ours
        span[2:],
    ):
        whose = (Kind(kind), name)
        gathered.chains[whose] = gathered.chains.get(whose, Chain()).plus(_chain(told))


def _read_points(
    connection: sqlite3.Connection, asked: Asked, gathered: _Gathered, unit: str, span: tuple[int, int, str]
) -> None:
    """Adds the points of the sparklines: of the shelves alone, and only what a sparkline draws."""
    selling = json.dumps(sorted(asked.selling))
    shelves = "day IN (SELECT value FROM json_each(?)) AND {} IN (SELECT value FROM json_each(?))"
    columns = (0, *range(_LENGTHS_AT, _WAITS_AT))
    lengths = ", ".join(f"SUM({ZONE_COLUMNS[place]})" for place in columns)
    for point, *told in connection.execute(
        f"SELECT (day - ?) / ?, {lengths} FROM {unit}_zones WHERE {shelves.format('zone')} GROUP BY 1",  # noqa: S608 - only names of ours
        (*span, selling),
    ):
        gathered.seen.add(point)
        row = gathered.zone_points.setdefault(point, [0] * _WIDTH)
        for place, value in zip(columns, told, strict=True):
            row[place] += value
    for point, *told in connection.execute(
        f"SELECT (day - ?) / ?, {_CHAIN_SUMS} FROM {unit}_chains "  # noqa: S608 - only names of ours
        f"WHERE {shelves.format('name')} AND kind = 'zone' GROUP BY 1",
        (*span, selling),
    ):
        gathered.chain_points[point] = gathered.chain_points.get(point, Chain()).plus(_chain(told))


def _merge(rows: dict[str, list[int]], name: str, told: Sequence[int]) -> None:
    before = rows.get(name)
    if before is None:
        rows[name] = list(told)
        return
    rows[name] = list(map(add, before, told))
    rows[name][PEAK] = max(before[PEAK], told[PEAK])


def _chain(told: Sequence[int]) -> Chain:
    passed, stopped, taps, tapped, sales, bought, paid = told
    return Chain(passed=passed, stopped=stopped, taps=taps, tapped=tapped, sales=sales, bought=bought, paid=paid)


def _put_joint(gathered: _Gathered, asked: Asked, joint: Joint, steps: _Steps) -> None:
    point = steps.base + (joint.minute * MINUTE_MS - steps.origin_ms) // steps.step_ms
    chain = Chain(taps=joint.taps, tapped=joint.tapped, sales=joint.sales, bought=joint.bought, paid=joint.paid)
    _put_chain(gathered, asked, (joint.kind, joint.name), point, chain)


def _put_passing(gathered: _Gathered, asked: Asked, before: Mapping[str, Sequence[int]]) -> None:
    """Who passed and stopped in a window, by product: whoever did in one of its zones."""
    nobody = (0,) * _WIDTH
    for gtin, place in asked.shelves.products.items():
        passed = stopped = 0
        for zone in place.zones:
            row, old = gathered.zones.get(zone, nobody), before.get(zone, nobody)
            passed += row[0] - old[0]
            stopped += _stops(row, asked.stop_bin) - _stops(old, asked.stop_bin)
        key = (Kind.PRODUCT, gtin)
        gathered.chains[key] = gathered.chains.get(key, Chain()).plus(Chain(passed=passed, stopped=stopped))


def _stops(row: Sequence[int], stop_bin: int) -> int:
    return sum(row[_LENGTHS_AT + stop_bin : _LENGTHS_AT + BINS])


def _put_chain(gathered: _Gathered, asked: Asked, whose: tuple[Kind, str], point: int, chain: Chain) -> None:
    gathered.chains[whose] = gathered.chains.get(whose, Chain()).plus(chain)
    kind, name = whose
    if kind is Kind.ZONE and name in asked.selling:
        gathered.chain_points[point] = gathered.chain_points.get(point, Chain()).plus(chain)


def _told(asked: Asked, span: Span, gathered: _Gathered, firsts: Sequence[int]) -> Totals:
    """The sums as the figures are made of them."""
    chains = {name: chain for (kind, name), chain in gathered.chains.items() if kind is Kind.ZONE}
    return Totals(
        span=span,
        expected_ms=gathered.expected_ms,
        zones={name: _zone(row) for name, row in gathered.zones.items()},
        chains={
            name: _passing(chains.get(name, Chain()), gathered.zones.get(name), asked.stop_bin) for name in asked.zones
        },
        products={name: chain for (kind, name), chain in gathered.chains.items() if kind is Kind.PRODUCT},
        lines={name: LineTotals(went_in=row[0], went_out=row[1]) for name, row in gathered.lines.items()},
        cameras=dict(gathered.cameras),
        till=functools.reduce(_both, gathered.tills.values(), Till()),
        buckets=tuple(_bucket(asked, gathered, point, first) for point, first in enumerate(firsts)),
    )


def _passing(chain: Chain, row: Sequence[int] | None, stop_bin: int) -> Chain:
    if row is None:
        return chain
    return replace(chain, passed=row[0], stopped=_stops(row, stop_bin))


def _zone(row: Sequence[int]) -> ZoneTotals:
    counts = dict(zip(ZONE_COLUMNS[:_LENGTHS_AT], row, strict=False))
    return ZoneTotals(**counts, lengths=tuple(row[_LENGTHS_AT:_WAITS_AT]), waits=tuple(row[_WAITS_AT:]))


def _bucket(asked: Asked, gathered: _Gathered, point: int, first: int) -> Bucket:
    row = gathered.zone_points.get(point)
    lines = ((line, gathered.line_points.get((point, line), (0, 0))) for line in asked.lines)
    return Bucket(
        first=first,
        seen=point in gathered.seen,
        lines={line: LineTotals(went_in=told[0], went_out=told[1]) for line, told in lines},
        chain=_passing(gathered.chain_points.get(point, Chain()), row, asked.stop_bin),
        lengths=tuple(row[_LENGTHS_AT:_WAITS_AT]) if row else (0,) * BINS,
        till=gathered.tills.get(point, Till()),
    )
