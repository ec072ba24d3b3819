"""The pages of the cameras: all of them, and one with what its calibration needs."""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse

from cloud.manage.alerts import Kind, Wrong
from cloud.manage.cameras import CameraRow, rows
from cloud.manage.insight import MINUTE_MS, Window
from cloud.manage.nodes import nodes
from cloud.manage.rights import Right, Who
from cloud.store import accounts, calibrations, device_changes, insight, plans
from cloud.web.language import Language
from cloud.web.manage import alarm_words
from cloud.web.manage.alarm_words import Sentence
from cloud.web.manage.desk import Desk
from cloud.web.manage.drawing import draw
from cloud.web.manage.gate import Gate
from cloud.web.manage.node_words import teller
from cloud.web.manage.shell import shell
from cloud.web.manage.view import language_of
from contract.events import Device
from contract.plan import Plan

_HOUR = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A camera as a page shows it; `alarm` is what is said of it where something is wrong."""

    row: CameraRow
    alarm: Sentence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """What the pages read in one moment of the store."""

    plan: Plan | None
    cameras: tuple[CameraRow, ...]


def add(router: APIRouter, desk: Desk, gate: Gate) -> None:
    """The two pages."""

    @router.get("/manage/cameras", include_in_schema=False)
    def page(request: Request, who: Annotated[Who, Depends(gate.page(Right.DRAW))]) -> HTMLResponse:
        language, room = language_of(request), _read(desk)
        shown = [_shown(desk, language, row) for row in room.cameras]
        values = shell(desk, request, who, "cameras") | {
            "node_says": teller(desk.pages, language),
            "cameras": shown,
            "plan": room.plan,
            "drawing": draw(room.plan, ()) if room.plan else None,
        }
        return HTMLResponse(desk.pages.render("manage/cameras/all.html", language, values))

    @router.get("/manage/cameras/{camera}", include_in_schema=False)
    def one(camera: str, request: Request, who: Annotated[Who, Depends(gate.page(Right.DRAW))]) -> HTMLResponse:
        language, room = language_of(request), _read(desk)
        row = next((row for row in room.cameras if row.camera.id == camera), None)
        if row is None or room.plan is None:
            raise HTTPException(404, f"the plan has no camera {camera!r}")
        values = shell(desk, request, who, "cameras") | {
            "node_says": teller(desk.pages, language),
            "shown": _shown(desk, language, row),
            "camera": row.camera,
            "plan": room.plan,
            "drawing": draw(room.plan, [camera]),
            "data": _data(room.plan, row),
            "still": _word(request, "still", "0123456789abcdef", 32),
            "said": _word(request, "said", "abcdefghijklmnopqrstuvwxyz", 12),
        }
        return HTMLResponse(desk.pages.render("manage/cameras/one.html", language, values))


def _read(desk: Desk) -> _Room:
    now_ms = desk.clock()
    minute = now_ms // MINUTE_MS
    with desk.store.reading() as connection:
        plan = plans.plan_now(connection)
        if plan is None:
            return _Room(plan=None, cameras=())
        found = nodes(plan, accounts.latest(connection), accounts.accounts(connection), now_ms=now_ms)
        # The running minute is not told yet, nor is the one before in its first seconds.
        window = Window(first=minute - _HOUR - 1, end=minute - 1)
        cameras = rows(
            plan,
            found,
            changes=device_changes.last(connection, Device.CAMERA),
            seen=insight.cameras_seen(connection, [camera.id for camera in plan.cameras], window),
            calibrations=calibrations.last(connection),
        )
    return _Room(plan=plan, cameras=cameras)


def _shown(desk: Desk, language: Language, row: CameraRow) -> Shown:
    alarm = None
    if row.cause is not None:
        wrong = Wrong(kind=Kind.CAMERA, subject=row.camera.id, since_ms=row.since_ms or 0, cause=row.cause)
        alarm = alarm_words.sentence(desk.pages, language, wrong, row.camera.id)
    return Shown(row=row, alarm=alarm)


def _data(plan: Plan, row: CameraRow) -> str:
    """What the page's script begins with, as JSON that may stand in a page."""
    camera = row.camera
    told = {
        "camera": camera.id,
        "width": camera.width,
        "height": camera.height,
        "pairs": camera.pairs,
        "version": plan.version,
        "floor": [plan.width_m, plan.depth_m],
    }
    return msgspec.json.encode(told).decode().replace("<", "\\u003c")


def _word(request: Request, name: str, letters: str, most: int) -> str:
    """A word of the address, made of these letters; else nothing."""
    word = request.query_params.get(name, "")
    return word if len(word) <= most and set(word) <= set(letters) else ""
