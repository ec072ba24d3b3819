"""Which store this database is, so that a receipt can say who gave it."""

import sqlite3
from dataclasses import dataclass

from cloud.store.steps import Step

STEPS = (
    Step(
        name="identity-1",
        statements=("CREATE TABLE identity (one INTEGER PRIMARY KEY CHECK (one = 1), store_id TEXT NOT NULL) STRICT",),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """128 random bits in hex, made with the database: another database is another store, whatever its name."""

    store_id: str


def ensure(connection: sqlite3.Connection, new_store_id: str) -> Identity:
    """The database's identity; a new one takes `new_store_id`."""
    connection.execute("INSERT OR IGNORE INTO identity VALUES (1, ?)", (new_store_id,))
    return read(connection)


def read(connection: sqlite3.Connection) -> Identity:
    """The database's identity."""
    (store_id,) = connection.execute("SELECT store_id FROM identity").fetchone()
    return Identity(store_id=store_id)
