"""The sessions that are open: whose, in which store, since when, from where, by which device."""

import enum
import sqlite3
from dataclasses import dataclass

from cloud.manage.rights import Role
from cloud.store.steps import Step

STEPS = (
    Step(
        name="accounts-sessions-1",
        statements=(
            # The browser alone knows the token; the database keeps its SHA-256. `id` names a session on a page.
            """CREATE TABLE session (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                digest TEXT NOT NULL UNIQUE,
                account TEXT NOT NULL,
                store TEXT NOT NULL,
                means TEXT NOT NULL CHECK (means IN ('password', 'passkey', 'invitation')),
                device TEXT NOT NULL,
                address TEXT NOT NULL,
                begun_ms INTEGER NOT NULL,
                seen_ms INTEGER NOT NULL,
                proved_ms INTEGER NOT NULL,
                FOREIGN KEY (account, store) REFERENCES grants (account, store) ON DELETE CASCADE
            ) STRICT""",
            "CREATE INDEX session_by_account ON session (account, store)",
        ),
    ),
)


class Means(enum.StrEnum):
    """By what a session was opened."""

    PASSWORD = "password"  # noqa: S105 - a word, no password
    PASSKEY = "passkey"  # a key of the browser's, with a finger, a face or a PIN
    INVITATION = "invitation"  # the one-time link, with which the password was chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session. `device` is in words; `proved_ms`: when who sits there last showed that it is them."""

    id: int
    account: str
    role: Role
    means: Means
    device: str
    address: str
    begun_ms: int
    seen_ms: int
    proved_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """A session to begin."""

    digest: str
    account: str
    store: str
    means: Means
    device: str
    address: str


_COLUMNS = "id, session.account, role, means, device, address, begun_ms, seen_ms, proved_ms"
_JOINED = "session JOIN grants ON grants.account = session.account AND grants.store = session.store"


def begin(connection: sqlite3.Connection, new: New, *, now_ms: int, dead_before_ms: int) -> None:
    """Opens a session of an account that has a role there, and forgets those begun before `dead_before_ms`."""
    connection.execute("DELETE FROM session WHERE begun_ms < ?", (dead_before_ms,))
    connection.execute(
        "INSERT INTO session (digest, account, store, means, device, address, begun_ms, seen_ms, proved_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (new.digest, new.account, new.store, str(new.means), new.device, new.address, now_ms, now_ms, now_ms),
    )


def by_digest(connection: sqlite3.Connection, *, digest: str, store: str) -> Session | None:
    """The session of a token's digest, alive or not, with the role that its account has in the store now."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM {_JOINED} WHERE digest = ? AND session.store = ?",  # noqa: S608 - only names of ours
        (digest, store),
    ).fetchone()
    return _session(row) if row else None


def of_store(connection: sqlite3.Connection, *, store: str, account: str | None = None) -> tuple[Session, ...]:
    """A store's sessions, of everybody or of one account, the newest use first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM {_JOINED} WHERE session.store = ? AND (? IS NULL OR session.account = ?) "  # noqa: S608 - only names of ours
        "ORDER BY seen_ms DESC, id DESC",
        (store, account, account),
    )
    return tuple(_session(row) for row in rows)


def touch(connection: sqlite3.Connection, *, session: int, now_ms: int) -> None:
    """The session was used now."""
    connection.execute("UPDATE session SET seen_ms = max(seen_ms, ?) WHERE id = ?", (now_ms, session))


def prove(connection: sqlite3.Connection, *, session: int, now_ms: int) -> None:
    """Who sits there showed again that it is them."""
    connection.execute("UPDATE session SET proved_ms = ? WHERE id = ?", (now_ms, session))


def end(connection: sqlite3.Connection, digest: str) -> None:
    """Forgets the session of a token; nothing happens where there is none."""
    connection.execute("DELETE FROM session WHERE digest = ?", (digest,))


def end_one(connection: sqlite3.Connection, *, session: int, store: str, account: str | None = None) -> bool:
    """Ends one session of a store, of this account where one is named; whether there was one."""
    done = connection.execute(
        "DELETE FROM session WHERE id = ? AND store = ? AND (? IS NULL OR account = ?)",
        (session, store, account, account),
    )
    return done.rowcount == 1


def end_all(connection: sqlite3.Connection, *, account: str, but: int | None = None) -> int:
    """Ends all of an account's sessions, in every store, but perhaps one; how many."""
    done = connection.execute("DELETE FROM session WHERE account = ? AND id IS NOT ?", (account, but))
    return done.rowcount


def _session(row: tuple[int, str, str, str, str, str, int, int, int]) -> Session:
    number, account, role, means, device, address, begun, seen, proved = row
    return Session(
        id=number,
        account=account,
        role=Role(role),
        means=Means(means),
        device=device,
        address=address,
        begun_ms=begun,
        seen_ms=seen,
        proved_ms=proved,
    )
