"""Events on their way: kept, sent, deleted on a receipt alone, and counted where they could not be kept."""

import logging
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.events import Dropped, Event, Tap
from contract.messages import Arrived, Receipt, Unread, decode_batch, decode_event, encode
from edge.delivery.log import Log
from edge.delivery.outbox import Outbox
from edge.delivery.sending import PATIENCE, PAUSE, STALE
from edge.delivery.uplink import Connected, Disconnected, Received

STORE_ID, EPOCH = "a" * 32, "e" * 32
TAP = Tap(at=5, reader="r", tag=None)


@dataclass
class Link:
    """A connection that remembers what it carried."""

    up: bool = True
    carried: list[Arrived] = field(default_factory=list)
    asked: int = 0
    renewals: int = 0

    def send(self, payload: bytes) -> bool:
        self.asked += 1
        if self.up:
            self.carried.append(decode_batch(payload))
        return self.up

    def renew(self) -> None:
        self.renewals += 1


def make(folder: Path, link: Link, *, max_bytes: int = 10_000_000) -> Outbox:
    log = Log(folder / "log.sqlite", new_epoch=lambda: EPOCH, max_bytes=max_bytes)
    return Outbox(log, store="s", node="n", send=link.send, renew=link.renew, notes=logging.getLogger("test"))


def keep(outbox: Outbox, *events: Event, now: float = 1.0) -> bool:
    return outbox.keep(events, urgent=True, at_ms=5, now=now)


def receipt(through: int, *, store_id: str = STORE_ID) -> Received:
    return Received(payload=encode(Receipt(store_id=store_id, epoch=EPOCH, through=through)))


def test_a_tap_is_kept_before_there_is_a_link_and_sent_when_there_is(tmp_path: Path) -> None:
    link = Link()
    outbox = make(tmp_path, link)
    assert keep(outbox, TAP)
    outbox.push(1.0)
    assert link.carried == []
    outbox.hear(Connected(), 2.0)
    outbox.push(2.0)
    assert link.carried == [Arrived(store="s", node="n", epoch=EPOCH, first=1, oldest=1, events=(TAP,))]


def test_only_a_receipt_empties_the_log(tmp_path: Path) -> None:
    outbox = make(tmp_path, Link())
    outbox.hear(Connected(), 1.0)
    keep(outbox, TAP, TAP)
    outbox.push(1.0)
    assert outbox.pending == 2
    outbox.hear(receipt(1), 1.1)
    assert outbox.pending == 1
    assert outbox.oldest_at() == 5


def test_a_receipt_of_another_store_is_counted_and_deletes_nothing(tmp_path: Path) -> None:
    outbox = make(tmp_path, Link())
    outbox.hear(Connected(), 1.0)
    keep(outbox, TAP, TAP)
    outbox.push(1.0)
    outbox.hear(receipt(1), 1.1)
    outbox.hear(receipt(2, store_id="b" * 32), 1.2)
    outbox.hear(Received(payload=b"rubbish"), 1.3)
    assert (outbox.pending, outbox.refused_receipts) == (1, 2)


def test_without_a_receipt_events_go_again_from_the_first(tmp_path: Path) -> None:
    link = Link()
    outbox = make(tmp_path, link)
    outbox.hear(Connected(), 1.0)
    keep(outbox, TAP)
    outbox.push(1.0)
    outbox.push(1.0 + PATIENCE)
    outbox.push(1.0 + PATIENCE)
    assert [batch.first for batch in link.carried] == [1, 1]


def test_a_lost_link_sends_nothing_and_keeps_everything(tmp_path: Path) -> None:
    link = Link()
    outbox = make(tmp_path, link)
    outbox.hear(Connected(), 1.0)
    outbox.hear(Disconnected(reason="gone"), 2.0)
    keep(outbox, TAP)
    outbox.push(3.0)
    assert (link.carried, outbox.pending, outbox.offline_because) == ([], 1, "gone")


def test_a_batch_that_the_link_refuses_is_sent_later(tmp_path: Path) -> None:
    link = Link(up=False)
    outbox = make(tmp_path, link)
    outbox.hear(Connected(), 1.0)
    keep(outbox, TAP)
    outbox.push(1.0)
    link.up = True
    outbox.push(1.0 + PAUSE)
    assert [batch.first for batch in link.carried] == [1]


def test_a_backlog_goes_in_order_and_bounded_batches(tmp_path: Path) -> None:
    link = Link()
    outbox = make(tmp_path, link)
    for _ in range(30):
        keep(outbox, *[TAP] * 15)
    outbox.hear(Connected(), 2.0)
    outbox.push(2.0)
    assert [(batch.first, len(batch.events)) for batch in link.carried] == [
        (1, 100),
        (101, 100),
        (201, 100),
        (301, 100),
        (401, 50),
    ]


