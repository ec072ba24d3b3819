"""What the alerts' rules look at, read at one moment of the store: a handful of indexed queries."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from cloud.manage.alerts import DeviceNow, Kind, NodeNow, QueueMinute, StockOut
from cloud.manage.insight import LATE_MS, MINUTE_MS
from cloud.store import accounts
from cloud.store.accounts import LatestHealth
from contract.events import Cause
from contract.messages import WireError, decode_health
from contract.plan import Plan, ReaderSpot, TagSpot, ZoneKind

BACK_MIN: Final = 65
"""Minutes of a queue that are looked back upon: as long as a rule may ask for, and a little."""
_CAUSES: Final = frozenset(Cause)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """Where the taps of one kind of spot are summed."""

    table: str
    spot: str
    taps: str


_AT_READERS: Final = _Counted(table="tap_sums", spot="reader", taps="taps")
_OF_PHONES: Final = _Counted(table="phone_tap_sums", spot="tag", taps="signed")


def queue_to(now_ms: int) -> int:
    """The last minute of which every node has surely told."""
    return (now_ms - LATE_MS) // MINUTE_MS - 1


def queues(connection: sqlite3.Connection, plan: Plan, now_ms: int) -> tuple[QueueMinute, ...]:
    """The queues' last minutes, those left out in which less than half was seen."""
    zones = [zone.id for zone in plan.zones if zone.kind is ZoneKind.QUEUE]
    rows = connection.execute(
        "SELECT zone, at_ms / 60000, 1.0 * waiting_ms / covered_ms FROM queue_sums WHERE span_ms = 60000 "
        "AND zone IN (SELECT value FROM json_each(?)) AND at_ms >= ? AND at_ms <= ? "
        "AND covered_ms > 0 AND 2 * covered_ms >= watched_ms",
        (json.dumps(zones), (queue_to(now_ms) - BACK_MIN) * MINUTE_MS, queue_to(now_ms) * MINUTE_MS),
    )
    return tuple(QueueMinute(zone=zone, minute=minute, waiting=waiting) for zone, minute, waiting in rows)


def devices(connection: sqlite3.Connection, plan: Plan, now_ms: int) -> tuple[DeviceNow, ...]:
    """The plan's cameras and readers by their last words; those that never said anything are left out."""
    ahead = {each.node: each.at_ms - each.received_ms for each in accounts.latest(connection)}
    planned = [(Kind.CAMERA, it.id, it.node) for it in plan.cameras]
    planned += [(Kind.READER, it.id, it.node) for it in plan.readers]
    found: list[DeviceNow] = []
    for kind, name, node in planned:
        row = connection.execute(
            "SELECT ok, at_ms, cause FROM device_changes WHERE name = ? AND device = ? "
            "ORDER BY at_ms DESC, epoch DESC, sequence DESC LIMIT 1",
            (name, kind.value),
        ).fetchone()
        if row is None:
            continue
        cause = Cause(row[2]) if row[2] in _CAUSES else None
        since_ms = min(now_ms, row[1] - ahead.get(node, 0))
        found.append(DeviceNow(kind=kind, name=name, node=node, ok=bool(row[0]), since_ms=since_ms, cause=cause))
    return tuple(found)


def nodes(connection: sqlite3.Connection, plan: Plan) -> tuple[NodeNow, ...]:
    """The plan's nodes that have ever spoken. One that was taken off the plan may be silent."""
    books = accounts.by_node(accounts.accounts(connection))
    return tuple(
        _node(health, accounts.total(books.get(health.node, ())).difference)
        for health in accounts.latest(connection)
        if health.node in plan.nodes
    )


def stock(connection: sqlite3.Connection, plan: Plan, now_ms: int) -> tuple[StockOut, ...]:
    """The products of which the store has none left, with their taps within the last hour, signed ones of phones."""
    taps: dict[str, int] = {}
    for gtin, count in _taps(connection, _AT_READERS, _spots(plan.readers), now_ms):
        taps[gtin] = taps.get(gtin, 0) + count
    for gtin, count in _taps(connection, _OF_PHONES, _spots(plan.tags), now_ms):
        taps[gtin] = taps.get(gtin, 0) + count
    rows = connection.execute(
        "SELECT stock.gtin FROM stock JOIN products ON products.gtin = stock.gtin "
        "WHERE stock.store <= 0 AND NOT retired AND stock.gtin IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(taps)),),
    )
    return tuple(StockOut(gtin=gtin, taps=taps[gtin]) for (gtin,) in rows)


def product_names(connection: sqlite3.Connection, gtins: Iterable[str], *, korean: bool) -> Mapping[str, str]:
    """The names of these products."""
    column = "name_ko" if korean else "name_en"
    rows = connection.execute(
        f"SELECT gtin, {column} FROM products WHERE gtin IN (SELECT value FROM json_each(?))",  # noqa: S608 - one of two names of ours
        (json.dumps(sorted(gtins)),),
    )
    return dict(rows.fetchall())


def _node(health: LatestHealth, difference: int) -> NodeNow:
    heard = NodeNow(name=health.node, heard_ms=health.received_ms, difference=difference)
    try:
        said = decode_health(health.body.encode())
    except WireError:  # another version wrote it: the node lives, and that is all we know
        return heard
    return NodeNow(
        name=health.node,
        heard_ms=health.received_ms,
        oldest_ms=said.oldest_ms,
        temperature_c=said.temperature_c,
        slowed=bool(said.throttled),
        undervoltage=bool(said.undervoltage),
        difference=difference,
    )


def _spots(spots: Iterable[ReaderSpot | TagSpot]) -> dict[str, str]:
    """The product that each reader or tag stands for."""
    return {spot.id: spot.gtin for spot in spots if spot.gtin}


def _taps(connection: sqlite3.Connection, of: _Counted, spots: Mapping[str, str], now_ms: int) -> list[tuple[str, int]]:
    rows = connection.execute(
        f"SELECT {of.spot}, sum({of.taps}) FROM {of.table} WHERE span_ms = 60000 "  # noqa: S608 - only names of ours
        f"AND {of.spot} IN (SELECT value FROM json_each(?)) AND at_ms > ? GROUP BY {of.spot}",
        (json.dumps(sorted(spots)), now_ms - 60 * MINUTE_MS),
    )
    return [(spots[name], taps) for name, taps in rows if taps]
