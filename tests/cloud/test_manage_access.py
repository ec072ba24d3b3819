"""Who gets in: every route of the managers' pages for everybody who may ask.

The table itself is ROUTES in tests/cloud/manage_routes.py: add your route's row there, as its first lines say.
"""

import enum
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest
from fastapi import APIRouter
from starlette.routing import BaseRoute

from cloud.manage.login import ABSOLUTE_MS
from cloud.manage.rights import Right, Role
from cloud.web.manage.gate import COOKIE, inward
from tests.cloud.everybody import House, Keys, declared, expired, foreign, house
from tests.cloud.manage_routes import MAY, ROUTES, SCOPES, Route
from tests.cloud.morning import Site, Town, plan, serving, town

LOGIN = "/manage/login?next="
GUARDED: Final = ("/manage", "/v1/insight", "/v1/manage")
"""Below these every route belongs to the table."""


class Caller(enum.StrEnum):
    """Everybody who may ask."""

    NOBODY = "nobody"  # no cookie, no key
    SHOPPER = "a shopper"  # known here as a shopper
    EXPIRED = "an expired session"
    FOREIGN = "made-up tokens"  # of the right form, known to nobody
    STRANGER = "another store's owner"  # in the same accounts' database, with a session there and no role here
    OWNER = "owner"
    MANAGER = "manager"
    STAFF = "staff"
    READER = "reader"
    KEY = "a key with the scope"  # and no other
    OTHER_KEY = "a key with every other scope"
    DEAD_KEY = "a key that was ended"


def answer(route: Route, who: Caller) -> int:
    """What the table declares."""
    if route.everybody:
        return route.everybody
    match who:
        case Caller.OWNER | Caller.MANAGER | Caller.STAFF | Caller.READER:
            return route.done if who in MAY[route.right].split() else 403
        case Caller.KEY if not route.door and not route.person:
            return route.done if route.right in SCOPES else 403
        case Caller.OTHER_KEY if not route.door and not route.person:
            return 403
    return 303 if route.door else 401


class People:
    """All callers of one house, with what they carry."""

    def __init__(self, it: House) -> None:
        old = expired(it)
        it.boss = it.member(Role.OWNER)
        self._house = it
        self._keys = {
            Caller.NOBODY: Keys(),
            Caller.SHOPPER: it.shopper(),
            Caller.EXPIRED: old,
            Caller.FOREIGN: foreign(),
            Caller.STRANGER: it.stranger(),
            Caller.OWNER: it.boss,
            Caller.MANAGER: it.member(Role.MANAGER),
            Caller.STAFF: it.member(Role.STAFF),
            Caller.READER: it.member(Role.READER),
            Caller.DEAD_KEY: it.program(SCOPES, ended=True),
        }
        self._programs = {right: it.program({right}) for right in SCOPES}
        self._others = {right: it.program(SCOPES - {right}) for right in Right}

    def keys(self, who: Caller, right: Right) -> Keys:
        match who:
            case Caller.KEY:
                return self._programs.get(right) or self._others[right]
            case Caller.OTHER_KEY:
                return self._others[right]
        return self._keys[who]

    def ask(self, route: Route, who: Caller) -> int:
        """What they get, asking about a new thing of their own or, where they may make none, of the owner's."""
        keys = self.keys(who, route.right)
        if route.ends and str(who) in tuple(Role):
            keys = self._house.member(Role(who))
        path = route.at or route.path
        if not isinstance(path, str):
            path = path(self._house, keys if answer(route, who) == route.done else self._house.boss)
        status, _, _ = self._house.ask(route.method, path, keys, data=route.fields, json=route.json)
        return status

    def wrong(self, route: Route) -> dict[str, tuple[int, int]]:
        """By caller, what they got and what the table says, where that differs."""
        got = {who: self.ask(route, who) for who in Caller}
        return {str(who): (got[who], answer(route, who)) for who in Caller if got[who] != answer(route, who)}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("everybody")) as made:
        yield made


@pytest.fixture(scope="module")
def people(whole: House) -> People:
    return People(whole)


def guarded(routes: set[str]) -> set[str]:
    return {route for route in routes if route.split()[1].startswith(GUARDED)}


def test_every_route_is_declared_and_no_other(whole: House) -> None:
    assert guarded(declared(whole.app.routes)) == {route.route for route in ROUTES}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.route)
def test_everybody_gets_what_the_table_declares(people: People, route: Route) -> None:
    assert people.wrong(route) == {}


