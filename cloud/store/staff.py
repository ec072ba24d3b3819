"""The staff: their badges, by pseudonym alone, who is at work, and what the figures leave out because of them."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cloud.manage.insight import MINUTE_MS, Flow, Window
from cloud.shop.pairing import AHEAD_MS, LATE_MS
from cloud.store.steps import Step
from contract.orders import MOST_BADGES

AGAIN_MS: Final = 60_000
"""A badge that comes again so soon is the same act: nobody begins and ends work within a minute."""
LONGEST_MS: Final = 14 * 60 * MINUTE_MS
"""After which a shift whose end nobody told of is over: a forgotten badge must not lower a count for days."""

STEPS = (
    Step(
        name="staff-1",
        statements=(
            # `label`: what is written on the badge, "A3"; a person's name is not asked for.
            """CREATE TABLE staff_badges (
                 tag TEXT PRIMARY KEY, label TEXT NOT NULL, added_ms INTEGER NOT NULL, account TEXT NOT NULL
               ) STRICT, WITHOUT ROWID""",
            # The one reader at which the next tap makes a badge, and until when.
            """CREATE TABLE staff_enrolment (
                 one INTEGER PRIMARY KEY CHECK (one = 1), reader TEXT NOT NULL, label TEXT NOT NULL,
                 account TEXT NOT NULL, from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, after_tap INTEGER NOT NULL,
                 outcome TEXT NOT NULL DEFAULT ''
               ) STRICT""",
            # What the figures leave out, by the minute and the hour as all sums are.
            """CREATE TABLE staff_crossing_sums (
                 span_ms INTEGER NOT NULL, line TEXT NOT NULL, at_ms INTEGER NOT NULL,
                 went_in INTEGER NOT NULL, went_out INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, line, at_ms)
               ) STRICT, WITHOUT ROWID""",
            # `marked` became known as staff; `told`: crossings that had been counted as shoppers' before that.
            """CREATE TABLE staff_sums (
                 span_ms INTEGER NOT NULL, camera TEXT NOT NULL, at_ms INTEGER NOT NULL,
                 person_ms INTEGER NOT NULL, marked INTEGER NOT NULL, told INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, camera, at_ms)
               ) STRICT, WITHOUT ROWID""",
            # `taps` of badges; at `clear` of them one person stood, at `unclear` nobody or several, who stay shoppers.
            """CREATE TABLE badge_sums (
                 span_ms INTEGER NOT NULL, reader TEXT NOT NULL, at_ms INTEGER NOT NULL,
                 taps INTEGER NOT NULL, clear INTEGER NOT NULL, unclear INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, reader, at_ms)
               ) STRICT, WITHOUT ROWID""",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """One badge; `at_work` by its taps: since when its shift goes on, None while it does not."""

    tag: str
    label: str
    added_ms: int
    at_work: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """The registration that is open, or was last: `outcome` is empty until a tap came."""

    reader: str
    label: str
    from_ms: int
    until_ms: int
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What the figures of a time leave out. `told` crossings were counted before their people were known as staff."""

    person_ms: int
    crossings: int
    marked: int
    told: int
    badges: int  # taps
    unclear: int  # of them those at which nobody, or more than one, stood


def badges(connection: sqlite3.Connection, now_ms: int) -> tuple[Badge, ...]:
    """The store's badges by their labels, and which of them are at work."""
    rows = connection.execute("SELECT tag, label, added_ms FROM staff_badges ORDER BY label, tag").fetchall()
    return tuple(
        Badge(tag=tag, label=label, added_ms=added, at_work=_at_work(connection, tag, added, now_ms))
        for tag, label, added in rows
    )


def is_badge(connection: sqlite3.Connection, tag: str) -> bool:
    """Whether this tag is a badge of the store's staff, and no shopper's."""
    return connection.execute("SELECT 1 FROM staff_badges WHERE tag = ?", (tag,)).fetchone() is not None


