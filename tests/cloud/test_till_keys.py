"""A till that sends again what it has sent: nothing is doubled, and the same key brings the same answer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from cloud.points.sweeping import Swept, sweep
from cloud.store import catalogue
from tests.cloud.purses import Counter, counter, receipt
from tests.cloud.shop import NOON_MS, TEA

HOUR_MS = 3_600_000


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Counter]:
    with counter(tmp_path) as open_till:
        yield open_till


def keyed(till: Counter, key: str, body: dict[str, object], path: str = "/v1/sales") -> httpx.Response:
    return till.client.post(path, json=body, headers={"idempotency-key": key})


def swept(till: Counter) -> Swept:
    services = till.site.shop.services
    return sweep(services.store, now_ms=services.clock(), random=services.random)


def test_the_same_key_and_body_bring_the_same_answer_whatever_happened_since(till: Counter) -> None:
    profile = till.customer(500)
    body = receipt(member=till.code(profile), points=400)
    first = keyed(till, "k-1", body)
    till.sell(receipt("A-2", member=till.code(till.customer())))
    till.client.post("/v1/sales/A-1/void")
    again = keyed(till, "k-1", body)

    assert (again.status_code, again.text) == (first.status_code, first.text) == (201, first.text)
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")
    assert till.balance(profile) == 500


def test_the_same_key_with_another_request_is_refused(till: Counter) -> None:
    assert keyed(till, "k-1", receipt("A-1")).status_code == 201
    for body, path in ((receipt("A-2"), "/v1/sales"), (receipt("A-1"), "/v1/sales/A-1/void")):
        other = keyed(till, "k-1", body, path)
        assert (other.status_code, other.json()["reason"]) == (422, "key-reused")
    assert till.rows("SELECT sale FROM sales") == [("A-1",)]


def test_a_key_is_one_tills_own(till: Counter) -> None:
    with till.site.shop.store.atomic() as connection:
        connection.execute(
            "INSERT INTO tills VALUES ('till-2', '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae', 0)"
        )
    assert keyed(till, "k-1", receipt()).status_code == 201
    with till.site.client(authorization="Bearer foo") as other:
        answer = other.post("/v1/sales", json=receipt("A-9"), headers={"idempotency-key": "k-1"})
    assert answer.status_code == 201


def test_what_kept_nothing_may_be_tried_again_under_its_key(till: Counter) -> None:
    profile = till.customer(100)
    body = receipt(member=till.code(profile), points=200)
    assert keyed(till, "k-1", body).status_code == 409
    with till.site.shop.store.atomic() as connection:
        till.site.shop.services.earner.sale(connection, profile, 77, 10_000, NOON_MS)
    assert keyed(till, "k-1", body).status_code == 201


def test_what_is_no_key_is_refused(till: Counter) -> None:
    for key in ("", "a b", "x" * 256, '"a'):
        answer = keyed(till, key, receipt())
        assert (answer.status_code, answer.json()["reason"]) == (400, "bad-key"), key
    assert till.rows("SELECT count(*) FROM sales") == [(0,)]


def test_an_answer_is_kept_for_a_day_at_least_and_the_sale_for_ever(till: Counter) -> None:
    body = receipt()
    keyed(till, "k-1", body)
    till.site.shop.clock.now_ms += 24 * HOUR_MS
    assert swept(till).answers == 0
    assert keyed(till, "k-1", body).headers["idempotency-replayed"] == "true"
    till.site.shop.clock.now_ms += 25 * HOUR_MS
    assert swept(till).answers == 1
    late = keyed(till, "k-1", body)
    assert (late.status_code, "idempotency-replayed" in late.headers) == (200, False)
    with till.site.shop.store.reading() as connection:
        assert catalogue.stock(connection, TEA).store == 22


def test_an_offline_till_that_syncs_twice_doubles_nothing(till: Counter) -> None:
    """Its whole morning, some of it by members, sent again in another order, with and without keys, by many at once."""
    people = [till.customer() for _ in range(4)]
    morning = [
        {**receipt(f"A-{n}", member=till.code(people[n % 4])), "at": NOON_MS + n} if n < 4 else receipt(f"A-{n}")
        for n in range(12)
    ]
    till.site.shop.clock.now_ms += 5 * HOUR_MS
    assert {keyed(till, f"k-{n}", body).status_code for n, body in enumerate(morning)} == {201}
    books = [till.balance(person) for person in people], till.audit(), till.rows("SELECT * FROM stock ORDER BY gtin")
    again = [*morning[::-1], *morning]
    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(lambda body: till.sell(body).status_code, again))
        statuses |= set(pool.map(lambda n: keyed(till, f"k-{n}", morning[n]).status_code, range(12)))

    assert statuses == {200, 201}
    assert books == (
        [till.balance(person) for person in people],
        till.audit(),
        till.rows("SELECT * FROM stock ORDER BY gtin"),
    )
    assert books[0] == [256] * 4
    assert till.rows("SELECT count(*) FROM sales") == [(12,)]


def test_the_hourly_sweep_ends_points_and_unlinks_what_is_old(till: Counter) -> None:
    profile = till.customer()
    till.sell(receipt(member=till.code(profile)))
    till.site.shop.clock.now_ms += 91 * 24 * HOUR_MS
    first = swept(till)
    assert (first.unlinked, first.expired) == (1, 0)
    till.site.shop.clock.now_ms += 700 * 24 * HOUR_MS
    assert swept(till).expired == 256
    assert swept(till) == Swept(expired=0, adopted=0, unlinked=0, interests=0, codes=0, answers=0)
    assert till.audit().store["expired"] == 256  # type: ignore[index]  # a StrEnum is its text
