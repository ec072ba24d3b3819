"""Every route of the application, for everybody who may ask, as declared; a route that is not declared fails.

The managers' routes stand in tests/cloud/manage_routes.py, for each role.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import pytest
from fastapi import APIRouter, FastAPI

from cloud.proof.keys import SigningKey
from cloud.store import catalogue, heads
from cloud.store.logs import Log
from tests.cloud.everybody import House, Keys, Who, declared, expired, foreign, found, house, visit_of
from tests.cloud.manage_routes import ROUTES
from tests.cloud.shop import CAKE, TEA

Body = Mapping[str, str | list[str]]
Five = tuple[int, int, int, int, int]

LANG: Final = {"lang": "en"}
ENDPOINT: Final = {
    "endpoint": "http://localhost:8090/push/abc",
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request: where, with what; `json` for tills."""

    path: str
    data: Body | None = None
    json: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A route, how it is asked, and what nobody, another shopper, a foreigner, the expired and the right one get.

    `ask` is the same for everybody, or makes, with the right one's keys, a new thing that the caller asks about.
    """

    route: str
    ask: Question | Callable[[House, Keys], Question]
    answers: Five
    right: Callable[[House], Keys] = field(default=lambda it: it.shopper())

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]


def nothing(_house: House) -> Keys:
    return Keys()


def till(it: House) -> Keys:
    return it.till()


def at(path: str, data: Body | None = None) -> Question:
    """The same for everybody."""
    return Question(path=path, data=data)


def with_visit(path: str, data: Body) -> Callable[[House, Keys], Question]:
    """A form from the page of a fresh tap of nobody's."""
    return lambda it, _keys: Question(path=path, data={**data, "visit": visit_of(it.tap(Keys()))})


def offer(verb: str) -> Callable[[House, Keys], Question]:
    """About the offer on the right one's page."""

    def ask(it: House, keys: Keys) -> Question:
        location = it.tap(keys)
        _, page, _ = it.ask("GET", location, keys)
        return Question(path=f"{found(r'(/offers/[0-9]+)/claim', page)}/{verb}", data=LANG)

    return ask


def stop(it: House, keys: Keys) -> Question:
    _, page, _ = it.ask("GET", it.tap(keys), keys)
    return Question(path=found(r"(/stop/[A-Za-z0-9_-]+)", page), data=LANG)


def request(rest: str) -> Callable[[House, Keys], Question]:
    """About what the right one asked the staff for."""

    def ask(it: House, keys: Keys) -> Question:
        fields = {"gtin": TEA, "kind": "bring", "lang": "en", "t": "tag-tea"}
        status, _, headers = it.ask("POST", "/request", keys, data=fields)
        assert status == 303
        return Question(path=headers["location"].partition("?")[0] + rest, data=LANG)

    return ask


def sale(it: House, _keys: Keys) -> Question:
    number = secrets.token_hex(6)
    line = {"gtin": CAKE, "quantity": 1, "amount": 8_900}
    return Question(path="/v1/sales", json={"sale": number, "at": it.clock(), "currency": "KRW", "lines": [line]})


def quote(it: House, keys: Keys) -> Question:
    return Question(path="/v1/sales/quote", json=sale(it, keys).json)


def sold(it: House, keys: Keys) -> str:
    asked = sale(it, keys)
    status, text, _ = it.ask("POST", "/v1/sales", keys, json=asked.json)
    assert status == 201, text
    assert isinstance(asked.json, dict)
    return str(asked.json["sale"])


def void(it: House, keys: Keys) -> Question:
    return Question(path=f"/v1/sales/{sold(it, keys)}/void", json={})


def back(it: House, keys: Keys) -> Question:
    number = sold(it, keys)
    lines = [{"line": 0, "quantity": 1}]
    return Question(
        path="/v1/returns", json={"return": f"{number}-r", "sale": number, "at": it.clock(), "lines": lines}
    )


def proof(it: House, keys: Keys) -> Question:
    _, page, _ = it.ask("GET", "/me/choices", keys)
    with it.store.atomic() as connection:  # a head covers it at once, not only when the next one is due
        heads.sign(connection, Log.CONSENT, SigningKey(bytes(32)), now_ms=it.clock())
    return Question(path=found(r'href="(/me/proof/[0-9]+)', page))


