"""How a till proves itself by a secret of its own, and the answers it may ask for again."""

import hashlib
import sqlite3
from dataclasses import dataclass, field
from typing import Final

from cloud.store.steps import Step

ANSWERS_KEPT_MS: Final = 48 * 3_600_000
"""An answer is given again under its key for at least a day; two leave room for a till that was off overnight."""

STEPS = (
    Step(
        name="tills-1",
        statements=(
            """CREATE TABLE till_secrets (
                 till TEXT PRIMARY KEY, secret BLOB NOT NULL, added_ms INTEGER NOT NULL
               ) STRICT""",
            """CREATE TABLE till_answers (
                 till TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL,
                 status INTEGER NOT NULL, answer TEXT NOT NULL, at_ms INTEGER NOT NULL,
                 PRIMARY KEY (till, key)
               ) STRICT, WITHOUT ROWID""",
            "CREATE INDEX till_answers_by_time ON till_answers (at_ms)",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a till asked for under a key: the route and the body, byte by byte."""

    till: str
    key: str
    path: str
    body: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """Stands for the whole request."""
        return hashlib.sha256(self.path.encode() + b"\n" + self.body).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """What was answered under a key; `same` where it was to the same request."""

    status: int
    answer: str
    same: bool


def put_signing(connection: sqlite3.Connection, *, name: str, secret: bytes, now_ms: int) -> None:
    """Adds a till that signs what it sends, or gives it another secret; a token that it had is no longer taken."""
    connection.execute("DELETE FROM tills WHERE name = ?", (name,))
    connection.execute("INSERT OR REPLACE INTO till_secrets VALUES (?, ?, ?)", (name, secret, now_ms))


def forget_secret(connection: sqlite3.Connection, name: str) -> None:
    """The till signs no longer."""
    connection.execute("DELETE FROM till_secrets WHERE till = ?", (name,))


def secret(connection: sqlite3.Connection, name: str) -> bytes | None:
    """The secret of a till that signs."""
    row = connection.execute("SELECT secret FROM till_secrets WHERE till = ?", (name,)).fetchone()
    return row and bytes(row[0])


def is_till(connection: sqlite3.Connection, name: str) -> bool:
    """Whether there is a till of this name, however it proves itself."""
    found = connection.execute(
        "SELECT 1 FROM tills WHERE name = ? UNION ALL SELECT 1 FROM till_secrets WHERE till = ?", (name, name)
    )
    return found.fetchone() is not None


def answered(connection: sqlite3.Connection, request: Request) -> StoredAnswer | None:
    """What was answered under the request's key; None where nothing was."""
    row = connection.execute(
        "SELECT status, answer, request FROM till_answers WHERE till = ? AND key = ?", (request.till, request.key)
    ).fetchone()
    return row and StoredAnswer(status=row[0], answer=row[1], same=row[2] == request.digest)


def put_answer(connection: sqlite3.Connection, request: Request, *, status: int, answer: str, now_ms: int) -> None:
    """Keeps an answer under the request's key."""
    connection.execute(
        "INSERT INTO till_answers VALUES (?, ?, ?, ?, ?, ?)",
        (request.till, request.key, request.digest, status, answer, now_ms),
    )


def prune(connection: sqlite3.Connection, now_ms: int) -> int:
    """Drops the answers that were kept for long enough; returns how many."""
    return connection.execute("DELETE FROM till_answers WHERE at_ms < ?", (now_ms - ANSWERS_KEPT_MS,)).rowcount
