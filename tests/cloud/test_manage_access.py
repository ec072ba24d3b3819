"""Who gets in: every manager's route for everybody who may ask, as declared here."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi.routing import APIRoute

from cloud.manage.login import ABSOLUTE_MS
from cloud.web.manage import manage_router
from cloud.web.manage.gate import COOKIE, inward
from tests.cloud.morning import Site, Town, bus_of_nobody, plan, serving, town

LOGIN = "/manage/login?next="
# (route, nobody, a shopper's cookie, an expired session, the manager)
TABLE = [
    ("GET /manage", 303, 303, 303, 200),
    ("GET /manage/parts", 401, 401, 401, 200),
    ("GET /manage/live", 401, 401, 401, 200),
    ("POST /manage/scale", 401, 401, 401, 303),
    ("GET /v1/insight/report", 401, 401, 401, 200),
    ("GET /v1/insight/heat", 401, 401, 401, 200),
    ("GET /v1/insight/nodes", 401, 401, 401, 200),
    ("GET /manage/login", 200, 200, 200, 200),
    ("POST /manage/login", 401, 401, 401, 401),  # with a wrong password
    ("POST /manage/logout", 303, 303, 303, 303),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("access"), floor=plan()) as place:
        yield place


@pytest.fixture(scope="module")
def site(place: Town) -> Iterator[Site]:
    with serving(place) as site:
        yield site


def sign_in(site: Site, password: str, *, target: str = "/manage") -> httpx.Response:
    form = {"account": "manager", "password": password, "next": target}
    return httpx.post(f"{site.url}/manage/login", data=form)


def session(site: Site, place: Town) -> dict[str, str]:
    cookie = sign_in(site, place.password).headers["set-cookie"]
    return {"cookie": cookie.split(";")[0]}


def ask(site: Site, route: str, headers: dict[str, str]) -> int:
    method, path = route.split()
    form = {"account": "manager", "password": "wrong", "period": "1h"} if method == "POST" else None
    with httpx.stream(method, site.url + path, data=form, headers=headers) as answer:
        return answer.status_code


def test_every_route_is_in_the_table(place: Town) -> None:
    routes = manage_router(place.desk(bus_of_nobody())).routes
    declared = {route for route, *_ in TABLE}
    assert declared == {
        f"{method} {route.path}" for route in routes if isinstance(route, APIRoute) for method in route.methods or ()
    }


@pytest.mark.parametrize(("route", "nobody", "shopper", "expired", "manager"), TABLE)
def test_each_caller_gets_what_the_table_declares(
    place: Town, site: Site, *, route: str, nobody: int, shopper: int, expired: int, manager: int
) -> None:
    old = session(site, place)
    place.clock.now_ms += ABSOLUTE_MS
    assert ask(site, route, old) == expired
    assert ask(site, route, {}) == nobody
    assert ask(site, route, {"cookie": "__Host-aisle=0123456789abcdef0123456789abcdef"}) == shopper
    assert ask(site, route, session(site, place)) == manager


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
    for foreign in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert httpx.post(site.url + path, data=form, headers=headers | foreign).status_code == 403
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
    assert {path for path in paths if path.startswith("/v1/insight")} == {
        "/v1/insight/report",
        "/v1/insight/heat",
        "/v1/insight/nodes",
    }
    assert paths["/v1/insight/heat"]["get"]["responses"].keys() >= {"200", "401", "404", "422"}


def test_an_unknown_period_is_refused_by_name(place: Town, site: Site) -> None:
    answer = httpx.get(f"{site.url}/v1/insight/report?period=year", headers=session(site, place))
    assert answer.status_code == 422
    assert "'today', '15m' or '1h'" in answer.text


def test_no_frame_of_another_page_may_show_the_managers(place: Town, site: Site) -> None:
    policy = httpx.get(f"{site.url}/manage", headers=session(site, place)).headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
