"""The lines by which a child process of the node tells its parent what it noticed: one JSON object each."""

from typing import Final

import msgspec

from edge import stills
from edge.inputs import Alive, CameraChanged, CameraCounted, ReaderChanged, Sighting, TagGone, TagSeen
from edge.stills import StillRefused, StillTaken

Noticed = (
    Alive | CameraChanged | CameraCounted | ReaderChanged | Sighting | TagGone | TagSeen | StillRefused | StillTaken
)

# A sighting of 400 people is about 40 kB; what is longer is no line of ours, but for a still.
LONGEST: Final = 64 * 1024
LONGEST_STILL: Final = stills.LONGEST
_STILL: Final = b'{"kind":"StillTaken",'

_KINDS: Final[dict[str, msgspec.json.Decoder[Noticed]]] = {
    kind.__name__: msgspec.json.Decoder(kind)
    for kind in (
        *(Alive, CameraChanged, CameraCounted, ReaderChanged, Sighting, TagGone, TagSeen),
        *(StillRefused, StillTaken),
    )
}


class LineError(ValueError):
    """A child wrote a line that is none of these messages."""


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: str
    noticed: msgspec.Raw


_LINES: Final = msgspec.json.Decoder(_Line)


def encode(message: Noticed) -> bytes:
    """One line of UTF-8 JSON, with its newline; `decode` gives the equal message back."""
    noticed = msgspec.Raw(msgspec.json.encode(message))
    return msgspec.json.encode(_Line(kind=type(message).__name__, noticed=noticed)) + b"\n"


def decode(line: bytes) -> Noticed:
    """The message of one line, with or without its newline; LineError says what is wrong with others."""
    longest = LONGEST_STILL if line.startswith(_STILL) else LONGEST
    if len(line) > longest:
        raise LineError(f"a line of {len(line)} bytes; allowed are {longest}")
    try:
        envelope = _LINES.decode(line)
        decoder = _KINDS.get(envelope.kind)
        if decoder is None:
            raise LineError(f"unknown kind {envelope.kind!r}; allowed are {', '.join(sorted(_KINDS))}")
        return decoder.decode(envelope.noticed)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise LineError(f"not a line of a child: {wrong}") from wrong
