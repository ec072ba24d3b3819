"""What has earned points already, so that nothing earns twice; of a visit without saying whose it was."""

import sqlite3

from cloud.points.ledger import Reason
from cloud.store.owned import Owned
from cloud.store.shoppers import MEMBERS
from cloud.store.steps import Step

STEPS = (
    Step(
        name="points-marks-1",
        statements=(
            # What has earned: a visit, whoever's it was; or a product's review and a question's answer of a profile.
            """CREATE TABLE points_marks (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 profile INTEGER REFERENCES profiles (id) ON DELETE CASCADE,
                 reason TEXT NOT NULL, subject TEXT NOT NULL, points INTEGER NOT NULL
               ) STRICT""",
            "CREATE UNIQUE INDEX points_are_earned_once ON points_marks (reason, subject, coalesce(profile, 0))",
        ),
    ),
)

OWNED = (
    Owned(
        table="points_marks",
        key="id",
        columns=("reason", "subject", "points"),
        words="You were given points for this; we keep it so that they are given once.",
    ),
)


def mark_visit(connection: sqlite3.Connection, visit_id: int, points: int) -> None:
    """The visit has earned; for whom is not a part of it."""
    connection.execute(
        "INSERT INTO points_marks (profile, reason, subject, points) VALUES (NULL, ?, ?, ?)",
        (Reason.TAP, str(visit_id), points),
    )


def mark(connection: sqlite3.Connection, profile_id: int, reason: Reason, subject: str, points: int) -> None:
    """The profile was paid for this review or answer."""
    connection.execute(
        "INSERT INTO points_marks (profile, reason, subject, points) VALUES (?, ?, ?, ?)",
        (profile_id, reason, subject, points),
    )


def visit_earned(connection: sqlite3.Connection, visit_id: int) -> int:
    """What a visit's tap has earned, whoever got it."""
    row = connection.execute(
        "SELECT points FROM points_marks WHERE reason = ? AND subject = ? AND profile IS NULL",
        (Reason.TAP, str(visit_id)),
    ).fetchone()
    return int(row[0]) if row else 0


def visit_earned_by(connection: sqlite3.Connection, person: int, visit_id: int) -> int:
    """What a visit's tap has earned, where the visit is linked with this person."""
    linked = connection.execute(f"SELECT 1 FROM visits WHERE id = ? AND profile IN {MEMBERS}", (visit_id, person))  # noqa: S608 - only names of ours
    return visit_earned(connection, visit_id) if linked.fetchone() else 0


def earned_for(connection: sqlite3.Connection, person: int, reason: Reason, subject: str) -> int:
    """What any phone of the person was paid for this review or answer."""
    row = connection.execute(
        f"SELECT points FROM points_marks WHERE reason = ? AND subject = ? AND profile IN {MEMBERS}",  # noqa: S608 - only names of ours
        (reason, subject, person),
    ).fetchone()
    return int(row[0]) if row else 0


def has_earned(connection: sqlite3.Connection, person: int, reason: Reason, subject: str) -> bool:
    """Whether any phone of the person was paid for this review or answer."""
    return earned_for(connection, person, reason, subject) > 0
