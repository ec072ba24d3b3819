"""The thread that stores: it takes what waits, commits it, and only then acknowledges and receipts."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cloud.facts import Fact
from cloud.ingest.decision import BatchRead, Reading, Refused, read
from cloud.ingest.intake import Addressed, Stored, as_misfits, store_readings
from cloud.ingest.mailbox import Delivery, Mailbox
from cloud.metrics import Metrics
from cloud.store.connection import Store, StoreError

_GROUP_BYTES = 2 * 1024 * 1024
"""Of one transaction, about 12,000 events: a larger one is hardly faster, and whoever waits waits longer."""
_GROUP = 500
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
"""Seconds between tries while the disk is full; RELIABILITY's bound is 5 s from room to work."""
_REMIND = 60.0

_log = logging.getLogger("aisle.ingest")

# The disk may get room, the lock be given back, the file system be mounted again: worth trying again for ever.
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
# The file is damaged or was replaced under us: only a person can help, and every further write may make it worse.
_FATAL = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Broken(RuntimeError):
    """The store cannot be written and trying again is no use."""


class Outlet(Protocol):
    """Where the writer's answers go."""

    def receipt(self, addressed: Addressed) -> bool:
        """Sends a receipt; False where the broker is away (the node will ask again)."""

    def acknowledge(self, delivery: Delivery) -> None:
        """Tells the broker that it may forget the message."""


@dataclass(slots=True, kw_only=True)
class Writer:
    """Owns the way from the mailbox to the store. `run` it in a thread of its own."""

    store: Store
    name: str  # the store's, as in topics
    mailbox: Mailbox
    outlet: Outlet
    metrics: Metrics
    tell: Callable[[Sequence[Fact]], None]
    stalled_since: float | None = None  # CLOCK_MONOTONIC, s
    _stopping: threading.Event = field(default_factory=threading.Event)
    _reminded: float = 0.0

    def run(self) -> None:
        """Stores until `stop`. Raises Broken; whatever it has not stored is the broker's and the nodes' still."""
        while deliveries := self.mailbox.take(most_bytes=_GROUP_BYTES, most=_GROUP):
            begun = time.monotonic()
            told = self._store([read(delivery.message, self.name) for delivery in deliveries])
            if told is None:
                return
            self._answer(deliveries, told, time.monotonic() - begun)

    def stop(self) -> None:
        """Ends `run` after the transaction that it is at."""
        self._stopping.set()
        self.mailbox.close()

    def _answer(self, deliveries: list[Delivery], told: list[Stored], seconds: float) -> None:
        for one in told:
            for addressed in one.receipts:
                if not self.outlet.receipt(addressed):
                    self.metrics.unsent()
            self.tell(one.facts)
            self.metrics.stored(one, seconds)
        for delivery in deliveries:
            self.outlet.acknowledge(delivery)

    def _store(self, readings: list[Reading]) -> list[Stored] | None:
        """All in one transaction; where that fails for no reason of the disk's, each in its own. None: stopped."""
        try:
            stored = self._patiently(readings)
        except (Broken, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - an error of ours: it must neither lose a message nor block a log
            if len(readings) == 1:
                return self._as_poison(readings[0], error)
            parts = [self._store([reading]) for reading in readings]
            return None if None in parts else [one for part in parts if part for one in part]
        return None if stored is None else [stored]

    def _as_poison(self, reading: Reading, error: Exception) -> list[Stored] | None:
        """What our own error cannot store is kept raw, in its place."""
        _log.error("a message on %s cannot be stored and goes to quarantine", reading.message.topic, exc_info=error)
        reason = f"it could not be stored: {type(error).__name__}"
        match reading:
            case BatchRead():
                stored = self._patiently([as_misfits(reading, reason)])
            case _:
                stored = self._patiently([Refused(message=reading.message, reason=reason)])
        return None if stored is None else [stored]

    def _patiently(self, readings: list[Reading]) -> Stored | None:
        """Tries until the disk lets it, with nothing acknowledged meanwhile; None where it was stopped."""
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                stored = store_readings(self.store, readings)
            except StoreError as error:
                self._wait(str(error))
            except sqlite3.Error as error:
                if not _passing(error):
                    raise
                self._wait(f"{error} ({error.sqlite_errorname})")
            else:
                if self.stalled_since is not None:
                    _log.warning("%s can be written again", self.store.path)
                    self.stalled_since = None
                return stored
            self._stopping.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        return None

    def _wait(self, why: str) -> None:
        self.metrics.failed()
        now = time.monotonic()
        if self.stalled_since is None or now - self._reminded > _REMIND:
            _log.error("%s cannot be written: %s. Nothing is acknowledged until it can", self.store.path, why)
            self._reminded = now
        if self.stalled_since is None:
            self.stalled_since = now


def _passing(error: sqlite3.Error) -> bool:
    """Whether it may pass by itself. Raises Broken for what only a person can mend."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return False
    if code & 0xFF in _FATAL or code == sqlite3.SQLITE_READONLY_DBMOVED:
        raise Broken(f"the database is damaged or was moved: {error}") from error
    return code & 0xFF in _PASSING
