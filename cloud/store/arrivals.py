"""How well events arrive: counted by node and hour as they come, and each epoch's books as they stood at each hour."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cloud.store.accounts import Account, EpochAccount
from cloud.store.steps import Step
from cloud.store.sums import HOUR_MS
from contract.events import Event

LATE_MS: Final = 5 * 60_000
"""An event that comes so long after what it tells was over is late: pages showed that time without it."""
KEPT_MS: Final = 400 * 86_400_000
"""How long the books of each hour are kept: a year and the month before it."""

STEPS = (
    Step(
        name="arrivals-1",
        statements=(
            # By the hour of the cloud's clock in which they came. `repeated` were here already.
            """CREATE TABLE arrival_sums (
                 node INTEGER NOT NULL REFERENCES nodes (key), at_ms INTEGER NOT NULL,
                 stored INTEGER NOT NULL, late INTEGER NOT NULL, repeated INTEGER NOT NULL,
                 quarantined INTEGER NOT NULL, missing INTEGER NOT NULL,
                 PRIMARY KEY (node, at_ms)
               ) STRICT, WITHOUT ROWID""",
            # All since the epoch began, as the books stood when something came from it last in that hour.
            """CREATE TABLE book_hours (
                 epoch INTEGER NOT NULL REFERENCES epochs (key), at_ms INTEGER NOT NULL,
                 produced INTEGER NOT NULL, stored INTEGER NOT NULL, quarantined INTEGER NOT NULL,
                 pending INTEGER NOT NULL, dropped INTEGER NOT NULL, missing INTEGER NOT NULL,
                 PRIMARY KEY (epoch, at_ms)
               ) STRICT, WITHOUT ROWID""",
            # What was before this was counted by the hour belongs to the hour in which a node spoke last.
            """INSERT INTO book_hours
                 WITH made AS (SELECT epochs.key, said.at_ms, max(produced - dropped, through) + dropped AS produced,
                                 stored, quarantined, missing, pending, dropped, through
                               FROM epochs JOIN epoch_accounts AS said ON said.epoch = epochs.key)
                 SELECT key, at_ms / 3600000 * 3600000, produced, stored, quarantined,
                   max(0, min(pending, produced - dropped - through)), dropped, missing FROM made""",
        ),
    ),
    Step(
        name="arrivals-2",
        # Of those stored: what came in a file, which is never counted as late.
        statements=("ALTER TABLE arrival_sums ADD COLUMN carried INTEGER NOT NULL DEFAULT 0",),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What came of one node's log in one transaction."""

    epoch: int
    received_ms: int
    stored: int
    late: int
    carried: int
    repeated: int
    quarantined: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """What came from one node in one span, by the cloud's clock; of what is stored, some came `late` or in a file."""

    node: str
    stored: int
    late: int
    carried: int
    repeated: int
    quarantined: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The books of one epoch of one node between two moments: `now` less `then`, each of all since it began."""

    node: str
    epoch: str
    begun_ms: int
    then: Account
    now: Account

    @property
    def change(self) -> Account:
        """What was produced in that time, and what became of it; pending and difference may fall."""
        one, other = self.now, self.then
        return Account(
            produced=one.produced - other.produced,
            stored=one.stored - other.stored,
            quarantined=one.quarantined - other.quarantined,
            pending=one.pending - other.pending,
            dropped=one.dropped - other.dropped,
            missing=one.missing - other.missing,
            difference=one.difference - other.difference,
        )


NOTHING: Final = Account(produced=0, stored=0, quarantined=0, pending=0, dropped=0, missing=0, difference=0)


def late(events: Iterable[Event], received_ms: int) -> int:
    """How many of these were over LATE_MS or more before they came. Those that last are over when they end."""
    border = received_ms - LATE_MS
    return sum(event.at <= border and _end(event) <= border for event in events)


def _end(event: Event) -> int:
    """When what an event tells was over: a stay begins long before it can be told of."""
    return event.at + int(getattr(event, "for_ms", 0) or getattr(event, "span_ms", 0))


def count(connection: sqlite3.Connection, arrived: Arrived) -> None:
    """Counts what came."""
    connection.execute(
        """INSERT INTO arrival_sums (node, at_ms, stored, late, carried, repeated, quarantined, missing)
             SELECT node, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM epochs WHERE key = ?1
           ON CONFLICT DO UPDATE SET stored = stored + excluded.stored, late = late + excluded.late,
             carried = carried + excluded.carried, repeated = repeated + excluded.repeated,
             quarantined = quarantined + excluded.quarantined, missing = missing + excluded.missing""",
        (
            arrived.epoch,
            arrived.received_ms // HOUR_MS * HOUR_MS,
            arrived.stored,
            arrived.late,
            arrived.carried,
            arrived.repeated,
            arrived.quarantined,
            arrived.missing,
        ),
    )


def keep_books(connection: sqlite3.Connection, account: EpochAccount, key: int, now_ms: int) -> None:
    """Keeps an epoch's books as those of their hour, in the place of those of earlier in it."""
    hour_ms = now_ms // HOUR_MS * HOUR_MS
    connection.execute(
        "INSERT OR REPLACE INTO book_hours VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            key,
            hour_ms,
            account.produced,
            account.stored,
            account.quarantined,
            account.pending,
            account.said_dropped,
            account.missing,
        ),
    )


