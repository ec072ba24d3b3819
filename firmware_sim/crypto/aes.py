"""AES-128 as contactless chips use it: single blocks, CBC without padding, CMAC."""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

BLOCK = 16
ZERO_BLOCK = bytes(BLOCK)


def encrypt_block(key: bytes, block: bytes) -> bytes:
    """One 16-byte block; only ever fed with blocks that protocols define, never with a text."""
    cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - the raw permutation is what LRP and CMAC are made of
    return cipher.update(block) + cipher.finalize()


def encrypt_cbc(key: bytes, iv: bytes, data: bytes) -> bytes:
    """CBC over whole blocks."""
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return cipher.update(data) + cipher.finalize()


def cmac(key: bytes, message: bytes) -> bytes:
    """CMAC of NIST SP 800-38B, 16 bytes."""
    mac = CMAC(algorithms.AES(key))
    mac.update(message)
    return mac.finalize()


def double(block: bytes) -> bytes:
    """Multiply by x in the field of CMAC's subkeys (NIST SP 800-38B §6.1)."""
    value = int.from_bytes(block, "big") << 1
    if value >> 128:
        value ^= 1 << 128 | 0x87
    return value.to_bytes(BLOCK, "big")


def xor(left: bytes, right: bytes) -> bytes:
    """Byte by byte; both must be of one length."""
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def pad_bit(data: bytes, size: int) -> bytes:
    """Fill up to `size` with a one bit and zeros, as ISO/IEC 9797-1 method 2 does."""
    return (data + b"\x80").ljust(size, b"\x00")
