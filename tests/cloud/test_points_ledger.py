import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.points import ledger
from cloud.points.earning import Earned
from cloud.points.expiring import book, expire
from cloud.points.ledger import EARNING, STORE_SIDE, Lot, Reason, TooFew, entries
from cloud.points.rates import Rates, Scheme, expires_ms
from cloud.shop.consent import Purpose
from cloud.store import points
from cloud.store.connection import Store
from cloud.store.points import Move
from cloud.store.shoppers import Profile
from tests.cloud.purses import books, earner, join, shopper, spender
from tests.cloud.shop import NOON_MS

DAY_MS = 86_400_000
SCHEME = Scheme(rates=Rates(expiry_months=2, sale_per_mille=1_000))

op = st.one_of(
    st.tuples(st.just("earn"), st.integers(0, 1), st.integers(1, 40)),
    st.tuples(st.just("sell"), st.integers(0, 1), st.integers(1, 40)),
    st.tuples(st.just("spend"), st.integers(0, 60), st.integers(1, 70)),
    st.tuples(st.just("give back"), st.integers(0, 5), st.integers(1, 50)),
    st.tuples(st.just("take back"), st.integers(0, 5), st.integers(1, 50)),
    st.tuples(st.just("wait"), st.integers(0, 0), st.integers(1, 30)),
    st.tuples(st.just("expire"), st.integers(0, 0), st.integers(1, 1)),
)


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


@pytest.fixture(scope="module")
def connection() -> Iterator[sqlite3.Connection]:
    with books() as connection:
        yield connection


@settings(max_examples=150, deadline=None)
@given(st.lists(op, max_size=30))
def test_any_history_is_the_same_as_of_points_that_are_moved_one_by_one(
    connection: sqlite3.Connection, history: list[tuple[str, int, int]]
) -> None:
    connection.execute("BEGIN")
    try:
        _play(connection, history)
    finally:
        connection.execute("ROLLBACK")


def _play(connection: sqlite3.Connection, history: list[tuple[str, int, int]]) -> None:
    phones = join(connection, shopper(connection, Purpose.HISTORY), shopper(connection, Purpose.HISTORY))
    person, now_ms, boxes = phones[0].person, NOON_MS, Boxes()
    give, pay = earner(SCHEME), spender(SCHEME)
    accounts = [points.account(connection, phone.id) for phone in phones]
    for step, (what, which, count) in enumerate(history):
        sale = which  # the sales that come back are among the first steps
        match what:
            case "earn" | "sell":
                rest = _earned(connection, phones[which], step, count, now_ms)
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


def _earned(connection: sqlite3.Connection, phone: Profile, step: int, count: int, now_ms: int) -> Earned:
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


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(Reason), st.integers(1, 10**9))
def test_both_sides_of_an_entry_cancel_out(reason: Reason, count: int) -> None:
    one, other = entries(7, reason, count)
    assert one.points + other.points == 0
    assert (one.account, other.account) == (7, STORE_SIDE[reason])


@pytest.fixture
def fresh() -> Iterator[sqlite3.Connection]:
    with books() as connection:
        yield connection


def _lot(connection: sqlite3.Connection, count: int) -> tuple[Profile, Lot]:
    phone = shopper(connection, Purpose.HISTORY)
    _earned(connection, phone, 1, count, NOON_MS)
    (lot,) = points.lots(connection, phone.person)
    return phone, lot


@pytest.mark.parametrize(
    "values",
    [
        "2, NULL, 'sale', 'issued', 5, NULL",  # no lot
        "1, 1, 'sale', 'issued', 5, NULL",  # another account's lot
        "2, 1, 'sale', 'issued', 0, NULL",  # nothing
        "2, 1, 'sale', 'issued', -5, NULL",  # the wrong way
        "2, 1, 'sale', 'expired', 5, NULL",  # the wrong other side
        "2, 1, 'gift', 'issued', 5, NULL",  # no reason of ours
        "2, 1, 'spend', 'redeemed', -11, NULL",  # more than there is
        "2, 1, 'sale', 'issued', 5, 1",  # a second time
    ],
)
def test_the_database_itself_takes_no_wrong_entry(fresh: sqlite3.Connection, values: str) -> None:
    columns = "account, lot, reason, counter, amount, purchase"
    _refused(fresh, f"INSERT INTO points_transfers (day_ms, {columns}) VALUES (1, {values})")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE points_transfers SET amount = 1000000",
        "UPDATE points_transfers SET account = 1",
        "DELETE FROM points_transfers",
        "UPDATE points_leaves SET nonce = x'00'",
    ],
)
def test_what_is_booked_is_never_changed(fresh: sqlite3.Connection, statement: str) -> None:
    _refused(fresh, statement)


