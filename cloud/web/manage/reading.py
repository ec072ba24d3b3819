"""Reads one period from the store and makes of it what the pages and the API show."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cloud.manage.heat import Grid, Sight, gather
from cloud.manage.insight import MINUTE_MS, Bin, Flow, Seen, Tick, Window, coverage, expected_ms
from cloud.manage.nodes import NodeRow, nodes
from cloud.manage.period import TODAY, span_of
from cloud.manage.report import Report, Sums, ZoneSums, report
from cloud.store import accounts, insight, plans
from cloud.store.sums import STAY_EDGES_MS
from cloud.web.manage.desk import Desk
from cloud.web.manage.picture import Picture, people_of, picture, shown_of
from contract.plan import Plan, Point, Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """All that a page shows beside the heat map. `watching` are the cameras with covered time in the period."""

    plan: Plan
    report: Report
    nodes: tuple[NodeRow, ...]
    watching: frozenset[str]


def morning(desk: Desk, period: str) -> Morning | None:
    """The page's figures from one moment of the store; None while it has no plan. A dozen indexed queries."""
    now_ms = desk.clock()
    span = span_of(period, now_ms=now_ms, zone=desk.zone).window
    today = span_of(TODAY, now_ms=now_ms, zone=desk.zone).window
    with desk.store.reading() as connection:
        plan = plans.plan_now(connection)
        if plan is None:
            return None
        cameras = insight.cameras_seen(connection, [camera.id for camera in plan.cameras], span)
        flows = insight.flows(connection, [line.id for line in plan.lines], today)
        zones = _zones(connection, plan, span)
        healths, books = accounts.latest(connection), accounts.accounts(connection)
    doors = {line.camera for line in plan.lines}
    sums = Sums(
        zones=zones,
        flows=_together(one.flow for one in flows),
        doors=_averaged([one.seen for one in cameras if one.name in doors], len(doors)),
    )
    return Morning(
        plan=plan,
        report=report(plan, sums, span, period=period, now_ms=now_ms, k=desk.k),
        nodes=nodes(plan, healths, books, now_ms=now_ms),
        watching=frozenset(one.name for one in cameras if one.seen.covered_ms),
    )


def floors(desk: Desk) -> dict[str, tuple[Point, ...]]:
    """The floor that each camera of the plan sees; nothing while the store has no plan."""
    with desk.store.reading() as connection:
        plan = plans.plan_now(connection)
    return {camera.id: tuple(camera.sees) for camera in plan.cameras} if plan else {}


def heat(desk: Desk, period: str) -> Picture | None:
    """The period's heat map; None while the store has no plan."""
    now_ms = desk.clock()
    span = span_of(period, now_ms=now_ms, zone=desk.zone).window
    with desk.store.reading() as connection:
        plan = plans.plan_now(connection)
        if plan is None:
            return None
        names = [camera.id for camera in plan.cameras]
        seen = insight.cameras_seen(connection, names, span)
        stays = insight.stays(connection, [zone.id for zone in plan.zones], span)
        flows = insight.flows(connection, [line.id for line in plan.lines], span)
        expected = expected_ms((one.seen for one in seen), span, now_ms=now_ms)
        shares = {name: coverage((one.seen for one in seen if one.name == name), expected) or 0.0 for name in names}
        shown = shown_of(plan, shares, people_of(plan, stays, flows, span), desk.k)

        def grid() -> Grid:
            sight = Sight(
                coverage={name: shares[name] for name in shown},
                strips=tuple(insight.cells_seen(connection, shown, span)),
                expected_ms=sum(expected.values()),
            )
            return gather(insight.heat(connection, shown, span), plan, sight)

        # Each report of heat changes what `seen` says of its minute: while that is the same, so is the picture.
        known = desk.grids.get(period, (plan, span, seen, shown), grid)
    return picture(
        plan,
        known,
        coverage=shares,
        shown=shown,
        top=desk.scales.top(period, known.values),
        period=period,
        span=span,
        now_ms=now_ms,
        k=desk.k,
    )


