"""Batches that came in a file: stored once, in their order, and a wrong line is named."""

from pathlib import Path

import pytest

from cloud.errors import UserError
from cloud.ingest import carried
from cloud.ingest.carried import Taken
from cloud.store import arrivals
from cloud.store.connection import Store
from contract.events import Crossing, Direction
from contract.messages import encode_batch, encode_event

NOW_MS = 1_795_230_000_000


def batch(first: int, count: int, *, store: str = "daon", node: str = "door") -> bytes:
    events = [
        encode_event(Crossing(at=NOW_MS + number, line="door", direction=Direction.IN))
        for number in range(first, first + count)
    ]
    return encode_batch(store=store, node=node, epoch="e" * 32, first=first, oldest=1, events=events) + b"\n"


def take(store: Store, folder: Path, *lines: bytes) -> Taken:
    file = folder / "batches.jsonl"
    file.write_bytes(b"".join(lines))
    return carried.take(store, file, name="daon", now_ms=NOW_MS)


def test_a_file_is_stored_and_a_second_time_changes_nothing(store: Store, tmp_path: Path) -> None:
    lines = [batch(first, 10) for first in range(1, 1000, 10)]
    assert take(store, tmp_path, *lines) == Taken(new=1000)
    assert take(store, tmp_path, *lines) == Taken(repeated=1000)


def test_what_came_in_a_file_is_counted_as_such_and_never_as_late(store: Store, tmp_path: Path) -> None:
    events = encode_batch(
        store="daon",
        node="door",
        epoch="e" * 32,
        first=1,
        oldest=1,
        events=[encode_event(Crossing(at=NOW_MS - 86_400_000, line="door", direction=Direction.IN))],
    )
    take(store, tmp_path, events + b"\n")
    with store.reading() as connection:
        (came,) = arrivals.between(connection, NOW_MS - 3_600_000, NOW_MS + 3_600_000)
    assert (came.stored, came.carried, came.late) == (1, 1, 0)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"{}\n", "line 2: "),
        (batch(11, 1, store="other"), "line 2: it says to be of other/door"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_stored(store: Store, tmp_path: Path, line: bytes, words: str) -> None:
    with pytest.raises(UserError, match=words):
        take(store, tmp_path, batch(1, 10), line)
    assert take(store, tmp_path, batch(1, 10)) == Taken(new=10)


def test_batches_with_a_hole_are_refused_and_what_fitted_is_kept(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="left out"):
        take(store, tmp_path, batch(1, 10), batch(12, 1))
    assert take(store, tmp_path, batch(1, 10), batch(11, 1)) == Taken(new=1, repeated=10)


def test_an_event_that_nobody_understands_is_kept_and_counted(store: Store, tmp_path: Path) -> None:
    line = batch(1, 2).replace(b'"kind":"crossing"', b'"kind":"dance"', 1)
    assert take(store, tmp_path, line) == Taken(new=1, quarantined=1)
