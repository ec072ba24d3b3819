"""The chip's own half of ISO-DEP (ISO/IEC 14443-4): a host's commands into blocks, a card's blocks into answers."""

from collections.abc import Callable

from firmware_sim.pn532.ciu import Heard, Status

DESELECT = b"\xc2"

_FRAME_SIZES = (16, 24, 32, 40, 48, 64, 96, 128, 256)  # by FSCI
_DEFAULT_FSCI = 2
_OVERHEAD = 3  # a block's control byte and two bytes of CRC
_I, _R_ACK, _MORE = 0x02, 0xA2, 0x10

Send = Callable[[bytes], Heard]


class Blocks:
    """The block numbers and frame size of one activated card, from its ATS (length byte first)."""

    def __init__(self, ats: bytes) -> None:
        fsci = ats[1] & 0x0F if len(ats) > 1 else _DEFAULT_FSCI
        self._room = _FRAME_SIZES[min(fsci, len(_FRAME_SIZES) - 1)] - _OVERHEAD
        self._number = 0

    def exchange(self, command: bytes, send: Send) -> Heard:
        """The card's whole answer to `command`, or the status of the block that failed."""
        while len(command) > self._room:
            heard = self._swap(_I | _MORE, command[: self._room], send)
            if heard.status is not Status.OK:
                return heard
            command = command[self._room :]
        heard = self._swap(_I, command, send)
        answer = heard.data[1:]
        while heard.status is Status.OK and heard.data[0] & _MORE:
            heard = self._swap(_R_ACK, b"", send)
            answer += heard.data[1:]
        return Heard(status=heard.status, data=answer) if heard.status is Status.OK else heard

    def _swap(self, control: int, content: bytes, send: Send) -> Heard:
        """One block out, one in; FORMAT if the card's block is none or has the wrong number."""
        heard = send(bytes((control | self._number,)) + content)
        if heard.status is not Status.OK:
            return Heard(status=heard.status)
        if not heard.data or heard.data[0] & 1 != self._number:
            return Heard(status=Status.FORMAT)
        self._number ^= 1
        return heard
