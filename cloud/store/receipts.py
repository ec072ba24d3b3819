"""Which choices a shopper has been told the result of, and which re-checks: each at most once, whatever crashes."""

import sqlite3
from collections.abc import Iterable

from cloud.shop.consent import ADVERTISING
from cloud.store.consents import COLUMNS, TABLES, Line, line
from cloud.store.shoppers import MEMBERS
from cloud.store.steps import Step

STEPS = (
    Step(
        name="receipts-1",
        statements=(
            # A line of the ledger without a row here is still to be told: the debt is the ledger itself.
            """CREATE TABLE receipts (
                 consent INTEGER PRIMARY KEY REFERENCES consents (id) ON DELETE CASCADE, told_ms INTEGER NOT NULL
               ) STRICT""",
            """CREATE TABLE rechecks (
                 consent INTEGER NOT NULL REFERENCES consents (id) ON DELETE CASCADE,
                 round INTEGER NOT NULL, told_ms INTEGER NOT NULL,
                 PRIMARY KEY (consent, round)
               ) STRICT, WITHOUT ROWID""",
        ),
    ),
)


def untold(connection: sqlite3.Connection, person: int | None = None) -> tuple[Line, ...]:
    """The lines whose result was not told yet, in order; of one person or of all."""
    rows = connection.execute(
        f"""SELECT {COLUMNS} FROM {TABLES} LEFT JOIN receipts AS r ON r.consent = c.id
            WHERE r.consent IS NULL AND (? IS NULL OR p.person = ?) ORDER BY c.id""",  # noqa: S608 - only names of ours
        (person, person),
    )
    return tuple(map(line, rows))


def set_told(connection: sqlite3.Connection, lines: Iterable[Line], now_ms: int) -> None:
    """The result of these lines is told."""
    connection.executemany("INSERT INTO receipts VALUES (?, ?)", [(each.id, now_ms) for each in lines])


def oldest_untold_ms(connection: sqlite3.Connection) -> int | None:
    """When the oldest line was said whose result is still to be told; None where nothing is."""
    row = connection.execute(
        "SELECT min(at_ms) FROM consents WHERE id NOT IN (SELECT consent FROM receipts)"
    ).fetchone()
    return None if row[0] is None else int(row[0])


def given_before(connection: sqlite3.Connection, at_ms: int) -> tuple[Line, ...]:
    """Each profile's last word on a purpose where it is a consent of that time or earlier."""
    rows = connection.execute(
        f"""SELECT {COLUMNS} FROM {TABLES} WHERE c.given = 1 AND c.at_ms <= ?
            AND c.id IN (SELECT max(id) FROM consents GROUP BY profile, purpose) ORDER BY c.id""",  # noqa: S608 - only names of ours
        (at_ms,),
    )
    return tuple(map(line, rows))


def asked_again(connection: sqlite3.Connection, person: int) -> bool:
    """Whether the person was asked if their consent still stands, and has said nothing on advertising since.

    For as long as the message is kept: whoever says nothing keeps the consent, and is not reminded for ever.
    """
    purposes = ", ".join(f"'{purpose}'" for purpose in sorted(ADVERTISING))
    row = connection.execute(
        f"""SELECT EXISTS (
              SELECT 1 FROM messages WHERE profile IN {MEMBERS} AND kind = 'recheck' AND at_ms >
                (SELECT max(at_ms) FROM consents WHERE profile IN {MEMBERS} AND purpose IN ({purposes})))""",  # noqa: S608 - only names of ours
        (person, person),
    ).fetchone()
    return bool(row[0])


def rechecked(connection: sqlite3.Connection, consent: int) -> int:
    """The last round of a consent's re-checks that was told; 0 before the first."""
    row = connection.execute("SELECT coalesce(max(round), 0) FROM rechecks WHERE consent = ?", (consent,)).fetchone()
    return int(row[0])


def set_rechecked(connection: sqlite3.Connection, consent: int, rounds: int, now_ms: int) -> None:
    """This round of a consent's re-check is told."""
    connection.execute("INSERT INTO rechecks VALUES (?, ?, ?)", (consent, rounds, now_ms))
