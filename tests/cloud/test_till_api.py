"""The tills' interface as it is described, and what no till sends."""

from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema  # type: ignore[import-untyped]  # it has no types of its own
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.shop.sales import SaleError, decode_return, decode_sale, decode_undoing
from tests.cloud.purses import Counter, counter, receipt
from tests.cloud.shop import TEA

ROUTES = ("/v1/sales", "/v1/sales/A-1/void", "/v1/returns")


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    with counter(tmp_path_factory.mktemp("api")) as open_till:
        yield open_till


@pytest.fixture(scope="module")
def paths(till: Counter) -> dict[str, Any]:
    told: dict[str, Any] = till.client.get("/openapi.json").json()
    assert "Till" in told["components"]["securitySchemes"]
    found: dict[str, Any] = told["paths"]
    return found


def test_every_route_tells_its_body_its_answers_and_its_key(paths: dict[str, Any]) -> None:
    assert {path for path in paths if path.startswith("/v1/")} >= {
        "/v1/sales",
        "/v1/sales/quote",
        "/v1/sales/{sale}/void",
        "/v1/returns",
    }
    for path in ("/v1/sales", "/v1/sales/{sale}/void", "/v1/returns"):
        told = paths[path]["post"]
        assert set(told["responses"]) >= {"200", "201", "400", "401", "409", "413", "422"}
        assert "Idempotency-Key" in [each["name"] for each in told["parameters"]]
        assert told["security"] == [{"Till": []}]
        assert told["requestBody"]["content"]["application/json"]["schema"]["additionalProperties"] is False


