"""The till: it tells the cloud each sale, again and again until the cloud has answered."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from firmware_sim.actors.calls import Caller, CallFailed, Said
from firmware_sim.actors.counters import Counts
from firmware_sim.actors.diary import Diary
from firmware_sim.actors.sale_wire import Message, Purchase, Receipt, Shown, message_of, receipt_of, taken_back
from firmware_sim.actors.till_proof import Signature, Token
from firmware_sim.town.catalogue import Product
from firmware_sim.town.character import Regret
from firmware_sim.town.happenings import Sold, TakenBack
from firmware_sim.town.visits import Line

_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 8.0
_NOBODY: Final = Shown()


@dataclass(frozen=True, slots=True, kw_only=True)
class TillLine:
    """The till's way to the cloud: where, by which proof, and for how many seconds it is cut now (0: it is not)."""

    cloud: str
    proof: Token | Signature
    cut_s: Callable[[], float]


class Till:
    """Posts sales; `wall` is ms since the Unix epoch, `random` so many bytes."""

    def __init__(
        self,
        caller: Caller,
        line: TillLine,
        *,
        wall: Callable[[], int],
        random: Callable[[int], bytes],
        diary: Diary,
        counts: Counts,
    ) -> None:
        self._caller, self._line = caller, line
        self._wall, self._random, self._diary, self._counts = wall, random, diary, counts
        self._under_way: dict[str, asyncio.Task[bool]] = {}
        self._kept_as: dict[str, str] = {}

    def sell(self, sold: Sold, day: int, shown: Callable[[Sold], Awaitable[Shown]]) -> None:
        """Tell the cloud of a sale, to whoever is `shown`; its number is the day's beginning and the sale's own."""
        number = f"{day}-{sold.sale}"
        self._does(number, self._sell(number, sold, shown))

    def take_back(self, taken: TakenBack, day: int) -> None:
        """Void a sale, or take one piece of its first line back, once the cloud knows of the sale."""
        number = f"{day}-{taken.sale}"
        self._does(f"{number}-{taken.regret}", self._take_back(number, taken.regret))

    async def told(self, day: int, sale: str) -> bool:
        """Wait until the cloud has answered for this sale; whether it took it."""
        task = self._under_way.get(f"{day}-{sale}")
        return await asyncio.shield(task) if task is not None else False

    async def pay(self, purchase: Purchase, products: Mapping[str, Product], day: int) -> Receipt:
        """Sell to the visitor, who waits for the receipt."""
        number = f"{day}-visitor-{self._random(4).hex()}"
        known = [(line, products[line.gtin]) for line in purchase.lines if line.gtin in products]
        lines = tuple(
            Line(gtin=line.gtin, quantity=line.quantity, amount=product.price_krw * line.quantity)
            for line, product in known
        )
        shown = Shown(
            code=purchase.member, coupons=(purchase.coupon,) if purchase.coupon else (), points=purchase.points
        )
        at = self._wall()
        message = message_of(number, at=at, lines=lines, shown=shown)
        self._counts.attempted["sale"] += 1
        try:
            said = await self._post(message)
        except CallFailed as failure:
            self._counts.failed["sale"] += 1
            return receipt_of(number, at=at, lines=lines, said=Said(status=0, text=str(failure)))
        self._answered(message, said)
        return receipt_of(number, at=at, lines=lines, said=said)

    async def settled(self, within_s: float) -> bool:
        """Wait until the cloud has answered for every sale; False where it had not in time."""
        if not self._under_way:
            return True
        _, open_still = await asyncio.wait(self._under_way.values(), timeout=within_s)
        return not open_still

    def close(self) -> None:
        """Give up what is not answered."""
        for task in self._under_way.values():
            task.cancel()

    def _does(self, name: str, work: Awaitable[bool]) -> None:
        self._under_way[name] = asyncio.ensure_future(work)

    async def _sell(self, number: str, sold: Sold, shown: Callable[[Sold], Awaitable[Shown]]) -> bool:
        at, who = self._wall(), await shown(sold)
        message = message_of(number, at=at, lines=sold.lines, shown=who)
        taken = await self._tell(message)
        if not taken and who != _NOBODY:
            # What was shown did not hold, a coupon that is over perhaps: the goods are paid for all the same.
            self._kept_as[number] = f"{number}-plain"
            return await self._tell(message_of(f"{number}-plain", at=at, lines=sold.lines, shown=_NOBODY))
        return taken

    async def _take_back(self, number: str, regret: Regret) -> bool:
        sale = self._under_way.get(number)
        if sale is None or not await asyncio.shield(sale):
            return False
        return await self._tell(taken_back(self._kept_as.get(number, number), regret, at=self._wall()))

    async def _tell(self, message: Message) -> bool:
        """Whether the cloud took it. A till that was cut off tells twice: it never heard the first answer."""
        self._counts.attempted[message.kind] += 1
        cut_s = self._line.cut_s()
        if cut_s:
            self._diary.note("till-cut", at=self._wall(), sale=message.number, seconds=round(cut_s, 2))
            await asyncio.sleep(cut_s)
            await self._tried(message)
        pause = _FIRST_PAUSE_S
        while True:
            said = await self._tried(message)
            if said.status and said.status < 500 and said.status not in {408, 429}:
                return self._answered(message, said)
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE_S, pause * 2)

    async def _tried(self, message: Message) -> Said:
        try:
            return await self._post(message)
        except CallFailed as failure:
            self._diary.note("sale-retry", at=self._wall(), sale=message.number, reason=str(failure))
            return Said(status=0, text=str(failure))

    async def _post(self, message: Message) -> Said:
        proof = self._line.proof.header(message.path, message.body, self._wall() // 1000)
        key = f"{message.kind}-{message.number}"
        return await self._caller.post_json(f"{self._line.cloud}{message.path}", message.body, proof=proof, key=key)

    def _answered(self, message: Message, said: Said) -> bool:
        taken = said.status in {200, 201}
        (self._counts.answered if taken else self._counts.failed)[message.kind] += 1
        kind = message.kind if taken else f"{message.kind}-refused"
        self._diary.note(kind, at=self._wall(), sale=message.number, status=said.status, said=said.text[:600])
        return taken
