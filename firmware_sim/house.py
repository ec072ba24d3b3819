"""The played store as one: each happening of the day goes to the hands, phones and till that act on it."""

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from firmware_sim.actors.calls import Caller, CallFailed
from firmware_sim.actors.counters import Counts
from firmware_sim.actors.diary import Diary
from firmware_sim.actors.hands import Hands
from firmware_sim.actors.phones import Phones
from firmware_sim.actors.sale_wire import Purchase, Receipt, Shown
from firmware_sim.actors.shelf_tags import ShelfTags
from firmware_sim.actors.staff import Staff
from firmware_sim.actors.till import Till
from firmware_sim.feed import Feed
from firmware_sim.filming import Filming
from firmware_sim.observer import Observer
from firmware_sim.pn532.faults import Fault
from firmware_sim.push.service import Delivered, PushService
from firmware_sim.reader_bay import ReaderBay
from firmware_sim.tags.names import CardKey, card_name
from firmware_sim.town.character import Deed, Shows
from firmware_sim.town.day import Moment
from firmware_sim.town.happenings import (
    CardOffered,
    Done,
    Gone,
    Happening,
    ProfileBegun,
    Put,
    Sold,
    TagOpened,
    TakenBack,
)
from firmware_sim.town.stage import DayPhase, Stage
from firmware_sim.town.truth import TruthBook, tap_line, visitor_sale_line
from firmware_sim.town.visits import Kind, Line, Thing

VISITOR: Final = 0
"""The number of the person before the screen among the shoppers."""
VISITOR_PHONE: Final = "visitor"
"""By this the push service knows the phone on the page."""
_VISITOR_CARD: Final = Thing(kind=Kind.NTAG215, uid="04a1510e5707e0")
_VISITOR_HOLD_MS: Final = 1_200
_ANSWER_WITHIN_S: Final = 2.0
"""How long the end of a day waits for the cloud's last answers."""


