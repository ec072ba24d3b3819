"""A serial line to a PN532 that never waits for ever and fails in one way only."""

import errno
import os
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, Protocol

# Also wakes a chip in power down and ends a frame that a dead host left half-written (UM0701-02 §6.2.2, §7.2.11).
_PREAMBLE: Final = bytes(10)
_LONGEST_MS: Final = 600  # no command of ours takes the chip longer; a heartbeat must come in between


class Port(Protocol):
    """What nfcpy's serial transport offers of what is used here."""

    tty: Any  # the pyserial port below it
    baudrate: int

    def read(self, timeout: float) -> bytearray:
        """One frame; OSError after `timeout` ms without a byte."""

    def write(self, frame: bytes) -> None:
        """All of the frame, after dropping what waited unread."""


class Wire:
    """The transport below nfcpy's chip classes. Every failure is an OSError; `close` never fails and leaks nothing."""

    TYPE: Final = "TTY"

    def __init__(self, port: Port, *, ack_s: float, first_ack_s: float, progress: Callable[[], None]) -> None:
        self._port, self._progress = port, progress
        self._ack_ms = ack_s * 1000
        self._first_ack_ms: float | None = first_ack_s * 1000
        self.waking = True  # put the preamble before each frame
        with _plain():
            port.tty.exclusive = True  # a second program on this port would take every other byte

    @property
    def baudrate(self) -> int:
        """The line's speed; set it to change only this side's."""
        return self._port.baudrate

    @baudrate.setter
    def baudrate(self, value: int) -> None:
        with _plain():
            self._port.baudrate = value

    def read(self, timeout: float) -> bytearray:
        """One frame of the chip within `timeout` ms, stretched to what the line needs and cut to what is bearable."""
        patience = max(self._first_ack_ms or min(timeout, _LONGEST_MS), self._ack_ms)
        with _plain():
            frame = self._port.read(patience)
        self._first_ack_ms = None
        self._progress()
        return frame

    def write(self, frame: bytes) -> None:
        """Send a frame; what came unasked before it is dropped."""
        with _plain():
            self._port.write(_PREAMBLE + frame if self.waking else frame)

    def hush(self) -> None:
        """Drop what still comes in until the line is still for 20 ms, at most half a second."""
        with _plain():
            for _ in range(25):
                self._port.tty.reset_input_buffer()
                time.sleep(0.02)
                if not self._port.tty.in_waiting:
                    return

    def close(self) -> None:
        """Free the port. nfcpy's own close raises after an unplug and keeps the descriptor."""
        with suppress(OSError, termios.error):
            self._port.tty.close()


@contextmanager
def _plain() -> Iterator[None]:
    """Make of all that a broken line raises in nfcpy and pyserial an OSError.

    Seen: termios.error after an unplug; IndexError for a frame cut short; TypeError for a port closed meanwhile.
    """
    try:
        yield
    except termios.error as error:
        raise OSError(*error.args) from error
    except (IndexError, TypeError) as error:
        raise OSError(errno.EIO, os.strerror(errno.EIO)) from error
