"""Hands that hold cards and phones to the readers of a bay, one at a time at each."""

import asyncio
from collections.abc import Callable

from firmware_sim.reader_bay import ReaderBay
from firmware_sim.tags.cards import PlainCard
from firmware_sim.tags.felica import FelicaCard
from firmware_sim.tags.ntag21x import Ntag, NtagTag
from firmware_sim.tags.phone import Phone
from firmware_sim.tags.tag import Tag
from firmware_sim.town.happenings import Put
from firmware_sim.town.visits import Kind, Thing

_PAUSE_S = 0.7
"""Between one hand's card and the next one's at the same reader."""


class Hands:
    """Acts on a bay; `now` is monotonic seconds, `speed` the day's; `held` hears of each put when it is done."""

    def __init__(
        self,
        bay: ReaderBay,
        *,
        speed: float,
        now: Callable[[], float],
        random: Callable[[int], bytes],
        held: Callable[[Put], None],
    ) -> None:
        self._bay, self._speed, self._now, self._random, self._held = bay, speed, now, random, held
        self._free_at: dict[str, float] = dict.fromkeys(bay.names, 0.0)
        self._under_way: set[asyncio.Task[None]] = set()

    def free(self, reader: str) -> bool:
        """Whether nobody holds anything to this reader."""
        return self._free_at[reader] <= self._now()

    def hold(self, put: Put) -> None:
        """Put the thing on its reader now, or as soon as the one before it is away, and take it away in time."""
        length = (put.until - put.at) / 1000 / self._speed
        begin = max(self._now(), self._free_at[put.reader])
        self._free_at[put.reader] = begin + length + _PAUSE_S
        task = asyncio.create_task(self._hold(put, begin - self._now(), length))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def settled(self) -> None:
        """Wait until every hand is empty."""
        await asyncio.gather(*self._under_way)

    async def _hold(self, put: Put, wait_s: float, length_s: float) -> None:
        await asyncio.sleep(max(0.0, wait_s))
        tag = thing_as_tag(put.thing, self._random)
        self._bay.put(put.reader, tag)
        self._held(put)
        await asyncio.sleep(length_s)
        self._bay.take(put.reader, tag)


def thing_as_tag(thing: Thing, random: Callable[[int], bytes]) -> Tag:
    """What a reader feels when a thing lies on it."""
    uid = bytes.fromhex(thing.uid)
    match thing.kind:
        case Kind.NTAG213:
            return NtagTag(uid, kind=Ntag.NTAG213)
        case Kind.NTAG215:
            return NtagTag(uid, kind=Ntag.NTAG215)
        case Kind.FELICA:
            return FelicaCard(uid)
        case Kind.PHONE:
            return Phone(random)
        case Kind.CARD:
            return PlainCard(uid)
