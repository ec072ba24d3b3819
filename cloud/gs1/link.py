"""GS1 Digital Link URIs, read strictly: what a link identifies, and nothing that it might have meant.

After GS1 Digital Link Standard: URI Syntax. Compressed links, the old word-for-number spellings (`/gtin/`) and
GTINs of fewer than 14 digits are refused.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote_to_bytes

from cloud.gs1 import formats, pairs

MAX_LENGTH = 8_192
_URI = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_SPLIT = re.compile(r"(https?|HTTPS?)://([^/]*)(/[^?#]*)(?:\?([^#]*))?(?:#.*)?")
_HOST = re.compile(r"(?:[A-Za-z0-9\-.]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class LinkError(ValueError):
    """The text is not a GS1 Digital Link; the message says why, in one printable line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a link identifies: the primary key, its qualifiers in their order, and attributes of the thing."""

    key: str  # the AI of the primary key
    value: str
    qualifiers: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def gtin(self) -> str | None:
        """The GTIN-14, or None where the key identifies something else than a trade item."""
        return self.value if self.key == "01" else None

    @property
    def path(self) -> str:
        """The link's path in its canonical spelling, such as `/01/09506000134352/21/A%2F1`."""
        pieces = {self.key: self.value, **self.qualifiers}
        return "".join(f"/{ai}/{quote(value, safe='')}" for ai, value in pieces.items())


def parse_link(uri: str) -> Link:
    """Reads a link. The rightmost key of the path counts; what stands before it is the stem. Raises LinkError."""
    if len(uri) > MAX_LENGTH:
        raise LinkError(f"the link has {len(uri)} characters; at most {MAX_LENGTH} are allowed")
    if not _URI.fullmatch(uri):
        raise LinkError("the link is empty or has a character that a URI cannot hold")
    parts = _SPLIT.fullmatch(uri)
    if not parts:
        raise LinkError("the link must be http:// or https://, a host and a path")
    if not _HOST.fullmatch(parts[2]):
        raise LinkError(f"{parts[2]!r} is not a host")
    path = _read_path(parts[3])
    attributes = _read_query(parts[4] or "")
    return _joined(path, attributes)


def _read_path(path: str) -> dict[str, str]:
    segments = path.split("/")[1:]
    start = _key_place(segments)
    found: dict[str, str] = {}
    for ai, text in zip(segments[start::2], segments[start + 1 :: 2], strict=True):
        if ai in found:
            raise LinkError(f"AI {ai} stands twice in the path")
        found[ai] = _value(ai, text)
    return found


def _key_place(segments: list[str]) -> int:
    """Where the rightmost primary key stands: from the end back, AI and value in pairs."""
    for place in range(len(segments) - 2, -1, -2):
        if not formats.known(segments[place]):
            break
        if segments[place] in pairs.KEYS:
            return place
    raise LinkError("no primary key of GS1, such as /01/ and a GTIN of 14 digits, ends the path")


def _read_query(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for piece in query.split("&"):
        name, equals, text = piece.partition("=")
        if not (equals and name.isascii() and name.isdecimal()):
            continue
        if not formats.known(name):
            raise LinkError(f"{name} in the query is no AI; own parameters need a letter in their name")
        if name in found:
            raise LinkError(f"AI {name} stands twice in the query")
        if not pairs.may_be_attribute(name):
            raise LinkError(f"AI {name} cannot stand in the query")
        found[name] = _value(name, _widened(name, text.replace("+", " ")))
    return found


def _widened(ai: str, text: str) -> str:
    # As an attribute, and only there, the standard still reads a GTIN-8, -12 or -13.
    return text.zfill(14) if ai == "01" and len(text) in (8, 12, 13) else text


def _value(ai: str, text: str) -> str:
    if not text:
        raise LinkError(f"AI {ai} has no value")
    if _BROKEN_ESCAPE.search(text):
        raise LinkError(f"AI {ai}: a % must be followed by two hex digits")
    value = unquote_to_bytes(text).decode("latin-1")
    if wrong := formats.fault(ai, value):
        raise LinkError(f"AI {ai}: {wrong}")
    return value


def _joined(path: dict[str, str], attributes: dict[str, str]) -> Link:
    order = tuple(path)
    if not pairs.qualified(order):
        raise LinkError(f"/{'/…/'.join(order)}/… is not an order of key and qualifiers that GS1 knows")
    for ai in attributes:
        if ai in path:
            raise LinkError(f"AI {ai} stands twice, in the path and in the query")
        if pairs.belongs_in_path(ai, order):
            raise LinkError(f"AI {ai} is a qualifier here: it belongs in the path, not in the query")
    if wrong := pairs.mismatch(order + tuple(attributes)):
        raise LinkError(wrong)
    (key, value), *qualifiers = path.items()
    return Link(key=key, value=value, qualifiers=dict(qualifiers), attributes=attributes)
