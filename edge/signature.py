"""Whether the cloud said it: Ed25519 (RFC 8032), the one place of a node that knows the library which reckons it."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def signed(public: str, text: bytes, signature: str) -> bool:
    """Whether the owner of the public key signed these bytes; both are lower-case hex, as the contract has them.

    False also for a key that is none.
    """
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), text)
    except (InvalidSignature, ValueError):
        return False
    return True
