"""The one task that sends offers: woken by what happens, and by the clock for what waits."""

import asyncio
import contextlib
import logging
import sqlite3
from typing import Final

from cloud.facts import OfferWaits, RollupsChanged
from cloud.offers import shelf
from cloud.offers.dispatch import Dispatcher, Outlets
from cloud.store.connection import StoreError
from cloud.web.services import Services
from cloud.web.shop import delivery, offering

_LOOK_S: Final = 5.0
"""The longest sleep: what falls due by the clock is sent within it."""
_log = logging.getLogger("aisle.offers")


async def dispatch(services: Services) -> None:
    """Sends offers until it is cancelled or the bus closes."""
    await asyncio.to_thread(_follow_catalogue, services)
    dispatcher = Dispatcher(
        services.store,
        services.house,
        clock=services.clock,
        random=services.random,
        outlets=Outlets(hears=services.hub.hears, words=lambda reason: offering.words(services, reason)),
    )
    woken = asyncio.Event()
    listening = asyncio.create_task(_listen(services, woken))
    try:
        while not listening.done():
            woken.clear()
            await _look(services, dispatcher)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await woken.wait()
    finally:
        listening.cancel()


async def _listen(services: Services, woken: asyncio.Event) -> None:
    with services.bus.listen(OfferWaits, RollupsChanged) as listener:
        async for _ in listener:
            woken.set()
    woken.set()


async def _look(services: Services, dispatcher: Dispatcher) -> None:
    try:
        for told in await asyncio.to_thread(dispatcher.look):
            delivery.publish(services, told)
    except (sqlite3.Error, StoreError):
        # What waits stays in the store; the next look takes it up.
        _log.exception("what waits could not be decided on")


def _follow_catalogue(services: Services) -> None:
    with services.store.atomic() as connection:
        shelf.follow(connection, services.clock())
