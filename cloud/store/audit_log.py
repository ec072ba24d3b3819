"""Who of the store's people did what: lines that are written once and that nothing changes or takes away."""

import enum
import sqlite3
from dataclasses import dataclass

from cloud.store.shoppers import MEMBERS
from cloud.store.steps import Step

STEPS = (
    Step(
        name="audit-log-1",
        statements=(
            """CREATE TABLE audit_log (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                at_ms INTEGER NOT NULL,
                who TEXT NOT NULL,
                role TEXT NOT NULL,
                act TEXT NOT NULL,
                subject TEXT NOT NULL,
                person INTEGER
            ) STRICT""",
            "CREATE INDEX audit_log_by_person ON audit_log (person, at_ms) WHERE person IS NOT NULL",
            """CREATE TRIGGER audit_log_stays BEFORE UPDATE ON audit_log
                BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END""",
            """CREATE TRIGGER audit_log_keeps BEFORE DELETE ON audit_log
                BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END""",
        ),
    ),
)


class Act(enum.StrEnum):
    """What is written down."""

    LOOKED = "looked"  # at one shopper's page
    FOUND = "found"  # searched for a shopper by a card or a code
    EXPORTED = "exported"  # a table as a file
    PLAN_SAVED = "plan-saved"  # a new version of the plan
    STILL_ORDERED = "still-ordered"  # a calibration still of a camera
    INVITED = "invited"  # made a link that lets one more account in
    WITHDREW = "withdrew"  # an invitation
    JOINED = "joined"  # took an invitation
    ROLE_CHANGED = "role-changed"  # gave an account another role
    ACCESS_ENDED = "access-ended"  # of an account, in this store
    SESSION_ENDED = "session-ended"  # of somebody else's
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a word, no password
    PASSKEY_ADDED = "passkey-added"  # to their own account
    PASSKEY_REMOVED = "passkey-removed"  # of their own account
    PASSKEY_COPIED = "passkey-copied"  # it turned up in two places, and was stopped
    KEY_MADE = "key-made"  # an API key
    KEY_ENDED = "key-ended"  # an API key
    ALERTS_CHOSEN = "alerts-chosen"  # what the store wants to hear
    HOOK_ADDED = "hook-added"  # a program elsewhere hears of alerts
    HOOK_REMOVED = "hook-removed"
    BADGE_AWAITED = "badge-awaited"  # the next tap at a reader makes a staff badge
    BADGE_REMOVED = "badge-removed"
    CAMPAIGN_PAUSED = "campaign-paused"
    CAMPAIGN_RESUMED = "campaign-resumed"  # paused before, by somebody or by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line. `subject` is in words; `person`: the shopper whom it is about.

    `handle` is that shopper's pseudonym, which no line holds: of one who was forgotten there is none.
    """

    id: int
    at_ms: int
    who: str
    role: str
    act: Act | str  # a plain word where another version of the program wrote it
    subject: str
    person: int | None
    handle: str = ""


_COLUMNS = (
    "id, at_ms, who, role, act, subject, person, (SELECT handle FROM profiles WHERE profiles.id = audit_log.person)"
)


def note(
    connection: sqlite3.Connection,
    *,
    who: str,
    act: Act,
    subject: str,
    now_ms: int,
    role: str = "",
    person: int | None = None,
) -> int:
    """Writes a line, in the transaction of what it tells, or before it where that shows something; its number.

    `person` is the shopper's, so that they can be told who looked at them.
    """
    done = connection.execute(
        "INSERT INTO audit_log (at_ms, who, role, act, subject, person) VALUES (?, ?, ?, ?, ?, ?)",
        (now_ms, who, role, str(act), subject, person),
    )
    return done.lastrowid or 0


def lines(
    connection: sqlite3.Connection, *, before: int | None = None, most: int = 100, act: str = "", who: str = ""
) -> tuple[Line, ...]:
    """The newest lines before the line `before`, of one act or one account where they are named."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM audit_log "  # noqa: S608 - only names of ours
        "WHERE (? IS NULL OR id < ?) AND (? = '' OR act = ?) AND (? = '' OR who = ?) ORDER BY id DESC LIMIT ?",
        (before, before, act, act, who, who, most),
    )
    return tuple(map(_line, rows))


def looks_at(connection: sqlite3.Connection, person: int) -> tuple[Line, ...]:
    """Who looked at a shopper, or found them by a search, the oldest first; joined phones were people of their own."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM audit_log WHERE person IN {MEMBERS} AND act IN (?, ?) ORDER BY id",  # noqa: S608 - only names of ours
        (person, str(Act.LOOKED), str(Act.FOUND)),
    )
    return tuple(map(_line, rows))


def _line(row: tuple[int, int, str, str, str, str, int | None, str | None]) -> Line:
    number, at_ms, who, role, act, subject, person, handle = row
    known = Act(act) if act in tuple(Act) else act
    return Line(
        id=number,
        at_ms=at_ms,
        who=who,
        role=role,
        act=known,
        subject=subject,
        person=person,
        handle=handle or "",
    )
