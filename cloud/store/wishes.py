"""What a shopper wants to find again, and what they want to hear of when it is back."""

import sqlite3
from dataclasses import dataclass

from cloud.store.owned import Owned
from cloud.store.shoppers import MEMBERS
from cloud.store.steps import Step

MOST = 200
"""Products on one list; a longer one is no list."""

STEPS = (
    Step(
        name="wishes-1",
        statements=(
            """CREATE TABLE wishes (
                 profile INTEGER NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
                 gtin TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (profile, gtin)
               ) STRICT, WITHOUT ROWID""",
            # An answered ask is deleted: it was for one time.
            """CREATE TABLE restock_asks (
                 profile INTEGER NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
                 gtin TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (profile, gtin)
               ) STRICT, WITHOUT ROWID""",
            "CREATE INDEX restock_asks_by_product ON restock_asks (gtin)",
        ),
    ),
)

OWNED = (
    Owned(
        table="wishes",
        columns=("gtin", "at_ms"),
        words="You put this product on your list.",
        at="at_ms",
    ),
    Owned(
        table="restock_asks",
        columns=("gtin", "at_ms"),
        words="You asked to be told when this product is back.",
        at="at_ms",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A product on a shopper's list."""

    gtin: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """Somebody's ask for a product that is there again."""

    profile: int
    person: int
    gtin: str


def add(connection: sqlite3.Connection, *, profile: int, person: int, gtin: str, at_ms: int) -> bool:
    """Puts a product on a list, once; False where the list is full."""
    (count,) = connection.execute(f"SELECT count(*) FROM wishes WHERE profile IN {MEMBERS}", (person,)).fetchone()  # noqa: S608 - only names of ours
    if count >= MOST:
        return False
    connection.execute("INSERT OR IGNORE INTO wishes VALUES (?, ?, ?)", (profile, gtin, at_ms))
    return True


def remove(connection: sqlite3.Connection, *, person: int, gtin: str) -> None:
    """Takes a product off a person's list."""
    connection.execute(f"DELETE FROM wishes WHERE gtin = ? AND profile IN {MEMBERS}", (gtin, person))  # noqa: S608 - only names of ours


def listed(connection: sqlite3.Connection, person: int) -> tuple[Wish, ...]:
    """A person's list, the newest first."""
    rows = connection.execute(
        f"SELECT gtin, max(at_ms) AS at FROM wishes WHERE profile IN {MEMBERS} GROUP BY gtin ORDER BY at DESC, gtin",  # noqa: S608 - only names of ours
        (person,),
    )
    return tuple(Wish(gtin=gtin, at_ms=at_ms) for gtin, at_ms in rows)


def wished(connection: sqlite3.Connection, person: int, gtin: str) -> bool:
    """Whether a product is on a person's list."""
    return _is_in(connection, "wishes", person, gtin)


def ask(connection: sqlite3.Connection, *, profile: int, gtin: str, at_ms: int) -> None:
    """The shopper wants to hear when the product is back, once."""
    connection.execute("INSERT OR IGNORE INTO restock_asks VALUES (?, ?, ?)", (profile, gtin, at_ms))


def unask(connection: sqlite3.Connection, *, person: int, gtin: str) -> None:
    """The shopper does not want to hear of it any more."""
    connection.execute(f"DELETE FROM restock_asks WHERE gtin = ? AND profile IN {MEMBERS}", (gtin, person))  # noqa: S608 - only names of ours


def asked(connection: sqlite3.Connection, person: int, gtin: str) -> bool:
    """Whether the shopper waits for this product."""
    return _is_in(connection, "restock_asks", person, gtin)


def arrived(connection: sqlite3.Connection, most: int = 500) -> tuple[Awaited, ...]:
    """The asks, the oldest first, for products that are there again."""
    rows = connection.execute(
        """SELECT a.profile, p.person, a.gtin FROM restock_asks AS a
           JOIN stock AS s ON s.gtin = a.gtin AND s.store > 0
           JOIN products AS g ON g.gtin = a.gtin AND NOT g.retired
           JOIN profiles AS p ON p.id = a.profile ORDER BY a.at_ms LIMIT ?""",
        (most,),
    )
    return tuple(Awaited(profile=profile, person=person, gtin=gtin) for profile, person, gtin in rows)


def answered(connection: sqlite3.Connection, ask: Awaited) -> bool:
    """Takes a person's ask as answered; False where another caller did so first."""
    done = connection.execute(
        f"DELETE FROM restock_asks WHERE gtin = ? AND profile IN {MEMBERS}",  # noqa: S608 - only names of ours
        (ask.gtin, ask.person),
    )
    return done.rowcount > 0


def _is_in(connection: sqlite3.Connection, table: str, person: int, gtin: str) -> bool:
    row = connection.execute(
        f"SELECT 1 FROM {table} WHERE gtin = ? AND profile IN {MEMBERS} LIMIT 1",  # noqa: S608 - only names of ours
        (gtin, person),
    ).fetchone()
    return row is not None
