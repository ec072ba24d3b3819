"""Signed notes: text with signature lines, as transparency logs write them (C2SP signed-note)."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from cloud.proof.keys import PUBLIC_BYTES, SIGNATURE_BYTES, SigningKey, signed

_ED25519: Final = b"\x01"
_ID_BYTES: Final = 4
_NAME: Final = re.compile(r"[^\s+]+")
_LINE: Final = re.compile(r"\N{EM DASH} ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
MOST_BYTES: Final = 16 * 1024
"""Of a whole note; ours have a few hundred."""


class NoteError(ValueError):
    """A note or key that is none, or a signature that does not hold; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """Who signs: a name and a public key, written as one word to hand around."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """4 bytes by which a signature's line names its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"


def verifier(text: str) -> Verifier:
    """Reads the one word that a verifier is. Raises NoteError."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise NoteError(f"{text[:60]!r} is no key: NAME+ID+KEY is needed")
    body = _decoded(parts[2])
    if body[:1] != _ED25519 or len(body) != 1 + PUBLIC_BYTES:
        raise NoteError(f"{text[:60]!r}: only Ed25519 keys are known")
    found = Verifier(name=parts[0], public=body[1:])
    if not _NAME.fullmatch(found.name) or found.key_id.hex() != parts[1]:
        raise NoteError(f"{text[:60]!r}: its ID is not that of its name and key")
    return found


def sign(text: str, name: str, key: SigningKey) -> str:
    """The text with one signature. Raises NoteError for a text or name that could be read in two ways."""
    if not _NAME.fullmatch(name):
        raise NoteError(f"name = {name!r}: neither spaces nor a plus sign are allowed")
    if not text.endswith("\n") or "\n\n" in text or any(sign < " " and sign != "\n" for sign in text):
        raise NoteError("a note's text ends with a newline and has neither empty lines nor control characters")
    key_id = Verifier(name=name, public=key.public).key_id
    line = base64.b64encode(key_id + key.sign(text.encode())).decode()
    return f"{text}\n\N{EM DASH} {name} {line}\n"


def opened(note: str, by: Verifier) -> str:
    """The text of a note that this verifier signed; other signers' lines are passed over. Raises NoteError."""
    if len(note) > MOST_BYTES:
        raise NoteError(f"a note of {len(note)} characters; at most {MOST_BYTES} are read")
    text, _, lines = note.rpartition("\n\n")
    if not text or not lines.endswith("\n"):
        raise NoteError("no signed note: a text, an empty line and signature lines are needed")
    text += "\n"
    for line in lines[:-1].split("\n"):
        found = _LINE.fullmatch(line)
        if found is None:
            raise NoteError(f"{line[:60]!r} is no signature line")
        body = _decoded(found.group(2))
        if found.group(1) == by.name and body[:_ID_BYTES] == by.key_id:
            signature = body[_ID_BYTES:]
            if len(signature) != SIGNATURE_BYTES or not signed(by.public, text.encode(), signature):
                raise NoteError(f"the signature of {by.name} does not hold")
            return text
    raise NoteError(f"it is not signed by {by.name} with the key {by.key_id.hex()}")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise NoteError(f"{text[:60]!r} is no Base64") from None
