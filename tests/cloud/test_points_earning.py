import sqlite3
from collections.abc import Iterator
from itertools import pairwise

import pytest

from cloud.points import ledger
from cloud.points.earning import Earned, NotEarned
from cloud.points.ledger import Reason
from cloud.points.rates import Rates, Scheme, expires_ms
from cloud.proof import merkle
from cloud.shop.consent import Purpose
from cloud.store import erasing, logs, points, points_marks, visits
from cloud.store.logs import Log
from cloud.store.shoppers import Profile
from cloud.store.visits import Visit
from tests.cloud.purses import books, earner, join, say, shopper, spender
from tests.cloud.shop import CAKE, NOON_MS, TEA

MINUTE_MS, DAY_MS = 60_000, 86_400_000


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with books() as connection:
        yield connection


def visit(connection: sqlite3.Connection, *, at_ms: int = NOON_MS, signed: bool = True) -> Visit:
    """A phone's tap on the tea."""
    number = connection.execute("SELECT count(*) FROM visits").fetchone()[0]
    digest = f"visit-{number}" if signed else None
    visits.add_visit(connection, digest=digest, at_ms=at_ms, tag="tag-tea", gtin=TEA, counter=number)
    return Visit(id=number + 1, at_ms=at_ms, tag="tag-tea", gtin=TEA, signed=signed, counter=number)


def balance(connection: sqlite3.Connection, profile: Profile, now_ms: int = NOON_MS) -> int:
    return ledger.balance(points.lots(connection, profile.person), now_ms)


def test_a_signed_tap_earns_its_price_once(connection: sqlite3.Connection) -> None:
    phone, tap = shopper(connection, Purpose.HISTORY), visit(connection)
    got = earner().tap(connection, phone, tap, NOON_MS)

    assert got == Earned(points=1, balance=1, expires_ms=expires_ms(NOON_MS, Scheme()))
    assert earner().tap(connection, phone, tap, NOON_MS) is NotEarned.TWICE
    assert earner().tap(connection, shopper(connection, Purpose.HISTORY), tap, NOON_MS) is NotEarned.TWICE
    assert points_marks.visit_earned(connection, tap.id) == 1


def test_an_unsigned_tap_and_an_old_one_earn_nothing(connection: sqlite3.Connection) -> None:
    phone = shopper(connection, Purpose.HISTORY)
    assert earner().tap(connection, phone, visit(connection, signed=False), NOON_MS) is NotEarned.UNPROVEN
    old = visit(connection, at_ms=NOON_MS - 15 * MINUTE_MS)
    assert earner().tap(connection, phone, old, NOON_MS) is NotEarned.UNPROVEN
    assert balance(connection, phone) == 0


def test_nobody_who_does_not_share_taps_earns(connection: sqlite3.Connection) -> None:
    phone = shopper(connection, Purpose.OFFERS, Purpose.CARD)
    gave = [
        earner().tap(connection, phone, visit(connection), NOON_MS),
        earner().review(connection, phone, TEA, NOON_MS),
        earner().answer(connection, phone, "tea-or-coffee", NOON_MS),
        earner().sale(connection, phone, 1, 10_000, NOON_MS),
    ]
    assert gave == [NotEarned.NO_CONSENT] * 4
    assert connection.execute("SELECT count(*) FROM points_accounts").fetchone() == (1,)


def test_withdrawing_stops_earning_and_keeps_what_was_earned(connection: sqlite3.Connection) -> None:
    phone = shopper(connection, Purpose.HISTORY)
    earner().sale(connection, phone, 1, 20_000, NOON_MS)
    say(connection, phone.id, Purpose.HISTORY, given=False, now_ms=NOON_MS + 1)

    assert earner().sale(connection, phone, 2, 20_000, NOON_MS + 2) is NotEarned.NO_CONSENT
    assert balance(connection, phone) == 200
    spender().spend(connection, person=phone.person, purchase=3, wanted=200, now_ms=NOON_MS + 3)
    assert balance(connection, phone) == 0


