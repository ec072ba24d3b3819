"""Makes the sums of days that are over: new ones, and those of which something late was told."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from cloud.manage.insight import MINUTE_MS
from cloud.manage.joins import Kind
from cloud.manage.period import Span, beginning, day_of
from cloud.manage.shelves import Asked, Shelves, shelves_of
from cloud.store import days, expected, figures, heat_days, heat_sweep, plans
from cloud.store.connection import Store
from cloud.store.days import Day
from cloud.store.sums import HOUR_MS
from contract.plan import Plan

REST_MS = 10 * MINUTE_MS
"""How long a day rests after its end, so that it is not made twice for what was on its way."""
_FORM = 1
"""Grows where the way of making changes, so that every day is made anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How days are made: in which time zone, and from which class of length on a stay is a stop."""

    zone: tzinfo
    stop_bin: int

    @property
    def words(self) -> str:
        """The terms as the database keeps them."""
        return f"form {_FORM}, {self.zone}, stop {self.stop_bin}"


def close_days(store: Store, terms: Terms, *, now_ms: int) -> int:
    """Makes the days that are due, the oldest first, each in a transaction of its own; returns how many."""
    with store.atomic() as connection:
        days.ensure_terms(connection, terms.words)
    with store.reading() as connection:
        hours = days.touched(connection, 0, now_ms - REST_MS, most=100_000)
        due = _due(connection, hours, terms.zone, now_ms)
    for day in sorted(due):
        _keep(store, (day,), terms, now_ms)
    for at_ms in hours:
        # Where midnight lies in an hour, it is settled when both of its days hold it.
        if len(both := _days_of(at_ms, terms.zone)) > 1 and all(_over(day, terms.zone, now_ms) for day in both):
            _keep(store, both, terms, now_ms)
    heat_sweep.sweep_all(store, now_ms)
    return len(due)


def _due(connection: sqlite3.Connection, hours: Iterable[int], zone: tzinfo, now_ms: int) -> set[date]:
    """The days that are over and of which these hours tell something new.

    An hour that is today's too stays open until today is over; for its sake alone a day is not made a second time.
    """
    due: set[date] = set()
    for at_ms in hours:
        over = [day for day in _days_of(at_ms, zone) if _over(day, zone, now_ms)]
        open_still = len(over) < len(_days_of(at_ms, zone))
        due |= {day for day in over if not (open_still and days.made(connection, day, day))}
    return due


def _keep(store: Store, some: Sequence[date], terms: Terms, now_ms: int) -> None:
    """Makes neighbouring days, and settles the hours that lie in them whole."""
    first = beginning(some[0], terms.zone) * MINUTE_MS
    end = beginning(some[-1] + timedelta(days=1), terms.zone) * MINUTE_MS
    with store.atomic() as connection:
        for day in some:
            days.put(connection, made := make(connection, day, terms, now_ms=now_ms))
            heat_days.make(connection, day, made.first_ms, made.end_ms)
        late = days.touched(connection, first, end)
        days.settle(connection, [at_ms for at_ms in late if first <= at_ms and at_ms + HOUR_MS <= end])


def make(connection: sqlite3.Connection, day: date, terms: Terms, *, now_ms: int) -> Day:
    """A day's sums, of everything that was told of it, joined by the plan that was valid at its noon."""
    first, end = beginning(day, terms.zone), beginning(day + timedelta(days=1), terms.zone)
    plan = plans.plan_at(connection, (first + end) // 2 * MINUTE_MS)
    asked = asked_of(connection, plan, terms)
    span = Span(period=str(day), first=first, end=end, days=(), zone=terms.zone)
    found, joined = figures.whole_day(connection, asked, span, now_ms=now_ms)
    chains = {(Kind.ZONE, name): chain for name, chain in found.chains.items() if chain.taps or chain.sales}
    chains |= {(Kind.PRODUCT, name): chain for name, chain in found.products.items()}
    return Day(
        day=day,
        first_ms=first * MINUTE_MS,
        end_ms=end * MINUTE_MS,
        made_ms=now_ms,
        told=expected.told_of(connection, asked, first, end),
        expected_ms=found.expected_ms,
        zones=found.zones,
        lines=found.lines,
        cameras=found.cameras,
        chains=chains,
        joints=joined,
        till=found.till,
    )


def asked_of(connection: sqlite3.Connection, plan: Plan | None, terms: Terms) -> Asked:
    """Everything that was ever counted, and the places of a plan."""
    empty = Shelves(zones={}, products={})
    zones = figures.names(connection, "occupancy_sums", "zone") | figures.names(connection, "stay_sums", "zone")
    return Asked(
        zones=sorted(zones | figures.names(connection, "queue_sums", "zone")),
        selling=frozenset(),
        lines=sorted(figures.names(connection, "crossing_sums", "line")),
        cameras=sorted(figures.names(connection, "camera_sums", "camera")),
        shelves=shelves_of(plan) if plan else empty,
        stop_bin=terms.stop_bin,
    )


def _days_of(at_ms: int, zone: tzinfo) -> tuple[date, ...]:
    """The days that an hour touches: one, or two where midnight lies in it."""
    return tuple(sorted({day_of(at_ms + part, zone) for part in (0, HOUR_MS - 1)}))


def _over(day: date, zone: tzinfo, now_ms: int) -> bool:
    return beginning(day + timedelta(days=1), zone) * MINUTE_MS + REST_MS <= now_ms
