"""What a node tells its cameras: how much goes on before each of them, one line of JSON at each change."""

import enum

import msgspec


class Attention(enum.StrEnum):
    """How closely a camera's floor must be watched now."""

    NOBODY = "nobody"  # nobody is followed there
    CALM = "calm"  # people, whose next steps nobody can mistake for another's
    BUSY = "busy"  # somebody new, near a line or near somebody else: looks must come quickly


class Heed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The line."""

    attention: Attention


class HeedError(ValueError):
    """A line that is none of these."""


def encode(attention: Attention) -> bytes:
    """The line, without its newline."""
    return msgspec.json.encode(Heed(attention=attention))


def decode(line: bytes) -> Attention:
    """What a line of `encode` says; HeedError says what is wrong with others."""
    try:
        return msgspec.json.decode(line, type=Heed).attention
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise HeedError(f"not a line for a camera: {wrong}") from wrong
