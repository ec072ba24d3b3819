"""Pictures without what they say beside themselves: where and when, by whom and with what they were taken."""

import struct
from collections.abc import Iterator
from itertools import chain

from cloud.manage.backdrop import Format, PictureError

_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs sPLT acTL fcTL fdAT".split()
)
"""What tells how to draw it (PNG, third edition, 11); not eXIf, texts, tIME, nor what other programs leave there."""
_WEBP_STILL = frozenset((b"VP8 ", b"VP8L", b"ALPH"))
_WEBP_KEPT = _WEBP_STILL | {b"VP8X", b"ANIM", b"ANMF", b"ICCP"}
_WEBP_EXIF_XMP = 0x0C
"""The flags of VP8X that say that there is Exif and XMP (RFC 9649, 2.7.1)."""
_ANMF_HEAD = 16
_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
_STANDALONE = frozenset((0x01, *range(0xD0, 0xD8)))  # TEM and RST0 to RST7: without a length


def bare(body: bytes, kind: Format) -> bytes:
    """The same picture without metadata; drawn as it lies, for the turn that Exif asks for goes with the rest.

    Colours stay: ICC profiles, JFIF, Adobe's transform. Raises PictureError where the picture is cut off.
    """
    try:
        match kind:
            case Format.PNG:
                return b"".join(chain((_PNG_HEAD,), _png(body)))
            case Format.JPEG:
                return b"".join(chain((b"\xff\xd8",), _jpeg(body), (b"\xff\xd9",)))
            case Format.WEBP:
                chunks = b"".join(_webp(body[12 : 8 + struct.unpack_from("<I", body, 4)[0]], _WEBP_KEPT))
                return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks
    except (struct.error, IndexError):
        raise PictureError("the picture is cut off") from None


def _png(body: bytes) -> Iterator[bytes]:
    """Its chunks to the last; what follows it is no picture."""
    at = len(_PNG_HEAD)
    while True:
        (length,), name = struct.unpack_from(">I", body, at), body[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(body):
            raise IndexError
        if name in _PNG_KEPT:
            yield body[at:end]
        if name == b"IEND":
            return
        at = end


def _jpeg(body: bytes) -> Iterator[bytes]:
    """Its segments and scans (ITU-T T.81, B.1); a second picture or a trailer behind its end is left out."""
    at = 2
    while True:
        if body[at] != 0xFF:
            raise IndexError
        marker = body[at + 1]
        if marker == _EOI:
            return
        if marker == 0xFF:  # fill
            at += 1
        elif marker in _STANDALONE:
            yield body[at : at + 2]
            at += 2
        else:
            end = at + 2 + max(2, struct.unpack_from(">H", body, at + 2)[0])
            if end > len(body):
                raise IndexError
            end = _scan_end(body, end) if marker == _SOS else end
            if _is_drawn(marker, body[at + 4 : at + 16]):
                yield body[at:end]
            at = end


def _scan_end(body: bytes, at: int) -> int:
    """Where the next marker is after a scan's data, in which FF is followed by 00 or by RST (T.81, B.1.1.5)."""
    while True:
        at = body.find(b"\xff", at)
        if at < 0:
            raise IndexError
        if body[at + 1] not in (0x00, *range(0xD0, 0xD8)):
            return at
        at += 2


def _is_drawn(marker: int, begins: bytes) -> bool:
    """Whether a segment matters for drawing: all but comments and applications' own, of which three give colours."""
    match marker:
        case 0xE0:
            return begins.startswith(b"JFIF\x00")
        case 0xE2:
            return begins.startswith(b"ICC_PROFILE\x00")
        case 0xEE:
            return begins.startswith(b"Adobe")
        case _:
            return marker != _COM and not 0xE0 <= marker <= 0xEF


def _webp(body: bytes, kept: frozenset[bytes]) -> Iterator[bytes]:
    """The chunks of a RIFF's content that are kept; of a frame of an animation those of its picture."""
    at = 0
    while at < len(body):
        name, (length,) = body[at : at + 4], struct.unpack_from("<I", body, at + 4)
        data = body[at + 8 : at + 8 + length]
        if len(data) < length:
            raise IndexError
        at += 8 + length + length % 2
        if name not in kept:
            continue
        if name == b"VP8X":
            data = bytes((data[0] & ~_WEBP_EXIF_XMP,)) + data[1:]
        if name == b"ANMF":
            data = data[:_ANMF_HEAD] + b"".join(_webp(data[_ANMF_HEAD:], _WEBP_STILL))
        yield name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
