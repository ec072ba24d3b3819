"""Ed25519 keys (RFC 8032) that the cloud signs with, and the files that hold the store's own."""

import os
import stat
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cloud.errors import UserError

FILE: Final = "log.key"
"""In the data directory."""

SEED_BYTES: Final = 32
PUBLIC_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64


class SigningKey:
    """A key that signs; it shows itself to nobody."""

    def __init__(self, seed: bytes) -> None:
        """`seed` is 32 random bytes. Raises ValueError for another length."""
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()

    def sign(self, text: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._key.sign(text)


def signed(public: bytes, text: bytes, signature: bytes) -> bool:
    """Whether the owner of the public key signed these bytes. Raises ValueError for what is no public key."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except InvalidSignature:
        return False
    return True


def ensure(path: Path, new_seed: bytes) -> SigningKey:
    """The key in a file; the first time it is made of `new_seed`, for its owner alone. Raises UserError."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return load(path)
    with os.fdopen(file, "w") as out:
        out.write(f"{new_seed.hex()}\n")
        out.flush()
        os.fsync(out.fileno())
    return SigningKey(new_seed)


def load(path: Path) -> SigningKey:
    """The key in a file. Raises UserError where others may read it, or it holds no key."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: {error}") from None
    if stat.S_IMODE(mode) & 0o077:
        raise UserError(f"{path}: others may read this key that signs; run: chmod 600 {path}")
    try:
        return SigningKey(bytes.fromhex(text.strip()))
    except ValueError:
        raise UserError(f"{path}: {2 * SEED_BYTES} hexadecimal digits are needed") from None
