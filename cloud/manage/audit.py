"""What a person saw at a line beside what the store counted there: how far a count may be wrong."""

import bisect
import hashlib
import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Struct

from cloud.manage import poisson
from cloud.manage.insight import MINUTE_MS, wilson
from contract.events import Direction
from contract.plan import Line, Plan

LASTS_MS: Final = 15 * MINUTE_MS
WITHIN_MS: Final = 5_000
"""A click and a crossing farther apart are two people: a person presses within a second or two of the step."""
DUE_MS: Final = 30 * 24 * 60 * MINUTE_MS
"""An audit proves the camera of its day: after a month something has been moved, repainted or relit."""
FEWEST: Final = 10
"""Clicks below which an error in percent would say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Somebody crossed the line; `at_ms` by the cloud's clock."""

    at_ms: int
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """From `from_ms` to `to_ms` the line's camera told nothing."""

    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """From when to when a person watched, what they clicked, and when the camera was blind meanwhile."""

    from_ms: int
    to_ms: int
    clicks: tuple[Moment, ...]
    gaps: tuple[Gap, ...] = ()


class Share(Struct, frozen=True, kw_only=True):
    """A share between 0 and 1 and its 95 % interval (Wilson); all None of nothing."""

    share: float | None = None
    low: float | None = None
    high: float | None = None


class Way(Struct, frozen=True, kw_only=True):
    """One direction, or both: what a person clicked, what the store counted, and which of both belong together.

    `error` is (counted - clicked) / clicked, between `low` and `high` 95 times out of 100: missed and extra are
    Poisson counts (Garwood), their difference by Zou and Donner. None below `FEWEST` clicks.
    """

    direction: Direction | None
    clicked: int
    counted: int
    matched: int
    found: Share  # of what the person saw, the share that was counted
    right: Share  # of what was counted, the share that the person saw
    error: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def missed(self) -> int:
        """Clicks that no crossing belongs to."""
        return self.clicked - self.matched

    @property
    def extra(self) -> int:
        """Crossings that no click belongs to."""
        return self.counted - self.matched


class Accuracy(Struct, frozen=True, kw_only=True):
    """An audit's outcome. `aside`: clicks while the camera was blind; they are a gap's, not an error's."""

    ways: tuple[Way, ...]  # in, then out
    total: Way
    watched_ms: int
    blind_ms: int
    aside: int
    late_ms: int | None  # median of how much later than its crossing a click came; negative: earlier


def accuracy(watched: Watched, crossings: Sequence[Moment], *, within_ms: int = WITHIN_MS) -> Accuracy:
    """The comparison. A crossing just outside the watched time may be that of a click near its edge, no other is."""
    gaps = _merged(watched)
    clicks = [click for click in watched.clicks if not _blind(click.at_ms, gaps)]
    near = [
        each
        for each in crossings
        if watched.from_ms - within_ms <= each.at_ms <= watched.to_ms + within_ms and not _blind(each.at_ms, gaps)
    ]
    found = [_compare(direction, clicks, near, watched, within_ms) for direction in Direction]
    late = [delay for one in found for delay in one.late]
    return Accuracy(
        ways=tuple(_way(one.direction, one.clicked, one.counted, len(one.late)) for one in found),
        total=_way(None, sum(one.clicked for one in found), sum(one.counted for one in found), len(late)),
        watched_ms=watched.to_ms - watched.from_ms,
        blind_ms=sum(gap.to_ms - gap.from_ms for gap in gaps),
        aside=len(watched.clicks) - len(clicks),
        late_ms=round(statistics.median(late)) if late else None,
    )


def drawing(plan: Plan, line: Line) -> str:
    """A digest of how a line and its camera are drawn: when it changes, what an audit found holds no longer."""
    cameras = [camera for camera in plan.cameras if camera.id == line.camera]
    drawn = [line.a, line.b, *((each.pairs, each.masks, each.width, each.height) for each in cameras)]
    return hashlib.sha256(msgspec.json.encode(drawn)).hexdigest()[:16]


def pooled(ways: Sequence[Way]) -> Way | None:
    """Several lines, or audits, as one; None of none. `direction` stays where it is the same for all."""
    if not ways:
        return None
    directions = {way.direction for way in ways}
    return _way(
        directions.pop() if len(directions) == 1 else None,
        sum(way.clicked for way in ways),
        sum(way.counted for way in ways),
        sum(way.matched for way in ways),
    )


