"""What was erased of a log, told in the log itself: so that nobody can hide an entry and call it erased."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import msgspec

from cloud.proof.verify import Erasure
from cloud.store import logs
from cloud.store.logs import NONCE_BYTES, Log, Opening
from cloud.store.steps import Step

NO_NONCE: Final = bytes(NONCE_BYTES)
"""An erasure names nobody: there is nothing to blind."""

STEPS = (
    Step(
        name="erasures-1",
        statements=(
            # Entries whose rows went since the last erasure was told.
            """CREATE TABLE log_erased (
                 log TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (log, number)
               ) STRICT, WITHOUT ROWID""",
            """CREATE TRIGGER consent_leaves_tell_when_they_go AFTER DELETE ON consent_leaves
               BEGIN INSERT INTO log_erased VALUES ('consent', OLD.leaf); END""",
            """CREATE TRIGGER points_leaves_tell_when_they_go AFTER DELETE ON points_leaves
               BEGIN INSERT INTO log_erased VALUES ('points', OLD.leaf); END""",
            """CREATE TABLE erasures (
                 log TEXT NOT NULL, leaf INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (log, leaf)
               ) STRICT, WITHOUT ROWID""",
            """CREATE TRIGGER erasures_are_never_changed BEFORE UPDATE ON erasures
               BEGIN SELECT RAISE (ABORT, 'a log is append-only'); END""",
            """CREATE TRIGGER erasures_are_never_deleted BEFORE DELETE ON erasures
               BEGIN SELECT RAISE (ABORT, 'a log is append-only'); END""",
        ),
    ),
)


def tell(connection: sqlite3.Connection, now_ms: int) -> int:
    """Adds to each log which of its entries were erased since the last time; returns how many they are.

    Call it in the transaction that erased them.
    """
    gone: dict[Log, list[int]] = defaultdict(list)
    for log, number in connection.execute("SELECT log, number FROM log_erased ORDER BY log, number"):
        gone[Log(log)].append(number)
    for log, numbers in gone.items():
        content = msgspec.json.encode(Erasure(erased=tuple(numbers), at=now_ms))
        leaf = logs.append(connection, log, content, NO_NONCE)
        connection.execute("INSERT INTO erasures VALUES (?, ?, ?)", (log, leaf, content))
    connection.execute("DELETE FROM log_erased")
    return sum(map(len, gone.values()))


def openings(connection: sqlite3.Connection, log: Log) -> Iterator[Opening]:
    """What opens a log's erasures, in order."""
    rows = connection.execute("SELECT leaf, content FROM erasures WHERE log = ? ORDER BY leaf", (log,))
    return (Opening(number=leaf, nonce=NO_NONCE, content=bytes(content)) for leaf, content in rows)
