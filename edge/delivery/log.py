"""Events that the cloud has not receipted: the node's own log, an SQLite file that survives a power cut."""

import contextlib
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.delivery.dating import Reading, Run, shift_of

PAGE: Final = 4096
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS event (sequence INTEGER PRIMARY KEY, crc INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS head (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  epoch TEXT NOT NULL,
  produced INTEGER NOT NULL,
  receipted INTEGER NOT NULL,
  dropped INTEGER NOT NULL,
  store_id TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS run (
  first INTEGER PRIMARY KEY, boot TEXT NOT NULL, ahead_ms INTEGER NOT NULL, shift_ms INTEGER NOT NULL
) STRICT;
"""


class LogFull(Exception):
    """There is no room on the disk or under the log's cap: the events were not kept."""


class LogDamaged(Exception):
    """The file is not a log that can be read; the message says which file and why."""


class StrangeReceipt(ValueError):
    """A receipt that speaks for another store, another epoch or events that never were: nothing was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One event of the log; `body` is None where the disk has damaged it."""

    sequence: int
    body: bytes | None
    shift_ms: int = 0  # to be added to its time (`edge.delivery.dating`)


class Log:
    """A node's log. One owner, one thread: every method commits before it returns.

    `epoch` names this file: it was made new with it. Sequences run from 1 without a gap and are never used again.
    """

    def __init__(self, path: Path, *, new_epoch: Callable[[], str], max_bytes: int) -> None:
        """Open the log at `path`, or make it. Raises LogDamaged where the file is there but cannot be read."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._prepare(new_epoch, max_bytes)
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise LogDamaged(f"{path} is no log that can be read ({error})") from error

    def _prepare(self, new_epoch: Callable[[], str], max_bytes: int) -> None:
        # FULL: a commit is on the disk before it returns; NORMAL loses rows in two power cuts of three.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"max_page_count={max_bytes // PAGE}"):
            self._db.execute(f"PRAGMA {pragma}")
        found = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        self._db.executescript(_SCHEMA)
        with self._writing():
            self._db.execute("INSERT OR IGNORE INTO head VALUES (1, ?, 0, 0, 0, NULL)", (new_epoch(),))
        row = self._db.execute("SELECT epoch, produced, receipted, dropped, store_id FROM head").fetchone()
        self.epoch: str = row[0]
        self.produced: int = row[1]
        self.receipted: int = row[2]
        self.dropped: int = row[3]
        self.store_id: str | None = row[4]
        runs = self._db.execute("SELECT first, boot, ahead_ms, shift_ms FROM run ORDER BY first")
        self.runs: tuple[Run, ...] = tuple(
            Run(first=first, reading=Reading(boot=boot, ahead_ms=ahead_ms), shift_ms=shift_ms)
            for first, boot, ahead_ms, shift_ms in runs
        )

    @property
    def pending(self) -> int:
        """How many events wait for a receipt."""
        return self.produced - self.receipted

    def append(self, bodies: Sequence[bytes], *, dropped: int = 0) -> int:
        """Keep these events for good, in this order, all or none; the sequence of the last. Raises LogFull.

        `dropped` adds to the count of events that never got a sequence.
        """
        first = self.produced + 1
        last = self.produced + len(bodies)
        rows = [(n, zlib.crc32(body), body) for n, body in enumerate(bodies, first)]
        with self._writing():
            self._db.executemany("INSERT INTO event VALUES (?, ?, ?)", rows)
            self._db.execute("UPDATE head SET produced = ?, dropped = dropped + ?", (last, dropped))
        self.produced = last
        self.dropped += dropped
        return last

    def date(self, runs: Sequence[Run]) -> None:
        """Keep by which clock the events were dated, in place of what was known of it before. Raises LogFull."""
        rows = [(run.first, run.reading.boot, run.reading.ahead_ms, run.shift_ms) for run in runs]
        with self._writing():
            self._db.execute("DELETE FROM run")
            self._db.executemany("INSERT INTO run VALUES (?, ?, ?, ?)", rows)
        self.runs = tuple(runs)

    def read(self, first: int, *, events: int, octets: int) -> list[Kept]:
        """The kept events from sequence `first` on: at most `events` of them and `octets` bytes, but at least one."""
        rows = self._db.execute("SELECT sequence, crc, body FROM event WHERE sequence >= ? LIMIT ?", (first, events))
        found: list[Kept] = []
        for sequence, crc, body in rows:
            octets -= len(body) + 1
            if octets < 0 and found:
                break
            sound = body if zlib.crc32(body) == crc else None
            found.append(Kept(sequence=sequence, body=sound, shift_ms=shift_of(self.runs, sequence)))
        return found

    def receipt(self, *, store_id: str, epoch: str, through: int) -> bool:
        """Delete what the cloud has stored for good; False where that was known already.

        The first receipt binds the log to its store. Raises StrangeReceipt.
        """
        if self.store_id not in (None, store_id):
            raise StrangeReceipt(f"the receipt is of store {store_id}, the log belongs to {self.store_id}")
        if epoch != self.epoch:
            raise StrangeReceipt(f"the receipt is for epoch {epoch}, the log is {self.epoch}")
        if through > self.produced:
            raise StrangeReceipt(f"the receipt is for events up to {through}, the log has made {self.produced}")
        if through <= self.receipted:
            return False
        with self._writing():
            self._db.execute("DELETE FROM event WHERE sequence <= ?", (through,))
            self._db.execute("UPDATE head SET receipted = ?, store_id = ?", (through, store_id))
        self.receipted, self.store_id = through, store_id
        return True

    def durability(self) -> tuple[str, int]:
        """SQLite's journal mode and synchronous level (2 is FULL) as they stand for this file."""
        mode = self._db.execute("PRAGMA journal_mode").fetchone()[0]
        return mode, self._db.execute("PRAGMA synchronous").fetchone()[0]

    def close(self) -> None:
        """Close the file; the log can be opened again."""
        self._db.close()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction, on the disk when the block ends. Raises LogFull where it is not."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            if isinstance(error, sqlite3.OperationalError):
                raise LogFull(f"{self._path}: {error}") from error
            raise

    def _roll_back(self) -> None:
        # After a full disk SQLite may have rolled back already, and then says that there is nothing to roll back.
        with contextlib.suppress(sqlite3.OperationalError):
            self._db.execute("ROLLBACK")
