"""The PN532's host frames: bytes from the wire into commands, and answers into bytes (UM0701-02 §6.2.1)."""

import enum
from dataclasses import dataclass

ACK = bytes.fromhex("0000FF00FF00")
SYNTAX_ERROR = bytes.fromhex("0000FF01FF7F8100")
LONGEST = 265  # bytes from TFI to the last data byte; the chip's buffer holds no more

_START = b"\x00\xff"
_TO_CHIP = 0xD4
_TO_HOST = 0xD5


class Signal(enum.Enum):
    """A frame that carries no data."""

    ACK = "ack"  # the host gives up what it asked for
    NACK = "nack"  # the host wants the last answer again


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What the host asks: a command code and its parameters."""

    code: int
    data: bytes


HostFrame = Command | Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """The beginning of a frame: its own bytes, and the bytes from TFI on or the signal that it is."""

    size: int
    length: int = 0
    signal: Signal | None = None


def encode(code: int, data: bytes) -> bytes:
    """The answer to command `code`: a normal frame, or an extended one above 255 bytes."""
    payload = bytes((_TO_HOST, code + 1)) + data
    if len(payload) <= 0xFF:
        head = bytes((len(payload), -len(payload) & 0xFF))
    else:
        size = len(payload).to_bytes(2, "big")
        head = b"\xff\xff" + size + bytes((-sum(size) & 0xFF,))
    return b"\x00" + _START + head + payload + bytes((-sum(payload) & 0xFF, 0))


class FrameParser:
    """Finds host frames in a stream cut anywhere; what is no frame is skipped, broken frames are counted.

    `malformed` counts start codes whose checksums, length or direction were wrong. After one, the search goes
    on behind its start code, so that a good frame inside broken bytes is still found.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.malformed = 0

    @property
    def waiting(self) -> int:
        """Bytes kept because they may begin a frame."""
        return len(self._buffer)

    def reset(self) -> None:
        """Forget a frame begun but not ended."""
        self._buffer.clear()

    def feed(self, data: bytes) -> list[HostFrame]:
        """The frames that `data` completes, in order."""
        self._buffer += data
        frames: list[HostFrame] = []
        while self._seek_start():
            match self._head():
                case None:
                    break
                case _Head(length=0, signal=None):
                    self._skip_malformed()
                case _Head(signal=Signal() as signal, size=size):
                    frames.append(signal)
                    del self._buffer[:size]
                case _Head(size=size, length=length) if len(self._buffer) <= size + length:
                    break
                case head:
                    self._take_command(head, frames)
        return frames

    def _seek_start(self) -> bool:
        """Drop everything before the next start code; True if there is one with a length behind it."""
        start = self._buffer.find(_START)
        if start < 0:
            start = len(self._buffer) - self._buffer.endswith(b"\x00")
        del self._buffer[:start]
        return len(self._buffer) >= 4

    def _head(self) -> _Head | None:
        """What stands at the start code; None if it is not all there yet, no length and no signal if it is broken."""
        match self._buffer[2], self._buffer[3]:
            case 0x00, 0xFF:
                return _Head(size=4, signal=Signal.ACK)
            case 0xFF, 0x00:
                return _Head(size=4, signal=Signal.NACK)
            case 0xFF, 0xFF if len(self._buffer) < 7:
                return None
            case 0xFF, 0xFF:
                good, size, length = sum(self._buffer[4:7]) & 0xFF == 0, 7, self._buffer[4] << 8 | self._buffer[5]
            case length, check:
                good, size = (length + check) & 0xFF == 0, 4
        return _Head(size=size, length=length if good and 2 <= length <= LONGEST else 0)

    def _take_command(self, head: _Head, frames: list[HostFrame]) -> None:
        """Move a whole frame from the buffer to `frames`, if it is for the chip and its checksum holds."""
        end = head.size + head.length
        body = bytes(self._buffer[head.size : end])
        if body[0] != _TO_CHIP or (sum(body) + self._buffer[end]) & 0xFF:
            self._skip_malformed()
            return
        frames.append(Command(code=body[1], data=body[2:]))
        del self._buffer[: end + 1]

    def _skip_malformed(self) -> None:
        self.malformed += 1
        del self._buffer[: len(_START)]
