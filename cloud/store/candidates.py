"""Moments in which an offer may be sent, until the dispatcher has decided on each; they outlive the process."""

import sqlite3
from dataclasses import dataclass

from cloud.offers.rules import Trigger
from cloud.store.owned import Owned
from cloud.store.shoppers import MEMBERS
from cloud.store.steps import Step

STEPS = (
    Step(
        name="candidates-1",
        statements=(
            # `source` names what made it, so that the same thing makes one only once, also after it is done.
            """CREATE TABLE candidates (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 profile INTEGER NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
                 trigger TEXT NOT NULL, gtin TEXT NOT NULL, place TEXT, source TEXT NOT NULL,
                 at_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
                 tries INTEGER NOT NULL DEFAULT 0, outcome TEXT NOT NULL DEFAULT '',
                 UNIQUE (profile, trigger, source)
               ) STRICT""",
            "CREATE INDEX candidates_open ON candidates (due_ms) WHERE outcome = ''",
            # What was left of each product when the dispatcher last looked, to see what is there again.
            "CREATE TABLE stock_seen (gtin TEXT PRIMARY KEY, store INTEGER NOT NULL) STRICT, WITHOUT ROWID",
            "CREATE INDEX visits_by_product ON visits (gtin, profile) WHERE profile IS NOT NULL",
        ),
    ),
)

OWNED = (
    Owned(
        table="candidates",
        key="id",
        columns=("trigger", "gtin", "place", "source", "at_ms", "expires_ms", "tries"),
        # What another store had to send, this one does not.
        withheld={"due_ms": 0, "outcome": "imported"},
        words="Something that you did let us think of an offer for you. This is what it was.",
        at="at_ms",
        place="place",
        purpose="offers",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One moment of one shopper that waits for its decision."""

    id: int
    profile: int
    person: int
    trigger: Trigger
    gtin: str
    place: str | None  # the zone of the plan
    at_ms: int
    expires_ms: int
    tries: int  # how often it was put off


def put(
    connection: sqlite3.Connection,
    *,
    profile: int,
    trigger: Trigger,
    gtin: str,
    place: str | None,
    source: str,
    at_ms: int,
    expires_ms: int,
) -> bool:
    """A moment to decide on; False where this source has made one already."""
    done = connection.execute(
        """INSERT OR IGNORE INTO candidates (profile, trigger, gtin, place, source, at_ms, due_ms, expires_ms)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        (profile, trigger, gtin, place, source, at_ms, at_ms, expires_ms),
    )
    return done.rowcount == 1


def due(connection: sqlite3.Connection, now_ms: int, most: int = 200) -> tuple[Candidate, ...]:
    """Those to decide on now, the oldest first."""
    rows = connection.execute(
        """SELECT c.id, c.profile, p.person, c.trigger, c.gtin, c.place, c.at_ms, c.expires_ms, c.tries
           FROM candidates AS c JOIN profiles AS p ON p.id = c.profile
           WHERE c.outcome = '' AND c.due_ms <= ? AND c.expires_ms > ? ORDER BY c.due_ms, c.id LIMIT ?""",
        (now_ms, now_ms, most),
    )
    return tuple(
        Candidate(
            id=number,
            profile=profile,
            person=person,
            trigger=Trigger(trigger),
            gtin=gtin,
            place=place,
            at_ms=at_ms,
            expires_ms=expires_ms,
            tries=tries,
        )
        for number, profile, person, trigger, gtin, place, at_ms, expires_ms, tries in rows
    )


def anything_due(connection: sqlite3.Connection, now_ms: int) -> bool:
    """Whether there is one to decide on, or to end."""
    row = connection.execute(
        "SELECT 1 FROM candidates WHERE outcome = '' AND due_ms <= ? LIMIT 1", (now_ms,)
    ).fetchone()
    return row is not None


def hold(connection: sqlite3.Connection, candidate_id: int, until_ms: int) -> None:
    """It is decided on again then."""
    connection.execute(
        "UPDATE candidates SET due_ms = min(?, expires_ms), tries = tries + 1 WHERE id = ?", (until_ms, candidate_id)
    )


def done(connection: sqlite3.Connection, candidate_id: int, outcome: str) -> None:
    """It is decided on, and this came out."""
    connection.execute(
        "UPDATE candidates SET outcome = ?, tries = tries + 1 WHERE id = ? AND outcome = ''", (outcome, candidate_id)
    )


def expire(connection: sqlite3.Connection, now_ms: int) -> int:
    """Ends those whose time is over; returns how many."""
    return connection.execute(
        "UPDATE candidates SET outcome = 'expired' WHERE outcome = '' AND expires_ms <= ?", (now_ms,)
    ).rowcount


def all_waiting(connection: sqlite3.Connection) -> int:
    """How many wait for their decision."""
    (count,) = connection.execute("SELECT count(*) FROM candidates WHERE outcome = ''").fetchone()
    return int(count)


def waiting(connection: sqlite3.Connection, person: int) -> int:
    """How many of a person's wait for their decision."""
    (count,) = connection.execute(
        f"SELECT count(*) FROM candidates WHERE outcome = '' AND profile IN {MEMBERS}",  # noqa: S608 - only names of ours
        (person,),
    ).fetchone()
    return int(count)


def forget_person(connection: sqlite3.Connection, person: int) -> int:
    """Deletes a person's candidates, decided or not; returns how many."""
    return connection.execute(f"DELETE FROM candidates WHERE profile IN {MEMBERS}", (person,)).rowcount  # noqa: S608 - only names of ours


def forget(connection: sqlite3.Connection, before_ms: int) -> int:
    """Deletes what is older; returns how many."""
    return connection.execute("DELETE FROM candidates WHERE at_ms < ?", (before_ms,)).rowcount


def restocked(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The products that were sold out when this was last asked and are there now; remembers what is there."""
    found = connection.execute(
        """SELECT s.gtin FROM stock AS s JOIN stock_seen AS n ON n.gtin = s.gtin
           WHERE s.store > 0 AND n.store <= 0 ORDER BY s.gtin"""
    ).fetchall()
    connection.execute(
        """INSERT INTO stock_seen SELECT gtin, store FROM stock WHERE store IS NOT NULL
           ON CONFLICT (gtin) DO UPDATE SET store = excluded.store WHERE store IS NOT excluded.store"""
    )
    return tuple(gtin for (gtin,) in found)


def stock_changed(connection: sqlite3.Connection) -> bool:
    """Whether a count was crossed to or from nothing since `restocked` was last asked; reads only."""
    row = connection.execute(
        """SELECT 1 FROM stock AS s LEFT JOIN stock_seen AS n ON n.gtin = s.gtin
           WHERE s.store IS NOT NULL AND (n.gtin IS NULL OR (s.store > 0) IS NOT (n.store > 0)) LIMIT 1"""
    ).fetchone()
    return row is not None


def who_tapped(connection: sqlite3.Connection, gtin: str, since_ms: int) -> tuple[int, ...]:
    """The profiles that let us remember a tap of this product since then, 5,000 at the most."""
    rows = connection.execute(
        """SELECT DISTINCT profile FROM visits WHERE gtin = ? AND profile IS NOT NULL AND at_ms >= ?
           ORDER BY profile LIMIT 5000""",
        (gtin, since_ms),
    )
    return tuple(profile for (profile,) in rows)
