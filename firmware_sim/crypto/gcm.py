"""AES-128-GCM as message encryption over HTTP uses it."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class SealBroken(ValueError):
    """The text was changed, or sealed with another key."""


def opened(key: bytes, nonce: bytes, sealed: bytes) -> bytes:
    """The text under a seal of 16 bytes at its end. Raises SealBroken."""
    try:
        return AESGCM(key).decrypt(nonce, sealed, None)
    except InvalidTag:
        raise SealBroken("the seal does not hold") from None
