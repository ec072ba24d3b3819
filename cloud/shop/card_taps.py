"""From a card at a reader to its owner's open page, for those who asked for it and for nobody else."""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from cloud.offers.moments import FRESH_MS
from cloud.offers.refusals import Refusal
from cloud.offers.rules import Trigger
from cloud.shop import messages, pairing, telling, uniting
from cloud.shop.catalogue import Product
from cloud.shop.consent import Purpose
from cloud.shop.messages import Both, CardMessage, ShownProduct, TapMessage
from cloud.shop.telling import Told
from cloud.store import candidates, catalogue, consents, decisions, plans, shoppers, staff
from cloud.store.connection import Store
from cloud.store.joinings import How
from cloud.store.shoppers import Card, ReaderTap
from contract.plan import ReaderSpot

_log = logging.getLogger("aisle.cards")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Touch:
    """A shopper's own card at a reader that stands for a product."""

    tap: ReaderTap
    profile: int
    standing: frozenset[Purpose]
    spot: ReaderSpot
    product: Product


def _concerns(connection: sqlite3.Connection, tap: ReaderTap) -> bool:
    """Whether a tap may mean something to a shopper: a badge of the staff never does, nor what is to become one."""
    if staff.is_badge(connection, tap.tag) or staff.awaited(connection, tap.reader, tap.happened_ms):
        return False
    return bool(shoppers.card(connection, tap.tag) or shoppers.windows(connection, tap.reader))