def test_nobody_farms_a_tag(connection: sqlite3.Connection) -> None:
    one, other = join(connection, shopper(connection, Purpose.HISTORY), shopper(connection, Purpose.HISTORY))
    store = earner(Scheme(rates=Rates(tap=3, taps_a_day=10)))
    gave = [store.tap(connection, phone, visit(connection), NOON_MS) for phone in (one, other, one, other, one)]

    assert [each.points if isinstance(each, Earned) else each for each in gave] == [3, 3, 3, 1, NotEarned.ENOUGH_TODAY]
    midnight = NOON_MS + 12 * 60 * MINUTE_MS
    late = visit(connection, at_ms=midnight - 1)
    assert store.tap(connection, one, late, midnight - 1) is NotEarned.ENOUGH_TODAY
    assert isinstance(store.tap(connection, one, visit(connection, at_ms=midnight), midnight), Earned)


def test_a_person_is_paid_once_for_a_review_and_an_answer_on_all_phones(connection: sqlite3.Connection) -> None:
    one, other = join(connection, shopper(connection, Purpose.HISTORY), shopper(connection, Purpose.HISTORY))
    assert isinstance(earner().review(connection, one, TEA, NOON_MS), Earned)
    assert isinstance(earner().review(connection, other, CAKE, NOON_MS), Earned)
    assert isinstance(earner().answer(connection, other, "tea-or-coffee", NOON_MS), Earned)

    assert earner().review(connection, other, TEA, NOON_MS) is NotEarned.TWICE
    assert earner().answer(connection, one, "tea-or-coffee", NOON_MS) is NotEarned.TWICE
    stranger = shopper(connection, Purpose.HISTORY)
    assert isinstance(earner().review(connection, stranger, TEA, NOON_MS), Earned)
    assert balance(connection, one) == 50 + 50 + 10


def test_a_rate_of_nothing_gives_nothing(connection: sqlite3.Connection) -> None:
    free = earner(Scheme(rates=Rates(tap=0, review=0, sale_per_mille=1)))
    phone = shopper(connection, Purpose.HISTORY)
    assert free.tap(connection, phone, visit(connection), NOON_MS) is NotEarned.NOTHING
    assert free.review(connection, phone, TEA, NOON_MS) is NotEarned.NOTHING
    assert free.sale(connection, phone, 1, 999, NOON_MS) is NotEarned.NOTHING


def test_joined_phones_share_their_points_and_parting_leaves_each_its_own(connection: sqlite3.Connection) -> None:
    one, other = shopper(connection, Purpose.HISTORY), shopper(connection, Purpose.HISTORY)
    earner().sale(connection, one, 1, 20_000, NOON_MS)
    earner().sale(connection, other, 2, 10_000, NOON_MS + DAY_MS)
    join(connection, one, other)
    assert balance(connection, one) == 300
    spender().spend(connection, person=one.person, purchase=3, wanted=250, now_ms=NOON_MS + DAY_MS)
    connection.execute("UPDATE profiles SET person = id")

    assert (balance(connection, one), balance(connection, other)) == (0, 50)


def test_every_entry_is_in_the_log_and_opens_its_leaf(connection: sqlite3.Connection) -> None:
    phone = shopper(connection, Purpose.HISTORY)
    earner().sale(connection, phone, 1, 20_000, NOON_MS)
    spender().spend(connection, person=phone.person, purchase=2, wanted=150, now_ms=NOON_MS)
    opened, leaves = list(points.openings(connection)), list(logs.leaves(connection, Log.POINTS))

    assert [merkle.leaf_hash(each.nonce + each.content) for each in opened] == leaves
    assert len(leaves) == 2
    assert b'"amount":-150' in opened[1].content


