"""NTAG 424 DNA: a Type 4 tag whose URL is signed anew for every reading (NXP NT4H2421Gx data sheet)."""

from collections.abc import Callable

from firmware_sim.tags.isodep import IsoDepCard
from firmware_sim.tags.keys import SunKeys
from firmware_sim.tags.ndef import url_message
from firmware_sim.tags.sun import Scheme, open_session, picc_data

COUNTER_END = 2**24 - 1

_APPLICATION = bytes.fromhex("D2760000850101")
_CAPABILITY_FILE = bytes.fromhex("0017 20 0100 00FF 0406E10401000080 0506E10500808283").ljust(32, b"\x00")
_NDEF_FILE_SIZE = 256
_OK = b"\x90\x00"
_WRONG_LENGTH = b"\x67\x00"
_NOT_ALLOWED = b"\x69\x82"
_EXHAUSTED = b"\x69\x85"
_NO_FILE = b"\x6a\x82"
_BEYOND_END = b"\x6b\x00"
_NO_COMMAND = b"\x6d\x00"

_CC, _NDEF, _PROPRIETARY = b"\xe1\x03", b"\xe1\x04", b"\xe1\x05"


class Ntag424(IsoDepCard):
    """A personalised tag: its 7-byte UID, its keys, and the URL that it shows.

    `url` holds the places that the chip fills: `{picc}` and `{cmac}` once each, and `{enc}` before `{cmac}` if
    there is `file_data` (whole blocks of 16 bytes). The MAC covers the text from `{enc}` to `{cmac}`, else nothing.
    `counter` is the last counter used (0 for a new tag) and grows by one for each reading, as in the real chip it
    outlives every power cycle: keep it if the tag is to live on. `random(n)` gives n bytes.
    """

    atqa = 0x0344

    def __init__(
        self,
        uid: bytes,
        *,
        url: str,
        keys: SunKeys,
        random: Callable[[int], bytes],
        scheme: Scheme = Scheme.AES,
        file_data: bytes = b"",
        counter: int = 0,
    ) -> None:
        _check(uid, url, file_data, counter)
        super().__init__()
        self.counter = counter
        self._uid = uid
        self._url = url
        self._keys = keys
        self._random = random
        self._scheme = scheme
        self._file_data = file_data
        if len(self._ndef_file(self._signed(0))) > _NDEF_FILE_SIZE:
            raise ValueError(f"url {url!r} does not fit the tag's {_NDEF_FILE_SIZE} bytes once its places are filled")

    @property
    def uid(self) -> bytes:
        """The 7 bytes that the factory burnt in."""
        return self._uid

    def tap_url(self) -> str:
        """The URL that a phone held to the tag opens; uses up one counter value, as any reading does.

        Raises ValueError when the counter has reached its end.
        """
        if self.counter >= COUNTER_END:
            raise ValueError(f"the tag {self._uid.hex()} has used up its counter")
        self.counter += 1
        return self._signed(self.counter)

    def _forget_session(self) -> None:
        super()._forget_session()
        self._selected: bytes | None = None
        self._mirrored: bytes | None = None

    def _signed(self, counter: int) -> str:
        """The URL with its places filled for one counter value."""
        session = open_session(self._scheme, self._keys.file_read, self._uid, counter)
        picc = picc_data(self._scheme, self._keys.meta_read, self._uid, counter, self._random)
        enc = session.encrypt(self._file_data).hex().upper() if self._file_data else ""
        head, tail = self._url.replace("{picc}", picc.hex().upper()).split("{cmac}")
        covered = enc + head.partition("{enc}")[2] if self._file_data else ""
        return head.replace("{enc}", enc) + session.mac(covered.encode("ascii")).hex().upper() + tail

    @staticmethod
    def _ndef_file(url: str) -> bytes:
        message = url_message(url)
        return len(message).to_bytes(2, "big") + message

    def _command(self, apdu: bytes) -> bytes:
        if len(apdu) < 4:
            return _WRONG_LENGTH
        match tuple(apdu[:4]):
            case 0x00, 0xA4, 0x04, _:
                return self._select_application(apdu[5 : 5 + apdu[4]] if len(apdu) > 5 else b"")
            case 0x00, 0xA4, 0x00 | 0x02, _:
                return self._select_file(apdu[5:7])
            case 0x00, 0xB0, high, low:
                return self._read(high << 8 | low, apdu[4:])
            case 0x00, 0xD6, _, _:
                return _NOT_ALLOWED  # a personalised tag takes writing from its owner only
            case _:
                return _NO_COMMAND

    def _select_application(self, name: bytes) -> bytes:
        if name != _APPLICATION:
            return _NO_FILE
        self._selected = b""
        return _OK

    def _select_file(self, name: bytes) -> bytes:
        if self._selected is None or name not in {_CC, _NDEF, _PROPRIETARY}:
            return _NO_FILE
        self._selected = name
        return _OK

    def _read(self, offset: int, expected: bytes) -> bytes:
        """READ BINARY; `expected` is the Le field, 0 for all that a short answer holds."""
        match self._selected:
            case file if file == _CC:
                content = _CAPABILITY_FILE
            case file if file == _NDEF:
                if not self._mirror():
                    return _EXHAUSTED
                content = self._mirrored or b""
            case _:
                return _NOT_ALLOWED
        if len(expected) > 1:
            return _WRONG_LENGTH
        if offset >= len(content):
            return _BEYOND_END
        return content[offset : offset + (expected[0] if expected and expected[0] else 256)] + _OK

    def _mirror(self) -> bool:
        """Fill the NDEF file at the first reading of a session; False if the counter is used up."""
        if self._mirrored is None:
            if self.counter >= COUNTER_END:
                return False
            self._mirrored = self._ndef_file(self.tap_url()).ljust(_NDEF_FILE_SIZE, b"\x00")
        return True


def _check(uid: bytes, url: str, file_data: bytes, counter: int) -> None:
    """Raise ValueError naming what is wrong with a personalisation."""
    if len(uid) != 7:
        raise ValueError(f"uid {uid.hex()} has {len(uid)} bytes, an NTAG 424 DNA has 7")
    for place, wanted in (("{picc}", 1), ("{cmac}", 1), ("{enc}", 1 if file_data else 0)):
        if url.count(place) != wanted:
            raise ValueError(f"url {url!r} holds {place} {url.count(place)} times, {wanted} is needed")
    if file_data and url.index("{enc}") > url.index("{cmac}"):
        raise ValueError(f"url {url!r} holds {{enc}} behind {{cmac}}, which cannot cover it then")
    if len(file_data) % 16:
        raise ValueError(f"file data has {len(file_data)} bytes, whole blocks of 16 are needed")
    if not 0 <= counter <= COUNTER_END:
        raise ValueError(f"counter {counter}; 0 to {COUNTER_END} are allowed")
