"""Looks at the stock for those who wait: open pages that show a product, and shoppers who asked to be told."""

import asyncio
import logging
import sqlite3

from cloud.shop import notices
from cloud.shop.hub import PushedEvent
from cloud.shop.telling import Told, Urgency, tell
from cloud.store import catalogue, wishes
from cloud.store.catalogue import Stock
from cloud.store.connection import StoreError
from cloud.web.services import Services
from cloud.web.shop import delivery

PAUSE_S = 0.5
"""Between two looks. Stock changes in many programs; one query for all open pages is cheaper than asking each."""
_ASKS_EVERY = 4
_log = logging.getLogger("aisle.web")


async def watch(services: Services) -> None:
    """Runs until it is cancelled."""
    known: dict[str, Stock] = {}
    looks = 0
    while True:
        try:
            known = await look(services, known)
            if looks % _ASKS_EVERY == 0:
                await tell_of_arrivals(services)
        except (sqlite3.Error, StoreError):
            _log.exception("the stock could not be looked at")
        looks += 1
        await asyncio.sleep(PAUSE_S)


async def look(services: Services, known: dict[str, Stock]) -> dict[str, Stock]:
    """Tells each open page whose product's stock is another than the one `known`; returns what is known now."""
    names = services.topics.names()
    if not names:
        return {}
    now = await asyncio.to_thread(_stocks, services, names)
    for gtin, stock in now.items():
        if gtin in known and known[gtin] != stock:
            services.topics.tell(gtin, _event(stock))
    return now


async def tell_of_arrivals(services: Services) -> int:
    """Answers each ask for a product that is there again, once; returns how many."""
    told = await asyncio.to_thread(_answer_asks, services)
    for each in told:
        delivery.publish(services, each)
    return len(told)


def _stocks(services: Services, gtins: tuple[str, ...]) -> dict[str, Stock]:
    with services.store.reading() as connection:
        return catalogue.stocks(connection, gtins)


def _event(stock: Stock) -> PushedEvent:
    here = "null" if stock.shelf is None else str(stock.shelf)
    return PushedEvent(kind="stock", data=f'{{"all":{"null" if stock.store is None else stock.store},"here":{here}}}')


def _answer_asks(services: Services) -> list[Told]:
    with services.store.reading() as connection:
        if not wishes.arrived(connection, most=1):
            return []
    told = []
    with services.store.atomic() as connection:
        for ask in wishes.arrived(connection):
            product = catalogue.product(connection, ask.gtin)
            # Of two phones of one person the first one's ask answers both.
            if product is None or not wishes.answered(connection, ask):
                continue
            notice = notices.back_in_stock(product)
            told.append(
                tell(
                    connection,
                    profile_id=ask.profile,
                    kind="restock",
                    body=notices.encode(notice),
                    at_ms=services.clock(),
                    push=notices.pushed(notice, Urgency.NORMAL),
                )
            )
    return told
