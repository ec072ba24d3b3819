"""Reads single keys from a terminal while a person watches a door."""

import contextlib
import os
import select
import termios
import tty
from collections.abc import Callable, Iterator
from typing import Final, TextIO

from contract.events import Direction
from edge.audit import keys
from edge.audit.keys import Session

_LOOK_S: Final = 0.05  # how long a key is waited for before the node's log is looked at again
_MOST_KEYS: Final = 64


def watch(
    session: Session, *, keyboard: int, out: TextIO, clock: Callable[[], float], until: float, idle: Callable[[], None]
) -> Session:
    """The session when the person ends it, the terminal closes, or at `until` (wall time, s).

    `keyboard` is a terminal's file descriptor, left as it was found; `idle` is called many times a second.
    """
    shown = ""
    with _single_keys(keyboard):
        while not session.ended and clock() < until:
            status = _status(session, until - clock())
            if status != shown:
                shown = status
                out.write(f"\r\x1b[K{status}")
                out.flush()
            if select.select([keyboard], [], [], _LOOK_S)[0]:
                pressed = os.read(keyboard, _MOST_KEYS)
                if not pressed:
                    break
                for key in keys.plain(pressed.decode(errors="ignore")):
                    session = keys.press(session, key, clock())
            idle()
    out.write("\n")
    out.flush()
    return session


def _status(session: Session, left: float) -> str:
    minutes, seconds = divmod(max(0, round(left)), 60)
    inward, outward = session.number(Direction.IN), session.number(Direction.OUT)
    return f"in {inward}  out {outward}   i in, o out, u undo, q end   {minutes}:{seconds:02} left "


@contextlib.contextmanager
def _single_keys(keyboard: int) -> Iterator[None]:
    """Keys come one by one and are not shown; Ctrl-C is a key as well, so that nobody loses their clicks by it."""
    before = termios.tcgetattr(keyboard)
    tty.setcbreak(keyboard)
    single = termios.tcgetattr(keyboard)
    single[3] &= ~termios.ISIG
    termios.tcsetattr(keyboard, termios.TCSADRAIN, single)
    try:
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
