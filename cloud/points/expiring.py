"""The end of points: what nobody used in time goes back to the store, in small transactions."""

import sqlite3
from collections.abc import Callable

from cloud.points import ledger
from cloud.points.ledger import Draw, Reason
from cloud.store import points
from cloud.store.connection import Store
from cloud.store.points import Move

_BATCH = 200
"""Lots in one transaction: others who write wait for a few tens of milliseconds at most."""


def expire(store: Store, *, now_ms: int, random: Callable[[int], bytes]) -> int:
    """Books all that has ended; returns how many points. What has ended cannot be spent before that either."""
    total = 0
    while True:
        with store.atomic() as connection:
            draws = ledger.expired(points.ended(connection, now_ms, _BATCH), now_ms)
            total += book(connection, draws, random)
        if len(draws) < _BATCH:
            return total


def book(connection: sqlite3.Connection, draws: tuple[Draw, ...], random: Callable[[int], bytes]) -> int:
    """Books the end of what has ended, on the day of each; returns how many points."""
    for draw in draws:
        move = Move(
            account=draw.lot.account,
            lot=draw.lot.id,
            reason=Reason.EXPIRE,
            points=draw.points,
            purchase=None,
            day_ms=draw.lot.expires_ms,
        )
        points.write(connection, move, random)
    return sum(draw.points for draw in draws)
