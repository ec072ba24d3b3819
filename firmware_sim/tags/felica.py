"""FeliCa Lite-S cards with an NDEF message (JIS X 6319-4, NFC Forum Type 3 Tag 1.0)."""

from collections.abc import Iterator

from firmware_sim.tags.ndef import url_message
from firmware_sim.tags.tag import Reply, TypeFTag

_LITE, _NDEF = 0x88B4, 0x12FC  # system codes, in the order the card shows them
_PMM = bytes.fromhex("00F1000000014300")
_READ_SERVICES = (0x000B, 0x0009)  # read only, and read and write, both without a key
_BLOCK = 16
_BLOCKS = 14
_MOST_AT_ONCE = 4
_POLLING, _CHECK = 0x00, 0x06
_OK = b"\x00\x00"
_BAD_COUNT, _BAD_SERVICE, _BAD_BLOCK = b"\xff\xa2", b"\xff\xa6", b"\xff\xa8"


class FelicaCard(TypeFTag):
    """A card with an 8-byte IDm and, if a URL is given, an NDEF message.

    Raises ValueError for an IDm that is not 8 bytes or a URL that does not fit its 13 blocks.
    """

    def __init__(self, idm: bytes, *, url: str = "") -> None:
        if len(idm) != 8:
            raise ValueError(f"idm {idm.hex()} has {len(idm)} bytes, FeliCa has 8")
        message = url_message(url) if url else b""
        if len(message) > (_BLOCKS - 1) * _BLOCK:
            raise ValueError(
                f"an NDEF message of {len(message)} bytes does not fit the {(_BLOCKS - 1) * _BLOCK} of the card"
            )
        self._idm = idm
        self._memory = (_attributes(len(message)) + message).ljust(_BLOCKS * _BLOCK, b"\x00")

    @property
    def uid(self) -> bytes:
        """The IDm."""
        return self._idm

    def power_off(self) -> None:
        """Nothing to forget: the card keeps no session."""

    def receive(self, frame: bytes) -> Reply | None:
        """Polling and Check; anything else, or a frame for another card, gets no answer."""
        if len(frame) < 2 or frame[0] != len(frame):
            return None
        if frame[1] == _POLLING and len(frame) == 6:
            answer = self._poll(int.from_bytes(frame[2:4], "big"), request=frame[4])
        elif frame[1] == _CHECK and frame[2:10] == self._idm:
            answer = self._idm + self._check(frame[10:])
        else:
            return None
        return Reply(data=bytes((len(answer) + 2, frame[1] + 1)) + answer) if answer else None

    def _poll(self, wanted: int, *, request: int) -> bytes:
        """IDm and PMm, with the system code if `request` is 1; empty if no system of the card is meant."""
        for system in (_LITE, _NDEF):
            if all(ask in {0xFF, have} for ask, have in zip(wanted.to_bytes(2), system.to_bytes(2), strict=True)):
                return self._idm + _PMM + (system.to_bytes(2, "big") if request == 1 else b"")
        return b""

    def _check(self, request: bytes) -> bytes:
        """Status and blocks for: number of services, their codes, number of blocks, their list."""
        services = 1 + 2 * request[0] if request else 0
        if request[:1] != b"\x01" or len(request) <= services:
            return _BAD_COUNT
        if int.from_bytes(request[1:3], "little") not in _READ_SERVICES:
            return _BAD_SERVICE
        count, blocks = request[services], list(_block_numbers(request[services + 1 :]))
        if not 1 <= count <= _MOST_AT_ONCE or count != len(blocks):
            return _BAD_COUNT
        if max(blocks) >= _BLOCKS:
            return _BAD_BLOCK
        data = b"".join(self._memory[n * _BLOCK : (n + 1) * _BLOCK] for n in blocks)
        return _OK + bytes((count,)) + data


def _attributes(length: int) -> bytes:
    """Block 0 (Type 3 Tag §6.1): version 1.0, blocks at once, blocks in all, read only, length, checksum."""
    head = bytes((0x10, _MOST_AT_ONCE, 1, 0, _BLOCKS - 1, 0, 0, 0, 0, 0, 0)) + length.to_bytes(3, "big")
    return head + sum(head).to_bytes(2, "big")


def _block_numbers(elements: bytes) -> Iterator[int]:
    """A block list's numbers; two-byte elements have the highest bit set, the others are three bytes."""
    while len(elements) >= 2:
        size = 2 if elements[0] & 0x80 else 3
        yield int.from_bytes(elements[1:size], "little")
        elements = elements[size:]