@dataclass(slots=True, kw_only=True)
class House:
    """All parts of a played store; without a cloud there are no phones and no till."""

    stage: Stage
    bay: ReaderBay
    cameras: dict[str, Filming]
    tags: ShelfTags
    push: PushService
    phones: Phones | None
    till: Till | None
    staff: Staff | None
    observer: Observer | None
    feed: Feed
    diary: Diary
    caller: Caller
    counts: Counts
    truth: Path
    length_ms: int | None
    card_key: CardKey | None
    now: Callable[[], float]
    random: Callable[[int], bytes]
    _book: TruthBook = field(init=False)
    _file: BinaryIO = field(init=False)
    _hands: Hands = field(init=False)

    def __post_init__(self) -> None:
        self._book = TruthBook(self.stage.town.store, self.stage.town.seed)
        self.truth.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.truth.open("wb")
        self._write(self._book.opening())
        self._hands = Hands(self.bay, speed=self.stage.speed, now=self.now, random=self.random, held=self._held)
        self.stage.listeners.append(self._play)
        self.push.listeners.append(self.pushed)

    async def play(self) -> None:
        """Play the day; one that has a length finishes itself."""
        await self.stage.play(self.length_ms)
        await self._conclude()

    def start(self) -> bool:
        """Begin the day; when is kept beside the truth, which itself is the same on every day of its seed."""
        begun = self.stage.start()
        if begun:
            if self.staff is not None:
                self.staff.start()
            beside = self.truth.with_name("started.json")
            beside.write_text(json.dumps({"started_ms": self.stage.started_ms, "speed": self.stage.speed}) + "\n")
        return begun

    async def finish(self) -> bool:
        """Freeze the store; True once hands are empty, sales answered, and truth and diary closed."""
        if not self.stage.finish():
            return False
        await self._conclude()
        return True

    def state(self) -> dict[str, object]:
        """What is going on, as JSON."""
        stage, world = self.stage, self.stage.world
        return {
            "phase": stage.phase,
            "concluded": self._file.closed,
            "at": stage.at_ms,
            "started_ms": stage.started_ms,
            "seed": stage.town.seed,
            "speed": stage.speed,
            "scenario": stage.town.store.scenario.name,
            "came": world.came,
            "inside": len(world.shoppers),
            "lag_ms": stage.lag_ms,
            "counts": self.counts.shown(),
            "push": self.push.shown(),
        }

    # The person before the screen

    def open_tag(self, tag: str) -> str | None:
        """The URL that a phone gets at this tag now; None once the day is over. Raises KeyError."""
        if self.stage.phase is DayPhase.FINISHED:
            return None
        url = self.tags.tap(tag)
        if self.stage.phase is DayPhase.RUNNING:
            opened = TagOpened(at=self.stage.at_ms, tag=tag, shopper=VISITOR)
            self._write(self._book.tag_opened(opened, by="visitor"))
        self.feed.flash(tag)
        self.feed.visitor("open", tag)
        return url

    def hold_card(self, reader: str) -> bool:
        """Hold the visitor's card to a reader; False where somebody else is at it or no day runs. Raises KeyError."""
        if not self._hands.free(reader) or self.stage.phase is not DayPhase.RUNNING:
            return False
        at = self.stage.at_ms
        until = at + round(_VISITOR_HOLD_MS * self.stage.speed)
        put = Put(at=at, reader=reader, thing=_VISITOR_CARD, until=until, shopper=VISITOR)
        self._write(tap_line(put, by="visitor"))
        self._hands.hold(put)
        self.feed.flash(reader)
        self.feed.visitor("tap", f"{reader} · {put.thing.kind}")
        return True

    async def pay(self, purchase: Purchase) -> Receipt | None:
        """The visitor pays; None where there is no till, or no day runs."""
        if self.till is None or self.stage.phase is not DayPhase.RUNNING:
            return None
        receipt = await self.till.pay(purchase, self.stage.town.store.products, self._day)
        self._write(visitor_sale_line(self.stage.at_ms, receipt.sale, _goods(receipt), refused=bool(receipt.refused)))
        self.feed.visitor("till", "refused" if receipt.refused else f"₩{receipt.paid:,}")
        return receipt

    def pushed(self, delivered: Delivered) -> None:
        """A push message came to a phone."""
        if delivered.owner == VISITOR_PHONE:
            self.diary.note("pushed", at=delivered.at_ms, shopper=VISITOR, title=delivered.notification.title)
            self.feed.notice(delivered)
        elif self.phones is not None:
            self.phones.pushed(delivered)

    # Faults, by name

    def switch_camera(self, camera: str, *, on: bool) -> None:
        """Cut or give a camera its power. Raises KeyError."""
        self.cameras[camera].switch(on=on)
        self.feed.visitor("camera", f"{camera} {'on' if on else 'off'}")

    def fault_reader(self, reader: str, fault: Fault | None, for_s: float | None) -> None:
        """Let a reader fail, or mend it where `fault` is None. Raises KeyError."""
        if fault is None:
            self.bay.mend(reader)
        else:
            self.bay.fault(reader, fault, for_s=for_s)
        self.feed.visitor("reader", f"{reader} {fault.name.lower() if fault else 'mended'}")

    async def close(self) -> None:
        """End every part; a day that still runs is cut where it is."""
        self.stage.finish()
        for camera in self.cameras.values():
            camera.close()
        self.stage.close()
        if self.phones is not None:
            self.phones.close()
        if self.till is not None:
            self.till.close()
        if self.staff is not None:
            self.staff.close()
        if self.observer is not None:
            self.observer.close()
        self._end_files()
        await self.caller.close()

    async def _conclude(self) -> None:
        """Let everything under way come to its end, then close the files."""
        await self._hands.settled()
        if self.till is not None:
            await self.till.settled(_ANSWER_WITHIN_S)
        if self.phones is not None:
            await self.phones.settled(_ANSWER_WITHIN_S)
            await self._last_requests()
            await self.phones.look_again()
        self._end_files()

    async def _last_requests(self) -> None:
        """Whoever still waits for something gets it: one look takes it, the next says that it is done."""
        if self.staff is not None:
            self.staff.close()
            with contextlib.suppress(CallFailed):
                await self.staff.look()
                await self.staff.look()

    def _end_files(self) -> None:
        if not self._file.closed:
            self._write(self._book.close(self.stage.world.now))
            self._file.close()
        self.diary.note("counts", counts=self.counts.shown())
        self.diary.close()

    def _play(self, moment: Moment) -> None:
        self._write(self._book.tell(moment.happenings))
        self.feed.play(moment)
        cards = {shopper.number: shopper.visit.card for shopper in moment.world.shoppers}
        for happening in moment.happenings:
            self._act(happening, cards)

    def _act(self, happening: Happening, cards: dict[int, Thing | None]) -> None:
        phones = self.phones
        match happening:
            case Put():
                self._hands.hold(happening)
            case TagOpened(tag=tag, shopper=shopper) if phones:
                card = cards.get(shopper)
                phones.open_tag(shopper, card.uid if card else "", tag)
            case ProfileBegun(shopper=shopper, choices=choices) if phones:
                phones.begin(shopper, choices)
            case CardOffered(reader=reader, shopper=shopper) if phones:
                phones.offer_card(shopper, reader)
            case Gone(shopper=shopper) if phones:
                phones.gone(shopper)
            case Done() if phones:
                self._do(happening, phones)
            case Sold() if self.till:
                self.till.sell(happening, self._day, self._shown)
            case TakenBack() if self.till:
                self.till.take_back(happening, self._day)
            case _:
                pass

    @property
    def _day(self) -> int:
        """Marks this run's sales."""
        return self.stage.started_ms or 0

    def _do(self, done: Done, phones: Phones) -> None:
        if done.deed is Deed.REVIEW and self.till is not None:
            basket = self.stage.town.visit(done.shopper).basket
            told = partial(self.till.told, self._day, f"day-{self.stage.town.seed}-{done.shopper}")
            phones.review(done.shopper, basket[0].gtin, done.stars, after=told)
        elif done.deed is not Deed.REVIEW:
            phones.do(done.shopper, done.deed)

    async def _shown(self, sold: Sold) -> Shown:
        """What the shopper shows at the till; points pay for half of it at most."""
        if self.phones is None or sold.shows is Shows.NOTHING:
            return Shown()
        phone = await self.phones.at_till(sold.shopper, sold.shows)
        card = self.stage.town.visit(sold.shopper).card
        held = sold.shows is Shows.CARD and card is not None and self.card_key is not None
        half = sum(line.amount for line in sold.lines) // 2
        return Shown(
            code=phone.code,
            card=card_name(card.uid, self.card_key) if held and card and self.card_key else "",
            coupons=phone.coupons,
            points=min(phone.points, half) if sold.spends and (phone.code or held) else 0,
        )

    def _held(self, put: Put) -> None:
        if self.phones is not None and put.shopper != VISITOR:
            self.phones.card_held(put.shopper, put.reader)

    def _write(self, lines: bytes) -> None:
        if lines and not self._file.closed:
            self._file.write(lines)
            self._file.flush()


def _goods(receipt: Receipt) -> tuple[Line, ...]:
    return tuple(Line(gtin=line.gtin, quantity=line.quantity, amount=line.amount) for line in receipt.lines)
