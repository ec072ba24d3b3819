"""What could not be understood: kept raw with its reason, counted, and read again when the program has learnt."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from cloud.store.steps import Step

CAP_BYTES = 64 * 1024 * 1024
"""Of raw bytes and what each costs beside them; what comes above it is counted, its bytes are not kept."""
_ROW_BYTES = 200
_NEWEST = 2**31

STEPS = (
    Step(
        name="quarantine-1",
        statements=(
            # An event in its place in a log has epoch and sequence; a whole message has neither.
            """CREATE TABLE quarantine (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 received_ms INTEGER NOT NULL,
                 topic TEXT NOT NULL,
                 epoch INTEGER, sequence INTEGER,
                 version INTEGER NOT NULL,
                 reason TEXT NOT NULL,
                 raw BLOB NOT NULL,
                 CHECK ((epoch IS NULL) = (sequence IS NULL))
               ) STRICT""",
            "CREATE UNIQUE INDEX quarantine_by_place ON quarantine (epoch, sequence) WHERE epoch IS NOT NULL",
            # `full_*` came when `kept_bytes` had reached its cap: counted, their bytes not kept.
            """CREATE TABLE quarantine_counts (
                 one INTEGER PRIMARY KEY CHECK (one = 1),
                 messages INTEGER NOT NULL, kept_bytes INTEGER NOT NULL,
                 full_messages INTEGER NOT NULL, full_events INTEGER NOT NULL
               ) STRICT""",
            "INSERT INTO quarantine_counts VALUES (1, 0, 0, 0, 0)",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in which log an event stands: its epoch's key and its sequence."""

    epoch: int
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """Bytes that were not understood, why, and where they came from; a whole message has no place."""

    received_ms: int
    topic: str
    version: int  # of the message that they came in
    reason: str
    raw: bytes
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A misfit in quarantine."""

    id: int
    misfit: Misfit


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Of all time: messages without a place; and of those and of events, how many came when no room was left."""

    messages: int
    kept_bytes: int
    full_messages: int
    full_events: int


def keep(connection: sqlite3.Connection, misfit: Misfit, cap_bytes: int = CAP_BYTES) -> None:
    """Counts a misfit, and keeps it where there is room."""
    size = len(misfit.raw) + len(misfit.reason.encode()) + len(misfit.topic.encode()) + _ROW_BYTES
    roomy = counts(connection).kept_bytes + size <= cap_bytes
    place = misfit.place
    connection.execute(
        "UPDATE quarantine_counts SET messages = messages + ?, kept_bytes = kept_bytes + ?,"
        " full_messages = full_messages + ?, full_events = full_events + ?",
        (place is None, size * roomy, not roomy and place is None, not roomy and place is not None),
    )
    if roomy:
        connection.execute(
            "INSERT INTO quarantine (received_ms, topic, epoch, sequence, version, reason, raw)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                misfit.received_ms,
                misfit.topic,
                place and place.epoch,
                place and place.sequence,
                min(misfit.version, _NEWEST),
                misfit.reason,
                misfit.raw,
            ),
        )


def forget(connection: sqlite3.Connection, kept: Kept) -> None:
    """Takes out what has been understood at last."""
    misfit = kept.misfit
    size = len(misfit.raw) + len(misfit.reason.encode()) + len(misfit.topic.encode()) + _ROW_BYTES
    connection.execute("DELETE FROM quarantine WHERE id = ?", (kept.id,))
    connection.execute(
        "UPDATE quarantine_counts SET kept_bytes = kept_bytes - ?, messages = messages - ?",
        (size, misfit.place is None),
    )


def forget_tag(connection: sqlite3.Connection, tag: str) -> None:
    """Takes a card's name out of what is kept, which stays as long and as readable as it was."""
    name = tag.encode()
    # JSON has no name there then, and blanks up to the next comma: the bytes counted as kept stay right.
    nothing = b"null".ljust(len(name) + 2)
    found = connection.execute("SELECT id, raw FROM quarantine WHERE instr(raw, ?) > 0", (name,)).fetchall()
    connection.executemany(
        "UPDATE quarantine SET raw = ? WHERE id = ?",
        [(raw.replace(b'"%b"' % name, nothing).replace(name, b"0" * len(name)), number) for number, raw in found],
    )


def counts(connection: sqlite3.Connection) -> Counts:
    """The counts of all that was ever quarantined."""
    messages, kept_bytes, full_messages, full_events = connection.execute(
        "SELECT messages, kept_bytes, full_messages, full_events FROM quarantine_counts"
    ).fetchone()
    return Counts(messages=messages, kept_bytes=kept_bytes, full_messages=full_messages, full_events=full_events)


def each(connection: sqlite3.Connection) -> Iterator[Kept]:
    """All that is kept, the oldest first."""
    for number, received_ms, topic, epoch, sequence, version, reason, raw in connection.execute(
        "SELECT id, received_ms, topic, epoch, sequence, version, reason, raw FROM quarantine ORDER BY id"
    ):
        place = None if epoch is None else Place(epoch=epoch, sequence=sequence)
        misfit = Misfit(received_ms=received_ms, topic=topic, version=version, reason=reason, raw=raw, place=place)
        yield Kept(id=number, misfit=misfit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A misfit without its bytes: how many they are, why it was not understood, and where it came from."""

    received_ms: int
    topic: str
    reason: str
    size: int  # bytes
    in_place: bool  # an event in its place of a log; else a whole message


def messages(connection: sqlite3.Connection, from_ms: int, to_ms: int) -> int:
    """How many whole messages of a time are kept; events in their places are counted with their logs."""
    (count,) = connection.execute(
        "SELECT count(*) FROM quarantine WHERE epoch IS NULL AND received_ms >= ? AND received_ms < ?", (from_ms, to_ms)
    ).fetchone()
    return int(count)


def newest(connection: sqlite3.Connection, from_ms: int, to_ms: int, most: int = 50) -> tuple[Listed, ...]:
    """What came in a time and was kept, the newest first; no byte of it is read."""
    rows = connection.execute(
        """SELECT received_ms, topic, reason, length(raw), epoch IS NOT NULL FROM quarantine
           WHERE received_ms >= ? AND received_ms < ? ORDER BY id DESC LIMIT ?""",
        (from_ms, to_ms, most),
    )
    return tuple(
        Listed(received_ms=received, topic=topic, reason=reason, size=size, in_place=bool(placed))
        for received, topic, reason, size, placed in rows
    )
