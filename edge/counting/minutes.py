"""Wall-clock minutes, or even parts of them, on the monotonic clock: which of them run, and which are complete."""

import math
from dataclasses import dataclass, replace
from typing import Final

MINUTE: Final = 60.0  # s
SHORTEST: Final = 1.0  # s
SLIVER: Final = 0.5e-3  # s: in whole milliseconds, as its beginning is told, it would be none
NUDGE: Final = 2.0
"""s: a wall clock set back by no more repeats no minute. By more it was wrong: minutes begin anew by the right one, and
what was not sent is dated anew (`edge.delivery.dating.STEP_MS`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """From `began` up to `ends` (CLOCK_MONOTONIC, s): a wall-clock minute, or the part of one that was watched.

    `wall` is the wall time (s) in which it began, never in the minute before it; `over` the one with which it ends.
    """

    began: float
    ends: float
    wall: float
    over: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A minute as it is told: as if it had begun `at` (CLOCK_MONOTONIC, s), after it was watched for `span_s`."""

    minute: Minute
    at: float
    span_s: float


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
    """The minutes, with new ones up to the one that holds `at`. A wall clock that was set moves only new minutes.

    One that was set back by a nudge makes the new minute longer: none is begun a second time.
    """
    found = list(minutes.open) or [_minute(at, at + minutes.ahead, minutes)]
    while found[-1].ends <= at:
        last = found[-1]
        wall = last.ends + minutes.ahead
        found.append(_minute(last.ends, last.over if 0 < last.over - wall <= NUDGE else wall, minutes))
    return replace(minutes, open=tuple(found))


def split(minutes: Minutes, began: float, ended: float) -> tuple[tuple[Minute, float, float], ...]:
    """The parts of a time in each open minute; what lies before the first is left out."""
    parts = ((each, max(began, each.began), min(ended, each.ends)) for each in minutes.open)
    return tuple((each, first, last) for each, first, last in parts if first < last)


def due(minutes: Minutes, at: float) -> tuple[Minutes, tuple[Minute, ...]]:
    """The minutes that ended at or before `at`, taken out."""
    done = tuple(each for each in minutes.open if each.ends <= at)
    return replace(minutes, open=minutes.open[len(done) :]), done


def told(minutes: Minutes, minute: Minute, ends: float) -> Told:
    """A minute that was watched up to `ends`, by the wall clock as it stands now.

    Where that was nudged since, it is told as the minute that it was begun as: never as the one before it.
    """
    wall = minute.began + minutes.ahead
    nudged = abs(minute.wall - wall) <= NUDGE
    return Told(minute=minute, at=minute.wall - minutes.ahead if nudged else minute.began, span_s=ends - minute.began)


def _minute(began: float, wall: float, minutes: Minutes) -> Minute:
    """The rest of the minute of the wall time `wall` from `began` on; a sliver of it joins the next."""
    over = (math.floor((wall + SLIVER) / minutes.period) + 1) * minutes.period
    return Minute(began=began, ends=over - minutes.ahead, wall=wall, over=over)
