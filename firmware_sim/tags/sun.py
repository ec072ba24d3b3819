"""What an NTAG 424 DNA mirrors into its URL: encrypted PICC data, file data and a MAC (NXP AN12196, AN12321)."""

import enum
from collections.abc import Callable
from typing import Protocol

from firmware_sim.crypto.aes import BLOCK, ZERO_BLOCK, cmac, encrypt_block, encrypt_cbc
from firmware_sim.tags.lrp import Lrp

_PICC_TAG = b"\xc7"  # UID mirrored, counter mirrored, UID of 7 bytes
_FOR_128_BITS = bytes.fromhex("00010080")
_FOR_ENCRYPTION = b"\xc3\x3c"
_FOR_MAC = b"\x3c\xc3"
_LRP_TRAILER = b"\x1e\xe1"


class Scheme(enum.Enum):
    """How the chip was personalised; there is no way back from LRP."""

    AES = "aes"  # PICC data of 16 bytes
    LRP = "lrp"  # PICC data of 24 bytes, 8 of them random and in clear


class Session(Protocol):
    """The keys that hold for one value of the counter."""

    def encrypt(self, data: bytes) -> bytes:
        """File data, whole blocks."""
        ...

    def mac(self, message: bytes) -> bytes:
        """The 8 bytes that are mirrored: the odd ones of a CMAC."""
        ...


def _counter(counter: int) -> bytes:
    """Low byte first, as in every calculation; only an ASCII mirror shows the high byte first."""
    return counter.to_bytes(3, "little")


class AesSession:
    """Session keys of AES mode (AN12196 §3.3)."""

    def __init__(self, file_read: bytes, uid: bytes, counter: int) -> None:
        self._counter = _counter(counter)
        who = _FOR_128_BITS + uid + self._counter
        self._encryption = cmac(file_read, _FOR_ENCRYPTION + who)
        self._mac = cmac(file_read, _FOR_MAC + who)

    def encrypt(self, data: bytes) -> bytes:
        """CBC from an encrypted counter."""
        iv = encrypt_block(self._encryption, self._counter.ljust(BLOCK, b"\x00"))
        return encrypt_cbc(self._encryption, iv, data)

    def mac(self, message: bytes) -> bytes:
        """Truncated CMAC."""
        return cmac(self._mac, message)[1::2]


class LrpSession:
    """Session keys of LRP mode: one master, its updated key 0 for the MAC and 1 for encryption."""

    def __init__(self, file_read: bytes, uid: bytes, counter: int) -> None:
        self._counter = _counter(counter)
        vector = _FOR_128_BITS + uid + self._counter + _LRP_TRAILER
        self._master = Lrp(file_read, number=0).cmac(vector)

    def encrypt(self, data: bytes) -> bytes:
        """LRICB from the counter and three zero bytes."""
        return Lrp(self._master, number=1).encrypt(self._counter + bytes(3), data)

    def mac(self, message: bytes) -> bytes:
        """Truncated CMAC over LRP."""
        return Lrp(self._master, number=0).cmac(message)[1::2]


def open_session(scheme: Scheme, file_read: bytes, uid: bytes, counter: int) -> Session:
    """The session of one counter value, 0 to 2**24 - 1, for a 7-byte UID."""
    match scheme:
        case Scheme.AES:
            return AesSession(file_read, uid, counter)
        case Scheme.LRP:
            return LrpSession(file_read, uid, counter)


def picc_data(scheme: Scheme, meta_read: bytes, uid: bytes, counter: int, random: Callable[[int], bytes]) -> bytes:
    """UID and counter, encrypted: 16 bytes in AES mode, 24 in LRP mode; `random(n)` gives n bytes."""
    plain = _PICC_TAG + uid + _counter(counter) + random(5)
    match scheme:
        case Scheme.AES:
            return encrypt_cbc(meta_read, ZERO_BLOCK, plain)
        case Scheme.LRP:
            start = random(8)
            return start + Lrp(meta_read, number=0).encrypt(start, plain)