def picture(it: House, _keys: Keys) -> Question:
    with it.store.reading() as connection:
        return Question(path=f"/picture/{catalogue.picture_digest(connection, 'tea.svg')}")


OPEN: Five = (200, 200, 200, 200, 200)
"""For everybody alike: it tells nothing about anybody."""
OWN: Five = (403, 303, 403, 403, 303)
"""A shopper's act: another shopper acts for themselves alone, who is not known here cannot act."""
TILL: Final = (401, 401, 401, 401)

TABLE: Final = (
    Row(route="GET /openapi.json", ask=at("/openapi.json"), answers=OPEN),
    Row(route="GET /01/{rest:path}", ask=at(f"/01/{TEA}"), answers=OPEN),
    Row(route="GET /01/{gtin}/reviews", ask=at(f"/01/{TEA}/reviews"), answers=OPEN),
    Row(
        route="POST /01/{gtin}/reviews",
        ask=at(f"/01/{TEA}/reviews", {"stars": "5", "name": "", "text": "good tea it is", "lang": "en"}),
        answers=OWN,
    ),
    Row(route="GET /", ask=at("/"), answers=OPEN),
    Row(route="GET /privacy", ask=at("/privacy"), answers=OPEN),
    Row(route="GET /.well-known/gs1resolver", ask=at("/.well-known/gs1resolver"), answers=OPEN),
    Row(route="GET /picture/{digest}", ask=picture, answers=OPEN),
    Row(route="GET /sw.js", ask=at("/sw.js"), answers=OPEN),
    Row(route="GET /manifest.webmanifest", ask=at("/manifest.webmanifest"), answers=OPEN),
    Row(route="GET /compare", ask=at(f"/compare?a={TEA}&b={CAKE}"), answers=OPEN),
    Row(route="GET /static/", ask=at("/static/sw.js"), answers=OPEN),
    Row(route="GET /v1/log/{name}/{what}", ask=at("/v1/log/consent/entries"), answers=OPEN),
    Row(route="GET /healthz", ask=at("/healthz"), answers=OPEN),
    Row(route="GET /metrics", ask=at("/metrics"), answers=OPEN),  # for this machine alone, which the test is
    # What is a shopper's own: the page says to everybody what is kept of them, to strangers that nothing is.
    Row(route="GET /me", ask=at("/me"), answers=OPEN),
    Row(route="GET /me/choices", ask=at("/me/choices"), answers=OPEN),
    Row(route="GET /me/wishlist", ask=at("/me/wishlist"), answers=OPEN),
    Row(route="GET /me/kept", ask=at("/me/kept"), answers=OPEN),
    Row(route="GET /me/join", ask=at("/me/join"), answers=OPEN),
    Row(route="GET /me/stream", ask=at("/me/stream"), answers=(204, 200, 204, 204, 200)),
    Row(route="GET /me/proof/{line}", ask=proof, answers=(404, 404, 404, 404, 200)),
    Row(route="POST /me/begin", ask=with_visit("/me/begin", {"purpose": "history", **LANG}), answers=(303,) * 5),
    Row(route="POST /me/consent", ask=at("/me/consent", {"purpose": "history", **LANG}), answers=OWN),
    Row(route="POST /me/choices", ask=at("/me/choices", {"purpose": "history", **LANG}), answers=OWN),
    Row(route="POST /me/wishes", ask=at("/me/wishes", {"pace": "fewer", **LANG}), answers=OWN),
    Row(route="POST /me/refuse", ask=at("/me/refuse", LANG), answers=OWN),
    Row(route="POST /me/keep", ask=at("/me/keep", LANG), answers=OWN),
    Row(route="POST /me/claim", ask=with_visit("/me/claim", LANG), answers=OWN),
    Row(route="POST /me/card", ask=at("/me/card", {"reader": "tea-reader", **LANG}), answers=OWN),
    Row(route="POST /me/code", ask=at("/me/code", LANG), answers=OWN),
    Row(route="POST /me/answer", ask=with_visit("/me/answer", {"interest": "gift", **LANG}), answers=OWN),
    Row(route="POST /me/join/code", ask=at("/me/join/code", LANG), answers=OWN),
    Row(route="POST /me/join/find", ask=at("/me/join/find", {"code": "ABCD-2345", **LANG}), answers=(303,) * 5),
    Row(route="POST /me/join", ask=at("/me/join", {"with": "nothing", "by": "code", **LANG}), answers=(404,) * 5),
    Row(route="POST /me/part", ask=at("/me/part", {"joining": "1", **LANG}), answers=(303,) * 5),
    Row(route="POST /me/push", ask=at("/me/push", {**ENDPOINT, **LANG}), answers=OWN),
    Row(route="POST /me/push/off", ask=at("/me/push/off", LANG), answers=(303,) * 5),
    Row(route="POST /me/export", ask=at("/me/export", LANG), answers=(403, 200, 403, 403, 200)),
    Row(route="POST /me/end", ask=at("/me/end", LANG), answers=OPEN),
    # A wish and a restock alert begin a profile by themselves: they are acts of the shopper's own.
    Row(route="POST /me/wish", ask=at("/me/wish", {"gtin": TEA, "on": "1", **LANG}), answers=(303,) * 5),
    Row(route="POST /me/restock", ask=at("/me/restock", {"gtin": CAKE, "on": "1", **LANG}), answers=(303,) * 5),
    Row(route="POST /offers/{showing}/claim", ask=offer("claim"), answers=(403, 404, 403, 403, 303)),
    Row(route="POST /offers/{showing}/not-now", ask=offer("not-now"), answers=(403, 404, 403, 403, 303)),
    Row(route="POST /offers/{showing}/complain", ask=offer("complain"), answers=(403, 404, 403, 403, 303)),
    # Who holds the link may use it: it is the whole of the permission, and tells nothing about its owner.
    Row(route="GET /stop/{token}", ask=stop, answers=OPEN),
    Row(route="POST /stop/{token}", ask=stop, answers=(303,) * 5),
    Row(route="POST /request", ask=with_visit("/request", {"gtin": TEA, "kind": "bring", **LANG}), answers=(303,) * 5),
    Row(route="GET /request/{key}", ask=request(""), answers=OPEN),
    Row(route="GET /request/{key}/stream", ask=request("/stream"), answers=OPEN),
    Row(route="POST /request/{key}/cancel", ask=request("/cancel"), answers=(303,) * 5),
    # The tills'.
    Row(route="POST /v1/sales", ask=sale, answers=(*TILL, 201), right=till),
    Row(route="POST /v1/sales/quote", ask=quote, answers=(*TILL, 200), right=till),
    Row(route="POST /v1/sales/{sale:path}/void", ask=void, answers=(*TILL, 201), right=till),
    Row(route="POST /v1/returns", ask=back, answers=(*TILL, 201), right=till),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("routes")) as made:
        yield made


