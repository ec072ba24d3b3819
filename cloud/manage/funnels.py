"""Passed → stopped → tapped → bought, by zone and by product, each bar beside the one it is compared with."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cloud.manage import verdict
from cloud.manage.insight import Figure, Rate, State, parts, rate, tally
from cloud.manage.sides import Label, Side
from cloud.manage.verdict import NO_CHANGE, Change


class StepKind(enum.StrEnum):
    """What people did at a shelf, each a part of the one before."""

    PASSED = "passed"  # were in the zone
    STOPPED = "stopped"  # stayed as long as a stop takes
    TAPPED = "tapped"  # a tap that belongs to a stop
    BOUGHT = "bought"  # a sale that belongs to such a tap


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One bar: its count, its share of the bar before, and both of the span compared with (None without one).

    `beyond` found no cause in the bar before and is not in the count. `change` is of the count, `rate_change` of the
    rate in points.
    """

    kind: StepKind
    count: Figure
    rate: Rate | None = None
    beyond: Figure
    other: Figure | None = None
    other_rate: Rate | None = None
    change: Change = NO_CHANGE
    rate_change: Change = NO_CHANGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """One zone's or product's bars, or (`zone` and `product` None) those of all shelves together.

    `zones` are where a product lies. Coverages are 0 to 1, of now and of the span compared with.
    """

    zone: str | None = None
    product: str | None = None
    title: Label | None
    zones: tuple[str, ...] = ()
    steps: tuple[Step, ...]
    coverage: float | None
    other_coverage: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bars:
    """One funnel's figures on one side."""

    counts: tuple[Figure, ...]
    beyond: tuple[Figure, ...]
    coverage: float | None
    seen: Sequence[float | None]  # how well each zone in it was


_NOBODY = Figure(state=State.SHOWN, value=0)
_UNSEEN = Figure(state=State.UNSEEN)


def zone_funnels(now: Side, then: Side | None, *, k: int) -> tuple[Funnel, ...]:
    """The funnel of all shelves first, then one a shelf, in the plan's order."""
    here, there = _zone_bars(now, k), _zone_bars(then, k) if then else None
    titles = {zone.id: Label(ko=zone.title.ko, en=zone.title.en) for zone in now.plan.zones}
    return tuple(
        _funnel(bars, there[name] if there else None, zone=name or None, title=titles.get(name))
        for name, bars in here.items()
    )


def product_funnels(now: Side, then: Side | None, titles: Mapping[str, Label], *, k: int) -> tuple[Funnel, ...]:
    """One funnel a product that the plan knows, by most taps first."""
    here, there = _product_bars(now, k), _product_bars(then, k) if then else None
    funnels = [
        _funnel(
            bars,
            there[gtin] if there else None,
            product=gtin,
            title=titles.get(gtin, Label(ko=gtin, en=gtin)),
            zones=now.zones_of[gtin],
        )
        for gtin, bars in here.items()
    ]
    return tuple(sorted(funnels, key=lambda funnel: [-(step.count.value or 0) for step in funnel.steps[2::-1]]))


def _funnel(
    here: _Bars,
    there: _Bars | None,
    *,
    title: Label | None,
    zone: str | None = None,
    product: str | None = None,
    zones: tuple[str, ...] = (),
) -> Funnel:
    return Funnel(
        zone=zone,
        product=product,
        title=title,
        zones=zones,
        steps=tuple(_step(place, kind, here, there) for place, kind in enumerate(StepKind)),
        coverage=here.coverage,
        other_coverage=there.coverage if there else None,
    )


def _step(place: int, kind: StepKind, here: _Bars, there: _Bars | None) -> Step:
    step_rate = rate(here.counts[place], here.counts[place - 1]) if place else None
    if there is None:
        return Step(kind=kind, count=here.counts[place], rate=step_rate, beyond=here.beyond[place])
    comparable = verdict.alike_seen(here.seen, there.seen)
    return Step(
        kind=kind,
        count=here.counts[place],
        rate=step_rate,
        beyond=here.beyond[place],
        other=there.counts[place],
        other_rate=rate(there.counts[place], there.counts[place - 1]) if place else None,
        change=change_of_counts(here.counts[place], there.counts[place]) if comparable else NO_CHANGE,
        rate_change=change_of_rates(here.counts[place - 1 : place + 1], there.counts[place - 1 : place + 1])
        if comparable and place
        else NO_CHANGE,
    )


def change_of_counts(now: Figure, then: Figure) -> Change:
    """What may be said of two counts, where both are shown."""
    if now.value is None or then.value is None:
        return NO_CHANGE
    return verdict.counts(round(now.value), round(then.value))


def change_of_rates(now: Sequence[Figure], then: Sequence[Figure]) -> Change:
    """What may be said of two shares, each given as its whole and its part, where all are shown."""
    values = [figure.value for figure in (*now, *then)]
    if None in values or not values[0] or not values[2]:
        return NO_CHANGE
    whole, part, other_whole, other_part = (round(value or 0) for value in values)
    return verdict.shares((part, whole), (other_part, other_whole))


def _zone_bars(side: Side, k: int) -> dict[str, _Bars]:
    """By zone; under the empty name those of all shelves together."""
    counts = {zone: side.counts_of(zone) for zone in side.shelves}
    steps = [parts([getattr(one, kind.value) for one in counts.values()], k=k) for kind in StepKind]
    taps = parts([one.taps_beyond for one in counts.values()], k=k)
    sales = parts([one.sales_beyond for one in counts.values()], k=k)
    bars = {
        "": _Bars(
            counts=tuple(step.total for step in steps),
            beyond=(_NOBODY, _NOBODY, taps.total, sales.total),
            coverage=side.shelf_coverage(),
            seen=side.shelves_seen(),
        )
    }
    for place, zone in enumerate(counts):
        bars[zone] = _Bars(
            counts=tuple(step.figures[place] for step in steps),
            beyond=(_NOBODY, _NOBODY, taps.figures[place], sales.figures[place]),
            coverage=side.coverage(zone),
            seen=(side.coverage(zone),),
        )
    return bars


def _product_bars(side: Side, k: int) -> dict[str, _Bars]:
    """By product. Who passed is who passed its zone, and withheld where that is."""
    counts = {gtin: side.counts_of_product(gtin) for gtin in side.zones_of}
    of_zones = _zone_bars(side, k)
    tapped = parts([one.tapped for one in counts.values()], k=k)
    bought = parts([one.bought for one in counts.values()], k=k)
    bars: dict[str, _Bars] = {}
    for place, (gtin, one) in enumerate(counts.items()):
        zones = [of_zones[zone] for zone in side.zones_of[gtin] if zone in of_zones]
        seen = [bar.coverage for bar in zones]
        bars[gtin] = _Bars(
            counts=(
                _of_zones(one.passed, [bar.counts[0] for bar in zones], k),
                _of_zones(one.stopped, [bar.counts[1] for bar in zones], k),
                tapped.figures[place],
                bought.figures[place],
            ),
            beyond=(_NOBODY, _NOBODY, tally(one.taps_beyond, k=k), tally(one.sales_beyond, k=k)),
            coverage=min((share for share in seen if share is not None), default=None),
            seen=seen,
        )
    return bars


def _of_zones(count: int | None, zones: Sequence[Figure], k: int) -> Figure:
    """A count of people in some zones, withheld where that of one of them is."""
    if any(figure.state is State.FEW for figure in zones):
        return Figure(state=State.FEW)
    return tally(count, k=k) if zones else _UNSEEN
