"""Reads the sums of whole days, and of whole weeks where there are many."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import date, timedelta

from cloud.manage.joins import Kind
from cloud.manage.shelves import Asked
from cloud.manage.totals import Chain, Till
from cloud.store.days import PEAK, ZONE_COLUMNS
from cloud.store.gathering import (
    LENGTHS_AT,
    WAITS_AT,
    WIDTH,
    DaySteps,
    Gathered,
    chain_of,
    merge,
    put_line,
    put_till,
)

WEEK = 7
_CHAIN_SUMS = "SUM(passed), SUM(stopped), SUM(taps), SUM(tapped), SUM(sales), SUM(bought), SUM(paid)"


def read_days(
    connection: sqlite3.Connection, asked: Asked, gathered: Gathered, whole: Sequence[date], steps: DaySteps
) -> None:
    """Adds what the sums of whole days hold; of many days, whole weeks as such."""
    weeks, rest = _weeks(whole) if steps.per_point == WEEK else ([], list(whole))
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
        put_till(gathered, point, Till(receipts=receipts, amount=amount, squares=squares))


def _weeks(whole: Sequence[date]) -> tuple[list[date], list[date]]:
    """The Mondays of the weeks of which every day is there, and the days of no such week."""
    there = set(whole)
    mondays = [
        day for day in whole if day.weekday() == 0 and all(day + timedelta(days=more) in there for more in range(WEEK))
    ]
    covered = {day + timedelta(days=more) for day in mondays for more in range(WEEK)}
    return mondays, [day for day in whole if day not in covered]


def _numbers(some: Sequence[date]) -> str:
    return json.dumps([day.toordinal() for day in some])


def _read_sums(
    connection: sqlite3.Connection, asked: Asked, gathered: Gathered, unit: str, span: tuple[int, int, str]
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
            merge(gathered.zones, zone, told)
    _read_points(connection, asked, gathered, unit, span)
    for line, point, went_in, went_out in connection.execute(
        f"SELECT line, (day - ?) / ?, SUM(went_in), SUM(went_out) FROM {unit}_lines WHERE {every} GROUP BY 1, 2",  # noqa: S608 - only names of ours
        span,
    ):
        if line in asked.lines:
            put_line(gathered, line, point, (went_in, went_out))
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
        gathered.chains[whose] = gathered.chains.get(whose, Chain()).plus(chain_of(told))


def _read_points(
    connection: sqlite3.Connection, asked: Asked, gathered: Gathered, unit: str, span: tuple[int, int, str]
) -> None:
    """Adds the points of the sparklines: of the shelves alone, and only what a sparkline draws."""
    selling = json.dumps(sorted(asked.selling))
    shelves = "day IN (SELECT value FROM json_each(?)) AND {} IN (SELECT value FROM json_each(?))"
    columns = (0, *range(LENGTHS_AT, WAITS_AT))
    lengths = ", ".join(f"SUM({ZONE_COLUMNS[place]})" for place in columns)
    for point, *told in connection.execute(
        f"SELECT (day - ?) / ?, {lengths} FROM {unit}_zones WHERE {shelves.format('zone')} GROUP BY 1",  # noqa: S608 - only names of ours
        (*span, selling),
    ):
        gathered.seen.add(point)
        row = gathered.zone_points.setdefault(point, [0] * WIDTH)
        for place, value in zip(columns, told, strict=True):
            row[place] += value
    for point, *told in connection.execute(
        f"SELECT (day - ?) / ?, {_CHAIN_SUMS} FROM {unit}_chains "  # noqa: S608 - only names of ours
        f"WHERE {shelves.format('name')} AND kind = 'zone' GROUP BY 1",
        (*span, selling),
    ):
        gathered.chain_points[point] = gathered.chain_points.get(point, Chain()).plus(chain_of(told))
