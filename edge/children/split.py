"""Whole lines out of a stream of bytes, in bounded memory."""


class Splitter:
    """Collects bytes and gives the lines that they complete; a line longer than `longest` bytes is dropped, counted."""

    def __init__(self, *, longest: int) -> None:
        self._longest = longest
        self._tail = b""
        self._skipping = False  # inside a line that was too long
        self.dropped = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The lines completed by these bytes, each without its newline, in order."""
        *ends, tail = data.split(b"\n")
        whole = [line for end in ends if (line := self._complete(end)) is not None]
        self._keep(tail)
        return whole

    def _complete(self, end: bytes) -> bytes | None:
        self._keep(end)
        line, skipped = self._tail, self._skipping
        self._tail, self._skipping = b"", False
        return None if skipped else line

    def _keep(self, part: bytes) -> None:
        if self._skipping:
            return
        self._tail += part
        if len(self._tail) > self._longest:
            self._tail, self._skipping = b"", True
            self.dropped += 1
