"""Tells each node which badges are the staff's, until its own health says that it knows."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from typing import Final

from cloud.nodes.voice import Voice
from cloud.store import accounts, staff
from cloud.store.connection import Store, StoreError
from contract.messages import WireError, decode_health
from contract.orders import MOST_BADGES, BadgesOrder, badges_digest

EVERY_S: Final = 5.0
AGAIN_MS: Final = 15_000
"""A node that was told has this long to say so in its health, which it does at once."""
GOOD_MS: Final = 30_000
FRESH_MS: Final = 130_000
"""A node that has been silent for longer is not there to be told; its next health is."""
_log = logging.getLogger("aisle.nodes")


class Badging:
    """The task that tells; `told` counts its orders. `random` gives so many unguessable bytes."""

    def __init__(self, store: Store, voice: Voice, *, clock: Callable[[], int], random: Callable[[int], bytes]) -> None:
        self._store, self._voice, self._clock, self._random = store, voice, clock, random
        self._told_ms: dict[str, int] = {}
        self.told = 0

    async def run(self) -> None:
        """Tells until it is cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.tell)
            except (sqlite3.Error, StoreError):
                _log.exception("the staff's badges could not be read; it is tried again")
            await asyncio.sleep(EVERY_S)

    def tell(self) -> int:
        """Orders the list to every node that is there and has another one; returns to how many.

        Of a node that says nothing about badges, as one of an older version, nothing is asked.
        """
        now_ms = self._clock()
        with self._store.reading() as connection:
            tags = staff.tags(connection)[:MOST_BADGES]
            healths = accounts.latest(connection)
        wanted = badges_digest(tags)
        behind = [
            health.node
            for health in healths
            if now_ms - health.received_ms <= FRESH_MS and self._knows(health.body) not in (None, wanted)
        ]
        due = [node for node in behind if now_ms - self._told_ms.get(node, -AGAIN_MS) >= AGAIN_MS]
        return sum(self._order(node, tags, now_ms) for node in due)

    def _knows(self, body: str) -> str | None:
        try:
            return decode_health(body.encode()).badges
        except WireError:  # another version wrote it
            return None

    def _order(self, node: str, tags: tuple[str, ...], now_ms: int) -> bool:
        order = BadgesOrder(nonce=self._random(16).hex(), at=now_ms, until=now_ms + GOOD_MS, badges=tags)
        if not self._voice.order(node, order):
            return False
        self._told_ms[node] = now_ms
        self.told += 1
        return True
