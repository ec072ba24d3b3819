"""What a tag's MAC may cover, for whoever has the parts of a tap but not the link that held them.

A chip signs the characters of its link from SDMMACInputOffset up to the MAC (NXP AN12196, section 3.4.4), so the
names of the link's parameters count. A tag's page knows its own links and never guesses; only a bench tool tries
these, and each further try lets a guessed MAC through with a chance of one in 2^64.
"""

from collections.abc import Iterator
from itertools import product

_BEFORE_MAC = (b"&cmac=", b"", b"&c=", b"&m=", b"&mac=", b"&sdmmac=", b"x", b"/")
"""AN12196 and most verifiers; one piece without names; NXP's and other short links; single-letter marks."""
_BEFORE_ENC = (b"&enc=", b"", b"x")


def usual(picc: bytes, enc: bytes | None) -> Iterator[bytes]:
    """The inputs of the MAC that tags are commonly set up for; file data is covered by each of them."""
    start = _mirrored(picc)
    if enc is None:
        yield b""
        yield from (start + mark for mark in _BEFORE_MAC)
        return
    data = _mirrored(enc)
    yield from (data + mark for mark in _BEFORE_MAC)
    yield from (start + between + data + mark for between, mark in product(_BEFORE_ENC, _BEFORE_MAC))


def _mirrored(part: bytes) -> bytes:
    """A part as the chip writes it into its link."""
    return part.hex().upper().encode()
