"""The one way by which a picture leaves a camera's process: a still that was ordered, everybody in it painted over.

No other type that leaves a process of the node can hold pixels; a test goes through all of them.
"""

from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

from contract.orders import MOST_STILL
from edge.inputs import Box

LONGEST: Final = MOST_STILL * 4 // 3 + 1_000  # bytes of the line, base64 being four letters for three bytes
_PREFIX: Final = b'{"still":'

_Share = Annotated[float, msgspec.Meta(ge=-8, le=8)]


class Around(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where somebody who is followed would show, in shares of the picture's width and height."""

    x1: _Share
    y1: _Share
    x2: _Share
    y2: _Share
    now: bool  # the detector found them at its last looks, so that it has to find them again


def around(box: Box, width: int, height: int, *, now: bool) -> tuple[Around, ...]:
    """Somebody's box in a picture of that size, px; none where it shows nothing of them."""
    x1, y1, x2, y2 = box.x1 / width, box.y1 / height, box.x2 / width, box.y2 / height
    if x2 <= 0 or y2 <= 0 or x1 >= 1 or y1 >= 1:
        return ()
    whole = x1 >= 0 and y1 >= 0 and x2 <= 1 and y2 <= 1  # somebody who is cut off may not be found again
    left, top, right, bottom = (round(min(max(edge, -1.0), 2.0), 4) for edge in (x1, y1, x2, y2))
    return (Around(left, top, right, bottom, now and whole),)


class TakeStill(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the node tells a camera's process: take one still before `until` (CLOCK_MONOTONIC, s)."""

    nonce: str
    until: float
    people: tuple[Around, ...]


class _Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    still: TakeStill


@dataclass(frozen=True, slots=True, kw_only=True)
class StillTaken:
    """The still that the order of that nonce asked for: a JPEG of 1280 px at most."""

    camera: str
    nonce: str
    jpeg: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class StillRefused:
    """Why there is none, in words."""

    camera: str
    nonce: str
    reason: str


class StillError(ValueError):
    """A line that is no order for a still."""


def encode(order: TakeStill) -> bytes:
    """The line for a camera's process, without its newline."""
    return msgspec.json.encode(_Line(still=order))


def is_one(line: bytes) -> bool:
    """Whether a line is meant to be one of `encode`."""
    return line.startswith(_PREFIX)


def decode(line: bytes) -> TakeStill:
    """What a line of `encode` says; StillError says what is wrong with others."""
    try:
        return msgspec.json.decode(line, type=_Line).still
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise StillError(f"not an order for a still: {wrong}") from wrong
