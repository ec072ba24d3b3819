"""The passkeys of accounts: public keys, how often each said it was used, and which were stopped as copied."""

import sqlite3
from dataclasses import dataclass

from cloud.store.steps import Step

STEPS = (
    Step(
        name="accounts-passkeys-1",
        statements=(
            # `place` is the relying party's id (WebAuthn 3, section 4): a passkey works under that host alone.
            """CREATE TABLE passkey (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                credential BLOB NOT NULL UNIQUE,
                account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
                place TEXT NOT NULL,
                public_key BLOB NOT NULL,
                used INTEGER NOT NULL,
                words TEXT NOT NULL,
                synced INTEGER NOT NULL,
                made_ms INTEGER NOT NULL,
                used_ms INTEGER,
                stopped_ms INTEGER
            ) STRICT""",
            "CREATE INDEX passkey_by_account ON passkey (account, place)",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """One passkey. `used`: its own count of uses, 0 where it keeps none; `stopped_ms`: it turned up in two places."""

    id: int
    credential: bytes
    account: str
    place: str
    public_key: bytes
    used: int
    words: str
    synced: bool
    made_ms: int
    used_ms: int | None
    stopped_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """A passkey to keep."""

    credential: bytes
    account: str
    place: str
    public_key: bytes
    used: int
    words: str
    synced: bool


_COLUMNS = "id, credential, account, place, public_key, used, words, synced, made_ms, used_ms, stopped_ms"


def add(connection: sqlite3.Connection, new: New, now_ms: int) -> bool:
    """Keeps a passkey; False where that credential is known already."""
    done = connection.execute(
        "INSERT INTO passkey (credential, account, place, public_key, used, words, synced, made_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (credential) DO NOTHING",
        (new.credential, new.account, new.place, new.public_key, new.used, new.words, new.synced, now_ms),
    )
    return done.rowcount == 1


def by_credential(connection: sqlite3.Connection, credential: bytes) -> Passkey | None:
    """The passkey of a credential's id."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM passkey WHERE credential = ?", (credential,)).fetchone()  # noqa: S608 - only names of ours
    return _passkey(row) if row else None


def of_account(connection: sqlite3.Connection, account: str) -> tuple[Passkey, ...]:
    """An account's passkeys, the oldest first."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM passkey WHERE account = ? ORDER BY id", (account,))  # noqa: S608 - only names of ours
    return tuple(map(_passkey, rows))


def note_use(connection: sqlite3.Connection, *, passkey: int, used: int, now_ms: int) -> None:
    """The passkey signed somebody in, and says that it was its use number `used`."""
    connection.execute("UPDATE passkey SET used = ?, used_ms = ? WHERE id = ?", (used, now_ms, passkey))


def stop(connection: sqlite3.Connection, *, passkey: int, now_ms: int) -> None:
    """Lets nobody in by it any more."""
    connection.execute("UPDATE passkey SET stopped_ms = coalesce(stopped_ms, ?) WHERE id = ?", (now_ms, passkey))


def remove(connection: sqlite3.Connection, *, passkey: int, account: str) -> bool:
    """Forgets a passkey of this account; whether it had it."""
    return connection.execute("DELETE FROM passkey WHERE id = ? AND account = ?", (passkey, account)).rowcount == 1


def _passkey(row: tuple[int, bytes, str, str, bytes, int, str, int, int, int | None, int | None]) -> Passkey:
    number, credential, account, place, public_key, used, words, synced, made, used_ms, stopped = row
    return Passkey(
        id=number,
        credential=credential,
        account=account,
        place=place,
        public_key=public_key,
        used=used,
        words=words,
        synced=bool(synced),
        made_ms=made,
        used_ms=used_ms,
        stopped_ms=stopped,
    )
