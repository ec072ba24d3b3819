"""How long a store's days should have told, learned from how long the days before them did.

Nobody tells when a store opens and closes. So a day is expected to tell from when it usually begins until it usually
ends, or longer where it did: then a camera that dies at three is a gap, and a door that closes at ten is not.
"""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

LOOK_BACK = 14
"""Days that what is usual is learned from."""
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """From which to which minute of its day something was told, counted from the day's beginning: first ≤ m < end."""

    first: int
    end: int


def usual(days: Mapping[date, Told], day: date) -> Told | None:
    """When the days before this one began and ended to tell, in the middle; None where there are none."""
    before = [days[past] for past in (day - timedelta(days=back) for back in range(1, LOOK_BACK + 1)) if past in days]
    if not before:
        return None
    return Told(
        first=round(statistics.median(one.first for one in before)),
        end=round(statistics.median(one.end for one in before)),
    )


def should_tell(days: Mapping[date, Told], day: date, *, length: int) -> Told | None:
    """The minutes of a day that is over, of `length` minutes, that should have been told; None where none should.

    A day without a word is a gap, but none where the same day of the week before was silent too: then the store
    is closed on it. A store's first day, and what was before it, is what it told.
    """
    usually, told = usual(days, day), days.get(day)
    if told is None:
        if usually is None or (day - _WEEK not in days and _begun(days, day - _WEEK)):
            return None
        return Told(first=usually.first, end=min(usually.end, length))
    if usually is None:
        return told
    return Told(first=min(told.first, usually.first), end=min(length, max(told.end, usually.end)))


def _begun(days: Mapping[date, Told], day: date) -> bool:
    """Whether the store had begun to tell before a day."""
    return any(past < day for past in days)
