"""Points kept as a child would keep them, each by itself in a box: what the ledger of lots must always agree with."""

import random
import sqlite3
from dataclasses import dataclass, field
from typing import Final

from cloud.points import ledger
from cloud.points.earning import Earned
from cloud.points.expiring import book
from cloud.points.ledger import TooFew
from cloud.points.rates import Rates, Scheme, expires_ms
from cloud.shop.consent import Purpose
from cloud.store import points
from cloud.store.shoppers import Profile
from tests.cloud.purses import earner, join, shopper, spender
from tests.cloud.shop import NOON_MS

DAY_MS: Final = 86_400_000
SCHEME: Final = Scheme(rates=Rates(expiry_months=2, sale_per_mille=1_000))

Act = tuple[str, int, int]
"""What happens, to which phone or purchase, with how many points or days."""
ACTS: Final[tuple[tuple[str, int, int], ...]] = (
    ("earn", 1, 40),
    ("spend", 0, 70),
    ("give back", 5, 50),
    ("take back", 5, 50),
    ("wait", 0, 30),
    ("expire", 0, 1),
)
"""Each act, the highest phone or purchase, and the highest count."""


def history(seed: int, length: int) -> list[Act]:
    """Random acts, the same for the same seed."""
    dice = random.Random(seed)
    return [
        (what, dice.randint(0, which), dice.randint(1, count))
        for what, which, count in (dice.choice(ACTS) for _ in range(length))
    ]


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """One single point, as a child would keep it in a box: when it ends, and in which pile it lies."""

    ends_ms: int
    pile: int
    account: int


@dataclass(slots=True)
class Boxes:
    """The naive model: every point by itself, moved one by one."""

    held: list[Point] = field(default_factory=list)
    piles: dict[tuple[int, int], int] = field(default_factory=dict)
    sold: dict[int, Point] = field(default_factory=dict)  # a sale's kind of point
    paid: dict[int, list[Point]] = field(default_factory=dict)

    def put(self, account: int, ends_ms: int, count: int) -> Point:
        pile = self.piles.setdefault((account, ends_ms), len(self.piles))
        point = Point(ends_ms, pile, account)
        self.held += [point] * count
        return point

    def balance(self, now_ms: int) -> int:
        return sum(point.ends_ms > now_ms for point in self.held)

    def spend(self, sale: int, count: int, now_ms: int) -> bool:
        if self.balance(now_ms) < count:
            return False
        for _ in range(count):
            first = min(point for point in self.held if point.ends_ms > now_ms)
            self.held.remove(first)
            self.paid.setdefault(sale, []).append(first)
        return True

    def give_back(self, sale: int, count: int, now_ms: int) -> int:
        paid, given = self.paid.get(sale, []), 0
        while paid and given < count:
            point = paid.pop()
            ends_ms = point.ends_ms if point.ends_ms > now_ms else expires_ms(now_ms, SCHEME, months=1)
            self.put(point.account, ends_ms, 1)
            given += 1
        return given

    def take_back(self, sale: int, count: int, now_ms: int) -> int:
        taken = 0
        while taken < count and self.balance(now_ms):
            valid = [point for point in self.held if point.ends_ms > now_ms]
            own = [point for point in valid if point == self.sold.get(sale)]
            self.held.remove(own[0] if own else min(valid))
            taken += 1
        return taken


def play(connection: sqlite3.Connection, acts: list[Act]) -> None:
    phones = join(connection, shopper(connection, Purpose.HISTORY), shopper(connection, Purpose.HISTORY))
    person, now_ms, boxes = phones[0].person, NOON_MS, Boxes()
    give, pay = earner(SCHEME), spender(SCHEME)
    accounts = [points.account(connection, phone.id) for phone in phones]
    for step, (what, which, count) in enumerate(acts):
        sale = which  # the sales that come back are among the first steps
        match what:
            case "earn":
                rest = earn(connection, phones[which], step, count, now_ms)
                point = boxes.put(accounts[which], expires_ms(now_ms, SCHEME), count)
                boxes.sold[step] = point
                assert rest.points == count
            case "spend":
                try:
                    pay.spend(connection, person=person, purchase=step, wanted=count, now_ms=now_ms)
                except TooFew:
                    assert not boxes.spend(step, count, now_ms)
                else:
                    assert boxes.spend(step, count, now_ms)
            case "give back":
                given = pay.give_back(connection, purchase=sale, wanted=count, now_ms=now_ms)
                assert given == boxes.give_back(sale, count, now_ms)
            case "take back":
                taken = pay.take_back(connection, person=person, purchase=sale, wanted=count, now_ms=now_ms)
                assert taken == boxes.take_back(sale, count, now_ms)
            case "wait":
                now_ms += count * DAY_MS
            case "expire":
                draws = ledger.expired(points.ended(connection, now_ms, 1_000), now_ms)
                book(connection, draws, give.random)
                boxes.held = [point for point in boxes.held if point.ends_ms > now_ms]
        _compare(connection, person, boxes, now_ms)


def earn(connection: sqlite3.Connection, phone: Profile, step: int, count: int, now_ms: int) -> Earned:
    got = earner(SCHEME).sale(connection, phone, step, count, now_ms)
    assert isinstance(got, Earned)
    return got


def _compare(connection: sqlite3.Connection, person: int, boxes: Boxes, now_ms: int) -> None:
    lots = points.lots(connection, person)
    in_boxes: dict[tuple[int, int], int] = {}
    for point in boxes.held:
        in_boxes[point.account, point.ends_ms] = in_boxes.get((point.account, point.ends_ms), 0) + 1
    assert {(lot.account, lot.expires_ms): lot.left for lot in lots} == in_boxes
    assert ledger.balance(lots, now_ms) == boxes.balance(now_ms)
    audit = points.audit(connection)
    assert (audit.sum, audit.astray) == (0, 0)
    assert audit.shoppers == len(boxes.held)
