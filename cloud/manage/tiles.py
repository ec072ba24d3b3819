"""The eight figures that stand first, each beside the one it is compared with."""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

from cloud.manage import verdict
from cloud.manage.funnels import Funnel, StepKind, change_of_counts, change_of_rates
from cloud.manage.insight import Figure, Flow, Interval, Rate, State, about, inside_now, median_ms, rate, tally
from cloud.manage.series import levels, series, shares
from cloud.manage.sides import Side
from cloud.manage.totals import Bucket
from cloud.manage.verdict import NO_CHANGE, Change, Paid
from contract.plan import LineKind


class Unit(enum.StrEnum):
    """In what a figure is told."""

    PEOPLE = "people"
    LENGTH = "length"  # ms
    SHARE = "share"  # of 1
    MONEY = "money"  # minor units


class Why(enum.StrEnum):
    """Why a figure cannot be measured in this store as it is drawn and equipped."""

    NO_DOOR = "no-door"  # no line at a door
    NO_STREET = "no-street"  # no line past which people walk outside
    NO_TAPS = "no-taps"  # neither a reader nor a tag at any shelf
    NO_TILL = "no-till"  # no till tells of sales
    TOO_FEW_IN = "too-few-in"  # more receipts than people who came in: the doors miss somebody


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure. `key` is its entry in the glossary.

    `error` is that of the last audit, a share (0.06: ±6 %). `series` and `other_series` are the points of the
    sparkline, None where nothing was seen or too few were there.
    """

    key: str
    unit: Unit
    figure: Figure
    interval: Interval | None = None
    other: Figure | None = None
    change: Change = NO_CHANGE
    up_is_good: bool = False
    coverage: float | None = None
    other_coverage: float | None = None
    error: float | None = None
    why: Why | None = None
    series: tuple[float | None, ...] = ()
    other_series: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiles:
    """In the order of the page."""

    entered: Tile
    inside: Tile
    stay: Tile
    stop_rate: Tile
    tap_rate: Tile
    conversion: Tile
    spend: Tile
    capture: Tile

    @property
    def all(self) -> tuple[Tile, ...]:
        """Each of them."""
        return tuple(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """The flows of today, and of the day that is compared with up to the same time; None: not compared.

    `staff`: theirs, in no other figure; of the people inside so many are `at_work`, by their badges. Likewise `then`.
    """

    now: Sequence[Flow]
    then: Sequence[Flow] | None
    staff: Sequence[Flow] = ()
    at_work: int = 0
    staff_then: Sequence[Flow] = ()
    at_work_then: int = 0


def tiles(
    now: Side, then: Side | None, whole: Funnel, inside: Inside, *, entrance_error: float | None, k: int
) -> Tiles:
    """All eight; `whole` is the funnel of all shelves."""
    return Tiles(
        entered=_entered(now, then, entrance_error, k),
        inside=_inside(now, then, inside, entrance_error, k),
        stay=_stay(now, then, k),
        stop_rate=_step_rate(now, then, whole, StepKind.STOPPED, k),
        tap_rate=_step_rate(now, then, whole, StepKind.TAPPED, k),
        conversion=_conversion(now, then, k),
        spend=_spend(now, then, k),
        capture=_capture(now, then, entrance_error, k),
    )


def _entrances(side: Side, k: int) -> Figure:
    watched = bool(side.line_coverage(LineKind.DOOR)) or side.went_in() + side.went_out() > 0
    return tally(side.went_in() if watched and side.lines(LineKind.DOOR) else None, k=k)


def _comparable(now: Side, then: Side | None, seen: Callable[[Side], Sequence[float | None]]) -> bool:
    return then is not None and verdict.alike_seen(seen(now), seen(then))


def _doors(side: Side) -> float | None:
    return side.line_coverage(LineKind.DOOR)


def _door_cameras(side: Side) -> list[float | None]:
    return side.lines_seen(LineKind.DOOR)


def _streets(side: Side) -> float | None:
    return side.line_coverage(LineKind.STREET)


def _street_cameras(side: Side) -> list[float | None]:
    return side.lines_seen(LineKind.STREET)


def _entered(now: Side, then: Side | None, error: float | None, k: int) -> Tile:
    figure, other = _entrances(now, k), _entrances(then, k) if then else None
    shown = figure.value is not None
    return Tile(
        key="entered",
        unit=Unit.PEOPLE,
        figure=figure,
        interval=verdict.around(round(figure.value or 0)) if shown else None,
        other=other,
        change=change_of_counts(figure, other) if other and _comparable(now, then, _door_cameras) else NO_CHANGE,
        up_is_good=True,
        coverage=_doors(now),
        other_coverage=_doors(then) if then else None,
        error=error,
        why=None if now.lines(LineKind.DOOR) else Why.NO_DOOR,
        series=series(now, lambda bucket: (_went_in(now, bucket),), lambda bucket: _went_in(now, bucket), k),
        other_series=series(then, lambda bucket: (_went_in(now, bucket),), lambda bucket: _went_in(now, bucket), k),
    )


def _shoppers_inside(shoppers: Sequence[Flow], staff: Sequence[Flow], at_work: int) -> int:
    """Everybody inside, less those who are at work: so it is right whether a door took one for staff or not."""
    minutes: dict[int, list[int]] = {}
    for flow in (*shoppers, *staff):
        both = minutes.setdefault(flow.minute, [0, 0])
        both[0] += flow.entered
        both[1] += flow.left
    everybody = (Flow(minute=minute, entered=entered, left=left) for minute, (entered, left) in minutes.items())
    return max(0, inside_now(everybody) - at_work)


def _inside(now: Side, then: Side | None, flows: Inside, error: float | None, k: int) -> Tile:
    watched = bool(_doors(now)) or bool(flows.now)
    doors = now.lines(LineKind.DOOR)
    figure = tally(_shoppers_inside(flows.now, flows.staff, flows.at_work) if watched and doors else None, k=k)
    compared = then is not None and flows.then is not None and (bool(_doors(then)) or bool(flows.then))
    then_inside = _shoppers_inside(flows.then or (), flows.staff_then, flows.at_work_then)
    other = tally(then_inside, k=k) if compared and doors else None
    return Tile(
        key="inside",
        unit=Unit.PEOPLE,
        figure=figure,
        other=other,
        change=change_of_counts(figure, other) if other and _comparable(now, then, _door_cameras) else NO_CHANGE,
        coverage=_doors(now),
        other_coverage=_doors(then) if then else None,
        error=error,
        why=None if doors else Why.NO_DOOR,
        series=levels(flows.now, k),
        other_series=levels(flows.then or (), k),
    )


def _stay(now: Side, then: Side | None, k: int) -> Tile:
    bins, others = now.shelf_bins(), then.shelf_bins() if then else ()
    figure = about(median_ms(bins), people=sum(one.count for one in bins), k=k)
    other = about(median_ms(others), people=sum(one.count for one in others), k=k) if then else None
    both = other is not None and None not in (figure.value, other.value)
    middle = verdict.median(bins) if figure.value is not None else None

    def people(bucket: Bucket) -> tuple[int, ...]:
        return (sum(bucket.lengths),)

    def point(bucket: Bucket) -> float | None:
        return median_ms(now.bins(bucket.lengths))

    return Tile(
        key="stay",
        unit=Unit.LENGTH,
        figure=figure,
        interval=middle[1] if middle else None,
        other=other,
        change=verdict.medians(bins, others) if both and _comparable(now, then, Side.shelves_seen) else NO_CHANGE,
        coverage=now.shelf_coverage(),
        other_coverage=then.shelf_coverage() if then else None,
        series=series(now, people, point, k),
        other_series=series(then, people, point, k),
    )


def _step_rate(now: Side, then: Side | None, whole: Funnel, kind: StepKind, k: int) -> Tile:
    """The share of those who passed a shelf."""
    passed = whole.steps[0]
    step = next(step for step in whole.steps if step.kind is kind)
    share = rate(step.count, passed.count)
    other = rate(step.other, passed.other) if step.other and passed.other else None
    comparable = other is not None and _comparable(now, then, Side.shelves_seen)
    blind = kind is StepKind.TAPPED and not now.with_taps & set(now.shelves)

    def people(bucket: Bucket) -> tuple[int, int]:
        return bucket.chain.stopped if kind is StepKind.STOPPED else bucket.chain.tapped, bucket.chain.passed

    return Tile(
        key="stops" if kind is StepKind.STOPPED else "taps",
        unit=Unit.SHARE,
        figure=share.figure,
        interval=share.interval,
        other=other.figure if other else None,
        change=change_of_rates((passed.count, step.count), (passed.other or passed.count, step.other or step.count))
        if comparable
        else NO_CHANGE,
        up_is_good=True,
        coverage=now.shelf_coverage(),
        other_coverage=then.shelf_coverage() if then else None,
        why=Why.NO_TAPS if blind else None,
        series=() if blind else shares(now, people, k),
        other_series=() if blind else shares(then, people, k),
    )


def _conversion(now: Side, then: Side | None, k: int) -> Tile:
    """Receipts of people who came in."""
    share, other = _bought(now, k), _bought(then, k) if then else None
    both = other is not None and None not in (share.figure.value, other.figure.value)
    return Tile(
        key="conversion",
        unit=Unit.SHARE,
        figure=share.figure,
        interval=share.interval,
        other=other.figure if other else None,
        change=verdict.shares((now.totals.till.receipts, now.went_in()), (then.totals.till.receipts, then.went_in()))
        if then and both and _comparable(now, then, _door_cameras)
        else NO_CHANGE,
        up_is_good=True,
        coverage=_doors(now),
        other_coverage=_doors(then) if then else None,
        why=_no_sales(now) or (Why.TOO_FEW_IN if now.totals.till.receipts > now.went_in() > 0 else None),
        series=shares(now, lambda bucket: (bucket.till.receipts, _went_in(now, bucket)), k),
        other_series=shares(then, lambda bucket: (bucket.till.receipts, _went_in(now, bucket)), k),
    )


def _no_sales(side: Side) -> Why | None:
    if not side.tills and not side.totals.till.receipts:
        return Why.NO_TILL
    return None if side.lines(LineKind.DOOR) else Why.NO_DOOR


def _bought(side: Side, k: int) -> Rate:
    if _no_sales(side) or side.totals.till.receipts > side.went_in():
        return Rate(figure=Figure(state=State.UNSEEN))
    return rate(tally(side.totals.till.receipts, k=k), _entrances(side, k))


def _spend(now: Side, then: Side | None, k: int) -> Tile:
    """Money per person who came in."""
    here, there = _paid(now), _paid(then) if then else None
    figure, other = _spent(now, k), _spent(then, k) if then else None
    both = other is not None and None not in (figure.value, other.value)

    def people(bucket: Bucket) -> tuple[int, int]:
        return bucket.till.receipts, _went_in(now, bucket)

    def point(bucket: Bucket) -> float | None:
        came = _went_in(now, bucket)
        return bucket.till.amount / came if came else None

    return Tile(
        key="spend",
        unit=Unit.MONEY,
        figure=figure,
        interval=verdict.mean(here)[1] if figure.value is not None and here.visitors else None,
        other=other,
        change=verdict.means(here, there) if there and both and _comparable(now, then, _door_cameras) else NO_CHANGE,
        up_is_good=True,
        coverage=_doors(now),
        other_coverage=_doors(then) if then else None,
        why=_no_sales(now),
        series=series(now, people, point, k),
        other_series=series(then, people, point, k),
    )


def _paid(side: Side) -> Paid:
    till = side.totals.till
    return Paid(amount=till.amount, squares=till.squares, visitors=side.went_in())


def _spent(side: Side, k: int) -> Figure:
    people, receipts = _entrances(side, k), tally(side.totals.till.receipts, k=k)
    if _no_sales(side) or people.state is State.UNSEEN:
        return Figure(state=State.UNSEEN)
    if receipts.state is State.FEW:
        return receipts
    return about(side.totals.till.amount / max(1, side.went_in()), people=side.went_in(), k=k)


def _capture(now: Side, then: Side | None, error: float | None, k: int) -> Tile:
    """People who came in of those who walked past outside."""
    street = now.lines(LineKind.STREET)
    share, other = _captured(now, k), _captured(then, k) if then else None
    both = other is not None and None not in (share.figure.value, other.figure.value)
    return Tile(
        key="capture",
        unit=Unit.SHARE,
        figure=share.figure,
        interval=share.interval,
        other=other.figure if other else None,
        change=verdict.ratios((now.went_in(), now.passers()), (then.went_in(), then.passers()))
        if then and both and _comparable(now, then, _door_cameras) and _comparable(now, then, _street_cameras)
        else NO_CHANGE,
        up_is_good=True,
        coverage=_streets(now),
        other_coverage=_streets(then) if then else None,
        error=error,
        why=None if street and now.lines(LineKind.DOOR) else Why.NO_STREET,
        series=shares(now, lambda bucket: (_went_in(now, bucket), _passed_by(now, bucket)), k) if street else (),
        other_series=shares(then, lambda bucket: (_went_in(now, bucket), _passed_by(now, bucket)), k) if street else (),
    )


def _captured(side: Side, k: int) -> Rate:
    people = _entrances(side, k)
    outside = tally(side.passers() if side.lines(LineKind.STREET) else None, k=k)
    if people.value is None or not outside.value:
        states = {people.state, outside.state}
        return Rate(figure=Figure(state=State.FEW if State.FEW in states else State.UNSEEN))
    value, interval = verdict.ratio(round(people.value), round(outside.value))
    return Rate(figure=Figure(state=State.SHOWN, value=value), interval=interval)


def _went_in(side: Side, bucket: Bucket) -> int:
    return sum(bucket.lines[line].went_in for line in side.lines(LineKind.DOOR) if line in bucket.lines)


def _passed_by(side: Side, bucket: Bucket) -> int:
    lines = (bucket.lines[line] for line in side.lines(LineKind.STREET) if line in bucket.lines)
    return sum(line.went_in + line.went_out for line in lines)
