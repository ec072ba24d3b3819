from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.events import Crossing, Direction, Event
from contract.messages import encode_event
from edge.delivery.log import Log
from edge.delivery.tail import NoLog, Tail

STORE = "the-store"


def crossing(at: int) -> Event:
    return Crossing(at=at, line="door", direction=Direction.IN)


@pytest.fixture(name="log")
def a_nodes_log(tmp_path: Path) -> Iterator[Log]:
    log = Log(tmp_path / "log.sqlite", new_epoch=lambda: "epoch", max_bytes=10_000_000)
    log.append([encode_event(crossing(1))])
    yield log
    log.close()


def test_events_are_seen_from_now_on_each_once(log: Log, tmp_path: Path) -> None:
    tail = Tail(tmp_path / "log.sqlite")
    assert tail.new() == []

    log.append([encode_event(crossing(2)), encode_event(crossing(3))])
    assert tail.new() == [crossing(2), crossing(3)]
    assert tail.new() == []

    log.append([encode_event(crossing(4))])
    log.receipt(store_id=STORE, epoch="epoch", through=2)
    assert tail.new() == [crossing(4)]
    assert tail.unseen == 0


def test_what_was_receipted_before_a_look_is_counted_as_unseen(log: Log, tmp_path: Path) -> None:
    tail = Tail(tmp_path / "log.sqlite")

    log.append([encode_event(crossing(2)), encode_event(crossing(3))])
    log.receipt(store_id=STORE, epoch="epoch", through=2)

    assert tail.new() == [crossing(3)]
    assert tail.unseen == 1


def test_a_damaged_row_is_unseen_and_no_event(log: Log, tmp_path: Path) -> None:
    tail = Tail(tmp_path / "log.sqlite")
    log._db.execute("INSERT INTO event VALUES (2, 1, ?)", (encode_event(crossing(2)),))
    log._db.execute("UPDATE head SET produced = 2")

    assert tail.new() == []
    assert tail.unseen == 1


def test_reading_never_stops_the_node(log: Log, tmp_path: Path) -> None:
    """A tail in the middle of a look holds one moment of the file; the node writes on beside it."""
    tail = Tail(tmp_path / "log.sqlite")
    tail._db.execute("BEGIN")
    tail._db.execute("SELECT * FROM head").fetchone()

    log.append([encode_event(crossing(2))])
    log.receipt(store_id=STORE, epoch="epoch", through=2)
    tail._db.execute("COMMIT")

    assert log.pending == 0
    assert tail.new() == []
    assert tail.unseen == 1


@pytest.mark.parametrize("content", [None, b"no database" * 500])
def test_what_is_no_log_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "log.sqlite"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(NoLog, match=r"log.sqlite cannot be read as a node's log"):
        Tail(path)
