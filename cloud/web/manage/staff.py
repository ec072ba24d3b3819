"""The room of the staff: their badges, by pseudonym alone, who is at work, and what the figures leave out for them."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from cloud.manage.insight import MINUTE_MS
from cloud.manage.period import TODAY, span_of
from cloud.manage.rights import Right, Who
from cloud.store import plans, staff
from cloud.store.audit_log import Act
from cloud.web.language import Language
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from cloud.web.manage.shell import shell
from cloud.web.manage.view import language_of
from contract.plan import ZoneKind

AWAITED_MS: Final = MINUTE_MS
"""How long a reader waits for the badge that is to be registered."""
_Lang = Annotated[str, Form(max_length=2)]


def staff_router(desk: Desk) -> APIRouter:
    """The routes below /manage/staff."""
    router = APIRouter()
    gate = Gate(desk)

    @router.get("/manage/staff", include_in_schema=False)
    def page(request: Request, who: Annotated[Who, Depends(gate.page(Right.SETTLE))]) -> HTMLResponse:
        values = _read(desk)
        html = desk.pages.render("manage/staff.html", language_of(request), shell(desk, request, who, "staff") | values)
        return HTMLResponse(html)

    @router.post("/manage/staff/badges", include_in_schema=False)
    def await_badge(
        who: Annotated[Who, Depends(gate.data(Right.SETTLE))],
        reader: Annotated[str, Form(max_length=32)],
        label: Annotated[str, Form(max_length=20)],
        lang: _Lang = "",
    ) -> Response:
        if not label.strip() or not label.isprintable():
            raise HTTPException(422, "label: what is written on the badge, 1 to 20 characters")
        now_ms = desk.clock()
        with desk.store.atomic() as connection:
            plan = plans.plan_now(connection)
            if plan is None or reader not in {spot.id for spot in plan.readers}:
                raise HTTPException(404, f"reader = {reader!r}: the plan has no such reader")
            staff.open_enrolment(
                connection,
                reader=reader,
                label=label.strip(),
                account=who.account,
                now_ms=now_ms,
                until_ms=now_ms + AWAITED_MS,
            )
            desk.note(connection, who, Act.BADGE_AWAITED, f"{label.strip()}, {reader}")
        return _to(lang)

    @router.post("/manage/staff/badges/{tag}/remove", include_in_schema=False)
    def remove(tag: str, who: Annotated[Who, Depends(gate.data(Right.SETTLE))], lang: _Lang = "") -> Response:
        now_ms = desk.clock()
        with desk.store.atomic() as connection:
            label = next((badge.label for badge in staff.badges(connection, now_ms) if badge.tag == tag), "")
            if staff.remove(connection, tag):
                desk.note(connection, who, Act.BADGE_REMOVED, label)
        return _to(lang)

    return router


def _read(desk: Desk) -> dict[str, object]:
    now_ms = desk.clock()
    with desk.store.atomic() as connection:
        staff.enrol(connection, now_ms)
    with desk.store.reading() as connection:
        plan = plans.plan_now(connection)
        badges = staff.badges(connection, now_ms)
        today = span_of(TODAY, now_ms=now_ms, zone=desk.zone).window
        enrolment = staff.enrolment(connection)
        return {
            "badges": badges,
            "at_work": sum(badge.at_work is not None for badge in badges),
            "readers": plan.readers if plan else (),
            "zones": tuple(zone for zone in plan.zones if zone.kind is ZoneKind.STAFF) if plan else (),
            "enrolment": enrolment,
            "awaiting": enrolment is not None and not enrolment.outcome and enrolment.until_ms >= now_ms,
            "recent": enrolment is not None and now_ms - enrolment.from_ms < 10 * MINUTE_MS,
            "left_out": staff.left_out(connection, today),
        }


def _to(lang: str) -> RedirectResponse:
    return RedirectResponse("/manage/staff" + (f"?lang={lang}" if lang in tuple(Language) else ""), 303)
