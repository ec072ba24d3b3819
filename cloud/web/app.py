"""The web application: all routes, the tasks that live as long as it does, and what guards them."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from cloud.facts import OfferWaits, TapStored
from cloud.shop import erasure, joining
from cloud.shop.card_taps import CardTaps
from cloud.shop.messages import Both
from cloud.shop.pruning import Pruning
from cloud.store.connection import StoreError
from cloud.web import logs
from cloud.web.guard import BodyTooLong, Framing, Guard
from cloud.web.language import Language
from cloud.web.pages import STATIC, inline_sources
from cloud.web.problems import Problems
from cloud.web.services import Services
from cloud.web.shop import (
    choosing,
    comparing,
    delivery,
    dispatching,
    duties,
    front,
    interest,
    joins,
    me,
    offering,
    points,
    product,
    pushing,
    requesting,
    reviewing,
    stopping,
    watching,
    wishing,
)
from cloud.web.tills import till_router

_PRUNE_S = 3600.0
_CLEAN_S = 60.0
_log = logging.getLogger("aisle.web")


Lasting = Callable[[], Coroutine[Any, Any, None]]
"""Something that a room does for as long as the program runs."""


def create_app(services: Services, *, routers: Sequence[APIRouter] = (), lasting: Sequence[Lasting] = ()) -> FastAPI:
    """The application; `routers` are the rooms beside the shopper's, `lasting` what they do by themselves."""
    problems = Problems(services)
    app = FastAPI(
        title="Aisle",
        version="1",
        docs_url=None,
        redoc_url=None,
        lifespan=lambda _: _living(services, lasting),
        middleware=[
            Middleware(
                Guard,
                refuse=problems.refuse,
                framing=_framing(services),
                secure=(services.origin or "").startswith("https:"),
            ),
            Middleware(GZipMiddleware, minimum_size=600, compresslevel=5),
        ],
        exception_handlers={
            HTTPException: problems.answer,
            BodyTooLong: problems.too_long,
            Exception: problems.broken,
        },
    )
    # A product's reviews come before its page, which takes whatever else begins alike.
    app.router.routes.extend(reviewing.routes(services))
    app.router.routes.extend((*product.routes(services), *me.routes(services), *front.routes(services)))
    app.router.routes.extend((*wishing.routes(services), *comparing.routes(services), *requesting.routes(services)))
    app.router.routes.extend((*points.routes(services), *interest.routes(services)))
    app.router.routes.extend(offering.routes(services))
    app.router.routes.extend(pushing.routes(services))
    app.router.routes.extend((*choosing.routes(services), *stopping.routes(services), *logs.routes(services)))
    app.include_router(till_router(services))
    for router in routers:
        app.include_router(router)
    app.mount("/static", _Static(directory=STATIC), name="static")
    return app


def _framing(services: Services) -> Framing:
    style, script = inline_sources()
    return Framing(ancestors=services.frame_ancestors, style=style, script=script)


@asynccontextmanager
async def _living(services: Services, more: Sequence[Lasting]) -> AsyncIterator[None]:
    """The tasks of one process. When the bus closes the open streams end, so that the server can."""
    lasting = [
        _push_card_taps(services),
        _prune(services),
        _clean(services),
        watching.watch(services),
        dispatching.dispatch(services),
        duties.remind(services),
        duties.sign(services),
    ]
    if services.outbox:
        lasting.append(services.outbox.run())
    tasks = [asyncio.create_task(each) for each in (*lasting, *(begin() for begin in more))]
    try:
        yield
    finally:
        _close_streams(services)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _push_card_taps(services: Services) -> None:
    def price(amount: int) -> Both:
        return Both(ko=services.pages.won(Language.KO, amount), en=services.pages.won(Language.EN, amount))

    taps = await asyncio.to_thread(
        lambda: CardTaps(services.store, clock=services.clock, price=price, random=services.random)
    )
    with services.bus.listen(TapStored) as listener:
        await _look(services, taps)
        async for _ in listener:
            await _look(services, taps)
    _close_streams(services)


def _close_streams(services: Services) -> None:
    services.hub.close()
    services.waiting.close()


async def _look(services: Services, taps: CardTaps) -> None:
    try:
        for each in await asyncio.to_thread(taps.look):
            if each.message.kind == joining.KIND:
                await joins.regroup(services, each)
            else:
                delivery.publish(services, each)
        services.bus.publish([OfferWaits()])
    except (sqlite3.Error, StoreError):
        # The next tap looks again from where this one stopped; a page that stays silent must not stay so for good.
        _log.exception("a reader's taps could not be looked at")


async def _clean(services: Services) -> None:
    """Overwrites what was erased and not yet overwritten."""
    while True:
        await asyncio.sleep(_CLEAN_S)
        try:
            await asyncio.to_thread(erasure.clean, services.store, most_bytes=erasure.AT_ONCE_BYTES)
        except (sqlite3.Error, StoreError):
            _log.exception("what was erased could not be overwritten; the next minute tries again")


async def _prune(services: Services) -> None:
    """Forgets what has been kept for as long as was agreed."""
    pruning = Pruning(
        store=services.store, clock=services.clock, since_boot=services.since_boot, random=services.random
    )
    while True:
        try:
            await asyncio.to_thread(pruning.round)
        except (sqlite3.Error, StoreError):
            _log.exception("what is old could not be forgotten; the next hour tries again")
        await asyncio.sleep(_PRUNE_S)


class _Static(StaticFiles):
    """Files whose links carry their content's hash: a browser may keep them for good."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response: Response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # whatever it takes
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response
