"""A damaged log stops no node: what can be read arrives once, the rest is counted, and a sound log is left alone."""

import contextlib
import itertools
import logging
import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.ingest.decision import Message, read
from cloud.ingest.intake import store_readings
from cloud.store import accounts
from cloud.store.connection import Store
from contract.events import Dropped, Event, Tap
from contract.messages import decode_batch, encode, encode_event
from edge.delivery.dating import Reading
from edge.delivery.log import PAGE, Log, LogFull
from edge.delivery.logs import Logs, Opened
from edge.delivery.outbox import Outbox
from edge.delivery.uplink import Connected, Received
from edge.facts import Clock
from edge.health import Health

NOW_MS = 1_790_000_000_000
MANY = 2_000
OLD = f"{1:032x}"
"""The epoch of the first log."""


def tap(number: int) -> Tap:
    return Tap(at=NOW_MS + number, reader="r", tag=f"{number:032x}")


@dataclass
class Disk:
    """A node's folder, and the epochs that its logs are given: `0…01`, `0…02` and so on."""

    folder: Path
    epochs: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    now_ms: int = NOW_MS

    @property
    def log(self) -> Path:
        return self.folder / "log.sqlite"

    def logs(self, *, max_bytes: int = 10_000_000) -> Logs:
        return Logs(
            path=self.log,
            new_epoch=lambda: f"{next(self.epochs):032x}",
            max_bytes=max_bytes,
            now_ms=lambda: self.now_ms,
            notes=logging.getLogger("test"),
        )

    def open(self) -> Opened:
        return self.logs().open()

    def fill(self, numbers: Sequence[int]) -> None:
        with opened(self) as found:
            found.log.append([encode_event(tap(number)) for number in numbers])

    def pages(self, holding: bytes) -> list[int]:
        """The pages of the log that hold these bytes."""
        data = self.log.read_bytes()
        return [start for start in range(0, len(data), PAGE) if holding in data[start : start + PAGE]]

    def spoil(self, page: int, size: int = PAGE) -> None:
        with self.log.open("r+b") as file:
            file.seek(page)
            file.write(random.Random(page).randbytes(size))

    def spoil_in_the_middle(self) -> None:
        self.spoil(self.pages(f"{MANY // 2:032x}".encode())[0])

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@contextmanager
def opened(disk: Disk) -> Iterator[Opened]:
    found = disk.open()
    try:
        yield found
    finally:
        for log in (found.log, *found.earlier):
            log.close()


@dataclass
class Cloud:
    """The cloud itself behind a link, and what came to it."""

    folder: Path
    told: dict[tuple[str, int], Event] = field(default_factory=dict)
    receipts: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.store = Store(self.folder, new_store_id="0" * 32)

    def send(self, payload: bytes) -> bool:
        batch = decode_batch(payload)
        for sequence, event in enumerate(batch.events, batch.first):
            assert isinstance(event, Event)
            assert self.told.setdefault((batch.epoch, sequence), event) == event
        self.hear("events", payload)
        return True

    def hear(self, channel: str, payload: bytes) -> None:
        message = Message(topic=f"aisle/s/n/{channel}", payload=payload, received_ms=NOW_MS)
        stored = store_readings(self.store, [read(message, "s")])
        self.receipts += [Received(payload=encode(each.receipt)) for each in stored.receipts]

    def serve(self, outbox: Outbox) -> None:
        """Take all that waits, and the node's own account of it."""
        outbox.hear(Connected(), 0.0)
        now = 0.0
        while outbox.waiting:
            now += max(outbox.push(now), 0.001)
            assert now < 100, outbox.waiting
            while self.receipts:
                outbox.hear(self.receipts.pop(0), now)
        health = Health(readers=[], cameras=[])
        self.hear("health", encode(health.message(Clock(monotonic=now, wall=NOW_MS / 1000), outbox, skipped=_none)))

    @property
    def taps(self) -> list[Tap]:
        return [event for event in self.told.values() if isinstance(event, Tap)]

    def books(self) -> list[accounts.EpochAccount]:
        with self.store.reading() as connection:
            return accounts.accounts(connection)


def _none(_camera: str) -> int:
    return 0


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    it = Cloud(tmp_path / "cloud")
    yield it
    it.store.close()


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    (tmp_path / "node").mkdir()
    return Disk(tmp_path / "node")


