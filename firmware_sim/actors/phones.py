"""The shoppers' phones: they open tags, agree to what suits them, keep the page open, and note what comes."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urljoin

from firmware_sim.actors.calls import Caller, CallFailed, Event
from firmware_sim.actors.deeds import Deeds
from firmware_sim.actors.forms import form_to
from firmware_sim.actors.handset import SECOND, Attempts, Handset, Held, Told
from firmware_sim.actors.sale_wire import Shown
from firmware_sim.actors.shelf_tags import ShelfTags
from firmware_sim.push.service import Delivered, PushService
from firmware_sim.town.character import Deed, Shows

_AGAIN_S = 1.0
_FRESH_MS = 10_000
"""A message that comes later than this after a tap is about something else."""


class Phones:
    """All phones of a day. `jars` keeps cookies over restarts."""

    def __init__(
        self, caller: Caller, tags: ShelfTags, push: PushService, *, cloud: str, attempts: Attempts, jars: Path
    ) -> None:
        self._caller, self._tags, self._cloud = caller, tags, cloud
        self._attempts, self._jars = attempts, jars
        self._deeds = Deeds(cloud=cloud, attempts=attempts, push=push, second=self._second)
        self._kept: dict[str, dict[str, str]] = json.loads(jars.read_text()) if jars.exists() else {}
        self._phones: dict[int, Handset] = {}
        self._left: dict[str, Handset] = {}  # those whose shopper went home, or which lie in a bag
        self._under_way: set[asyncio.Task[None]] = set()

    def open_tag(self, shopper: int, card: str, tag: str) -> None:
        """Hold the phone to a shelf's tag and open what it says."""
        phone = self._phone(shopper, card)
        self._does(phone, lambda: self._open(phone, tag))

    def begin(self, shopper: int, choices: frozenset[str]) -> None:
        """Tick these choices on the page and agree."""
        if shopper in self._phones:
            phone = self._phones[shopper]
            self._does(phone, lambda: self._begin(phone, choices))

    def offer_card(self, shopper: int, reader: str) -> None:
        """Ask to bind the card that comes to this reader next."""
        if shopper in self._phones:
            phone = self._phones[shopper]
            self._does(phone, lambda: self._offer_card(phone, reader))

    def do(self, shopper: int, deed: Deed) -> None:
        """Do something on the page."""
        if shopper in self._phones:
            phone = self._phones[shopper]
            self._does(phone, lambda: self._deeds.do(phone, deed))

    def review(self, shopper: int, gtin: str, stars: int, *, after: Callable[[], Awaitable[bool]]) -> None:
        """Say how something is that was bought, once the till has told of it (`after`)."""
        phone = self._phones.get(shopper) or self._left.get(str(shopper))
        if phone is None or not phone.browser.cookies:
            return

        async def review() -> None:
            if await after():
                await self._deeds.review(phone, gtin, stars)

        self._does(phone, review)

    async def at_till(self, shopper: int, shows: Shows) -> Shown:
        """What the phone shows at the till: the member's code, the coupons' codes, and how many points there are."""
        phone = self._phones.get(shopper)
        if phone is None or not phone.browser.cookies:
            return Shown()
        async with phone.hands:
            points = await self._deeds.balance(phone)
            code = await self._deeds.member_code(phone) if shows is Shows.CODE else None
        coupons, phone.coupons = tuple(phone.coupons), []
        return Shown(code=code or "", coupons=coupons, points=points or 0)

    def card_held(self, shopper: int, reader: str) -> None:
        """Their card came to a reader just now."""
        if shopper in self._phones:
            self._phones[shopper].held.append(Held(reader=reader, put_at=self._attempts.wall()))

    def pushed(self, delivered: Delivered) -> None:
        """A push message came to a phone, be it here or at home."""
        shown, owner = delivered.notification, delivered.owner
        shopper = int(owner.partition("-")[0])
        self._attempts.diary.note(
            "pushed",
            at=delivered.at_ms,
            shopper=shopper,
            phone=owner,
            title=shown.title,
            body=shown.body,
            tag=shown.tag,
        )
        self._attempts.tell(Told(shopper=shopper, words=shown.title, kind="push"))

    def gone(self, shopper: int) -> None:
        """They left: the page is closed."""
        phone = self._phones.pop(shopper, None)
        if phone is not None:
            self._left[phone.name] = phone
            if phone.listening is not None:
                phone.listening.cancel()

    async def settled(self, within_s: float) -> None:
        """Wait until no phone is amid something."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=within_s)

    async def look_again(self) -> None:
        """Every member looks at their points once more, so that the day's end is noted."""
        for phone in (*self._phones.values(), *self._left.values()):
            if phone.browser.cookies and phone.mark != SECOND:
                await self._deeds.balance(phone)

    def close(self) -> None:
        """Close every page."""
        for shopper in tuple(self._phones):
            self.gone(shopper)
        for task in self._under_way:
            task.cancel()

    def _phone(self, shopper: int, card: str) -> Handset:
        if shopper not in self._phones:
            jar = self._kept.get(card, {}) if card else {}
            phone = Handset(shopper=shopper, card=card, browser=self._caller.browser(jar))
            self._phones[shopper] = phone
            if jar:
                self._attempts.note("came-again", phone)
                self._listen(phone)
        return self._phones[shopper]

    def _second(self, first: Handset) -> Handset:
        """The other phone of a shopper, which lies in their bag."""
        name = f"{first.shopper}{SECOND}"
        if name not in self._left:
            self._left[name] = Handset(
                shopper=first.shopper, card="", browser=self._caller.browser(), mark=SECOND, choices=first.choices
            )
        return self._left[name]

    def _does(self, phone: Handset, act: Callable[[], Awaitable[None]]) -> None:
        async def in_turn() -> None:
            async with phone.hands:
                await act()

        task = asyncio.create_task(in_turn())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _open(self, phone: Handset, tag: str) -> None:
        phone.page = await self._attempts.call("page", phone, phone.browser.get(self._tags.tap(tag)))

    async def _begin(self, phone: Handset, choices: frozenset[str]) -> None:
        page = phone.page
        if page is None:
            return
        form = form_to(page.text, "/me/begin") or form_to(page.text, "/me/consent")
        if form is None:
            self._attempts.no_form("begin", phone)
            return
        sent = phone.browser.post(urljoin(page.url, form.action), form.ticked(choices))
        phone.page = await self._attempts.call("begin", phone, sent) or page
        if phone.browser.cookies:
            self._keep(phone)
            self._listen(phone)
            if not choices <= {value for _, value in form.boxes}:
                await self._choose(phone, choices)
            self._attempts.note("chose", phone, choices=sorted(choices))
            phone.choices = choices

    async def _choose(self, phone: Handset, choices: frozenset[str]) -> None:
        """What the product's page does not ask is chosen in the preference centre."""
        url = f"{self._cloud}/me/choices"
        centre = await self._attempts.call("choices", phone, phone.browser.get(url))
        form = form_to(centre.text, "/me/choices") if centre else None
        if form is None:
            self._attempts.no_form("choose", phone)
            return
        await self._attempts.call("choose", phone, phone.browser.post(url, form.ticked(choices)))

    async def _offer_card(self, phone: Handset, reader: str) -> None:
        own = await self._deeds.own_page(phone)
        form = form_to(own.text, "/me/card") if own is not None else None
        if own is None or form is None:
            return
        sent = phone.browser.post(urljoin(own.url, form.action), form.filled(reader=reader))
        await self._attempts.call("offer-card", phone, sent)

    def _keep(self, phone: Handset) -> None:
        """A shopper who comes again has the same phone."""
        if phone.card:
            self._kept[phone.card] = phone.browser.cookies
            self._jars.touch(mode=0o600)
            self._jars.write_text(json.dumps(self._kept))

    def _listen(self, phone: Handset) -> None:
        if phone.listening is None or phone.listening.done():
            phone.listening = asyncio.create_task(self._stream(phone))

    async def _stream(self, phone: Handset) -> None:
        last, counts = "", self._attempts.counts
        while True:
            counts.attempted["stream"] += 1
            try:
                async with phone.browser.stream(f"{self._cloud}/me/stream", last) as events:
                    counts.answered["stream"] += 1
                    async for event in events:
                        last = event.id or last
                        self._heard(phone, event)
            except CallFailed as failure:
                counts.failed["stream"] += 1
                self._attempts.note("stream-lost", phone, reason=str(failure))
            await asyncio.sleep(_AGAIN_S)

    def _heard(self, phone: Handset, event: Event) -> None:
        arrived = self._attempts.wall()
        try:
            data = json.loads(event.data)
        except ValueError:
            data = {}
        if not isinstance(data, dict):
            data = {}
        reader = data.get("reader")
        title = data.get("title")
        self._attempts.note("heard", phone, event=event.kind, reader=reader, title=title)
        phone.stop = str(data["stop_url"]) if data.get("stop_url") else phone.stop
        if event.kind == "tap":
            self._tapped(phone, str(reader), arrived)
        else:
            self._attempts.tell(Told(shopper=phone.shopper, words=f"{event.kind} ✓"))

    def _tapped(self, phone: Handset, reader: str, arrived: float) -> None:
        """A tap came to the phone: of the card that was held to this reader last."""
        held = [one for one in phone.held if one.reader == reader and 0 <= arrived - one.put_at < _FRESH_MS]
        if not held:
            return
        one = held[-1]
        phone.held.remove(one)
        took = arrived - one.put_at
        self._attempts.diary.note(
            "tap-to-phone",
            shopper=phone.shopper,
            reader=reader,
            put_at=round(one.put_at, 1),
            arrived_at=round(arrived, 1),
            ms=round(took, 1),
        )
        self._attempts.tell(Told(shopper=phone.shopper, words=f"tap → phone · {took:.0f} ms"))
