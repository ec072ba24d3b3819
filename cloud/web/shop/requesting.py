"""One touch to the staff: bring it, hold it, look at my list; and the page that says how far that is."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloud.points.rates import day_began_ms
from cloud.shop.hub import PushedEvent
from cloud.shop.requests import KEPT_MS, Kind
from cloud.shop.tokens import digest, new_token
from cloud.store import catalogue, plans, requests, shoppers, visits, wishes
from cloud.store.requests import Asked
from cloud.web.services import Services
from cloud.web.shop import answers
from cloud.web.shop.asking import Asking, asking, body_text
from cloud.web.shop.sheet import Sheet
from cloud.web.shop.view import shop_of
from cloud.web.stream import EventStream

STAFF = 0
"""The key of the staff's own pages in `services.waiting`; requests count from 1."""


def routes(services: Services) -> list[Route]:
    """The routes of requests."""
    asks = _Asks(services)
    return [
        Route("/request", asks.make, methods=["POST"]),
        Route("/request/{key}", asks.show, methods=["GET"]),
        Route("/request/{key}/stream", asks.stream, methods=["GET"]),
        Route("/request/{key}/cancel", asks.cancel, methods=["POST"]),
    ]


def moved(services: Services, request_id: int) -> None:
    """Tells the open pages of a request, and the staff's, to look again. Event loop only."""
    event = PushedEvent(kind="moved", data="{}")
    services.waiting.publish(request_id, event)
    services.waiting.publish(STAFF, event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A new request, and the token that opens its page."""

    request: Asked
    token: str


class _Asks:
    """A signed visit may ask, and so may a known shopper; a token or their cookie opens the page."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def make(self, request: Request) -> Response:
        """Asks, and leads to the request's page."""
        asked = asking(request, await body_text(request))
        made = await run_in_threadpool(self._make, asked)
        if isinstance(made, Response):
            return made
        moved(self._services, made.request.id)
        lang = {"lang": str(asked.language)}
        return answers.see_other(answers.with_query(f"/request/{made.token}", lang))

    async def show(self, request: Request) -> Response:
        """How far it is."""
        return await run_in_threadpool(self._show, asking(request), request.path_params["key"])

    async def stream(self, request: Request) -> Response | EventStream:
        """Tells an open page when to look again."""
        found = await run_in_threadpool(self._find, asking(request), request.path_params["key"])
        if found is None or not found.state.open:
            return Response(status_code=204)  # an EventSource that gets it never asks again
        return EventStream(lambda: self._services.waiting.subscribe(found.id))

    async def cancel(self, request: Request) -> Response:
        """The shopper does not need it any more."""
        asked, key = asking(request, await body_text(request)), request.path_params["key"]
        found = await run_in_threadpool(self._cancel, asked, key)
        if found is None:
            return answers.problem(self._services, asked, "gone", status=404)
        moved(self._services, found.id)
        return answers.see_other(answers.with_query(f"/request/{key}", {"lang": str(asked.language)}))

    def _make(self, asked: Asking) -> Made | Response:
        now_ms = self._services.clock()
        kind, gtin = asked.fields.get("kind", ""), asked.fields.get("gtin", "")
        if kind not in tuple(Kind):
            return answers.problem(self._services, asked, "nothing-here", status=400)
        profile = asked.profile(self._services)
        token = new_token(self._services.random)
        with self._services.store.atomic() as connection:
            visit = visits.visit(connection, digest(asked.fields.get("visit", "")), now_ms)
            if profile is None and visit is None:
                return answers.problem(self._services, asked, "tap-first", status=403)
            listed = wishes.listed(connection, profile.person) if profile and kind == Kind.LIST else ()
            product = catalogue.product(connection, gtin) if kind != Kind.LIST else None
            if (kind == Kind.LIST and not listed) or (kind != Kind.LIST and (product is None or product.retired)):
                return answers.problem(self._services, asked, "unknown", status=404, gtin=gtin[:14])
            tag = catalogue.tag(connection, visit.tag if visit and visit.tag else asked.fields.get("t", ""))
            made = requests.ask(
                connection,
                digest=digest(token),
                kind=Kind(kind),
                gtin=product.gtin if product else None,
                shelf=tag.shelf if tag else None,
                profile=profile.id if profile else None,
                visit=visit.id if visit else None,
                now_ms=now_ms,
                day=day_began_ms(now_ms, self._services.scheme.zone),
                goods=tuple(wish.gtin for wish in listed),
            )
        if made is None:
            return answers.problem(self._services, asked, "too-many", status=429)
        return Made(request=made, token=token)

    def _find(self, asked: Asking, key: str) -> Asked | None:
        """The request that a token opens, or by its number the shopper's own."""
        profile = asked.profile(self._services)
        with self._services.store.reading() as connection:
            if not (key.isascii() and key.isdecimal() and len(key) < 19):
                return requests.by_digest(connection, digest(key), self._services.clock() - KEPT_MS)
            found = requests.by_id(connection, int(key)) if profile else None
            if found is None or found.profile is None or profile is None:
                return None
            return found if shoppers.person_of(connection, found.profile) == profile.person else None

    def _cancel(self, asked: Asking, key: str) -> Asked | None:
        found = self._find(asked, key)
        if found:
            with self._services.store.atomic() as connection:
                requests.cancel(connection, found.id, self._services.clock())
        return found

    def _show(self, asked: Asking, key: str) -> Response:
        found = self._find(asked, key)
        if found is None:
            return answers.problem(self._services, asked, "gone", status=404)
        with self._services.store.reading() as connection:
            sheet: Sheet | None = self._services.sheets.of(connection, found.gtin) if found.gtin else None
            plan = plans.plan_now(connection)
        values = {
            "ask": found,
            "key": key,
            "sheet": sheet,
            "shop": shop_of(plan, found.shelf, asked.language),
        }
        return answers.page(self._services, asked, "request.html", values)
