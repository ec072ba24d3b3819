"""Accounts with their password hashes, and the grants: which role an account has in which store."""

import sqlite3
from dataclasses import dataclass

from cloud.manage.rights import Role
from cloud.store.steps import Step

STEPS = (
    Step(
        name="accounts-people-1",
        statements=(
            # `handle` is what a passkey knows its account by: random, so that it says nothing about anybody.
            """CREATE TABLE account (
                name TEXT PRIMARY KEY,
                handle BLOB NOT NULL UNIQUE CHECK (length(handle) = 16),
                hash TEXT NOT NULL,
                made_ms INTEGER NOT NULL,
                changed_ms INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID""",
            """CREATE TABLE grants (
                account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
                store TEXT NOT NULL,
                role TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'staff', 'reader')),
                given_by TEXT NOT NULL,
                given_ms INTEGER NOT NULL,
                PRIMARY KEY (account, store)
            ) STRICT, WITHOUT ROWID""",
            "CREATE INDEX grants_by_store ON grants (store, account)",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account, in whatever stores."""

    name: str
    handle: bytes
    hashed: str
    changed_ms: int  # when its password was last set


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One account's role in one store, with who gave it."""

    account: str
    role: Role
    by: str
    at_ms: int


def account(connection: sqlite3.Connection, name: str) -> Account | None:
    """The account of this name."""
    row = connection.execute("SELECT name, handle, hash, changed_ms FROM account WHERE name = ?", (name,)).fetchone()
    return row and Account(name=row[0], handle=row[1], hashed=row[2], changed_ms=row[3])


def add(connection: sqlite3.Connection, *, name: str, handle: bytes, hashed: str, now_ms: int) -> bool:
    """Makes an account; False where the name is taken."""
    done = connection.execute(
        "INSERT INTO account VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
        (name, handle, hashed, now_ms, now_ms),
    )
    return done.rowcount == 1


def set_hash(connection: sqlite3.Connection, *, name: str, hashed: str, now_ms: int) -> None:
    """Gives the account another password."""
    connection.execute("UPDATE account SET hash = ?, changed_ms = ? WHERE name = ?", (hashed, now_ms, name))


def refresh_hash(connection: sqlite3.Connection, *, name: str, old: str, new: str) -> None:
    """The same password under today's parameters; does nothing where it has been changed meanwhile."""
    connection.execute("UPDATE account SET hash = ? WHERE name = ? AND hash = ?", (new, name, old))


def role(connection: sqlite3.Connection, *, name: str, store: str) -> Role | None:
    """The account's role in a store, or None."""
    row = connection.execute("SELECT role FROM grants WHERE account = ? AND store = ?", (name, store)).fetchone()
    return Role(row[0]) if row else None


def grants(connection: sqlite3.Connection, store: str) -> tuple[Grant, ...]:
    """Everybody with a role in a store, in the order of their names."""
    rows = connection.execute(
        "SELECT account, role, given_by, given_ms FROM grants WHERE store = ? ORDER BY account", (store,)
    )
    return tuple(Grant(account=name, role=Role(role), by=by, at_ms=at) for name, role, by, at in rows)


def grant(connection: sqlite3.Connection, *, name: str, store: str, role: Role, by: str, now_ms: int) -> None:
    """Gives the account a role in a store, in the place of the one it had there."""
    connection.execute(
        "INSERT INTO grants VALUES (?, ?, ?, ?, ?) ON CONFLICT (account, store) DO UPDATE SET "
        "role = excluded.role, given_by = excluded.given_by, given_ms = excluded.given_ms",
        (name, store, str(role), by, now_ms),
    )


def take_back(connection: sqlite3.Connection, *, name: str, store: str) -> None:
    """Ends the account's access to a store; an account with no store left is forgotten, with all that was its own."""
    connection.execute("DELETE FROM grants WHERE account = ? AND store = ?", (name, store))
    connection.execute(
        "DELETE FROM account WHERE name = ? AND NOT EXISTS (SELECT 1 FROM grants WHERE account = name)", (name,)
    )


def owners(connection: sqlite3.Connection, store: str) -> int:
    """How many owners a store has."""
    (count,) = connection.execute("SELECT count(*) FROM grants WHERE store = ? AND role = 'owner'", (store,)).fetchone()
    return int(count)
