"""Voids and returns: money, points and stock, never more than was sold."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.shop.sales import SaleLine
from cloud.shop.settling import NotSold, Terms, after, standing
from cloud.store import catalogue, erasing
from tests.cloud.purses import Counter, counter, receipt
from tests.cloud.shop import CAKE, NOON_MS, TEA


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Counter]:
    with counter(tmp_path) as open_till:
        yield open_till


def back(counter: Counter, number: str, quantity: int = 1, **more: object) -> httpx.Response:
    line = {"line": 0, "quantity": quantity}
    body = {"return": number, "sale": "A-1", "at": NOON_MS, "lines": [line], **more}
    return counter.client.post("/v1/returns", json=body)


def stock(till: Counter, gtin: str = TEA) -> tuple[int | None, int | None]:
    with till.site.shop.store.reading() as connection:
        found = catalogue.stock(connection, gtin)
    return found.store, found.shelf


def test_a_void_undoes_all_of_it_once(till: Counter) -> None:
    profile = till.customer(500)
    till.sell(receipt(member=till.code(profile), points=400))
    answers = [till.client.post("/v1/sales/A-1/void") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json() == {
        "sale": "A-1",
        "refund": 25_200,
        "points": {"given_back": 400, "taken_back": 252, "short": 0, "short_worth": 0, "balance": 500},
        "coupons": 0,
    }
    assert stock(till) == (24, 7)
    assert till.rows("SELECT sum(quantity), sum(lines) FROM sale_sums") == [(0, 0)]
    assert till.audit().sum == 0


def test_a_voided_sale_that_is_sent_again_stays_undone(till: Counter) -> None:
    profile = till.customer()
    shown = till.code(profile)
    till.sell(receipt(member=shown))
    till.client.post("/v1/sales/A-1/void")
    again = till.sell(receipt(member=shown))
    assert (again.status_code, again.json()["voided"]) == (200, True)
    assert (till.balance(profile), stock(till)) == (0, (24, 7))


def test_parts_come_back_by_their_share_and_end_where_a_whole_return_ends(till: Counter) -> None:
    profile = till.customer(500)
    till.sell(receipt(quantity=3, member=till.code(profile), points=500))  # 38,400, of which 37,900 in money
    answers = [back(till, f"R-{n}").json() for n in range(3)]

    assert [answer["refund"] for answer in answers] == [12_634, 12_633, 12_633]
    assert [answer["points"]["given_back"] for answer in answers] == [167, 167, 166]
    assert [answer["points"]["taken_back"] for answer in answers] == [126, 126, 127]
    assert till.balance(profile) == 500
    assert stock(till) == (24, 4)  # in the store, and on no shelf yet
    assert till.audit().astray == 0


def test_never_more_comes_back_than_was_sold(till: Counter) -> None:
    till.sell(receipt(quantity=2))
    assert back(till, "R-1").status_code == 201
    too_many = back(till, "R-2", quantity=2)
    assert (too_many.status_code, too_many.json()["reason"]) == (409, "not-sold")
    assert back(till, "R-3", lines=[{"line": 1, "quantity": 1}]).status_code == 409
    assert back(till, "R-4").status_code == 201
    assert back(till, "R-5").status_code == 409
    assert till.client.post("/v1/sales/A-1/void").json()["refund"] == 0
    assert stock(till) == (24, 5)


def test_a_return_counts_once_and_its_number_is_one_returns(till: Counter) -> None:
    till.sell(receipt(quantity=3))
    answers = [back(till, "R-1") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert len({answer.text for answer in answers}) == 1
    other = back(till, "R-1", quantity=2)
    assert (other.status_code, other.json()["reason"]) == (409, "other-sale")
    assert stock(till) == (22, 4)


def test_points_that_are_spent_already_are_told_as_short(till: Counter) -> None:
    profile = till.customer()
    till.sell(receipt("A-1", quantity=3, member=till.code(profile)))  # earns 384
    with till.site.shop.store.atomic() as connection:
        till.site.shop.services.spender.spend(
            connection, person=profile.person, purchase=999, wanted=300, now_ms=NOON_MS
        )
    half = back(till, "R-1", quantity=1).json()["points"]
    assert half == {"given_back": 0, "taken_back": 84, "short": 44, "short_worth": 44, "balance": 0}
    rest = till.client.post("/v1/sales/A-1/void").json()["points"]
    assert (rest["taken_back"], rest["short"]) == (0, 256)
    audit = till.audit()
    assert (audit.sum, audit.astray, audit.shoppers) == (0, 0, 0)


def test_what_cannot_be_sold_again_is_not_in_stock_again(till: Counter) -> None:
    till.sell(receipt(quantity=2))
    assert back(till, "R-1", lines=[{"line": 0, "quantity": 1, "restock": False}]).status_code == 201
    assert stock(till) == (22, 5)


def test_another_till_may_take_back_what_one_sold(till: Counter) -> None:
    till.sell(receipt(quantity=2))
    with till.site.shop.store.atomic() as connection:
        connection.execute("INSERT INTO tills SELECT 'desk', 'd', 0")
        connection.execute("UPDATE tills SET name = 'front' WHERE name = 'till-1'")
    assert back(till, "R-1").status_code == 404
    assert back(till, "R-1", till="till-1").status_code == 201
    assert till.client.post("/v1/sales/A-1/void", json={"till": "till-1"}).status_code == 201


def test_what_nobody_sold_cannot_come_back(till: Counter) -> None:
    answers = (back(till, "R-1"), till.client.post("/v1/sales/A-1/void"))
    assert [(answer.status_code, answer.json()["reason"]) for answer in answers] == [(404, "no-sale")] * 2


def test_a_sale_of_nothing_can_be_undone_but_not_in_parts(till: Counter) -> None:
    deposit = {"gtin": CAKE, "quantity": 2, "amount": -200}
    till.sell({**receipt(), "lines": [deposit]})
    assert back(till, "R-1").json()["reason"] == "nothing-paid"
    assert till.client.post("/v1/sales/A-1/void").json()["refund"] == -200


def test_the_goods_of_a_forgotten_shopper_come_back_without_points(till: Counter) -> None:
    profile = till.customer(500)
    till.sell(receipt(member=till.code(profile), points=400))
    with till.site.shop.store.atomic() as connection:
        erasing.erase(connection, profile.person, NOON_MS)
    answer = till.client.post("/v1/sales/A-1/void").json()
    assert answer["refund"] == 25_200
    assert answer["points"] == {"given_back": 0, "taken_back": 0, "short": 0, "short_worth": 0, "balance": None}
    assert till.audit().sum == 0


def test_a_sale_of_any_number_can_be_undone(till: Counter) -> None:
    for number in ("a/b", "100%", "quote", "a?b#c", "%2e%2e", "void"):
        till.sell(receipt(number))
        path = "".join(f"%{ord(letter):02X}" for letter in number)
        assert till.client.post(f"/v1/sales/{path}/void").status_code == 201, number


lines = st.lists(
    st.builds(
        SaleLine, gtin=st.just(TEA), quantity=st.integers(1, 20), amount=st.integers(0, 10**6), discount=st.just(0)
    ),
    min_size=1,
    max_size=4,
).map(tuple)


@settings(max_examples=60, deadline=None)
@given(lines, st.integers(0, 1_000), st.integers(0, 1_000), st.integers(0, 1_000), st.data())
def test_whatever_comes_back_in_whatever_order_nothing_is_won_or_lost(
    goods: tuple[SaleLine, ...], off: int, spent: int, earned: int, data: st.DataObject
) -> None:
    total = sum(line.net for line in goods)
    off = min(off, total)
    spent = min(spent, total - off)
    terms = Terms(total=total, off=off, spent=spent, worth=spent, earned=earned)
    returned: dict[int, int] = {}
    stands = standing(terms, goods, returned)
    assert (stands.due, stands.spent, stands.earned) == (terms.due, spent, earned)
    while left := [place for place, line in enumerate(goods) if line.quantity > returned.get(place, 0)]:
        place = data.draw(st.sampled_from(left))
        more = data.draw(st.integers(1, goods[place].quantity - returned.get(place, 0)))
        returned = after(goods, returned, {place: more})
        later = standing(terms, goods, returned)
        assert later.due <= stands.due
        assert later.spent <= stands.spent
        assert later.earned <= stands.earned
        stands = later
    assert (stands.pieces, stands.due, stands.spent, stands.earned) == (0, 0, 0, 0)
    with pytest.raises(NotSold):
        after(goods, returned, {0: 1})


def test_a_sale_of_before_there_were_terms_can_come_back(till: Counter) -> None:
    till.sell(receipt(quantity=2))
    with till.site.shop.store.atomic() as connection:
        connection.execute("DELETE FROM sale_terms")
    assert back(till, "R-1").json()["refund"] == 12_800
    assert till.client.post("/v1/sales/A-1/void").json()["refund"] == 12_800
    assert till.sell(receipt(quantity=2)).json()["total"] == 25_600
