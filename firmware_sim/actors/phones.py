"""The shoppers' phones: they open tags, read pages, fill in forms, keep the page open, and note what comes."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

from firmware_sim.actors.calls import Answer, Browser, Caller, CallFailed, Event
from firmware_sim.actors.counters import Counts
from firmware_sim.actors.diary import Diary
from firmware_sim.actors.forms import form_to
from firmware_sim.actors.shelf_tags import ShelfTags

_AGAIN_S = 1.0
_FRESH_MS = 10_000
"""A message that comes later than this after a tap is about something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A line for the page's list of what happened on a phone."""

    shopper: int
    words: str


@dataclass(slots=True)
class _Held:
    reader: str
    put_at: float  # wall ms


@dataclass(slots=True)
class _Phone:
    """One phone: its browser, the page it shows, the stream it keeps open."""

    shopper: int
    card: str
    browser: Browser
    page: Answer | None = None
    listening: asyncio.Task[None] | None = None
    hands: asyncio.Lock = field(default_factory=asyncio.Lock)
    held: list[_Held] = field(default_factory=list)


class Phones:
    """All phones of a day. `wall` is ms since the Unix epoch with fractions; `jars` keeps cookies over restarts."""

    def __init__(
        self,
        caller: Caller,
        tags: ShelfTags,
        *,
        cloud: str,
        wall: Callable[[], float],
        diary: Diary,
        counts: Counts,
        jars: Path,
        tell: Callable[[Told], None],
    ) -> None:
        self._caller, self._tags, self._cloud, self._wall = caller, tags, cloud, wall
        self._diary, self._counts, self._jars, self._tell = diary, counts, jars, tell
        self._kept: dict[str, dict[str, str]] = json.loads(jars.read_text()) if jars.exists() else {}
        self._phones: dict[int, _Phone] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    def open_tag(self, shopper: int, card: str, tag: str) -> None:
        """Hold the phone to a shelf's tag and open what it says."""
        phone = self._phone(shopper, card)
        self._does(phone, lambda: self._open(phone, tag))

    def begin(self, shopper: int) -> None:
        """Tick everything on the page and agree."""
        if shopper in self._phones:
            phone = self._phones[shopper]
            self._does(phone, lambda: self._begin(phone))

    def offer_card(self, shopper: int, reader: str) -> None:
        """Ask to bind the card that comes to this reader next."""
        if shopper in self._phones:
            phone = self._phones[shopper]
            self._does(phone, lambda: self._offer_card(phone, reader))

    def card_held(self, shopper: int, reader: str) -> None:
        """Their card came to a reader just now."""
        if shopper in self._phones:
            self._phones[shopper].held.append(_Held(reader=reader, put_at=self._wall()))

    def gone(self, shopper: int) -> None:
        """They left: the page is closed."""
        phone = self._phones.pop(shopper, None)
        if phone is not None and phone.listening is not None:
            phone.listening.cancel()

    async def settled(self, within_s: float) -> None:
        """Wait until no phone is amid something."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=within_s)

    def close(self) -> None:
        """Close every page."""
        for shopper in tuple(self._phones):
            self.gone(shopper)
        for task in self._under_way:
            task.cancel()

    def _phone(self, shopper: int, card: str) -> _Phone:
        if shopper not in self._phones:
            jar = self._kept.get(card, {}) if card else {}
            phone = _Phone(shopper=shopper, card=card, browser=self._caller.browser(jar))
            self._phones[shopper] = phone
            if jar:
                self._listen(phone)
        return self._phones[shopper]

    def _does(self, phone: _Phone, act: Callable[[], Awaitable[None]]) -> None:
        async def in_turn() -> None:
            async with phone.hands:
                await act()

        task = asyncio.create_task(in_turn())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _try(self, kind: str, phone: _Phone, call: Awaitable[Answer]) -> Answer | None:
        """The answer of one call, counted and noted; None where there was none or it was no page."""
        self._counts.attempted[kind] += 1
        began = self._wall()
        try:
            answer = await call
        except CallFailed as failure:
            self._counts.failed[kind] += 1
            self._diary.note(kind, at=round(began), shopper=phone.shopper, reason=str(failure))
            return None
        took = self._wall() - began
        self._diary.note(kind, at=round(began), shopper=phone.shopper, status=answer.status, ms=round(took, 1))
        self._tell(Told(shopper=phone.shopper, words=f"{kind} {answer.status} · {took:.0f} ms"))
        if answer.status >= 400:
            self._counts.failed[kind] += 1
            return None
        self._counts.answered[kind] += 1
        return answer

    async def _open(self, phone: _Phone, tag: str) -> None:
        phone.page = await self._try("page", phone, phone.browser.get(self._tags.tap(tag)))

    async def _begin(self, phone: _Phone) -> None:
        page = phone.page
        if page is None:
            return
        form = form_to(page.text, "/me/begin") or form_to(page.text, "/me/consent")
        if form is None:
            self._counts.attempted["begin"] += 1
            self._counts.failed["begin"] += 1
            self._diary.note("begin", at=round(self._wall()), shopper=phone.shopper, reason="the page has no such form")
            return
        sent = phone.browser.post(urljoin(page.url, form.action), form.ticked())
        phone.page = await self._try("begin", phone, sent)
        if phone.browser.cookies:
            self._keep(phone)
            self._listen(phone)

    async def _offer_card(self, phone: _Phone, reader: str) -> None:
        own = await self._try("own-page", phone, phone.browser.get(f"{self._cloud}/me"))
        form = form_to(own.text, "/me/card") if own is not None else None
        if own is None or form is None:
            return
        fields = [pair for pair in form.ticked() if pair[0] != "reader"] + [("reader", reader)]
        phone.page = await self._try("offer-card", phone, phone.browser.post(urljoin(own.url, form.action), fields))

    def _keep(self, phone: _Phone) -> None:
        """A shopper who comes again has the same phone."""
        if phone.card:
            self._kept[phone.card] = phone.browser.cookies
            self._jars.touch(mode=0o600)
            self._jars.write_text(json.dumps(self._kept))

    def _listen(self, phone: _Phone) -> None:
        if phone.listening is None or phone.listening.done():
            phone.listening = asyncio.create_task(self._stream(phone))

    async def _stream(self, phone: _Phone) -> None:
        last = ""
        while True:
            self._counts.attempted["stream"] += 1
            try:
                async with phone.browser.stream(f"{self._cloud}/me/stream", last) as events:
                    self._counts.answered["stream"] += 1
                    async for event in events:
                        last = event.id or last
                        self._heard(phone, event)
            except CallFailed as failure:
                self._counts.failed["stream"] += 1
                self._diary.note("stream-lost", at=round(self._wall()), shopper=phone.shopper, reason=str(failure))
            await asyncio.sleep(_AGAIN_S)

    def _heard(self, phone: _Phone, event: Event) -> None:
        arrived = self._wall()
        try:
            data = json.loads(event.data)
        except ValueError:
            data = {}
        reader = data.get("reader") if isinstance(data, dict) else None
        self._diary.note("heard", at=round(arrived), shopper=phone.shopper, event=event.kind, reader=reader)
        if event.kind == "tap":
            self._tapped(phone, str(reader), arrived)
        else:
            self._tell(Told(shopper=phone.shopper, words=f"{event.kind} ✓"))

    def _tapped(self, phone: _Phone, reader: str, arrived: float) -> None:
        """A tap came to the phone: of the card that was held to this reader last."""
        held = [one for one in phone.held if one.reader == reader and 0 <= arrived - one.put_at < _FRESH_MS]
        if not held:
            return
        one = held[-1]
        phone.held.remove(one)
        took = arrived - one.put_at
        self._diary.note(
            "tap-to-phone",
            shopper=phone.shopper,
            reader=reader,
            put_at=round(one.put_at, 1),
            arrived_at=round(arrived, 1),
            ms=round(took, 1),
        )
        self._tell(Told(shopper=phone.shopper, words=f"tap → phone · {took:.0f} ms"))
