"""The chip's contactless unit: registers that decide how a frame goes over the air (UM0701-02 §8.6)."""

import binascii
import enum
from dataclasses import dataclass

from firmware_sim.pn532.field import Field
from firmware_sim.tags.tag import Reply

CRC_ON = 0x80  # in TxMode and RxMode: the unit adds or checks the CRC itself


class Register(enum.IntEnum):
    """The addresses that mean something here; all others only remember what was written."""

    TX_MODE = 0x6302  # bit 7 CRC, bits 6–4 speed, bits 1–0 framing
    RX_MODE = 0x6303  # the same, for what comes back
    TX_CONTROL = 0x6304  # bits 1–0 drive the antenna
    FIFO_DATA = 0x6339  # the byte that the firmware left in the buffer
    P3 = 0xFFB0  # the port's pins
    P7 = 0xFFF4


class Status(enum.IntEnum):
    """What became of an exchange (UM0701-02 §7.1)."""

    OK = 0x00
    TIMEOUT = 0x01  # nobody answered
    CRC = 0x02  # the answer's checksum was wrong
    FORMAT = 0x13  # the answer was not what the protocol wants
    CONTEXT = 0x27  # no target is selected


class Framing(enum.IntEnum):
    """Bits 1–0 of TxMode and RxMode."""

    A = 0  # ISO/IEC 14443 A
    ACTIVE = 1  # peer to peer; nothing here answers it
    F = 2  # FeliCa
    B = 3  # ISO/IEC 14443 B; nothing here answers it


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The end of an exchange: its status and what came back."""

    status: Status
    data: bytes = b""


def crc_a(data: bytes) -> bytes:
    """CRC_A of ISO/IEC 14443-3 annex B: reflected 0x1021 from 0x6363, low byte first."""
    crc = 0x6363
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return crc.to_bytes(2, "little")


def crc_f(data: bytes) -> bytes:
    """CRC of JIS X 6319-4: 0x1021 from 0, high byte first."""
    return binascii.crc_hqx(data, 0).to_bytes(2, "big")


class Ciu:
    """Registers with their side effects on the field, and the air."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.fifo = 0
        self._values: dict[int, int] = {Register.P3: 0xFF, Register.P7: 0xFF}
        self.tune(Framing.A, speed=0)

    def read(self, address: int) -> int:
        """One register's value."""
        match address:
            case Register.TX_CONTROL:
                return 0x83 if self.field.on else 0x80
            case Register.FIFO_DATA:
                return self.fifo
            case _:
                return self._values.get(address, 0)

    def write(self, address: int, value: int) -> None:
        """Set one register."""
        match address:
            case Register.TX_CONTROL:
                self.field.switch(on=bool(value & 3))
            case Register.FIFO_DATA:
                self.fifo = value
            case _:
                self._values[address] = value

    def tune(self, framing: Framing, *, speed: int) -> None:
        """Set both directions as the firmware does when it looks for a target (speed 0–2: 106, 212, 424 kbit/s)."""
        mode = CRC_ON | speed << 4 | framing
        self._values[Register.TX_MODE] = self._values[Register.RX_MODE] = mode

    def exchange(self, frame: bytes, *, deaf: bool = False, damaged: bool = False) -> Heard:
        """Send `frame` as the registers say, and hear what comes back.

        With `deaf` the tag hears and acts but its answer is lost; with `damaged` its CRC does not hold.
        """
        sent = self._unwrapped(frame)
        framing = Framing(self.read(Register.TX_MODE) & 3)
        if sent is None or framing != self.read(Register.RX_MODE) & 3:
            return Heard(status=Status.TIMEOUT)
        match framing:
            case Framing.A:
                reply = self.field.send_a(sent)
            case Framing.F:
                reply = self.field.send_f(sent)
            case _:
                reply = None
        if reply is None or deaf:
            return Heard(status=Status.TIMEOUT)
        return self._received(reply, damaged=damaged)

    def _unwrapped(self, frame: bytes) -> bytes | None:
        """What a tag hears: with the unit's CRC off the host must have put a right one at the end."""
        mode = self.read(Register.TX_MODE)
        if mode & CRC_ON:
            return frame
        body, crc = frame[:-2], frame[-2:]
        return body if crc == _crc(mode, body) else None

    def _received(self, reply: Reply, *, damaged: bool) -> Heard:
        mode = self.read(Register.RX_MODE)
        if mode & CRC_ON:
            if reply.short or damaged:
                return Heard(status=Status.CRC)
            return Heard(status=Status.OK, data=reply.data)
        if reply.short:
            return Heard(status=Status.OK, data=reply.data)
        crc = _crc(mode, reply.data)
        return Heard(status=Status.OK, data=reply.data + (bytes((crc[0] ^ 0xFF, crc[1])) if damaged else crc))


def _crc(mode: int, data: bytes) -> bytes:
    return crc_f(data) if mode & 3 == Framing.F else crc_a(data)