def test_a_planted_route_with_the_wrong_right_is_seen(tmp_path: Path) -> None:
    """The table's own control: a route that asks for a session alone lets the readers in."""
    with house(tmp_path) as bare:
        people = People(bare)
        bare.app.router.routes.insert(0, _unguarded())
        declared_as = next(route for route in ROUTES if route.route == "GET /manage/requests/live")
        wrong = people.wrong(declared_as)
        assert wrong["reader"] == (200, 403)
        assert wrong["nobody"] == (200, 401)
        assert "staff" not in wrong


def _unguarded() -> BaseRoute:
    router = APIRouter()
    router.add_api_route("/manage/requests/live", lambda: "figures", methods=["GET"])
    return router.routes[0]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("access"), floor=plan()) as place:
        yield place


@pytest.fixture(scope="module")
def site(place: Town) -> Iterator[Site]:
    with serving(place, proxies=["127.0.0.1"]) as site:
        yield site


def sign_in(site: Site, password: str, *, target: str = "/manage") -> httpx.Response:
    form = {"account": "manager", "password": password, "next": target}
    return httpx.post(f"{site.url}/manage/login", data=form, headers={"x-forwarded-for": "203.0.113.9"})


def session(site: Site, place: Town) -> dict[str, str]:
    cookie = sign_in(site, place.password).headers["set-cookie"]
    return {"cookie": cookie.split(";")[0]}


def ask(site: Site, route: str, headers: dict[str, str]) -> int:
    method, path = route.split()
    form = {"account": "manager", "password": "wrong", "period": "1h"} if method == "POST" else None
    with httpx.stream(method, site.url + path, data=form, headers=headers) as answer:
        return answer.status_code


def test_the_door_leads_back_to_the_page_that_was_asked_for(place: Town, site: Site) -> None:
    sent = httpx.get(f"{site.url}/manage?period=1h&zone=tea")
    assert sent.headers["location"] == LOGIN + "%2Fmanage%3Fperiod%3D1h%26zone%3Dtea"
    form = httpx.get(site.url + sent.headers["location"]).text
    assert 'value="/manage?period=1h&amp;zone=tea"' in form
    assert sign_in(site, place.password, target="/manage?period=1h&zone=tea").headers["location"].endswith("zone=tea")


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/manage",
        "/manage@evil.example",
        "/manage/login",
        "/manage/logout",
        "/manage//evil.example",
        "/manage/../me",
        "/me",
        "/manage?\\x",
        "/manage?a\r\nb: c",
        "",
    ],
)
def test_the_door_leads_nowhere_else(target: str) -> None:
    assert inward(target) == "/manage"


def test_the_cookie_is_for_this_host_alone_and_out_of_reach(place: Town, site: Site) -> None:
    cookie = sign_in(site, place.password).headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/", f"Max-Age={ABSOLUTE_MS // 1000}"):
        assert word in cookie
    assert "Domain" not in cookie


def test_a_signed_out_session_opens_nothing(place: Town, site: Site) -> None:
    headers = session(site, place)
    left = httpx.post(f"{site.url}/manage/logout", headers=headers)
    assert "Max-Age=0" in left.headers["set-cookie"]
    assert ask(site, "GET /manage/parts", headers) == 401


@pytest.mark.parametrize("path", ["/manage/login", "/manage/logout", "/manage/scale"])
def test_another_sites_form_is_refused(place: Town, site: Site, path: str) -> None:
    headers = session(site, place)
    form = {"account": "manager", "password": place.password, "period": "1h"}
    for other in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert httpx.post(site.url + path, data=form, headers=headers | other).status_code == 403
    assert ask(site, "GET /manage/parts", headers) == 200


def test_a_guesser_is_told_to_wait(place: Town, site: Site) -> None:
    place.clock.now_ms += 3_600_000
    answers = [sign_in(site, f"guess {number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "2"
    place.clock.now_ms += 3_600_000
    assert sign_in(site, place.password).status_code == 303


def test_the_data_is_described_for_programs(site: Site) -> None:
    paths = httpx.get(f"{site.url}/openapi.json").json()["paths"]
    assert {path for path in paths if path.startswith("/v1/insight")} >= {
        "/v1/insight/report",
        "/v1/insight/heat",
        "/v1/insight/nodes",
    }
    assert paths["/v1/insight/heat"]["get"]["responses"].keys() >= {"200", "401", "404", "422"}


def test_an_unknown_period_is_refused_by_name(place: Town, site: Site) -> None:
    answer = httpx.get(f"{site.url}/v1/insight/report?period=year", headers=session(site, place))
    assert answer.status_code == 422
    assert "15m, 1h, today" in answer.text


def test_no_frame_of_another_page_may_show_the_managers(place: Town, site: Site) -> None:
    policy = httpx.get(f"{site.url}/manage", headers=session(site, place)).headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
