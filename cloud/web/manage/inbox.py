"""What shoppers ask of the staff: who takes it, what is done, and how long they waited."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from cloud.accounts import people
from cloud.manage.answer_times import Times, times
from cloud.manage.period import beginning, day_of, span_of
from cloud.manage.rights import RIGHTS, Right, Who
from cloud.shop import notices
from cloud.shop.catalogue import Product
from cloud.shop.requests import Kind, State
from cloud.shop.telling import Told, Urgency, tell
from cloud.store import catalogue, plans, requests
from cloud.store.requests import Asked
from cloud.web.language import Language
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from cloud.web.manage.glossary import entries
from cloud.web.manage.shell import shell
from cloud.web.manage.view import Look, language_of, look
from cloud.web.numbers import Numbered
from cloud.web.services import Services
from cloud.web.shop import delivery
from cloud.web.shop.requesting import STAFF, moved
from cloud.web.shop.view import shop_of
from cloud.web.stream import EventStream

_MINUTE_MS = 60_000
_Lang = Annotated[str, Form(max_length=2)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One request as the staff read it."""

    ask: Asked
    products: tuple[Product, ...]
    shelf: str | None
    waited_min: int
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """The page; `times` and `missed` are of the period that is looked at."""

    waiting: tuple[Row, ...]
    taken: tuple[Row, ...]
    ended: tuple[Row, ...]
    times: Times
    missed: int  # taken back before anybody came
    staff: tuple[str, ...]  # who may be handed a request


def inbox_router(desk: Desk, services: Services) -> APIRouter:
    """The staff's page of requests, behind the manager's session."""
    router = APIRouter()
    gate = Gate(desk)

    @router.get("/manage/requests", include_in_schema=False)
    def page(request: Request, who: Annotated[Who, Depends(gate.page(Right.ANSWER))]) -> HTMLResponse:
        language = language_of(request)
        values = shell(desk, request, who, "requests") | {
            "inbox": gather(desk, who.account, language, look(request)),
            "lost": "lost" in request.query_params,
            "glossary": entries("answer"),
        }
        return HTMLResponse(desk.pages.render("manage/requests.html", language, values))

    @router.get("/manage/requests/live", include_in_schema=False, dependencies=[Depends(gate.data(Right.ANSWER))])
    async def live(request: Request) -> Response:
        return _Live(services, lambda: gate.still(request, Right.ANSWER))

    @router.post("/manage/requests/{number}/take", include_in_schema=False)
    async def take(
        number: Numbered, who: Annotated[Who, Depends(gate.data(Right.ANSWER))], lang: _Lang = ""
    ) -> RedirectResponse:
        return await _move(services, number, who.account, State.TAKEN, lang)

    @router.post("/manage/requests/{number}/done", include_in_schema=False)
    async def done(
        number: Numbered, who: Annotated[Who, Depends(gate.data(Right.ANSWER))], lang: _Lang = ""
    ) -> RedirectResponse:
        return await _move(services, number, who.account, State.DONE, lang)

    @router.post("/manage/requests/{number}/give", include_in_schema=False)
    async def give(
        number: Numbered,
        who: Annotated[Who, Depends(gate.data(Right.ANSWER))],
        to: Annotated[str, Form(max_length=64)] = "",
        lang: _Lang = "",
    ) -> RedirectResponse:
        won = await run_in_threadpool(_given, desk, number, who.account, to)
        if won:
            moved(services, number)
        return _back(lang, won=won)

    return router


class _Live(Response):
    """The staff's stream: only that something moved."""

    def __init__(self, services: Services, still: Callable[[], bool]) -> None:
        super().__init__()
        self._stream = EventStream(lambda: services.waiting.subscribe(STAFF), still=still)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._stream(scope, receive, send)


async def _move(services: Services, number: int, account: str, to: State, lang: str) -> RedirectResponse:
    told = await run_in_threadpool(_moved, services, number, account, to)
    if told.won:
        moved(services, number)
    if told.message:
        delivery.publish(services, told.message)
    return _back(lang, won=told.won)


