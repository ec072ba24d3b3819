"""The drawing that lies beneath a plan while it is drawn: which pictures are taken, and where one lies."""

import enum
import struct
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta

from cloud.limits import PICTURE_BYTES

MAX_BYTES = PICTURE_BYTES
MAX_SIDE = 8192
"""Pixels; browsers draw no larger picture reliably."""


class Backdrop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kept picture by its digest, its upper left corner in metres, its scale, and how strongly it shows through."""

    image: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
    width: Annotated[int, Meta(ge=1, le=MAX_SIDE)]
    height: Annotated[int, Meta(ge=1, le=MAX_SIDE)]
    x: Annotated[float, Meta(ge=-1_000, le=1_000)] = 0.0
    y: Annotated[float, Meta(ge=-1_000, le=1_000)] = 0.0
    metres_per_pixel: Annotated[float, Meta(gt=0, le=10)]
    opacity: Annotated[float, Meta(ge=0, le=1)] = 0.5


class Format(enum.StrEnum):
    """A picture's format; its value is the media type."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What a picture's own bytes say of it."""

    format: Format
    width: int
    height: int


class PictureError(ValueError):
    """Not a picture that is taken; the message says why."""


def measure(body: bytes) -> Size:
    """A picture's format and size by its content, whatever its name says. Raises PictureError."""
    if len(body) > MAX_BYTES:
        raise PictureError(f"{len(body)} bytes; at most {MAX_BYTES} are taken")
    try:
        found = _png(body) or _jpeg(body) or _webp(body)
    except (struct.error, IndexError):
        raise PictureError("the picture's head is cut off") from None
    if found is None:
        raise PictureError("neither PNG nor JPEG nor WebP")
    if not (1 <= found.width <= MAX_SIDE and 1 <= found.height <= MAX_SIDE):
        raise PictureError(f"{found.width} × {found.height} pixels; at most {MAX_SIDE} a side are taken")
    return found


def _png(body: bytes) -> Size | None:
    """PNG (third edition), 5.2 and 11.2.1: the signature, then IHDR."""
    if not body.startswith(b"\x89PNG\r\n\x1a\n") or body[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", body, 16)
    return Size(format=Format.PNG, width=width, height=height)


_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""SOF0 to SOF15 without DHT, JPG and DAC (ITU-T T.81, table B.1)."""


def _jpeg(body: bytes) -> Size | None:
    """ITU-T T.81, B.1.1.3 and B.2.2: segments until the frame's header."""
    if not body.startswith(b"\xff\xd8\xff"):
        return None
    at = 2
    while body[at] == 0xFF:
        marker = body[at + 1]
        if marker == 0xFF:  # fill
            at += 1
        elif marker in _FRAMES:
            height, width = struct.unpack_from(">HH", body, at + 5)
            return Size(format=Format.JPEG, width=width, height=height)
        else:
            (length,) = struct.unpack_from(">H", body, at + 2)
            at += 2 + max(length, 2)
    return None


def _webp(body: bytes) -> Size | None:
    """RFC 9649, 2.3 to 2.7: RIFF with a VP8, VP8L or VP8X chunk first."""
    if body[:4] != b"RIFF" or body[8:12] != b"WEBP":
        return None
    match body[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", body, 26)
            return Size(format=Format.WEBP, width=width & 0x3FFF, height=height & 0x3FFF)
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", body, 21)
            return Size(format=Format.WEBP, width=(bits & 0x3FFF) + 1, height=(bits >> 14 & 0x3FFF) + 1)
        case b"VP8X":
            width, height = (int.from_bytes(body[place : place + 3], "little") + 1 for place in (24, 27))
            if len(body) < 30:
                raise IndexError
            return Size(format=Format.WEBP, width=width, height=height)
        case _:
            return None
