"""Events of a running node's log, read by another program while they pass through it."""

import sqlite3
import zlib
from pathlib import Path

from contract.events import Event
from contract.messages import WireError, decode_event


class NoLog(Exception):
    """There is no log that could be read; the message says which file and why."""


class Tail:
    """What a node's log gains from now on. It only reads: it neither locks out the node nor holds an event back.

    An event stays in the log until the cloud's receipt, some tenths of a second at least; whoever looks more often
    sees nearly all. Sequences have no gaps, so those that left before a look are known by number and counted in
    `unseen`.
    """

    def __init__(self, path: Path) -> None:
        """Begin at the log's end. Raises NoLog."""
        self._path = path
        self.unseen = 0  # events that were gone, or damaged, when they could have been read
        try:
            self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
            self._seen = self._produced()
        except sqlite3.Error as error:
            raise NoLog(
                f"{path} cannot be read as a node's log ({error}); does the node run, and on this machine?"
            ) from error

    def _produced(self) -> int:
        row = self._db.execute("SELECT produced FROM head").fetchone()
        return int(row[0]) if row else 0

    def new(self) -> list[Event]:
        """The events since the last look, in their order. Raises NoLog when the file cannot be read any more."""
        try:
            self._db.execute("BEGIN")  # one moment for both
            try:
                produced = self._produced()
                rows = self._db.execute(
                    "SELECT crc, body FROM event WHERE sequence > ? ORDER BY sequence", (self._seen,)
                ).fetchall()
            finally:
                self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise NoLog(f"{self._path} cannot be read any more ({error})") from error
        found = [event for crc, body in rows if (event := _event(crc, body)) is not None]
        self.unseen += produced - self._seen - len(found)
        self._seen = produced
        return found

    def close(self) -> None:
        """Let the file go."""
        self._db.close()


def _event(crc: int, body: bytes) -> Event | None:
    """The event of a row; None where the disk damaged it."""
    if zlib.crc32(body) != crc:
        return None
    try:
        return decode_event(body)
    except WireError:
        return None
