"""How often one address may do what costs the store something and proves nothing.

A genuine tap is never held: its chip's counter spends it once. What anybody can send costs the store a commit each,
would drown the counts of real taps, or guesses at a code.
"""

import ipaddress
import threading
from collections import OrderedDict
from dataclasses import dataclass

MOST = 60
"""So many at once, and again so many in each following minute: a store's whole Wi-Fi is one address."""
_REFILL_MS = 1_000
_ADDRESSES = 10_000
"""Addresses remembered at once; a flood of them pushes the oldest out and costs at most a few MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """What an address has left (a token bucket)."""

    left: int
    filled_ms: int  # when `left` was right


def take(bucket: Bucket | None, now_ms: int, *, most: int = MOST, refill_ms: int = _REFILL_MS) -> Bucket | None:
    """The bucket after one more act, or None where nothing is left. A clock that was set back fills nothing."""
    if bucket is None:
        return Bucket(left=most - 1, filled_ms=now_ms)
    drops = max(0, now_ms - bucket.filled_ms) // refill_ms
    left = min(most, bucket.left + drops)
    filled_ms = now_ms if left == most or now_ms < bucket.filled_ms else bucket.filled_ms + drops * refill_ms
    return Bucket(left=left - 1, filled_ms=filled_ms) if left else None


def neighbourhood(address: str) -> str | None:
    """What counts as one address: an IPv6 network of 64 bits is one line's. None for this machine and for no address.

    Behind a proxy on this machine that the settings do not name (`web.proxies`) everybody comes from here: one who does
    too much must not keep the others out.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return None if found.is_loopback else str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
        found = found.ipv4_mapped
    return None if found.is_loopback else str(found)


class Pace:
    """The buckets of one process, for its threads; a restart fills them all."""

    def __init__(self, *, most: int = MOST, refill_ms: int = _REFILL_MS, here: bool = False) -> None:
        """`most` acts at once, and one more for each `refill_ms` that passes.

        `here`: also this machine is held, as one address, and with it all that comes through a proxy on it that the
        settings do not name.
        """
        self._here = "here" if here else None
        self._most = most
        self._refill_ms = refill_ms
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self.held = 0
        """Acts that were not allowed since the program's start."""

    def allows(self, address: str, now_ms: int) -> bool:
        """Whether this address may do it once more; counts it either way."""
        name = neighbourhood(address) or self._here
        if name is None:
            return True
        with self._lock:
            bucket = take(self._buckets.get(name), now_ms, most=self._most, refill_ms=self._refill_ms)
            if bucket is None:
                self.held += 1
                return False
            self._buckets[name] = bucket
            self._buckets.move_to_end(name)
            while len(self._buckets) > _ADDRESSES:
                self._buckets.popitem(last=False)
            return True
