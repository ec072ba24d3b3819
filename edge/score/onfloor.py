"""How far the counts at lines and the times in zones are from the truth."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.counting.crossings import Direction
from edge.score import bootstrap, confidence
from edge.score.bootstrap import Blocks, Interval
from edge.score.happened import Crossed, Happened, Stayed
from edge.score.pairing import paired
from edge.tracking.assignment import FORBIDDEN, assign

Array: TypeAlias = NDArray[np.float64]

SAME_MOMENT: Final = 1.0  # s: a counted crossing this near to a true one is that one


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One line in one direction. `missed` and `invented` may make up for each other in `error`, and do not here."""

    truth: int
    counted: int
    missed: int
    invented: int

    @property
    def error(self) -> int:
        """|counted - truth|."""
        return abs(self.counted - self.truth)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dwell:
    """One zone."""

    truth: int  # stays
    counted: int
    errors: tuple[float, ...]  # s, of each matched stay's length, without sign
    person_s_truth: float
    person_s_counted: float

    @property
    def missed(self) -> int:
        """True stays that no counted one belongs to."""
        return self.truth - len(self.errors)

    @property
    def invented(self) -> int:
        """Counted stays that no true one belongs to."""
        return self.counted - len(self.errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnFloor:
    """All lines and zones, with the intervals of their totals."""

    lines: Mapping[str, Mapping[Direction, Count]]
    zones: Mapping[str, Dwell]
    crossing_error: Interval | None  # of the sum of all lines' and directions' errors
    person_s_error: Interval | None  # of the sum of all zones' errors, as a share of the true person-seconds
    dwell_error: Interval | None  # of the median error of all matched stays


def judged(truth: Happened, counted: Happened, *, lines: Sequence[str], zones: Sequence[str], cut: Blocks) -> OnFloor:
    """How `counted` compares with `truth` at these lines and in these zones."""
    crossings = {(line, way): _crossings(truth, counted, line, way) for line in lines for way in Direction}
    stays = {zone: _stays(truth, counted, zone) for zone in zones}
    spent_truly, spent = truth.person_s(), counted.person_s()
    return OnFloor(
        lines={line: {way: _count(crossings[line, way]) for way in Direction} for line in lines},
        zones={
            zone: Dwell(
                truth=len(found.truth),
                counted=len(found.counted),
                errors=found.errors,
                person_s_truth=spent_truly.get(zone, 0.0),
                person_s_counted=spent.get(zone, 0.0),
            )
            for zone, found in stays.items()
        },
        crossing_error=_crossing_interval(list(crossings.values()), cut),
        person_s_error=_person_s_interval(truth, counted, zones, cut),
        dwell_error=_dwell_interval(list(stays.values()), cut),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Crossings:
    """True and counted crossings of one line in one direction, and who belongs to whom."""

    truth: tuple[Crossed, ...]
    counted: tuple[Crossed, ...]
    pairs: tuple[tuple[int, int], ...]


def _crossings(truth: Happened, counted: Happened, line: str, way: Direction) -> _Crossings:
    there = tuple(each for each in truth.crossings if (each.line, each.direction) == (line, way))
    told = tuple(each for each in counted.crossings if (each.line, each.direction) == (line, way))
    pairs = paired([each.at for each in there], [each.at for each in told], within=SAME_MOMENT)
    return _Crossings(truth=there, counted=told, pairs=pairs)


def _count(found: _Crossings) -> Count:
    pairs = len(found.pairs)
    return Count(
        truth=len(found.truth),
        counted=len(found.counted),
        missed=len(found.truth) - pairs,
        invented=len(found.counted) - pairs,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stays:
    """True and counted stays in one zone, and who belongs to whom."""

    truth: tuple[Stayed, ...]
    counted: tuple[Stayed, ...]
    pairs: tuple[tuple[int, int], ...]

    @property
    def errors(self) -> tuple[float, ...]:
        """Of the lengths of the matched stays, s, without sign."""
        return tuple(abs(self.truth[one].seconds - self.counted[two].seconds) for one, two in self.pairs)


def _stays(truth: Happened, counted: Happened, zone: str) -> _Stays:
    there = tuple(stay for stay in truth.stays if stay.zone == zone)
    told = tuple(stay for stay in counted.stays if stay.zone == zone)
    cost = np.array([[_apart(one, two) for two in told] for one in there]).reshape(len(there), len(told))
    return _Stays(truth=there, counted=told, pairs=tuple(assign(cost, 1.0)))


def _apart(one: Stayed, two: Stayed) -> float:
    """1 - the share of both times that they have in common; never for two that share less than half of the shorter.

    So a stay that was counted in two pieces belongs to one of them, with the error that this makes.
    """
    common = min(one.ended, two.ended) - max(one.began, two.began)
    if common <= 0 or common < min(one.seconds, two.seconds) / 2:
        return FORBIDDEN
    return 1 - common / (one.seconds + two.seconds - common)


def _crossing_interval(found: Sequence[_Crossings], cut: Blocks) -> Interval | None:
    """Redraws what was missed (-1) and invented (+1) of each line and direction; the errors add up without sign."""
    moments: list[float] = []
    tallies: list[Array] = []
    for number, each in enumerate(found):
        one = np.eye(len(found))[number]
        seen = {row for row, _ in each.pairs}
        told = {column for _, column in each.pairs}
        lost = [crossed.at for row, crossed in enumerate(each.truth) if row not in seen]
        more = [crossed.at for column, crossed in enumerate(each.counted) if column not in told]
        moments += [*lost, *more]
        tallies += [-one] * len(lost) + [one] * len(more)
    if not any(each.truth or each.counted for each in found):
        return None
    if not moments:  # an error that never came cannot be drawn; how often it may come all the same is known
        return Interval(low=0.0, high=confidence.count(0).high)
    table = np.array(tallies).reshape(len(moments), len(found))
    return bootstrap.of_sums(cut, cut.at(np.array(moments, np.float64)), table, lambda sums: np.abs(sums).sum(axis=-1))


def _person_s_interval(truth: Happened, counted: Happened, zones: Sequence[str], cut: Blocks) -> Interval | None:
    column = {zone: number for number, zone in enumerate(zones)}
    spent = [(each, 0) for each in truth.spent] + [(each, len(zones)) for each in counted.spent]
    tallies = np.zeros((len(spent), 2 * len(zones)))
    for row, (each, offset) in enumerate(spent):
        tallies[row, column[each.zone] + offset] = each.person_s

    def error(sums: Array) -> Array:
        true, told = sums[..., : len(zones)], sums[..., len(zones) :]
        whole = true.sum(axis=-1)
        off: Array = np.abs(told - true).sum(axis=-1)
        shares: Array = np.divide(off, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
        return shares

    if not truth.spent:
        return None
    return bootstrap.of_sums(cut, cut.at(np.array([each.at for each, _ in spent])), tallies, error)


def _dwell_interval(found: Sequence[_Stays], cut: Blocks) -> Interval | None:
    errors = np.array([error for stays in found for error in stays.errors])
    began = np.array([stays.truth[row].began for stays in found for row, _ in stays.pairs])
    return bootstrap.of_values(cut, cut.at(began), errors, statistics.median) if len(errors) else None
