"""API keys: how programs come in, what a key may hold, and how often one may ask."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from cloud.manage.login import digest_of
from cloud.manage.passwords import Random
from cloud.manage.rights import Right, Role, Who
from cloud.shop.pace import Bucket, take
from cloud.store import api_keys
from cloud.store.connection import Store

SCOPES = (Right.SEE, Right.ANSWER, Right.RUN, Right.EXPORT, Right.SETTLE)
"""What a key may be given. A look at a shopper, a plan, an audit and an account are a person's acts, never a key's."""
DAYS = (7, 30, 90, 365)
"""How long a key may live."""
PREFIX = "aisle_"
"""By which a key that lies where it should not is recognised."""
MOST = 120
"""Requests that a key may make at once, and again in each following minute."""
_REFILL_MS = 500
_TOUCH_MS = 60_000
_MOST_TEXT = 128
_KEYS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """No living key, here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TooOften:
    """A living key that asks too often."""

    wait_s: int


class KeyRing:
    """The way in for programs. Safe to use from several threads; a restart fills all buckets."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._buckets: OrderedDict[int, Bucket] = OrderedDict()
        self.held = 0
        """Requests that came too often since the program's start."""

    def who(self, token: str, now_ms: int) -> Who | Unknown | TooOften:
        """Whose key this is; its use counts."""
        if not token.startswith(PREFIX) or len(token) > _MOST_TEXT:
            return Unknown()
        with self._store.reading() as connection:
            key = api_keys.by_digest(connection, digest_of(token))
        if key is None or not key.living(now_ms):
            return Unknown()
        if not self._allows(key.id, now_ms):
            return TooOften(wait_s=1)
        if now_ms - (key.used_ms or 0) >= _TOUCH_MS:
            with self._store.atomic() as connection:
                api_keys.touch(connection, key=key.id, now_ms=now_ms)
        return Who(account=f"key {key.name}", role=Role.PROGRAM, scopes=key.scopes)

    def _allows(self, key: int, now_ms: int) -> bool:
        with self._lock:
            bucket = take(self._buckets.get(key), now_ms, most=MOST, refill_ms=_REFILL_MS)
            if bucket is None:
                self.held += 1
                return False
            self._buckets[key] = bucket
            self._buckets.move_to_end(key)
            while len(self._buckets) > _KEYS:
                self._buckets.popitem(last=False)
            return True


def new_key(random: Random) -> str:
    """A key of 256 random bits, to be shown once."""
    return PREFIX + random(32).hex()
