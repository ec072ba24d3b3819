"""Notifications on a shopper's phone: the choice, its routes, and what the page shows of it."""

import sqlite3
from dataclasses import dataclass
from typing import Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from cloud.store import plans, pushes
from cloud.store.shoppers import Profile
from cloud.web.language import Language
from cloud.web.pages import STATIC
from cloud.web.services import Services
from cloud.web.shop import answers
from cloud.web.shop.asking import Asking, asking, body_text
from cloud.web.subscribing import Given, UnfitSubscription, origin_of, subscription
from contract.plan import Title

MOST_PHONES: Final = 10
"""Of one person; the oldest goes when there is one more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushView:
    """What a page shows of notifications; `key` is empty where this store sends none.

    `sandbox` is the origin that plays the push service: it alone may answer for a page that it shows in a frame.
    """

    key: str
    phones: int
    sandbox: str = ""


def view(services: Services, connection: sqlite3.Connection, profile: Profile | None) -> PushView:
    """What `_push.html` shows to a shopper, and to one who has not begun."""
    if services.outbox is None:
        return PushView(key="", phones=0)
    phones = pushes.subscriptions(connection, profile.person) if profile else 0
    terms = services.outbox.terms
    return PushView(key=terms.key.public, phones=phones, sandbox=terms.allowed.sandbox or "")


def routes(services: Services) -> list[Route]:
    """The routes of notifications."""
    push = _Push(services)
    return [
        Route("/sw.js", push.worker, methods=["GET"]),
        Route("/manifest.webmanifest", push.manifest, methods=["GET"]),
        Route("/me/push", push.on, methods=["POST"]),
        Route("/me/push/off", push.off, methods=["POST"]),
    ]


class _Push:
    """Each knows the shopper by their cookie alone."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def worker(self, request: Request) -> Response:  # noqa: ARG002 - the same for all
        """The service worker. A browser asks for it anew, so that a mended one is everywhere the next day."""
        return FileResponse(STATIC / "sw.js", media_type="text/javascript", headers={"cache-control": "no-cache"})

    async def manifest(self, request: Request) -> Response:
        """What an iPhone needs before it lets a page on its Home Screen ask for notifications."""
        return await run_in_threadpool(self._manifest, asking(request))

    async def on(self, request: Request) -> Response:
        """This phone takes pushes: `PushSubscription.toJSON`, or the same as a form's fields."""
        body = await body_text(request)
        as_json = request.headers.get("content-type", "").partition(";")[0].strip() == "application/json"
        asked = asking(request, "" if as_json else body)
        try:
            given = msgspec.json.decode(body, type=Given) if as_json else _from_form(asked)
        except msgspec.DecodeError as error:  # a ValidationError is one
            return _no(400, str(error))
        return await run_in_threadpool(
            self._on, asked, given, origin_of(request, self._services.base(request)), as_json=as_json
        )

    async def off(self, request: Request) -> Response:
        """No phone of this shopper takes pushes any more, and nothing is on its way."""
        return await run_in_threadpool(self._off, asking(request, await body_text(request)))

    def _on(self, asked: Asking, given: Given, origin: str, *, as_json: bool) -> Response:
        outbox, profile = self._services.outbox, asked.profile(self._services)
        if outbox is None:
            return _no(404, "this store sends no pushes")
        if profile is None:
            return _no(403, "choose first: this phone is not known here")
        try:
            phone = subscription(given, outbox.terms, origin=origin, language=asked.language)
        except UnfitSubscription as error:
            return _no(400, str(error))
        with self._services.store.atomic() as connection:
            pushes.subscribe(connection, profile.id, phone, self._services.clock())
            pushes.keep_newest(connection, profile.person, MOST_PHONES)
        return Response(status_code=201) if as_json else _back(Language(phone.language))

    def _off(self, asked: Asking) -> Response:
        profile = asked.profile(self._services)
        if profile is not None:
            with self._services.store.atomic() as connection:
                pushes.unsubscribe(connection, profile.person)
        return _back(asked.language)

    def _manifest(self, asked: Asking) -> Response:
        with self._services.store.reading() as connection:
            plan = plans.plan_now(connection)
        title = plan.title if plan else Title(ko="Aisle", en="Aisle")
        told = {
            "name": title.ko if asked.language is Language.KO else title.en,
            "lang": str(asked.language),
            "start_url": f"/me?lang={asked.language}",
            "scope": "/",
            "display": "standalone",
            "icons": [{"src": "/static/icon.svg", "sizes": "any", "type": "image/svg+xml"}],
        }
        return JSONResponse(told, media_type="application/manifest+json")


def _from_form(asked: Asking) -> Given:
    fields = asked.fields
    keys = {name: fields.get(name, "") for name in ("p256dh", "auth")}
    return msgspec.convert({"endpoint": fields.get("endpoint", ""), "keys": keys}, Given)


def _no(status: int, why: str) -> Response:
    return JSONResponse({"error": why}, status)


def _back(language: Language) -> Response:
    return answers.see_other(f"/me?lang={language}#push")
