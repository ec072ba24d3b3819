"""Tells the system's supervisor that the node is up and its loop still turns (systemd's sd_notify(3))."""

import contextlib
import os
import socket
from collections.abc import Callable, Mapping
from typing import Final

_SHARE: Final = 3.0  # words within one watchdog's time: two may come late
_LONGEST_STATUS: Final = 200


class Notify:
    """A datagram to the socket that the environment names; without one, nothing is told. One thread's own.

    `beat` is called from the loop that must turn, at each turn; it speaks as often as the watchdog asks for. A loop
    that hangs is silent, and the supervisor ends the node with SIGABRT and starts it again.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        name = environment.get("NOTIFY_SOCKET", "")
        # An abstract socket's name begins with a zero byte, written as @.
        self._address = "\0" + name[1:] if name.startswith("@") else name
        self._every = _watchdog_s(environment) / _SHARE
        self._due = 0.0

    def ready(self, status: str) -> None:
        """The node is up: what it depends on may start."""
        self._tell(f"READY=1\nSTATUS={_line(status)}")

    def beat(self, now: float) -> None:
        """The loop has turned; `now` is CLOCK_MONOTONIC in seconds."""
        if self._every and now >= self._due:
            self._due = now + self._every
            self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """The node ends because it was told to."""
        self._tell("STOPPING=1")

    def _tell(self, words: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
            to.setblocking(False)  # a supervisor that does not listen must not stop the loop
            with contextlib.suppress(OSError):  # it is gone or busy: the next word may reach it
                to.sendto(words.encode(), self._address)


def _watchdog_s(environment: Mapping[str, str]) -> float:
    """How long the supervisor allows silence, s; 0 where it does not watch this very process."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    microseconds = environment.get("WATCHDOG_USEC", "")
    return int(microseconds) / 1e6 if microseconds.isdecimal() else 0.0


def _line(status: str) -> str:
    return "".join(each if each.isprintable() else " " for each in status)[:_LONGEST_STATUS]


def beating(notify: Notify, *, ended: Callable[[], bool], clock: Callable[[], float]) -> Callable[[], bool]:
    """`ended`, with a beat at each time that it is asked: a loop that asks at each turn beats while it turns."""

    def asked() -> bool:
        notify.beat(clock())
        return ended()

    return asked
