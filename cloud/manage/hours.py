"""A day's entrances as bars of a quarter of an hour by the store's clock, beside another day's, over the open hours."""

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from cloud.manage.insight import Figure, Flow, Parts, Seen, State, parts, tally

STEP = 15
"""Minutes of one bar."""
DAY = 24 * 60
"""Minutes of the clock's face; a day on which the clock is changed lasts longer or shorter."""
_WIDEST = DAY // STEP
_IN_HOUR = 60 // STEP
_USUAL = (9, 21)
"""Hours to show of a day on which nobody came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One quarter of an hour: who entered then, and on the other day. `minute` is that of the clock's face.

    An hour that comes twice, when the clock goes back, adds up in the same bars; one that is skipped has none of it.
    """

    minute: int
    begun: bool  # on this day, so that nothing seen is a gap
    now: Figure
    then: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The bars from the first to the last hour in which somebody entered on either day; `top` is the highest, ≥ 1."""

    first_hour: int
    last_hour: int  # the first that is not shown
    bars: tuple[Bar, ...]
    top: float
    total: Figure


def hours(
    now: Iterable[Flow],
    then: Iterable[Flow] | None,
    seen: Iterable[Seen],
    *,
    first: int,
    then_first: int,
    end: int,
    zone: tzinfo,
    k: int,
) -> Hours:
    """The bars of the day in which minute `first` lies, up to minute `end`; the other day is that of `then_first`.

    `zone` is the store's. `seen` says in which minutes a door was watched: a quarter in which none was is a gap.
    Without `then` there is no other day.
    """
    place_of = _places(first, zone)
    mine, other = _sums(now, place_of), None if then is None else _sums(then, _places(then_first, zone))
    watched = {place_of(one.minute) for one in seen if one.covered_ms}
    begun = {place_of(minute) for minute in range(first, end, STEP)}
    counts = [mine[place] if place in begun and (place in watched or mine[place]) else None for place in range(_WIDEST)]
    here, there = _told(counts, k), _told([None] * _WIDEST if other is None else other, k)
    bars = tuple(
        Bar(minute=place * STEP, begun=place in begun, now=here.figures[place], then=there.figures[place])
        for place in range(_WIDEST)
    )
    begin, finish = _open(mine, other or ())
    shown = bars[begin * 60 // STEP : finish * 60 // STEP]
    counted = [figure.value or 0 for bar in shown for figure in (bar.now, bar.then) if figure.state is State.SHOWN]
    return Hours(
        first_hour=begin,
        last_hour=finish,
        bars=shown,
        top=max([1, *counted]),
        total=here.total,
    )


def _told(counts: Sequence[int | None], k: int) -> Parts:
    """A day's quarters and their sum. Hours are told elsewhere, so a withheld one takes its quarters with it."""
    hours_of = [counts[at : at + _IN_HOUR] for at in range(0, _WIDEST, _IN_HOUR)]
    whole = parts([_sum(quarters) for quarters in hours_of], k=k)
    figures: list[Figure] = []
    for hour, quarters in zip(whole.figures, hours_of, strict=True):
        if hour.state is State.FEW:
            nobody = not any(quarters)
            figures += [hour if count or (nobody and count == 0) else tally(count, k=k) for count in quarters]
        else:
            figures += parts(quarters, k=k).figures
    return Parts(figures=tuple(figures), total=whole.total)


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def elapsed(day_first: int, hour: int, zone: tzinfo) -> int:
    """How many minutes of the day that begins at minute `day_first` have passed when its clock first says `hour`."""
    midnight = datetime.fromtimestamp(60 * day_first, zone).replace(hour=0, minute=0, tzinfo=None)
    return int((midnight + timedelta(hours=hour)).replace(tzinfo=zone).timestamp()) // 60 - day_first


def _places(day_first: int, zone: tzinfo) -> Callable[[int], int | None]:
    """Which bar a minute belongs to, by the clock; None on another day than that of `day_first`."""
    day = datetime.fromtimestamp(60 * day_first, zone).date()

    @functools.cache
    def place(quarter: int) -> int | None:
        # No zone was ever set by less than a quarter of an hour in the years that a store can ask about.
        here = datetime.fromtimestamp(60 * STEP * quarter, zone)
        return (60 * here.hour + here.minute) // STEP if here.date() == day else None

    return lambda minute: place(minute // STEP)


def _sums(flows: Iterable[Flow], place_of: Callable[[int], int | None]) -> list[int]:
    sums = [0] * _WIDEST
    for flow in flows:
        if (place := place_of(flow.minute)) is not None:
            sums[place] += flow.entered
    return sums


def _open(mine: Sequence[int], other: Sequence[int]) -> tuple[int, int]:
    """The whole hours around everybody's entrance; a minute or two after midnight on a busy night count too."""
    busy = [place * STEP // 60 for place in range(_WIDEST) if mine[place] or (other and other[place])]
    return (min(busy), max(busy) + 1) if busy else _USUAL
