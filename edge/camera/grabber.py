"""A thread that keeps the newest frame of a source in a slot and gets a lost source back."""

import contextlib
import math
import queue
import random
import threading
import time
from dataclasses import dataclass, replace
from typing import Final

from contract.events import Cause
from edge.camera import sight
from edge.camera.capture import Capture, CaptureError
from edge.camera.settings import Settings
from edge.camera.sight import Sight
from edge.camera.slot import Frame, Slot
from edge.children.backoff import Backoff, wait

# A camera that comes back is seen again within 10 s: this, and the time that opening may take.
_AGAIN: Final = Backoff(first=0.3, most=4.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why there are no pictures."""

    reason: str
    at: float  # CLOCK_MONOTONIC, s
    cause: Cause = Cause.LOST


class _Frozen(CaptureError):
    """The stream gives one and the same picture."""


class Grabber:
    """Runs from `start` to `stop`; frames go to `slot`, troubles to `troubles`.

    OpenCV can stay inside one call for ever; no other thread can end that, only the end of the process.
    `moved_at` tells its owner.
    """

    def __init__(self, settings: Settings, slot: Slot, *, again: Backoff = _AGAIN) -> None:
        self.troubles: queue.SimpleQueue[Trouble] = queue.SimpleQueue()
        self._settings = settings
        self._slot = slot
        self._again = again
        self._sight = Sight()
        self._told: Cause | None = None  # why it is blind, since the source was opened
        # A film may stand still; a camera that does has hung up.
        self._still_s = settings.still_s if settings.is_live else math.inf
        self._stopping = threading.Event()
        self._moved = time.monotonic()
        self._over = False  # it has ended as it should
        self._thread = threading.Thread(target=self._work, name="grabber", daemon=True)

    def start(self) -> None:
        """Begin to grab."""
        self._thread.start()

    def stop(self, *, timeout: float) -> bool:
        """Ask the thread to end; False when it has not after `timeout` seconds."""
        self._stopping.set()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def moved_at(self) -> float:
        """When the thread last came out of a call of the capture (CLOCK_MONOTONIC, s); now when it has ended."""
        return self._moved if self._thread.is_alive() else time.monotonic()

    @property
    def broke_off(self) -> bool:
        """Whether an error that nobody expected ended the thread: then no picture comes any more."""
        return self._thread.ident is not None and not self._thread.is_alive() and not self._over

    def _work(self) -> None:
        self._run()
        self._over = True  # an error passes this by, and is written to stderr by `threading`

    def _run(self) -> None:
        play = self._live if self._settings.is_live else self._file
        failures = 0
        while not self._stopping.is_set():
            before = self._slot.counts().put
            try:
                with contextlib.closing(Capture(self._settings)) as capture:
                    self._moved = time.monotonic()
                    self._told = None
                    play(capture)
            except CaptureError as lost:
                self._tell(str(lost), Cause.FROZEN if isinstance(lost, _Frozen) else Cause.LOST)
                failures = 1 if self._slot.counts().put > before else failures + 1
                self._rest(wait(failures, self._again, chance=random.random()))
                continue
            if not self._settings.loop:
                self._tell(f"{self._settings.described} has ended")
                return

    def show(self, frame: Frame) -> None:
        """Hand a frame on if the camera sees; while that is in doubt nobody is looked for, so that nobody is missed.

        What a camera shows that was moved is handed on for a still alone: by it the camera is calibrated anew.
        CaptureError when the stream is frozen. For the thread, and for those who have frames of their own.
        """
        self._sight = sight.look(self._sight, frame.image, frame.at, still_s=self._still_s)
        blind = self._sight.blind
        if blind is not None and blind.cause is Cause.FROZEN:
            raise _Frozen(blind.reason)  # a new connection may bring the camera back
        if blind is not None:
            if self._told is not blind.cause:
                self.troubles.put(Trouble(reason=blind.reason, at=frame.at, cause=blind.cause))
                self._told = blind.cause
            if blind.cause is Cause.MOVED and self._slot.still_wanted and not self._slot.looked_at:
                self._slot.put(replace(frame, astray=True))
        elif self._sight.in_doubt:
            self._slot.pass_over(frame.at)
        else:
            self._told = None
            self._slot.put(frame)

    def _offer(self, capture: Capture, at: float) -> None:
        """Show the grabbed frame if somebody will look at it: of most no picture need be made."""
        wanted = self._slot.wants(at) or (sight.is_due(self._sight, at) and not self._slot.looked_at)
        # While it does not see well, a frame passed over would be taken for one that was seen.
        if wanted or not self._sight.is_well:
            self.show(Frame(image=capture.picture(), at=at))
        else:
            self._slot.pass_over(at)

    def _tell(self, reason: str, cause: Cause = Cause.LOST) -> None:
        self.troubles.put(Trouble(reason=reason, at=time.monotonic(), cause=cause))

    def _rest(self, seconds: float) -> None:
        """Sleep in short steps, so that `moved_at` stays young."""
        until = time.monotonic() + seconds
        while not self._stopping.is_set() and (left := until - time.monotonic()) > 0:
            self._stopping.wait(min(left, 0.5))
            self._moved = time.monotonic()

    def _live(self, capture: Capture) -> None:
        while not self._stopping.is_set():
            capture.grab()
            self._moved = at = time.monotonic()
            self._offer(capture, at)

    def _file(self, capture: Capture) -> None:
        """Show a file in its own time, as a camera would have; `at` is when each frame was due."""
        start = time.monotonic()
        while not self._stopping.is_set() and capture.grab():
            due = start + capture.shown_at()
            self._rest(due - time.monotonic())
            self._offer(capture, due)
        self._rest(capture.period)
