"""Every event once, in the order of its node's log, as it came but for the names of cards that are to be forgotten."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cloud.store.steps import Step
from contract.events import Event, Tap
from contract.messages import encode_events

_NAMED: Final = """instr(body, '"tag":"') > 0"""
"""An event that names a card: no text within JSON can read like that."""
_NAME: Final = """substr(body, instr(body, '"tag":"') + 7, 32)"""
"""The name in it; an index may not hold JSON's own functions where no schema is trusted."""
_NAMELESS: Final = f"""replace(body, '"tag":"' || {_NAME} || '"', '"tag":null')"""

STEPS = (
    Step(
        name="events-1",
        statements=(
            "CREATE TABLE nodes (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, first_ms INTEGER NOT NULL) STRICT",
            # `through`: all events up to it are stored, quarantined or counted as missing, so that
            # through = stored + quarantined + missing at every commit.
            """CREATE TABLE epochs (
                 key INTEGER PRIMARY KEY,
                 node INTEGER NOT NULL REFERENCES nodes (key),
                 epoch TEXT NOT NULL,
                 begun_ms INTEGER NOT NULL,
                 through INTEGER NOT NULL DEFAULT 0,
                 stored INTEGER NOT NULL DEFAULT 0,
                 quarantined INTEGER NOT NULL DEFAULT 0,
                 missing INTEGER NOT NULL DEFAULT 0,
                 UNIQUE (node, epoch)
               ) STRICT""",
            """CREATE TABLE events (
                 epoch INTEGER NOT NULL,
                 sequence INTEGER NOT NULL,
                 received_ms INTEGER NOT NULL,
                 body TEXT NOT NULL,
                 PRIMARY KEY (epoch, sequence)
               ) STRICT, WITHOUT ROWID""",
            # An id is never used twice, so that a page can ask for what came after the last one it saw.
            """CREATE TABLE taps (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 epoch INTEGER NOT NULL,
                 sequence INTEGER NOT NULL,
                 at_ms INTEGER NOT NULL,
                 reader TEXT NOT NULL,
                 tag TEXT
               ) STRICT""",
            "CREATE INDEX taps_by_tag ON taps (tag, at_ms) WHERE tag IS NOT NULL",
        ),
    ),
    Step(
        name="events-2",
        # A removal names its card as the tap before it does, and is in no other table.
        statements=(
            f"CREATE INDEX events_by_tag ON events ({_NAME}) WHERE {_NAMED}",
            f"CREATE INDEX events_with_tag ON events (received_ms) WHERE {_NAMED}",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one node's log is accounted for: its row's key, and the highest sequence without a gap (0: none)."""

    key: int
    through: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What one transaction adds to an epoch; afterwards all up to `through` is accounted for."""

    through: int
    stored: int
    quarantined: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TapPlace:
    """A tap in its place of its node's log."""

    epoch: int
    sequence: int
    tap: Tap


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Events of one log that follow one another, the first at `first`."""

    first: int
    received_ms: int  # when the first message of their transaction came
    events: list[Event]


def progress(connection: sqlite3.Connection, node: str, epoch: str, now_ms: int) -> Progress:
    """How far this epoch of this node is; a node or epoch never seen begins at 0."""
    found = connection.execute(
        "SELECT epochs.key, through FROM epochs JOIN nodes ON nodes.key = epochs.node WHERE name = ? AND epoch = ?",
        (node, epoch),
    ).fetchone()
    if found:
        return Progress(key=found[0], through=found[1])
    key = connection.execute(
        "INSERT INTO epochs (node, epoch, begun_ms) VALUES (?, ?, ?) RETURNING key",
        (node_key(connection, node, now_ms), epoch, now_ms),
    ).fetchone()[0]
    return Progress(key=key, through=0)


def node_key(connection: sqlite3.Connection, node: str, now_ms: int) -> int:
    """The key of a node's row, made where there is none."""
    connection.execute("INSERT OR IGNORE INTO nodes (name, first_ms) VALUES (?, ?)", (node, now_ms))
    key: int = connection.execute("SELECT key FROM nodes WHERE name = ?", (node,)).fetchone()[0]
    return key


def append(connection: sqlite3.Connection, epoch: int, run: Run) -> None:
    """Stores events that are not stored yet.

    One statement for all: SQLite takes them apart faster than Python could hand them over one by one, and lets
    other threads run meanwhile.
    """
    connection.execute(
        "INSERT INTO events (epoch, sequence, received_ms, body) SELECT ?1, ?2 + key, ?3, value FROM json_each(?4)",
        (epoch, run.first, run.received_ms, encode_events(run.events)),
    )


def append_taps(connection: sqlite3.Connection, taps: Sequence[TapPlace]) -> range:
    """Stores the taps for those who look for a tag; returns their ids, in the same order."""
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'taps'").fetchone()
    ids = range(found[0] + 1 if found else 1, (found[0] if found else 0) + 1 + len(taps))
    connection.executemany(
        "INSERT INTO taps (id, epoch, sequence, at_ms, reader, tag) VALUES (?, ?, ?, ?, ?, ?)",
        (
            (number, it.epoch, it.sequence, it.tap.at, it.tap.reader, it.tap.tag)
            for number, it in zip(ids, taps, strict=True)
        ),
    )
    return ids


def grow(connection: sqlite3.Connection, epoch: int, growth: Growth) -> None:
    """Moves an epoch's account forward."""
    connection.execute(
        "UPDATE epochs SET through = ?, stored = stored + ?, quarantined = quarantined + ?, missing = missing + ?"
        " WHERE key = ?",
        (growth.through, growth.stored, growth.quarantined, growth.missing, epoch),
    )


def lines(connection: sqlite3.Connection, *, from_ms: int, to_ms: int, kind: str | None) -> Iterator[str]:
    """The stored events as JSON lines, by node and in their order; `at` is from `from_ms` to before `to_ms`."""
    found = connection.execute(
        "SELECT json_object('node', name, 'epoch', epochs.epoch, 'sequence', sequence, 'event', json(body))"
        " FROM nodes JOIN epochs ON epochs.node = nodes.key JOIN events ON events.epoch = epochs.key"
        " WHERE json_extract(body, '$.at') >= ?1 AND json_extract(body, '$.at') < ?2"
        " AND (?3 IS NULL OR json_extract(body, '$.kind') = ?3) ORDER BY nodes.name, epochs.key, sequence",
        (from_ms, to_ms, kind),
    )
    return (line for (line,) in found)


def release(connection: sqlite3.Connection, epoch: int) -> None:
    """Counts one event of the epoch as stored that was quarantined before."""
    connection.execute("UPDATE epochs SET stored = stored + 1, quarantined = quarantined - 1 WHERE key = ?", (epoch,))


def forget_tag(connection: sqlite3.Connection, tag: str) -> None:
    """Takes a card's name out of all events, in which it is a nameless one's from now on; they keep their places."""
    connection.execute("UPDATE taps SET tag = NULL WHERE tag = ?", (tag,))
    connection.execute(
        f"UPDATE events SET body = {_NAMELESS} WHERE {_NAMED} AND {_NAME} = ?",  # noqa: S608 - only words of ours
        (tag,),
    )


def forget_tags(connection: sqlite3.Connection, before_ms: int, most: int = 20_000) -> int:
    """Takes the names out of the events that came before then, of so many at a time; returns of how many."""
    named = connection.execute(
        f"SELECT {_NAME}, epoch, sequence FROM events INDEXED BY events_with_tag WHERE {_NAMED} AND received_ms < ? "  # noqa: S608 - only words of ours
        "ORDER BY received_ms LIMIT ?",
        (before_ms, most),
    ).fetchall()
    connection.executemany("UPDATE taps SET tag = NULL WHERE tag = ? AND epoch = ? AND sequence = ?", named)
    connection.executemany(
        f"UPDATE events SET body = {_NAMELESS} WHERE epoch = ? AND sequence = ?",  # noqa: S608 - only words of ours
        [(epoch, sequence) for _, epoch, sequence in named],
    )
    return len(named)
