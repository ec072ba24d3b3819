"""Coupons at the till, beside points: their order, their sums, and what a void makes of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud.purses import Counter, counter, receipt
from tests.cloud.shop import CAKE, TEA


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Counter]:
    with counter(tmp_path) as open_till:
        yield open_till


def test_coupons_come_off_before_points_and_only_money_earns(till: Counter) -> None:
    profile = till.customer(500)
    code = till.coupon(profile, won=1_000, gtins=(TEA,))
    answer = till.sell(receipt(member=till.code(profile), coupons=[code], points=500, paid=24_100)).json()

    assert (answer["total"], answer["due"]) == (25_600, 24_100)
    assert answer["coupons"] == [{"off": 1_000}]
    assert answer["points"] == {"spent": 500, "worth": 500, "earned": 241, "balance": 241}


def test_a_refused_coupon_is_named_with_its_reason_and_the_sale_is_kept(till: Counter) -> None:
    profile = till.customer()
    used, cake = till.coupon(profile, won=500), till.coupon(profile, won=700, gtins=(CAKE,), name="cake-week")
    assert till.sell(receipt("A-1", coupons=[used])).json()["coupons"] == [{"off": 500}]
    answer = till.sell(receipt("A-2", coupons=["no code of ours", cake, used]))

    assert answer.status_code == 201
    assert answer.json()["coupons"] == [{"refused": "forged"}, {"refused": "basket"}, {"refused": "used"}]
    assert answer.json()["due"] == 25_600


def test_a_till_that_took_the_price_with_a_refused_coupon_is_told(till: Counter) -> None:
    answer = till.sell(receipt(coupons=["no-code-of-ours"], paid=24_600))
    assert (answer.status_code, answer.json()["reason"]) == (409, "other-sum")
    assert till.rows("SELECT count(*) FROM sales") == [(0,)]


def test_no_coupon_makes_a_sale_cheaper_than_nothing(till: Counter) -> None:
    one, other = till.customer(), till.customer()
    codes = [till.coupon(one, won=20_000), till.coupon(other, won=20_000, name="cake-week")]
    answer = till.sell(receipt(coupons=[*codes, "x"])).json()
    assert answer["coupons"] == [{"off": 20_000}, {"off": 5_600}, {"refused": "nothing-due"}]
    assert answer["due"] == 0


def test_a_sale_that_is_refused_leaves_its_coupon_open(till: Counter) -> None:
    profile = till.customer(100)
    code = till.coupon(profile, won=1_000)
    shown = till.code(profile)
    assert till.sell(receipt(member=shown, coupons=[code], points=101)).status_code == 409
    assert till.sell(receipt(member=shown, coupons=[code], points=100)).json()["coupons"] == [{"off": 1_000}]


def test_a_void_opens_the_coupon_again_and_a_part_that_comes_back_does_not(till: Counter) -> None:
    profile = till.customer()
    code = till.coupon(profile, won=1_000)
    till.sell(receipt("A-1", coupons=[code]))
    part = {"return": "R-1", "sale": "A-1", "at": 1, "lines": [{"line": 0, "quantity": 1}]}
    assert till.client.post("/v1/returns", json=part).json()["coupons"] == 0
    assert till.sell(receipt("A-2", coupons=[code])).json()["coupons"] == [{"refused": "used"}]
    voided = till.client.post("/v1/sales/A-1/void").json()

    assert (voided["coupons"], voided["refund"]) == (1, 12_300)
    assert till.sell(receipt("A-3", coupons=[code])).json()["coupons"] == [{"off": 1_000}]


def test_no_code_of_a_coupon_is_kept_with_the_sale(till: Counter) -> None:
    code = till.coupon(till.customer(), won=1_000)
    till.sell(receipt(coupons=[code]), **{"idempotency-key": "k"})
    with till.site.shop.store.reading() as connection:
        tables = ("sales", "sale_lines", "sale_terms", "sale_links", "till_answers")
        kept = [str(connection.execute(f"SELECT * FROM {table}").fetchall()) for table in tables]
    assert code not in "".join(kept)
