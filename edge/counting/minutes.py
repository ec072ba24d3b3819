"""Wall-clock minutes, or even parts of them, on the monotonic clock: which of them run, and which are complete."""

from dataclasses import dataclass, replace
from typing import Final

MINUTE: Final = 60.0  # s
SHORTEST: Final = 1.0  # s
SLIVER: Final = 0.5e-3  # s: in whole milliseconds, as its beginning is told, it would be none


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """From `began` up to `ends` (CLOCK_MONOTONIC, s): a wall-clock minute, or the part of one that was watched."""

    began: float
    ends: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """The minutes not yet told, oldest first, without a gap between them; begins as `Minutes()`."""

    open: tuple[Minute, ...] = ()
    ahead: float = 0.0  # s that wall time is ahead of the monotonic clock, as last told
    period: float = MINUTE  # s, of one of them: a minute, or a part that divides it

    def __post_init__(self) -> None:
        """Refuse a period that would not begin anew with each minute."""
        if not SHORTEST <= self.period <= MINUTE or MINUTE % self.period:
            raise ValueError(f"a period of {self.period} s; allowed are those that divide a minute of 60 s")


def until(minutes: Minutes, at: float) -> Minutes:
    """The minutes, with new ones up to the one that holds `at`. A wall clock that was set moves only new minutes."""
    found = list(minutes.open) or [_minute(at, minutes)]
    while found[-1].ends <= at:
        found.append(_minute(found[-1].ends, minutes))
    return replace(minutes, open=tuple(found))


def split(minutes: Minutes, began: float, ended: float) -> tuple[tuple[Minute, float, float], ...]:
    """The parts of a time in each open minute; what lies before the first is left out."""
    parts = ((each, max(began, each.began), min(ended, each.ends)) for each in minutes.open)
    return tuple((each, first, last) for each, first, last in parts if first < last)


def due(minutes: Minutes, at: float) -> tuple[Minutes, tuple[Minute, ...]]:
    """The minutes that ended at or before `at`, taken out."""
    done = tuple(each for each in minutes.open if each.ends <= at)
    return replace(minutes, open=minutes.open[len(done) :]), done


def _minute(began: float, minutes: Minutes) -> Minute:
    """The rest of the wall-clock minute at `began`; a sliver of it joins the next."""
    left = minutes.period - (began + minutes.ahead) % minutes.period
    return Minute(began=began, ends=began + (left if left > SLIVER else left + minutes.period))
