"""The code of a coupon: short enough to be typed, signed so that nobody can make one up, and telling nothing else."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

from cloud.codes import grouped, typed, value_of, written

__all__ = ["KEY_BYTES", "grouped", "new_code", "read_code"]
KEY_BYTES: Final = 32
_NUMBER_BYTES = 5
_MAC_BYTES = 5
_LETTERS = 16


def new_code(key: bytes, random: Callable[[int], bytes]) -> str:
    """A new code of 16 letters: 40 random bits, and 40 bits of their HMAC-SHA-256 under the store's key."""
    number = random(_NUMBER_BYTES).rjust(_NUMBER_BYTES, b"\0")
    return written(number + _mac(key, number))


def read_code(key: bytes, text: str) -> str | None:
    """The code as it is stored, from what was scanned or typed; None where it is none of this store's.

    It is read as `cloud.codes.typed` reads.
    """
    letters = typed(text, _LETTERS)
    if letters is None:
        return None
    whole = value_of(letters).to_bytes(_NUMBER_BYTES + _MAC_BYTES)
    number, mac = whole[:_NUMBER_BYTES], whole[_NUMBER_BYTES:]
    return letters if hmac.compare_digest(mac, _mac(key, number)) else None


def _mac(key: bytes, number: bytes) -> bytes:
    return hmac.new(key, b"aisle coupon\0" + number, hashlib.sha256).digest()[:_MAC_BYTES]
