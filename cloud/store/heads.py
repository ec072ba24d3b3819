"""The logs' signed heads, one for each size: so that of any two heads the entry between them can be named."""

import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cloud.proof import keys, merkle
from cloud.proof.heads import Head, origin, signed_head
from cloud.proof.keys import SigningKey
from cloud.store import identity, logs
from cloud.store.logs import Log
from cloud.store.steps import Step

STEPS = (
    Step(
        name="heads-1",
        statements=(
            """CREATE TABLE log_heads (
                 log TEXT NOT NULL, size INTEGER NOT NULL, note TEXT NOT NULL, PRIMARY KEY (log, size)
               ) STRICT, WITHOUT ROWID""",
            """CREATE TRIGGER log_heads_are_never_changed BEFORE UPDATE ON log_heads
               BEGIN SELECT RAISE (ABORT, 'a log is append-only'); END""",
            """CREATE TRIGGER log_heads_are_never_deleted BEFORE DELETE ON log_heads
               BEGIN SELECT RAISE (ABORT, 'a log is append-only'); END""",
        ),
    ),
)

_log = logging.getLogger("aisle.log")

MOST_AT_ONCE = 500
"""Heads signed in one transaction, some tens of milliseconds."""


def signing_key(connection: sqlite3.Connection, path: Path, new_seed: bytes) -> SigningKey | None:
    """The key in a file, made the first time. Raises UserError.

    None where the file is gone and heads were signed with it: another key would make each of them worthless, so that
    nothing is signed until it is back from a copy.
    """
    if not path.exists() and any(last_size(connection, log) for log in Log):
        _log.warning("%s is gone: the logs go on, but no head is signed until it is back from a copy", path)
        return None
    return keys.ensure(path, new_seed)


def sign(connection: sqlite3.Connection, log: Log, key: SigningKey, *, now_ms: int) -> int:
    """Signs the heads of the sizes that have none yet, at most 500; returns how many."""
    name = origin(identity.read(connection).store_id, log)
    done, size = last_size(connection, log), logs.size(connection, log)
    last = min(size, done + MOST_AT_ONCE)
    for each in range(done + 1, last + 1):
        root = merkle.root(each, logs.nodes(connection, log))
        note = signed_head(Head(origin=name, size=each, root=root, at_ms=now_ms), key)
        connection.execute("INSERT INTO log_heads VALUES (?, ?, ?)", (log, each, note))
    return last - done


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHead:
    """A head as it was signed."""

    size: int
    note: str


def notes(connection: sqlite3.Connection, log: Log) -> Iterator[SignedHead]:
    """All signed heads of a log, by size."""
    rows = connection.execute("SELECT size, note FROM log_heads WHERE log = ? ORDER BY size", (log,))
    return (SignedHead(size=size, note=text) for size, text in rows)


def unsigned(connection: sqlite3.Connection, log: Log) -> int:
    """How many entries no signed head covers yet."""
    return logs.size(connection, log) - last_size(connection, log)


def last_size(connection: sqlite3.Connection, log: Log) -> int:
    """The size of the newest signed head; 0 before the first."""
    row = connection.execute("SELECT coalesce(max(size), 0) FROM log_heads WHERE log = ?", (log,)).fetchone()
    return int(row[0])


def note(connection: sqlite3.Connection, log: Log, size: int | None = None) -> str | None:
    """The signed head of a size, or the newest; None where there is none."""
    wanted = last_size(connection, log) if size is None else size
    row = connection.execute("SELECT note FROM log_heads WHERE log = ? AND size = ?", (log, wanted)).fetchone()
    return row and str(row[0])
