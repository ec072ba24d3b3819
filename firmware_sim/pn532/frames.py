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
            size = self._head_and_length()
            if size is None:
                break
            head, length = size
            if head == 0:
                self._skip_malformed()
            elif length == 0:
                frames.append(Signal.ACK if self._buffer[2] == 0 else Signal.NACK)
                del self._buffer[:head]
            elif len(self._buffer) < head + length + 1:
                break
            elif (command := self._command(head, length)) is None:
                self._skip_malformed()
            else:
                frames.append(command)
                del self._buffer[: head + length + 1]
        return frames

    def _seek_start(self) -> bool:
        """Drop everything before the next start code; True if there is one with a length behind it."""
        start = self._buffer.find(_START)
        if start < 0:
            start = len(self._buffer) - self._buffer.endswith(b"\x00")
        del self._buffer[:start]
        return len(self._buffer) >= 4

    def _head_and_length(self) -> tuple[int, int] | None:
        """(bytes of the head, bytes from TFI on); (0, 0) if broken, (4, 0) for a signal, None if unfinished."""
        match self._buffer[2], self._buffer[3]:
            case (0x00, 0xFF) | (0xFF, 0x00):
                return 4, 0
            case 0xFF, 0xFF:
                if len(self._buffer) < 7:
                    return None
                good, head, length = sum(self._buffer[4:7]) & 0xFF == 0, 7, self._buffer[4] << 8 | self._buffer[5]
            case length, check:
                good, head = (length + check) & 0xFF == 0, 4
        return (head, length) if good and 2 <= length <= LONGEST else (0, 0)

    def _command(self, head: int, length: int) -> Command | None:
        body = bytes(self._buffer[head : head + length])
        if body[0] != _TO_CHIP or (sum(body) + self._buffer[head + length]) & 0xFF:
            return None
        return Command(code=body[1], data=body[2:])

    def _skip_malformed(self) -> None:
        self.malformed += 1
        del self._buffer[: len(_START)]
