"""Makes the sums of days that are over, for as long as the program runs."""

import asyncio
import logging
import sqlite3
from bisect import bisect_right

from cloud.store.closing import Terms, close_days
from cloud.store.connection import StoreError
from cloud.store.sums import STAY_EDGES_MS
from cloud.web.manage.desk import Desk

EVERY_S = 60.0
_log = logging.getLogger("aisle.days")


async def keep_closing(desk: Desk) -> None:
    """Now and every minute; days of which something late was told are made anew."""
    terms = Terms(zone=desk.zone, stop_bin=bisect_right(STAY_EDGES_MS, desk.stop_ms))
    while True:
        try:
            await asyncio.to_thread(lambda: close_days(desk.store, terms, now_ms=desk.clock()))
        except (sqlite3.Error, StoreError):
            _log.exception("the sums of days could not be made; the next minute tries again")
        await asyncio.sleep(EVERY_S)
