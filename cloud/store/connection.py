"""The connections to the database: one that writes, a few that only read."""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cloud.store import identity
from cloud.store.migrations import STEPS, migrate
from cloud.store.steps import Step

FILE = "aisle.db"
_PATIENCE = 10.0
"""Seconds to wait for another process's transaction: far above the longest import, far below a person's patience."""
_READERS_MS = 1_000
"""To wait for readers before the log is emptied: whoever writes waits too."""
_IDLE_READERS = 4
_CHECKPOINT_PAGES = 4_000
"""16 MiB of log before it is copied back: fewer copies of the same page than with SQLite's 1,000."""


class StoreError(RuntimeError):
    """The database cannot be used as asked; the message says why."""


class Database:
    """One SQLite file with one writer.

    Only one connection on this machine writes or checkpoints at a time: within the process by a lock, between
    processes (the program and its command line) by a lock file. SQLite before 3.51.3 can lose a reset of its log
    otherwise, and a busy writer would make others fail at random.
    """

    def __init__(self, path: Path, steps: tuple[Step, ...]) -> None:
        """Opens or makes the database. Raises StoreError, or SchemaError for a later version's database."""
        self.path = path
        self._turn = threading.RLock()
        self._depth = 0
        self._idle: list[sqlite3.Connection] = []
        self._idle_lock = threading.Lock()
        self._closed = False
        self._lock_file = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        self._writer = _open_writer(self.path)
        with self.atomic() as connection:
            migrate(connection, steps)

    @contextmanager
    def atomic(self) -> Iterator[sqlite3.Connection]:
        """One transaction on the writer: committed and synced where the block ends well, else rolled back.

        A block inside a block of the same thread is a savepoint of the outer one. Raises StoreError when another
        process keeps the database for more than 10 s, and sqlite3.Error as SQLite does.
        """
        with self._turn:
            if self._depth:
                yield from self._inner()
                return
            self._take_file_lock()
            try:
                yield from self._outer()
            finally:
                fcntl.flock(self._lock_file, fcntl.LOCK_UN)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one moment of the database and cannot change it. Keep the block short: a log
        that somebody still reads cannot be reset.
        """
        connection = self._borrow()
        try:
            with one_moment(connection):
                yield connection
        finally:
            self._give_back(connection)

    def empty_log(self) -> bool:
        """Copies the log into the database and cuts it to nothing; whether it could, which an open reader prevents.

        A log keeps every page as it was before each change. Waits a second for readers to end. Not inside `atomic`.
        """
        with self._alone() as writer:
            return _emptied(writer)

    def scrub(self) -> bool:
        """Writes the whole file anew, from its living rows alone, and empties the log; whether that could be done.

        SQLite overwrites what it deletes (`secure_delete`), yet where it moves a row from one page to another it may
        leave the old copy in the space between: only a new file holds nothing but its rows. Costs the time to write
        the file twice, in which others may read but not write. Not inside `atomic`.
        """
        with self._alone() as writer:
            # The copy is made of living rows only; in memory it would take the size of the database.
            writer.execute("PRAGMA temp_store = FILE")
            try:
                writer.execute("VACUUM")
            finally:
                writer.execute("PRAGMA temp_store = MEMORY")
            return _emptied(writer)

    def size(self) -> int:
        """The database's bytes, without its log."""
        return self.path.stat().st_size

    def close(self) -> None:
        """Closes all connections, the writer last, so that it alone tidies the log away."""
        with self._turn:
            with self._idle_lock:
                self._closed = True
                for connection in self._idle:
                    connection.close()
                self._idle.clear()
            self._take_file_lock()
            try:
                self._writer.close()
            finally:
                os.close(self._lock_file)

    @contextmanager
    def _alone(self) -> Iterator[sqlite3.Connection]:
        """The writer outside any transaction, while no other process writes or checkpoints."""
        with self._turn:
            if self._depth:
                raise StoreError("this cannot be done inside a transaction")
            self._take_file_lock()
            try:
                yield self._writer
            finally:
                fcntl.flock(self._lock_file, fcntl.LOCK_UN)

    def _outer(self) -> Iterator[sqlite3.Connection]:
        self._writer.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield self._writer
            self._writer.execute("COMMIT")
        except BaseException:
            # A full disk may have rolled back already; then this does nothing.
            self._writer.rollback()
            raise
        finally:
            self._depth = 0

    def _inner(self) -> Iterator[sqlite3.Connection]:
        name = f"inner_{self._depth}"
        self._writer.execute(f"SAVEPOINT {name}")
        self._depth += 1
        try:
            yield self._writer
        except BaseException:
            if self._writer.in_transaction:
                self._writer.execute(f"ROLLBACK TO {name}")
                self._writer.execute(f"RELEASE {name}")
            raise
        else:
            self._writer.execute(f"RELEASE {name}")
        finally:
            self._depth -= 1

    def _take_file_lock(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StoreError(f"another process has kept {self.path} for {_PATIENCE:.0f} s") from None
                time.sleep(0.002)
            else:
                return

    def _borrow(self) -> sqlite3.Connection:
        with self._idle_lock:
            if self._idle:
                return self._idle.pop()
        return open_reader(self.path)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._idle_lock:
            if len(self._idle) < _IDLE_READERS and not self._closed:
                self._idle.append(connection)
                return
        connection.close()


class Store(Database):
    """The store's database in one directory."""

    def __init__(self, directory: Path, *, new_store_id: str) -> None:
        """Opens or makes the database. Raises StoreError, or SchemaError for a later version's database."""
        super().__init__(directory / FILE, STEPS)
        with self.atomic() as connection:
            self.store_id = identity.ensure(connection, new_store_id).store_id


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that can neither write nor checkpoint, from this or any process. Raises StoreError."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    except sqlite3.OperationalError as error:
        raise StoreError(f"{path} cannot be opened: {error}") from None
    connection.isolation_level = None
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA busy_timeout = 10000")
    return connection


@contextmanager
def one_moment(connection: sqlite3.Connection) -> Iterator[None]:
    """All that a reader reads in the block is of one moment of the database."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.rollback()


def _emptied(writer: sqlite3.Connection) -> bool:
    writer.execute(f"PRAGMA busy_timeout = {_READERS_MS}")
    try:
        (busy, _, _) = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        writer.execute(f"PRAGMA busy_timeout = {int(_PATIENCE * 1000)}")
    return not busy


def _open_writer(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_PATIENCE)
    try:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise StoreError(f"{path} cannot keep a write-ahead log here (journal mode {mode}): is it a network disk?")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        # What is deleted is overwritten, and no journal of a statement is spilt beside the database.
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        connection.execute("PRAGMA journal_size_limit = 67108864")
        connection.execute("PRAGMA cache_size = -32768")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StoreError(f"{path} is not a usable database: {error}") from None
    return connection