def test_a_forgotten_shopper_leaves_every_total_and_no_trace(connection: sqlite3.Connection) -> None:
    phone, other = shopper(connection, Purpose.HISTORY), shopper(connection, Purpose.HISTORY)
    tap = visit(connection)
    earner().tap(connection, phone, tap, NOON_MS + 5)
    earner().sale(connection, phone, 71, 20_000, NOON_MS + 6)
    earner().sale(connection, other, 72, 20_000, NOON_MS + 7)
    spender().spend(connection, person=phone.person, purchase=73, wanted=150, now_ms=NOON_MS + 8)
    before, leaves = points.audit(connection), list(logs.leaves(connection, Log.POINTS))
    erasing.erase(connection, phone.person, NOON_MS)
    after = points.audit(connection)

    assert after.sum == after.astray == 0
    assert after.store == before.store
    assert (after.forgotten, after.shoppers) == (51, 200)
    assert list(logs.leaves(connection, Log.POINTS))[: len(leaves)] == leaves
    assert [each.number for each in points.openings(connection)] == [2]  # the other's alone
    gone = connection.execute("SELECT account, lot, purchase FROM points_transfers WHERE id <> 3")
    assert gone.fetchall() == [(points.NOBODYS, None, None)] * 3
    assert balance(connection, other) == 200


def test_what_a_forgotten_shopper_had_spent_cannot_come_back_to_anybody(connection: sqlite3.Connection) -> None:
    phone = shopper(connection, Purpose.HISTORY)
    earner().sale(connection, phone, 1, 20_000, NOON_MS)
    spender().spend(connection, person=phone.person, purchase=2, wanted=200, now_ms=NOON_MS)
    erasing.erase(connection, phone.person, NOON_MS)
    assert spender().give_back(connection, purchase=2, wanted=200, now_ms=NOON_MS) == 0
    assert points.audit(connection).sum == 0


def test_entries_that_came_without_the_log_are_taken_into_it(connection: sqlite3.Connection) -> None:
    phone = shopper(connection, Purpose.HISTORY)
    earner().sale(connection, phone, 1, 20_000, NOON_MS)
    connection.execute("DELETE FROM points_leaves")  # as after an import into a clean install
    assert points.adopt(connection, earner().random) == 1
    assert points.adopt(connection, earner().random) == 0
    (opened,) = points.openings(connection)
    assert merkle.leaf_hash(opened.nonce + opened.content) == list(logs.leaves(connection, Log.POINTS))[-1]


def test_the_newest_movement_comes_first_and_one_spending_is_one_line(connection: sqlite3.Connection) -> None:
    phone = shopper(connection, Purpose.HISTORY)
    for day in range(3):
        earner().sale(connection, phone, day, 10_000, NOON_MS + day * DAY_MS)
    spender().spend(connection, person=phone.person, purchase=9, wanted=250, now_ms=NOON_MS + 3 * DAY_MS)
    lines = points.bookings(connection, phone.person)

    assert [(line.reason, line.points) for line in lines] == [(Reason.SPEND, -250)] + [(Reason.SALE, 100)] * 3
    assert all(newer.day_ms > older.day_ms for newer, older in pairwise(lines))


def test_the_ledger_knows_the_day_and_no_visit(connection: sqlite3.Connection) -> None:
    phone, day_ms = shopper(connection, Purpose.HISTORY), NOON_MS - 12 * 60 * MINUTE_MS
    for minute in range(3):
        at_ms = NOON_MS + minute * MINUTE_MS
        assert isinstance(earner().tap(connection, phone, visit(connection, at_ms=at_ms), at_ms), Earned)
    rows = connection.execute("SELECT purchase, day_ms FROM points_transfers").fetchall()

    assert rows == [(None, day_ms)] * 3
    assert connection.execute("SELECT count(*) FROM points_marks WHERE profile IS NOT NULL").fetchone() == (0,)
    assert points.bookings(connection, phone.person) == (points.Booking(day_ms=day_ms, reason=Reason.TAP, points=3),)
