"""What devices told hour by hour: how long each camera saw, how each node was, and which device came and went."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cloud.store.sums import HOUR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """A node's account of itself, the last of some minutes; `heard` of these minutes had a word of it."""

    node: str
    at_ms: int  # by the cloud's clock
    heard: int
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A device that came or went, at a time of its node's clock."""

    node: str
    at_ms: int
    device: str
    name: str
    ok: bool
    reason: str
    cause: str | None


def covered(
    connection: sqlite3.Connection, cameras: Sequence[str], from_ms: int, to_ms: int
) -> dict[tuple[str, int], int]:
    """For how long each camera saw, in ms, by its name and the beginning of the hour; hours of silence are left out."""
    rows = connection.execute(
        "SELECT camera, at_ms, covered_ms FROM camera_sums WHERE span_ms = ? "
        "AND camera IN (SELECT value FROM json_each(?)) AND at_ms >= ? AND at_ms < ?",
        (HOUR_MS, json.dumps(cameras), from_ms // HOUR_MS * HOUR_MS, to_ms),
    )
    return {(camera, at_ms): seen for camera, at_ms, seen in rows}


def health(connection: sqlite3.Connection, since_ms: int, step_ms: int) -> Iterator[Minute]:
    """The last word of each node in each `step_ms` since then, by node and time."""
    # Of a group with max(), SQLite takes the other columns from the row that holds it.
    rows = connection.execute(
        """SELECT name, max(minute_ms), count(*), body FROM health_minutes JOIN nodes ON nodes.key = node
           WHERE minute_ms >= ?1 GROUP BY node, minute_ms / ?2 ORDER BY name, 2""",
        (since_ms, step_ms),
    )
    return (Minute(node=node, at_ms=at_ms, heard=heard, body=body) for node, at_ms, heard, body in rows)


def spoke_before(connection: sqlite3.Connection, since_ms: int) -> frozenset[str]:
    """The nodes of which a word is kept from before then."""
    rows = connection.execute(
        "SELECT name FROM nodes WHERE EXISTS (SELECT 1 FROM health_minutes WHERE node = key AND minute_ms < ?)",
        (since_ms,),
    )
    return frozenset(name for (name,) in rows)


def changes(connection: sqlite3.Connection, since_ms: int, most: int = 60) -> tuple[Changed, ...]:
    """The devices that came and went since then, the newest first."""
    rows = connection.execute(
        """SELECT n.name, c.at_ms, c.device, c.name, c.ok, c.reason, c.cause FROM device_changes AS c
           JOIN epochs AS e ON e.key = c.epoch JOIN nodes AS n ON n.key = e.node
           WHERE c.at_ms >= ? ORDER BY c.at_ms DESC, c.epoch, c.sequence DESC LIMIT ?""",
        (since_ms, most),
    )
    return tuple(
        Changed(node=node, at_ms=at_ms, device=device, name=name, ok=bool(ok), reason=reason, cause=cause)
        for node, at_ms, device, name, ok, reason, cause in rows
    )
