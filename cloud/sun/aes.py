"""AES-128 and its CMAC (NIST SP 800-38B): the door to the cryptography library for ciphers."""

import threading

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from cryptography.hazmat.primitives.cmac import CMAC

BLOCK = 16


class _Kept(threading.local):
    """The cipher of the last key, one for each thread: to make it takes longer than all the rest of a verification."""

    key: bytes = b""
    context: CipherContext


_kept = _Kept()


def encrypt_blocks(key: bytes, data: bytes) -> bytes:
    """Each 16-byte block by itself (ECB)."""
    return Cipher(AES(key), ECB()).encryptor().update(data)  # noqa: S305 - the chip's scheme is built of single blocks


def decrypt_blocks(key: bytes, data: bytes) -> bytes:
    """Each 16-byte block by itself (ECB). Raises ValueError for a part of a block, which the cipher would keep."""
    if len(data) % BLOCK:
        raise ValueError(f"{len(data)} bytes are no whole blocks of {BLOCK}")
    if _kept.key != key:
        _kept.context = Cipher(AES(key), ECB()).decryptor()  # noqa: S305 - the chip's scheme is built of single blocks
        _kept.key = key
    return _kept.context.update(data)


def decrypt_chain(key: bytes, start: bytes, data: bytes) -> bytes:
    """Whole blocks in CBC mode, without padding."""
    return Cipher(AES(key), CBC(start)).decryptor().update(data)


def encrypt_chain(key: bytes, start: bytes, data: bytes) -> bytes:
    """Whole blocks in CBC mode, without padding."""
    return Cipher(AES(key), CBC(start)).encryptor().update(data)


def cmac(key: bytes, message: bytes) -> bytes:
    """The 16 bytes of AES-CMAC."""
    mac = CMAC(AES(key))
    mac.update(message)
    return mac.finalize()


def doubled(block: bytes) -> bytes:
    """The block times x in GF(2^128), as CMAC makes its subkeys."""
    number = int.from_bytes(block) << 1
    return (number & (2**128 - 1) ^ (0x87 if number >> 128 else 0)).to_bytes(BLOCK)


def mixed(a: bytes, b: bytes) -> bytes:
    """The exclusive or of two blocks."""
    return (int.from_bytes(a) ^ int.from_bytes(b)).to_bytes(BLOCK)
