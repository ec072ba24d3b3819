"""The stream of a living page: where people stand now at most five times a second, taps, and that figures changed."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from cloud.bus import Bus
from cloud.facts import Fact, HealthStored, PeopleSeen, RollupsChanged, TapStored
from cloud.manage.heat import inside
from contract.messages import Person
from contract.plan import Point

TICK_S = 0.2
FORGET_MS = 3_000
"""A camera that has told nothing for so long shows nobody: a dot must not outlive its moment."""
_HEARTBEAT_TICKS = 75
_RECHECK_TICKS = 300


class Board:
    """What one page has not been told yet. Pure: facts and times go in, lines of the stream come out.

    `sees`: the floor of each camera, by its name. Cameras see into each other's floor; a person counts where their own
    camera sees them, and so is one dot.
    """

    def __init__(self, sees: Mapping[str, Sequence[Point]]) -> None:
        self._sees = sees
        self._people: dict[str, tuple[int, int, tuple[Person, ...]]] = {}
        self._moved = False
        self._changed = False
        self._taps: list[str] = []

    def note(self, fact: Fact, now_ms: int) -> None:
        """Takes one fact; of a camera only the newest place of people counts."""
        match fact:
            case PeopleSeen():
                self._people[fact.camera] = (now_ms, fact.at_ms, self._own(fact))
                self._moved = True
            case TapStored():
                self._taps.append(fact.reader)
                self._changed = True
            case RollupsChanged() | HealthStored():
                self._changed = True

    def take(self, now_ms: int) -> list[str]:
        """The events to send now, as the event stream format writes them."""
        old = [camera for camera, (heard, _, _) in self._people.items() if now_ms - heard > FORGET_MS]
        for camera in old:
            del self._people[camera]
        told = [_event("tap", {"reader": reader}) for reader in self._taps]
        if self._moved or old:
            told.append(self._crowd(now_ms))
        if self._changed:
            told.append(_event("changed", {}))
        self._moved = self._changed = False
        self._taps = []
        return told

    def _own(self, fact: PeopleSeen) -> tuple[Person, ...]:
        floor = self._sees.get(fact.camera)
        return tuple(one for one in fact.people if floor and inside(Point(one.x, one.y), floor))

    def _crowd(self, now_ms: int) -> str:
        places = [[round(one.x, 2), round(one.y, 2)] for _, _, people in self._people.values() for one in people]
        newest = max((at_ms for _, at_ms, _ in self._people.values()), default=now_ms)
        return _event("people", {"people": places, "lag_ms": max(0, now_ms - newest)})


async def stream(
    bus: Bus, clock: Callable[[], int], still_in: Callable[[], bool], sees: Mapping[str, Sequence[Point]]
) -> AsyncIterator[str]:
    """One page's events until the bus closes, or the session is over (`still_in`, asked each minute in a thread)."""
    board = Board(sees)
    with bus.listen(PeopleSeen, TapStored, RollupsChanged, HealthStored) as listener:

        async def gather() -> None:
            async for fact in listener:
                board.note(fact, clock())

        gathering = asyncio.create_task(gather())
        try:
            yield "retry: 2000\n\n"
            ticks = 0
            while not gathering.done():
                ticks += 1
                for event in board.take(clock()):
                    yield event
                if ticks % _HEARTBEAT_TICKS == 0:
                    yield ":\n\n"
                if ticks % _RECHECK_TICKS == 0 and not await asyncio.to_thread(still_in):
                    return
                await asyncio.wait([gathering], timeout=TICK_S)
        finally:
            gathering.cancel()


def _event(kind: str, data: dict[str, object]) -> str:
    return f"event: {kind}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"
