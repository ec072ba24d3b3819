"""The files of a node's log: the one that is written, what is left of damaged ones, and those, kept aside.

The new files take their names only when all of them are whole on the disk: a power cut at any moment ends in a state
from which the next start goes on.
"""

import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contract.events import Dropped
from contract.messages import encode_event
from edge.delivery import salvage
from edge.delivery.log import Log, LogDamaged, LogFull, LogUnusable, beside

KEPT_ASIDE: Final = 2
"""Damaged files that stay for somebody to look into, the newest ones."""
_COMPANIONS: Final = ("-wal", "-shm")
"""What SQLite keeps beside its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A node's logs: the one that new events go to, and what is left of earlier epochs."""

    log: Log
    earlier: tuple[Log, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """Where a node's log lies, and how one is made. `now_ms` tells the wall time."""

    path: Path
    new_epoch: Callable[[], str]
    max_bytes: int
    now_ms: Callable[[], int]
    notes: logging.Logger

    def open(self) -> Opened:
        """Open the log and what is left of earlier ones, or make it; a damaged one is salvaged first.

        A log that can be read is never salvaged. Raises LogFull, LogUnusable, and LogDamaged where a file that was
        just made is damaged already.
        """
        try:
            log = self._open()
            return Opened(log=log, earlier=tuple(self._open_earlier(log)))
        except OSError as error:
            raise LogUnusable(f"{self.path}: {error.strerror}") from error

    def _open(self) -> Log:
        if not self.path.exists() and self._fresh.exists():
            self._take_their_names()
        try:
            return self._log(self.path)
        except LogDamaged as error:
            self.notes.error("%s: what can be read is saved, and a new log begun", error)
            self._salvage()
            return self._log(self.path)

    def _log(self, path: Path) -> Log:
        return Log(path, new_epoch=self.new_epoch, max_bytes=self.max_bytes)

    def _open_earlier(self, log: Log) -> Iterator[Log]:
        for path in earlier(self.path):
            try:
                old = self._log(path)
            except LogDamaged as error:
                self._give_up(path, log, f"what was saved is damaged again: {error}")
                continue
            if old.pending:
                self.notes.info("%d events of an earlier log are still to send", old.pending)
                yield old
            else:
                forget(old)

    def _give_up(self, path: Path, log: Log, reason: str) -> None:
        """Count what a second damage took, then put the file aside; a power cut in between counts it twice."""
        lost = salvage.waiting(path)
        reason = f"{lost or 'an unknown number of'} events are lost: {reason}"
        self.notes.error("%s", reason)
        words = "".join(c if c.isprintable() else " " for c in reason)[:300]
        try:
            log.append([encode_event(Dropped(at=self.now_ms(), count=lost, reason=words))], dropped=lost)
        except LogFull as error:
            self.notes.error("that cannot be counted before the next start: %s", error)
        else:
            self._put_aside(path)

    def _salvage(self) -> None:
        for path in (self._fresh, self._rest):
            _delete(path)
        try:
            # Where its head is lost a full log goes into this one, and one row more.
            fresh = Log(self._fresh, new_epoch=self.new_epoch, max_bytes=2 * self.max_bytes)
            with contextlib.closing(fresh):
                said = salvage.save(self.path, salvage.To(rest=self._rest, fresh=fresh, now_ms=self.now_ms()))
        except LogFull as error:
            raise LogUnusable(f"{self.path} is damaged, and there is no room to save it ({error})") from error
        self.notes.warning("%s", said)
        self._take_their_names()

    def _take_their_names(self) -> None:
        """The damaged file steps aside and the new ones take its place; may be called again after a power cut."""
        self._put_aside(self.path)
        if self._rest.exists():
            self._rest.rename(self._name("salvaged"))
        _sync(self.path.parent)  # not before: what SQLite kept beside the old file would be taken for the new one's
        self._fresh.rename(self.path)
        _sync(self.path.parent)

    def _put_aside(self, path: Path) -> None:
        aside = self._name("damaged")
        for companion in ("", *_COMPANIONS):
            with contextlib.suppress(FileNotFoundError):
                beside(path, companion).rename(beside(aside, companion))
        self.notes.warning("the damaged log is kept as %s", aside.name)
        # The newest is not the last by name where the clock stood still.
        others = [other for other in _all(self.path, "damaged") if other != aside]
        for old in others[: max(0, len(others) - KEPT_ASIDE + 1)]:
            self.notes.warning("%s is deleted: of damaged logs, the newest %d are kept", old.name, KEPT_ASIDE)
            _delete(old)

    def _name(self, kind: str) -> Path:
        """A name that is not taken."""
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(self.now_ms() / 1000))
        names = (beside(self.path, f".{kind}-{stamp}.{number}") for number in range(1000))
        return next(path for path in names if not path.exists())

    @property
    def _fresh(self) -> Path:
        """The log of the new epoch while it is made."""
        return beside(self.path, ".fresh")

    @property
    def _rest(self) -> Path:
        """What is left of the old epoch, while it is saved."""
        return beside(self.path, ".saving")


def earlier(path: Path) -> list[Path]:
    """The files of what is left of damaged logs, the oldest first."""
    return _all(path, "salvaged")


def forget(log: Log) -> None:
    """Close what was left of an earlier epoch, and delete it: the cloud has all of it."""
    log.close()
    _delete(log.path)


def _all(path: Path, kind: str) -> list[Path]:
    found = path.parent.glob(f"{path.name}.{kind}-*")
    return sorted(each for each in found if not each.name.endswith(_COMPANIONS))


def _delete(path: Path) -> None:
    for companion in ("", *_COMPANIONS):
        beside(path, companion).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
