"""Taps of phones on tags: each answered once, each counted, a person's name on none."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from cloud.store import days
from cloud.store.owned import Gone, Owned
from cloud.store.steps import Step
from cloud.store.sums import SPANS_MS

VISIT_MS = 15 * 60_000
"""How long a signed tap lets its page earn and enrol."""

STEPS = (
    Step(
        name="visits-1",
        statements=(
            # `profile` is set only with the shopper's consent, and never again once it is gone.
            """CREATE TABLE visits (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 digest TEXT UNIQUE, at_ms INTEGER NOT NULL, tag TEXT, gtin TEXT NOT NULL,
                 signed INTEGER NOT NULL, counter INTEGER,
                 profile INTEGER REFERENCES profiles (id) ON DELETE SET NULL
               ) STRICT""",
            "CREATE INDEX visits_by_time ON visits (at_ms)",
            "CREATE INDEX visits_by_profile ON visits (profile, at_ms) WHERE profile IS NOT NULL",
            """CREATE TABLE phone_tap_sums (
                 span_ms INTEGER NOT NULL, tag TEXT NOT NULL, at_ms INTEGER NOT NULL,
                 signed INTEGER NOT NULL, unsigned INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, tag, at_ms)
               ) STRICT, WITHOUT ROWID""",
            """CREATE TABLE refused_tap_sums (
                 span_ms INTEGER NOT NULL, reason TEXT NOT NULL, at_ms INTEGER NOT NULL, taps INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, reason, at_ms)
               ) STRICT, WITHOUT ROWID""",
        ),
    ),
)

OWNED = (
    Owned(
        table="visits",
        key="id",
        columns=("at_ms", "tag", "gtin", "signed", "counter"),
        withheld={"digest": None},
        cleared=("digest",),
        words="You held your phone to this tag.",
        at="at_ms",
        tag="tag",
        purpose="history",
        gone=Gone.UNLINKED,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One answered tap of a phone."""

    id: int
    at_ms: int
    tag: str | None
    gtin: str
    signed: bool
    counter: int | None


_MEMBERS = "(SELECT id FROM profiles WHERE person = ?)"
_VISIT = "id, at_ms, tag, gtin, signed, counter"


def add_visit(
    connection: sqlite3.Connection, *, digest: str | None, at_ms: int, tag: str | None, gtin: str, counter: int | None
) -> None:
    """Keeps and counts a tap; signed where there is a digest of its visit's token."""
    signed = digest is not None
    connection.execute(
        "INSERT INTO visits (digest, at_ms, tag, gtin, signed, counter) VALUES (?, ?, ?, ?, ?, ?)",
        (digest, at_ms, tag, gtin, int(signed), counter),
    )
    for span in SPANS_MS:
        connection.execute(
            """INSERT INTO phone_tap_sums VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                 signed = signed + excluded.signed, unsigned = unsigned + excluded.unsigned""",
            (span, tag or "", at_ms - at_ms % span, int(signed), int(not signed)),
        )
    days.touch(connection, [at_ms])


def count_refused(connection: sqlite3.Connection, *, reason: str, at_ms: int) -> None:
    """Counts a tap that claimed a signature and was not believed."""
    for span in SPANS_MS:
        connection.execute(
            "INSERT INTO refused_tap_sums VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET taps = taps + 1",
            (span, reason, at_ms - at_ms % span),
        )


def visit(connection: sqlite3.Connection, digest: str, now_ms: int) -> Visit | None:
    """The signed tap that this token names, while it lasts."""
    row = connection.execute(
        f"SELECT {_VISIT} FROM visits WHERE digest = ? AND at_ms > ?",  # noqa: S608 - only names of ours
        (digest, now_ms - VISIT_MS),
    ).fetchone()
    return row and _visit(row)


def ever(connection: sqlite3.Connection, digest: str) -> Visit | None:
    """The signed tap that this token names, however long ago."""
    row = connection.execute(f"SELECT {_VISIT} FROM visits WHERE digest = ?", (digest,)).fetchone()  # noqa: S608 - only names of ours
    return row and _visit(row)


def tag_of(connection: sqlite3.Connection, visit_id: int) -> str | None:
    """The tag of a visit, while there is such a visit."""
    row = connection.execute("SELECT tag FROM visits WHERE id = ?", (visit_id,)).fetchone()
    return row[0] if row else None


def claim(connection: sqlite3.Connection, visit_id: int, profile: int) -> bool:
    """Links a visit with a profile, once: whoever asked first keeps it. Whether it was this one."""
    done = connection.execute("UPDATE visits SET profile = ? WHERE id = ? AND profile IS NULL", (profile, visit_id))
    return done.rowcount == 1


def unclaim(connection: sqlite3.Connection, person: int) -> None:
    """Takes a person off their visits; the visits stay, nobody's."""
    connection.execute(f"UPDATE visits SET profile = NULL WHERE profile IN {_MEMBERS}", (person,))  # noqa: S608 - only names of ours


def of_person(connection: sqlite3.Connection, person: int, most: int = 50) -> tuple[Visit, ...]:
    """The visits that a shopper let us remember, the newest first."""
    rows = connection.execute(
        f"SELECT {_VISIT} FROM visits WHERE profile IN {_MEMBERS} ORDER BY at_ms DESC LIMIT ?",  # noqa: S608 - only names of ours
        (person, most),
    )
    return tuple(map(_visit, rows))


def count_of_person(connection: sqlite3.Connection, person: int) -> int:
    """How many visits a shopper let us remember."""
    (count,) = connection.execute(
        f"SELECT count(*) FROM visits WHERE profile IN {_MEMBERS}",  # noqa: S608 - only names of ours
        (person,),
    ).fetchone()
    return int(count)


def between(connection: sqlite3.Connection, from_ms: int, to_ms: int) -> Iterator[Visit]:
    """All visits of a time, in order, without anybody's profile."""
    rows = connection.execute(
        f"SELECT {_VISIT} FROM visits WHERE at_ms >= ? AND at_ms < ? ORDER BY at_ms, id",  # noqa: S608 - only names of ours
        (from_ms, to_ms),
    )
    return map(_visit, rows)


def _visit(row: tuple[int, int, str | None, str, int, int | None]) -> Visit:
    number, at_ms, tag, gtin, signed, counter = row
    return Visit(id=number, at_ms=at_ms, tag=tag, gtin=gtin, signed=bool(signed), counter=counter)