def test_what_finds_no_room_is_counted_and_told_when_there_is_room(tmp_path: Path) -> None:
    outbox = make(tmp_path, Link(), max_bytes=100_000)
    outbox.hear(Connected(), 1.0)
    dropped = 0
    while dropped < 3:
        dropped += 0 if keep(outbox, *[TAP] * 50) else 1
    assert outbox.dropped == 150
    assert outbox.produced == outbox.pending + 150
    outbox.hear(receipt(outbox.pending), 2.0)
    assert keep(outbox, TAP)
    assert outbox.pending == 2  # the tap, and the fact that 150 were dropped
    assert outbox.dropped == 150
    assert "Dropped" in str(last_events(outbox, tmp_path)[0])


@given(sizes=st.lists(st.integers(0, 3_500), min_size=1, max_size=4), pages=st.integers(6, 60))
@settings(max_examples=50, deadline=None)
def test_every_event_is_kept_or_counted_for_any_number_and_any_room(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], pages: int
) -> None:
    folder = tmp_path_factory.mktemp("log")
    outbox = make(folder, Link(), max_bytes=pages * 4096)
    went_well = [keep(outbox, *[TAP] * size) for size in sizes]
    with sqlite3.connect(folder / "log.sqlite") as db:
        bodies = [decode_event(body) for (body,) in db.execute("SELECT body FROM event")]
    db.close()
    taps = bodies.count(TAP)
    assert taps + outbox.dropped == sum(sizes)
    assert outbox.produced == len(bodies) + outbox.dropped  # that some were dropped is a fact of its own
    assert all(went_well) is (outbox.dropped == 0)
    outbox.close()


def test_the_oldest_event_has_its_time_though_only_a_newer_version_knows_its_kind(tmp_path: Path) -> None:
    outbox = make(tmp_path, Link())
    outbox.close()
    log = Log(tmp_path / "log.sqlite", new_epoch=lambda: EPOCH, max_bytes=10_000_000)
    log.append([b"not even JSON", b'{"kind":"smell","at":7,"strength":3}'])
    log.close()
    link = Link()
    again = make(tmp_path, link)
    keep(again, TAP)
    assert again.oldest_at() == 7
    again.hear(Connected(), 1.0)
    again.hear(receipt(1), 1.0)
    again.push(1.0)
    assert [type(event) for event in link.carried[0].events] == [Unread, Tap]  # the cloud may know it


def test_a_row_whose_time_is_lost_makes_the_log_no_fifty_years_old(tmp_path: Path) -> None:
    outbox = make(tmp_path, Link())
    keep(outbox, TAP, TAP)
    outbox.close()
    with sqlite3.connect(tmp_path / "log.sqlite") as db:
        db.execute("UPDATE event SET crc = crc + 1 WHERE sequence = 1")
    db.close()
    assert make(tmp_path, Link()).oldest_at() == 5


def last_events(outbox: Outbox, folder: Path) -> list[Event | object]:
    link = Link()
    outbox.close()
    again = make(folder, link)
    again.hear(Connected(), 3.0)
    again.push(3.0)
    assert again.dropped == 150
    assert isinstance(link.carried[0].events[0], Dropped)
    return list(link.carried[0].events)


def test_a_row_that_the_disk_has_damaged_is_told_as_one_dropped_event_in_its_place(tmp_path: Path) -> None:
    outbox = make(tmp_path, Link())
    keep(outbox, TAP, TAP)
    outbox.close()
    with sqlite3.connect(tmp_path / "log.sqlite") as db:
        db.execute("UPDATE event SET crc = crc + 1 WHERE sequence = 1")
    db.close()
    link = Link()
    again = make(tmp_path, link)
    again.hear(Connected(), 1.0)
    again.push(1.0)
    assert [type(event) for event in link.carried[0].events] == [Dropped, Tap]


def test_a_link_that_does_not_take_a_batch_is_left_alone_for_a_while(tmp_path: Path) -> None:
    link = Link(up=False)
    outbox = make(tmp_path, link)
    outbox.hear(Connected(), 1.0)
    keep(outbox, TAP)
    now, looks = 1.0, 0
    while now < 11.0:  # as the loop does: it looks again when it is told to, a millisecond later at the soonest
        now += max(outbox.push(now), 0.001)
        looks += 1
    assert link.asked <= 10.0 / PAUSE + 1
    assert looks <= 2 * link.asked + 2

    link.up = True
    outbox.push(now)
    assert [batch.events for batch in link.carried] == [(TAP,)]


def test_a_link_that_takes_batches_and_never_answers_is_made_anew_now_and_then(tmp_path: Path) -> None:
    link = Link()
    outbox = make(tmp_path, link)
    outbox.hear(Connected(), 0.0)
    keep(outbox, TAP, now=0.0)
    for second in range(int(2.5 * STALE)):
        outbox.push(float(second))
    assert link.renewals == 2

    outbox.hear(receipt(1), 2.5 * STALE)
    for second in range(int(2.5 * STALE), int(5 * STALE)):
        outbox.push(float(second))
    assert link.renewals == 2
