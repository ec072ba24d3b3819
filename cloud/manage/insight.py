"""What the manager's figures mean: counts, rates, joins and their errors, as functions of what the rollups hold."""

import enum
import math
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

K = 5
"""Fewest people that a figure may be about; a store may ask for more, never for fewer."""

MINUTE_MS = 60_000
LATE_MS = 75_000
"""How long after its begin a minute may still be on its way here: a node tells a minute when it is over."""

Z_95 = 1.959963984540054


class State(enum.StrEnum):
    """Whether a figure is there, and if not, why not."""

    SHOWN = "shown"  # measured, and about nobody or about at least k people
    FEW = "few"  # about 1 to k - 1 people: withheld
    UNSEEN = "unseen"  # nothing was there to measure it: a gap, never a zero


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Whole minutes since the Unix epoch: `first` ≤ minute < `end`."""

    first: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number, or the reason why there is none (`value` is None unless `state` is shown)."""

    state: State
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Where the true share lies, 95 times out of 100."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share between 0 and 1 and its interval; both withheld where either of its counts is."""

    figure: Figure
    interval: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """One figure for each zone, in the order given, and one for all of them."""

    figures: tuple[Figure, ...]
    total: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Who went in and out through the doors in one minute."""

    minute: int
    entered: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """How many of something happened in one minute."""

    minute: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How many minutes around a cause its effect may be seen; at least 0 each."""

    before: int
    after: int


TAP_REACH = Reach(before=1, after=5)
"""A tap belongs to a stop in its zone that began up to 5 minutes before it; 1 minute the other way is clock skew."""

