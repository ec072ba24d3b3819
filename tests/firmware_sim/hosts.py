"""nfcpy, a reader program of other people, on the simulated readers; every import of it in these tests is here."""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ndef  # type: ignore[import-untyped]  # nfcpy and its friends ship no types
import nfc  # type: ignore[import-untyped]  # the same
import nfc.clf.pn53x  # type: ignore[import-untyped]  # the same
import nfc.clf.pn532  # type: ignore[import-untyped]  # the same
import nfc.clf.transport  # type: ignore[import-untyped]  # the same
import nfc.tag.tt2  # type: ignore[import-untyped]  # the same

TYPE_A = "106A"
FELICA = "212F"

Frontend = Any  # nfc.ContactlessFrontend
NfcTag = Any  # nfc.tag.Tag
ChipsetError: type[Exception] = nfc.clf.pn53x.Chipset.Error


class _PatientLine(nfc.clf.transport.TTY):  # type: ignore[misc]  # untyped, as all of nfcpy
    """nfcpy's serial line with more patience: its 100 ms are enough for a chip, not for a machine with much to do."""

    least_ms = 1_000

    def read(self, timeout: int) -> bytearray:
        frame: bytearray = super().read(max(timeout, self.least_ms))
        return frame


def open_by_hand(path: Path) -> Frontend:
    """nfcpy as it is, past its search in /dev that knows no pty."""
    frontend = nfc.ContactlessFrontend()
    frontend.device = nfc.clf.pn532.init(_PatientLine(str(path)))
    frontend.device._path = str(path)
    return frontend


def open_by_search(name: str) -> Frontend:
    """nfcpy's own way: a name directly in /dev."""
    frontend = nfc.ContactlessFrontend()
    assert frontend.open(f"tty:{name}:pn532")
    return frontend


def give_up(frontend: Frontend) -> None:
    """Free the port as a killed process would: the chip is told nothing."""
    device, frontend.device = frontend.device, None
    transport = device.chipset.transport
    transport.tty.close()
    transport.tty = None


def rescue(path: Path) -> None:
    """Bring a chip from 921600 back to 115200 baud, as a host that knows the trap does."""
    transport = nfc.clf.transport.TTY(str(path))
    transport.open(str(path), 921600)
    chipset = nfc.clf.pn532.Chipset(transport, logging.getLogger(__name__))
    chipset.send_ack()
    chipset.set_serial_baudrate(115200)
    transport.close()


@contextlib.contextmanager
def nfcpy(path: Path) -> Iterator[Frontend]:
    """nfcpy on a reader, closed the polite way at the end."""
    frontend = open_by_hand(path)
    try:
        yield frontend
    finally:
        if frontend.device is not None:
            frontend.close()


@contextlib.contextmanager
def hurried(frontend: Frontend) -> Iterator[None]:
    """nfcpy with no more patience than its own."""
    line = frontend.device.chipset.transport
    line.least_ms = 0
    yield
    line.least_ms = _PatientLine.least_ms


def sense(frontend: Frontend) -> Any:
    """One look for a tag of either kind: nfcpy's RemoteTarget, or None."""
    return frontend.sense(nfc.clf.RemoteTarget(TYPE_A), nfc.clf.RemoteTarget(FELICA))


def connect(frontend: Frontend) -> object:
    """What connect() says after one look: a tag, None, or False for an I/O error that it swallowed."""
    return frontend.connect(rdwr={"targets": [TYPE_A, FELICA], "iterations": 1, "on-connect": lambda _: False})


def read_tag(frontend: Frontend) -> NfcTag:
    """The tag that lies there."""
    tag = connect(frontend)
    assert isinstance(tag, nfc.tag.Tag), f"connect() gave {tag!r}"
    return tag


def is_a_tag(found: object) -> bool:
    """Whether connect() gave a tag."""
    return isinstance(found, nfc.tag.Tag)


def is_a_plain_type_2_tag(tag: NfcTag) -> bool:
    """Whether nfcpy failed to see which product it is."""
    return type(tag) is nfc.tag.tt2.Type2Tag


def url_of(tag: NfcTag) -> str:
    """The URL in the tag's only NDEF record."""
    assert tag.ndef is not None
    (record,) = tag.ndef.records
    return str(record.iri)  # its .uri escapes what a URL's query is made of


def write_url(tag: NfcTag, url: str) -> None:
    """Put another URL on the tag."""
    assert tag.ndef is not None
    tag.ndef.records = [ndef.UriRecord(url)]
