import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.points.expiring import expire
from cloud.points.ledger import EARNING, STORE_SIDE, Lot, Reason, TooFew, entries
from cloud.points.rates import Scheme, expires_ms
from cloud.shop.consent import Purpose
from cloud.store import points
from cloud.store.connection import Store
from cloud.store.points import Move
from cloud.store.shoppers import Profile
from tests.cloud.boxes import ACTS, DAY_MS, SCHEME, Act, earn, play
from tests.cloud.purses import books, earner, shopper, spender
from tests.cloud.shop import NOON_MS

act = st.sampled_from(ACTS).flatmap(
    lambda kind: st.tuples(st.just(kind[0]), st.integers(0, kind[1]), st.integers(1, kind[2]))
)


@pytest.fixture(scope="module")
def connection() -> Iterator[sqlite3.Connection]:
    with books() as connection:
        yield connection


@settings(max_examples=150, deadline=None)
@given(st.lists(act, max_size=30))
def test_any_history_is_the_same_as_of_points_that_are_moved_one_by_one(
    connection: sqlite3.Connection, acts: list[Act]
) -> None:
    connection.execute("BEGIN")
    try:
        play(connection, acts)
    finally:
        connection.execute("ROLLBACK")


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
    earn(connection, phone, 1, count, NOON_MS)
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
