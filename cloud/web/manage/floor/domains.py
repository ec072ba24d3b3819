"""The upper end of each map's colours: fitted to the last four weeks, one for all who look, refitted on purpose."""

import sqlite3
import threading
from datetime import tzinfo
from typing import Final

import numpy as np

from cloud.manage.heat import rung
from cloud.manage.maps import KINDS, Metric, drawn
from cloud.manage.period import Span, day_of, span_of
from cloud.manage.places import counts_of, density, map_of
from cloud.manage.raster import Values, size_of
from cloud.store import days, heat, heat_domains, place_sums, plans
from cloud.store.connection import Store
from cloud.store.heat_domains import Domain
from cloud.store.sums import MINUTE_MS
from cloud.web.manage.floor import window
from contract.plan import Plan

FITTED_DAYS: Final = 28
PERCENTILE: Final = 97.0
DAY: Final = 1440
"""Minutes of a day; longer windows take its domain as many times as they have days."""
_SAMPLES: Final = 96
"""Windows shorter than a day that are looked at, evenly over the four weeks."""
_ENOUGH: Final = 100
"""Cells of a cameras' map with something in them, 6 m² of floor, below which the percentile is one person's place."""
_START: Final = 40.0
"""People·seconds per m² and tracks per m of an hour on which a cameras' map begins while less is known."""


def length_of(span: Span) -> int:
    """A span's length in minutes as far as its colours go: days are whole ones, whatever of them is over."""
    return span.end - span.first if span.by_clock else DAY * max(1, len(span.dates))


class Domains:
    """The tops that are kept in the store. Safe to use from several threads.

    While a store has less than four weeks to fit to, a top is fitted anew by the first who looks on a day, and rises
    where a picture of that day needs it. From then on it never moves by itself.
    """

    def __init__(self, store: Store, zone: tzinfo) -> None:
        self._store = store
        self._zone = zone
        self._turn = threading.Lock()

    def top(self, metric: Metric, minutes: int, *, now_ms: int, values: Values | None = None) -> float:
        """The top for windows of that length. `values`: those of the picture, where it may rise for them.

        Of many days, as many times a day's as the store has told: a young store's year has no more in it than they.
        """
        wanted_days = max(1, minutes // DAY)
        length = min(minutes, DAY)
        with self._turn:
            with self._store.reading() as connection:
                kept = self._valid(heat_domains.get(connection, metric, length), now_ms)
                domain = kept or self._fitted(connection, metric, length, now_ms)
                begun_ms = days.begun(connection)
            lived = 1 if begun_ms is None else 1 + (now_ms - begun_ms) // (DAY * MINUTE_MS)
            times = max(1, min(wanted_days, lived))
            wanted = domain.top
            if domain.days < FITTED_DAYS and values is not None:
                wanted = max(wanted, _percentile(metric, [values / times]) or 0.0)
            if kept is None or wanted > domain.top:
                self._keep(metric, length, Domain(top=wanted, days=domain.days, fitted_ms=now_ms))
        return rung(wanted * times) if times > 1 else wanted

    def refit(self, metric: Metric, minutes: int, *, now_ms: int) -> None:
        """Fits anew to what there is now."""
        length = min(minutes, DAY)
        with self._turn:
            with self._store.reading() as connection:
                domain = self._fitted(connection, metric, length, now_ms)
            self._keep(metric, length, domain)

    def _valid(self, kept: Domain | None, now_ms: int) -> Domain | None:
        """What was fitted to less than four weeks is good for the day on which it was fitted."""
        if kept is None or kept.days >= FITTED_DAYS:
            return kept
        return kept if day_of(kept.fitted_ms, self._zone) == day_of(now_ms, self._zone) else None

    def _keep(self, metric: Metric, length: int, domain: Domain) -> None:
        with self._store.atomic() as connection:
            heat_domains.put(connection, metric, length, domain)

    def _fitted(self, connection: sqlite3.Connection, metric: Metric, length: int, now_ms: int) -> Domain:
        plan = plans.plan_now(connection)
        since = now_ms - FITTED_DAYS * DAY * MINUTE_MS
        hours = [
            at_ms
            for (at_ms,) in connection.execute(
                "SELECT at_ms FROM told_hours WHERE at_ms >= ? AND at_ms < ? ORDER BY at_ms", (since, now_ms)
            )
        ]
        if plan is None or not hours:
            return Domain(top=_start(metric, length), days=0, fitted_ms=now_ms)
        told = sorted({day_of(at_ms, self._zone) for at_ms in hours})
        if length == DAY:
            spans = [span_of(day.isoformat(), now_ms=now_ms, zone=self._zone) for day in told]
            grids = [_of_span(connection, plan, metric, span, now_ms) for span in spans]
        else:
            picked = hours[:: max(1, len(hours) // _SAMPLES)]
            grids = [_of_time(connection, plan, metric, at_ms, at_ms + length * MINUTE_MS) for at_ms in picked]
        top = _percentile(metric, grids)
        if top is None:
            return Domain(top=_start(metric, length), days=0, fitted_ms=now_ms)
        return Domain(top=top, days=(told[-1] - told[0]).days + 1, fitted_ms=now_ms)


def _of_span(connection: sqlite3.Connection, plan: Plan, metric: Metric, span: Span, now_ms: int) -> Values:
    if metric in KINDS:
        places = map_of(plan, KINDS[metric])
        return density(places, counts_of(places, window.places(connection, span)))
    return drawn(metric, window.cameras(connection, plan, span, now_ms=now_ms).sheets, size_of(plan))


def _of_time(connection: sqlite3.Connection, plan: Plan, metric: Metric, first_ms: int, end_ms: int) -> Values:
    if metric in KINDS:
        places = map_of(plan, KINDS[metric])
        return density(places, counts_of(places, place_sums.read(connection, first_ms, end_ms)))
    return drawn(metric, heat.read(connection, first_ms, end_ms), size_of(plan))


def _percentile(metric: Metric, grids: list[Values]) -> float | None:
    """The percentile of all that is not nothing, up to the next rung; None where that is too little to tell."""
    values = np.concatenate([grid[grid > 0] for grid in grids]) if grids else np.zeros(0)
    if len(values) < (1 if metric in KINDS else _ENOUGH):
        return None
    return rung(float(np.percentile(values, PERCENTILE)))


def _start(metric: Metric, length: int) -> float:
    return 1.0 if metric in KINDS else rung(_START * length / 60)
