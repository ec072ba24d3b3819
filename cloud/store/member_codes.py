"""The short codes by which a till knows a shopper: asked for by the shopper, good for minutes, and for one sale."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from cloud import codes
from cloud.store.owned import Owned
from cloud.store.steps import Step

LASTS_MS: Final = 10 * 60_000
"""From the button to the till."""
_LATE_MS: Final = 7 * 86_400_000
"""How late a till without a network may tell of a sale whose code was good when it was shown."""
RANDOM_BYTES: Final = 5
_LETTERS = 8

STEPS = (
    Step(
        name="member-codes-1",
        statements=(
            """CREATE TABLE member_codes (
                 code TEXT PRIMARY KEY, profile INTEGER NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
                 made_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL
               ) STRICT""",
            "CREATE INDEX member_codes_by_profile ON member_codes (profile, made_ms)",
        ),
    ),
)

OWNED = (
    Owned(
        table="member_codes",
        columns=("made_ms", "until_ms"),
        withheld={"code": ""},
        words="You asked for a code to show at the till. It is good for ten minutes and for one sale.",
        at="made_ms",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCode:
    """A code that can be shown now."""

    code: str
    until_ms: int

    @property
    def spaced(self) -> str:
        """As a person reads it out."""
        return codes.grouped(self.code)


def code_of(random: bytes) -> str:
    """Eight characters of five random bytes."""
    return codes.written(random[:RANDOM_BYTES].rjust(RANDOM_BYTES, b"\0"))


def make(connection: sqlite3.Connection, *, profile_id: int, code: str, now_ms: int) -> None:
    """The profile's new code; the one before it can be used for as long as it was said."""
    connection.execute(
        "INSERT OR REPLACE INTO member_codes VALUES (?, ?, ?, ?)", (code, profile_id, now_ms, now_ms + LASTS_MS)
    )


def shown(connection: sqlite3.Connection, profile_id: int, now_ms: int) -> MemberCode | None:
    """The newest code that a till would take from this phone now."""
    row = connection.execute(
        "SELECT code, until_ms FROM member_codes WHERE profile = ? AND until_ms > ? ORDER BY made_ms DESC LIMIT 1",
        (profile_id, now_ms),
    ).fetchone()
    return row and MemberCode(code=row[0], until_ms=row[1])


def find(connection: sqlite3.Connection, code: str, at_ms: int) -> int | None:
    """Whose code was good at the moment of a sale, by the till's clock (a minute of difference is forgiven)."""
    row = connection.execute(
        "SELECT profile FROM member_codes WHERE code = ? AND made_ms <= ? AND until_ms > ?",
        (codes.typed(code, _LETTERS), at_ms + 60_000, at_ms - 60_000),
    ).fetchone()
    return row and int(row[0])


def use(connection: sqlite3.Connection, code: str) -> None:
    """The code was good for this one sale."""
    connection.execute("DELETE FROM member_codes WHERE code = ?", (codes.typed(code, _LETTERS),))


def prune(connection: sqlite3.Connection, now_ms: int) -> int:
    """Drops the codes that no till can bring any more; returns how many."""
    return connection.execute("DELETE FROM member_codes WHERE until_ms < ?", (now_ms - _LATE_MS,)).rowcount
