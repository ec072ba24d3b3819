"""Who may open the manager's pages: accounts with their password hashes, and the sessions that are open."""

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
class Session:
    """One open session; its token is known to the browser alone, the store keeps the token's SHA-256."""

    account: str
    begun_ms: int
    seen_ms: int


def any_account(connection: sqlite3.Connection) -> bool:
    """Whether there is an account at all."""
    return connection.execute("SELECT 1 FROM manager LIMIT 1").fetchone() is not None


def put_account(connection: sqlite3.Connection, *, account: str, hashed: str, now_ms: int) -> None:
    """Makes an account, or gives it another password and ends all its sessions."""
    connection.execute(
        "INSERT INTO manager VALUES (?, ?, ?) ON CONFLICT (account) DO UPDATE SET hash = excluded.hash, "
        "changed_ms = excluded.changed_ms",
        (account, hashed, now_ms),
    )
    connection.execute("DELETE FROM manager_session WHERE account = ?", (account,))


def refresh_hash(connection: sqlite3.Connection, *, account: str, old: str, new: str) -> None:
    """The same password under today's parameters; does nothing where it has been changed meanwhile."""
    connection.execute("UPDATE manager SET hash = ? WHERE account = ? AND hash = ?", (new, account, old))


def hash_of(connection: sqlite3.Connection, account: str) -> str | None:
    """The account's password hash, or None where there is no such account."""
    row = connection.execute("SELECT hash FROM manager WHERE account = ?", (account,)).fetchone()
    return row and str(row[0])


def begin_session(
    connection: sqlite3.Connection, *, digest: str, account: str, hashed: str, now_ms: int, dead_before_ms: int
) -> bool:
    """Opens a session and forgets those begun before `dead_before_ms`; False where the hash is no longer `hashed`."""
    connection.execute("DELETE FROM manager_session WHERE begun_ms < ?", (dead_before_ms,))
    done = connection.execute(
        "INSERT INTO manager_session SELECT ?, account, ?, ? FROM manager WHERE account = ? AND hash = ?",
        (digest, now_ms, now_ms, account, hashed),
    )
    return done.rowcount == 1


def session(connection: sqlite3.Connection, digest: str) -> Session | None:
    """The session of a token's digest, alive or not."""
    row = connection.execute(
        "SELECT account, begun_ms, seen_ms FROM manager_session WHERE digest = ?", (digest,)
    ).fetchone()
    return row and Session(account=row[0], begun_ms=row[1], seen_ms=row[2])


def touch_session(connection: sqlite3.Connection, *, digest: str, now_ms: int) -> None:
    """The session was used now."""
    connection.execute("UPDATE manager_session SET seen_ms = max(seen_ms, ?) WHERE digest = ?", (now_ms, digest))


def end_session(connection: sqlite3.Connection, digest: str) -> None:
    """Forgets a session; nothing happens where there is none."""
    connection.execute("DELETE FROM manager_session WHERE digest = ?", (digest,))
