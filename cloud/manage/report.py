"""One period of one store as a manager reads it: every figure that the page and its API show, made from the sums."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cloud.manage.insight import (
    MINUTE_MS,
    SALE_REACH,
    TAP_REACH,
    Bin,
    Figure,
    Flow,
    K,
    Rate,
    Seen,
    State,
    Tick,
    Window,
    about,
    coverage,
    expected_ms,
    inside_now,
    joined,
    median_ms,
    parts,
    rate,
    tally,
)
from contract.plan import Plan, Zone, ZoneKind

ENOUGH = 0.9
"""Below this coverage a figure stands with its coverage beside it, and no verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A name for people, in both languages of the pages."""

    ko: str
    en: str


class StepKind(enum.StrEnum):
    """What people did at a shelf, each a part of the one before."""

    PASSED = "passed"  # were in the zone
    STOPPED = "stopped"  # stayed five seconds or more
    TAPPED = "tapped"  # a tap that belongs to a stop
    BOUGHT = "bought"  # a sale that belongs to such a tap


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneSums:
    """What the rollups hold of one zone in the window. None: there is nothing here that could tell."""

    stays: tuple[Tick, ...] = ()
    stops: tuple[Tick, ...] = ()
    stayed_ms: int = 0
    bins: tuple[Bin, ...] = ()
    seen: tuple[Seen, ...] = ()
    taps: tuple[Tick, ...] | None = None
    sales: tuple[Tick, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What the rollups hold of the store. `flows` are today's; `doors` is how well the doors' cameras saw."""

    zones: Mapping[str, ZoneSums]
    flows: tuple[Flow, ...]
    doors: tuple[Seen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One bar of a funnel; `rate` is of the bar before; `beyond` found no cause in the bar before and is not in it."""

    kind: StepKind
    count: Figure
    rate: Rate | None = None
    beyond: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """Passed → stopped → tapped → bought, of one shelf's zone or (`zone` None) of all together."""

    zone: str | None
    title: Label | None
    steps: tuple[Step, ...]
    coverage: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRow:
    """One zone in the table. `coverage` is 0 to 1, or None where nothing was expected yet; times in ms."""

    id: str
    title: Label
    kind: ZoneKind
    stays: Figure
    median_ms: Figure
    total_ms: Figure
    stop_rate: Rate
    coverage: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiles:
    """The figures that stand first; `median_stay_ms` over the shelves' zones."""

    entered: Figure
    inside: Figure
    median_stay_ms: Figure
    stop_rate: Rate
    tap_rate: Rate
    doors_coverage: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One period of one store. Times in ms since the Unix epoch."""

    store: str
    title: Label
    period: str
    from_ms: int
    now_ms: int
    k: int
    coverage: float | None
    tiles: Tiles
    zones: tuple[ZoneRow, ...]
    funnels: tuple[Funnel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelf:
    """One zone's counts for its funnel, before anything is withheld."""

    passed: int | None
    stopped: int | None
    tapped: int | None
    bought: int | None
    taps_beyond: int
    sales_beyond: int


def report(plan: Plan, sums: Sums, span: Window, *, period: str, now_ms: int, k: int = K) -> Report:
    """Everything that the page says about the period."""
    zones = tuple(zone for zone in plan.zones if zone.kind is not ZoneKind.STAFF)
    sums_of = {zone.id: sums.zones.get(zone.id, ZoneSums()) for zone in zones}
    reports = [seen for zone in sums_of.values() for seen in zone.seen] + list(sums.doors)
    expected = expected_ms(reports, span, now_ms=now_ms)
    shares = {name: coverage(zone.seen, expected) for name, zone in sums_of.items()}
    shelves = [zone for zone in zones if zone.kind is ZoneKind.SHELF]
    funnels = _funnels(shelves, sums_of, shares, k)
    return Report(
        store=plan.store,
        title=Label(ko=plan.title.ko, en=plan.title.en),
        period=period,
        from_ms=span.first * MINUTE_MS,
        now_ms=now_ms,
        k=k,
        coverage=_mean(shares.values()),
        tiles=_tiles(
            sums, span, shelves=[sums_of[zone.id] for zone in shelves], whole=funnels[0], expected=expected, k=k
        ),
        zones=_rows(zones, sums_of, shares, k),
        funnels=funnels,
    )


def _tiles(
    sums: Sums, span: Window, *, shelves: Sequence[ZoneSums], whole: Funnel, expected: Mapping[int, int], k: int
) -> Tiles:
    seen = coverage(sums.doors, expected)
    watched = bool(seen) or bool(sums.flows)
    entered = sum(flow.entered for flow in sums.flows if span.first <= flow.minute < span.end) if watched else None
    passed, stopped, tapped, _ = (step.count for step in whole.steps)
    lengths = _merged(zone.bins for zone in shelves)
    return Tiles(
        entered=tally(entered, k=k),
        inside=tally(inside_now(sums.flows) if watched else None, k=k),
        median_stay_ms=about(median_ms(lengths), people=sum(one.count for one in lengths), k=k),
        stop_rate=rate(stopped, passed),
        tap_rate=rate(tapped, passed),
        doors_coverage=seen,
    )


def _rows(
    zones: Sequence[Zone], sums: Mapping[str, ZoneSums], shares: Mapping[str, float | None], k: int
) -> tuple[ZoneRow, ...]:
    stays = parts([_stays(sums[zone.id], shares[zone.id]) for zone in zones], k=k)
    stops = parts([_stops(sums[zone.id], shares[zone.id]) for zone in zones], k=k)
    return tuple(
        _row(zone, sums[zone.id], shares[zone.id], stays.figures[place], stops.figures[place])
        for place, zone in enumerate(zones)
    )


def _row(zone: Zone, sums: ZoneSums, share: float | None, stays: Figure, stops: Figure) -> ZoneRow:
    median = median_ms(sums.bins)
    return ZoneRow(
        id=zone.id,
        title=_label(zone),
        kind=zone.kind,
        stays=stays,
        median_ms=_beside(stays, median),
        total_ms=_beside(stays, sums.stayed_ms),
        stop_rate=rate(stops, stays),
        coverage=share,
    )


def _beside(people: Figure, value: float | None) -> Figure:
    """A figure about people whose number is `people`: withheld with it, and not there where nobody was."""
    if people.state is not State.SHOWN:
        return people
    if not people.value or value is None:
        return Figure(state=State.UNSEEN)
    return Figure(state=State.SHOWN, value=value)


def _funnels(
    zones: Sequence[Zone], sums: Mapping[str, ZoneSums], shares: Mapping[str, float | None], k: int
) -> tuple[Funnel, ...]:
    """The funnel of all shelves first, then one a shelf."""
    shelves = [_shelf(sums[zone.id], shares[zone.id]) for zone in zones]
    counts = [
        parts([getattr(shelf, kind.value) for shelf in shelves], k=k)
        for kind in (StepKind.PASSED, StepKind.STOPPED, StepKind.TAPPED, StepKind.BOUGHT)
    ]
    taps = parts([shelf.taps_beyond for shelf in shelves], k=k)
    sales = parts([shelf.sales_beyond for shelf in shelves], k=k)
    whole = Funnel(
        zone=None,
        title=None,
        steps=_steps([step.total for step in counts], taps.total, sales.total),
        coverage=_mean(shares[zone.id] for zone in zones),
    )
    single = (
        Funnel(
            zone=zone.id,
            title=_label(zone),
            steps=_steps([step.figures[place] for step in counts], taps.figures[place], sales.figures[place]),
            coverage=shares[zone.id],
        )
        for place, zone in enumerate(zones)
    )
    return (whole, *single)


def _steps(counts: Sequence[Figure], taps_beyond: Figure, sales_beyond: Figure) -> tuple[Step, ...]:
    nobody = Figure(state=State.SHOWN, value=0)
    beyond = (nobody, nobody, taps_beyond, sales_beyond)
    return tuple(
        Step(
            kind=kind,
            count=counts[place],
            rate=rate(counts[place], counts[place - 1]) if place else None,
            beyond=beyond[place],
        )
        for place, kind in enumerate(StepKind)
    )


def _shelf(sums: ZoneSums, share: float | None) -> _Shelf:
    """One shelf's counts: each tap gets a stop of its own, each sale a tap of its own, or is counted apart."""
    taps = joined(sums.stops, sums.taps or (), TAP_REACH)
    sales = joined(taps.ticks, sums.sales or (), SALE_REACH)
    stopped = _stops(sums, share)
    told = sums.taps is not None and stopped is not None
    return _Shelf(
        passed=_stays(sums, share),
        stopped=stopped,
        tapped=taps.count if told else None,
        bought=sales.count if told and sums.sales is not None else None,
        taps_beyond=taps.beyond,
        sales_beyond=sales.beyond,
    )


def _stays(sums: ZoneSums, share: float | None) -> int | None:
    """People in the zone; None where no camera saw it and nothing came: that is no zero."""
    return sum(tick.count for tick in sums.stays) if share or sums.stays else None


def _stops(sums: ZoneSums, share: float | None) -> int | None:
    """People who stopped in it, or None in the same way."""
    return sum(tick.count for tick in sums.stops) if share or sums.stays else None


def _merged(bins: Iterable[Sequence[Bin]]) -> tuple[Bin, ...]:
    """Several zones' lengths of stay together."""
    sums: dict[tuple[float, float], int] = {}
    for one in (one for zone in bins for one in zone):
        sums[one.low_ms, one.high_ms] = sums.get((one.low_ms, one.high_ms), 0) + one.count
    return tuple(Bin(low_ms=low, high_ms=high, count=count) for (low, high), count in sums.items())


def _label(zone: Zone) -> Label:
    return Label(ko=zone.title.ko, en=zone.title.en)


def _mean(shares: Iterable[float | None]) -> float | None:
    known = [share for share in shares if share is not None]
    return sum(known) / len(known) if known else None
