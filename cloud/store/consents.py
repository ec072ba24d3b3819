"""The ledger of consents: written by the acting profile, read by its person, and each line proven by a log."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from cloud.shop import consent, wording
from cloud.shop.consent import Entry, Purpose
from cloud.store import logs, shoppers
from cloud.store.logs import NONCE_BYTES, Log, Opening
from cloud.store.owned import Owned
from cloud.store.steps import Step

STEPS = (
    Step(
        name="consents-1",  # the table itself is of `shoppers-1`
        statements=(
            "ALTER TABLE consents ADD COLUMN refusal INTEGER NOT NULL DEFAULT 0",
            # Which entry of the log proves a line, and the nonce that opens it: erased with the line.
            """CREATE TABLE consent_leaves (
                 consent INTEGER PRIMARY KEY REFERENCES consents (id) ON DELETE CASCADE,
                 leaf INTEGER NOT NULL UNIQUE, nonce BLOB NOT NULL
               ) STRICT""",
            """CREATE TRIGGER consent_leaves_are_never_changed BEFORE UPDATE ON consent_leaves
               BEGIN SELECT RAISE (ABORT, 'the ledger of consents is append-only'); END""",
            """CREATE TRIGGER consent_leaves_go_only_with_their_line BEFORE DELETE ON consent_leaves
               WHEN EXISTS (SELECT 1 FROM consents WHERE id = OLD.consent)
               BEGIN SELECT RAISE (ABORT, 'the ledger of consents is append-only'); END""",
        ),
    ),
)

OWNED = (
    Owned(
        table="consents",
        key="id",
        columns=("purpose", "given", "text_version", "language", "at_ms", "proof", "refusal"),
        words="You said this with a switch or a button of ours. We keep it as the proof of what you chose.",
        at="at_ms",
    ),
)


COLUMNS: Final = (
    "c.id, c.profile, p.person, c.purpose, c.given, c.text_version, c.language, c.at_ms, c.proof, c.refusal"
)
TABLES: Final = "consents AS c JOIN profiles AS p ON p.id = c.profile"
"""What a `Line` is made of, for a question of one's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the ledger, and whose it is."""

    id: int
    profile: int
    person: int
    entry: Entry


def write(connection: sqlite3.Connection, profile_id: int, entry: Entry, *, nonce: bytes) -> int:
    """One more line of the ledger, and its entry in the log; returns the line's number.

    `nonce` is 32 random bytes.
    """
    done = connection.execute(
        """INSERT INTO consents (profile, purpose, given, text_version, language, at_ms, proof, refusal)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            profile_id,
            entry.purpose,
            int(entry.given),
            entry.text_version,
            entry.language,
            entry.at_ms,
            entry.proof,
            int(entry.refusal),
        ),
    )
    number = int(done.lastrowid or 0)
    _prove(connection, number, content(profile_id, entry), nonce)
    return number


def ledger(connection: sqlite3.Connection, person: int) -> tuple[Entry, ...]:
    """A person's lines in order; what was said once for each joined phone is one line."""
    return tuple(dict.fromkeys(each.entry for each in _lines(connection, "p.person = ?", person)))


def lines(connection: sqlite3.Connection, person: int) -> tuple[Line, ...]:
    """A person's rows in order, each phone's."""
    return tuple(_lines(connection, "p.person = ?", person))


def by_profile(connection: sqlite3.Connection, person: int) -> dict[int, tuple[Entry, ...]]:
    """The lines of each of a person's profiles, in order; of one that never said anything, none."""
    found: dict[int, list[Entry]] = {profile.id: [] for profile in shoppers.members(connection, person)}
    for each in _lines(connection, "p.person = ?", person):
        found[each.profile].append(each.entry)
    return {profile: tuple(lines) for profile, lines in found.items()}


def standing(connection: sqlite3.Connection, person: int) -> frozenset[Purpose]:
    """What the person agrees to now: of joined phones, what stands on each of them."""
    each = [consent.standing(lines) for lines in by_profile(connection, person).values()]
    return frozenset.intersection(*each) if each else frozenset()


def suppressed(connection: sqlite3.Connection, person: int) -> bool:
    """Whether the person refused all advertising, on whichever phone, and has asked for none since."""
    return any(consent.suppressed(lines) for lines in by_profile(connection, person).values())


def adopt(connection: sqlite3.Connection, random: Callable[[int], bytes]) -> int:
    """Gives each line without one its entry in the log: lines of before the log, or imported; returns how many."""
    lines = list(_lines(connection, "c.id NOT IN (SELECT consent FROM consent_leaves)"))
    for each in lines:
        _prove(connection, each.id, content(each.profile, each.entry), random(NONCE_BYTES))
    return len(lines)


def openings(connection: sqlite3.Connection) -> Iterator[Opening]:
    """What opens the log's entries, in order, of all lines that are not erased."""
    return _openings(connection, "TRUE")


def opening(connection: sqlite3.Connection, person: int, number: int) -> Opening | None:
    """What opens the entry of one line of a person's; None where it is another's or has none yet."""
    return next(_openings(connection, "c.id = ? AND p.person = ?", number, person), None)


def _openings(connection: sqlite3.Connection, where: str, *values: int) -> Iterator[Opening]:
    rows = connection.execute(
        f"""SELECT l.leaf, l.nonce, {COLUMNS} FROM {TABLES} JOIN consent_leaves AS l ON l.consent = c.id
            WHERE {where} ORDER BY l.leaf""",  # noqa: S608 - only names of ours
        values,
    )
    for leaf, nonce, *row in rows:
        found = line(tuple(row))
        yield Opening(number=leaf, nonce=bytes(nonce), content=content(found.profile, found.entry))


def line(row: tuple[int, int, int, str, int, str, str, int, str, int]) -> Line:
    """A row of `COLUMNS`."""
    number, profile, person, purpose, given, version, language, at_ms, proof, refusal = row
    entry = Entry(
        purpose=Purpose(purpose),
        given=bool(given),
        text_version=version,
        language=language,
        at_ms=at_ms,
        proof=proof,
        refusal=bool(refusal),
    )
    return Line(id=number, profile=profile, person=person, entry=entry)


class _Content(msgspec.Struct, frozen=True):
    """A line as the log holds it; the order of the fields is the order of the bytes."""

    profile: int
    purpose: str
    given: bool
    text: str
    words: str  # the SHA-256 of the very words: whoever edits them later is named by the log
    language: str
    at: int
    proof: str
    refusal: bool


def content(profile_id: int, entry: Entry) -> bytes:
    """A line as the bytes that its entry is made of: compact JSON, fields in a fixed order."""
    return msgspec.json.encode(
        _Content(
            profile=profile_id,
            purpose=entry.purpose,
            given=entry.given,
            text=entry.text_version,
            words=wording.fingerprint(entry.purpose, entry.language, entry.text_version),
            language=entry.language,
            at=entry.at_ms,
            proof=entry.proof,
            refusal=entry.refusal,
        )
    )


def _prove(connection: sqlite3.Connection, number: int, body: bytes, nonce: bytes) -> None:
    leaf = logs.append(connection, Log.CONSENT, body, nonce)
    connection.execute("INSERT INTO consent_leaves VALUES (?, ?, ?)", (number, leaf, nonce))


def _lines(connection: sqlite3.Connection, where: str, *values: int) -> Iterator[Line]:
    return map(line, connection.execute(f"SELECT {COLUMNS} FROM {TABLES} WHERE {where} ORDER BY c.id", values))  # noqa: S608 - only names of ours
