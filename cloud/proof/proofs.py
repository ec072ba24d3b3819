"""The proof of one entry in a file of its own, which anybody can check without the log (C2SP tlog-proof)."""

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from cloud.proof import merkle
from cloud.proof.heads import Head, read_head
from cloud.proof.notes import NoteError, Verifier

_FIRST: Final = "c2sp.org/tlog-proof@v1"
_MOST_HASHES: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """An entry, its place, its audit path, and the signed head that the path leads to."""

    data: bytes  # nonce ‖ content
    number: int
    path: tuple[bytes, ...]
    note: str


class Unproven(ValueError):
    """The proof does not hold; the message says why."""


def write(proof: Proof) -> str:
    """The proof as a text file."""
    lines = (_FIRST, f"extra {_text(proof.data)}", f"index {proof.number}", *map(_text, proof.path))
    return "\n".join(lines) + f"\n\n{proof.note}"


def read(text: str) -> Proof:
    """Reads a proof's file. Raises Unproven."""
    above, _, note = text.partition("\n\n")
    lines = above.split("\n")
    if lines[0] != _FIRST or len(lines) < 3 or not lines[1].startswith("extra ") or not lines[2].startswith("index "):
        raise Unproven(f"no proof: {_FIRST}, an extra line and an index line are needed")
    number = lines[2].removeprefix("index ")
    if not number.isascii() or not number.isdecimal() or len(number) > 18 or len(lines) > 3 + _MOST_HASHES:
        raise Unproven(f"{lines[2][:60]!r} is no place in a log")
    path = tuple(_bytes(line) for line in lines[3:])
    return Proof(data=_bytes(lines[1].removeprefix("extra ")), number=int(number), path=path, note=note)


def check(proof: Proof, by: Verifier) -> Head:
    """The signed head under which the entry stands. Raises Unproven."""
    try:
        head = read_head(proof.note, by)
    except NoteError as error:
        raise Unproven(str(error)) from None
    if not merkle.includes(merkle.leaf_hash(proof.data), proof.number, head.size, proof.path, head.root):
        raise Unproven(f"entry {proof.number} of {head.size} is another one than this")
    return head


def _text(body: bytes) -> str:
    return base64.b64encode(body).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise Unproven(f"{text[:60]!r} is no Base64") from None
