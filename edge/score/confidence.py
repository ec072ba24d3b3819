"""What few counts prove: 95 % intervals of shares, of counts and of the difference of two counts."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_TAIL: Final = 0.025
_NORMAL: Final = 1.959963984540054  # the normal distribution's quantile at 1 - _TAIL
_STEPS: Final = 100  # of bisection: more than a float has bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """An interval."""

    low: float
    high: float


def share(part: int, whole: int) -> Between:
    """Wilson's score interval of `part` of `whole`; [0, 1] of nothing.

    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the American
    Statistical Association 22 (1927); why not the textbook's: L. D. Brown, T. T. Cai and A. DasGupta, "Interval
    Estimation for a Binomial Proportion", Statistical Science 16 (2001).
    """
    if not whole:
        return Between(low=0.0, high=1.0)
    found, square = part / whole, _NORMAL**2
    middle = (found + square / (2 * whole)) / (1 + square / whole)
    half = _NORMAL / (1 + square / whole) * math.sqrt(found * (1 - found) / whole + square / (4 * whole**2))
    return Between(low=max(0.0, min(middle - half, found)), high=min(1.0, max(middle + half, found)))


def count(number: int) -> Between:
    """The exact interval of a Poisson mean of which `number` events were seen.

    F. Garwood, "Fiducial Limits for the Poisson Distribution", Biometrika 28 (1936).
    """
    top = number + 10 * math.sqrt(number + 1) + 10
    low = 0.0 if number == 0 else _root(lambda mean: 1 - _at_most(number - 1, mean) - _TAIL, 0.0, top)
    return Between(low=low, high=_root(lambda mean: _TAIL - _at_most(number, mean), 0.0, top))


def difference(more: int, less: int) -> Between:
    """The interval of the mean of `more` - `less`, two independent counts, from those of both.

    G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures: A general approach",
    Statistics in Medicine 27 (2008), section 2.
    """
    one, two = count(more), count(less)
    apart = more - less
    return Between(
        low=apart - math.hypot(more - one.low, two.high - less),
        high=apart + math.hypot(one.high - more, less - two.low),
    )


def _at_most(number: int, mean: float) -> float:
    """The chance of `number` events or fewer with this mean."""
    if mean <= 0:
        return 1.0
    return math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(number + 1))


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function is 0."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