def _zones(connection: sqlite3.Connection, plan: Plan, span: Window) -> dict[str, ZoneSums]:
    names = [zone.id for zone in plan.zones]
    owners = _owners(plan)
    stays = insight.stays(connection, names, span)
    bins = insight.stay_bins(connection, names, span)
    seen = insight.zones_seen(connection, names, span)
    taps = (
        *insight.reader_taps(connection, [reader.id for reader in plan.readers], span),
        *insight.phone_taps(connection, [tag.id for tag in plan.tags], span),
    )
    sales = insight.sales(connection, sorted({gtin for held in owners.values() for gtin in held}), span)
    by_zone: dict[str, list[insight.StayMinute]] = {name: [] for name in names}
    for stay in stays:
        by_zone[stay.zone].append(stay)
    return {
        zone.id: ZoneSums(
            stays=tuple(Tick(minute=one.minute, count=one.stays) for one in by_zone[zone.id]),
            stops=tuple(Tick(minute=one.minute, count=one.stops) for one in by_zone[zone.id]),
            stayed_ms=sum(one.stayed_ms for one in by_zone[zone.id]),
            bins=tuple(_bin(one.bin, one.stays) for one in bins if one.zone == zone.id),
            seen=tuple(one.seen for one in seen if one.name == zone.id),
            taps=_of(_places(plan, zone), taps),
            sales=_of(owners[zone.id], sales) if sales else None,
        )
        for zone in plan.zones
    }


def _of(names: Sequence[str], counts: Iterable[insight.CountMinute]) -> tuple[Tick, ...] | None:
    """The ticks of these names; None where there are no names, so that nothing could have been counted."""
    return tuple(one.tick for one in counts if one.name in names) if names else None


def _places(plan: Plan, zone: Zone) -> tuple[str, ...]:
    """The zone's readers and tags."""
    shelves = {shelf.id for shelf in plan.shelves if shelf.zone == zone.id}
    return (
        *(reader.id for reader in plan.readers if reader.zone == zone.id),
        *(tag.id for tag in plan.tags if tag.shelf in shelves),
    )


def _owners(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Each zone's products; one that lies in several zones belongs to the first, so that no sale counts twice."""
    taken: set[str] = set()
    owners: dict[str, tuple[str, ...]] = {}
    for zone in plan.zones:
        shelves = [shelf for shelf in plan.shelves if shelf.zone == zone.id]
        held = {gtin for shelf in shelves for gtin in shelf.products}
        held |= {tag.gtin for tag in plan.tags if tag.shelf in {shelf.id for shelf in shelves}}
        held |= {reader.gtin for reader in plan.readers if reader.zone == zone.id and reader.gtin}
        owners[zone.id] = tuple(sorted(held - taken))
        taken |= held
    return owners


def _bin(place: int, count: int) -> Bin:
    """A length's class by its number; the last has no end, and is taken to reach twice as far as it begins."""
    low = STAY_EDGES_MS[place - 1] if place else 0
    high = STAY_EDGES_MS[place] if place < len(STAY_EDGES_MS) else 2 * STAY_EDGES_MS[-1]
    return Bin(low_ms=low, high_ms=high, count=count)


def _together(flows: Iterable[Flow]) -> tuple[Flow, ...]:
    """All doors' flows by minute."""
    sums: dict[int, Flow] = {}
    for flow in flows:
        before = sums.get(flow.minute, Flow(minute=flow.minute, entered=0, left=0))
        sums[flow.minute] = Flow(
            minute=flow.minute, entered=before.entered + flow.entered, left=before.left + flow.left
        )
    return tuple(sums[minute] for minute in sorted(sums))


def _averaged(seen: Iterable[Seen], cameras: int) -> tuple[Seen, ...]:
    """How well several cameras together saw, minute by minute: one of two dead is half."""
    sums: dict[int, tuple[int, int]] = {}
    for one in seen:
        covered, span = sums.get(one.minute, (0, 0))
        sums[one.minute] = (covered + one.covered_ms, max(span, one.span_ms))
    return tuple(
        Seen(minute=minute, covered_ms=covered // cameras, span_ms=min(span, MINUTE_MS))
        for minute, (covered, span) in sorted(sums.items())
    )
