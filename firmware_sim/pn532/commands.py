"""The chip's own commands: what concerns no target (UM0701-02 §7.2)."""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from firmware_sim.pn532.ciu import Ciu, Register
from firmware_sim.pn532.faults import FaultScript
from firmware_sim.pn532.isodep import Blocks

FIRMWARE = bytes((0x32, 1, 6, 7))  # IC, version, revision, and the three tag families that it speaks
BAUD_RATES = (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600, 1288000)

_P3_PINS = 0x3F
_P7_PINS = 0x06
_VALID = 0x80  # in WriteGPIO: this port is meant


class Code(enum.IntEnum):
    """Command codes."""

    DIAGNOSE = 0x00
    GET_FIRMWARE_VERSION = 0x02
    GET_GENERAL_STATUS = 0x04
    READ_REGISTER = 0x06
    WRITE_REGISTER = 0x08
    READ_GPIO = 0x0C
    WRITE_GPIO = 0x0E
    SET_SERIAL_BAUD_RATE = 0x10
    SET_PARAMETERS = 0x12
    SAM_CONFIGURATION = 0x14
    POWER_DOWN = 0x16
    RF_CONFIGURATION = 0x32
    IN_DATA_EXCHANGE = 0x40
    IN_COMMUNICATE_THRU = 0x42
    IN_DESELECT = 0x44
    IN_LIST_PASSIVE_TARGET = 0x4A
    IN_RELEASE = 0x52
    IN_SELECT = 0x54


class Refused(Exception):
    """The command's parameters make no sense: the chip answers with its syntax error frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a command did: its answer, how long it took, and what the serial port does once the answer is out."""

    data: bytes = b""
    takes_s: float = 0.0
    baud: int | None = None  # speak at this speed from now on
    sleep: bool = False  # go to power down


@dataclass(slots=True, kw_only=True)
class Parts:
    """What the commands read and change."""

    ciu: Ciu
    faults: FaultScript
    parameters: int = 0x14  # SetParameters' flags after reset: automatic ATR_RES and automatic RATS
    activation_retries: int = 0xFF  # 0xFF: look for a target until one comes
    exchange_timeout_s: float = 0.0512
    target: int = 0  # the number of the selected target; 0 without one
    uid: bytes = b""  # of the selected Type A target, to select it again
    blocks: Blocks | None = None  # with a target that the chip has activated for ISO-DEP


# A handler returns None while what it waits for has not come; it is then asked again.
Handler = Callable[[Parts, bytes, float], Outcome | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the command table: who handles it, and the fewest parameter bytes that make sense."""

    run: Handler
    least: int = 0


def _diagnose(_: Parts, data: bytes, __: float) -> Outcome:
    match data[0]:
        case 0x00:  # communication line test: the same bytes back
            return Outcome(data=data)
        case 0x01 | 0x02:  # ROM and RAM tests
            return Outcome(data=b"\x00")
        case _:
            raise Refused


def _firmware_version(_: Parts, __: bytes, ___: float) -> Outcome:
    return Outcome(data=FIRMWARE)


def _general_status(parts: Parts, _: bytes, __: float) -> Outcome:
    targets = bytes((1, 1, 0, 0, 0)) if parts.target else bytes(1)
    return Outcome(data=bytes((0, parts.ciu.field.on)) + targets + b"\x80")


def _read_register(parts: Parts, data: bytes, _: float) -> Outcome:
    if len(data) % 2:
        raise Refused
    addresses = (int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2))
    return Outcome(data=bytes(parts.ciu.read(address) for address in addresses))


def _write_register(parts: Parts, data: bytes, _: float) -> Outcome:
    if len(data) % 3:
        raise Refused
    for i in range(0, len(data), 3):
        parts.ciu.write(int.from_bytes(data[i : i + 2], "big"), data[i + 2])
    return Outcome()


def _read_gpio(parts: Parts, _: bytes, __: float) -> Outcome:
    pins = parts.ciu.read(Register.P3) & _P3_PINS, parts.ciu.read(Register.P7) & _P7_PINS
    return Outcome(data=bytes((*pins, 0x01)))  # I0 and I1 are strapped for the serial port


def _write_gpio(parts: Parts, data: bytes, _: float) -> Outcome:
    for register, value, pins in ((Register.P3, data[0], _P3_PINS), (Register.P7, data[1], _P7_PINS)):
        if value & _VALID:
            parts.ciu.write(register, parts.ciu.read(register) & ~pins | value & pins)
    return Outcome()


def _set_serial_baud_rate(_: Parts, data: bytes, __: float) -> Outcome:
    if data[0] >= len(BAUD_RATES):
        raise Refused
    return Outcome(baud=BAUD_RATES[data[0]])


def _set_parameters(parts: Parts, data: bytes, _: float) -> Outcome:
    parts.parameters = data[0]
    return Outcome()


def _sam_configuration(_: Parts, data: bytes, __: float) -> Outcome:
    if not 1 <= data[0] <= 4:
        raise Refused
    return Outcome()


def _power_down(parts: Parts, _: bytes, __: float) -> Outcome:
    parts.ciu.field.switch(on=False)
    return Outcome(data=b"\x00", sleep=True)


def _rf_configuration(parts: Parts, data: bytes, _: float) -> Outcome:
    match data[0], tuple(data[1:]):
        case 0x01, (flags, *_):
            parts.ciu.field.switch(on=bool(flags & 1))
        case 0x02, (_, _, index):  # UM0701-02 §7.3.1: 100 µs doubled for each step; 0 waits for ever
            parts.exchange_timeout_s = 1e-4 * 2 ** (index - 1) if index else 3.0
        case 0x05, (_, _, retries):
            parts.activation_retries = retries
        case (0x04, (_,)) | (0x0A | 0x0B | 0x0C | 0x0D, (_, *_)):
            pass  # retries and analogue settings: this air needs none
        case _:
            raise Refused
    return Outcome()


COMMANDS: Mapping[int, Entry] = {
    Code.DIAGNOSE: Entry(run=_diagnose, least=1),
    Code.GET_FIRMWARE_VERSION: Entry(run=_firmware_version),
    Code.GET_GENERAL_STATUS: Entry(run=_general_status),
    Code.READ_REGISTER: Entry(run=_read_register, least=2),
    Code.WRITE_REGISTER: Entry(run=_write_register, least=3),
    Code.READ_GPIO: Entry(run=_read_gpio),
    Code.WRITE_GPIO: Entry(run=_write_gpio, least=2),
    Code.SET_SERIAL_BAUD_RATE: Entry(run=_set_serial_baud_rate, least=1),
    Code.SET_PARAMETERS: Entry(run=_set_parameters, least=1),
    Code.SAM_CONFIGURATION: Entry(run=_sam_configuration, least=1),
    Code.POWER_DOWN: Entry(run=_power_down, least=1),
    Code.RF_CONFIGURATION: Entry(run=_rf_configuration, least=2),
}