def _back(lang: str, *, won: bool) -> RedirectResponse:
    query = f"?lang={lang}" if lang in tuple(Language) else ""
    lost = "" if won else ("&" if query else "?") + "lost=1"
    return RedirectResponse(f"/manage/requests{query}{lost}", 303)


def _given(desk: Desk, number: int, account: str, to: str) -> bool:
    """Hands a request to another of the staff who may answer, or (`to` empty) back to all."""
    if to and to not in staff(desk, account):
        return False
    with desk.store.atomic() as connection:
        if to:
            return requests.hand_over(connection, number, owner=account, to=to)
        return requests.give_back(connection, number, owner=account)


def staff(desk: Desk, account: str) -> tuple[str, ...]:
    """The other accounts that may answer requests in this store."""
    with desk.door.accounts.reading() as connection:
        grants = people.grants(connection, desk.door.store)
    return tuple(it.account for it in grants if it.account != account and Right.ANSWER in RIGHTS[it.role])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    won: bool
    message: Told | None = None


def _moved(services: Services, number: int, account: str, to: State) -> _Outcome:
    """Moves a request for one of the staff, and tells its shopper where the store knows them."""
    act = requests.take if to is State.TAKEN else requests.finish
    now_ms = services.clock()
    with services.store.atomic() as connection:
        if not act(connection, number, owner=account, now_ms=now_ms):
            return _Outcome(won=False)
        ask = requests.by_id(connection, number)
        if ask is None or ask.profile is None:
            return _Outcome(won=True)
        notice = notices.request_moved(number=ask.number, kind=ask.kind, state=ask.state, request_id=ask.id)
        if notice is None:
            return _Outcome(won=True)
        message = tell(
            connection,
            profile_id=ask.profile,
            kind="request",
            body=notices.encode(notice),
            at_ms=now_ms,
            push=notices.pushed(notice, Urgency.HIGH),
        )
        return _Outcome(won=True, message=message)


def gather(desk: Desk, account: str, language: Language, asked: Look) -> Inbox:
    """The inbox as it is now, with what was over today and how fast the period's requests were answered."""
    now_ms = desk.clock()
    span = span_of(asked.period, now_ms=now_ms, zone=desk.zone)
    within = (span.first * _MINUTE_MS, span.end * _MINUTE_MS)
    midnight = beginning(day_of(now_ms, desk.zone), desk.zone) * _MINUTE_MS
    with desk.store.reading() as connection:
        plan = plans.plan_now(connection)
        products = _Products(connection)

        def row(ask: Asked) -> Row:
            gtins = requests.goods(connection, ask.id) if ask.kind is Kind.LIST else (ask.gtin or "",)
            return Row(
                ask=ask,
                products=tuple(products.of(gtins)),
                shelf=shop_of(plan, ask.shelf, language).shelf,
                waited_min=max(0, (ask.taken_ms or ask.ended_ms or now_ms) - ask.at_ms) // _MINUTE_MS,
                mine=ask.owner == account,
            )

        rows = tuple(map(row, requests.waiting(connection)))
        ended = tuple(map(row, requests.ended(connection, midnight)))
        answered = requests.answered(connection, *within)
        missed = requests.missed(connection, *within)
    return Inbox(
        waiting=tuple(each for each in rows if each.ask.state is State.WAITING),
        taken=tuple(each for each in rows if each.ask.state is State.TAKEN),
        ended=ended,
        times=times(answered, desk.zone),
        missed=missed,
        staff=staff(desk, account),
    )


class _Products:
    """Products of one moment, each read once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[str, Product | None] = {}

    def of(self, gtins: tuple[str, ...]) -> Iterator[Product]:
        for gtin in gtins:
            if gtin not in self._known:
                self._known[gtin] = catalogue.product(self._connection, gtin)
            if found := self._known[gtin]:
                yield found
