"""Events that the cloud has not receipted: the node's own log, an SQLite file that survives a power cut."""

import contextlib
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from contract.fields import Count
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
    """The file is no log, or parts of it are not what was written; the message says which file and why."""


class LogUnusable(Exception):
    """The file cannot be opened or made, and nothing says that it is damaged; the message says which file and why."""


class StrangeReceipt(ValueError):
    """A receipt that speaks for another store, another epoch or events that never were: nothing was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One event of the log; `body` is None where the disk has damaged it."""

    sequence: int
    body: bytes | None
    shift_ms: int = 0  # to be added to its time (`edge.delivery.dating`)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a log knows of itself: its events with a sequence above `receipted` and up to `produced` wait."""

    epoch: Annotated[str, Meta(pattern="^[0-9a-z]+$")]
    produced: Count
    receipted: Count
    dropped: Count  # events that never got a sequence
    store_id: str | None


class Log:
    """A node's log. One owner, one thread: every method commits before it returns.

    `epoch` names this file: it was made new with it. Sequences run from 1 without a gap and are never used again.
    Every method may raise LogDamaged.
    """

    def __init__(self, path: Path, *, new_epoch: Callable[[], str], max_bytes: int) -> None:
        """Open the log at `path`, or make it. Raises LogDamaged, LogFull, LogUnusable."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LogUnusable(f"{path.parent}: {error.strerror}") from error
        with _speaking_of(path):
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            with _speaking_of(path):
                self._prepare(new_epoch, max_bytes)
        except LogUnusable as error:
            self._db.close()
            if _is_no_database(path):
                raise LogDamaged(str(error)) from error
            raise
        except Exception:
            self._db.close()
            raise

    def _prepare(self, new_epoch: Callable[[], str], max_bytes: int) -> None:
        # FULL: a commit is on the disk before it returns; NORMAL loses rows in two power cuts of three.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"max_page_count={max_bytes // PAGE}"):
            self._db.execute(f"PRAGMA {pragma}")
        check(self.path, self._db)
        self._db.executescript(_SCHEMA)
        with self._writing():
            self._db.execute("INSERT OR IGNORE INTO head VALUES (1, ?, 0, 0, 0, NULL)", (new_epoch(),))
        head = complete(self.path, self._db)
        self.epoch = head.epoch
        self.produced = head.produced
        self.receipted = head.receipted
        self.dropped = head.dropped
        self.store_id = head.store_id
        self.runs = runs_of(self._db)

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
        with self._writing():
            self._db.execute("DELETE FROM run")
            _write_runs(self._db, runs)
        self.runs = tuple(runs)

    def read(self, first: int, *, events: int, octets: int) -> list[Kept]:
        """The kept events from sequence `first` on: at most `events` of them and `octets` bytes, but at least one."""
        expected = max(first, self.receipted + 1)
        found: list[Kept] = []
        with _speaking_of(self.path):
            for sequence, crc, body in self._db.execute(f"{ROWS} LIMIT ?", (first, self.produced, events)):
                if sequence != expected:
                    break
                octets -= len(body or b"") + 1
                if octets < 0 and found:
                    break
                shift_ms = shift_of(self.runs, sequence)
                found.append(Kept(sequence=sequence, body=sound(crc, body), shift_ms=shift_ms))
                expected += 1
        if not found and expected <= self.produced:
            raise LogDamaged(f"{self.path}: its event {expected} is not there")
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
        except BROKEN as error:
            self._roll_back()
            if isinstance(error, sqlite3.OperationalError):
                raise LogFull(f"{self.path}: {error}") from error
            if is_damage(error):
                raise LogDamaged(f"{self.path} is no log that can be written ({error})") from error
            raise

    def _roll_back(self) -> None:
        # After a full disk SQLite may have rolled back already, and then says that there is nothing to roll back.
        with contextlib.suppress(*BROKEN):
            self._db.execute("ROLLBACK")


ROWS: Final = """SELECT sequence, CAST(crc AS INTEGER), CAST(body AS BLOB) FROM event
                 WHERE sequence BETWEEN ? AND ? ORDER BY sequence"""
"""The rows of a log; what the disk has made of a value is read as a number and as bytes whatever it says to be."""


def sound(crc: int | None, body: bytes | None) -> bytes | None:
    """The body of a row, or None where it is not what was written."""
    return body if body is not None and zlib.crc32(body) == crc else None


_DAMAGE: Final = (
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    # A table, a column, a value or SQLite's own format is another one than this module writes.
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_TOOBIG,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_FORMAT,
)
BROKEN: Final = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file may raise; SQLite's own words quote it."""


def is_damage(error: Exception) -> bool:
    """Whether SQLite says that the file's content is wrong, as against a disk that is full, away or forbidden."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # what it read is no text
        return isinstance(error, UnicodeDecodeError | sqlite3.OperationalError)
    return code & 0xFF in _DAMAGE


def _is_no_database(path: Path) -> bool:
    """Whether the file's first bytes are such that SQLite would not write it (https://sqlite.org/fileformat.html)."""
    with path.open("rb") as file:
        header = file.read(20)
    return bool(header) and (header[:16] != b"SQLite format 3\0" or max(header[18:], default=0) > _WAL)