SALE_REACH = Reach(before=0, after=45)
"""A sale belongs to a tap on one of the zone's products up to 45 minutes before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The effects that have a cause of their own, by their minute, and how many have none."""

    ticks: tuple[Tick, ...]
    beyond: int

    @property
    def count(self) -> int:
        """How many effects found their cause."""
        return sum(tick.count for tick in self.ticks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How much of one minute of one thing was reported (`span_ms`) and really seen (`covered_ms`)."""

    minute: int
    covered_ms: int
    span_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """How many lengths of time lie in [low_ms, high_ms)."""

    low_ms: float
    high_ms: float
    count: int


def tally(count: int | None, *, k: int = K) -> Figure:
    """A count of people, withheld below `k`; None is a count that nothing measured. Nobody at all is no secret."""
    if count is None:
        return Figure(state=State.UNSEEN)
    if 0 < count < k:
        return Figure(state=State.FEW)
    return Figure(state=State.SHOWN, value=count)


def about(value: float | None, *, people: int | None, k: int = K) -> Figure:
    """A figure about `people` (a mean, a median, a sum): withheld below `k`, and not there where nobody was."""
    if value is None or not people:
        return Figure(state=State.UNSEEN)
    if people < k:
        return Figure(state=State.FEW)
    return Figure(state=State.SHOWN, value=value)


def rate(part: Figure, whole: Figure) -> Rate:
    """`part` of `whole`: withheld where one of both is, not there where one was not measured or `whole` is nobody."""
    states = (part.state, whole.state)
    if State.UNSEEN in states or whole.value == 0:
        return Rate(figure=Figure(state=State.UNSEEN))
    if part.value is None or whole.value is None:
        return Rate(figure=Figure(state=State.FEW))
    share = part.value / whole.value
    interval = wilson(round(part.value), round(whole.value))
    return Rate(figure=Figure(state=State.SHOWN, value=share), interval=interval)


def wilson(part: int, whole: int, *, z: float = Z_95) -> Interval:
    """The score interval of a binomial share (E. B. Wilson, JASA 22, 1927), inside [0, 1] also for 0 of n and n of n.

    Raises ValueError unless 0 ≤ part ≤ whole and whole > 0.
    """
    if not 0 <= part <= whole or whole == 0:
        raise ValueError(f"{part} of {whole} is no share; 0 <= part <= whole and whole > 0 are allowed")
    share, spread = part / whole, z * z / whole
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / whole + spread / (4 * whole))
    # Exact at the ends, where rounding would leave a share of 1e-17 outside its own interval.
    return Interval(
        low=0.0 if part == 0 else max(0.0, centre - half), high=1.0 if part == whole else min(1.0, centre + half)
    )


def parts(counts: Sequence[int | None], *, k: int = K) -> Parts:
    """The counts of several zones, or of several times, and their sum, so that no withheld one can be had by
    subtraction.

    Where those below `k` could be told from the sum, others are withheld beside them (see `concealed`), and where
    that does not help, the sum.
    """
    known = [count for count in counts if count is not None]
    hidden = concealed(counts, {place for place, count in enumerate(counts) if count is not None and 0 < count < k}, k)
    figures = tuple(
        Figure(state=State.FEW) if place in hidden else tally(count, k=k) for place, count in enumerate(counts)
    )
    whole = tally(sum(known) if known else None, k=k)
    safe = covered([counts[place] or 0 for place in hidden], k)
    return Parts(figures=figures, total=whole if safe else Figure(state=State.FEW))


def concealed(counts: Sequence[int | None], few: Collection[int], k: int) -> frozenset[int]:
    """The places to withhold so that, beside the sum of all, those of `few` stay open: these and the smallest others.

    Complementary suppression (Willenborg and de Waal, Elements of Statistical Disclosure Control, 2001, ch. 6). Where
    a place that more could be in is all that lacks, or all that there is, one with nobody will do. `covered` says
    whether it helped.
    """
    hidden = set(few)
    empty = [place for place, count in enumerate(counts) if count == 0 and place not in hidden]
    others = [place for place, count in enumerate(counts) if count and place not in hidden]
    others.sort(key=lambda place: -(counts[place] or 0))
    while not covered(told := [counts[place] or 0 for place in hidden], k):
        pool = empty if empty and sum(told) >= k and (len(told) > 1 or not others) else others
        if not pool:
            break
        hidden.add(pool.pop())
    return frozenset(hidden)


def covered(hidden: Sequence[int], k: int) -> bool:
    """Whether the sum of the hidden counts leaves each of them open: none, or two and more that are about k people
    together and not all pinned, to 1 or to k - 1.
    """
    whole = sum(hidden)
    if not hidden:
        return True
    pinned = len(set(hidden)) == 1 and hidden[0] in (1, k - 1)
    return len(hidden) > 1 and whole >= k and not pinned


def joined(causes: Iterable[Tick], effects: Iterable[Tick], reach: Reach) -> Joined:
    """Give each effect a cause of its own within reach, as many as possible: so a funnel cannot widen downwards.

    Both are counted by minute and by nothing else: no identity takes part. The windows are of equal length, so
    taking the cause that began first leaves the most for the effects that come after.
    """
    waiting = deque(sorted((tick for tick in causes if tick.count > 0), key=lambda tick: tick.minute))
    open_causes: deque[list[int]] = deque()
    found: list[Tick] = []
    beyond = 0
    for effect in sorted(effects, key=lambda tick: tick.minute):
        while waiting and waiting[0].minute <= effect.minute + reach.before:
            cause = waiting.popleft()
            open_causes.append([cause.minute, cause.count])
        while open_causes and open_causes[0][0] + reach.after < effect.minute:
            open_causes.popleft()
        matched = _take(open_causes, effect.count)
        beyond += effect.count - matched
        if matched:
            found.append(Tick(minute=effect.minute, count=matched))
    return Joined(ticks=tuple(found), beyond=beyond)


def _take(open_causes: deque[list[int]], wanted: int) -> int:
    """Use up to `wanted` of the open causes, oldest first; how many there were."""
    taken = 0
    while open_causes and taken < wanted:
        used = min(open_causes[0][1], wanted - taken)
        open_causes[0][1] -= used
        taken += used
        if not open_causes[0][1]:
            open_causes.popleft()
    return taken


def inside_now(flows: Iterable[Flow]) -> int:
    """People inside after a day's flows, nobody inside at its begin.

    Nobody can leave an empty store: an exit too many says that an entrance was missed, and is not carried on
    (Lindley's recursion), so one missed entrance in the morning does not lower the whole day.
    """
    people = 0
    for flow in sorted(flows, key=lambda flow: flow.minute):
        people = max(0, people + flow.entered - flow.left)
    return people


def median_ms(bins: Sequence[Bin]) -> float | None:
    """The middle length, straight inside its bin; None where there is none. Its error is at most the bin's width."""
    middle = sum(one.count for one in bins) / 2
    passed = 0
    for one in sorted(bins, key=lambda one: one.low_ms):
        if one.count and passed + one.count >= middle:
            return one.low_ms + (one.high_ms - one.low_ms) * (middle - passed) / one.count
        passed += one.count
    return None
