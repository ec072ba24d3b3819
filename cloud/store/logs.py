"""The Merkle logs' hashes: added to, never changed, and kept when what they stand for is erased."""

import enum
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from cloud.proof import merkle
from cloud.store.steps import Step

STEPS = (
    Step(
        name="logs-1",
        statements=(
            # Level 0 holds the entries' hashes, level n the hashes over each whole 2^n of them.
            """CREATE TABLE log_nodes (
                 log TEXT NOT NULL, level INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL,
                 PRIMARY KEY (log, level, number)
               ) STRICT, WITHOUT ROWID""",
            """CREATE TRIGGER log_nodes_are_never_changed BEFORE UPDATE ON log_nodes
               BEGIN SELECT RAISE (ABORT, 'a log is append-only'); END""",
            """CREATE TRIGGER log_nodes_are_never_deleted BEFORE DELETE ON log_nodes
               BEGIN SELECT RAISE (ABORT, 'a log is append-only'); END""",
        ),
    ),
)

NONCE_BYTES = 32


class Log(enum.StrEnum):
    """One log; its value names it in links and files."""

    CONSENT = "consent"  # each choice of each shopper
    POINTS = "points"  # each booking of points


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What opens one entry of a log, while its row stands: leaf hash = SHA-256(0x00 ‖ nonce ‖ content)."""

    number: int
    nonce: bytes
    content: bytes


def append(connection: sqlite3.Connection, log: Log, content: bytes, nonce: bytes) -> int:
    """Adds an entry and returns its number, from 0 on. Writes at most log2(size) + 1 rows.

    The entry's hash is over `nonce` ‖ `content`. Keep the nonce beside the row that `content` is made of: once both
    are erased, the hash that stays tells nothing. Raises ValueError for a nonce that could be guessed.
    """
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce of {len(nonce)} bytes; {NONCE_BYTES} random ones are needed")
    number = size(connection, log)
    _put(connection, log, 0, number, merkle.leaf_hash(nonce + content))
    for level, at in merkle.completed(number + 1):
        left, right = node(connection, log, level - 1, 2 * at), node(connection, log, level - 1, 2 * at + 1)
        _put(connection, log, level, at, merkle.node_hash(left, right))
    return number


def size(connection: sqlite3.Connection, log: Log) -> int:
    """How many entries a log has."""
    row = connection.execute("SELECT max(number) FROM log_nodes WHERE log = ? AND level = 0", (log,)).fetchone()
    return 0 if row[0] is None else int(row[0]) + 1


def node(connection: sqlite3.Connection, log: Log, level: int, number: int) -> bytes:
    """The hash over 2**level entries. Raises LookupError where they are not all there."""
    row = connection.execute(
        "SELECT hash FROM log_nodes WHERE log = ? AND level = ? AND number = ?", (log, level, number)
    ).fetchone()
    if row is None:
        raise LookupError(f"the log {log} has no node {number} of level {level}")
    return bytes(row[0])


def nodes(connection: sqlite3.Connection, log: Log) -> merkle.Nodes:
    """The log as proofs are made from it."""
    return lambda level, number: node(connection, log, level, number)


def leaves(connection: sqlite3.Connection, log: Log, start: int = 0, most: int = -1) -> Iterator[bytes]:
    """The entries' hashes in order, from `start` on."""
    rows = connection.execute(
        "SELECT hash FROM log_nodes WHERE log = ? AND level = 0 AND number >= ? ORDER BY number LIMIT ?",
        (log, start, most),
    )
    return (bytes(row[0]) for row in rows)


def _put(connection: sqlite3.Connection, log: Log, level: int, number: int, digest: bytes) -> None:
    connection.execute("INSERT INTO log_nodes VALUES (?, ?, ?, ?)", (log, level, number, digest))
