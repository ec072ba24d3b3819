"""A day's entrances as bars of a quarter of an hour, beside those of another day, over the open hours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cloud.manage.insight import Figure, Flow, Seen, State, tally

STEP = 15
"""Minutes of one bar."""
DAY = 24 * 60
_WIDEST = DAY // STEP
_USUAL = (9, 21)
"""Hours to show of a day on which nobody came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One quarter of an hour: who entered then, and on the other day. `minute` counts from the day's beginning."""

    minute: int
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
    k: int,
) -> Hours:
    """The bars of the day that begins at minute `first`, up to minute `end`; `then_first` begins the other day.

    `seen` says in which minutes a door was watched: a quarter in which none was is a gap. Without `then` there is no
    other day.
    """
    mine, other = _sums(now, first), None if then is None else _sums(then, then_first)
    watched = {(one.minute - first) // STEP for one in seen if one.covered_ms}
    over = min(_WIDEST, max(0, -(-(end - first) // STEP)))
    bars = tuple(
        Bar(
            minute=place * STEP,
            now=tally(mine[place] if place < over and (place in watched or mine[place]) else None, k=k),
            then=tally(None if other is None else other[place], k=k),
        )
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
        total=tally(sum(mine) if watched or any(mine) else None, k=k),
    )


def _sums(flows: Iterable[Flow], first: int) -> list[int]:
    sums = [0] * _WIDEST
    for flow in flows:
        place = (flow.minute - first) // STEP
        if 0 <= place < _WIDEST:
            sums[place] += flow.entered
    return sums


def _open(mine: Sequence[int], other: Sequence[int]) -> tuple[int, int]:
    """The whole hours around everybody's entrance; a minute or two after midnight on a busy night count too."""
    busy = [place * STEP // 60 for place in range(_WIDEST) if mine[place] or (other and other[place])]
    return (min(busy), max(busy) + 1) if busy else _USUAL
