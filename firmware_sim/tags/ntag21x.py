"""NTAG213, 215 and 216: memory tags of NFC Forum Type 2 (NXP NTAG213/215/216 data sheet)."""

import enum

from firmware_sim.tags.ndef import url_message
from firmware_sim.tags.tag import Reply, TypeATag

_PAGE = 4
_FIRST_USER_PAGE = 4
_ACK = Reply(data=b"\x0a", short=True)


class Ntag(enum.Enum):
    """A member of the family: pages that the owner may write, size codes in GET_VERSION and in the CC."""

    NTAG213 = (36, 0x0F, 0x12)
    NTAG215 = (126, 0x11, 0x3E)
    NTAG216 = (222, 0x13, 0x6D)

    def __init__(self, user_pages: int, storage_code: int, capability_code: int) -> None:
        self.user_pages = user_pages
        self.version = bytes((0, 4, 4, 2, 1, 0, storage_code, 3))  # what GET_VERSION answers
        self.capability = bytes((0xE1, 0x10, capability_code, 0))  # of a blank tag (Type 2 Tag §2.6)


def _blank(kind: Ntag, uid: bytes) -> bytearray:
    """A tag's memory as it leaves the factory, without lock-control TLV."""
    head = uid[:3] + bytes((0x88 ^ uid[0] ^ uid[1] ^ uid[2],)) + uid[3:]
    head += bytes((uid[3] ^ uid[4] ^ uid[5] ^ uid[6], 0x48, 0, 0)) + kind.capability
    tail = bytes.fromhex("000000BD 040000FF 00050000 FFFFFFFF 00000000")  # locks, CFG0, CFG1, PWD, PACK
    return bytearray(head + bytes(kind.user_pages * _PAGE) + tail)


class NtagTag(TypeATag):
    """One NTAG21x with a 7-byte UID, its memory, and an NDEF message with a URL if one is given.

    Raises ValueError for a UID that is not 7 bytes or a URL that does not fit.
    """

    atqa = 0x0044
    sak = 0x00

    def __init__(self, uid: bytes, *, kind: Ntag = Ntag.NTAG213, url: str = "") -> None:
        super().__init__()
        if len(uid) != 7:
            raise ValueError(f"uid {uid.hex()} has {len(uid)} bytes, an NTAG21x has 7")
        self.kind = kind
        self._uid = uid
        self._memory = _blank(kind, uid)
        self._store(url_message(url) if url else b"")

    @property
    def uid(self) -> bytes:
        """The 7 bytes that the factory burnt in."""
        return self._uid

    def _store(self, message: bytes) -> None:
        size = bytes((len(message),)) if len(message) < 0xFF else b"\xff" + len(message).to_bytes(2, "big")
        tlv = b"\x03" + size + message + b"\xfe"
        room = self.kind.user_pages * _PAGE
        if len(tlv) > room:
            raise ValueError(f"an NDEF message of {len(message)} bytes does not fit the {room} of {self.kind.name}")
        start = _FIRST_USER_PAGE * _PAGE
        self._memory[start : start + len(tlv)] = tlv

    def _answer(self, frame: bytes) -> Reply:
        match tuple(frame):
            case (0x60,):
                return Reply(data=self.kind.version)
            case (0x30, page) if page < self._pages:
                return Reply(data=self._read(page, 4))
            case (0x3A, first, last) if first <= last < self._pages:
                return Reply(data=self._read(first, last - first + 1))
            case (0xA2, page, *data) if len(data) == _PAGE and self._write(page, bytes(data)):
                return _ACK
            case (0x1B, *password) if bytes(password) == self._memory[-8:-4]:
                return Reply(data=bytes(self._memory[-4:-2]))
            case _:
                return self._refuse()

    @property
    def _pages(self) -> int:
        return len(self._memory) // _PAGE

    def _read(self, first: int, count: int) -> bytes:
        """`count` pages from `first`, rolling over behind the last; the password pages read as zeros."""
        visible = bytes(self._memory[:-8]) + bytes(8)
        return (visible * 2)[first * _PAGE : (first + count) * _PAGE]

    def _write(self, page: int, data: bytes) -> bool:
        """Store one page as the tag's rules allow; False if it refuses."""
        if not 2 <= page < self._pages or self._locked(page):
            return False
        at = page * _PAGE
        old = self._memory[at : at + _PAGE]
        if page == 2:  # two bytes of serial number stay, the lock bits can only be set
            data = bytes(2) + data[2:]
        if page in {2, 3}:  # one-time programmable
            data = bytes(before | new for before, new in zip(old, data, strict=True))
        self._memory[at : at + _PAGE] = data
        return True

    def _locked(self, page: int) -> bool:
        """The static lock bits, one for each page from 3 to 15."""
        locks = int.from_bytes(self._memory[10:12], "little")
        return 3 <= page <= 15 and bool(locks >> page & 1)
