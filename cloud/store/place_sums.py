"""How often something happened at each place of the store in a time: taps at readers and tags, lines on receipts."""

import sqlite3
from typing import Final

from cloud.manage.places import PlaceKey, PlaceKind
from cloud.store.sums import HOUR_MS, MINUTE_MS

_TABLES: Final = {
    PlaceKind.READER: ("tap_sums", "reader", "taps"),
    PlaceKind.TAG: ("phone_tap_sums", "tag", "signed"),
    PlaceKind.PRODUCT: ("sale_sums", "gtin", "lines"),
}


def read(connection: sqlite3.Connection, first_ms: int, end_ms: int) -> dict[PlaceKey, int]:
    """The counts of [first_ms, end_ms) that are not 0: whole hours by the hour, both ends by the minute."""
    begins, ends = -(-first_ms // HOUR_MS) * HOUR_MS, end_ms // HOUR_MS * HOUR_MS
    parts = (
        [(MINUTE_MS, first_ms, end_ms)]
        if begins >= ends
        else [(MINUTE_MS, first_ms, begins), (HOUR_MS, begins, ends), (MINUTE_MS, ends, end_ms)]
    )
    found: dict[PlaceKey, int] = {}
    for kind, (table, name, count) in _TABLES.items():
        for span_ms, first, end in parts:
            rows = connection.execute(
                f"SELECT {name}, sum({count}) FROM {table} WHERE span_ms = ? AND at_ms >= ? AND at_ms < ? "  # noqa: S608 - only names of ours
                f"GROUP BY {name}",
                (span_ms, first, end),
            )
            for place, total in rows:
                found[kind, place] = found.get((kind, place), 0) + total
    return {key: total for key, total in found.items() if total}


def by_frame(
    connection: sqlite3.Connection, kind: PlaceKind, first_ms: int, end_ms: int, frame_ms: int
) -> dict[str, dict[int, int]]:
    """The counts of each place by the number of the frame (of whole minutes) in which they lie."""
    table, name, count = _TABLES[kind]
    found: dict[str, dict[int, int]] = {}
    rows = connection.execute(
        f"SELECT {name}, (at_ms - ?) / ?, sum({count}) FROM {table} WHERE span_ms = 60000 AND at_ms >= ? AND at_ms < ? "  # noqa: S608 - only names of ours
        f"GROUP BY {name}, 2 HAVING sum({count}) <> 0",
        (first_ms, frame_ms, first_ms, end_ms),
    )
    for place, frame, total in rows:
        found.setdefault(place, {})[frame] = total
    return found
