"""Whether a figure differs from the one it is compared with by more than chance, each kind by its own statistics."""

import enum
import functools
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from cloud.manage import poisson
from cloud.manage.insight import Z_95, Bin, Interval, wilson

ENOUGH = 0.9
"""Below this coverage of either side a figure stands with its coverage beside it, and no verdict."""
_FEW = 10


class Verdict(enum.StrEnum):
    """What may be said of two figures."""

    UP = "up"  # it is more, and not by chance alone
    DOWN = "down"  # it is less, and not by chance alone
    SAME = "same"  # the difference lies within what chance does
    NONE = "none"  # nothing to compare with, withheld, or too little of it was seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The difference now − then with its 95 % interval, in the figure's own unit."""

    verdict: Verdict
    difference: float | None = None
    interval: Interval | None = None


NO_CHANGE = Change(verdict=Verdict.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What receipts came to: their sum, the sum of their squares, and how many visitors there were for them."""

    amount: float
    squares: float
    visitors: int


def counts(now: int, then: int) -> Change:
    """Two counts of things that happen one by one: the difference of two Poisson means.

    People who come in groups scatter more than that, so a difference at the very edge says little.
    """
    return _combined(now, around(now), then, around(then))


@functools.lru_cache(maxsize=1024)
def around(count: int) -> Interval:
    """Where the mean lies of which `count` ≥ 0 events were seen.

    Exact for a few; from there on Byar's approximation, which is right to a part in a thousand (N. E. Breslow and
    N. E. Day, Statistical Methods in Cancer Research, vol. 2, 1987, section 2.3).
    """
    if count < _FEW:
        return poisson.mean(count)
    low = count * (1 - 1 / (9 * count) - Z_95 / (3 * math.sqrt(count))) ** 3
    more = count + 1
    return Interval(low=low, high=more * (1 - 1 / (9 * more) + Z_95 / (3 * math.sqrt(more))) ** 3)


def shares(now: tuple[int, int], then: tuple[int, int]) -> Change:
    """Two shares, each (part, whole): the difference of two independent proportions by their Wilson intervals.

    R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in
    Medicine 17 (1998), method 10.
    """
    here, there = now[0] / now[1], then[0] / then[1]
    return _combined(here, wilson(*now), there, wilson(*then))


def medians(now: Sequence[Bin], then: Sequence[Bin]) -> Change:
    """Two medians of lengths that are counted in classes (see `median`)."""
    here, there = median(now), median(then)
    if here is None or there is None:
        return NO_CHANGE
    return _combined(here[0], here[1], there[0], there[1])


def median(bins: Sequence[Bin]) -> tuple[float, Interval] | None:
    """The middle length and where it lies, 95 times out of 100; None where there is none.

    Free of any distribution: of n lengths the middle one lies between those of the ranks n/2 ∓ z·√n/2 (W. J. Conover,
    Practical Nonparametric Statistics, 3rd ed. 1999, section 3.2). That is where the percentile bootstrap of a median
    ends up with many rounds (B. Efron, The Jackknife, the Bootstrap and Other Resampling Plans, 1982, section 10.2).
    Inside a class lengths lie evenly.
    """
    known = sorted((one for one in bins if one.count), key=lambda one: one.low_ms)
    count = sum(one.count for one in known)
    if not count:
        return None
    passed = [0]
    for one in known:
        passed.append(passed[-1] + one.count)

    def at(rank: float) -> float:
        place = min(len(known) - 1, max(0, bisect_right(passed, rank) - 1))
        if rank == passed[place] and place and rank < count:
            place -= 1
        one = known[place]
        return one.low_ms + (one.high_ms - one.low_ms) * (rank - passed[place]) / one.count

    half = Z_95 * math.sqrt(count) / 2
    return at(count / 2), Interval(low=at(max(0.0, count / 2 - half)), high=at(min(float(count), count / 2 + half)))


def means(now: Paid, then: Paid) -> Change:
    """What two days' visitors paid on the average, those who bought nothing among them (see `mean`)."""
    if not now.visitors or not then.visitors:
        return NO_CHANGE
    here, there = mean(now), mean(then)
    return _combined(here[0], here[1], there[0], there[1])


def mean(paid: Paid) -> tuple[float, Interval]:
    """Money per visitor and its interval; `visitors` is at least 1.

    Receipts come one by one, so their sum is a compound Poisson sum, whose variance is the sum of the squares
    (W. Feller, An Introduction to Probability Theory, vol. 2, 1971, section VI.4); over a count of visitors that is
    Poisson too, by the delta method.
    """
    value = paid.amount / paid.visitors
    error = Z_95 * math.sqrt(max(0.0, paid.squares) / paid.visitors**2 + value**2 / paid.visitors)
    return value, Interval(low=value - error, high=value + error)


def ratios(now: tuple[int, int], then: tuple[int, int]) -> Change:
    """Two ratios of counts that are no shares, each (count, of how many): the delta method over Poisson counts."""
    if not now[1] or not then[1]:
        return NO_CHANGE
    here, there = ratio(*now), ratio(*then)
    return _combined(here[0], here[1], there[0], there[1])


def ratio(count: int, of: int) -> tuple[float, Interval]:
    """A ratio of two counts and its interval; `of` is at least 1."""
    value = count / of
    error = Z_95 * math.sqrt(max(count, 1) / of**2 + value**2 / of)
    return value, Interval(low=max(0.0, value - error), high=value + error)


def seen_enough(*coverages: float | None) -> bool:
    """Whether each side was seen so well that the two may be compared."""
    return all(coverage is not None and coverage >= ENOUGH for coverage in coverages)


def alike_seen(now: Sequence[float | None], then: Sequence[float | None]) -> bool:
    """Whether sums of the same parts may be compared: each part was seen well on both sides or on neither.

    A part that was dark on one side alone would be a loss, or a gain, that nobody had. One part at least was seen.
    """
    pairs = list(zip(now, then, strict=True))
    return any(map(any, pairs)) and all(seen_enough(*pair) or not any(pair) for pair in pairs)


def _combined(here: float, around: Interval, there: float, around_there: Interval) -> Change:
    """A difference's interval from those of its sides (Zou and Donner, Statistics in Medicine 27, 2008, section 2)."""
    difference = here - there
    interval = Interval(
        low=difference - math.hypot(here - around.low, around_there.high - there),
        high=difference + math.hypot(around.high - here, there - around_there.low),
    )
    return _judged(difference, interval)


def _judged(difference: float, interval: Interval) -> Change:
    if interval.low > 0:
        verdict = Verdict.UP
    elif interval.high < 0:
        verdict = Verdict.DOWN
    else:
        verdict = Verdict.SAME
    return Change(verdict=verdict, difference=difference, interval=interval)