def forget_books(connection: sqlite3.Connection, key: int, now_ms: int) -> None:
    """An epoch's books of hours before KEPT_MS go."""
    connection.execute("DELETE FROM book_hours WHERE epoch = ? AND at_ms < ?", (key, now_ms - KEPT_MS))


def between(connection: sqlite3.Connection, from_ms: int, to_ms: int) -> tuple[Arrivals, ...]:
    """What came from each node from `from_ms` to before `to_ms`, in whole hours, by name."""
    rows = connection.execute(
        """SELECT name, sum(stored), sum(late), sum(carried), sum(repeated), sum(quarantined), sum(missing)
           FROM arrival_sums JOIN nodes ON nodes.key = node WHERE at_ms >= ? AND at_ms < ?
           GROUP BY name ORDER BY name""",
        (from_ms, to_ms),
    )
    return tuple(
        Arrivals(
            node=node,
            stored=stored,
            late=late,
            carried=carried,
            repeated=repeated,
            quarantined=quarantined,
            missing=missing,
        )
        for node, stored, late, carried, repeated, quarantined, missing in rows
    )


def books(connection: sqlite3.Connection, from_ms: int, to_ms: int) -> tuple[Books, ...]:
    """The books of every epoch of which something came from `from_ms` to before `to_ms`, by node and age."""
    rows = connection.execute(
        """SELECT name, e.epoch, begun_ms, b.produced, b.stored, b.quarantined, b.pending, b.dropped, b.missing,
             a.produced, a.stored, a.quarantined, a.pending, a.dropped, a.missing
           FROM (SELECT epoch, max(at_ms) AS at_ms FROM book_hours WHERE at_ms >= ?1 AND at_ms < ?2 GROUP BY epoch) AS l
           JOIN book_hours AS b ON b.epoch = l.epoch AND b.at_ms = l.at_ms
           LEFT JOIN book_hours AS a ON a.epoch = l.epoch AND a.at_ms =
             (SELECT max(at_ms) FROM book_hours WHERE epoch = l.epoch AND at_ms < ?1)
           JOIN epochs AS e ON e.key = l.epoch JOIN nodes ON nodes.key = e.node ORDER BY name, e.key""",
        (from_ms, to_ms),
    )
    return tuple(
        Books(
            node=row[0],
            epoch=row[1],
            begun_ms=row[2],
            now=_account(row[3:9]),
            then=NOTHING if row[9] is None else _account(row[9:15]),
        )
        for row in rows
    )


def _account(row: tuple[int, ...]) -> Account:
    produced, stored, quarantined, pending, dropped, missing = row
    return Account(
        produced=produced,
        stored=stored,
        quarantined=quarantined,
        pending=pending,
        dropped=dropped,
        missing=missing,
        difference=produced - stored - quarantined - pending - dropped,
    )
