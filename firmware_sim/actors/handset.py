"""One shopper's phone: its browser, the page that it shows, what it was told and what it keeps."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from firmware_sim.actors.calls import Answer, Browser, CallFailed
from firmware_sim.actors.counters import Counts
from firmware_sim.actors.diary import Diary

FIRST, SECOND = "", "-second"
_REFUSED: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A line for the page's list of what happened on a phone."""

    shopper: int
    words: str
    kind: str = "phone"


@dataclass(slots=True)
class Held:
    """A card of this shopper came to a reader."""

    reader: str
    put_at: float  # wall ms


@dataclass(slots=True)
class Handset:
    """A phone. `name` is the shopper's number, with a mark where it is their second phone."""

    shopper: int
    card: str
    browser: Browser
    mark: str = FIRST
    choices: frozenset[str] = frozenset()
    page: Answer | None = None
    stop: str | None = None  # the link by which a message lets them refuse all others
    coupons: list[str] = field(default_factory=list)  # codes for the till
    listening: asyncio.Task[None] | None = None
    hands: asyncio.Lock = field(default_factory=asyncio.Lock)
    held: list[Held] = field(default_factory=list)

    @property
    def name(self) -> str:
        """By this the push service knows the phone."""
        return f"{self.shopper}{self.mark}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """Counts and notes each call of a phone; `wall` is ms since the Unix epoch with fractions."""

    wall: Callable[[], float]
    diary: Diary
    counts: Counts
    tell: Callable[[Told], None]

    async def call(self, kind: str, phone: Handset, call: Awaitable[Answer]) -> Answer | None:
        """The answer of one call; None where there was none or it was no page."""
        self.counts.attempted[kind] += 1
        began = self.wall()
        try:
            answer = await call
        except CallFailed as failure:
            self.counts.failed[kind] += 1
            self.diary.note(kind, at=round(began), shopper=phone.shopper, reason=str(failure))
            return None
        took = self.wall() - began
        self.diary.note(kind, at=round(began), shopper=phone.shopper, status=answer.status, ms=round(took, 1))
        self.tell(Told(shopper=phone.shopper, words=f"{kind} {answer.status} · {took:.0f} ms"))
        if answer.status >= _REFUSED:
            self.counts.failed[kind] += 1
            return None
        self.counts.answered[kind] += 1
        return answer

    def no_form(self, kind: str, phone: Handset) -> None:
        """The page had nothing to press; that is no failure where the store may choose not to offer it."""
        self.counts.attempted[kind] += 1
        self.counts.absent[kind] += 1
        self.diary.note(kind, at=round(self.wall()), shopper=phone.shopper, reason="the page has no such form")

    def note(self, kind: str, phone: Handset, **rest: object) -> None:
        """A line of the diary about this phone."""
        self.diary.note(kind, at=round(self.wall()), shopper=phone.shopper, **rest)