def paired(first: Sequence[int], second: Sequence[int], *, within: int) -> tuple[tuple[int, int], ...]:
    """Pairs (place in `first`, place in `second`) of rising moments at most `within` apart, each in one at most.

    As many as possible, then as near as possible. Two pairs that cross may be uncrossed without either sum growing,
    so the best of those that keep the order is the best of all.
    """
    pairs: list[tuple[int, int]] = []
    for one, other in _clusters(first, second, within):
        pairs += _aligned(first, second, one, other, within)
    return tuple(pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """One direction: the numbers, and how much later than its crossing each matched click came."""

    direction: Direction
    clicked: int
    counted: int
    late: tuple[int, ...]


def _compare(
    direction: Direction, clicks: Sequence[Moment], crossings: Sequence[Moment], watched: Watched, within_ms: int
) -> _Compared:
    seen = sorted(each.at_ms for each in clicks if each.direction is direction)
    told = sorted(each.at_ms for each in crossings if each.direction is direction)
    pairs = paired(seen, told, within=within_ms)
    taken = {place for _, place in pairs}
    alone = sum(watched.from_ms <= at_ms <= watched.to_ms for place, at_ms in enumerate(told) if place not in taken)
    late = tuple(seen[row] - told[place] for row, place in pairs)
    return _Compared(direction=direction, clicked=len(seen), counted=len(pairs) + alone, late=late)


def _way(direction: Direction | None, clicked: int, counted: int, matched: int) -> Way:
    apart = poisson.difference(counted - matched, clicked - matched)
    enough = clicked >= FEWEST
    return Way(
        direction=direction,
        clicked=clicked,
        counted=counted,
        matched=matched,
        found=_share(matched, clicked),
        right=_share(matched, counted),
        error=(counted - clicked) / clicked if enough else None,
        low=apart.low / clicked if enough else None,
        high=apart.high / clicked if enough else None,
    )


def _share(part: int, whole: int) -> Share:
    if not whole:
        return Share()
    between = wilson(part, whole)
    return Share(share=part / whole, low=between.low, high=between.high)


def _merged(watched: Watched) -> tuple[Gap, ...]:
    """The gaps inside the watched time, none overlapping, by time."""
    found: list[Gap] = []
    for gap in sorted(watched.gaps, key=lambda each: each.from_ms):
        begin, end = max(gap.from_ms, watched.from_ms), min(gap.to_ms, watched.to_ms)
        if found and begin <= found[-1].to_ms:
            found[-1] = Gap(from_ms=found[-1].from_ms, to_ms=max(end, found[-1].to_ms))
        elif begin < end:
            found.append(Gap(from_ms=begin, to_ms=end))
    return tuple(found)


def _blind(at_ms: int, gaps: Sequence[Gap]) -> bool:
    place = bisect.bisect_right(gaps, at_ms, key=lambda gap: gap.from_ms) - 1
    return place >= 0 and at_ms < gaps[place].to_ms


def _clusters(first: Sequence[int], second: Sequence[int], within: int) -> list[tuple[range, range]]:
    """The places of both that may have to do with each other: nothing pairs over a longer silence."""
    moments = sorted([*((at, 0) for at in first), *((at, 1) for at in second)])
    cuts = [place + 1 for place, (one, two) in enumerate(itertools.pairwise(moments)) if two[0] - one[0] > within]
    found: list[tuple[range, range]] = []
    row = column = 0
    for begin, end in itertools.pairwise([0, *cuts, len(moments)]):
        columns = sum(series for _, series in moments[begin:end])
        rows = end - begin - columns
        found.append((range(row, row + rows), range(column, column + columns)))
        row, column = row + rows, column + columns
    return found


def _aligned(
    first: Sequence[int], second: Sequence[int], rows: range, columns: range, within: int
) -> list[tuple[int, int]]:
    """The best pairs of one cluster, by dynamic programming over both series; a state is (-pairs, sum of distances)."""
    best = [[(0, 0)] * (len(columns) + 1) for _ in range(len(rows) + 1)]
    for i, row in enumerate(rows, 1):
        for j, column in enumerate(columns, 1):
            apart = abs(first[row] - second[column])
            states = [best[i - 1][j], best[i][j - 1]]
            if apart <= within:
                pairs, away = best[i - 1][j - 1]
                states.append((pairs - 1, away + apart))
            best[i][j] = min(states)
    return _walked_back(best, rows, columns)


def _walked_back(best: list[list[tuple[int, int]]], rows: range, columns: range) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    i, j = len(rows), len(columns)
    while i and j:
        if best[i][j] == best[i - 1][j]:
            i -= 1
        elif best[i][j] == best[i][j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            found.append((rows[i], columns[j]))
    return found[::-1]
