"""From a card at a reader to its owner's open page, for those who asked for it and for nobody else."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from cloud.shop import messages, offers, pairing, telling
from cloud.shop.catalogue import Product
from cloud.shop.consent import Purpose
from cloud.shop.messages import Both, CardMessage, Sender, ShownProduct, TapMessage
from cloud.shop.telling import Told
from cloud.store import catalogue, consents, shoppers
from cloud.store.connection import Store
from cloud.store.shoppers import ReaderTap
from contract.plan import Plan, ReaderSpot

_TOLD_MS = 3 * 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Touch:
    """A shopper's own card at a reader that stands for a product."""

    tap: ReaderTap
    profile: int
    standing: frozenset[Purpose]
    plan: Plan
    spot: ReaderSpot
    product: Product


class CardTaps:
    """Looks at each reader's tap once, in order, also after a restart. One thread at a time."""

    def __init__(self, store: Store, *, clock: Callable[[], int], price: Callable[[int], Both]) -> None:
        self._store = store
        self._clock = clock
        self._price = price
        with store.reading() as connection:
            self._through = shoppers.looked_through(connection)
        self._written = self._through
        self.looked_at = 0
        self.told = 0

    def look(self) -> list[Told]:
        """What the taps since the last look mean. Blocks on the store; writes only where they mean something."""
        told: list[Told] = []
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
        return told

    def _next(self) -> list[tuple[ReaderTap, bool]]:
        """The next taps, each with whether it may mean something to a shopper."""
        with self._store.reading() as connection:
            taps = shoppers.taps_after(connection, self._through)
            return [
                (tap, bool(shoppers.card(connection, tap.tag) or shoppers.windows(connection, tap.reader)))
                for tap in taps
            ]

    def _tell(self, connection: sqlite3.Connection, tap: ReaderTap) -> list[Told]:
        card = shoppers.card(connection, tap.tag)
        told = self._paired(connection, tap, card.profile if card else None)
        # What a card did before it was its owner's stays nobody's; so does the tap that binds it.
        if card and card.bound_ms <= tap.received_ms:
            standing = self._standing(connection, card.profile)
            if Purpose.CARD in standing:
                told += self._touched(connection, tap, card.profile, standing)
        return told

    def _paired(self, connection: sqlite3.Connection, tap: ReaderTap, owner: int | None) -> list[Told]:
        waiting = shoppers.windows(connection, tap.reader)
        meant = pairing.pair(waiting, tap.received_ms, owner)
        match meant:
            case None:
                return []
            case pairing.Bound(profile=profile):
                if Purpose.CARD not in self._standing(connection, profile):
                    return []
                shoppers.bind_card(
                    connection, tag=tap.tag, profile_id=profile, reader=tap.reader, now_ms=tap.received_ms + 1
                )
                profiles, bound, reason = (profile,), True, "bound"
            case pairing.Taken(profile=profile):
                profiles, bound, reason = (profile,), False, "taken"
            case pairing.Contested(profiles=profiles):
                bound, reason = False, "contested"
        shoppers.end_waiting(connection, profiles)
        body = messages.encode(CardMessage(bound=bound, reason=reason))
        return [to_page for profile in profiles if (to_page := self._keep(connection, profile, "card", body, tap))]

    def _standing(self, connection: sqlite3.Connection, profile: int) -> frozenset[Purpose]:
        person = shoppers.person_of(connection, profile)
        return consents.standing(connection, person) if person else frozenset()

    def _touched(
        self, connection: sqlite3.Connection, tap: ReaderTap, profile: int, standing: frozenset[Purpose]
    ) -> list[Told]:
        plan = catalogue.plan(connection)
        spot = next((r for r in plan.readers if r.id == tap.reader), None) if plan else None
        product = catalogue.product(connection, spot.gtin) if spot and spot.gtin else None
        product = None if product and product.retired else product
        body = messages.encode(self._tap_message(connection, tap, spot, product))
        told = [self._keep(connection, profile, "tap", body, tap)]
        if plan and spot and product:
            touch = _Touch(tap=tap, profile=profile, standing=standing, plan=plan, spot=spot, product=product)
            told.append(self._offer(connection, touch))
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

    def _offer(self, connection: sqlite3.Connection, touch: _Touch) -> Told | None:
        """The store's offer on what was touched, if the rule says so; the decision is counted either way."""
        now_ms, product, zone = self._clock(), touch.product, touch.spot.zone
        decision = offers.decide(
            offers.Situation(
                consented=Purpose.OFFERS in touch.standing,
                tapped_ms_ago=max(0, now_ms - touch.tap.received_ms),
                stock=catalogue.stock(connection, product.gtin).store,
                zone_person_ms=shoppers.people_time(connection, zone, now_ms - _TOLD_MS) if zone else None,
                offered=bool(product.offer["en"]),
                night=messages.is_night(now_ms),
            )
        )
        outcome = decision if isinstance(decision, offers.Refusal) else "pushed"
        shoppers.count_offer(connection, outcome=str(outcome), at_ms=now_ms)
        if isinstance(decision, offers.Refusal):
            return None
        sender = Sender(name_ko=touch.plan.title.ko, name_en=touch.plan.title.en)
        told = messages.advertise(product=product, why=decision, sender=sender, at_ms=now_ms)
        return self._keep(connection, touch.profile, "offer", messages.encode(told), touch.tap)

    def _keep(
        self, connection: sqlite3.Connection, profile: int, kind: str, body: str, tap: ReaderTap
    ) -> Told | None:
        return telling.tell_of_tap(
            connection, profile_id=profile, kind=kind, at_ms=self._clock(), body=body, tap=tap.id
        )
