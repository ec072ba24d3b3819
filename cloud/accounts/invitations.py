"""Invitations: a link that lets one person choose a name and a password, once, for a few days."""

import sqlite3
from dataclasses import dataclass

from cloud.manage.rights import Role
from cloud.store.steps import Step

STEPS = (
    Step(
        name="accounts-invitations-1",
        statements=(
            """CREATE TABLE invitation (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                digest TEXT NOT NULL UNIQUE,
                store TEXT NOT NULL,
                role TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'staff', 'reader')),
                words TEXT NOT NULL,
                made_by TEXT NOT NULL,
                made_ms INTEGER NOT NULL,
                ends_ms INTEGER NOT NULL
            ) STRICT""",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """One that nobody took yet. `words`: for whom, as the inviter wrote it."""

    id: int
    role: Role
    words: str
    by: str
    made_ms: int
    ends_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """An invitation to make; the link's token is known to the inviter alone, the database keeps its SHA-256."""

    digest: str
    store: str
    role: Role
    words: str
    by: str
    ends_ms: int


def add(connection: sqlite3.Connection, new: New, now_ms: int) -> None:
    """Keeps an invitation, and forgets those that nobody took in time."""
    connection.execute("DELETE FROM invitation WHERE ends_ms <= ?", (now_ms,))
    connection.execute(
        "INSERT INTO invitation (digest, store, role, words, made_by, made_ms, ends_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (new.digest, new.store, str(new.role), new.words, new.by, now_ms, new.ends_ms),
    )


def living(connection: sqlite3.Connection, *, store: str, now_ms: int) -> tuple[Invitation, ...]:
    """A store's invitations that still can be taken, the newest first."""
    rows = connection.execute(
        "SELECT id, role, words, made_by, made_ms, ends_ms FROM invitation WHERE store = ? AND ends_ms > ? "
        "ORDER BY id DESC",
        (store, now_ms),
    )
    return tuple(map(_invitation, rows))


def by_digest(connection: sqlite3.Connection, *, digest: str, store: str, now_ms: int) -> Invitation | None:
    """The living invitation of a link."""
    row = connection.execute(
        "SELECT id, role, words, made_by, made_ms, ends_ms FROM invitation "
        "WHERE digest = ? AND store = ? AND ends_ms > ?",
        (digest, store, now_ms),
    ).fetchone()
    return _invitation(row) if row else None


def end(connection: sqlite3.Connection, *, invitation: int, store: str) -> bool:
    """Takes an invitation away, taken or withdrawn; whether it was there."""
    done = connection.execute("DELETE FROM invitation WHERE id = ? AND store = ?", (invitation, store))
    return done.rowcount == 1


def _invitation(row: tuple[int, str, str, str, int, int]) -> Invitation:
    number, role, words, by, made, ends = row
    return Invitation(id=number, role=Role(role), words=words, by=by, made_ms=made, ends_ms=ends)
