"""Tags and readers that have died: people stop in front of them as always, and nobody taps."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

FALSE_DAYS = 30
"""In so many days the whole store has one false alarm or none, as long as people tap as the past says."""
LEAST_TAPS = 5
"""In the past: with fewer nobody can say what is usual."""
_LEAST_DAYS = 7
_UNSURE = 4.0
"""How far days are taken to differ where too few of them are known: by half of the usual rate."""
_MOST_CHANCE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A past day at one tag: stops in its zone, and taps of it."""

    stops: int
    taps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A tag or reader: its past days, when it was last tapped (None: not in the past), and the stops since then."""

    name: str
    past: tuple[Day, ...]
    tapped_ms: int | None
    stops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """So many stops since its last tap, where usually there were `usually` taps; `chance` is that of such a silence
    at a tag that lives.
    """

    name: str
    since_ms: int
    stops: int
    usually: float
    chance: float


def dead(watched: Sequence[Watched]) -> tuple[Dead, ...]:
    """Those of which a tap is overdue by more than luck, the surest first.

    The silence after a tap is one question, however often it is looked at, as it only grows: with n tags and t taps a
    day at this one, a chance of 1 / (FALSE_DAYS · n · t) for each of its silences gives one false alarm in FALSE_DAYS
    in the store. Where no camera counts stops there is no alarm: nobody is known to have been there.
    """
    known = [it for it in watched if sum(day.taps for day in it.past) >= LEAST_TAPS]
    found = [told for it in known if (told := _judged(it, len(known)))]
    return tuple(sorted(found, key=lambda it: (it.chance, it.name)))


def silence(past: Sequence[Day], stops: int) -> float:
    """The chance of no tap in so many stops at a tag with this past, between 0 and 1; 1 where it was never tapped.

    Taps come by a Poisson law whose rate for a stop is drawn anew by a gamma law (the negative binomial; Greenwood
    and Yule, Journal of the Royal Statistical Society 83(2), 1920): days differ, and a short past knows little.
    """
    usual, shape = _usual(past), _shape(past)
    return (1 + usual * stops / shape) ** -shape if usual > 0 else 1.0


def _judged(it: Watched, tags: int) -> Dead | None:
    if it.tapped_ms is None:
        return None
    taps_a_day = sum(day.taps for day in it.past) / len(it.past)
    chance = silence(it.past, it.stops)
    if chance > min(_MOST_CHANCE, 1 / (FALSE_DAYS * tags * taps_a_day)):
        return None
    return Dead(name=it.name, since_ms=it.tapped_ms, stops=it.stops, usually=_usual(it.past) * it.stops, chance=chance)


def _usual(past: Sequence[Day]) -> float:
    """Taps for a stop."""
    stops = sum(day.stops for day in past)
    return sum(day.taps for day in past) / stops if stops else 0.0


def _shape(past: Sequence[Day]) -> float:
    """The gamma law's shape: at most what so many taps can know, less where days differ by more than Poisson's law.

    The difference by the method of moments: of a day's taps the variance is m + m² / shape, m being its usual taps.
    """
    known = sum(day.taps for day in past) + 0.5
    if len(past) < _LEAST_DAYS:
        return min(known, _UNSURE)
    usual = _usual(past)
    means = [usual * day.stops for day in past]
    beyond = sum((day.taps - mean) ** 2 - mean for day, mean in zip(past, means, strict=True))
    return known if beyond <= 0 else max(0.5, min(known, math.fsum(mean * mean for mean in means) / beyond))
