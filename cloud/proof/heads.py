"""Signed tree heads: what a log was at a size, as a signed note (C2SP tlog-checkpoint)."""

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from cloud.proof.keys import SigningKey
from cloud.proof.merkle import HASH_BYTES
from cloud.proof.notes import NoteError, Verifier, opened, sign

_TIME: Final = "time "


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A log's tree at a size, and when it was signed (ms)."""

    origin: str  # names the log, and its key
    size: int
    root: bytes
    at_ms: int


def origin(store_id: str, log: str) -> str:
    """The name of one log of one store, unlike any other's."""
    return f"aisle/{store_id}/{log}"


def signed_head(head: Head, key: SigningKey) -> str:
    """The head as a note signed in the log's name."""
    root = base64.b64encode(head.root).decode()
    return sign(f"{head.origin}\n{head.size}\n{root}\n{_TIME}{head.at_ms}\n", head.origin, key)


def read_head(note: str, by: Verifier) -> Head:
    """The head in a note that this verifier signed. Raises NoteError."""
    lines = opened(note, by).split("\n")
    if len(lines) != 5 or not lines[3].startswith(_TIME):
        raise NoteError("no head of ours: an origin, a size, a root and a time are needed")
    if lines[0] != by.name:
        raise NoteError(f"it is the head of {lines[0][:80]!r}, and the key is of {by.name!r}")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except binascii.Error:
        root = b""
    if len(root) != HASH_BYTES:
        raise NoteError(f"{lines[2][:60]!r} is no root")
    return Head(origin=lines[0], size=_number(lines[1]), root=root, at_ms=_number(lines[3].removeprefix(_TIME)))


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18 or str(int(text)) != text:
        raise NoteError(f"{text[:40]!r} is no number")
    return int(text)
