import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.gs1 import check_digit
from cloud.shop.sales import Sale, SaleError, SaleLine, decode_sale, encode_sale
from cloud.shop.tokens import digest
from cloud.store import catalogue, sales
from cloud.store.catalogue import Stock
from tests.cloud.served import Served, served
from tests.cloud.shop import CAKE, NOON_MS, TEA

TOKEN = "t" * 22


@pytest.fixture
def till(tmp_path: Path) -> Iterator[tuple[Served, httpx.Client]]:
    with served(tmp_path) as site:
        with site.shop.store.atomic() as connection:
            sales.put_till(connection, name="till-1", digest=digest(TOKEN), now_ms=0)
        with site.client(authorization=f"Bearer {TOKEN}") as client:
            yield site, client


def receipt(sale: str = "A-1", quantity: int = 2, gtin: str = TEA) -> dict[str, object]:
    line = {"gtin": gtin, "quantity": quantity, "amount": 12_800 * quantity}
    return {"sale": sale, "at": NOON_MS, "currency": "KRW", "lines": [line]}


def rows(site: Served, question: str) -> list[tuple[object, ...]]:
    with site.shop.store.reading() as connection:
        return connection.execute(question).fetchall()


def stock(site: Served, gtin: str = TEA) -> Stock:
    with site.shop.store.reading() as connection:
        return catalogue.stock(connection, gtin)


def test_a_sale_counts_once_and_comes_off_the_stock(till: tuple[Served, httpx.Client]) -> None:
    site, client = till
    statuses = [client.post("/v1/sales", json=receipt()).status_code for _ in range(3)]

    assert statuses == [201, 200, 200]
    assert stock(site) == Stock(store=22, shelf=5)
    assert rows(site, "SELECT gtin, quantity, lines FROM sale_sums WHERE span_ms = 60000") == [(TEA, 2, 1)]


def test_another_receipt_under_the_same_number_is_a_conflict(till: tuple[Served, httpx.Client]) -> None:
    site, client = till
    assert client.post("/v1/sales", json=receipt()).status_code == 201
    assert client.post("/v1/sales", json=receipt(quantity=3)).status_code == 409
    assert stock(site) == Stock(store=22, shelf=5)


def test_the_same_number_at_another_till_is_another_sale(till: tuple[Served, httpx.Client]) -> None:
    site, client = till
    with site.shop.store.atomic() as connection:
        sales.put_till(connection, name="till-2", digest=digest("other"), now_ms=0)

    assert client.post("/v1/sales", json=receipt()).status_code == 201
    assert client.post("/v1/sales", json=receipt(), headers={"authorization": "bearer other"}).status_code == 201
    assert stock(site).store == 20


def test_of_many_at_once_one_counts(till: tuple[Served, httpx.Client]) -> None:
    site, client = till
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: client.post("/v1/sales", json=receipt()).status_code, range(16)))

    assert sorted(statuses) == [200] * 15 + [201]
    assert stock(site).store == 22


def test_what_nobody_counts_stays_uncounted_and_less_than_nothing_is_told_as_it_is(
    till: tuple[Served, httpx.Client],
) -> None:
    site, client = till
    assert client.post("/v1/sales", json=receipt("A-1", 1, CAKE)).status_code == 201
    assert client.post("/v1/sales", json=receipt("A-2", 1, "09506000134352")).status_code == 201

    assert stock(site, CAKE) == Stock(store=-1, shelf=None)
    with site.client() as phone:
        assert "품절" in phone.get(f"/01/{CAKE}?lang=ko").text


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}"])
def test_without_its_token_nobody_is_a_till(till: tuple[Served, httpx.Client], header: str) -> None:
    site, _ = till
    with site.client() as stranger:
        answer = stranger.post("/v1/sales", json=receipt(), headers={"authorization": header})

    assert answer.status_code == 401
    assert rows(site, "SELECT count(*) FROM sales") == [(0,)]


GOOD = json.dumps(receipt())


BAD = (
    ("", "truncated"),
    ("[]", "object"),
    (GOOD.replace("KRW", "won"), "currency"),
    (GOOD.replace("KRW", "USD"), "currency"),
    (GOOD[:-1] + ', "sale": "A-2"}', "twice"),
    (GOOD.replace('"quantity": 2', '"quantity": 2, "quantity": 3'), "twice"),
    (GOOD.replace('"quantity": 2', '"quantity": -2'), "quantity"),
    (GOOD.replace('"quantity": 2', '"quantity": NaN'), ""),
    (GOOD.replace(str(NOON_MS), "1e400"), ""),
    (GOOD.replace(str(NOON_MS), "9" * 400), ""),
    (GOOD.replace("A-1", "\\u0000"), "sale"),
    (GOOD + "x", ""),
    ("\ufeff" + GOOD, ""),
    (GOOD.replace(TEA, "09520000000012"), "check digit"),
    (GOOD.replace(TEA, "1" * 5), "gtin"),
    (GOOD.replace('"quantity": 2', '"quantity": 0'), "quantity"),
    (GOOD.replace('"quantity": 2', '"quantity": 1.5'), "quantity"),
    (GOOD.replace('"amount": 25600', '"amount": 1e3'), "amount"),
    (GOOD.replace('"amount": 25600', f'"amount": {10**30}'), "amount"),
    (GOOD.replace("A-1", "x" * 65), "sale"),
    (GOOD.replace("A-1", "a b"), "sale"),
    (GOOD.replace('"sale"', '"sales"'), "sales"),
    (GOOD.replace('"sale"', '"extra": 1, "sale"'), "extra"),
    ('{"lines":' + "[" * 10_000, ""),
    ('{"sale": "\\ud800"}', ""),
)


def test_what_is_no_sale_is_refused_in_words(till: tuple[Served, httpx.Client]) -> None:
    site, client = till
    for body, words in BAD:
        answer = client.post("/v1/sales", content=body)
        assert answer.status_code == 422, body
        assert words in answer.text
        assert answer.text.strip().isprintable()
    assert rows(site, "SELECT count(*) FROM sales") == [(0,)]


def test_the_interface_is_described(till: tuple[Served, httpx.Client]) -> None:
    _, client = till
    told = client.get("/openapi.json").json()

    assert set(told["paths"]["/v1/sales"]["post"]["responses"]) >= {"200", "201", "401", "409", "413", "422"}


lines = st.builds(
    SaleLine,
    gtin=st.integers(0, 10**13 - 1).map(lambda n: f"{n:013}").map(lambda s: s + check_digit(s)),
    quantity=st.integers(1, 10_000),
    amount=st.integers(-(10**12), 10**12),
)


@settings(max_examples=100, deadline=None)
@given(st.builds(Sale, sale=st.just("a"), at=st.integers(0, 2**43), currency=st.just("KRW"), lines=st.tuples(lines)))
def test_a_sale_survives_its_bytes(sale: Sale) -> None:
    assert decode_sale(encode_sale(sale)) == sale


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_give_a_sale_or_a_sale_error(data: bytes) -> None:
    with pytest.raises(SaleError):
        decode_sale(data)
