"""Shoppers who chose to be remembered, as the store's people may find them: by a pseudonym, a card or a code."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from cloud.store import member_codes

LEAST_PREFIX: Final = 8
"""Letters of a pseudonym that are enough where no other begins so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person, on however many phones; `handle` is the pseudonym of the oldest of their profiles."""

    person: int
    handle: str
    language: str
    begun_ms: int
    seen_ms: int
    phones: int


_MEMBER = """SELECT person,
    (SELECT handle FROM profiles AS o WHERE o.id = p.person),
    (SELECT language FROM profiles AS o WHERE o.id = p.person),
    min(begun_ms), max(seen_ms), count(*) FROM profiles AS p"""


def member(connection: sqlite3.Connection, handle: str) -> Member | None:
    """The person of a pseudonym, of whichever of their profiles."""
    return _one(connection, "SELECT person FROM profiles WHERE handle = ?", handle)


def find(connection: sqlite3.Connection, text: str, now_ms: int) -> Member | None:
    """Whose pseudonym (or its beginning), bound card or code for the till this is; None where it is nobody's.

    A code is good for ten minutes, and is not used up by this.
    """
    text = text.strip()
    if not text:
        return None
    found = member(connection, text) or _one(connection, _BY_CARD, text)
    if found is None and len(text) >= LEAST_PREFIX:
        found = _one(connection, _BY_PREFIX, *_prefix(text))
    if found is None:
        profile = member_codes.find(connection, text, now_ms)
        found = None if profile is None else _one(connection, "SELECT person FROM profiles WHERE id = ?", profile)
    return found


def recent(connection: sqlite3.Connection, most: int) -> tuple[Member, ...]:
    """Who was here last, the newest first."""
    rows = connection.execute(f"{_MEMBER} GROUP BY person ORDER BY max(seen_ms) DESC, person DESC LIMIT ?", (most,))
    return tuple(map(_member, rows))


def count(connection: sqlite3.Connection) -> int:
    """How many people are known here."""
    (people,) = connection.execute("SELECT count(DISTINCT person) FROM profiles").fetchone()
    return int(people)


_BY_CARD = "SELECT p.person FROM cards AS c JOIN profiles AS p ON p.id = c.profile WHERE c.tag = ?"
_BY_PREFIX = "SELECT min(person) FROM profiles WHERE handle >= ? AND handle < ? HAVING count(DISTINCT person) = 1"


def _prefix(text: str) -> tuple[str, str]:
    """The bounds of all texts that begin so."""
    return text, text + "\U0010ffff"


def _one(connection: sqlite3.Connection, person: str, *values: object) -> Member | None:
    row = connection.execute(f"{_MEMBER} WHERE person = ({person}) GROUP BY person", values).fetchone()
    return _member(row) if row else None


def _member(row: tuple[int, str | None, str | None, int, int, int]) -> Member:
    person, handle, language, begun, seen, phones = row
    return Member(
        person=person,
        handle=handle or "",
        language=language or "",
        begun_ms=begun,
        seen_ms=seen,
        phones=phones,
    )
