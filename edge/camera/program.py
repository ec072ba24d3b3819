"""The turn of a camera's process: look at the newest frame when one is due, and tell how the camera is."""

import queue
import statistics
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from edge.camera import watch
from edge.camera.grabber import Trouble
from edge.camera.settings import Settings
from edge.camera.slot import Slot
from edge.inputs import Alive, Box, CameraChanged, CameraCounted, Sighting

TURN_S: Final = 0.2  # the longest wait within a turn
ALIVE_EVERY_S: Final = 0.5
COUNTED_EVERY_S: Final = 5.0
PATIENCE_S: Final = 1.5  # beyond the read timeout, within which a stream ought to complain itself
TIMED: Final = 100  # detections that the median time is taken over

Told = Alive | CameraChanged | CameraCounted | Sighting


class Sees(Protocol):
    """What finds persons in a picture."""

    def detect(self, image: NDArray[np.uint8]) -> tuple[Box, ...]:
        """The persons, in the picture's pixels."""


@dataclass(kw_only=True, slots=True)
class Program:
    """One camera's state. `turn` is called again and again by the process's main thread."""

    settings: Settings
    detector: Sees
    slot: Slot
    troubles: "queue.SimpleQueue[Trouble]"
    tell: Callable[[Told], None]
    clock: Callable[[], float]  # CLOCK_MONOTONIC, s
    rest: Callable[[float], None]  # sleeps, s
    memory: Callable[[], float]  # of this process, MB
    _watch: watch.Watch | None = None
    _due: float = 0.0  # the next detection
    _alive_due: float = 0.0
    _counted_due: float = 0.0
    _detected: int = 0
    _took_ms: deque[float] = field(default_factory=lambda: deque(maxlen=TIMED))

    def turn(self) -> None:
        """Wait at most TURN_S for a frame that is due, and tell what is to be told."""
        now = self.clock()
        self._look_after(now)
        if now >= self._alive_due:
            self._alive_due = now + ALIVE_EVERY_S
            self.tell(Alive(name=self.settings.name, at=now))
        if now >= self._counted_due:
            self._counted_due = now + COUNTED_EVERY_S
            self.tell(self._counts(now))
        self._detect(now)

    def _look_after(self, now: float) -> None:
        """Tell how the camera is when that changed."""
        before = self._watch
        state = before or watch.begin(now)
        newest_at = self.slot.counts().newest_at
        if newest_at is not None:
            state = watch.picture_came(state, newest_at)
        while not self.troubles.empty():
            trouble = self.troubles.get()
            state = watch.trouble_came(state, trouble.reason, trouble.at)
        state = watch.time_passed(state, now, patience=self.settings.read_timeout_s + PATIENCE_S)
        self._watch = state
        changed = state.change(self.settings.name, before, now)
        if changed is not None:
            self.tell(changed)

    def _detect(self, now: float) -> None:
        """See the newest frame when a detection is due; the picture ends here."""
        early = self._due - now
        if early > 0:
            self.rest(min(early, TURN_S))
        frame = self.slot.take(timeout=TURN_S) if early <= TURN_S else None
        if frame is None:
            return
        started = self.clock()
        self._look_after(started)  # that it is seen again is told before what is seen
        boxes = self.detector.detect(frame.image)
        height, width = frame.image.shape[:2]
        self._took_ms.append((self.clock() - started) * 1000)
        self._detected += 1
        late = started - self._due > self._interval  # no frame came, or the detector is slower than asked
        self._due = self._interval + (started if late else self._due)
        name = self.settings.name
        self.tell(Sighting(camera=name, at=frame.at, width=width, height=height, boxes=boxes))

    @property
    def _interval(self) -> float:
        return 1 / self.settings.detections_per_second

    def _counts(self, now: float) -> CameraCounted:
        frames = self.slot.counts()
        return CameraCounted(
            camera=self.settings.name,
            read=frames.put,
            overwritten=frames.overwritten,
            detected=self._detected,
            detect_ms=round(statistics.median(self._took_ms), 2) if self._took_ms else 0.0,
            rss_mb=round(self.memory(), 1),
            at=now,
        )
