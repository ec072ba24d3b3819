"""The page of the store's machines: how each node, camera and reader is, how it was, and tags that have died."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from cloud.manage.dead_tags import FALSE_DAYS, Dead
from cloud.manage.node_history import SPAN_MS, STEP_MS, History, histories
from cloud.manage.nodes import NodeRow, NodeState, nodes
from cloud.manage.rights import Right, Who
from cloud.store import accounts, hours, plans, silences
from cloud.store.hours import Changed
from cloud.web.manage.charts import Chart, chart
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from cloud.web.manage.glossary import entries
from cloud.web.manage.node_words import teller
from cloud.web.manage.shell import shell
from cloud.web.manage.view import language_of
from contract.messages import CameraHealth, Health, WireError, decode_health
from contract.plan import Plan

_ORDER = (NodeState.SILENT, NodeState.ATTENTION, NodeState.NEVER, NodeState.OK)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraTile:
    """One camera of a node: what it says of itself now, and its day."""

    name: str
    said: CameraHealth
    dropped: float | None  # of its pictures in the last quarter of an hour
    slow: bool
    rates: Chart | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One node."""

    row: NodeRow
    said: Health | None
    heard: float | None  # of the last day's minutes since its first, those with a word of it
    since_ms: int | None  # its first word, if that is no longer ago
    behind: int | None  # the plan's version that it should run, where it runs another one
    cameras: tuple[CameraTile, ...]
    temperature: Chart | None
    memory: Chart | None
    pending: Chart | None
    presence: tuple[float, ...]  # the share of each quarter's minutes with a word
    silent_before: int  # of these quarters how many were over before its first word, if that is no longer ago


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """The whole page, those first that want a hand."""

    tiles: tuple[Tile, ...]
    changes: tuple[Changed, ...]
    dead: tuple[Dead, ...]

    @property
    def heard(self) -> bool:
        """Whether any node told of itself in the last day."""
        return any(tile.heard for tile in self.tiles)

    def count(self, state: NodeState) -> int:
        """How many nodes are so."""
        return sum(tile.row.state is state for tile in self.tiles)


def devices_router(desk: Desk) -> APIRouter:
    """The page of machines, for whoever may see figures."""
    router = APIRouter()
    gate = Gate(desk)

    @router.get("/manage/devices", include_in_schema=False)
    def page(request: Request, who: Annotated[Who, Depends(gate.page(Right.SEE))]) -> HTMLResponse:
        language = language_of(request)
        values = shell(desk, request, who, "devices") | {
            "node_says": teller(desk.pages, language),
            "machines": gather(desk),
            "false_days": FALSE_DAYS,
            "glossary": entries("dead"),
        }
        return HTMLResponse(desk.pages.render("manage/devices.html", language, values))

    return router


def gather(desk: Desk) -> Machines:
    """All nodes with their last day, what came and went in it, and the tags that nobody taps any more."""
    now_ms = desk.clock()
    with desk.store.reading() as connection:
        plan = plans.plan_now(connection)
        latest = accounts.latest(connection)
        rows = nodes(plan, latest, accounts.accounts(connection), now_ms=now_ms)
        since_ms = now_ms - SPAN_MS
        older = hours.spoke_before(connection, since_ms)
        told = histories(hours.health(connection, since_ms, STEP_MS), now_ms=now_ms, older=older)
        changes = hours.changes(connection, since_ms)
        dead = silences.dead_tags(connection, plan, now_ms=now_ms, zone=desk.zone) if plan else ()
    said = {health.node: _said(health.body) for health in latest}
    tiles = (_tile(row, said.get(row.name), told.get(row.name), plan) for row in rows)
    return Machines(
        tiles=tuple(sorted(tiles, key=lambda tile: _ORDER.index(tile.row.state))), changes=changes, dead=dead
    )


def _said(body: str) -> Health | None:
    try:
        return decode_health(body.encode())
    except WireError:
        return None


def _tile(row: NodeRow, said: Health | None, history: History | None, plan: Plan | None) -> Tile:
    points = history.points if history else ()
    version = plan.version if plan else None
    return Tile(
        row=row,
        said=said,
        heard=history.heard if history else None,
        since_ms=history.since_ms if history else None,
        behind=version if said and said.plan is not None and said.plan != version else None,
        cameras=_cameras(said, history),
        temperature=chart([point.temperature_c for point in points], floor=30, ceiling=85),
        memory=chart([point.rss_mb for point in points]),
        pending=chart([None if point.pending is None else float(point.pending) for point in points], ceiling=10),
        presence=tuple(point.heard for point in points),
        silent_before=history.began if history else 0,
    )


def _cameras(said: Health | None, history: History | None) -> tuple[CameraTile, ...]:
    cameras: Mapping[str, CameraHealth] = said.cameras if said else {}
    return tuple(
        CameraTile(
            name=name,
            said=camera,
            dropped=_last_dropped(name, history),
            slow=history.slow(name) if history else False,
            rates=chart(history.rates(name)) if history else None,
        )
        for name, camera in sorted(cameras.items())
    )


def _last_dropped(name: str, history: History | None) -> float | None:
    """Of the newest quarter in which the camera told of itself."""
    points = history.points if history else ()
    told = (point.eyes[name].dropped for point in reversed(points) if name in point.eyes)
    return next((share for share in told if share is not None), None)
