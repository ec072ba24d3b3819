"""The thread that stores: when it answers, and what it does when the disk does not let it."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cloud.facts import Fact, TapStored
from cloud.ingest.decision import Message
from cloud.ingest.intake import Addressed
from cloud.ingest.mailbox import Delivery, Mailbox
from cloud.ingest.writer import Broken, Writer
from cloud.metrics import Metrics
from cloud.store import quarantine
from cloud.store.accounts import accounts
from cloud.store.connection import Store
from tests.cloud.wire import ID, STORE, batch, message, tap
from tests.programs import eventually


@dataclass(slots=True)
class Ears:
    """An outlet that remembers, and looks into the store at the moment it is told something."""

    store: Store
    receipts: list[tuple[str, int]] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)
    too_early: list[str] = field(default_factory=list)

    def receipt(self, addressed: Addressed) -> bool:
        if self._stored() < addressed.receipt.through:
            self.too_early.append("receipt")
        self.receipts.append((addressed.node, addressed.receipt.through))
        return True

    def acknowledge(self, delivery: Delivery) -> None:
        if not self._stored():
            self.too_early.append("acknowledgement")
        self.acknowledged.append(delivery.packet)

    def _stored(self) -> int:
        with self.store.reading() as connection:
            return connection.execute("SELECT COUNT(*) FROM events").fetchone()[0] or 0


@dataclass(slots=True)
class Bench:
    """A writer in its thread, with a mailbox to fill."""

    store: Store
    mailbox: Mailbox = field(default_factory=lambda: Mailbox(capacity=1_000_000))
    facts: list[Fact] = field(default_factory=list)
    broke: list[Exception] = field(default_factory=list)
    ears: Ears = field(init=False)
    writer: Writer = field(init=False)
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.ears = Ears(self.store)
        self.writer = Writer(
            store=self.store,
            name=STORE,
            mailbox=self.mailbox,
            outlet=self.ears,
            metrics=Metrics(self.store),
            tell=self.tell,
        )
        self.thread = threading.Thread(target=self._run)

    def tell(self, facts: Sequence[Fact]) -> None:
        self.facts += facts

    def put(self, payload: bytes, packet: int) -> None:
        assert self.mailbox.put(Delivery(message=message(payload), packet=packet, qos=1, session=1))

    def _run(self) -> None:
        try:
            self.writer.run()
        except Broken as error:
            self.broke.append(error)

    def stop(self) -> None:
        self.writer.stop()
        self.thread.join(10)
        assert not self.thread.is_alive()


@pytest.fixture(name="bench")
def _bench(tmp_path: Path) -> Iterator[Bench]:
    store = Store(tmp_path, new_store_id=ID)
    bench = Bench(store)
    yield bench
    if bench.thread.ident is not None:
        bench.stop()
    store.close()


def test_nothing_is_acknowledged_or_receipted_before_it_is_stored(bench: Bench) -> None:
    bench.thread.start()
    for number in range(1, 21):
        bench.put(batch([tap(number)], first=number), number)
    eventually(lambda: len(bench.ears.acknowledged) == 20, "twenty acknowledgements")
    assert bench.ears.too_early == []
    assert bench.ears.receipts[-1] == ("n1", 20)
    assert [fact.id for fact in bench.facts if isinstance(fact, TapStored)] == list(range(1, 21))


def test_an_ingest_that_acknowledges_first_is_caught(bench: Bench) -> None:
    """The control of the test above: the same ears hear an answer that comes too early."""
    told = Delivery(message=message(batch([tap(1)])), packet=1, qos=1, session=1)
    bench.ears.acknowledge(told)
    assert bench.ears.too_early == ["acknowledgement"]


def test_what_waits_is_stored_in_one_transaction_with_one_receipt(bench: Bench) -> None:
    for number in range(1, 51):
        bench.put(batch([tap(number)], first=number), number)
    bench.thread.start()
    eventually(lambda: len(bench.ears.acknowledged) == 50, "fifty acknowledgements")
    assert bench.ears.receipts == [("n1", 50)]


def test_poison_does_not_block_what_comes_after(bench: Bench) -> None:
    poison = [b"", b"{", b"\xff", b"[" * 100_000, b'{"v":1}', batch([tap(1)], node="n2"), batch([b'{"kind":"x"}'])]
    for number, payload in enumerate(poison, 1):
        bench.put(payload, number)
    bench.put(batch([tap(2)], first=2), 99)
    bench.thread.start()
    eventually(lambda: 99 in bench.ears.acknowledged, "the last acknowledgement")
    with bench.store.reading() as connection:
        (account,) = accounts(connection)
        assert quarantine.counts(connection).messages == 6
    assert (account.stored, account.quarantined, account.difference) == (1, 1, 0)


def test_a_full_disk_stops_every_answer_until_there_is_room(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    with bench.store.reading() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    writer = bench.store._writer
    writer.execute(f"PRAGMA max_page_count = {pages + 2}")
    bench.thread.start()
    for number in range(40):
        bench.put(batch([tap(1)] * 100, first=1 + 100 * number), number + 1)
    eventually(lambda: bench.writer.stalled_since is not None, "the stall")
    before = len(bench.ears.acknowledged)
    assert before < 40
    with bench.store.atomic():
        writer.execute("PRAGMA max_page_count = 1000000")
    eventually(lambda: len(bench.ears.acknowledged) == 40, "forty acknowledgements")
    assert bench.ears.receipts[-1] == ("n1", 4_000)
    assert bench.writer.stalled_since is None
    assert "cannot be written: database or disk is full" in caplog.text


def test_a_database_kept_by_another_process_is_waited_for(bench: Bench) -> None:
    other = sqlite3.connect(bench.store.path, isolation_level=None, check_same_thread=False)
    bench.store._writer.execute("PRAGMA busy_timeout = 10")
    other.execute("BEGIN IMMEDIATE")
    bench.thread.start()
    bench.put(batch([tap(1)]), 1)
    eventually(lambda: bench.writer.stalled_since is not None, "the stall")
    assert bench.ears.acknowledged == []
    other.execute("ROLLBACK")
    other.close()
    eventually(lambda: bench.ears.acknowledged == [1], "the acknowledgement")


def test_a_damaged_database_breaks_the_writer_and_answers_nothing(tmp_path: Path) -> None:
    Store(tmp_path, new_store_id=ID).close()
    store = Store(tmp_path, new_store_id=ID)
    bench = Bench(store)
    size = store.path.stat().st_size
    with store.path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))
    bench.thread.start()
    bench.put(batch([tap(1)]), 1)
    eventually(lambda: bench.broke, "the break")
    assert "damaged" in str(bench.broke[0])
    assert bench.ears.acknowledged == []
    bench.stop()


def test_an_error_of_our_own_sends_the_batch_to_quarantine_in_its_place(bench: Bench) -> None:
    """The planted error: a table that refuses every crossing's sum."""
    with bench.store.atomic() as connection:
        connection.execute(
            "CREATE TRIGGER planted BEFORE INSERT ON tap_sums WHEN NEW.reader = 'bad'"
            " BEGIN SELECT RAISE(ABORT, 'planted'); END"
        )
    bench.put(batch([tap(1)]), 1)
    bench.put(batch([tap(2, reader="bad")], first=2), 2)
    bench.put(batch([tap(3)], first=3), 3)
    bench.thread.start()
    eventually(lambda: sorted(bench.ears.acknowledged) == [1, 2, 3], "three acknowledgements")
    with bench.store.reading() as connection:
        (account,) = accounts(connection)
        (kept,) = quarantine.each(connection)
    assert (account.stored, account.quarantined, account.through, account.difference) == (2, 1, 3, 0)
    assert kept.misfit.reason == "it could not be stored: IntegrityError"


def test_a_full_mailbox_makes_its_sender_wait() -> None:
    mailbox = Mailbox(capacity=3_000)
    done: list[bool] = []
    one = Delivery(message=Message(topic="t", payload=b"x" * 1_000, received_ms=0), packet=1, qos=1, session=1)

    def fill() -> None:
        done.extend(mailbox.put(one) for _ in range(3))

    thread = threading.Thread(target=fill)
    thread.start()
    eventually(lambda: mailbox._size == 4_000, "the first two")
    assert len(mailbox.take(most_bytes=1, most=9)) == 1
    thread.join(5)
    assert done == [True, True, True]


def test_a_closed_mailbox_takes_and_gives_nothing() -> None:
    mailbox = Mailbox(capacity=1_000)
    one = Delivery(message=Message(topic="t", payload=b"", received_ms=0), packet=1, qos=1, session=1)
    mailbox.put(one)
    mailbox.close()
    assert not mailbox.put(one)
    assert mailbox.take(most_bytes=1, most=1) == []
