"""What a few counted events prove: the exact interval of a Poisson mean, and of the difference of two."""

import math
from collections.abc import Callable
from typing import Final

from cloud.manage.insight import Interval

_TAIL: Final = 0.025
_HALVINGS: Final = 60
"""Of an interval a few thousand wide: down to what a float can hold."""


def mean(number: int) -> Interval:
    """Where the mean lies of which `number` ≥ 0 events were seen, 95 times out of 100.

    F. Garwood, "Fiducial Limits for the Poisson Distribution", Biometrika 28 (1936).
    """
    top = number + 10 * math.sqrt(number + 1) + 10
    high = _falls_to(lambda value: _at_most(number, value), _TAIL, top)
    low = 0.0 if number == 0 else _falls_to(lambda value: _at_most(number - 1, value), 1 - _TAIL, top)
    return Interval(low=low, high=high)


def difference(more: int, less: int) -> Interval:
    """Where the difference of two means lies of which `more` and `less` independent events were seen.

    G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures: A general approach",
    Statistics in Medicine 27 (2008), section 2, over the intervals of `mean`.
    """
    one, other = mean(more), mean(less)
    apart = more - less
    return Interval(
        low=apart - math.hypot(more - one.low, other.high - less),
        high=apart + math.hypot(one.high - more, less - other.low),
    )


def _at_most(number: int, value: float) -> float:
    """The chance of `number` events or fewer where the mean is `value`; falls as it grows."""
    if value <= 0:
        return 1.0
    logs = math.log(value)
    return math.fsum(math.exp(each * logs - value - math.lgamma(each + 1)) for each in range(number + 1))


def _falls_to(chance: Callable[[float], float], wanted: float, top: float) -> float:
    """Where a chance that falls from 1 passes `wanted`, between 0 and `top`."""
    low, high = 0.0, top
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if chance(middle) > wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2
