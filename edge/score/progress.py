"""How far a long run is, told to whoever waits for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TextIO

_TERMINAL_S: Final = 0.2  # one line, drawn over and over
_LOG_S: Final = 5.0  # a line each


@dataclass(kw_only=True, slots=True)
class Progress:
    """Writes percentage, frames a second and the time left, now and then."""

    out: TextIO
    clock: Callable[[], float]  # s
    _began: float | None = None
    _told: float = 0.0

    def at(self, done: int, of: int) -> None:
        """`done` frames of `of`, 0 when that is not known."""
        now = self.clock()
        if self._began is None:
            self._began = self._told = now
        terminal = self.out.isatty()
        if now - self._told < (_TERMINAL_S if terminal else _LOG_S):
            return
        self._told = now
        rate = done / (now - self._began)
        told = f"{done} frames, {rate:.1f} frames/s"
        if of >= done:
            told = f"{100 * done / of:5.1f} %  {done}/{of} frames, {rate:.1f} frames/s, {(of - done) / rate:.0f} s left"
        self.out.write(f"\r\x1b[K{told}" if terminal else f"{told}\n")
        self.out.flush()

    def end(self) -> None:
        """Leave the line."""
        if self.out.isatty():
            self.out.write("\r\x1b[K")
            self.out.flush()
