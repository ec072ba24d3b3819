"""The node's log: what it took it keeps, and only a receipt lets go."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.delivery.log import Kept, Log, LogDamaged, LogFull, StrangeReceipt

EPOCH, STORE = "e" * 32, "a" * 32


def open_log(folder: Path, *, epoch: str = EPOCH, max_bytes: int = 10_000_000) -> Log:
    return Log(folder / "log.sqlite", new_epoch=lambda: epoch, max_bytes=max_bytes)


def fill(log: Log) -> None:
    for _ in range(1000):
        log.append([b"x" * 500, b"y" * 500])


def test_a_kept_event_survives_a_new_start(tmp_path: Path) -> None:
    log = open_log(tmp_path)
    log.append([b"one", b"two"])
    log.close()
    again = open_log(tmp_path, epoch="f" * 32)
    assert again.epoch == EPOCH
    assert again.read(1, events=9, octets=999) == [Kept(sequence=1, body=b"one"), Kept(sequence=2, body=b"two")]


def test_only_a_receipt_deletes(tmp_path: Path) -> None:
    log = open_log(tmp_path)
    log.append([b"one", b"two", b"three"])
    assert log.receipt(store_id=STORE, epoch=EPOCH, through=2)
    assert [row.sequence for row in log.read(1, events=9, octets=999)] == [3]
    assert not log.receipt(store_id=STORE, epoch=EPOCH, through=1)
    assert (log.produced, log.receipted, log.pending) == (3, 2, 1)


def test_a_sequence_is_never_used_again(tmp_path: Path) -> None:
    log = open_log(tmp_path)
    log.append([b"one"])
    log.receipt(store_id=STORE, epoch=EPOCH, through=1)
    log.close()
    assert open_log(tmp_path).append([b"two"]) == 2


@pytest.mark.parametrize(("store", "epoch", "through"), [("b" * 32, EPOCH, 1), (STORE, "f" * 32, 1), (STORE, EPOCH, 3)])
def test_a_strange_receipt_deletes_nothing(tmp_path: Path, store: str, epoch: str, through: int) -> None:
    log = open_log(tmp_path)
    log.append([b"one"])
    log.receipt(store_id=STORE, epoch=EPOCH, through=1)
    log.append([b"two"])
    with pytest.raises(StrangeReceipt):
        log.receipt(store_id=store, epoch=epoch, through=through)
    assert log.pending == 1


def test_a_full_log_keeps_all_or_nothing_and_goes_on_after_a_receipt(tmp_path: Path) -> None:
    log = open_log(tmp_path, max_bytes=200_000)
    with pytest.raises(LogFull):
        fill(log)
    kept = log.produced
    assert kept % 2 == 0
    assert len(log.read(1, events=kept + 9, octets=10**9)) == kept
    log.receipt(store_id=STORE, epoch=EPOCH, through=kept)
    assert log.append([b"z"], dropped=2) == kept + 1
    assert log.dropped == 2


def test_a_damaged_row_is_told_from_a_sound_one(tmp_path: Path) -> None:
    log = open_log(tmp_path)
    log.append([b"one", b"two"])
    log.close()
    with sqlite3.connect(tmp_path / "log.sqlite") as db:
        db.execute("UPDATE event SET body = CAST('oxe' AS BLOB) WHERE sequence = 1")
    db.close()
    assert [row.body for row in open_log(tmp_path).read(1, events=9, octets=999)] == [None, b"two"]


def test_a_file_that_is_no_log_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "log.sqlite").write_bytes(b"not a database" * 1000)
    with pytest.raises(LogDamaged, match=r"log\.sqlite"):
        open_log(tmp_path)
    assert (tmp_path / "log.sqlite").read_bytes().startswith(b"not a database")


def test_a_commit_is_on_the_disk_before_it_returns(tmp_path: Path) -> None:
    """NORMAL would pass every kill and lose rows in a power cut: the setting itself is the promise."""
    log = open_log(tmp_path)
    assert log.durability() == ("wal", 2)


@given(bodies=st.lists(st.binary(max_size=300), min_size=1, max_size=40), octets=st.integers(1, 2000))
@settings(max_examples=50, deadline=None)
def test_reading_in_pieces_gives_every_event_once_in_order(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes], octets: int
) -> None:
    log = open_log(tmp_path_factory.mktemp("log"))
    log.append(bodies)
    found: list[Kept] = []
    while len(found) < len(bodies):
        found += log.read(len(found) + 1, events=7, octets=octets)
    assert [row.body for row in found] == bodies
    log.close()
