"""The room of alerts: what is wrong and what to try, what was, how one hears of it, and what the store chose."""

import re
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec
from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from cloud.accounts.sessions import Session
from cloud.manage.alerts import Kind, Rules, Severity, most_urgent
from cloud.manage.insight import MINUTE_MS
from cloud.manage.notifying import Quiet
from cloud.manage.rights import Right, Who
from cloud.push.alarm_post import Ways
from cloud.push.endpoints import EndpointError
from cloud.store import alert_letters, alerts
from cloud.store.alert_letters import Hook
from cloud.store.alerts import Kept
from cloud.store.audit_log import Act
from cloud.web.language import Language
from cloud.web.manage import alarm, alarm_words
from cloud.web.manage.alarm_words import Sentence
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from cloud.web.manage.shell import shell
from cloud.web.manage.view import language_of
from cloud.web.numbers import Numbered
from cloud.web.subscribing import Given, UnfitSubscription, origin_of, subscription

MOST_AT_HOME: Final = 3
PAST_MS: Final = 7 * 24 * 60 * MINUTE_MS
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_Lang = Annotated[str, Form(max_length=2)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An alert as it is shown; `page` is where one goes to see more of it, empty where the reader may not."""

    id: int
    kind: Kind
    severity: Severity
    said: Sentence
    since_ms: int
    ended_ms: int | None
    well: bool  # not wrong any more, but not for long enough to be over
    noted_by: str | None
    page: str


def alerts_router(desk: Desk, ways: Ways | None = None) -> APIRouter:
    """The routes below /manage/alerts; without `ways` nothing is sent anywhere, and the pages say so."""
    router = APIRouter()
    gate = Gate(desk)
    _add_page(router, desk, gate, ways)
    _add_own(router, desk, gate, ways)
    _add_rules(router, desk, gate)
    _add_hooks(router, desk, gate, ways)
    return router


def standing(desk: Desk, language: Language, who: Who, *, most: int = MOST_AT_HOME) -> dict[str, object]:
    """What `manage/part_alerts.html` names: the most urgent of the open alerts, and how many more there are.

    On a page that shows few, what is a mere notice is left to the page of alerts: it is nothing that broke.
    """
    with desk.store.reading() as connection:
        found = rows(desk, connection, alerts.open_now(connection), language)
    if most <= MOST_AT_HOME:
        found = tuple(each for each in found if each.severity is not Severity.NOTICE)
    return {"alerts": found[:most], "more_alerts": max(0, len(found) - most), "may_note": who.may(Right.ANSWER)}


def rows(desk: Desk, connection: sqlite3.Connection, found: Sequence[Kept], language: Language) -> tuple[Row, ...]:
    """These alerts in words."""
    names = alarm.subjects(connection, [each.alert.wrong for each in found], language)
    order = most_urgent([each.alert for each in found])
    ranked = sorted(found, key=lambda each: order.index(each.alert)) if order else []
    return tuple(
        Row(
            id=each.id,
            kind=each.alert.wrong.kind,
            severity=each.alert.severity,
            said=alarm_words.sentence(
                desk.pages, language, each.alert.wrong, names.get(each.alert.wrong.key, each.alert.wrong.subject)
            ),
            since_ms=each.alert.wrong.since_ms,
            ended_ms=each.alert.ended_ms,
            well=each.alert.well_ms is not None,
            noted_by=each.noted_by,
            page=alarm_words.PAGES[each.alert.wrong.kind],
        )
        for each in ranked
    )


def _add_page(router: APIRouter, desk: Desk, gate: Gate, ways: Ways | None) -> None:
    @router.get("/manage/alerts", include_in_schema=False)
    def page(request: Request, who: Annotated[Who, Depends(gate.page(Right.SEE))]) -> HTMLResponse:
        return _page(desk, request, who, ways)

    @router.post("/manage/alerts/{number}/note", include_in_schema=False)
    def note(number: Numbered, who: Annotated[Who, Depends(gate.data(Right.ANSWER))], lang: _Lang = "") -> Response:
        with desk.store.atomic() as connection:
            alerts.note(connection, number, account=who.account, now_ms=desk.clock())
        return _to("/manage/alerts", lang)


def _add_own(router: APIRouter, desk: Desk, gate: Gate, ways: Ways | None) -> None:
    """How one hears of alerts oneself: by one's own session alone."""

    @router.post("/manage/alerts/quiet", include_in_schema=False)
    def quiet(
        session: Annotated[Session, Depends(gate.own)],
        begins: Annotated[str, Form(max_length=5)] = "",
        ends: Annotated[str, Form(max_length=5)] = "",
        critical: Annotated[bool, Form()] = False,
        lang: _Lang = "",
    ) -> Response:
        chosen = Quiet(from_min=_minute("begins", begins), to_min=_minute("ends", ends), critical_passes=critical)
        with desk.store.atomic() as connection:
            alerts.be_quiet(connection, session.account, chosen)
        return _to("/manage/alerts", lang, "hear")

    @router.post("/manage/alerts/push", include_in_schema=False)
    async def push(request: Request, session: Annotated[Session, Depends(gate.own)]) -> Response:
        try:
            given = msgspec.json.decode(await request.body(), type=Given)
        except msgspec.DecodeError as error:
            raise HTTPException(422, str(error)) from None
        if ways is None or ways.push is None:
            raise HTTPException(404, "this store sends no pushes")
        origin = origin_of(request, str(request.base_url).rstrip("/"))
        try:
            browser = subscription(given, ways.push, origin=origin, language=Language.EN)
        except UnfitSubscription as error:
            raise HTTPException(422, str(error)) from None
        with desk.store.atomic() as connection:
            alert_letters.subscribe(connection, session.account, browser, desk.clock())
        return Response(status_code=201)

    @router.post("/manage/alerts/push/off", include_in_schema=False)
    def off(session: Annotated[Session, Depends(gate.own)], lang: _Lang = "") -> Response:
        with desk.store.atomic() as connection:
            alert_letters.unsubscribe(connection, session.account)
        return _to("/manage/alerts", lang, "hear")


def _add_rules(router: APIRouter, desk: Desk, gate: Gate) -> None:
    settle = Depends(gate.data(Right.SETTLE))

    @router.post("/manage/alerts/rules", include_in_schema=False)
    async def choose(request: Request, who: Annotated[Who, settle]) -> Response:
        form = await request.form()
        asked = {name: str(form.get(name, "")) for name in ("queue_people", "queue_minutes", "hot_c", "stock_taps")}
        on = {str(kind) for kind in form.getlist("on")}
        told = {**asked, "off": [kind for kind in Kind if kind not in on]}
        try:
            chosen = msgspec.convert(told, Rules, strict=False)
        except msgspec.ValidationError as error:
            raise HTTPException(422, str(error)) from None
        with desk.store.atomic() as connection:
            alerts.choose(connection, chosen)
            desk.note(connection, who, Act.ALERTS_CHOSEN, "")
        return _to("/manage/alerts", str(form.get("lang", "")), "rules")


def _add_hooks(router: APIRouter, desk: Desk, gate: Gate, ways: Ways | None) -> None:
    settle = Depends(gate.data(Right.SETTLE))

    @router.post("/manage/alerts/hooks", include_in_schema=False)
    def add(request: Request, who: Annotated[Who, settle], url: Annotated[str, Form(max_length=2000)]) -> Response:
        try:
            if ways is None:
                raise HTTPException(404, "this store's settings name no host for web hooks")
            ways.hooks.check(url)
        except EndpointError as error:
            return _page(desk, request, who, ways, fault=str(error.fault), typed=url, status=422)
        secret = secrets.token_hex(32)
        with desk.store.atomic() as connection:
            new = alert_letters.add_hook(connection, url=url, secret=secret, account=who.account, now_ms=desk.clock())
            if new:  # a path of a hook may be a secret: its host is enough
                desk.note(connection, who, Act.HOOK_ADDED, urlsplit(url).hostname or "")
        if not new:
            return _page(desk, request, who, ways, fault="known", typed=url, status=409)
        return _page(desk, request, who, ways, secret=secret)

    @router.post("/manage/alerts/hooks/{number}/remove", include_in_schema=False)
    def remove(number: Numbered, who: Annotated[Who, settle], lang: _Lang = "") -> Response:
        with desk.store.atomic() as connection:
            host = next((urlsplit(it.url).hostname for it in alert_letters.hooks(connection) if it.id == number), None)
            if alert_letters.remove_hook(connection, number):
                desk.note(connection, who, Act.HOOK_REMOVED, host or "")
        return _to("/manage/alerts", lang, "hooks")

    @router.post("/manage/alerts/hooks/{number}/try", include_in_schema=False, dependencies=[settle])
    def trial(number: Numbered, lang: _Lang = "") -> Response:
        now_ms = desk.clock()
        body = alarm.trial_letter(desk, now_ms)
        with desk.store.atomic() as connection:
            if any(hook.id == number for hook in alert_letters.hooks(connection)):
                alert_letters.write_to_hook(connection, number, body, now_ms=now_ms, expires_ms=now_ms + 10 * MINUTE_MS)
        return _to("/manage/alerts", lang, "hooks")


def _page(
    desk: Desk,
    request: Request,
    who: Who,
    ways: Ways | None,
    *,
    secret: str = "",
    fault: str = "",
    typed: str = "",
    status: int = 200,
) -> HTMLResponse:
    language, now_ms = language_of(request), desk.clock()
    with desk.store.reading() as connection:
        chosen = alerts.quiet(connection, who.account)
        hooks: tuple[Hook, ...] = alert_letters.hooks(connection) if who.may(Right.SETTLE) else ()
        values: dict[str, object] = {
            "past": rows(desk, connection, alerts.past(connection, since_ms=now_ms - PAST_MS), language),
            "rules": alerts.rules(connection),
            "kinds": tuple(Kind),
            "browsers": alert_letters.browsers(connection, who.account),
            "quiet": chosen,
            "begins": _clock(chosen.from_min),
            "ends": _clock(chosen.to_min),
            "push_key": ways.push.key.public if ways and ways.push else "",
            "hooks": hooks,
            "hosts": ways.hooks.hosts if ways else (),
            "may_hook": bool(ways and (ways.hooks.hosts or ways.hooks.sandbox)),
            "secret": secret,
            "fault": fault,
            "typed": typed,
            "may_settle": who.may(Right.SETTLE),
        }
    values |= standing(desk, language, who, most=10_000)
    page = desk.pages.render("manage/alerts.html", language, shell(desk, request, who, "alerts") | values)
    return HTMLResponse(page, status)


def _minute(field: str, text: str) -> int:
    """`HH:MM` as a minute of the day, nothing as midnight. Raises HTTPException."""
    if not text:
        return 0
    if _TIME.fullmatch(text):
        return 60 * int(text[:2]) + int(text[3:])
    raise HTTPException(422, f"{field} = {text!r}: a time of the day is allowed, such as 22:00")


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _to(path: str, lang: str, place: str = "") -> RedirectResponse:
    query = f"?lang={lang}" if lang in tuple(Language) else ""
    return RedirectResponse(f"{path}{query}{'#' + place if place else ''}", 303)
