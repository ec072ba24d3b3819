"""What each node says it has produced, beside what is stored here of it."""

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from cloud.store.steps import Step
from cloud.store.sums import MINUTE_MS
from contract.messages import Health, encode

KEPT_MS = 7 * 86_400_000
"""How long the health of each minute is kept: a week shows a weekly rhythm."""

STEPS = (
    Step(
        name="accounts-1",
        statements=(
            """CREATE TABLE node_health (
                 node INTEGER PRIMARY KEY REFERENCES nodes (key),
                 at_ms INTEGER NOT NULL, received_ms INTEGER NOT NULL, body TEXT NOT NULL
               ) STRICT""",
            # The last of each minute (of the cloud's clock: a node's may be wrong), for `KEPT_MS`.
            """CREATE TABLE health_minutes (
                 node INTEGER NOT NULL, minute_ms INTEGER NOT NULL, body TEXT NOT NULL,
                 PRIMARY KEY (node, minute_ms)
               ) STRICT, WITHOUT ROWID""",
            """CREATE TABLE epoch_accounts (
                 epoch INTEGER PRIMARY KEY REFERENCES epochs (key),
                 at_ms INTEGER NOT NULL,
                 produced INTEGER NOT NULL, pending INTEGER NOT NULL, dropped INTEGER NOT NULL
               ) STRICT""",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochAccount:
    """One epoch of one node's log: what the node said at `health_ms` (None: nothing yet), beside what is here.

    `said_*` are the node's words; `produced`, `pending` and `difference` join them with what is here now, so that
    *produced = stored + quarantined + pending + dropped + difference*. A difference is what nobody can account for:
    0 in health. It holds what is `missing` (the node itself no longer has it), what the node deleted without having
    it stored here, and any error of our own books.
    """

    node: str
    epoch: str
    begun_ms: int
    through: int
    stored: int
    quarantined: int
    missing: int
    health_ms: int | None
    said_produced: int
    said_pending: int
    said_dropped: int

    @property
    def produced(self) -> int:
        """All that ever was: what the node said, or more where events came after its words."""
        return max(self.said_produced - self.said_dropped, self.through) + self.said_dropped

    @property
    def pending(self) -> int:
        """What the node still holds for us: no more than it said, none of what has come since."""
        return max(0, min(self.said_pending, self.produced - self.said_dropped - self.through))

    @property
    def difference(self) -> int:
        """What is not accounted for; see the class."""
        return self.produced - self.stored - self.quarantined - self.pending - self.said_dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """*produced = stored + quarantined + pending + dropped + difference*; a difference of 0 is a node in good order.

    `missing` is the part of the difference that the node itself says it no longer has.
    """

    produced: int
    stored: int
    quarantined: int
    pending: int
    dropped: int
    missing: int
    difference: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestHealth:
    """A node's last account of itself, as the JSON that it sent."""

    node: str
    at_ms: int  # by the node's clock
    received_ms: int  # by the cloud's clock
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A node's account of itself, and when it came by the cloud's clock."""

    health: Health
    received_ms: int


def record(connection: sqlite3.Connection, node: int, epoch: int, said: Said) -> None:
    """Keeps a node's health as its latest, as that of its minute, and as its account of its epoch.

    Older words than those that are here change nothing.
    """
    health, now_ms = said.health, said.received_ms
    body = encode(health).decode()
    newer = "SELECT 1 FROM node_health WHERE node = ? AND received_ms > ?"
    if connection.execute(newer, (node, now_ms)).fetchone():
        return
    minute_ms = now_ms // MINUTE_MS * MINUTE_MS
    connection.execute("INSERT OR REPLACE INTO node_health VALUES (?, ?, ?, ?)", (node, health.at, now_ms, body))
    connection.execute("INSERT OR REPLACE INTO health_minutes VALUES (?, ?, ?)", (node, minute_ms, body))
    connection.execute("DELETE FROM health_minutes WHERE node = ? AND minute_ms < ?", (node, minute_ms - KEPT_MS))
    connection.execute(
        "INSERT OR REPLACE INTO epoch_accounts VALUES (?, ?, ?, ?, ?)",
        (epoch, health.at, health.produced, health.pending, health.dropped),
    )


_ACCOUNTS = """SELECT name, epochs.epoch, begun_ms, through, stored, quarantined, missing, said.at_ms,
                      IFNULL(produced, 0), IFNULL(pending, 0), IFNULL(dropped, 0)
               FROM epochs JOIN nodes ON nodes.key = epochs.node
                 LEFT JOIN epoch_accounts AS said ON said.epoch = epochs.key"""


def accounts(connection: sqlite3.Connection) -> list[EpochAccount]:
    """The account of every epoch, by node and age."""
    return _accounts(connection.execute(f"{_ACCOUNTS} ORDER BY name, epochs.key"))


def account(connection: sqlite3.Connection, epoch: int) -> EpochAccount:
    """The account of one epoch, by its key. Raises IndexError where there is none."""
    return _accounts(connection.execute(f"{_ACCOUNTS} WHERE epochs.key = ?", (epoch,)))[0]


def _accounts(found: sqlite3.Cursor) -> list[EpochAccount]:
    return [
        EpochAccount(
            node=node,
            epoch=epoch,
            begun_ms=begun_ms,
            through=through,
            stored=stored,
            quarantined=quarantined,
            missing=missing,
            health_ms=health_ms,
            said_produced=produced,
            said_pending=pending,
            said_dropped=dropped,
        )
        for node, epoch, begun_ms, through, stored, quarantined, missing, health_ms, produced, pending, dropped in found
    ]


def by_node(epochs: Iterable[EpochAccount]) -> dict[str, list[EpochAccount]]:
    """The accounts of each node's epochs, in their order."""
    found: dict[str, list[EpochAccount]] = {}
    for epoch in epochs:
        found.setdefault(epoch.node, []).append(epoch)
    return found


def total(epochs: Collection[EpochAccount]) -> Account:
    """The sum of the books of some epochs, such as all those of a node."""
    return Account(
        produced=sum(epoch.produced for epoch in epochs),
        stored=sum(epoch.stored for epoch in epochs),
        quarantined=sum(epoch.quarantined for epoch in epochs),
        pending=sum(epoch.pending for epoch in epochs),
        dropped=sum(epoch.said_dropped for epoch in epochs),
        missing=sum(epoch.missing for epoch in epochs),
        difference=sum(epoch.difference for epoch in epochs),
    )


def latest(connection: sqlite3.Connection) -> list[LatestHealth]:
    """Every node's last account of itself, by name."""
    found = connection.execute(
        "SELECT name, at_ms, received_ms, body FROM node_health JOIN nodes ON nodes.key = node ORDER BY name"
    )
    return [
        LatestHealth(node=node, at_ms=at_ms, received_ms=received_ms, body=body)
        for node, at_ms, received_ms, body in found
    ]
