"""A still on its way: from the order, over two frames, to the picture or a refusal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.camera.slot import Frame
from edge.camera.still import APART_S, NoStill
from edge.stills import Around, StillRefused, StillTaken, TakeStill

Image: TypeAlias = NDArray[np.uint8]
Paint: TypeAlias = Callable[[Image, Image, Sequence[Around]], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """An order, since when it waits (CLOCK_MONOTONIC, s), and the first frame that came after it."""

    order: TakeStill
    since: float
    first: Frame | None = None

    def see(self, frame: Frame, camera: str, paint: Paint) -> tuple["Sitting | None", StillTaken | StillRefused | None]:
        """What a frame makes of it: the sitting that goes on, or what to tell at its end."""
        if frame.at < self.since:
            return self, None
        if self.first is None or frame.at - self.first.at < APART_S:
            return replace(self, first=self.first or frame), None
        nonce = self.order.nonce
        try:
            jpeg = paint(self.first.image, frame.image, self.order.people)
        except NoStill as no:
            return None, StillRefused(camera=camera, nonce=nonce, reason=str(no))
        return None, StillTaken(camera=camera, nonce=nonce, jpeg=jpeg)

    def refused(self, camera: str, now: float, *, blind: str | None) -> StillRefused | None:
        """Why it can no longer be taken; `blind` is why the camera does not see now, or None."""
        if blind is not None:
            reason = f"the camera does not see: {blind}"
        elif now > self.order.until:
            reason = "no picture came in time"
        else:
            return None
        return StillRefused(camera=camera, nonce=self.order.nonce, reason=reason)
