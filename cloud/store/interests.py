"""What people came to a product for, in their own words of three: kept with consent, counted without anybody's name."""

import enum
import sqlite3
from dataclasses import dataclass

from cloud.store.owned import Owned
from cloud.store.shoppers import MEMBERS
from cloud.store.steps import Step
from cloud.store.sums import HOUR_MS

STEPS = (
    Step(
        name="interests-1",
        statements=(
            """CREATE TABLE interests (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 profile INTEGER NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
                 gtin TEXT NOT NULL, interest TEXT NOT NULL, at_ms INTEGER NOT NULL,
                 UNIQUE (profile, gtin)
               ) STRICT""",
            """CREATE TABLE interest_sums (
                 gtin TEXT NOT NULL, at_ms INTEGER NOT NULL, interest TEXT NOT NULL, times INTEGER NOT NULL,
                 PRIMARY KEY (gtin, at_ms, interest)
               ) STRICT, WITHOUT ROWID""",
        ),
    ),
)

OWNED = (
    Owned(
        table="interests",
        key="id",
        columns=("gtin", "interest", "at_ms"),
        words="You answered our question on this product's page.",
        at="at_ms",
        purpose="history",
    ),
)


def subject(gtin: str) -> str:
    """What points are paid for: the question about one product."""
    return f"interest:{gtin}"


class Interest(enum.StrEnum):
    """Whom somebody looks at a product for."""

    SELF = "self"
    GIFT = "gift"
    LOOKING = "looking"  # just looking


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestCount:
    """How many people gave one answer about one product."""

    gtin: str
    interest: Interest
    people: int


def answered(connection: sqlite3.Connection, person: int, gtin: str) -> bool:
    """Whether a person has answered about this product, on any phone."""
    found = connection.execute(f"SELECT 1 FROM interests WHERE profile IN {MEMBERS} AND gtin = ?", (person, gtin))  # noqa: S608 - only names of ours
    return found.fetchone() is not None


def put(connection: sqlite3.Connection, *, profile_id: int, gtin: str, interest: Interest, now_ms: int) -> None:
    """Keeps and counts an answer. Raises sqlite3.IntegrityError where the profile has answered before."""
    connection.execute(
        "INSERT INTO interests (profile, gtin, interest, at_ms) VALUES (?, ?, ?, ?)",
        (profile_id, gtin, interest, now_ms),
    )
    connection.execute(
        "INSERT INTO interest_sums VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET times = times + 1",
        (gtin, now_ms - now_ms % HOUR_MS, interest),
    )


def withdraw(connection: sqlite3.Connection, person: int) -> int:
    """The person's answers are kept no longer; their sums and their points stay. Returns how many."""
    gone = connection.execute(f"DELETE FROM interests WHERE profile IN {MEMBERS}", (person,)).rowcount  # noqa: S608 - only names of ours
    _unmark(connection)
    return gone


def forget_older(connection: sqlite3.Connection, before_ms: int) -> int:
    """Drops answers of before this time; returns how many. Somebody may answer again then."""
    gone = connection.execute("DELETE FROM interests WHERE at_ms < ?", (before_ms,)).rowcount
    if gone:
        _unmark(connection)
    return gone


def counts(
    connection: sqlite3.Connection, *, least: int, from_ms: int = 0, to_ms: int = 2**62
) -> tuple[InterestCount, ...]:
    """The answers about each product of which at least so many people answered, by product."""
    rows = connection.execute(
        """SELECT gtin, interest, sum(times) FROM interest_sums WHERE at_ms >= :from_ms AND at_ms < :to_ms AND gtin IN
             (SELECT gtin FROM interest_sums WHERE at_ms >= :from_ms AND at_ms < :to_ms
              GROUP BY gtin HAVING sum(times) >= :least)
           GROUP BY gtin, interest HAVING sum(times) >= :least ORDER BY gtin, interest""",
        {"from_ms": from_ms, "to_ms": to_ms, "least": least},
    )
    return tuple(InterestCount(gtin=gtin, interest=Interest(kind), people=people) for gtin, kind, people in rows)


def _unmark(connection: sqlite3.Connection) -> None:
    """That points were paid for an answer is kept no longer than the answer: it would tell of it."""
    connection.execute(
        """DELETE FROM points_marks WHERE reason = 'answer' AND subject LIKE 'interest:%' AND NOT EXISTS
             (SELECT 1 FROM interests AS i
              WHERE i.profile = points_marks.profile AND subject = 'interest:' || i.gtin)"""
    )
