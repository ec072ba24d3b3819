"""How long shoppers waited until one of the staff took their request: the middle, nine of ten, and by the hour."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A request that was asked at `at_ms` and taken `waited_ms` later."""

    at_ms: int
    waited_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HourOfDay:
    """The requests that were asked in one hour of the day, by the store's clock; `median_s` None of none."""

    hour: int
    count: int
    median_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """All answered requests of a time, in seconds; `hours` from the first hour that had one to the last."""

    count: int
    median_s: float | None
    p90_s: float | None  # nine of ten waited no longer
    hours: tuple[HourOfDay, ...]


def times(answered: Sequence[Answered], zone: tzinfo) -> Times:
    """The times to answer."""
    waited = sorted(it.waited_ms / 1000 for it in answered)
    by_hour: dict[int, list[float]] = {}
    for it in answered:
        by_hour.setdefault(datetime.fromtimestamp(it.at_ms / 1000, zone).hour, []).append(it.waited_ms / 1000)
    span = range(min(by_hour), max(by_hour) + 1) if by_hour else range(0)
    return Times(
        count=len(waited),
        median_s=quantile(waited, 0.5),
        p90_s=quantile(waited, 0.9),
        hours=tuple(
            HourOfDay(
                hour=hour, count=len(by_hour.get(hour, ())), median_s=quantile(sorted(by_hour.get(hour, ())), 0.5)
            )
            for hour in span
        ),
    )


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The least of some ordered values that `share` of them do not pass: one that was, never between; None of none."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None