_WAL: Final = 2
"""What the file's format says of its journal; anything above is a later SQLite's."""


def check(path: Path, db: sqlite3.Connection) -> None:
    """Raises LogDamaged where the file is no sound database."""
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise LogDamaged(f"{path} is no log that can be read ({found})")


def read_head(path: Path, db: sqlite3.Connection) -> Head:
    """What the log says of itself. Raises LogDamaged where no log has said that."""
    row = db.execute(
        """SELECT CAST(epoch AS BLOB), CAST(produced AS INTEGER), CAST(receipted AS INTEGER),
                  CAST(dropped AS INTEGER), CAST(store_id AS BLOB) FROM head"""
    ).fetchone()
    try:
        head = msgspec.convert(row and dict(zip(Head.__slots__, map(_text, row), strict=True)), Head)
    except (msgspec.ValidationError, UnicodeDecodeError):
        raise LogDamaged(f"{path} is no log that can be read (its head is {row!r:.200})") from None
    if head.receipted > head.produced:
        raise LogDamaged(f"{path} is no log that can be read (of {head.produced} events, {head.receipted} are stored)")
    return head


def beside(path: Path, ending: str) -> Path:
    """A file that belongs to the one at `path`: SQLite's are -wal, what is not yet part of it, and -shm."""
    return path.with_name(path.name + ending)


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Read the file, and leave it and its folder as they are."""
    # Where there is nothing beside the file nobody writes it, and reading shall not put something there.
    quiet = "" if beside(path, "-wal").exists() else "&immutable=1"
    uri = f"{path.absolute().as_uri()}?mode=ro{quiet}"
    with contextlib.closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as db:
        yield db


def glance(path: Path) -> Head | None:
    """What a log says of itself, only read, by another program than the node; None where there is none yet.

    Raises LogDamaged, LogUnusable.
    """
    try:
        if not path.exists() or not path.stat().st_size:
            return None
    except OSError as error:
        raise LogUnusable(f"{path}: {error.strerror}") from error
    with _speaking_of(path), reading(path) as db:
        db.execute("BEGIN")  # one moment for all
        check(path, db)
        return complete(path, db)


def _text(value: bytes | int | None) -> str | int | None:
    return value.decode("ascii") if isinstance(value, bytes) else value


def complete(path: Path, db: sqlite3.Connection) -> Head:
    """The log's head; raises LogDamaged where the events are not those that it tells of."""
    head = read_head(path, db)
    events, first, last = db.execute("SELECT count(*), min(sequence), max(sequence) FROM event").fetchone()
    waiting = head.produced - head.receipted
    if events != waiting or (events and (first, last) != (head.receipted + 1, head.produced)):
        raise LogDamaged(f"{path} is no log that can be read (it has {events} events, its head tells of {waiting})")
    return head


def runs_of(db: sqlite3.Connection) -> tuple[Run, ...]:
    """By which clock the events were dated."""
    return tuple(
        Run(first=first, reading=Reading(boot=boot, ahead_ms=ahead_ms), shift_ms=shift_ms)
        for first, boot, ahead_ms, shift_ms in db.execute(
            "SELECT first, boot, ahead_ms, shift_ms FROM run ORDER BY first"
        )
    )


def _write_runs(db: sqlite3.Connection, runs: Sequence[Run]) -> None:
    rows = [(run.first, run.reading.boot, run.reading.ahead_ms, run.shift_ms) for run in runs]
    db.executemany("INSERT INTO run VALUES (?, ?, ?, ?)", rows)


def write(path: Path, head: Head, bodies: Iterable[bytes | None], *, runs: Sequence[Run] = ()) -> int:
    """Make a whole log at `path` of this head and what waits, in order; None stands for an event that is lost.

    How many are lost comes back. Raises LogFull, LogUnusable.
    """
    with _speaking_of(path), contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.executescript(_SCHEMA)
        db.execute("BEGIN IMMEDIATE")
        places = enumerate(bodies, head.receipted + 1)
        rows = ((place, _LOST_CRC, b"") if body is None else (place, zlib.crc32(body), body) for place, body in places)
        db.executemany("INSERT INTO event VALUES (?, ?, ?)", rows)
        values = (head.epoch, head.produced, head.receipted, head.dropped, head.store_id)
        db.execute("INSERT INTO head VALUES (1, ?, ?, ?, ?, ?)", values)
        _write_runs(db, runs)
        db.execute("COMMIT")
        return int(db.execute("SELECT count(*) FROM event WHERE body = x''").fetchone()[0])


_LOST_CRC: Final = 1
"""No body has it: nothing's is 0."""


@contextlib.contextmanager
def _speaking_of(path: Path) -> Iterator[None]:
    """SQLite's words as the errors of a log."""
    try:
        yield
    except BROKEN as error:
        if is_damage(error):
            raise LogDamaged(f"{path} is no log that can be read ({error})") from error
        code = getattr(error, "sqlite_errorcode", 0)
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE):
            raise LogFull(f"{path}: there is no room on the disk ({error})") from error
        raise LogUnusable(f"{path} cannot be used as a log ({error})") from error
