"""Pages as they go over the wire: what begins every page alike is compressed once, not once for each visitor."""

import threading
import zlib

_LEVEL = 6
_GZIP = 31  # zlib's word for a gzip header and trailer round the stream
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


def _compressor() -> "zlib._Compress":
    return zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)


def _finish(first: bytes, state: "zlib._Compress", rest: str) -> bytes:
    return b"".join((first, state.compress(rest.encode()), state.flush()))