def validated(paths: dict[str, Any], path: str, body: dict[str, object], answer: httpx.Response) -> None:
    """Holds a request and its answer to what is described."""
    told = paths[path]["post"]
    schema = told["requestBody"]["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator(schema).validate(body)
    kind = answer.headers["content-type"]
    jsonschema.Draft202012Validator(told["responses"][str(answer.status_code)]["content"][kind]["schema"]).validate(
        answer.json()
    )


def test_what_is_sent_and_answered_is_as_described(till: Counter, paths: dict[str, Any]) -> None:
    profile = till.customer(500)
    code = till.coupon(profile, won=1_000)
    body = receipt("D-1", member=till.code(profile), coupons=[code, "x"], points=500, paid=24_100)
    validated(paths, "/v1/sales/quote", body, till.client.post("/v1/sales/quote", json=body))
    for _ in range(2):
        validated(paths, "/v1/sales", body, till.sell(body))
    other = {**body, "points": 400}
    validated(paths, "/v1/sales", other, till.sell(other))
    back: dict[str, object] = {"return": "D-R", "sale": "D-1", "at": 1, "lines": [{"line": 0, "quantity": 1}]}
    for _ in range(2):
        validated(paths, "/v1/returns", back, till.client.post("/v1/returns", json=back))
    validated(paths, "/v1/sales/{sale}/void", {}, till.client.post("/v1/sales/D-1/void"))
    validated(paths, "/v1/sales/{sale}/void", {}, till.client.post("/v1/sales/D-9/void"))


GOOD = (
    '{"sale":"H-1","at":1795230000000,"currency":"KRW","member":{"code":"00000000"},"coupons":["x"],"points":100,'
    f'"paid":1,"lines":[{{"gtin":"{TEA}","quantity":1,"amount":100,"discount":1}}]}}'
)
HOSTILE = (
    GOOD.replace('"points":100', f'"points":{2**63}'),
    GOOD.replace('"points":100', f'"points":{2**64}'),
    GOOD.replace('"points":100', '"points":-1'),
    GOOD.replace('"points":100', '"points":1e2'),
    GOOD.replace('"points":100', '"points":NaN'),
    GOOD.replace('"points":100', '"points":Infinity'),
    GOOD.replace('"points":100', '"points":"100"'),
    GOOD.replace('"points":100', '"points":true'),
    GOOD.replace('"points":100', '"points":100,"points":1'),
    GOOD.replace('"points":100', '"points":100,"p\\u006fints":1'),
    GOOD.replace('"discount":1', '"discount":101'),
    GOOD.replace('"discount":1', '"discount":-1'),
    GOOD.replace('"discount":1', f'"discount":{2**63}'),
    GOOD.replace('"paid":1', f'"paid":{10**30}'),
    GOOD.replace('"paid":1', '"paid":0.1'),
    GOOD.replace('"00000000"', '"0000"'),
    GOOD.replace('"00000000"', '"\\ud800\\ud800\\ud800\\ud800\\ud800\\ud800\\ud800\\ud800"'),
    GOOD.replace('"00000000"', '"00000000\\n"'),
    GOOD.replace('"00000000"', '"00000000","card":"' + "c" * 32 + '"'),
    GOOD.replace('{"code":"00000000"}', "{}"),
    GOOD.replace('{"code":"00000000"}', '{"card":"x"}'),
    GOOD.replace('{"code":"00000000"}', '["code"]'),
    GOOD.replace('["x"]', '["x","x"]'),
    GOOD.replace('["x"]', '[""]'),
    GOOD.replace('["x"]', '["\\u0000"]'),
    GOOD.replace('["x"]', '["' + "x" * 201 + '"]'),
    GOOD.replace('["x"]', "[" + ",".join(f'"{n}"' for n in range(11)) + "]"),
    GOOD.replace('["x"]', "[" * 5_000),
    GOOD.replace('"quantity":1', '"quantity":10001'),
    GOOD.replace("H-1", "H\\ud800"),
    GOOD.replace('"at":', '"AT":'),
    '{"return":"R","sale":"A-1","at":1,"lines":[]}',
    '{"return":"R","sale":"A-1","at":1,"lines":[{"line":0,"quantity":1},{"line":0,"quantity":1}]}',
    '{"return":"R","sale":"A-1","at":1,"lines":[{"line":500,"quantity":1}]}',
    '{"return":"R","sale":"A-1","at":1,"lines":[{"line":-1,"quantity":1}]}',
    '{"return":"R","sale":"A-1","at":1,"lines":[{"line":0,"quantity":1,"restock":1}]}',
    '{"at":-1}',
    '{"at":1,"at":1}',
    '{"till":""}',
    "null",
    "NaN",
    "[]",
    '"',
    "{" * 20_000,
    '{"sale":' * 8_000,
)


def test_no_body_breaks_the_till(till: Counter) -> None:
    tables = ("sales", "sale_lines", "returns", "points_transfers", "till_answers")
    counts = " UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in tables)
    before = till.rows(counts)
    wrong = {}
    for number, body in enumerate((*HOSTILE, "\ufeff" + GOOD, GOOD + GOOD)):
        for path in ROUTES:
            answer = till.client.post(path, content=body, headers={"idempotency-key": f"h-{number}"})
            if not (answer.status_code == 422 and answer.text.strip().isprintable()):
                wrong[path, body[:60]] = answer.status_code
    assert wrong == {}
    assert till.client.post("/v1/returns", content=b" " * 70_000).status_code == 413
    assert till.client.post("/v1/sales", content=b"\xff\xfe").status_code == 422
    assert till.rows(counts) == before


def test_the_hostile_bodies_differ_from_good_ones() -> None:
    """The pattern that they are made of is itself taken; else the test above would prove nothing."""
    assert decode_sale(GOOD.encode()).points == 100


def test_no_path_breaks_the_till(till: Counter) -> None:
    for number in ("%00", "%ff", "%ED%A0%80", "9" * 3_000, "..%2f..", "%0d%0aX:1", "%F0%9F%8D%B5"):
        assert till.client.post(f"/v1/sales/{number}/void").status_code == 404, number


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100))
def test_any_bytes_are_a_request_or_a_sale_error(data: bytes) -> None:
    for decode in (decode_sale, decode_return, decode_undoing):
        try:
            decode(data)
        except SaleError:
            continue


def test_no_request_is_turned_away_uncounted(till: Counter) -> None:
    counts = till.site.shop.services.tills
    before = (counts.kept, counts.refused, counts.unreadable, counts.strangers)
    till.sell(receipt("C-1"), **{"idempotency-key": "c"})
    till.client.post("/v1/sales/quote", json=receipt("C-2"))
    till.sell(receipt("C-1", 3))
    till.sell(receipt("C-3"), **{"idempotency-key": "c"})
    till.client.post("/v1/sales", content=b"{")
    till.sell(receipt("C-4"), **{"idempotency-key": "a b"})
    with till.site.client() as stranger:
        stranger.post("/v1/returns", content=b"{}")
    after = (counts.kept, counts.refused, counts.unreadable, counts.strangers)
    assert [new - old for new, old in zip(after, before, strict=True)] == [2, 2, 2, 1]
