"""The keys of programs: what each may, until when, and when it was last used; the key itself is kept nowhere."""

import sqlite3
from dataclasses import dataclass

from cloud.manage.rights import Right
from cloud.store.steps import Step

STEPS = (
    Step(
        name="api-keys-1",
        statements=(
            """CREATE TABLE api_key (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                digest TEXT NOT NULL UNIQUE,
                name TEXT NOT NULL,
                hint TEXT NOT NULL,
                scopes TEXT NOT NULL,
                made_by TEXT NOT NULL,
                made_ms INTEGER NOT NULL,
                ends_ms INTEGER NOT NULL,
                used_ms INTEGER,
                ended_ms INTEGER
            ) STRICT""",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """One key. `hint`: its last four letters; `ends_ms`: when it ends by itself; `ended_ms`: when somebody ended it."""

    id: int
    name: str
    hint: str
    scopes: frozenset[Right]
    by: str
    made_ms: int
    ends_ms: int
    used_ms: int | None
    ended_ms: int | None

    def living(self, now_ms: int) -> bool:
        """Whether it still opens anything."""
        return self.ended_ms is None and now_ms < self.ends_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """A key to keep."""

    digest: str
    name: str
    hint: str
    scopes: frozenset[Right]
    by: str
    ends_ms: int


_COLUMNS = "id, name, hint, scopes, made_by, made_ms, ends_ms, used_ms, ended_ms"


def add(connection: sqlite3.Connection, new: New, now_ms: int) -> None:
    """Keeps a key."""
    connection.execute(
        "INSERT INTO api_key (digest, name, hint, scopes, made_by, made_ms, ends_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (new.digest, new.name, new.hint, " ".join(sorted(new.scopes)), new.by, now_ms, new.ends_ms),
    )


def by_digest(connection: sqlite3.Connection, digest: str) -> ApiKey | None:
    """The key, living or not."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM api_key WHERE digest = ?", (digest,)).fetchone()  # noqa: S608 - only names of ours
    return _key(row) if row else None


def keys(connection: sqlite3.Connection) -> tuple[ApiKey, ...]:
    """All keys that ever were, the newest first."""
    return tuple(map(_key, connection.execute(f"SELECT {_COLUMNS} FROM api_key ORDER BY id DESC")))  # noqa: S608 - only names of ours


def touch(connection: sqlite3.Connection, *, key: int, now_ms: int) -> None:
    """The key was used now."""
    connection.execute("UPDATE api_key SET used_ms = max(coalesce(used_ms, 0), ?) WHERE id = ?", (now_ms, key))


def end(connection: sqlite3.Connection, *, key: int, now_ms: int) -> ApiKey | None:
    """Ends a living key, which it returns; None where there is none to end."""
    row = connection.execute(
        f"UPDATE api_key SET ended_ms = ? WHERE id = ? AND ended_ms IS NULL AND ends_ms > ? RETURNING {_COLUMNS}",  # noqa: S608 - only names of ours
        (now_ms, key, now_ms),
    ).fetchone()
    return _key(row) if row else None


def _key(row: tuple[int, str, str, str, str, int, int, int | None, int | None]) -> ApiKey:
    number, name, hint, scopes, by, made, ends, used, ended = row
    return ApiKey(
        id=number,
        name=name,
        hint=hint,
        scopes=frozenset(Right(word) for word in scopes.split() if word in tuple(Right)),
        by=by,
        made_ms=made,
        ends_ms=ends,
        used_ms=used,
        ended_ms=ended,
    )
