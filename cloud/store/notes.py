"""What a person wrote down about days: promotions, holidays, the weather, whatever explains a figure later."""

import enum
import sqlite3
from dataclasses import dataclass
from datetime import date

from cloud.store.steps import Step

STEPS = (
    Step(
        name="notes-1",
        statements=(
            # Days of the store's calendar, as Python's `date.toordinal`; both ends belong to it.
            """CREATE TABLE notes (
                 id INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, kind TEXT NOT NULL,
                 words TEXT NOT NULL, account TEXT NOT NULL, at_ms INTEGER NOT NULL
               ) STRICT""",
            "CREATE INDEX notes_by_day ON notes (last, first)",
        ),
    ),
)

LONGEST = 366
"""Days that one note may be about."""


class Kind(enum.StrEnum):
    """What a note is about."""

    PROMOTION = "promotion"
    HOLIDAY = "holiday"
    WEATHER = "weather"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One note, about `first` to `last`, both included."""

    id: int
    first: date
    last: date
    kind: Kind
    words: str
    account: str
    at_ms: int


def add(
    connection: sqlite3.Connection, *, first: date, last: date, kind: Kind, words: str, account: str, now_ms: int
) -> int:
    """Writes a note down; its number."""
    done = connection.execute(
        "INSERT INTO notes (first, last, kind, words, account, at_ms) VALUES (?, ?, ?, ?, ?, ?)",
        (first.toordinal(), last.toordinal(), kind, words, account, now_ms),
    )
    return done.lastrowid or 0


def remove(connection: sqlite3.Connection, number: int) -> bool:
    """Takes a note away; whether it was there."""
    return connection.execute("DELETE FROM notes WHERE id = ?", (number,)).rowcount == 1


def between(connection: sqlite3.Connection, first: date, last: date) -> tuple[Note, ...]:
    """The notes about any of these days, the earliest first."""
    rows = connection.execute(
        "SELECT id, first, last, kind, words, account, at_ms FROM notes WHERE last >= ? AND first <= ? "
        "ORDER BY first, id",
        (first.toordinal(), last.toordinal()),
    )
    return tuple(map(_note, rows))


def newest(connection: sqlite3.Connection, most: int = 200) -> tuple[Note, ...]:
    """The notes about the latest days, those first."""
    rows = connection.execute(
        "SELECT id, first, last, kind, words, account, at_ms FROM notes ORDER BY last DESC, id DESC LIMIT ?", (most,)
    )
    return tuple(map(_note, rows))


def _note(row: tuple[int, int, int, str, str, str, int]) -> Note:
    number, first, last, kind, words, account, at_ms = row
    return Note(
        id=number,
        first=date.fromordinal(first),
        last=date.fromordinal(last),
        kind=Kind(kind),
        words=words,
        account=account,
        at_ms=at_ms,
    )
