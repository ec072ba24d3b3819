"""One place for the newest frame, between the thread that grabs and the one that looks."""

import math
import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One picture, BGR [H, W, 3], and when it was grabbed (CLOCK_MONOTONIC, s). It never leaves this process."""

    image: NDArray[np.uint8]
    at: float
    astray: bool = False  # the camera was moved: nobody is told of it, but a still may show how it looks now


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotCounts:
    """Every frame put is taken, overwritten, or still lies there."""

    put: int
    overwritten: int  # or passed over
    newest_at: float | None  # when the last one put or passed over was grabbed; those astray are none


class Slot:
    """Holds at most one frame; a newer one overwrites it, and that is counted. Safe between threads."""

    def __init__(self) -> None:
        self._filled = threading.Condition()
        self._frame: Frame | None = None
        self._put = 0
        self._newest_at: float | None = None
        self._overwritten = 0
        self._due: float | None = -math.inf
        self.still_wanted = False  # frames that are astray are of use too; one thread writes, one reads

    def expect(self, due: float | None) -> None:
        """The next frame is taken at `due` (CLOCK_MONOTONIC, s) or later; None while one is looked at.

        Until this is told, one may be taken at any time.
        """
        with self._filled:
            self._due = due

    @property
    def looked_at(self) -> bool:
        """Whether a frame is looked at now: a picture made meanwhile would be twice the memory."""
        return self._due is None

    def wants(self, at: float) -> bool:
        """Whether a frame grabbed at `at` may be the newest when one is taken: not when another comes before.

        If so, a frame that lies there makes way for it at once.
        """
        with self._filled:
            gap = 0.0 if self._newest_at is None else at - self._newest_at
            if self._due is None or at + gap < self._due:
                return False
            self._overwritten += self._frame is not None
            self._frame = None
            return True

    def put(self, frame: Frame) -> None:
        """Make `frame` the newest one."""
        with self._filled:
            self._overwritten += self._frame is not None
            self._put += 1
            self._newest_at = self._newest_at if frame.astray else frame.at
            self._frame = frame
            self._filled.notify()

    def pass_over(self, at: float) -> None:
        """A frame grabbed at `at` that nobody may look at: it counts as one that came and was overwritten."""
        with self._filled:
            self._put += 1
            self._overwritten += 1
            self._newest_at = at

    def take(self, *, timeout: float) -> Frame | None:
        """The newest frame, waiting up to `timeout` seconds for one; nobody gets the same frame twice."""
        with self._filled:
            self._filled.wait_for(lambda: self._frame is not None, timeout)
            frame, self._frame = self._frame, None
            return frame

    def counts(self) -> SlotCounts:
        """Since the slot was made."""
        with self._filled:
            return SlotCounts(put=self._put, overwritten=self._overwritten, newest_at=self._newest_at)