def outbox_of(disk: Disk, cloud: Cloud) -> Outbox:
    logs = disk.logs()
    found = logs.open()
    return Outbox(
        found.log,
        store="s",
        node="n",
        send=cloud.send,
        renew=lambda: None,
        notes=logging.getLogger("test"),
        earlier=found.earlier,
        mend=logs.open,
    )


def test_what_a_damaged_log_still_holds_arrives_in_its_places_and_the_rest_is_counted(disk: Disk, cloud: Cloud) -> None:
    disk.fill(range(MANY))
    before = outbox_of(disk, cloud)
    cloud.hear(
        "health", encode(Health(readers=[], cameras=[]).message(Clock(monotonic=1, wall=1), before, skipped=_none))
    )
    before.close()
    cloud.receipts.clear()
    disk.spoil_in_the_middle()

    node = outbox_of(disk, cloud)
    assert node.keep([tap(MANY)], urgent=True, at_ms=NOW_MS, now=0.0)
    cloud.serve(node)
    old, new = cloud.books()
    lost = MANY + 1 - len(cloud.taps)
    assert 10 < lost < 100  # one page of a hundred
    assert [cloud.told[old.epoch, number + 1] for number in (0, MANY - 1)] == [tap(0), tap(MANY - 1)]
    assert type(cloud.told[old.epoch, MANY // 2 + 1]) is Dropped
    assert (old.produced, old.stored, old.pending, old.difference) == (MANY, MANY, 0, 0)
    assert (new.produced, new.stored, new.said_dropped, new.difference) == (2 + lost, 2, lost, 0)
    told = cloud.told[new.epoch, 1]
    assert isinstance(told, Dropped)
    assert (told.count, told.at) == (lost, NOW_MS)
    assert f"of {MANY} events that waited, {lost} could not be read" in told.reason
    assert cloud.told[new.epoch, 2] == tap(MANY)
    node.close()
    assert disk.names() == ["log.sqlite", "log.sqlite.damaged-20260921T141320.0"]  # what arrived is gone


def test_events_that_the_cloud_has_already_are_not_stored_twice(disk: Disk, cloud: Cloud) -> None:
    disk.fill(range(MANY))
    before = outbox_of(disk, cloud)
    before.hear(Connected(), 0.0)
    before.push(0.0)  # stored, and the power goes before a receipt is heard
    before.close()
    cloud.receipts.clear()
    disk.spoil_in_the_middle()
    cloud.told.clear()

    node = outbox_of(disk, cloud)
    cloud.serve(node)
    node.close()
    assert sum(each.stored for each in cloud.books()) == MANY + 1  # one fact: that some were lost here


@pytest.mark.parametrize("head", [True, False])
def test_a_file_of_rubbish_is_put_aside_and_a_new_log_begun(disk: Disk, cloud: Cloud, head: bool) -> None:
    disk.log.write_bytes((b"" if head else b"SQLite format 3\0") + b"no log at all" * 999)
    rubbish = disk.log.read_bytes()
    node = outbox_of(disk, cloud)
    assert node.keep([tap(1)], urgent=True, at_ms=NOW_MS, now=0.0)
    cloud.serve(node)
    node.close()
    dropped, kept = cloud.told.values()
    assert isinstance(dropped, Dropped)
    assert "how many is not known" in dropped.reason
    assert kept == tap(1)
    (aside,) = [name for name in disk.names() if "damaged" in name]
    assert (disk.folder / aside).read_bytes() == rubbish


def test_events_without_a_head_arrive_in_the_new_epoch(disk: Disk, cloud: Cloud) -> None:
    disk.fill(range(MANY))
    disk.spoil(disk.pages(OLD.encode() + MANY.to_bytes(2))[0])  # the head: its epoch, and how many it made
    node = outbox_of(disk, cloud)
    cloud.serve(node)
    node.close()
    (book,) = cloud.books()
    assert cloud.taps == [tap(number) for number in range(MANY)]
    assert (book.stored, book.difference) == (MANY + 1, 0)


@given(numbers=st.integers(0, 300), receipted=st.integers(0, 300), twice=st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_sound_log_is_opened_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, numbers: int, receipted: int, twice: bool
) -> None:
    disk = Disk(tmp_path_factory.mktemp("sound"))
    disk.fill(range(numbers))
    with opened(disk) as found:
        through = min(receipted, numbers)
        found.log.receipt(store_id="0" * 32, epoch=found.log.epoch, through=through)
        if twice:
            found.log.append([encode_event(tap(0))], dropped=3)
    with opened(disk) as found:
        assert found.log.epoch == OLD
        assert (found.log.produced, found.log.receipted) == (numbers + twice, through)
        assert found.earlier == ()
    assert disk.names() == ["log.sqlite"]


@given(
    damage=st.lists(st.tuples(st.floats(0, 0.999), st.integers(1, 3 * PAGE)), min_size=1, max_size=3),
    receipted=st.integers(0, 200),
)
@settings(max_examples=25, deadline=None)
def test_whatever_the_disk_spoils_each_event_arrives_as_it_was_or_is_counted(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[float, int]], receipted: int
) -> None:
    place = tmp_path_factory.mktemp("spoilt")
    disk, cloud = Disk(place), Cloud(place / "cloud")
    many = 200
    disk.fill(range(many))
    with opened(disk) as found:
        found.log.receipt(store_id=cloud.store.store_id, epoch=found.log.epoch, through=receipted)
    size = disk.log.stat().st_size
    for where, octets in damage:
        disk.spoil(int(where * size), min(octets, size - int(where * size)))
    node = outbox_of(disk, cloud)
    cloud.serve(node)
    node.close()
    assert set(cloud.taps) <= {tap(number) for number in range(many)}
    assert len(set(cloud.taps)) == len(cloud.taps)
    waited = {tap(number) for number in range(receipted, many)}
    in_place = [event for (epoch, _), event in cloud.told.items() if epoch == OLD]
    losses = [event for event in in_place if isinstance(event, Dropped)]
    if in_place:  # the head was read, and with it what waited
        assert len(waited - set(cloud.taps)) <= len(losses)
        assert node.dropped in (0, len(losses))  # 0 where only rows were spoilt: the log goes on, and tells them so
    elif waited:
        assert any("how many is not known" in e.reason for e in cloud.told.values() if isinstance(e, Dropped))
    cloud.store.close()


def test_a_power_cut_at_any_moment_of_the_salvage_loses_nothing(disk: Disk, tmp_path: Path) -> None:
    disk.fill(range(MANY))
    disk.spoil_in_the_middle()
    damaged = disk.log.read_bytes()
    with opened(disk) as found:
        (rest,) = [log.path for log in found.earlier]
    fresh, saved = disk.log.read_bytes(), rest.read_bytes()

    for number, files in enumerate(
        (
            {"log.sqlite": damaged, "log.sqlite.fresh": fresh[:PAGE]},
            {"log.sqlite": damaged, "log.sqlite.fresh": fresh, "log.sqlite.saving": saved},
            {"log.sqlite.damaged-0": damaged, "log.sqlite.fresh": fresh, "log.sqlite.saving": saved},
            {
                "log.sqlite.damaged-0": damaged,
                "log.sqlite.fresh": fresh,
                "log.sqlite.saving": saved,
                "log.sqlite-wal": b"x",
            },
            {"log.sqlite.damaged-0": damaged, "log.sqlite.fresh": fresh, rest.name: saved},
            {"log.sqlite.damaged-0": damaged, "log.sqlite": fresh, rest.name: saved},
        )
    ):
        folder = tmp_path / f"cut-{number}"
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        with opened(Disk(folder, epochs=itertools.count(2))) as found:
            (left,) = found.earlier
            assert (found.log.epoch, left.epoch) == (f"{2:032x}", OLD)
            assert (left.pending, found.log.pending) == (MANY, 1)
            assert found.log.dropped > 10
        kept = [path.name for path in folder.iterdir()]
        assert "log.sqlite.fresh" not in kept
        assert "log.sqlite.saving" not in kept
        assert any("damaged" in name for name in kept)


def test_at_most_the_two_newest_damaged_logs_are_kept(disk: Disk) -> None:
    for hour in range(4):
        disk.now_ms = NOW_MS + hour * 3_600_000
        disk.log.write_bytes(b"rubbish %d" % hour * 1000)
        with opened(disk):
            pass
    kept = [path for path in sorted(disk.folder.iterdir()) if "damaged" in path.name]
    assert [path.read_bytes()[:9] for path in kept] == [b"rubbish 2", b"rubbish 3"]


def test_the_newest_damaged_log_stays_though_its_clock_stood_still(disk: Disk) -> None:
    for number, now_ms in enumerate((NOW_MS, NOW_MS + 5_000, 0)):
        disk.now_ms = now_ms
        disk.log.write_bytes(b"rubbish %d" % number * 1000)
        with opened(disk):
            pass
    assert any(path.read_bytes().startswith(b"rubbish 2") for path in disk.folder.iterdir())


def test_a_log_that_is_damaged_while_the_node_runs_is_mended_and_nothing_in_hand_is_lost(
    disk: Disk, cloud: Cloud
) -> None:
    disk.fill(range(MANY))
    node = outbox_of(disk, cloud)
    with closing(sqlite3.connect(disk.log, isolation_level=None)) as other:
        for change in (1, -1):  # what the node has in memory is of no use any more
            other.execute("UPDATE head SET dropped = dropped + ?", (change,))
    disk.spoil_in_the_middle()
    node.hear(Connected(), 0.0)
    assert node.keep([tap(MANY)], urgent=True, at_ms=NOW_MS, now=0.0)
    cloud.serve(node)
    assert tap(MANY) in cloud.taps
    assert 10 < node.dropped < 100
    assert len(cloud.taps) == MANY + 1 - node.dropped
    assert [book.difference for book in cloud.books()][-1] == 0
    assert node.keep([tap(MANY + 1)], urgent=True, at_ms=NOW_MS, now=0.0)
    node.close()


def test_what_was_salvaged_and_is_damaged_again_is_counted(disk: Disk, cloud: Cloud) -> None:
    disk.fill(range(MANY))
    disk.spoil_in_the_middle()
    with opened(disk) as found:
        (rest,) = [log.path for log in found.earlier]
        lost = found.log.dropped
    rest.write_bytes(rest.read_bytes()[: 3 * PAGE] + b"\xff" * PAGE * 4)
    node = outbox_of(disk, cloud)
    cloud.serve(node)
    assert node.dropped == lost + MANY
    node.close()
    assert len([name for name in disk.names() if name.endswith(".0") and "damaged" in name]) <= 2


def test_a_row_that_is_not_there_is_damage_and_no_other_row_takes_its_place(disk: Disk, cloud: Cloud) -> None:
    disk.fill(range(20))
    with closing(sqlite3.connect(disk.log, isolation_level=None)) as db:
        db.execute("DELETE FROM event WHERE sequence = 7")
    node = outbox_of(disk, cloud)
    cloud.serve(node)
    node.close()
    assert type(cloud.told[OLD, 7]) is Dropped
    assert cloud.told[OLD, 8] == tap(7)
    assert len(cloud.taps) == 19


@pytest.mark.parametrize("page_of", ["the middle", "the head"])
def test_what_was_dated_before_the_clock_was_set_still_gets_the_right_time(
    disk: Disk, cloud: Cloud, page_of: str
) -> None:
    node = outbox_of(disk, cloud)
    node.date(Reading(boot="b", ahead_ms=0))
    for first in range(0, MANY, 500):
        node.keep([tap(number) for number in range(first, first + 500)], urgent=False, at_ms=NOW_MS, now=0.0)
    node.date(Reading(boot="b", ahead_ms=9_000))
    node.close()
    if page_of == "the middle":
        disk.spoil_in_the_middle()
    else:
        disk.spoil(disk.pages(OLD.encode() + MANY.to_bytes(2))[0])
    node = outbox_of(disk, cloud)
    cloud.serve(node)
    node.close()
    assert len(cloud.taps) > MANY - 100
    assert {event.at - int(event.tag or "", 16) for event in cloud.taps} == {NOW_MS + 9_000}


def test_a_full_log_without_its_head_is_saved_as_a_whole(disk: Disk) -> None:
    with closing(Log(disk.log, new_epoch=lambda: "e" * 32, max_bytes=200_000)) as log:
        with contextlib.suppress(LogFull):
            for number in range(0, MANY, 20):
                log.append([encode_event(tap(number + more)) for more in range(20)])
        assert log.produced < MANY
    disk.spoil(disk.pages(b"e" * 32)[0])
    found = disk.logs(max_bytes=200_000).open()
    assert found.log.pending == log.produced + 1
    found.log.close()
