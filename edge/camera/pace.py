"""How often the detector looks: as often as what goes on asks for, and never beyond the processor time it may take."""

import math
from dataclasses import dataclass, replace
from typing import Final

from edge.attention import Attention

RECENT_S: Final = 10.0
"""The time over which the load and the cost of a look are averaged: some minutes would let a fan start first."""
LEARNS: Final = 0.2
"""The share of one look in the known cost: five looks of another scene or another load are believed."""
SLOWEST: Final = 0.5
"""Looks a second that even a budget that is used up allows. Already below 1.25 people are missed, and the time beyond
0.8 s from each look counts as not covered (`edge.counting.watch`): at this rate most of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the operator set."""

    least: float  # looks a second while little goes on
    most: float  # looks a second near lines and other people
    budget: float  # of one core, 0.5 for 50 per cent; everything that the process does counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look of the detector."""

    cpu_s: float  # its processor time
    effort: float = 1.0  # in usual looks: a survey costs more than the next look will


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What is known of the load; times in s, processor times are those of this process alone, never wall time."""

    began: float
    at: float  # the last reading
    spent: float  # processor time of the process at that reading
    attention: Attention = Attention.BUSY
    other: float = 0.0  # cores that all but the looks take, on average: reading and decoding pictures
    cost: float = 0.0  # processor time of one usual look, on average
    used: float = 0.0  # cores that the process takes, on average
    looks: float = 0.0  # a second, on average


def begin(at: float, spent: float) -> Pace:
    """Before the first look; a camera that has just started looks as often as it may."""
    return Pace(began=at, at=at, spent=spent)


def told(pace: Pace, attention: Attention) -> Pace:
    """The node said how much goes on before the camera."""
    return replace(pace, attention=attention)


def measured(pace: Pace, at: float, spent: float, *, looked: Look | None) -> Pace:
    """The load after a reading at `at` of the process's processor time, `spent` s since it started.

    `looked` is the one look since the reading before; None when there was none. Averages forget exponentially over
    RECENT_S, by time and not by readings, so that the rate does not weigh on them; until then they are plain means.
    """
    elapsed = at - pace.at
    if elapsed <= 0:
        return pace
    share = max(1 - math.exp(-elapsed / RECENT_S), elapsed / (at - pace.began))
    took = max(0.0, spent - pace.spent)
    beside = max(0.0, took - (looked.cpu_s if looked else 0.0))
    return replace(
        pace,
        at=at,
        spent=spent,
        used=pace.used + share * (took / elapsed - pace.used),
        other=pace.other + share * (beside / elapsed - pace.other),
        looks=pace.looks + share * ((looked is not None) / elapsed - pace.looks),
        cost=pace.cost if looked is None else _cost(pace.cost, looked),
    )


def _cost(before: float, looked: Look) -> float:
    """The first look's cost is taken whole: a rate must be known from it on."""
    cost = looked.cpu_s / looked.effort
    return cost if before <= 0 else before + LEARNS * (cost - before)


def wanted(pace: Pace, limits: Limits) -> float:
    """Looks a second that what goes on asks for."""
    match pace.attention:
        case Attention.BUSY:
            return limits.most
        case Attention.CALM | Attention.NOBODY:
            return limits.least


def affordable(pace: Pace, limits: Limits) -> float:
    """Looks a second that the budget allows beside the rest of the process's work; at least SLOWEST."""
    if pace.cost <= 0:
        return math.inf
    return max(SLOWEST, (limits.budget - pace.other) / pace.cost)


def advice(pace: Pace, limits: Limits, before: str | None) -> str | None:
    """What to do where the budget does not allow the least rate, in words; None where it does.

    `before` is what was said last and goes on to be said: a tenth more than the least counts as enough again, so that
    a load at the edge is told once.
    """
    can = affordable(pace, limits)
    if can >= limits.least * (1.1 if before else 1.0):
        return None
    return before or (
        f"cpu_percent = {100 * limits.budget:g} allows {can:.1f} detections a second on this machine, fewer than the "
        f"least of {limits.least:g}; its pictures alone take {100 * pace.other:.0f}: allow it more, or have the camera "
        "send smaller or fewer pictures"
    )


def interval(pace: Pace, limits: Limits) -> float:
    """Seconds from one look to the next."""
    return 1 / min(wanted(pace, limits), affordable(pace, limits))
