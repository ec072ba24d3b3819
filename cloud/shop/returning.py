"""Goods that come back, and sales that are undone: money, points, coupons and stock in one transaction."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import Struct

from cloud.points import ledger
from cloud.points.rates import worth
from cloud.points.spending import Spender
from cloud.shop import settling
from cloud.shop.checkout import Reason, Refused
from cloud.shop.sales import Return, Undoing, encode_return
from cloud.shop.settling import NotSold, Standing
from cloud.store import catalogue, coupons, points, returns, sales, shoppers, takings
from cloud.store.returns import Moved, NewReturn
from cloud.store.sales import Kept, StoredSale


class ReturnedPoints(Struct, frozen=True, kw_only=True):
    """What a return did to points."""

    given_back: int  # of those that had paid
    taken_back: int  # of those that had been earned
    short: int  # should have been taken back, and were spent already
    short_worth: int  # what those were worth, in minor units; the store may keep as much of the refund
    balance: int | None  # the member's, now


class ReturnAnswer(Struct, frozen=True, kw_only=True):
    """What a return or a void came to, in minor units of the sale's currency."""

    sale: str
    refund: int  # of the money that was paid
    points: ReturnedPoints
    coupons: int  # how many of the sale's coupons can be used again


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What became of a return."""

    kept: Kept
    answer: ReturnAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Takes goods back, each time in the caller's transaction; `now_ms` is the cloud's clock."""

    spender: Spender

    def take(self, connection: sqlite3.Connection, till: str, told: Return, now_ms: int) -> Returned:
        """Keeps a return once. Raises Refused; then the caller's transaction must be rolled back."""
        content = encode_return(told)
        known = returns.known(connection, till=till, number=told.number, content=content)
        if known is Kept.CONFLICT:
            raise Refused(Reason.OTHER_SALE, f"Another return was stored as {told.number}.")
        if known is Kept.REPEATED:
            number, moved = returns.moved_by(connection, till=till, number=told.number)
            stored = sales.stored(connection, number)
            return Returned(kept=known, answer=self._answer(connection, stored, moved, now_ms))
        stored = _sale(connection, told.till or till, told.sale)
        if stored.terms.total <= 0:
            raise Refused(Reason.NOTHING_PAID, "Such a sale can only be undone as a whole.")
        new = NewReturn(
            till=till,
            number=told.number,
            sale_id=stored.id,
            at_ms=told.at,
            content=content,
            lines={line.line: line.quantity for line in told.lines},
        )
        moved = self._move(connection, stored, new, now_ms)
        for line in told.lines:
            if line.restock:
                returns.restock(connection, stored.lines[line.line].gtin, line.quantity)
        return Returned(kept=Kept.NEW, answer=self._answer(connection, stored, moved, now_ms))

    def undo(self, connection: sqlite3.Connection, till: str, sale: str, told: Undoing, now_ms: int) -> Returned:
        """Undoes all that is left of a sale, as if it had not been made. Raises Refused, see `take`."""
        stored = _sale(connection, told.till or till, sale)
        before = returns.void(connection, stored.id)
        if before is not None:
            return Returned(kept=Kept.REPEATED, answer=self._answer(connection, stored, before, now_ms))
        back = returns.pieces(connection, stored.id)
        left = {place: line.quantity - back.get(place, 0) for place, line in enumerate(stored.lines)}
        new = NewReturn(
            till=till,
            number=None,
            sale_id=stored.id,
            at_ms=now_ms if told.at is None else told.at,
            content=b"",
            lines=left,
        )
        moved = self._move(connection, stored, new, now_ms)
        takings.undone(connection, stored.at_ms)
        for place, line in enumerate(stored.lines):
            sales.count(connection, line, stored.at_ms, times=-1)
            catalogue.take_stock(connection, line.gtin, -left[place])
        return Returned(kept=Kept.NEW, answer=self._answer(connection, stored, moved, now_ms))

    def _move(self, connection: sqlite3.Connection, stored: StoredSale, new: NewReturn, now_ms: int) -> Moved:
        """Moves money, points and coupons so that only what was kept still stands, and keeps the return."""
        stands = _stands(connection, stored, new.lines)
        before = returns.moved(connection, stored.id)
        terms = stored.terms
        # Without its link a purchase is nobody's: its points went with whoever bought; nobody can be asked for them.
        link = sales.link_of(connection, stored.id)
        person = shoppers.person_of(connection, link.profile) if link else None
        given_back, taken_back, due_back = 0, 0, 0
        if link and person is not None:
            paid_back = max(0, terms.spent - stands.spent - before.given_back)
            given_back = self.spender.give_back(connection, purchase=link.id, wanted=paid_back, now_ms=now_ms)
            due_back = max(0, terms.earned - stands.earned - before.taken_back - before.short)
            taken_back = self.spender.take_back(
                connection, person=person, purchase=link.id, wanted=due_back, now_ms=now_ms
            )
        moved = Moved(
            refund=terms.due - stands.due - before.refund,
            given_back=given_back,
            taken_back=taken_back,
            short=due_back - taken_back,
            coupons=coupons.unredeem(connection, sale=stored.id, now_ms=now_ms) if not stands.pieces else 0,
        )
        returns.put(connection, new, moved, received_ms=now_ms)
        paid = terms.due - before.refund
        takings.changed(connection, stored.at_ms, before=paid, after=paid - moved.refund)
        return moved

    def _answer(self, connection: sqlite3.Connection, stored: StoredSale, moved: Moved, now_ms: int) -> ReturnAnswer:
        person = _person(connection, stored.id)
        return ReturnAnswer(
            sale=stored.sale,
            refund=moved.refund,
            points=ReturnedPoints(
                given_back=moved.given_back,
                taken_back=moved.taken_back,
                short=moved.short,
                short_worth=worth(self.spender.scheme.rates, moved.short),
                balance=None if person is None else ledger.balance(points.lots(connection, person), now_ms),
            ),
            coupons=moved.coupons,
        )


def _person(connection: sqlite3.Connection, sale_id: int) -> int | None:
    """Whose the sale is; None where nobody said so, or they are forgotten."""
    link = sales.link_of(connection, sale_id)
    return None if link is None else shoppers.person_of(connection, link.profile)


def _sale(connection: sqlite3.Connection, till: str, sale: str) -> StoredSale:
    number = sales.sale_id(connection, till, sale)
    if number is None:
        raise Refused(Reason.NO_SALE, f"{till[:60]} has told of no sale {sale}.")
    return sales.stored(connection, number)


def _stands(connection: sqlite3.Connection, stored: StoredSale, more: Mapping[int, int]) -> Standing:
    try:
        back = settling.after(stored.lines, returns.pieces(connection, stored.id), more)
    except NotSold as error:
        raise Refused(Reason.NOT_SOLD, f"{error}.") from None
    return settling.standing(stored.terms, stored.lines, back)
