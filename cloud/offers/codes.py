"""The code of a coupon: short enough to be typed, signed so that nobody can make one up, and telling nothing else."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

KEY_BYTES: Final = 32
_NUMBER_BYTES = 5
_MAC_BYTES = 5
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, so that nothing is misread."""
_LETTERS = 16
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def new_code(key: bytes, random: Callable[[int], bytes]) -> str:
    """A new code of 16 letters: 40 random bits, and 40 bits of their HMAC-SHA-256 under the store's key."""
    number = random(_NUMBER_BYTES).rjust(_NUMBER_BYTES, b"\0")
    return _written(number + _mac(key, number))


def read_code(key: bytes, text: str) -> str | None:
    """The code as it is stored, from what was scanned or typed; None where it is none of this store's.

    Small letters, hyphens and spaces do not matter, nor whether O or 0 was typed.
    """
    letters = text[:64].upper().translate(_MISREAD)
    if len(letters) != _LETTERS or not set(letters) <= set(_ALPHABET):
        return None
    value = 0
    for letter in letters:
        value = value * 32 + _ALPHABET.index(letter)
    whole = value.to_bytes(_NUMBER_BYTES + _MAC_BYTES)
    number, mac = whole[:_NUMBER_BYTES], whole[_NUMBER_BYTES:]
    return letters if hmac.compare_digest(mac, _mac(key, number)) else None


def grouped(code: str) -> str:
    """The code as people read it, in fours."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def _mac(key: bytes, number: bytes) -> bytes:
    return hmac.new(key, b"aisle coupon\0" + number, hashlib.sha256).digest()[:_MAC_BYTES]


def _written(whole: bytes) -> str:
    value = int.from_bytes(whole)
    return "".join(_ALPHABET[value >> shift & 31] for shift in range(75, -1, -5))
