"""Which time a page looks at, and which one it is compared with, by the calendar and the clock of the store."""

import enum
import functools
import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo

from cloud.manage.insight import Window

TODAY = "today"
LONGEST = 366
"""Days that one period may have."""

_MINUTES = {"15m": 15, "1h": 60}
_DAYS = {TODAY: 1, "7d": 7, "28d": 28, "365d": 365}
_WEEK = 7
_RANGE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.\.(\d{4}-\d{2}-\d{2}))?")


class Compare(enum.StrEnum):
    """What a period is compared with."""

    WEEKDAY = "weekday"  # the same days of the week, whole weeks before, up to the same time of day
    BEFORE = "before"  # as many days, or minutes, right before, up to the same time of day
    NONE = "none"  # nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Whole minutes since the Unix epoch: `first` ≤ minute < `end`, in a store whose clock runs by `zone`.

    `days` are the whole days of the store's calendar at its beginning that are over, without a gap; what comes after
    them, to the end, is the `rest`. `period` is the word for it all.
    """

    period: str
    first: int
    end: int
    days: tuple[date, ...]
    zone: tzinfo

    @property
    def window(self) -> Window:
        """All of its minutes."""
        return Window(first=self.first, end=self.end)

    @property
    def rest(self) -> Window:
        """The minutes that lie in none of its whole days; it may be empty."""
        first = beginning(self.days[-1] + timedelta(days=1), self.zone) if self.days else self.first
        return Window(first=min(first, self.end), end=self.end)

    @property
    def dates(self) -> tuple[date, ...]:
        """Every day of the store's calendar that it touches, the oldest first."""
        if self.first >= self.end:
            return ()
        first, last = (datetime.fromtimestamp(60 * minute, self.zone).date() for minute in (self.first, self.end - 1))
        return _each(first, last)

    @property
    def by_clock(self) -> bool:
        """Whether it is so many minutes, not so many days."""
        return self.period in _MINUTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Young:
    """A store that began within a period: on which day, and how many of the period's days lie from there on."""

    first: date
    days: int
    of: int


def young(span: Span, begun_ms: int | None) -> Young | None:
    """How much of a period of days a store has told that began then; None where it is all, or nothing at all."""
    dates = span.dates
    if begun_ms is None or len(dates) < 2 or span.by_clock:
        return None
    first = day_of(begun_ms, span.zone)
    days = sum(day >= first for day in dates)
    return Young(first=first, days=days, of=len(dates)) if 0 < days < len(dates) else None


def beginning(day: date, zone: tzinfo) -> int:
    """The first minute of a day; where the clock skips midnight, the first there is."""
    return int(datetime.combine(day, time(), zone).timestamp()) // 60


def day_of(at_ms: int, zone: tzinfo) -> date:
    """The day of the store's calendar in which a moment lies."""
    return datetime.fromtimestamp(at_ms / 1000, zone).date()


def span_of(period: str, *, now_ms: int, zone: tzinfo) -> Span:
    """The span of `15m`, `1h`, `today`, `yesterday`, `7d`, `28d`, `365d`, a day, or two days with `..` between.

    What ends today ends with the running minute; of days to come nothing is in it. Raises ValueError naming the
    period and what is allowed.
    """
    end, today = now_ms // 60_000 + 1, day_of(now_ms, zone)
    if period in _MINUTES:
        return Span(period=period, first=end - _MINUTES[period], end=end, days=(), zone=zone)
    first, last = _ends(period, today)
    until = min(last, today - timedelta(days=1))
    return Span(
        period=period,
        first=min(beginning(first, zone), end),
        end=min(beginning(last + timedelta(days=1), zone), end),
        days=_each(first, until),
        zone=zone,
    )


def readable(period: str) -> bool:
    """Whether `span_of` takes this period."""
    try:
        _ends(period, date.min + timedelta(days=LONGEST))
    except ValueError:
        return period in _MINUTES
    return True


def compared(span: Span, compare: Compare) -> Span | None:
    """The span that this one is compared with: as many days, up to the same time of day, and all of it before."""
    count = max(1, len(span.dates))
    match compare:
        case Compare.NONE:
            return None
        case Compare.WEEKDAY:
            return _moved(span, -(-count // _WEEK) * _WEEK)
        case Compare.BEFORE if span.by_clock:
            return replace(span, first=2 * span.first - span.end, end=span.first)
        case Compare.BEFORE:
            return _moved(span, count)


def _moved(span: Span, back: int) -> Span:
    """The same times of day, so many days before; of a span by the clock the length stays, whatever the clock did."""
    first, end = (_moved_minute(minute, span.zone, back) for minute in (span.first, span.end))
    first = end - (span.end - span.first) if span.by_clock else first
    days = tuple(day - timedelta(days=back) for day in span.days)
    return replace(span, first=first, end=max(first, end), days=days)


def _moved_minute(minute: int, zone: tzinfo, back: int) -> int:
    there = datetime.fromtimestamp(60 * minute, zone).replace(tzinfo=None) - timedelta(days=back)
    return int(there.replace(tzinfo=zone).timestamp()) // 60


def _ends(period: str, today: date) -> tuple[date, date]:
    """The first and the last day of a period. Raises ValueError."""
    if period in _DAYS:
        return today - timedelta(days=_DAYS[period] - 1), today
    if period == "yesterday":
        return today - timedelta(days=1), today - timedelta(days=1)
    if (found := _RANGE.fullmatch(period)) is not None and (days := _named(found[1], found[2] or found[1])):
        return days
    raise ValueError(
        f"{period[:40]!r} is no period; 15m, 1h, today, yesterday, 7d, 28d, 365d, a day as 2026-11-20, or days as "
        f"2026-11-01..2026-11-20, {LONGEST} of them at most, are allowed"
    )


def _named(first: str, last: str) -> tuple[date, date] | None:
    """Two written days; None where there is no such day, or they are no period."""
    try:
        begins, ends = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None
    sensible = begins.year > 1970 and ends.year < 9000 and timedelta() <= ends - begins < timedelta(days=LONGEST)
    return (begins, ends) if sensible else None


@functools.lru_cache(maxsize=256)
def _each(first: date, last: date) -> tuple[date, ...]:
    """The days from the first to the last; a page asks for the same ones again and again."""
    return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))
