"""A PN532 through nfcpy, opened by hand so that its speed is never raised (the only module that imports nfcpy)."""

import enum
import errno
import logging
import os
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

import nfc.clf  # type: ignore[import-untyped]  # nfcpy ships no types
from nfc.clf import pn532, transport

from edge.pseudonym import is_random
from edge.reader.hold import Found
from edge.reader.settings import Settings
from edge.reader.wire import Wire

_BAUD: Final = 115200
_IC: Final = 0x32
_READ_GPIO: Final = 0x0C
_WRITE_GPIO: Final = 0x0E
_VALID: Final = 0x80  # in WriteGPIO: take this port's pins
_P3_PINS: Final = 0x3F
# A Raspberry Pi's USB holds back the first bytes of a freshly opened ttyUSB for up to a second.
_SLOW_ACK_S: Final = 1.5
_PI_MODEL: Final = Path("/proc/device-tree/model")

_NFC_LOG: Final = logging.getLogger("edge.reader.nfc")


class ChipFault(Exception):
    """The chip or the line to it does not work; the message says in words what was seen."""


class _Feel(enum.Enum):
    """How a tag is asked whether it still lies there, keeping it activated."""

    READ = "read"  # Type 2: READ of page 0 (NXP NTAG21x §10.2)
    NAK = "nak"  # ISO-DEP: R(NAK), answered by R(ACK) (ISO 14443-4 §7.5.5.3)
    POLL = "poll"  # FeliCa: Polling of any system (JIS X 6319-4 §8.4)
    AGAIN = "again"  # others, as a MIFARE Classic, answer nothing unauthenticated: they are sensed again


class Chip:
    """One opened reader. Every method raises ChipFault; after one, `resync` may bring it back, else `close` it."""

    def __init__(self, device: Any, wire: Wire, words: "_Words", how: Settings) -> None:
        self._device, self._wire, self._words = device, wire, words
        self._path, self._light_pin = how.device, how.light_pin
        self._pins = _P3_PINS
        self._target: Any = None  # what `sense` found last; None once it is in doubt
        self._feel = _Feel.AGAIN

    @classmethod
    def open(cls, how: Settings, progress: Callable[[], None]) -> Self:
        """Open the chip at 115200 baud, with its field off and its light dark. Raises ChipFault.

        `progress` is called for each frame that the chip sends, for as long as it is open.
        """
        path = how.device
        words = _Words()
        with _faults(words, path):
            first_ack_s = how.first_ack_s or max(first_ack_of(path), how.ack_s)
            wire = Wire(transport.TTY(path), ack_s=how.ack_s, first_ack_s=first_ack_s, progress=progress)
        try:
            with _faults(words, path):
                chipset = pn532.Chipset(wire, _NFC_LOG)
                _require_pn532(chipset.get_firmware_version())
                chipset.sam_configuration("normal")
                wire.waking = False
                chip = cls(pn532.Device(chipset, _NFC_LOG), wire, words, how)
                chip._read_pins()
            chip.light(lit=False)
        except BaseException:
            wire.close()
            raise
        return chip

    def sense(self) -> Found | None:
        """Look for a card, tag or phone anew, Type A at 106 kbit/s and FeliCa at 212; every tag forgets what it was.

        The field is on afterwards only if something was found.
        """
        with self._faults():
            if self._target is not None:
                self._mute()
            target = self._device.sense_tta(nfc.clf.RemoteTarget("106A"))
            if target is None:
                target = self._device.sense_ttf(nfc.clf.RemoteTarget("212F"))
            uid = None if target is None else _uid(target)
            if not uid:
                self._mute()
                return None
            self._target = target
            self._feel = self._activate(target)
            return Found(uid=uid, random=is_random(uid))

    def feel(self) -> bool:
        """Whether the tag that `sense` found still lies there, without disturbing it; False also if it cannot tell."""
        if self._target is None:
            return False
        with self._faults():
            match self._feel:
                case _Feel.READ:
                    return self._answers(b"\x30\x00", 0.01)
                case _Feel.NAK:
                    return self._answers(b"\xb2", 0.1)
                case _Feel.POLL:
                    answer = self._asked(b"\x06\x00\xff\xff\x00\x00", 0.01)
                    return answer is not None and answer[2:10] == self._target.sensf_res[1:9]
                case _Feel.AGAIN:
                    return False

    def ping(self) -> None:
        """Ask the chip who it is."""
        with self._faults():
            _require_pn532(self._device.chipset.get_firmware_version())

    def resync(self) -> None:
        """Abort whatever the chip is at, wait until the line is still, and ask it who it is."""
        self._target = None
        with self._faults():
            self._device.chipset.send_ack()
            self._wire.hush()
            self._mute()
        self.ping()

    def light(self, *, lit: bool) -> None:
        """Turn the light on its pin of port P3 on or off: lit when low, since the pins sink but hardly source."""
        if self._light_pin is None:
            return
        bit = 1 << self._light_pin
        self._pins = self._pins & ~bit if lit else self._pins | bit
        with self._faults():
            self._device.chipset.command(_WRITE_GPIO, bytearray((_VALID | self._pins, 0)), timeout=0.1)

    def quiet(self) -> None:
        """Turn the light and the field off, for a time when nobody looks."""
        self.light(lit=False)
        with self._faults():
            self._mute()

    def close(self) -> None:
        """Free the port, whatever state it is in."""
        self._wire.close()

    def _read_pins(self) -> None:
        self._pins = self._device.chipset.command(_READ_GPIO, b"", timeout=0.1)[0] & _P3_PINS

    def _mute(self) -> None:
        self._target = None
        self._device.mute()

    def _activate(self, target: Any) -> _Feel:
        if target.sensf_res is not None:
            return _Feel.POLL
        if target.sel_res is None:  # a Type 1 tag
            return _Feel.AGAIN
        match target.sel_res[0]:
            case sak if sak & 0x20:
                # RATS: frames up to 256 bytes, no CID (ISO 14443-4 §5.6.1)
                return _Feel.NAK if self._answers(b"\xe0\x80", 0.1) else _Feel.AGAIN
            case 0:
                return _Feel.READ
            case _:
                return _Feel.AGAIN

    def _answers(self, command: bytes, timeout: float) -> bool:
        return self._asked(command, timeout) is not None

    def _asked(self, command: bytes, timeout: float) -> bytes | None:
        """The tag's answer, None if none or only a damaged one came."""
        try:
            return bytes(self._device.send_cmd_recv_rsp(self._target, command, timeout))
        except nfc.clf.CommunicationError:
            return None

    def _faults(self) -> Any:
        return _faults(self._words, self._path)


