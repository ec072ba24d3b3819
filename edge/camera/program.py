"""The turn of a camera's process: look at the newest frame when one is due, and tell how the camera is."""

import queue
import statistics
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from contract.events import Cause
from edge.attention import Attention
from edge.camera import pace, watch
from edge.camera.eyes import Seen
from edge.camera.grabber import Trouble
from edge.camera.pace import Pace
from edge.camera.settings import Settings
from edge.camera.sitting import Paint, Sitting
from edge.camera.slot import Frame, Slot
from edge.inputs import Alive, CameraChanged, CameraCounted, DeviceState, Sighting
from edge.stills import StillRefused, StillTaken, TakeStill

TURN_S: Final = 0.2  # the longest wait within a turn
ALIVE_EVERY_S: Final = 0.5
COUNTED_EVERY_S: Final = 5.0
PATIENCE_S: Final = 1.5  # beyond the timeouts, within which a stream ought to complain itself
TIMED: Final = 100  # detections that the median time is taken over

Told = Alive | CameraChanged | CameraCounted | Sighting | StillRefused | StillTaken


class Sight(Protocol):
    """What tells the persons of a picture."""

    def see(self, image: NDArray[np.uint8], at: float) -> Seen:
        """The persons of the picture that was grabbed at `at`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Cpu:
    """Reads processor times, s: of the whole process, and of the threads that look."""

    process: Callable[[], float]
    looking: Callable[[], float]


@dataclass(kw_only=True, slots=True)
class Program:
    """One camera's state. `turn` is called again and again by the process's main thread."""

    settings: Settings
    eyes: Sight
    slot: Slot
    troubles: "queue.SimpleQueue[Trouble]"
    tell: Callable[[Told], None]
    clock: Callable[[], float]  # CLOCK_MONOTONIC, s
    rest: Callable[[float], None]  # sleeps, s
    memory: Callable[[], float]  # of this process, MB
    cpu: Cpu
    log: Callable[[str], None]  # a line for the operator
    model: str  # and why that one, in words
    paint: Paint | None = None  # makes stills; without it none is taken
    _pace: Pace = field(init=False)
    _short: str | None = None  # why the budget does not allow the least rate, as the operator was told
    _advice: str | None = None  # of how people show, as the operator was told
    _watch: watch.Watch | None = None
    _due: float = 0.0  # the next detection
    _alive_due: float = 0.0
    _counted_due: float = 0.0
    _detected: int = 0
    _idle: int = 0
    _things: int = 0  # in the last look
    _sitting: Sitting | None = None
    _took_ms: deque[float] = field(default_factory=lambda: deque(maxlen=TIMED))

    def __post_init__(self) -> None:
        self._pace = pace.begin(self.clock(), self.cpu.process())

    def heed(self, attention: Attention) -> None:
        """The node said how much goes on before this camera; a look that is due sooner now comes sooner."""
        self._pace = pace.told(self._pace, attention)
        self._expect(min(self._due, self.clock() + self._interval))

    def order(self, order: TakeStill) -> None:
        """Take a still from frames that come from now on, one at a time; what becomes of it is told."""
        if self._sitting is not None or self.paint is None:
            why = "another still is being taken" if self._sitting else "this camera takes no stills"
            self.tell(StillRefused(camera=self.settings.name, nonce=order.nonce, reason=why))
            return
        self._seat(Sitting(order=order, since=self.clock()))
        self._end_sitting(self.clock())

    def beat(self) -> None:
        """Tell the node that this process lives, if it is time: also between the parts of a look that takes seconds."""
        if (now := self.clock()) >= self._alive_due:
            self._alive_due = now + ALIVE_EVERY_S
            self.tell(Alive(name=self.settings.name, at=now))

    def turn(self) -> None:
        """Wait at most TURN_S for a frame that is due, and tell what is to be told."""
        now = self.clock()
        self._look_after(now)
        self._end_sitting(now)
        self.beat()
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
            state = watch.trouble_came(state, trouble.reason, trouble.at, trouble.cause)
        opening = state.state is DeviceState.STARTING
        waits = self.settings.open_timeout_s if opening else self.settings.read_timeout_s
        state = watch.time_passed(state, now, patience=waits + PATIENCE_S)
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
        if frame is None or (frame.astray and self._sitting is None):
            return
        started = self.clock()
        self._look_after(started)  # that it is seen again is told before what is seen
        self.slot.expect(None)
        seen = self._see(frame)
        height, width = frame.image.shape[:2]
        late = started - self._due > self._interval  # no frame came, or the detector is slower than asked
        self._expect(self._interval + (started if late else self._due))
        if not frame.astray:  # where somebody stands is not known of a camera that was moved
            name = self.settings.name
            self.tell(Sighting(camera=name, at=frame.at, width=width, height=height, boxes=seen.boxes))
        self._sit(frame)

    def _expect(self, due: float) -> None:
        """Look next at the frame that is the newest then."""
        self._due = due
        self.slot.expect(due)

    def _seat(self, sitting: Sitting | None) -> None:
        self._sitting = sitting
        self.slot.still_wanted = sitting is not None

    def _sit(self, frame: Frame) -> None:
        """Let a still that was ordered see the frame."""
        if self._sitting is None or self.paint is None:
            return
        sitting, told = self._sitting.see(frame, self.settings.name, self.paint)
        self._seat(sitting)
        if told is not None:
            self.tell(told)

    def _end_sitting(self, now: float) -> None:
        """Refuse the still that can no longer be taken; a camera that was moved is seen to look elsewhere by one."""
        if self._sitting is None:
            return
        watched = self._watch
        shows = watched is None or watched.state is DeviceState.OK or watched.cause is Cause.MOVED
        blind = None if shows or watched is None else watched.reason
        refused = self._sitting.refused(self.settings.name, now, blind=blind)
        if refused is not None:
            self._seat(None)
            self.tell(refused)

    def _see(self, frame: Frame) -> Seen:
        """What the frame shows, and what that cost."""
        began, before = self.clock(), self.cpu.looking()
        seen = self.eyes.see(frame.image, frame.at)
        looked = pace.Look(cpu_s=self.cpu.looking() - before, effort=seen.effort) if seen.effort else None
        now = self.clock()
        self._pace = pace.measured(self._pace, now, self.cpu.process(), looked=looked)
        if seen.effort:
            self._took_ms.append((now - began) * 1000)
            self._detected += 1
        else:
            self._idle += 1
        self._things = seen.things
        if seen.advice != self._advice:
            self._advice = seen.advice
            self.log(seen.advice or "people show large enough again")
        self._tell_short()
        return seen

    def _tell_short(self) -> None:
        """Say once when the budget no longer allows the least rate, and once when it does again."""
        if self._pace.at - self._pace.began < pace.RECENT_S:
            return  # starting costs more than going on
        limits, before = self.settings.limits, self._short
        self._short = pace.advice(self._pace, limits, before)
        if self._short and not before:
            self.log(self._short)
        elif before and not self._short:
            self.log(f"{limits.least:g} detections a second can be had again")

    @property
    def _interval(self) -> float:
        return pace.interval(self._pace, self.settings.limits)

    def _counts(self, now: float) -> CameraCounted:
        frames = self.slot.counts()
        return CameraCounted(
            camera=self.settings.name,
            read=frames.put,
            overwritten=frames.overwritten,
            detected=self._detected,
            idle=self._idle,
            things=self._things,
            detect_ms=round(statistics.median(self._took_ms), 2) if self._took_ms else 0.0,
            rate=round(self._pace.looks, 2),
            cpu_percent=round(100 * self._pace.used, 1),
            model=self.model,
            advice=self._short or self._advice or "",
            rss_mb=round(self.memory(), 1),
            at=now,
        )