@pytest.fixture(scope="module")
def old(store: House) -> Keys:
    keys = expired(store)
    store.boss = store.manager()
    return keys


def asked(store: House, row: Row, who: Who, old: Keys) -> int:
    """What this caller gets, asking about something of the right one's."""
    right = row.right(store) if who is Who.RIGHT or not isinstance(row.ask, Question) else Keys()
    question = row.ask if isinstance(row.ask, Question) else row.ask(store, right)
    keys = {
        Who.NOBODY: Keys(),
        Who.OTHER: store.shopper() if who is Who.OTHER else Keys(),
        Who.FOREIGN: foreign(),
        Who.EXPIRED: old,
        Who.RIGHT: right,
    }[who]
    data = question.data if row.method == "POST" else None
    status, _, _ = store.ask(row.method, question.path, keys, data=data, json=question.json)
    return status


def wrong(store: House, row: Row, old: Keys) -> dict[str, tuple[int, int]]:
    """By caller, what they got and what the table says, where that differs."""
    got = {who: asked(store, row, who, old) for who in Who}
    told = dict(zip(Who, row.answers, strict=True))
    return {str(who): (got[who], told[who]) for who in Who if got[who] != told[who]}


def test_every_route_is_declared_and_no_other(store: House) -> None:
    assert declared(store.app.routes) == {row.route for row in TABLE} | {route.route for route in ROUTES}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.route)
def test_everybody_gets_what_the_table_declares(store: House, old: Keys, row: Row) -> None:
    assert wrong(store, row, old) == {}


def test_a_route_that_is_not_declared_is_seen() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    router = APIRouter()
    router.add_api_route("/manage/planted", lambda: "secret", methods=["GET"])
    app.include_router(router)
    assert declared(app.routes) == {"GET /manage/planted"}
