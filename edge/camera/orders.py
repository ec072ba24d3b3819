"""The lines that the node writes to a camera's process after its settings."""

import os
import select
from collections.abc import Callable, Iterator
from typing import Final

from edge import attention, stills
from edge.attention import Attention, HeedError
from edge.stills import StillError, TakeStill

LONGEST: Final = 32 * 1024  # bytes: a longer line is none of ours


class Orders:
    """Reads a file descriptor without ever waiting for it. Not thread-safe."""

    def __init__(self, source: int) -> None:
        self.ended = False  # the node has closed it: this process is to end
        self._source = source
        self._rest = b""

    def taken(self, complain: Callable[[str], None]) -> Iterator[Attention | TakeStill]:
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
                    yield stills.decode(line) if stills.is_one(line) else attention.decode(line)
                except (HeedError, StillError) as wrong:
                    complain(str(wrong))
