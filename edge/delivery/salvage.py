"""What can still be read of a damaged log: saved in its places, and what cannot be read is counted.

What is readable keeps its epoch and its sequences, so that the cloud, which may have some of it, stores nothing twice;
a lost event is told in its place, and all of them are counted in the new epoch.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from contract.events import Dropped
from contract.messages import encode_event
from edge.delivery.dating import Run, shift_of, shifted
from edge.delivery.log import (
    BROKEN,
    PAGE,
    ROWS,
    Head,
    Log,
    LogDamaged,
    beside,
    read_head,
    reading,
    runs_of,
    sound,
    write,
)

_LEAST_ROW: Final = 16
"""Bytes that any event needs on the disk: no file holds more events than that."""
_CUT_OFF: Final = 16
"""By what factor a file may have lost its end, and its header still be believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class To:
    """Where what is saved goes: the `rest` of the old epoch, a file that is made if there is any, and the `fresh` log.

    `now_ms` is the wall time.
    """

    rest: Path
    fresh: Log
    now_ms: int


def save(damaged: Path, to: To) -> str:
    """Save what can be read of a damaged log, which is only read; in words, what came of it.

    Raises LogFull, LogUnusable.
    """
    with _reading(damaged) as db:
        head = _head(damaged, db)
        return _save_anew(damaged, db, to) if head is None else _save_in_place(damaged, db, head, to)


def waiting(damaged: Path) -> int:
    """How many events wait in a damaged log, as far as it can tell."""
    with _reading(damaged) as db:
        head = _head(damaged, db)
    return 0 if head is None else head.produced - head.receipted


def _save_in_place(damaged: Path, db: sqlite3.Connection, head: Head, to: To) -> str:
    head = _corrected(head, db, _most_rows(damaged))
    waiting, lost = head.produced - head.receipted, 0
    if waiting:
        found = _readable(db, head.receipted + 1, head.produced)
        lost = write(to.rest, head, _in_their_places(found, head.receipted + 1, head.produced), runs=_runs(db))
    words = f"the log was damaged: of {waiting} events that waited, {lost} could not be read"
    if lost:
        to.fresh.append([encode_event(Dropped(at=to.now_ms, count=lost, reason=words))], dropped=lost)
    return words


def _corrected(head: Head, db: sqlite3.Connection, most: int) -> Head:
    """The head with room for the events that it should know of: it was written later, or earlier, than its events."""
    first, last = _ends(db)
    if 0 < first <= head.receipted < first + most:
        head = replace(head, receipted=first - 1)
    if head.produced < last <= head.receipted + most:
        head = replace(head, produced=last)
    return head


def _save_anew(damaged: Path, db: sqlite3.Connection, to: To) -> str:
    """Without a head nobody knows of which epoch the events are: they are told in the new one."""
    most = _size(damaged) // _LEAST_ROW
    first, last = _ends(db)
    last = last or first + most
    first = max(first, last - most, 1)
    found = list(_readable(db, first, last))
    lost = found[-1][0] - found[0][0] + 1 - len(found) if found else 0
    runs = _runs(db)  # they speak of the old log's sequences
    bodies = [shifted(body, shift_of(runs, sequence)) for sequence, body in found]
    words = f"the log was damaged: {len(bodies)} events could be read, at least {lost} could not, how many is not known"
    to.fresh.append([encode_event(Dropped(at=to.now_ms, count=lost, reason=words)), *bodies], dropped=lost)
    return words


def _in_their_places(found: Iterator[tuple[int, bytes]], first: int, last: int) -> Iterator[bytes | None]:
    expected = first
    for sequence, body in found:
        for _ in range(expected, sequence):
            yield None
        yield body
        expected = sequence + 1
    for _ in range(expected, last + 1):
        yield None


def _readable(db: sqlite3.Connection, first: int, last: int) -> Iterator[tuple[int, bytes]]:
    """Every sound event from `first` to `last` that some way leads to, in order."""
    while first <= last:
        try:
            for sequence, crc, told in db.execute(ROWS, (first, last)):
                if not first <= sequence <= last:  # the tree leads in circles
                    break
                first = sequence + 1
                if (body := sound(crc, told)) is not None:
                    yield sequence, body
            else:
                return
        except BROKEN:
            pass
        first += 1  # what stands there cannot be reached


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    with reading(path) as db:
        db.execute("PRAGMA writable_schema=ON")  # so that SQLite reads what is left of a file that was cut off
        yield db


def _head(path: Path, db: sqlite3.Connection) -> Head | None:
    """The head, or None where it is lost, or tells of more events than the file had room for."""
    try:
        head = read_head(path, db)
    except (LogDamaged, *BROKEN):
        return None
    return head if head.produced - head.receipted <= _most_rows(path) else None


def _size(path: Path) -> int:
    """The bytes of the file, and of what is written since and not yet part of it."""
    since = beside(path, "-wal")
    return path.stat().st_size + (since.stat().st_size if since.exists() else 0)


def _most_rows(path: Path) -> int:
    """How many events can have been in the file, before it was perhaps cut off: SQLite's header tells its pages."""
    with path.open("rb") as file:
        says = int.from_bytes(file.read(32)[28:]) * PAGE
    size = _size(path)
    return max(size, min(says, _CUT_OFF * size)) // _LEAST_ROW


def _runs(db: sqlite3.Connection) -> tuple[Run, ...]:
    """By which clock the events were dated; nothing where that is lost: then they are told as they were dated."""
    try:
        return runs_of(db)
    except BROKEN:
        return ()


def _ends(db: sqlite3.Connection) -> tuple[int, int]:
    """The lowest and the highest sequence; 0 for one that cannot be found."""
    return (
        _number(db, "SELECT sequence FROM event ORDER BY sequence LIMIT 1"),
        _number(db, "SELECT sequence FROM event ORDER BY sequence DESC LIMIT 1"),
    )


def _number(db: sqlite3.Connection, question: str) -> int:
    try:
        row = db.execute(question).fetchone()
    except BROKEN:
        return 0
    return int(row[0]) if row else 0
