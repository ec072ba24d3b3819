"""Erasure to its end: first the rows, then every byte of them in the database and its log."""

import logging
import sqlite3

from cloud.store import erasing
from cloud.store.connection import Store, StoreError

AT_ONCE_BYTES = 64 * 1024 * 1024
"""Up to this size the file is written anew while the shopper waits (a second or so); a larger one by the hour."""
BY_THE_HOUR_BYTES = 512 * 1024 * 1024
"""Above this size (five seconds or more, in which nobody else can write) once a day is enough."""
_DAY_MS = 24 * 3_600_000
_log = logging.getLogger("aisle.erasure")


def erase(store: Store, person: int, now_ms: int, *, at_once: bool = True) -> int:
    """Erases a person; returns how many phones they had. Blocks on the store.

    Where not `at_once`, or where the file is large, what SQLite left between its rows waits for the next `clean`.
    """
    with store.atomic() as connection:
        gone = erasing.erase(connection, person, now_ms)
    if gone:
        try:
            clean(store, most_bytes=AT_ONCE_BYTES if at_once else 0)
        except (sqlite3.Error, StoreError):
            # The rows are gone, and the shopper may know it; a full disk or a busy one is for the next try.
            _log.exception("what was erased is not overwritten yet")
    return gone


def erase_old(store: Store, before_ms: int, now_ms: int) -> int:
    """Erases what has been kept for as long as was agreed; returns how many phones were forgotten. Blocks."""
    with store.atomic() as connection:
        gone = erasing.erase_old(connection, before_ms, now_ms)
        due = erasing.scrub_due(connection)
    waited_ms = now_ms - due.since_ms if due else 0
    clean(store, most_bytes=None if waited_ms >= _DAY_MS else BY_THE_HOUR_BYTES)
    return gone


def clean(store: Store, *, most_bytes: int | None = None) -> bool:
    """Writes the file anew where something was erased since; whether nothing of it is left.

    A larger file than `most_bytes` only has its log emptied: the rest is left to the next call without a limit.
    """
    with store.reading() as connection:
        due = erasing.scrub_due(connection)
    if due is None:
        return True
    if most_bytes is not None and store.size() > most_bytes:
        store.empty_log()
        return False
    if not store.scrub():
        _log.warning("somebody reads for long: what was erased is overwritten at the next try")
        return False
    with store.atomic() as connection:
        erasing.scrub_done(connection, due)
    store.empty_log()
    return True