def _refused(connection: sqlite3.Connection, statement: str) -> None:
    _lot(connection, 10)
    before = list(connection.iterdump())
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)
    assert list(connection.iterdump()) == before


def test_a_lot_that_was_tampered_with_is_found(fresh: sqlite3.Connection) -> None:
    _lot(fresh, 10)
    assert points.audit(fresh).astray == 0
    fresh.execute("UPDATE points_lots SET left = 1000")
    assert points.audit(fresh).astray == 1


def test_a_move_out_of_an_empty_lot_is_refused_by_the_database(fresh: sqlite3.Connection) -> None:
    _, lot = _lot(fresh, 10)
    move = Move(account=lot.account, lot=lot.id, reason=Reason.SPEND, points=11, purchase=None, day_ms=NOON_MS)
    with pytest.raises(sqlite3.IntegrityError):
        points.write(fresh, move, earner().random)


def test_what_ended_is_booked_once_and_in_small_transactions(tmp_path_factory: pytest.TempPathFactory) -> None:
    store = Store(tmp_path_factory.mktemp("store"), new_store_id="0" * 32)
    try:
        with store.atomic() as connection:
            for _ in range(230):  # more than one transaction takes
                _lot_of(connection)
        later = expires_ms(NOON_MS, SCHEME)
        assert expire(store, now_ms=later - 1, random=earner().random) == 0
        assert expire(store, now_ms=later, random=earner().random) == 230 * 3
        assert expire(store, now_ms=later, random=earner().random) == 0
        with store.reading() as connection:
            audit = points.audit(connection)
        assert (audit.sum, audit.shoppers, audit.store["expired"]) == (0, 0, 690)  # type: ignore[index]  # a StrEnum is its text
    finally:
        store.close()


def _lot_of(connection: sqlite3.Connection) -> None:
    phone = shopper(connection, Purpose.HISTORY)
    account = points.account(connection, phone.id)
    lot = points.lot(connection, account, expires_ms(NOON_MS, SCHEME))
    move = Move(account=account, lot=lot, reason=Reason.TAP, points=3, purchase=None, day_ms=NOON_MS)
    points.write(connection, move, earner().random)


def test_what_has_ended_cannot_be_spent_before_it_is_booked(fresh: sqlite3.Connection) -> None:
    phone, lot = _lot(fresh, 10)
    with pytest.raises(TooFew):
        spender().spend(fresh, person=phone.person, purchase=2, wanted=1, now_ms=lot.expires_ms)
    spender().spend(fresh, person=phone.person, purchase=2, wanted=10, now_ms=lot.expires_ms - 1)


def test_what_comes_back_after_its_end_lasts_a_month_more(fresh: sqlite3.Connection) -> None:
    phone, lot = _lot(fresh, 10)
    spender().spend(fresh, person=phone.person, purchase=2, wanted=10, now_ms=NOON_MS)
    late = lot.expires_ms + DAY_MS
    assert spender().give_back(fresh, purchase=2, wanted=99, now_ms=late) == 10
    assert spender().give_back(fresh, purchase=2, wanted=99, now_ms=late) == 0
    (back,) = points.lots(fresh, phone.person)
    assert (back.left, back.expires_ms) == (10, expires_ms(late, Scheme(), months=1))
    assert sum(draw.points for draw in points.of_purchase(fresh, 2, Reason.GIVE_BACK)) == 10


def test_every_reason_has_its_other_side() -> None:
    assert set(STORE_SIDE) == set(Reason)
    assert set(EARNING) < set(Reason)
