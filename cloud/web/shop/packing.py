"""Pages as they go over the wire: what many pages share is compressed once, not once for each visitor."""

import functools
import struct
import zlib
from dataclasses import dataclass

_LEVEL = 6
_RAW = -15  # zlib's word for neither header nor trailer round the stream
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # RFC 1952, 2.3: no name, no time, no system
_MOST = 32
"""There are as many beginnings as languages and one ending; should there be more, they must not pile up."""
_STYLE_ENDS, _SCRIPT_BEGINS = "</style>", "<script>"


def pack(page: str) -> bytes:
    """A page as a gzip stream.

    What many pages share is compressed only once: the beginning, up to the end of the style sheet, and the ending, from
    the script on. A copy of the compressor's state behind the beginning goes on with the page's own part, which may
    still refer back to it; the ending refers to itself alone.
    """
    beginning, style, rest = page.partition(_STYLE_ENDS)
    if not style:
        beginning, rest = "", page
    own, script, ending = rest.partition(_SCRIPT_BEGINS)
    begun, ended = _begun(beginning + style), _ended(script + ending)
    plain, state = own.encode(), begun.state.copy()
    crc = zlib.crc32(ended.plain, zlib.crc32(plain, begun.crc))
    middle = state.compress(plain) + state.flush(zlib.Z_SYNC_FLUSH)
    return b"".join(
        (_HEADER, begun.packed, middle, ended.packed, _trailer(crc, begun.length + len(plain) + len(ended.plain)))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """A page's beginning: what of its stream is written, and the compressor that goes on."""

    packed: bytes
    state: "zlib._Compress"
    crc: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """A page's ending: a stream's last blocks."""

    packed: bytes
    plain: bytes


@functools.lru_cache(_MOST)
def _begun(beginning: str) -> _Begun:
    state, plain = _compressor(), beginning.encode()
    return _Begun(packed=state.compress(plain), state=state, crc=zlib.crc32(plain), length=len(plain))


@functools.lru_cache(_MOST)
def _ended(ending: str) -> _Ended:
    state, plain = _compressor(), ending.encode()
    return _Ended(packed=state.compress(plain) + state.flush(), plain=plain)


class Form:
    """A page that is compressed but for one word, which stands in it as often as it likes and is filled in last.

    The word goes in as a stored block (RFC 1951, 3.2.4). While the rest is compressed, zeros of the word's length stand
    in its place: all distances are right, and nothing refers back to them, since no page has a zero of its own.
    """

    def __init__(self, page: str, mark: str) -> None:
        """`mark` is where the word comes; only words of its length, of ASCII, can be filled in."""
        self._length = len(mark)
        # What an HTML parser makes of a zero.
        self._plain = [piece.encode() for piece in page.replace("\0", "\N{REPLACEMENT CHARACTER}").split(mark)]
        state = _compressor()
        self._packed: list[bytes] = []
        for piece in self._plain:
            self._packed.append(state.compress(piece) + state.flush(zlib.Z_SYNC_FLUSH))
            state.compress(bytes(self._length))
            state.flush(zlib.Z_SYNC_FLUSH)
        self._packed[-1] += _compressor().flush()  # an empty last block

    def plain(self, word: str) -> bytes:
        """The page as it is. Raises ValueError for a word of another length."""
        return self._word(word).join(self._plain)

    def packed(self, word: str) -> bytes:
        """The page as a gzip stream. Raises ValueError for a word of another length."""
        stored = struct.pack("<BHH", 0, self._length, self._length ^ 0xFFFF) + self._word(word)
        page = self.plain(word)
        return b"".join((_HEADER, stored.join(self._packed), _trailer(zlib.crc32(page), len(page))))

    def _word(self, word: str) -> bytes:
        if len(word) != self._length or not word.isascii():
            raise ValueError(f"{len(word)} characters where {self._length} of ASCII are allowed")
        return word.encode()


def _compressor() -> "zlib._Compress":
    return zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)


def _trailer(crc: int, length: int) -> bytes:
    """The end of a gzip stream (RFC 1952, 2.3.1)."""
    return struct.pack("<II", crc, length & 0xFFFFFFFF)
