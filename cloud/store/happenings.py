"""Reads what happened minute by minute: stops, taps and sales to be joined, and who went through the doors."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import timedelta

from cloud.manage.insight import MINUTE_MS, Flow, Tick, Window
from cloud.manage.joins import LEAD_IN, Happened, Joint, joints
from cloud.manage.period import Span, beginning, day_of
from cloud.manage.shelves import Asked
from cloud.store import days
from cloud.store.sums import STOP_BIN


def joints_in(connection: sqlite3.Connection, asked: Asked, window: Window, *, span: Span) -> Iterator[Joint]:
    """The window's taps and sales: those of a made day as it was made, those of others joined now."""
    day = day_of(window.first * MINUTE_MS, span.zone)
    first, end = beginning(day, span.zone), beginning(day + timedelta(days=1), span.zone)
    settled = (
        window.end <= end
        and days.made(connection, day, day)
        and not days.touched(connection, first * MINUTE_MS, end * MINUTE_MS, most=1)
    )
    if settled:
        yield from days.joints_of(connection, day, window)
        return
    yield from joined_now(connection, asked, window, span=span)


def joined_now(connection: sqlite3.Connection, asked: Asked, window: Window, *, span: Span) -> Iterator[Joint]:
    """A window's taps and sales joined now; a day begins anew, any other window with what led into it."""
    midnight = beginning(day_of(window.first * MINUTE_MS, span.zone), span.zone)
    happened = _happened(connection, asked, window, lead_in=0 if window.first == midnight else LEAD_IN)
    yield from (it for it in joints(asked.shelves, happened) if window.first <= it.minute)


def _happened(connection: sqlite3.Connection, asked: Asked, window: Window, *, lead_in: int) -> Happened:
    places = asked.shelves.products.values()
    within = ((window.first - lead_in) * MINUTE_MS, window.end * MINUTE_MS)
    zones = {name for name, place in asked.shelves.zones.items() if place.taps}
    zones |= {zone for place in places if place.taps for zone in place.zones}
    spots = sorted({spot for place in (*places, *asked.shelves.zones.values()) for spot in place.taps})
    if asked.stop_bin == STOP_BIN:
        stops = _ticks(connection, "stay_sums", "zone", "over_5s", sorted(zones), within_ms=within)
    else:
        stops = _ticks(
            connection, "stay_lengths", "zone", "stays", sorted(zones), within_ms=within, least_bin=asked.stop_bin
        )
    taps = _ticks(connection, "tap_sums", "reader", "taps", spots, within_ms=within)
    for spot, ticks in _ticks(connection, "phone_tap_sums", "tag", "signed", spots, within_ms=within).items():
        taps[spot] = [*taps.get(spot, ()), *ticks]
    sales = _ticks(connection, "sale_sums", "gtin", "lines", sorted(asked.shelves.products), within_ms=within)
    return Happened(stops=stops, taps=taps, sales=sales)


def _ticks(
    connection: sqlite3.Connection,
    table: str,
    name: str,
    figure: str,
    names: Sequence[str],
    *,
    within_ms: tuple[int, int],
    least_bin: int | None = None,
) -> dict[str, list[Tick]]:
    """A figure of a table by name and minute, where there was any."""
    also = f" AND s.bin >= {int(least_bin)}" if least_bin is not None else ""
    found: dict[str, list[Tick]] = {}
    for who, minute, count in connection.execute(
        f"SELECT s.{name}, s.at_ms / 60000, s.{figure} FROM json_each(?) AS n CROSS JOIN {table} AS s "  # noqa: S608 - only names of ours
        f"ON s.span_ms = 60000 AND s.{name} = n.value AND s.at_ms >= ? AND s.at_ms < ? WHERE s.{figure} > 0{also}",
        (json.dumps(list(names)), *within_ms),
    ):
        found.setdefault(who, []).append(Tick(minute=minute, count=count))
    return found


def flows(connection: sqlite3.Connection, lines: Sequence[str], window: Window) -> tuple[Flow, ...]:
    """Who went in and out over these lines together, minute by minute."""
    rows = connection.execute(
        "SELECT s.at_ms / 60000, SUM(s.went_in), SUM(s.went_out) FROM json_each(?) AS n CROSS JOIN crossing_sums AS s "
        "ON s.span_ms = 60000 AND s.line = n.value AND s.at_ms >= ? AND s.at_ms < ? GROUP BY 1",
        (json.dumps(list(lines)), window.first * MINUTE_MS, window.end * MINUTE_MS),
    )
    return tuple(Flow(minute=minute, entered=entered, left=left) for minute, entered, left in rows)
