"""A sale with its owner, points and coupons, over real HTTP."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.shop.consent import Purpose
from cloud.store import catalogue, erasing, member_codes, sales, shoppers
from tests.cloud.purses import Counter, counter, receipt, say
from tests.cloud.shop import CAKE, NOON_MS, TEA

CARD = "c" * 32


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Counter]:
    with counter(tmp_path) as open_till:
        yield open_till


def bind(till: Counter, profile_id: int, at_ms: int = NOON_MS - 1) -> dict[str, str]:
    with till.site.shop.store.atomic() as connection:
        shoppers.bind_card(connection, tag=CARD, profile_id=profile_id, reader="till-reader", now_ms=at_ms)
    return {"card": CARD}


def test_a_sale_without_a_member_is_nobodys_and_tells_its_sums(till: Counter) -> None:
    answer = till.sell(receipt())

    assert answer.status_code == 201
    assert answer.json() == {
        "sale": "A-1",
        "member": "nobody",
        "total": 25_600,
        "coupons": [],
        "points": {"spent": 0, "worth": 0, "earned": 0, "balance": None},
        "due": 25_600,
    }
    assert till.rows("SELECT count(*) FROM sale_links") == [(0,)]


def test_a_code_that_the_shopper_shows_links_earns_and_is_used_up(till: Counter) -> None:
    profile = till.customer()
    shown = till.code(profile)
    answer = till.sell(receipt(member=shown)).json()

    assert answer["member"] == "member"
    assert answer["points"] == {"spent": 0, "worth": 0, "earned": 256, "balance": 256}
    again = till.sell(receipt("A-2", member=shown)).json()
    assert (again["member"], again["points"]["earned"]) == ("unknown", 0)
    with till.site.shop.store.reading() as connection:
        assert sales.bought(connection, profile.person, TEA)
        assert not sales.bought(connection, profile.person, CAKE)


def test_a_code_may_be_typed_as_people_type(till: Counter) -> None:
    profile = till.customer()
    code = member_codes.code_of(b"\x12\x34\x56\x78\x9a")
    for number, typed in enumerate(("{0}", "{1}-{2}", " {1} {2}")):
        with till.site.shop.store.atomic() as connection:
            member_codes.make(connection, profile_id=profile.id, code=code, now_ms=NOON_MS)
        text = typed.format(code, code[:4], code[4:]).lower()
        assert till.sell(receipt(f"A-{number}", member={"code": text})).json()["member"] == "member"


def test_a_code_is_good_for_minutes_by_the_clock_of_the_till(till: Counter) -> None:
    profile = till.customer()
    shown = till.code(profile)
    late = till.sell({**receipt("A-1", member=shown), "at": NOON_MS + 12 * 60_000})
    assert late.json()["member"] == "unknown"
    # A till that had no network tells of it hours later.
    till.site.shop.clock.now_ms += 3 * 3_600_000
    assert till.sell(receipt("A-2", member=shown)).json()["member"] == "member"


def test_a_card_is_known_only_while_its_owner_agrees(till: Counter) -> None:
    profile = till.customer(0, Purpose.HISTORY, Purpose.CARD)
    card = bind(till, profile.id)
    assert till.sell(receipt("A-1", member=card)).json()["member"] == "member"
    with till.site.shop.store.atomic() as connection:
        say(connection, profile.id, Purpose.CARD, given=False)

    assert till.sell(receipt("A-2", member=card)).json()["member"] == "unknown"
    assert till.sell(receipt("A-3", member={"card": "d" * 32})).json()["member"] == "unknown"


def test_a_sale_of_before_the_card_was_bound_stays_nobodys(till: Counter) -> None:
    card = bind(till, till.customer(0, Purpose.HISTORY, Purpose.CARD).id, at_ms=NOON_MS + 120_000)
    assert till.sell(receipt(member=card)).json()["member"] == "unknown"


def test_points_pay_and_only_the_rest_earns(till: Counter) -> None:
    profile = till.customer(500)
    answer = till.sell(receipt(member=till.code(profile), points=400, paid=25_200)).json()

    assert answer["points"] == {"spent": 400, "worth": 400, "earned": 252, "balance": 352}
    assert answer["due"] == 25_200
    assert till.balance(profile) == 352
    assert till.audit().sum == 0


REFUSED: tuple[tuple[int, dict[str, object], str], ...] = (
    (501, {}, "too-few-points"),
    (99, {}, "least-points"),
    (400, {"member": None}, "no-member"),
    (400, {"paid": 25_600}, "other-sum"),
    (400, {"lines": [{"gtin": TEA, "quantity": 1, "amount": 399}]}, "more-than-due"),
)


def test_points_are_taken_all_or_nothing_is_kept(till: Counter) -> None:
    profile = till.customer(500)
    shown = till.code(profile)
    for points, more, reason in REFUSED:
        body = {**receipt(member=shown, points=points), **more}
        answer = till.sell({name: value for name, value in body.items() if value is not None})
        assert (answer.status_code, answer.json()["reason"]) == (409, reason)
        assert answer.headers["content-type"] == "application/problem+json"
    assert till.balance(profile) == 500
    assert till.rows("SELECT count(*) FROM sales") == [(0,)]
    with till.site.shop.store.reading() as connection:
        assert catalogue.stock(connection, TEA).store == 24
    # The code is still good: nothing was bought with it.
    assert till.sell(receipt(member=shown, points=500)).status_code == 201


def test_a_quote_tells_all_and_keeps_nothing(till: Counter) -> None:
    profile = till.customer(500)
    shown = till.code(profile)
    before = till.rows("SELECT count(*) FROM points_transfers UNION ALL SELECT count(*) FROM sales")
    quoted = till.client.post("/v1/sales/quote", json=receipt(member=shown, points=400))

    assert (quoted.status_code, quoted.json()["due"]) == (200, 25_200)
    assert till.rows("SELECT count(*) FROM points_transfers UNION ALL SELECT count(*) FROM sales") == before
    kept = till.sell(receipt(member=shown, points=400, paid=quoted.json()["due"]))
    assert kept.json() == quoted.json()


def test_a_lines_own_discount_comes_off_first(till: Counter) -> None:
    line = {"gtin": TEA, "quantity": 2, "amount": 25_600, "discount": 2_560}
    answer = till.sell({**receipt(), "lines": [line, {"gtin": CAKE, "quantity": 1, "amount": 8_900}]}).json()
    assert (answer["total"], answer["due"]) == (31_940, 31_940)
    assert till.rows("SELECT amount, discount FROM sale_lines ORDER BY line") == [(25_600, 2_560), (8_900, 0)]


def test_a_buyer_is_told_on_the_open_page(till: Counter) -> None:
    profile = till.customer(500)
    till.sell(receipt(member=till.code(profile), points=400))
    with till.site.shop.store.reading() as connection:
        # A receipt of what the shopper agreed to may come between.
        messages = shoppers.messages_after(connection, profile.person, 0)
    (told,) = (message for message in messages if message.kind == "points")

    assert "400포인트를 썼습니다. 252포인트를 쌓았습니다. 지금 352포인트가 있습니다." in told.body


def test_a_forgotten_buyer_leaves_the_sale_and_no_link(till: Counter) -> None:
    profile = till.customer(500)
    till.sell(receipt(member=till.code(profile), points=400))
    terms = till.rows("SELECT total, off, spent, worth, earned FROM sale_terms")
    with till.site.shop.store.atomic() as connection:
        erasing.erase(connection, profile.person, NOON_MS)

    assert till.rows("SELECT count(*) FROM sale_links") == [(0,)]
    assert till.rows("SELECT total, off, spent, worth, earned FROM sale_terms") == terms
    again = till.sell(receipt(points=400, member={"code": "0000-0000"}))
    assert (again.status_code, again.json()["points"]["balance"]) == (200, None)
    audit = till.audit()
    assert (audit.sum, audit.shoppers, audit.forgotten) == (0, 0, 352)


def test_what_a_store_without_new_fields_sends_is_the_same_sale_as_ever(till: Counter) -> None:
    body = b'{"sale":"A-1","at":1795230000000,"currency":"KRW","lines":[{"gtin":"%s","quantity":2,"amount":25600}]}'
    assert till.client.post("/v1/sales", content=body % TEA.encode()).status_code == 201
    # The digest that a database of before these fields holds for it.
    line = {"gtin": TEA, "quantity": 2, "amount": 25_600}
    old = {"sale": "A-1", "at": NOON_MS, "currency": "KRW", "lines": [line]}
    told = json.dumps(old, separators=(",", ":")).encode()
    assert till.rows("SELECT content FROM sales") == [(hashlib.sha256(told).hexdigest(),)]
