"""What the store owes its shoppers by itself: receipts that are still due, two-year re-checks, and signed heads."""

import asyncio
import logging
import sqlite3

from cloud.shop import receipts, reminding
from cloud.shop.telling import Told
from cloud.store import consents, heads
from cloud.store.connection import StoreError
from cloud.store.logs import Log
from cloud.web.services import Services
from cloud.web.shop import delivery
from cloud.web.shop.voice import voice

REMIND_S = 600.0
SIGN_S = 1.0
_log = logging.getLogger("aisle.duties")


async def remind(services: Services) -> None:
    """Tells what is due, now and every ten minutes."""
    while True:
        try:
            for told in await asyncio.to_thread(tell_due, services):
                delivery.publish(services, told)
        except (sqlite3.Error, StoreError):
            _log.exception("what is due to shoppers could not be told; it is tried again")
        await asyncio.sleep(REMIND_S)


async def sign(services: Services) -> None:
    """Signs the heads of what was added to the logs, within about a second."""
    while True:
        try:
            await asyncio.to_thread(sign_heads, services)
        except (sqlite3.Error, StoreError):
            _log.exception("the logs' heads could not be signed; it is tried again")
        await asyncio.sleep(SIGN_S)


def tell_due(services: Services) -> tuple[Told, ...]:
    """Receipts and re-checks that are due, told by day; lines of before the log, or imported, get their entries."""
    now_ms = services.clock()
    with services.store.atomic() as connection:
        consents.adopt(connection, services.random)
        speaker = voice(services, connection)
        if not receipts.by_day(now_ms, speaker.zone):
            return ()
        results = reminding.tell_results(connection, speaker, now_ms=now_ms)
        return (*results, *reminding.tell_rechecks(connection, speaker, now_ms=now_ms))


def sign_heads(services: Services) -> int:
    """Gives each new size of a log its head; returns how many heads."""
    if services.log_key is None:
        return 0
    with services.store.reading() as connection:
        due = [log for log in Log if heads.unsigned(connection, log)]
    return sum(_sign(services, log) for log in due)


def _sign(services: Services, log: Log) -> int:
    assert services.log_key is not None
    signed = 0
    while True:
        with services.store.atomic() as connection:
            more = heads.sign(connection, log, services.log_key, now_ms=services.clock())
        if not more:
            return signed
        signed += more