class CardTaps:
    """Looks at each reader's tap once, in order, also after a restart. One thread at a time."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], int],
        price: Callable[[int], Both],
        random: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._clock = clock
        self._random = random
        self._price = price
        with store.reading() as connection:
            self._through = shoppers.looked_through(connection)
        self._written = self._through
        self.looked_at = 0
        self.told = 0
        self.late = 0  # taps that bound and joined nothing, though somebody waited there when they came

    def look(self) -> list[Told]:
        """What the taps since the last look mean. Blocks on the store; writes only where they mean something."""
        told: list[Told] = []
        late = self.late
        while taps := self._next():
            concerned = [tap for tap, meant in taps if meant]
            if concerned:
                with self._store.atomic() as connection:
                    for tap in concerned:
                        told += self._tell(connection, tap)
                    shoppers.set_looked_through(connection, taps[-1][0].id)
            self._through = taps[-1][0].id
            self.looked_at += len(taps)
        self.told += len(told)
        if self.late > late:
            _log.warning(
                "taps that came long after they happened, or from a node whose clock is wrong: %d; "
                "who waits for their card there waits on",
                self.late - late,
            )
        return told

    def _next(self) -> list[tuple[ReaderTap, bool]]:
        """The next taps, each with whether it may mean something to a shopper."""
        with self._store.reading() as connection:
            taps = shoppers.taps_after(connection, self._through)
            return [(tap, _concerns(connection, tap)) for tap in taps]

    def _tell(self, connection: sqlite3.Connection, tap: ReaderTap) -> list[Told]:
        card = shoppers.card(connection, tap.tag)
        told = self._paired(connection, tap, card)
        # What a card did before it was its owner's stays nobody's; so does the tap that binds it.
        if card and card.bound_ms <= tap.happened_ms:
            standing = self._standing(connection, card.profile)
            if Purpose.CARD in standing:
                told += self._touched(connection, tap, card.profile, standing)
        return told

    def _paired(self, connection: sqlite3.Connection, tap: ReaderTap, card: Card | None) -> list[Told]:
        waiting = shoppers.windows(connection, tap.reader)
        if not tap.prompt:
            self.late += any(w.opened_ms <= tap.received_ms <= w.until_ms for w in waiting)
            return []
        owner = shoppers.person_of(connection, card.profile) if card else None
        match pairing.pair(waiting, tap.happened_ms, owner):
            case None:
                return []
            case pairing.Bound(profile=profile):
                if Purpose.CARD not in self._standing(connection, profile):
                    return []
                shoppers.bind_card(
                    connection, tag=tap.tag, profile_id=profile, reader=tap.reader, now_ms=tap.happened_ms + 1
                )
                profiles, bound, reason = (profile,), True, "bound"
            case pairing.Joined(profile=profile):
                return self._joined(connection, tap, card, profile)
            case pairing.Taken(profile=profile):
                profiles, bound, reason = (profile,), False, "taken"
            case pairing.Contested(profiles=profiles):
                bound, reason = False, "contested"
        shoppers.end_waiting(connection, profiles)
        body = messages.encode(CardMessage(bound=bound, reason=reason))
        return [to_page for profile in profiles if (to_page := self._keep(connection, profile, "card", body, tap))]

    def _joined(self, connection: sqlite3.Connection, tap: ReaderTap, card: Card | None, guest: int) -> list[Told]:
        """The phone that waits joins the one that has this card."""
        profile = shoppers.by_number(connection, guest)
        if card is None or profile is None:
            return []
        at_ms = self._clock()
        if shoppers.begun_to_join(connection, guest):
            proof = f"POST /me/card, reader {tap.reader}"
            uniting.take_over(
                connection, host=card.profile, guest=profile, at_ms=at_ms, proof=proof, random=self._random
            )
        told = uniting.join(connection, host=card.profile, guest=guest, how=How.CARD, at_ms=at_ms)
        shoppers.end_waiting(connection, (guest,))
        return [told] if told else []

    def _standing(self, connection: sqlite3.Connection, profile: int) -> frozenset[Purpose]:
        person = shoppers.person_of(connection, profile)
        return consents.standing(connection, person) if person else frozenset()

    def _touched(
        self, connection: sqlite3.Connection, tap: ReaderTap, profile: int, standing: frozenset[Purpose]
    ) -> list[Told]:
        plan = plans.plan_now(connection)
        spot = next((r for r in plan.readers if r.id == tap.reader), None) if plan else None
        product = catalogue.product(connection, spot.gtin) if spot and spot.gtin else None
        product = None if product and product.retired else product
        body = messages.encode(self._tap_message(connection, tap, spot, product))
        told = [self._keep(connection, profile, "tap", body, tap)]
        if spot and product:
            touch = _Touch(tap=tap, profile=profile, standing=standing, spot=spot, product=product)
            self._offer(connection, touch)
        return [each for each in told if each]

    def _tap_message(
        self, connection: sqlite3.Connection, tap: ReaderTap, spot: ReaderSpot | None, product: Product | None
    ) -> TapMessage:
        title = Both(ko=spot.title.ko, en=spot.title.en) if spot else Both(ko=tap.reader, en=tap.reader)
        return TapMessage(
            at=tap.at_ms,
            reader=tap.reader,
            reader_title=title,
            sent_ms=self._clock(),
            product=self._shown(connection, product) if product else None,
            url=f"/01/{product.gtin}" if product else None,
        )

    def _shown(self, connection: sqlite3.Connection, product: Product) -> ShownProduct:
        digest = catalogue.picture_digest(connection, product.image) if product.image else None
        return ShownProduct(
            gtin=product.gtin,
            name=Both(ko=product.name["ko"], en=product.name["en"]),
            brand=Both(ko=product.brand["ko"], en=product.brand["en"]),
            price=product.price,
            price_text=self._price(product.price),
            picture=digest and f"/picture/{digest}",
        )

    def _offer(self, connection: sqlite3.Connection, touch: _Touch) -> None:
        """What was touched may bring an offer, for those who asked for offers; the dispatcher decides on it."""
        now_ms, tap = self._clock(), touch.tap
        if Purpose.OFFERS not in touch.standing:
            decisions.count(connection, Refusal.NO_CONSENT, now_ms)
            return
        candidates.put(
            connection,
            profile=touch.profile,
            trigger=Trigger.TAP,
            gtin=touch.product.gtin,
            place=touch.spot.zone,
            source=f"tap {tap.id}",
            at_ms=tap.happened_ms,
            expires_ms=tap.happened_ms + FRESH_MS,
        )

    def _keep(self, connection: sqlite3.Connection, profile: int, kind: str, body: str, tap: ReaderTap) -> Told | None:
        return telling.tell_of_tap(
            connection, profile_id=profile, kind=kind, at_ms=self._clock(), body=body, tap=tap.id
        )
