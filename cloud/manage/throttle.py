"""How long somebody who guesses passwords must wait."""

import enum
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass

MEMORY_MS = 15 * 60_000
"""A failure is forgotten after this long."""
_SUBJECTS = 10_000
"""Subjects remembered at once; a flood of addresses pushes the oldest out and costs at most a few MB."""


class Kind(enum.Enum):
    """By what failures are counted."""

    ADDRESS = "address"  # where a guess comes from: waits that double
    ACCOUNT = "account"  # what is guessed at: a short steady wait, so that a stranger cannot lock the owner out


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One address or one account's name, known or not."""

    kind: Kind
    name: str


def wait_ms(kind: Kind, failures: Sequence[int], now_ms: int) -> int:
    """How long from now until the next try is allowed, after failures at these times (in order)."""
    recent = [at for at in failures if at > now_ms - MEMORY_MS]
    match kind:
        case Kind.ADDRESS:
            over = len(recent) - 4
            gap = min(MEMORY_MS, 1_000 * 2**over) if over > 0 else 0
        case Kind.ACCOUNT:
            gap = 5_000 if len(recent) >= 20 else 0
    return max(0, recent[-1] + gap - now_ms) if recent and gap else 0


class Throttle:
    """The failures of the last quarter of an hour. Not thread-safe; a restart forgets them."""

    def __init__(self) -> None:
        self._failures: OrderedDict[Subject, deque[int]] = OrderedDict()
        self.failed = 0
        """Tries that failed since the program's start."""
        self.held = 0
        """Tries that were not even looked at since the program's start."""

    def begin(self, subjects: Sequence[Subject], now_ms: int) -> int:
        """0 where a try may go on, which then counts as failed until `succeed`; else the wait in ms.

        Counting before looking leaves no room for a hundred guesses at once.
        """
        wait = max((wait_ms(it.kind, self._failures.get(it, deque()), now_ms) for it in subjects), default=0)
        if wait:
            self.held += 1
            return wait
        self.failed += 1
        for subject in subjects:
            self._failures.setdefault(subject, deque(maxlen=64)).append(now_ms)
            self._failures.move_to_end(subject)
        while len(self._failures) > _SUBJECTS:
            self._failures.popitem(last=False)
        return 0

    def succeed(self, subjects: Sequence[Subject]) -> None:
        """The try that began was good: what was counted against its subjects is forgotten."""
        self.failed -= 1
        for subject in subjects:
            self._failures.pop(subject, None)
