"""Wall-clock minutes on the monotonic clock: which of them run, and which are complete."""

from dataclasses import dataclass
from typing import Final

MINUTE: Final = 60.0  # s


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


def until(minutes: Minutes, at: float) -> Minutes:
    """The minutes, with new ones up to the one that holds `at`. A wall clock that was set moves only new minutes."""
    found = list(minutes.open) or [_minute(at, minutes.ahead)]
    while found[-1].ends <= at:
        found.append(_minute(found[-1].ends, minutes.ahead))
    return Minutes(open=tuple(found), ahead=minutes.ahead)


def split(minutes: Minutes, began: float, ended: float) -> tuple[tuple[Minute, float, float], ...]:
    """The parts of a time in each open minute; what lies before the first is left out."""
    parts = ((each, max(began, each.began), min(ended, each.ends)) for each in minutes.open)
    return tuple((each, first, last) for each, first, last in parts if first < last)


def due(minutes: Minutes, at: float) -> tuple[Minutes, tuple[Minute, ...]]:
    """The minutes that ended at or before `at`, taken out."""
    done = tuple(each for each in minutes.open if each.ends <= at)
    return Minutes(open=minutes.open[len(done) :], ahead=minutes.ahead), done


def _minute(began: float, ahead: float) -> Minute:
    """The rest of the wall-clock minute at `began`; a sliver under a millisecond joins the next."""
    left = MINUTE - (began + ahead) % MINUTE
    return Minute(began=began, ends=began + (left if left > 1e-3 else left + MINUTE))
