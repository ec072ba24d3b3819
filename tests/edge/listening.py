"""What the tests of child processes share: somebody who listens, and waiting with a deadline."""

import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from edge.children.child import Child, Programme
from edge.inputs import DeviceState, ReaderChanged, TagGone
from edge.lines import Noticed


class Listener:
    """What a child's supervisor says, in order, for a test to wait for."""

    def __init__(self) -> None:
        self.said: list[Noticed] = []
        self._more = threading.Condition()

    def __call__(self, message: Noticed) -> None:
        with self._more:
            self.said.append(message)
            self._more.notify_all()

    def until(self, enough: Callable[[list[Noticed]], bool], seconds: float = 30) -> None:
        with self._more:
            assert self._more.wait_for(lambda: enough(self.said), seconds), self.said

    def until_told(self, what: str, times: int = 1) -> None:
        self.until(lambda said: [told(each) for each in said].count(what) >= times)

    def states(self) -> list[DeviceState]:
        return [each.state for each in self.said if isinstance(each, ReaderChanged)]

    def reasons(self) -> list[str]:
        return [each.reason for each in self.said if isinstance(each, ReaderChanged) and each.state == "lost"]


def told(message: Noticed) -> str:
    return message.reader if isinstance(message, TagGone) else ""


def changed(state: DeviceState, reason: str, at: float) -> Noticed:
    return ReaderChanged(reader="r1", state=state, reason=reason, at=at)


@contextlib.contextmanager
def supervised(what: Programme, say: Callable[[Noticed], None]) -> Iterator[Child]:
    child = Child(
        what,
        say=say,
        changed=changed,
        clock=time.monotonic,
        chance=random.Random(1),
        log=logging.getLogger("test.child"),
    )
    child.start()
    try:
        yield child
    finally:
        child.stop(1.0)


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
