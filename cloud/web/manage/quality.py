"""The page that says whether the data can be trusted: what came how, the books of every node, and when nobody saw."""

import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from cloud.manage.insight import MINUTE_MS
from cloud.manage.period import TODAY, Span, beginning, span_of
from cloud.manage.quality import NodeQuality, Strip, nodes, strips, summed, without_content
from cloud.manage.rights import Right, Who
from cloud.manage.shelves import Asked, Shelves
from cloud.store import accounts, arrivals, figures, hours, plans, quarantine
from cloud.store.accounts import Account
from cloud.store.arrivals import LATE_MS, Arrivals
from cloud.store.quarantine import Counts
from cloud.store.sums import STOP_BIN
from cloud.web.manage.asked import PERIODS, Period
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from cloud.web.manage.glossary import entries
from cloud.web.manage.shell import shell
from cloud.web.manage.view import language_of, look
from contract.topics import parse

_LONGEST_STRIP = 28
"""Days of which every hour is drawn; of a longer time the last of them."""
MOST_DAYS = 31
_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """A line of the quarantine: never a byte of what came, nor a name that a stranger chose."""

    received_ms: int
    node: str  # empty where it is no node's topic
    channel: str
    reason: str
    size: int
    in_place: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBooks:
    """All nodes' books of one day of the store's calendar, and how the events of that day came."""

    day: date
    books: Account
    came: Arrivals


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The whole page; `days` are those of a longer time, the newest first, MOST_DAYS of them at most."""

    from_ms: int
    to_ms: int
    nodes: tuple[NodeQuality, ...]
    all: Arrivals
    strips: tuple[Strip, ...]
    strip_days: int
    days: tuple[DayBooks, ...]
    misfits: tuple[Misfit, ...]
    messages: int  # whole ones that were not understood
    counts: Counts


def quality_router(desk: Desk) -> APIRouter:
    """The page on the data's quality, for whoever may see figures."""
    router = APIRouter()
    gate = Gate(desk)

    @router.get("/manage/quality", include_in_schema=False)
    def page(request: Request, who: Annotated[Who, Depends(gate.page(Right.SEE))]) -> HTMLResponse:
        span = span_of(look(request).period, now_ms=desk.clock(), zone=desk.zone)
        values = shell(desk, request, who, "quality") | {
            "quality": gather(desk, span),
            "late_min": LATE_MS // MINUTE_MS,
            "glossary": entries("books", "coverage", "late"),
        }
        return HTMLResponse(desk.pages.render("manage/quality.html", language_of(request), values))

    @router.get(
        "/v1/insight/quality",
        tags=["insight"],
        summary="What became of every event, node by node",
        dependencies=[Depends(gate.data(Right.SEE))],
    )
    def data(period: Annotated[Period, Query(description=PERIODS)] = TODAY) -> Quality:
        """Books: produced = stored + quarantined + pending + dropped + difference, of the period's whole hours."""
        return gather(desk, span_of(period, now_ms=desk.clock(), zone=desk.zone))

    return router


def gather(desk: Desk, span: Span) -> Quality:
    """What is known of a span, in whole hours of the cloud's clock."""
    now_ms = desk.clock()
    from_ms, to_ms = span.first * MINUTE_MS // _HOUR_MS * _HOUR_MS, span.end * MINUTE_MS
    drawn_ms = max(from_ms, _drawn_from(span))
    with desk.store.reading() as connection:
        plan = plans.plan_now(connection)
        cameras = [camera.id for camera in plan.cameras] if plan else []
        skews = {it.node: it.at_ms - it.received_ms for it in accounts.latest(connection)}
        came = arrivals.between(connection, from_ms, to_ms)
        books = arrivals.books(connection, from_ms, to_ms)
        covered = hours.covered(connection, cameras, drawn_ms, to_ms)
        shares = _shares(connection, cameras, span, now_ms)
        days = tuple(_day(connection, day, desk.zone) for day in reversed(span.dates[-MOST_DAYS:]))
        misfits = quarantine.newest(connection, from_ms, to_ms)
        messages = quarantine.messages(connection, from_ms, to_ms)
        counts = quarantine.counts(connection)
    return Quality(
        from_ms=from_ms,
        to_ms=min(to_ms, now_ms),
        nodes=nodes(came, books, dict(skews)),
        all=_all(came),
        strips=strips(shares, covered, from_ms=drawn_ms, to_ms=to_ms, now_ms=now_ms),
        strip_days=len(span.dates),
        days=days if len(days) > 1 else (),
        misfits=tuple(map(_misfit, misfits)),
        messages=messages,
        counts=counts,
    )


def _shares(connection: sqlite3.Connection, cameras: list[str], span: Span, now_ms: int) -> dict[str, float | None]:
    """The share of the expected time that each camera saw: the coverage that stands beside every figure."""
    nowhere = Shelves(zones={}, products={})
    asked = Asked(zones=(), selling=frozenset(), lines=(), cameras=cameras, shelves=nowhere, stop_bin=STOP_BIN)
    found = figures.totals(connection, asked, span, now_ms=now_ms)
    whole = found.expected_ms
    return {name: min(1.0, found.cameras.get(name, 0) / whole) if whole else None for name in cameras}


def _day(connection: sqlite3.Connection, day: date, zone: tzinfo) -> DayBooks:
    bounds = (beginning(day, zone) * MINUTE_MS, beginning(day + timedelta(days=1), zone) * MINUTE_MS)
    return DayBooks(
        day=day,
        books=summed([it.change for it in arrivals.books(connection, *bounds)]),
        came=_all(arrivals.between(connection, *bounds)),
    )


def _drawn_from(span: Span) -> int:
    dates = span.dates
    first: date = dates[-1] - timedelta(days=_LONGEST_STRIP - 1) if dates else date(1970, 1, 2)
    return beginning(first, span.zone) * MINUTE_MS


def _all(came: tuple[Arrivals, ...]) -> Arrivals:
    return Arrivals(
        node="",
        stored=sum(it.stored for it in came),
        late=sum(it.late for it in came),
        carried=sum(it.carried for it in came),
        repeated=sum(it.repeated for it in came),
        quarantined=sum(it.quarantined for it in came),
        missing=sum(it.missing for it in came),
    )


def _misfit(listed: quarantine.Listed) -> Misfit:
    address = parse(listed.topic)
    return Misfit(
        received_ms=listed.received_ms,
        node=address.node if address else "",
        channel=address.channel.value if address else "",
        reason=without_content(listed.reason),
        size=listed.size,
        in_place=listed.in_place,
    )