def rescue(how: Settings, *, baud: int) -> None:
    """Tell a chip that a dead program left at a higher speed to come back to 115200. Raises ChipFault."""
    words = _Words()
    with _faults(words, how.device):
        wire = Wire(transport.TTY(how.device), ack_s=how.ack_s, first_ack_s=how.ack_s, progress=lambda: None)
        try:
            wire.baudrate = baud
            wire.write(pn532.Chipset.ACK)
            time.sleep(0.01)  # the chip needs it to give up what it was at
            pn532.Chipset(wire, _NFC_LOG).set_serial_baudrate(_BAUD)
        finally:
            wire.close()


def first_ack_of(path: str) -> float:
    """How long the first acknowledgement after opening may take on this port, in seconds; 0 for as any other."""
    slow = os.path.realpath(path).startswith("/dev/ttyUSB")
    try:
        return _SLOW_ACK_S if slow and _PI_MODEL.read_bytes().startswith(b"Raspberry Pi") else 0.0
    except OSError:
        return 0.0


def _require_pn532(version: bytes) -> None:
    if not version or version[0] != _IC:
        raise ChipFault(f"the chip on this port is no PN532 (it says {bytes(version).hex() or 'nothing'})")


def _uid(target: Any) -> bytes:
    if target.sensf_res is not None:
        return bytes(target.sensf_res[1:9])
    return bytes(target.sdd_res if target.sdd_res is not None else target.rid_res[2:6])


class _Words(logging.Handler):
    """Catches what nfcpy logs, because its errors say less: one errno for six different faults."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last = ""
        _NFC_LOG.handlers[:] = [self]
        _NFC_LOG.propagate = False

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the newest message."""
        self.last = record.getMessage()


@contextmanager
def _faults(words: _Words, path: str) -> Iterator[None]:
    """Make of every way in which nfcpy fails a ChipFault with a reason in words."""
    words.last = ""
    try:
        yield
    except pn532.Chipset.Error as error:
        raise ChipFault(f"the chip refused a command: {error}") from error
    except OSError as error:
        raise ChipFault(_described(error, words.last, path)) from error
    except (IndexError, struct.error, AssertionError) as error:
        raise ChipFault(f"the chip answered nonsense ({type(error).__name__})") from error


_SPOKEN: Final[dict[str, str]] = {
    "input/output error while waiting for ack": "the chip does not acknowledge commands",
    "chipset communication test failed": "the chip does not repeat the line test",
}


def _described(error: OSError, last: str, path: str) -> str:
    if not Path(path).exists():
        return f"there is no device at {path}"
    match error.errno:
        case errno.ENXIO | errno.ENODEV:
            return f"there is no device at {path}"
        case errno.EACCES | errno.EPERM:
            return f"no permission to open {path}"
        case errno.EAGAIN | errno.EBUSY:
            return f"another program uses {path}"
        case errno.ETIMEDOUT:
            return "the chip does not answer in time"
        case _:
            return _SPOKEN.get(last, last) or f"the line to the chip is broken ({error.strerror or error})"
