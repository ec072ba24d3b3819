"""What an application's server sealed for one browser, opened as that browser does (RFC 8291 over RFC 8188)."""

import hmac
from dataclasses import dataclass
from typing import Final

from firmware_sim.crypto.gcm import SealBroken, opened
from firmware_sim.crypto.p256 import POINT_BYTES, KeyPair, PointError

_SALT: Final = 16
_HEAD: Final = _SALT + 4 + 1
_SEAL: Final = 16
_SMALLEST_RECORD: Final = 18
"""A record holds its seal, its end's mark and at least nothing (RFC 8188, section 2)."""
_LAST: Final = 2
"""The mark at the end of the last record; RFC 8291 allows one record alone."""


class UnreadablePush(ValueError):
    """The body is no push message for this browser; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """A browser's half of one subscription: its key pair and the 16 secret bytes that it gave with it."""

    keys: KeyPair
    auth: bytes


def unsealed(body: bytes, receiver: Receiver) -> bytes:
    """The text of a message in `aes128gcm`. Raises UnreadablePush."""
    if len(body) < _HEAD:
        raise UnreadablePush(f"{len(body)} bytes are shorter than a header of {_HEAD}")
    salt, record = body[:_SALT], int.from_bytes(body[_SALT : _SALT + 4], "big")
    point, sealed = body[_HEAD : _HEAD + body[_HEAD - 1]], body[_HEAD + body[_HEAD - 1] :]
    if len(point) != POINT_BYTES:
        raise UnreadablePush(f"keyid: {len(point)} bytes; the sender's point of {POINT_BYTES} is needed")
    if record < _SMALLEST_RECORD or not _SEAL < len(sealed) <= record:
        raise UnreadablePush(f"rs = {record} with {len(sealed)} bytes behind the header; one record is allowed")
    try:
        key, nonce = _keys(salt, point, receiver)
        padded = opened(key, nonce, sealed).rstrip(b"\x00")
    except (PointError, SealBroken) as error:
        raise UnreadablePush(str(error)) from None
    if padded[-1:] != bytes((_LAST,)):
        raise UnreadablePush("the text does not end with the mark of a last record")
    return padded[:-1]


def _keys(salt: bytes, point: bytes, receiver: Receiver) -> tuple[bytes, bytes]:
    """The content's key and its nonce (RFC 8291, section 3.4)."""
    shared = receiver.keys.agree(point)
    info = b"WebPush: info\x00" + receiver.keys.point + point
    secret = _derived(receiver.auth, shared, info, 32)
    key = _derived(salt, secret, b"Content-Encoding: aes128gcm\x00", 16)
    return key, _derived(salt, secret, b"Content-Encoding: nonce\x00", 12)


def _derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """HKDF with SHA-256, for one block of output at most (RFC 5869)."""
    extracted = hmac.digest(salt, secret, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")[:length]
