"""Two periods' pictures taken from each other: what changed by more than chance, cell by cell."""

import enum
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.manage.heat import UNSEEN
from cloud.manage.insight import Z_95
from cloud.manage.places import Map, density
from cloud.manage.raster import SAME, WITHHELD, Bytes, Values

LEAST_DAYS: Final = 4
"""Days that each period must have for the scatter between days to be told from them."""
HALF: Final = 0.5
"""Added to each count, so that no track at all is not taken for certainty."""


class Basis(enum.StrEnum):
    """What an interval stands on."""

    DAYS = "days"  # how much the days of each period differ, and tracks where those scatter more
    TRACKS = "tracks"  # tracks that come by independently, each with a time that scatters as an exponential one
    COUNTS = "counts"  # taps or lines on receipts that come independently
    NONE = "none"  # nobody counted tracks: no difference can be told from chance


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Side:
    """One period, all [rows, columns]: its smoothed `value`, the smoothed number of `tracks` behind it, the `people`
    near each cell (for k), the `hours` for which it was seen, and the percent that these are of the period (`seen`,
    or UNSEEN). `days`: the values of its days and their hours, [days, rows, columns], where it has some.
    """

    value: Values
    tracks: Values
    people: Values
    hours: Values
    seen: Bytes
    counted: bool
    days: tuple[Values, Values] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Difference:
    """`levels`: (byte − 128) / 127 × top, the first period minus the other, per hour seen. `marks`: the percent of the
    worse seen, or SAME, WITHHELD, UNSEEN. Of the `compared` cells `shown` have an interval without 0.
    """

    levels: Bytes
    marks: Bytes
    top: float
    compared: int
    shown: int
    basis: Basis

    @property
    def by_chance(self) -> float:
        """How many cells would be shown where nothing had changed."""
        return 0.05 * self.compared


def difference(now: Side, then: Side, *, top: float, k: int, spread: float) -> Difference:
    """The difference of two periods of cameras' figures.

    `spread`: the mean square of what one track adds to a cell, over the square of its mean: 2 for times that scatter
    as exponential ones, 1 for counts. The variance of a period's rate is then spread × m² × (n + 1/2) / hours² with n
    tracks of m each; where both have days enough, the variance of the ratio between days counts where it is larger.
    """
    hours = [np.maximum(side.hours, 1e-9) for side in (now, then)]
    delta = now.value / hours[0] - then.value / hours[1]
    each = (now.value + then.value) / np.maximum(now.tracks + then.tracks, HALF)
    variance = sum(
        spread * each**2 * (side.tracks + HALF) / its**2 for side, its in zip((now, then), hours, strict=True)
    )
    basis, z = Basis.TRACKS, np.full_like(delta, Z_95)
    if now.days is not None and then.days is not None and min(len(now.days[0]), len(then.days[0])) >= LEAST_DAYS:
        between = _between_days(*now.days) + _between_days(*then.days)
        quantile = student(len(now.days[0]) + len(then.days[0]) - 2)
        z = np.where(between > variance, quantile, Z_95)
        variance, basis = np.maximum(variance, between), Basis.DAYS
    if not (now.counted and then.counted):
        basis = Basis.NONE
    apart = np.abs(delta) > z * np.sqrt(variance)
    return _told(now, then, delta=delta, apart=apart & (basis is not Basis.NONE), top=top, k=k, basis=basis)


def places_difference(
    places: Map, now: tuple[Values, float], then: tuple[Values, float], *, top: float, k: int
) -> Difference:
    """The difference of two periods of counts at places; of each period the counts of the map's places and its hours.

    Each place is judged as a whole: the difference of two Poisson rates, with the normal approximation.
    """
    (first, hours), (second, others) = now, then
    delta = first / max(hours, 1e-9) - second / max(others, 1e-9)
    error = np.sqrt((first + HALF) / max(hours, 1e-9) ** 2 + (second + HALF) / max(others, 1e-9) ** 2)
    few = ((first > 0) & (first < k)) | ((second > 0) & (second < k))
    apart = (np.abs(delta) > Z_95 * error) & ~few & (hours > 0) & (others > 0)
    grid = density(places, np.where(apart, delta, 0.0))
    hidden = density(places, few.astype(np.float64)) > density(places, (~few).astype(np.float64))
    marks = np.where(hidden, WITHHELD, np.where(_visible(grid, top), 100, SAME)).astype(np.uint8)
    if not hours or not others:
        marks = np.full_like(marks, UNSEEN)
    return Difference(
        levels=_signed(grid, marks, top),
        marks=marks,
        top=top,
        compared=int((~few).sum()),
        shown=int(apart.sum()),
        basis=Basis.COUNTS,
    )


def student(freedom: int) -> float:
    """The 97.5 % quantile of Student's t, by the expansion of Cornish and Fisher; within 1 % from 4 on."""
    z, v = Z_95, freedom
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    return z + (z**3 + z) / (4 * v) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2) + third


def _between_days(values: Values, hours: Values) -> Values:
    """The variance of a ratio of sums over days: value per hour (Cochran, Sampling Techniques, chapter 6)."""
    count, total = len(values), np.maximum(hours.sum(axis=0), 1e-9)
    rest = values - hours * (values.sum(axis=0) / total)
    variance: Values = count / (count - 1) * (rest**2).sum(axis=0) / total**2
    return variance


def _told(now: Side, then: Side, *, delta: Values, apart: Values, top: float, k: int, basis: Basis) -> Difference:
    unseen = (now.seen == UNSEEN) | (then.seen == UNSEEN) | (now.hours <= 0) | (then.hours <= 0)
    few = np.logical_or.reduce([(side.people > 0) & (side.people < k) for side in (now, then)])
    compared = ~unseen & ~few & ((now.people > 0) | (then.people > 0))
    shown = compared & apart.astype(np.bool_)
    marks = np.minimum(now.seen, then.seen)
    marks = np.where(shown, marks, SAME)
    marks = np.where(few, WITHHELD, marks)
    marks = np.where(unseen, UNSEEN, marks).astype(np.uint8)
    return Difference(
        levels=_signed(delta, marks, top),
        marks=marks,
        top=top,
        compared=int(compared.sum()),
        shown=int(shown.sum()),
        basis=basis,
    )


def _visible(grid: Values, top: float) -> NDArray[np.bool_]:
    """What is more than half a step of the colours."""
    visible: NDArray[np.bool_] = np.abs(grid) >= top / 254
    return visible


def _signed(grid: Values, marks: Bytes, top: float) -> Bytes:
    told = np.clip(np.rint(128 + 127 * grid / top), 1, 255)
    return np.where(marks <= 100, told, 128).astype(np.uint8)
