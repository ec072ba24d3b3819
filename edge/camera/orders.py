"""The lines that the node writes to a camera's process after its settings."""

import os
import select
from collections.abc import Callable, Iterator
from typing import Final

from edge import attention
from edge.attention import Attention, HeedError

LONGEST: Final = 4096  # bytes: a longer line is none of ours


class Orders:
    """Reads a file descriptor without ever waiting for it. Not thread-safe."""

    def __init__(self, source: int) -> None:
        self.ended = False  # the node has closed it: this process is to end
        self._source = source
        self._rest = b""

    def taken(self, complain: Callable[[str], None]) -> Iterator[Attention]:
        """What was written since the last call, in order; `complain` hears of a line that is not understood."""
        while not self.ended and select.select([self._source], [], [], 0)[0]:
            read = os.read(self._source, LONGEST)
            self.ended = not read
            *whole, self._rest = (self._rest + read).split(b"\n")
            if len(self._rest) > LONGEST:
                complain(f"a line of more than {LONGEST} bytes was thrown away")
                self._rest = b""
            for line in whole:
                try:
                    yield attention.decode(line)
                except HeedError as wrong:
                    complain(str(wrong))
