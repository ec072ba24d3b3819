"""The accounts that earlier versions kept in the store's own database, to be moved to the accounts' database."""

import sqlite3
from dataclasses import dataclass

from cloud.store.steps import Step

STEPS = (
    Step(
        name="managers-1",
        statements=(
            "CREATE TABLE manager (account TEXT PRIMARY KEY, hash TEXT NOT NULL, changed_ms INTEGER NOT NULL) STRICT",
            """CREATE TABLE manager_session (
                digest TEXT PRIMARY KEY,
                account TEXT NOT NULL REFERENCES manager (account) ON DELETE CASCADE,
                begun_ms INTEGER NOT NULL,
                seen_ms INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID""",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """One account as it was kept."""

    name: str
    hashed: str
    changed_ms: int


def accounts(connection: sqlite3.Connection) -> tuple[Old, ...]:
    """All that were not moved yet."""
    rows = connection.execute("SELECT account, hash, changed_ms FROM manager ORDER BY account")
    return tuple(Old(name=name, hashed=hashed, changed_ms=changed) for name, hashed, changed in rows)


def forget(connection: sqlite3.Connection) -> None:
    """They are kept elsewhere now; their sessions end."""
    connection.execute("DELETE FROM manager")
