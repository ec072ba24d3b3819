"""Sixty-four tills at once, over real HTTP: one wins, and the books are in order."""

from collections import Counter as Tally
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import httpx
import pytest

from cloud.shop.consent import Purpose
from cloud.store import shoppers
from tests.cloud.purses import Counter, counter, receipt, say

TILLS = 64


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Counter]:
    with counter(tmp_path) as open_till:
        yield open_till


def race(act: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    """All at the same moment, each in a thread of its own."""
    start = Barrier(TILLS)

    def one(number: int) -> httpx.Response:
        start.wait(30)
        return act(number)

    with ThreadPoolExecutor(TILLS) as pool:
        return list(pool.map(one, range(TILLS)))


def test_of_64_tills_that_spend_the_last_points_one_wins(till: Counter) -> None:
    profile = till.customer(500)
    card = {"card": "c" * 32}
    with till.site.shop.store.atomic() as connection:
        say(connection, profile.id, Purpose.CARD, given=True)
        shoppers.bind_card(connection, tag="c" * 32, profile_id=profile.id, reader="till-reader", now_ms=1)
    answers = race(lambda n: till.sell(receipt(f"A-{n}", member=card, points=500)))

    assert Tally(answer.status_code for answer in answers) == {201: 1, 409: TILLS - 1}
    assert {answer.json()["reason"] for answer in answers if answer.status_code == 409} == {"too-few-points"}
    assert till.rows("SELECT count(*) FROM sales") == [(1,)]
    audit = till.audit()
    assert (audit.sum, audit.astray, audit.store["redeemed"]) == (0, 0, 500)  # type: ignore[index]  # a StrEnum is its text
    assert till.balance(profile) == 251


def test_of_64_tills_that_are_shown_one_code_one_links_its_sale(till: Counter) -> None:
    shown = till.code(till.customer())
    answers = race(lambda n: till.sell(receipt(f"A-{n}", member=shown)))
    assert Tally(answer.json()["member"] for answer in answers) == {"member": 1, "unknown": TILLS - 1}


def test_of_64_tills_that_are_shown_one_coupon_one_takes_it(till: Counter) -> None:
    code = till.coupon(till.customer(), won=1_000)
    answers = race(lambda n: till.sell(receipt(f"A-{n}", coupons=[code])))
    assert Tally(answer.json()["due"] for answer in answers) == {24_600: 1, 25_600: TILLS - 1}


def test_of_64_voids_at_once_one_moves_points(till: Counter) -> None:
    profile = till.customer(500)
    till.sell(receipt(member=till.code(profile), points=400))
    answers = race(lambda _: till.client.post("/v1/sales/A-1/void"))
    assert Tally(answer.status_code for answer in answers) == {201: 1, 200: TILLS - 1}
    assert (till.balance(profile), till.audit().sum) == (500, 0)


def test_one_request_that_is_sent_64_times_at_once_has_one_answer(till: Counter) -> None:
    body = receipt(member=till.code(till.customer()))
    answers = race(lambda _: till.sell(body, **{"idempotency-key": "k-1"}))
    assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert sum(answer.headers.get("idempotency-replayed") == "true" for answer in answers) == TILLS - 1
