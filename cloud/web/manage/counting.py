"""What a span holds of each product: from the joined taps and sales of the plan's products, and the till's own sums."""

import json
import sqlite3
from collections.abc import Iterable, Mapping

from cloud.manage.insight import MINUTE_MS, Window
from cloud.manage.period import Span
from cloud.manage.products import Counted
from cloud.manage.shelves import Asked, Shelves, shelves_of
from cloud.store import figures, plans
from cloud.store.sums import HOUR_MS, STOP_BIN


def products_counted(
    connection: sqlite3.Connection, span: Span, known: Iterable[str], *, now_ms: int, off_plan: bool = True
) -> Mapping[str, Counted]:
    """Every product that is on sale or on the plan, by GTIN; a year costs what a day does, but for those off the plan.

    Products off the plan have no place where they could be tapped; their sales are counted all the same, hour by hour,
    unless nobody reads them: without `off_plan` they are None.
    """
    plan = plans.plan_until(connection, span.window.end * MINUTE_MS, now_ms=now_ms)
    shelves = shelves_of(plan) if plan else Shelves(zones={}, products={})
    asked = Asked(zones=(), selling=frozenset(), lines=(), cameras=(), shelves=shelves, stop_bin=STOP_BIN)
    chains = figures.totals(connection, asked, span, now_ms=now_ms).products
    others = sorted(set(known) - shelves.products.keys())
    sold = sales_of(connection, others, span.window) if off_plan else {}
    tills = connection.execute("SELECT 1 FROM sale_sums LIMIT 1").fetchone() is not None
    counted: dict[str, Counted] = {}
    for gtin, place in shelves.products.items():
        chain = chains.get(gtin)
        taps = (chain.taps if chain else 0) if place.taps else None
        sales = (chain.sales if chain else 0) if tills else None
        # A sale at the beginning may have found a tap of before it: that one is no tap of this span.
        paid = min(chain.paid if chain else 0, taps or 0, sales or 0)
        counted[gtin] = Counted(taps=taps, sales=sales, paid=paid)
    for gtin in others:
        counted[gtin] = Counted(taps=None, sales=sold.get(gtin, 0) if tills and off_plan else None, paid=0)
    return counted


def sales_of(connection: sqlite3.Connection, gtins: Iterable[str], window: Window) -> Mapping[str, int]:
    """Lines on receipts by product in a window: its whole hours from the sums by the hour, the rest by the minute."""
    names = json.dumps(list(gtins))
    first, end = window.first * MINUTE_MS, window.end * MINUTE_MS
    hours = -(-first // HOUR_MS) * HOUR_MS, end // HOUR_MS * HOUR_MS
    pieces: tuple[tuple[int, int, int], ...] = ((MINUTE_MS, first, end),)
    if hours[0] < hours[1]:
        pieces = ((MINUTE_MS, first, hours[0]), (HOUR_MS, *hours), (MINUTE_MS, hours[1], end))
    sums: dict[str, int] = {}
    for span_ms, from_ms, to_ms in pieces:
        rows = connection.execute(
            "SELECT gtin, sum(lines) FROM sale_sums WHERE span_ms = ? AND gtin IN (SELECT value FROM json_each(?)) "
            "AND at_ms >= ? AND at_ms < ? GROUP BY gtin",
            (span_ms, names, from_ms, to_ms),
        )
        for gtin, lines in rows:
            sums[gtin] = sums.get(gtin, 0) + lines
    return sums
