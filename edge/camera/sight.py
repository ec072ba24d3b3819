"""Whether a camera still sees: a picture that never changes, or a black one, shows nobody and proves nothing."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

LOOK_EVERY_S: Final = 0.5  # comparing every frame would cost as much as scaling it
BLACK: Final = 4.0  # mean level 0–255 below which nothing is seen; a dark room with sensor noise lies above


class Sight:
    """Watches one camera's pictures; it stays wary over reconnections until the picture changes."""

    def __init__(self, *, still_s: float) -> None:
        self._still_s = still_s
        self._last: NDArray[np.uint8] | None = None
        self._changed = -np.inf  # when the picture last differed from the one before
        self._lit = -np.inf  # when it was last not black
        self._looked = -np.inf
        self._blind: str | None = None

    def look(self, image: NDArray[np.uint8], at: float) -> str | None:
        """Why the camera is blind, or None while it sees; `at` is the frame's time in seconds."""
        if self._last is None:
            self._changed = self._lit = at
        elif at - self._looked < LOOK_EVERY_S:
            return self._blind
        self._looked = at
        if self._last is None or not np.array_equal(image, self._last):
            self._changed = at
        self._last = image
        if float(image[::8, ::8].mean()) >= BLACK:
            self._lit = at
        self._blind = self._reason(at)
        return self._blind

    def _reason(self, at: float) -> str | None:
        if at - self._lit >= self._still_s:
            return f"the picture has been black for {self._still_s:g} s"
        if at - self._changed >= self._still_s:
            return f"the same picture for {self._still_s:g} s: the stream is frozen"
        return None
