"""A sale at the till: goods, coupons, points and their owner in one transaction, so that all counts or nothing."""

import enum
import sqlite3
from dataclasses import dataclass, replace

from msgspec import Struct

from cloud.points import ledger
from cloud.points.earning import Earned, Earner
from cloud.points.rates import worth
from cloud.points.spending import Spender
from cloud.shop import points_message, telling
from cloud.shop.consent import Purpose
from cloud.shop.sales import Member, Sale
from cloud.shop.settling import Terms, total
from cloud.shop.telling import Told
from cloud.store import consents, coupons, member_codes, points, returns, sales, shoppers
from cloud.store.sales import CouponOutcome, Kept, StoredSale
from cloud.store.shoppers import Profile

_PIECES = 100
"""Of one line, as far as coupons count them."""


class Linked(enum.StrEnum):
    """Whose a sale is."""

    NOBODY = "nobody"  # nobody showed a card or a code
    MEMBER = "member"
    UNKNOWN = "unknown"  # what was shown is not known, not agreed to, or no longer good: the sale is nobody's


class Reason(enum.StrEnum):
    """Why a sale or a return is not kept as it is told."""

    OTHER_SALE = "other-sale"  # another sale was stored under this number
    NO_MEMBER = "no-member"  # points are a member's, and nobody is known by what was shown
    TOO_FEW_POINTS = "too-few-points"
    LEAST_POINTS = "least-points"  # so few are not taken at once
    MORE_THAN_DUE = "more-than-due"  # the points are worth more than there is to pay
    OTHER_SUM = "other-sum"  # what the till took is not what is due
    KEY_REUSED = "key-reused"  # the request's key was used for another request
    NO_SALE = "no-sale"  # there is no such sale
    NOT_SOLD = "not-sold"  # more comes back than was sold and kept
    NOTHING_PAID = "nothing-paid"  # a sale of nothing or less can only be undone as a whole


class Refused(Exception):
    """Nothing was kept; the message says why, in a sentence for the person at the till."""

    def __init__(self, reason: Reason, words: str) -> None:
        super().__init__(words)
        self.reason = reason


class PointsAnswer(Struct, frozen=True, kw_only=True):
    """What the sale did to points."""

    spent: int
    worth: int  # what they paid, in minor units
    earned: int
    balance: int | None  # the member's, now


class SaleAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a sale came to, in minor units of its currency."""

    sale: str
    member: Linked
    total: int  # the lines, less their own discounts
    coupons: tuple[CouponOutcome, ...]  # in the order of the request
    points: PointsAnswer
    due: int  # to be paid in money
    voided: bool = False  # it was undone since; told only then


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """What became of a sale, and what its buyer is told."""

    kept: Kept
    answer: SaleAnswer
    told: Told | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """Keeps sales, each in the caller's transaction; `now_ms` is the cloud's clock."""

    earner: Earner
    spender: Spender

    def sell(self, connection: sqlite3.Connection, till: str, sale: Sale, now_ms: int) -> Sold:
        """Keeps a sale once, with all that comes of it.

        Raises Refused: the caller's transaction must then be rolled back as a whole.
        """
        kept = sales.keep(connection, till_name=till, sale=sale, received_ms=now_ms)
        number = sales.sale_id(connection, till, sale.sale)
        assert number is not None
        match kept:
            case Kept.CONFLICT:
                raise Refused(Reason.OTHER_SALE, f"Another sale was stored as {sale.sale}.")
            case Kept.REPEATED:
                stored = sales.stored(connection, number)
                return Sold(kept=kept, answer=answer(connection, stored, now_ms, shown=sale.member), told=None)
            case Kept.NEW:
                buyer = _buyer(connection, sale)
                purchase = sales.link(connection, sale_id=number, profile_id=buyer.id, sale=sale) if buyer else None
                making = _Making(number=number, sale=sale, buyer=buyer, purchase=purchase, now_ms=now_ms)
                return self._settle(connection, making)

    def _settle(self, connection: sqlite3.Connection, making: "_Making") -> Sold:
        sale, buyer = making.sale, making.buyer
        gross = total(sale.lines)
        taken = _redeem(connection, making, gross)
        off = sum(coupon.off for coupon in taken)
        terms = Terms(
            total=gross, off=off, spent=sale.points, worth=self._spend(connection, making, gross - off), earned=0
        )
        if sale.paid is not None and sale.paid != terms.due:
            raise Refused(Reason.OTHER_SUM, f"{sale.paid} were taken, {terms.due} are due.")
        if buyer and making.purchase is not None:
            earned = self.earner.sale(connection, buyer, making.purchase, terms.due, making.now_ms)
            terms = replace(terms, earned=earned.points if isinstance(earned, Earned) else 0)
            sales.link_due(connection, making.purchase, terms.due)
            if sale.member and sale.member.code:
                member_codes.use(connection, sale.member.code)
        sales.settle(connection, making.number, terms, taken)
        given = answer(connection, sales.stored(connection, making.number), making.now_ms, shown=sale.member)
        return Sold(kept=Kept.NEW, answer=given, told=_tell(connection, buyer, given, making.now_ms))

    def _spend(self, connection: sqlite3.Connection, making: "_Making", left: int) -> int:
        """What the points pay; they are taken all or not at all, for somebody has counted on them."""
        wanted, buyer, rates = making.sale.points, making.buyer, self.spender.scheme.rates
        if not wanted:
            return 0
        if buyer is None or making.purchase is None:
            raise Refused(Reason.NO_MEMBER, "Points can be spent with a connected card or a fresh code alone.")
        if wanted < rates.least_spend:
            raise Refused(Reason.LEAST_POINTS, f"Points are taken from {rates.least_spend} on.")
        paid = worth(rates, wanted)
        if paid > left:
            raise Refused(Reason.MORE_THAN_DUE, f"The points are worth {paid}, {left} are due.")
        try:
            self.spender.spend(
                connection, person=buyer.person, purchase=making.purchase, wanted=wanted, now_ms=making.now_ms
            )
        except ledger.TooFew as few:
            raise Refused(Reason.TOO_FEW_POINTS, f"There are {few.balance} points.") from None
        return paid


@dataclass(frozen=True, slots=True, kw_only=True)
class _Making:
    """A sale that is being made."""

    number: int  # its row
    sale: Sale
    buyer: Profile | None
    purchase: int | None  # the row of its link, where there is a buyer
    now_ms: int


def answer(
    connection: sqlite3.Connection, stored: StoredSale, now_ms: int, *, shown: Member | None = None
) -> SaleAnswer:
    """What is answered of a stored sale, at any time; `shown` is what the buyer showed, where that was nobody's."""
    link = sales.link_of(connection, stored.id)
    person = None if link is None else shoppers.person_of(connection, link.profile)
    balance = None if person is None else ledger.balance(points.lots(connection, person), now_ms)
    unlinked = Linked.UNKNOWN if shown else Linked.NOBODY
    terms = stored.terms
    return SaleAnswer(
        sale=stored.sale,
        member=unlinked if link is None else Linked.MEMBER,
        total=terms.total,
        coupons=stored.coupons,
        points=PointsAnswer(spent=terms.spent, worth=terms.worth, earned=terms.earned, balance=balance),
        due=terms.due,
        voided=returns.void(connection, stored.id) is not None,
    )


