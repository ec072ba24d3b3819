"""Pages as they go over the wire: what many pages share is compressed once, not once for each visitor."""

import struct
import threading
import zlib

_LEVEL = 6
_GZIP = 31  # zlib's word for a gzip header and trailer round the stream
_RAW = -15  # and for neither
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # RFC 1952, 2.3: no name, no time, no system
_MOST = 32
_END = "</style>"


class Packer:
    """Compresses pages; their common beginning, up to the end of the style sheet, only once.

    A copy of the compressor's state behind that beginning goes on with the rest, so that the rest may still refer
    back to it: the bytes are those that one compression of the whole would give.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: dict[str, tuple[bytes, zlib._Compress]] = {}

    def pack(self, page: str) -> bytes:
        """The page as a gzip stream."""
        beginning, mark, rest = page.partition(_END)
        if not mark:
            return _finish(b"", _compressor(), page)
        with self._lock:
            first, state = self._begin(beginning + mark)
            copy = state.copy()
        return _finish(first, copy, rest)

    def _begin(self, beginning: str) -> "tuple[bytes, zlib._Compress]":
        known = self._begun.get(beginning)
        if known is None:
            state = _compressor()
            first = state.compress(beginning.encode())
            if len(self._begun) >= _MOST:  # there are as many as languages; should there be more, they must not pile up
                self._begun.clear()
            known = self._begun[beginning] = (first, state)
        return known


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
        state = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
        self._packed: list[bytes] = []
        for piece in self._plain:
            self._packed.append(state.compress(piece) + state.flush(zlib.Z_SYNC_FLUSH))
            state.compress(bytes(self._length))
            state.flush(zlib.Z_SYNC_FLUSH)
        self._packed[-1] += zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW).flush()  # an empty last block

    def plain(self, word: str) -> bytes:
        """The page as it is. Raises ValueError for a word of another length."""
        return self._word(word).join(self._plain)

    def packed(self, word: str) -> bytes:
        """The page as a gzip stream. Raises ValueError for a word of another length."""
        stored = struct.pack("<BHH", 0, self._length, self._length ^ 0xFFFF) + self._word(word)
        page = self.plain(word)
        trailer = struct.pack("<II", zlib.crc32(page), len(page) & 0xFFFFFFFF)
        return b"".join((_HEADER, stored.join(self._packed), trailer))

    def _word(self, word: str) -> bytes:
        if len(word) != self._length or not word.isascii():
            raise ValueError(f"{len(word)} characters where {self._length} of ASCII are allowed")
        return word.encode()


def _compressor() -> "zlib._Compress":
    return zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)


def _finish(first: bytes, state: "zlib._Compress", rest: str) -> bytes:
    return b"".join((first, state.compress(rest.encode()), state.flush()))
