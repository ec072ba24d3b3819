"""Which time may be erased by: the clock's, where it went on from the time before or has stood for a day since."""

from dataclasses import dataclass
from typing import Final

LEAP_MS: Final = 24 * 3_600_000
"""A clock that is farther than this from where it was expected leapt, and is doubted."""
STOOD_MS: Final = 24 * 3_600_000
"""So long a doubted clock goes on without a leap before it is believed: what was erased by mistake never comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A clock that leapt: what it said last, and for how long it has gone on since."""

    clock_ms: int
    stood_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """The time as the store has it: the clock's; while that is doubted, the time before and what passed since."""

    at_ms: int
    doubt: Doubt | None = None

    def erasing_ms(self, clock_ms: int) -> int:
        """The time to erase by while the clock says `clock_ms`: the earlier of both, for a doubted one may be right."""
        return min(self.at_ms, clock_ms)


def believe(before: Belief | None, clock_ms: int, ran_ms: int | None) -> Belief:
    """What is believed once the clock says `clock_ms`; a store that has never heard a clock believes it.

    `ran_ms` is what passed since the reading before, by a clock that nobody sets; None where nobody knows, at a
    program's first reading. Then up to a day may have passed, and a store that was off for longer doubts its clock.
    """
    if before is None:
        return Belief(at_ms=clock_ms)
    last_ms = before.doubt.clock_ms if before.doubt else before.at_ms
    passed = _passed(clock_ms - last_ms) if ran_ms is None else ran_ms
    reckoned = before.at_ms + passed
    if abs(clock_ms - reckoned) <= LEAP_MS:
        return Belief(at_ms=clock_ms)
    leapt = abs(clock_ms - last_ms - passed) > LEAP_MS
    stood = 0 if before.doubt is None or leapt else before.doubt.stood_ms + passed
    if stood >= STOOD_MS:
        return Belief(at_ms=clock_ms)
    return Belief(at_ms=reckoned, doubt=Doubt(clock_ms=clock_ms, stood_ms=stood))


def _passed(moved_ms: int) -> int:
    return moved_ms if 0 <= moved_ms <= LEAP_MS else 0
