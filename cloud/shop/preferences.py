"""What a shopper wishes of messages beside their consent: which topics, at which hours, how often."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

DAY_MIN: Final = 24 * 60


class Pace(enum.StrEnum):
    """How often messages may come."""

    NORMAL = "normal"  # as often as the store's caps allow
    FEWER = "fewer"  # half of that, and never two on one day


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A part of each day in minutes after midnight, the end not in it; over midnight where it ends before it begins."""

    from_min: int
    to_min: int

    def holds(self, minute: int) -> bool:
        """Whether a minute of the day, 0 to 1439, is in it. Equal ends make a whole day."""
        if self.from_min < self.to_min:
            return self.from_min <= minute < self.to_min
        return minute >= self.from_min or minute < self.to_min


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """One shopper's wishes; as they begin, nothing is narrowed."""

    muted: frozenset[str] = frozenset()  # topics, zones of the plan, of which nothing may be sent
    hours: tuple[Hours, ...] = ()  # a message needs a minute that is in all of them
    pace: Pace = Pace.NORMAL
    zone: str | None = None  # the shopper's time zone in the tz database; None: the store's


def welcome(hours: Iterable[Hours], minute: int) -> bool:
    """Whether a message may come at this minute of the shopper's day: it must be in all these hours."""
    return all(each.holds(minute) for each in hours)


def stricter(each: Iterable[Preferences]) -> Preferences:
    """What joined phones wish together: a message must be welcome on every one. The zone is the last that is set."""
    muted: frozenset[str] = frozenset()
    hours: dict[Hours, None] = {}
    pace, zone = Pace.NORMAL, None
    for one in each:
        muted |= one.muted
        hours |= dict.fromkeys(one.hours)
        pace = Pace.FEWER if Pace.FEWER in (pace, one.pace) else Pace.NORMAL
        zone = one.zone or zone
    return Preferences(muted=muted, hours=tuple(hours), pace=pace, zone=zone)
