"""Cards that speak ISO-DEP: activation, blocks and chains of ISO/IEC 14443-4, with the commands inside left open."""

import abc

from firmware_sim.tags.tag import CardState, Reply, TypeATag

_FRAME_SIZES = (16, 24, 32, 40, 48, 64, 96, 128, 256)  # by FSDI
_OVERHEAD = 3  # a block's control byte and two bytes of CRC
_I, _R_ACK, _DESELECT = 0x02, 0xA2, 0xC2
_NAK, _MORE, _WITH_CID = 0x10, 0x10, 0x08


class IsoDepCard(TypeATag):
    """A Type 4A card: RATS, then I-blocks that carry commands; answers longer than a frame are chained."""

    sak = 0x20
    ats = bytes.fromhex("067777710280")  # frames up to 128 bytes to the card, 38.7 ms to answer

    def __init__(self) -> None:
        super().__init__()
        self._forget_session()

    @abc.abstractmethod
    def _command(self, apdu: bytes) -> bytes:
        """The answer to a command APDU (ISO/IEC 7816-4), with its two status bytes."""

    def _forget_session(self) -> None:
        self._activated = False
        self._number = 1  # ISO/IEC 14443-4 §7.5.3.1, rule C
        self._frame_size = _FRAME_SIZES[0]
        self._incoming = b""
        self._outgoing = b""
        self._last = b""

    def _answer(self, frame: bytes) -> Reply | None:
        if not self._activated:
            return self._activate(frame)
        answer = self._block(frame[0], frame[1:])
        return Reply(data=answer) if answer else None

    def _activate(self, frame: bytes) -> Reply | None:
        if frame[0] != 0xE0 or len(frame) != 2:
            return None
        self._activated = True
        self._frame_size = _FRAME_SIZES[min(frame[1] >> 4, 8)]
        return Reply(data=self.ats)

    def _block(self, control: int, content: bytes) -> bytes:
        """The block that answers a block; empty for silence."""
        if control & _WITH_CID:
            return b""
        if control & 0xE2 == _I:
            return self._information(content, more=bool(control & _MORE))
        if control & 0xE6 == _R_ACK:
            return self._acknowledge(control)
        if control == _DESELECT:
            self.state = CardState.HALT
            self._forget_session()
            return bytes((_DESELECT,))
        if control & 0xF0 == 0xD0 and not self._last:  # PPS: other speeds are agreed to and make no difference
            return bytes((control,))
        return b""

    def _information(self, content: bytes, *, more: bool) -> bytes:
        self._number ^= 1  # rule D
        self._incoming += content
        if more:
            return self._say(_R_ACK, b"")
        command, self._incoming = self._incoming, b""
        self._outgoing = self._command(command) if command else b""  # an empty block is answered by another
        return self._next_chunk()

    def _acknowledge(self, control: int) -> bytes:
        if control & 1 == self._number:
            return self._last  # rule 11: it was lost on the way
        if control & _NAK:
            return self._say(_R_ACK, b"")  # rule 12; also how readers ask whether a card is still there
        if not self._outgoing:
            return b""
        self._number ^= 1  # rule E
        return self._next_chunk()

    def _next_chunk(self) -> bytes:
        size = self._frame_size - _OVERHEAD
        chunk, self._outgoing = self._outgoing[:size], self._outgoing[size:]
        return self._say(_I | (_MORE if self._outgoing else 0), chunk)

    def _say(self, control: int, content: bytes) -> bytes:
        self._last = bytes((control | self._number,)) + content
        return self._last