def tags(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The pseudonyms of all badges, in order: what a node has to know."""
    return tuple(tag for (tag,) in connection.execute("SELECT tag FROM staff_badges ORDER BY tag"))


def remove(connection: sqlite3.Connection, tag: str) -> bool:
    """The badge is nobody's any more; whether there was one."""
    return bool(connection.execute("DELETE FROM staff_badges WHERE tag = ?", (tag,)).rowcount)


def at_work(connection: sqlite3.Connection, now_ms: int) -> int:
    """How many of the staff are at work now, by their badges."""
    return sum(badge.at_work is not None for badge in badges(connection, now_ms))


def open_enrolment(
    connection: sqlite3.Connection, *, reader: str, label: str, account: str, now_ms: int, until_ms: int
) -> None:
    """The next tap at this reader makes a badge; what was open before is not any more."""
    connection.execute(
        "INSERT OR REPLACE INTO staff_enrolment (one, reader, label, account, from_ms, until_ms, after_tap) "
        "VALUES (1, ?, ?, ?, ?, ?, (SELECT coalesce(max(id), 0) FROM taps))",
        (reader, label, account, now_ms, until_ms),
    )


def enrolment(connection: sqlite3.Connection) -> Enrolment | None:
    """The registration that was opened last."""
    row = connection.execute("SELECT reader, label, from_ms, until_ms, outcome FROM staff_enrolment").fetchone()
    return row and Enrolment(reader=row[0], label=row[1], from_ms=row[2], until_ms=row[3], outcome=row[4])


def enrol(connection: sqlite3.Connection, now_ms: int) -> str:
    """Makes a badge of the first tag that came to the open reader; the outcome, or nothing while none has come.

    What waited on its node is passed over: it touched the reader before anybody was asked to.

    `added`; `anonymous`: a phone, whose name is new at each tap; `shopper`: it is a shopper's card, and stays theirs;
    `known`: it is a badge already; `full`: there are as many as a node can hold.
    """
    row = connection.execute(
        "SELECT reader, label, account, from_ms, after_tap FROM staff_enrolment WHERE outcome = '' AND until_ms >= ?",
        (now_ms,),
    ).fetchone()
    if row is None:
        return ""
    reader, label, account, from_ms, after = row
    tap = connection.execute(
        """SELECT t.tag FROM taps AS t JOIN events AS e ON e.epoch = t.epoch AND e.sequence = t.sequence
           WHERE t.id > ? AND t.reader = ? AND t.at_ms >= ? AND e.received_ms >= ?
             AND e.received_ms - t.at_ms BETWEEN ? AND ? ORDER BY t.id LIMIT 1""",
        (after, reader, from_ms, from_ms, -AHEAD_MS, LATE_MS),
    ).fetchone()
    if tap is None:
        return ""
    outcome = _judged(connection, tap[0])
    if outcome == "added":
        connection.execute("INSERT INTO staff_badges VALUES (?, ?, ?, ?)", (tap[0], label, now_ms, account))
    connection.execute("UPDATE staff_enrolment SET outcome = ?", (outcome,))
    return outcome


def awaited(connection: sqlite3.Connection, reader: str, at_ms: int) -> bool:
    """Whether a tap at this reader at that time is to make a badge, so that it means nothing to a shopper."""
    row = connection.execute(
        "SELECT 1 FROM staff_enrolment WHERE reader = ? AND from_ms <= ? AND until_ms >= ?", (reader, at_ms, at_ms)
    ).fetchone()
    return row is not None


def flows(connection: sqlite3.Connection, lines: Sequence[str], window: Window) -> tuple[Flow, ...]:
    """The crossings of staff over these lines, minute by minute: in no figure, but the people inside are theirs too."""
    rows = connection.execute(
        "SELECT at_ms / 60000, sum(went_in), sum(went_out) FROM staff_crossing_sums WHERE span_ms = 60000 "
        "AND line IN (SELECT value FROM json_each(?)) AND at_ms >= ? AND at_ms < ? GROUP BY at_ms ORDER BY at_ms",
        (json.dumps(lines), window.first * MINUTE_MS, window.end * MINUTE_MS),
    )
    return tuple(Flow(minute=minute, entered=entered, left=left) for minute, entered, left in rows)


def left_out(connection: sqlite3.Connection, window: Window) -> LeftOut:
    """What the figures of a window leave out for staff."""
    span = (window.first * MINUTE_MS, window.end * MINUTE_MS)
    person_ms, marked, told = connection.execute(
        "SELECT coalesce(sum(person_ms), 0), coalesce(sum(marked), 0), coalesce(sum(told), 0) FROM staff_sums "
        "WHERE span_ms = 60000 AND at_ms >= ? AND at_ms < ?",
        span,
    ).fetchone()
    (crossings,) = connection.execute(
        "SELECT coalesce(sum(went_in + went_out), 0) FROM staff_crossing_sums "
        "WHERE span_ms = 60000 AND at_ms >= ? AND at_ms < ?",
        span,
    ).fetchone()
    taps, unclear = connection.execute(
        "SELECT coalesce(sum(taps), 0), coalesce(sum(unclear), 0) FROM badge_sums "
        "WHERE span_ms = 60000 AND at_ms >= ? AND at_ms < ?",
        span,
    ).fetchone()
    return LeftOut(person_ms=person_ms, crossings=crossings, marked=marked, told=told, badges=taps, unclear=unclear)


def _judged(connection: sqlite3.Connection, tag: str | None) -> str:
    if tag is None:
        return "anonymous"
    if is_badge(connection, tag):
        return "known"
    if connection.execute("SELECT 1 FROM cards WHERE tag = ?", (tag,)).fetchone():
        return "shopper"
    (count,) = connection.execute("SELECT count(*) FROM staff_badges").fetchone()
    return "full" if count >= MOST_BADGES else "added"


def _at_work(connection: sqlite3.Connection, tag: str, added_ms: int, now_ms: int) -> int | None:
    """Since when: a badge's first tap begins its shift, the next ends it. The tap that made it a badge is none."""
    began: int | None = None
    last = added_ms
    for (at_ms,) in connection.execute(
        "SELECT at_ms FROM taps WHERE tag = ? AND at_ms > ? AND at_ms <= ? ORDER BY at_ms, id",
        (tag, max(added_ms, now_ms - 2 * LONGEST_MS), now_ms),
    ):
        if at_ms - last < AGAIN_MS:
            continue
        last = at_ms
        over = began is None or at_ms - began > LONGEST_MS
        began = at_ms if over else None
    return began if began is not None and now_ms - began <= LONGEST_MS else None
