"""The day being played: the clock, the world of this moment, and those who act on what happens."""

import asyncio
import enum
from collections.abc import Callable
from typing import Final

from firmware_sim.town.day import Moment, Rehearsal
from firmware_sim.town.people import Body
from firmware_sim.town.world import STEP_MS, Town, World

_TICK_S: Final = 0.02


class DayPhase(enum.StrEnum):
    """Where the day is."""

    WAITING = "waiting"  # the store is open and empty; nothing moves before the start
    RUNNING = "running"  # people come and go
    FINISHED = "finished"  # everybody stands still for good


class Stage:
    """Plays a day at `speed` times the wall's clock; `now` is monotonic seconds, `wall` ms since the Unix epoch."""

    def __init__(self, town: Town, *, speed: float, now: Callable[[], float], wall: Callable[[], int]) -> None:
        self.town, self.speed = town, speed
        self._now, self._wall = now, wall
        self._rehearsal = Rehearsal(town)
        self._began = 0.0
        self.started_ms: int | None = None
        self.world: World = town.dawn()
        self.phase = DayPhase.WAITING
        self.listeners: list[Callable[[Moment], None]] = []
        self.lag_ms = 0

    @property
    def at_ms(self) -> int:
        """The day's time by the clock; where the world's own is behind it, that is lag."""
        if self.phase is DayPhase.RUNNING:
            return int((self._now() - self._began) * 1000 * self.speed)
        return self.world.now

    def bodies(self) -> tuple[Body, ...]:
        """Who is in the store now; may be called from any thread."""
        return tuple(shopper.body() for shopper in self.world.shoppers)

    def start(self) -> bool:
        """Let the day begin; False where it has begun already."""
        if self.phase is not DayPhase.WAITING:
            return False
        self._began, self.started_ms = self._now(), self._wall()
        self.phase = DayPhase.RUNNING
        return True

    def finish(self) -> bool:
        """Freeze the store; False where no day is running."""
        if self.phase is not DayPhase.RUNNING:
            return False
        self._play()
        self.phase = DayPhase.FINISHED
        return True

    async def play(self, until_ms: int | None = None) -> None:
        """Play until the day is finished, from outside or at its end."""
        end = None if until_ms is None else until_ms // STEP_MS * STEP_MS
        while self.phase is not DayPhase.FINISHED:
            if self.phase is DayPhase.RUNNING:
                self._play(end)
                if end is not None and self.world.now >= end:
                    self.phase = DayPhase.FINISHED
                    return
            await asyncio.sleep(_TICK_S)

    def close(self) -> None:
        """End the rehearsal's thread."""
        self._rehearsal.end()

    def _play(self, until_ms: int | None = None) -> None:
        at = self.at_ms if until_ms is None else min(self.at_ms, until_ms)
        for moment in self._rehearsal.take(at):
            self.world = moment.world
            for listener in self.listeners:
                listener(moment)
        self.lag_ms = max(self.lag_ms, at - self.world.now)
