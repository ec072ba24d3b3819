"""The end of points: what nobody used in time goes back to the store, in small transactions."""

from collections.abc import Callable

from cloud.points import ledger
from cloud.points.ledger import Reason
from cloud.store import points
from cloud.store.connection import Store

_BATCH = 200
"""Lots in one transaction: others who write wait for a few tens of milliseconds at most."""


def expire(store: Store, *, now_ms: int, random: Callable[[int], bytes]) -> int:
    """Books all that has ended; returns how many points. What has ended cannot be spent before that either."""
    total = 0
    while True:
        with store.atomic() as connection:
            draws = ledger.expired(points.ended(connection, now_ms, _BATCH), now_ms)
            total += points.draw(connection, draws, reason=Reason.EXPIRE, source=None, at_ms=now_ms, random=random)
        if len(draws) < _BATCH:
            return total
