"""Seals a push so that only the phone can open it (RFC 8291, aes128gcm): the only door to pywebpush."""

import re
from typing import Final

CODING: Final = "aes128gcm"
_POINT: Final = re.compile(r"[A-Za-z0-9_-]{87}=?")  # 65 bytes
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{22}={0,2}")  # 16 bytes


class BadKeys(ValueError):
    """A subscription's keys are none that a browser makes."""


def seal(text: bytes, *, p256dh: str, auth: str) -> bytes:
    """The body of a push, under a key and a salt of its own. Raises BadKeys."""
    if not _POINT.fullmatch(p256dh) or not _SECRET.fullmatch(auth):
        raise BadKeys("p256dh must be 65 bytes and auth 16, in base64url")
    # Late: it brings two HTTP clients along, which a store without pushes need not hold in memory.
    from pywebpush import WebPusher, WebPushException  # type: ignore[import-untyped]  # it has no types

    keys = {"p256dh": p256dh.rstrip("="), "auth": auth.rstrip("=")}
    try:
        body = WebPusher({"endpoint": "", "keys": keys}).encode(text, CODING)["body"]
    except (WebPushException, ValueError, IndexError):
        raise BadKeys("p256dh is no point of the curve P-256") from None
    return bytes(body)
