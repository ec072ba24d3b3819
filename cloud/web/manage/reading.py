"""Reads one period from the store and makes of it what the pages and the API show."""

import sqlite3
from bisect import bisect_right
from dataclasses import dataclass
from datetime import tzinfo

from cloud.manage.insight import MINUTE_MS
from cloud.manage.nodes import NodeRow, nodes
from cloud.manage.period import TODAY, Compare, Span, Young, compared, span_of, young
from cloud.manage.report import Errors, Report, Told, report
from cloud.manage.shelves import Asked, shelves_of
from cloud.manage.sides import Label, Side
from cloud.manage.tiles import Inside
from cloud.manage.totals import Totals
from cloud.store import accounts, audits, catalogue, days, figures, happenings, notes, plans, staff
from cloud.store.notes import Note
from cloud.store.sums import STAY_EDGES_MS
from cloud.web.manage.desk import Desk
from contract.plan import LineKind, Plan, ZoneKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """All that a page shows beside the heat map, on the `plan` that was valid when the period ended.

    `watching` are the cameras with covered time in the period; the nodes are those of now.
    """

    plan: Plan
    report: Report
    nodes: tuple[NodeRow, ...]
    watching: frozenset[str]
    written: tuple[Note, ...]  # about the period's days
    young: Young | None


def morning(desk: Desk, period: str, compare: Compare = Compare.NONE) -> Morning | None:
    """The page's figures from one moment of the store; None while it has no plan."""
    now_ms = desk.clock()
    span = span_of(period, now_ms=now_ms, zone=desk.zone)
    with desk.store.reading() as connection:
        begun_ms = days.begun(connection)
        plan = plans.plan_until(connection, span.end * MINUTE_MS, now_ms=now_ms)
        standing = plans.plan_now(connection)
        if plan is None or standing is None:
            return None
        told = _told(desk, connection, plan, span, compared(span, compare))
        written = notes.between(connection, span.dates[0], span.dates[-1]) if span.dates else ()
        healths, books = accounts.latest(connection), accounts.accounts(connection)
    return Morning(
        plan=plan,
        report=report(told, compare=compare, stop_ms=desk.stop_ms, now_ms=now_ms, k=desk.k),
        nodes=nodes(standing, healths, books, now_ms=now_ms),
        watching=frozenset(name for name, covered_ms in told.now.totals.cameras.items() if covered_ms),
        written=written,
        young=young(span, begun_ms),
    )


def _told(desk: Desk, connection: sqlite3.Connection, plan: Plan, span: Span, other: Span | None) -> Told:
    """Both sides of a comparison, and who is inside now and was then."""
    now_ms = desk.clock()
    plan = plan.of_shoppers()
    asked = asked_of(plan, desk.stop_ms)
    found = figures.totals(connection, asked, span, now_ms=now_ms)
    before = figures.totals(connection, asked, other, now_ms=now_ms) if other else None
    tills = figures.tills(connection)
    return Told(
        now=_side(plan, asked, found, tills=tills),
        then=_side(plan, asked, before, tills=tills) if before else None,
        inside=_inside(connection, plan, other is not None, now_ms=now_ms, zone=desk.zone),
        titles={
            gtin: Label(ko=name.ko, en=name.en)
            for gtin, name in catalogue.names(connection, tuple(asked.shelves.products)).items()
        },
        errors=_errors(connection, plan),
    )


def asked_of(plan: Plan, stop_ms: int) -> Asked:
    """Whose totals the pages read."""
    return Asked(
        zones=tuple(zone.id for zone in plan.zones),
        selling=frozenset(zone.id for zone in plan.zones if zone.kind is ZoneKind.SHELF),
        lines=tuple(line.id for line in plan.lines),
        cameras=tuple(camera.id for camera in plan.cameras),
        shelves=shelves_of(plan),
        stop_bin=bisect_right(STAY_EDGES_MS, stop_ms),
    )


def _side(plan: Plan, asked: Asked, found: Totals, *, tills: bool) -> Side:
    places = (*asked.shelves.zones.items(), *asked.shelves.products.items())
    return Side(
        plan=plan,
        totals=found,
        edges_ms=STAY_EDGES_MS,
        tills=tills,
        with_taps=frozenset(name for name, place in places if place.taps),
        zones_of={gtin: place.zones for gtin, place in asked.shelves.products.items()},
    )


def _inside(connection: sqlite3.Connection, plan: Plan, beside: bool, *, now_ms: int, zone: tzinfo) -> Inside:
    """Today's flows, and those of the same weekday before up to the same time."""
    doors = [line.id for line in plan.lines if line.kind is LineKind.DOOR]
    today = span_of(TODAY, now_ms=now_ms, zone=zone)
    before = compared(today, Compare.WEEKDAY) if beside else None
    then_ms = min(now_ms, before.window.end * MINUTE_MS) if before else now_ms
    return Inside(
        now=happenings.flows(connection, doors, today.window),
        then=happenings.flows(connection, doors, before.window) if before else None,
        staff=staff.flows(connection, doors, today.window),
        at_work=staff.at_work(connection, now_ms),
        staff_then=staff.flows(connection, doors, before.window) if before else (),
        at_work_then=staff.at_work(connection, then_ms) if before else 0,
    )


def _errors(connection: sqlite3.Connection, plan: Plan) -> Errors:
    lines = {name: error.about for name, error in audits.errors(connection, plan).items()}
    cameras = {name: error.about for name, error in audits.camera_errors(connection, plan).items()}
    return Errors(
        lines={name: about for name, about in lines.items() if about is not None},
        cameras={name: about for name, about in cameras.items() if about is not None},
    )
