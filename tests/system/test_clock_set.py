"""A node whose clock is set while a batch is on its way: the cloud has each event once, whatever its time says."""

import logging
from pathlib import Path

import pytest

from cloud.ingest.decision import Message, read
from cloud.ingest.intake import Stored, store_readings
from cloud.store.connection import Store
from contract.events import Crossing, Direction, Event, Occupancy
from contract.messages import encode
from contract.topics import Channel, topic
from edge.delivery.dating import Reading
from edge.delivery.log import Log
from edge.delivery.outbox import Outbox
from edge.delivery.uplink import Connected, Received

NIGHT_MS, STEP_MS = 1_790_000_000_000 // 3_600_000 * 3_600_000, 11 * 3_600_000
MORNING_MS = NIGHT_MS + STEP_MS


class Wire:
    """A link to a real store's ingest, of which batches and receipts can get lost."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.loses_batches = self.loses_receipts = False
        self.receipts: list[Received] = []
        self.taken: list[Stored] = []

    def send(self, payload: bytes) -> bool:
        if not self.loses_batches:
            message = Message(topic=topic("s", "n", Channel.EVENTS), payload=payload, received_ms=MORNING_MS)
            stored = store_readings(self.store, [read(message, "s")])
            self.taken.append(stored)
            self.receipts += [Received(payload=encode(each.receipt)) for each in stored.receipts]
        return True

    def deliver(self, outbox: Outbox, now: float) -> None:
        receipts, self.receipts = self.receipts, []
        for receipt in receipts:
            if not self.loses_receipts:
                outbox.hear(receipt, now)


def minute(at: int) -> list[Event]:
    whole = Occupancy(at=at, zone="tea", span_ms=60_000, covered_ms=60_000, person_ms=9_000, peak=2)
    return [Crossing(at=at + 5_000, line="door", direction=Direction.IN), whole]


def node(folder: Path, wire: Wire) -> Outbox:
    log = Log(folder / "log.sqlite", new_epoch=lambda: "e" * 32, max_bytes=10_000_000)
    return Outbox(log, store="s", node="n", send=wire.send, renew=lambda: None, notes=logging.getLogger("test"))


def keep(outbox: Outbox, at_ms: int, now: float) -> None:
    outbox.keep(minute(at_ms), urgent=True, at_ms=at_ms, now=now)
    outbox.push(now)


def counted(store: Store) -> dict[int, tuple[int, int]]:
    """By the hour: who came in, and the time that was seen."""
    sums = (
        "SELECT at_ms, went_in FROM crossing_sums WHERE span_ms = 3600000",
        "SELECT at_ms, covered_ms FROM occupancy_sums WHERE span_ms = 3600000",
    )
    with store.reading() as connection:
        came, seen = (dict(connection.execute(each).fetchall()) for each in sums)
    return {at: (came.get(at, 0), seen.get(at, 0)) for at in came.keys() | seen.keys()}


@pytest.mark.parametrize(("lost", "night", "repeated"), [("batches", 0, 0), ("receipts", 1, 2)])
def test_a_batch_that_goes_again_with_the_right_time_counts_once(
    tmp_path: Path, lost: str, night: int, repeated: int
) -> None:
    """A node that started anew does not know what it sent: what arrived stays, what did not arrive gets its time."""
    (tmp_path / "cloud").mkdir()
    store = Store(tmp_path / "cloud", new_store_id="a" * 32)
    wire = Wire(store)
    wire.loses_batches, wire.loses_receipts = lost == "batches", lost == "receipts"
    before = node(tmp_path, wire)
    before.date(Reading(boot="b", ahead_ms=NIGHT_MS))
    before.hear(Connected(), 1.0)
    keep(before, NIGHT_MS, 1.0)
    wire.deliver(before, 1.0)
    before.close()

    wire.loses_batches = wire.loses_receipts = False
    after = node(tmp_path, wire)
    after.date(Reading(boot="b", ahead_ms=MORNING_MS))
    after.hear(Connected(), 2.0)
    keep(after, MORNING_MS + 60_000, 2.0)
    wire.deliver(after, 2.0)

    whole = {NIGHT_MS: (night, night * 60_000), MORNING_MS: (2 - night, (2 - night) * 60_000)}
    assert counted(store) == {at: figures for at, figures in whole.items() if figures != (0, 0)}
    assert sum(each.repeated for each in wire.taken) == repeated
    assert sum(each.events for each in wire.taken) == after.produced == 4
    assert after.pending == 0
    after.close()
    store.close()
