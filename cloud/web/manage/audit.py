"""The room of audits: a person watches a line and presses a button for each who crosses, the count hidden."""

import re
import secrets
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from cloud.manage.audit import FEWEST, LASTS_MS
from cloud.manage.rights import Right, Who
from cloud.store import audits, plans
from cloud.store.audits import Audit, Click
from cloud.web.language import Language
from cloud.web.manage import auditing
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from cloud.web.manage.shell import shell
from cloud.web.manage.view import language_of
from cloud.web.numbers import MOST_NUMBER, Numbered
from contract.events import Direction
from contract.plan import Line, Plan

EARLY_MS: Final = 2_000
"""By so much a browser's idea of our time may be ahead."""
_CLICK: Final = re.compile(r"[0-9a-f]{16,32}")
_Lang = Annotated[str, Form(max_length=2)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many clicks stand, and the time here."""

    number: int
    entered: int
    left: int
    now_ms: int


def audit_router(desk: Desk) -> APIRouter:
    """The routes below /manage/audit."""
    router = APIRouter()
    gate = Gate(desk)
    _add_pages(router, desk, gate)
    _add_acts(router, desk, gate)
    return router


def _add_pages(router: APIRouter, desk: Desk, gate: Gate) -> None:
    @router.get("/manage/audit", include_in_schema=False)
    def page(request: Request, who: Annotated[Who, Depends(gate.page(Right.AUDIT))]) -> HTMLResponse:
        now_ms = desk.clock()
        auditing.settle(desk.store, now_ms)
        room = auditing.room(desk.store, now_ms)
        return _render(desk, request, who, "manage/audit/room.html", {"room": room, "lasts_min": LASTS_MS // 60_000})

    @router.get("/manage/audit/{number}", include_in_schema=False)
    def one(number: Numbered, request: Request, who: Annotated[Who, Depends(gate.page(Right.AUDIT))]) -> HTMLResponse:
        now_ms = desk.clock()
        auditing.settle(desk.store, now_ms)
        audit, line, plan = _found(desk, number)
        values: dict[str, object] = {
            "audit": audit,
            "line": line,
            "plan": plan,
            "fewest": FEWEST,
            "mine": audit.account == who.account,
        }
        if audit.ended(now_ms):
            return _render(desk, request, who, "manage/audit/outcome.html", values)
        values |= {"tally": _tally(desk, number), "left_s": max(0, audit.until_ms - now_ms) // 1000}
        return _render(desk, request, who, "manage/audit/watch.html", values)

    @router.get("/manage/audit/{number}/clicks", include_in_schema=False)
    def counted(number: Numbered, who: Annotated[Who, Depends(gate.data(Right.AUDIT))]) -> JSONResponse:
        _own(desk, number, who)
        return _told(_tally(desk, number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A press as a form or a script sends it; without `at` it is now, without `click` it is sent once."""

    direction: Direction
    click: str
    at: int | None


def _pressed(
    direction: Annotated[Direction, Form()],
    click: Annotated[str, Form(max_length=32)] = "",
    at: Annotated[int | None, Form(ge=0, le=MOST_NUMBER)] = None,
) -> Pressed:
    return Pressed(direction=direction, click=click, at=at)


def _add_acts(router: APIRouter, desk: Desk, gate: Gate) -> None:
    asked = Depends(gate.data(Right.AUDIT))

    @router.post("/manage/audit", include_in_schema=False)
    def begin(line: Annotated[str, Form(max_length=32)], who: Annotated[Who, asked], lang: _Lang = "") -> Response:
        number = auditing.begin(desk.store, line, account=who.account, now_ms=desk.clock(), lasts_ms=LASTS_MS)
        if number is None:
            raise HTTPException(404, f"line = {line!r}: the plan has no such line with a camera")
        return _to(f"/manage/audit/{number}", lang)

    @router.post("/manage/audit/{number}/clicks", include_in_schema=False)
    def press(
        number: Numbered,
        request: Request,
        who: Annotated[Who, asked],
        pressed: Annotated[Pressed, Depends(_pressed)],
        lang: _Lang = "",
    ) -> Response:
        _press(desk, _own(desk, number, who), pressed)
        return _answer(desk, request, number, lang)

    @router.post("/manage/audit/{number}/undo", include_in_schema=False)
    def undo(
        number: Numbered,
        request: Request,
        who: Annotated[Who, asked],
        click: Annotated[str, Form(max_length=32)] = "",
        lang: _Lang = "",
    ) -> Response:
        _own(desk, number, who)
        with desk.store.atomic() as connection:
            audits.undo(connection, number, click or None)
        return _answer(desk, request, number, lang)

    @router.post("/manage/audit/{number}/end", include_in_schema=False)
    def end(number: Numbered, who: Annotated[Who, asked], lang: _Lang = "") -> Response:
        _own(desk, number, who)
        with desk.store.atomic() as connection:
            audits.end(connection, number, desk.clock())
        return _to(f"/manage/audit/{number}", lang)

    @router.post("/manage/audit/{number}/drop", include_in_schema=False)
    def drop(number: Numbered, who: Annotated[Who, asked], lang: _Lang = "") -> Response:
        _own(desk, number, who)
        with desk.store.atomic() as connection:
            if not audits.drop(connection, number):
                raise HTTPException(409, "its outcome has been shown: it stands")
        return _to("/manage/audit", lang)


def _press(desk: Desk, audit: Audit, pressed: Pressed) -> None:
    """Keeps one press. Raises 422 for a moment outside the watch, which a queue may still tell after its end."""
    now_ms = desk.clock()
    at_ms = now_ms if pressed.at is None else pressed.at
    end_ms = audit.to_ms if audit.to_ms is not None else audit.until_ms
    latest = min(end_ms, now_ms + EARLY_MS)
    if not audit.from_ms - EARLY_MS <= at_ms <= latest:
        raise HTTPException(422, f"at = {at_ms}: this watch is from {audit.from_ms} to {latest}")
    if pressed.click and not _CLICK.fullmatch(pressed.click):
        raise HTTPException(422, f"click = {pressed.click!r}: 16 to 32 hex digits are allowed")
    kept = Click(
        click=pressed.click or secrets.token_hex(8),
        direction=pressed.direction,
        at_ms=max(at_ms, audit.from_ms),
        received_ms=now_ms,
    )
    with desk.store.atomic() as connection:
        audits.click(connection, audit.id, kept)


def _own(desk: Desk, number: int, who: Who) -> Audit:
    """The caller's own audit. Raises 404 and 403."""
    with desk.store.reading() as connection:
        audit = audits.by_id(connection, number)
    if audit is None or audit.dropped:
        raise HTTPException(404, "no such audit")
    if audit.account != who.account:
        raise HTTPException(403, f"{audit.account} watches here: only one person counts")
    return audit


def _found(desk: Desk, number: int) -> tuple[Audit, Line | None, Plan | None]:
    with desk.store.reading() as connection:
        audit = audits.by_id(connection, number)
        plan = plans.plan_at(connection, audit.from_ms) if audit else None
    if audit is None or audit.dropped:
        raise HTTPException(404, "no such audit")
    return audit, next((line for line in plan.lines if line.id == audit.line), None) if plan else None, plan


def _tally(desk: Desk, number: int) -> Tally:
    with desk.store.reading() as connection:
        clicks = audits.clicks(connection, number)
    entered = sum(click.direction is Direction.IN for click in clicks)
    return Tally(number=number, entered=entered, left=len(clicks) - entered, now_ms=desk.clock())


def _told(tally: Tally) -> JSONResponse:
    return JSONResponse({"in": tally.entered, "out": tally.left, "now_ms": tally.now_ms})


def _answer(desk: Desk, request: Request, number: int, lang: str) -> Response:
    """For a script the counts; for a form its page."""
    if "application/json" in request.headers.get("accept", ""):
        return _told(_tally(desk, number))
    return _to(f"/manage/audit/{number}", lang)


def _to(path: str, lang: str) -> RedirectResponse:
    return RedirectResponse(path + (f"?lang={lang}" if lang in tuple(Language) else ""), 303)


def _render(desk: Desk, request: Request, who: Who, template: str, values: dict[str, object]) -> HTMLResponse:
    page = desk.pages.render(template, language_of(request), shell(desk, request, who, "audit") | values)
    return HTMLResponse(page)