def _buyer(connection: sqlite3.Connection, sale: Sale) -> Profile | None:
    """Who showed themselves at the till; nobody else ever is."""
    if sale.member is None:
        return None
    if sale.member.code:
        found = member_codes.find(connection, sale.member.code, sale.at)
    else:
        found = _card_owner(connection, sale.member.card or "", sale.at)
    person = None if found is None else shoppers.person_of(connection, found)
    phones = () if person is None else shoppers.members(connection, person)
    return next((profile for profile in phones if profile.id == found), None)


def _card_owner(connection: sqlite3.Connection, tag: str, at_ms: int) -> int | None:
    """The owner of a card that was theirs at the time of the sale, while they agree to its being known."""
    card = shoppers.card(connection, tag)
    person = shoppers.person_of(connection, card.profile) if card else None
    if card is None or person is None or card.bound_ms > at_ms + 60_000:
        return None
    return card.profile if Purpose.CARD in consents.standing(connection, person) else None


def _redeem(connection: sqlite3.Connection, making: _Making, gross: int) -> tuple[CouponOutcome, ...]:
    """The coupons in their order, each for no more than the ones before it left to pay."""
    lines, left = making.sale.lines, gross
    gtins = [line.gtin for line in lines for _ in range(min(line.quantity, _PIECES))]
    outcomes: list[CouponOutcome] = []
    for code in making.sale.coupons:
        if left <= 0:
            outcomes.append(CouponOutcome(refused="nothing-due"))
            continue
        taken = coupons.redeem(connection, code=code, sale=making.number, gtins=gtins, now_ms=making.now_ms)
        if isinstance(taken, coupons.Refused):
            outcomes.append(CouponOutcome(refused=taken.reason))
        else:
            off = min(taken.won, left)
            left -= off
            outcomes.append(CouponOutcome(off=off))
    return tuple(outcomes)


def _tell(connection: sqlite3.Connection, buyer: Profile | None, given: SaleAnswer, now_ms: int) -> Told | None:
    if buyer is None or given.points.balance is None or not (given.points.spent or given.points.earned):
        return None
    body = points_message.body(
        at_ms=now_ms, earned=given.points.earned, spent=given.points.spent, balance=given.points.balance
    )
    return telling.tell(connection, profile_id=buyer.id, kind=points_message.KIND, body=body, at_ms=now_ms)
