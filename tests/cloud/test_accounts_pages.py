"""Who comes in: invitations that work once, roles, the last owner, sessions that end, keys that are shown once."""

import html
import re
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from fastapi import APIRouter, Depends, Request, Response
from starlette.types import Receive, Scope, Send

from cloud.accounts import people, stores
from cloud.manage.keys import MOST
from cloud.manage.login import IDLE_MS
from cloud.manage.rights import Right, Role
from cloud.shop.hub import Hub
from cloud.store import api_keys, audit_log
from cloud.store.audit_log import Act
from cloud.web.manage import Desk
from cloud.web.manage.around import around_router
from cloud.web.manage.gate import COOKIE, Gate
from cloud.web.stream import EventStream
from contract.plan import Title
from tests.cloud.entered import cookie, session
from tests.cloud.lodging import lodging
from tests.cloud.morning import STORE, Site, Town, bus_of_nobody, plan, serving, town

PASSWORD = "correct horse battery"
DAY = 86_400_000


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, Site]]:
    with town(tmp_path_factory.mktemp("pages"), floor=plan()) as place, lodging(place) as site:
        yield place, site


@pytest.fixture
def place(whole: tuple[Town, Site]) -> Town:
    """The store an hour later, with its first owner alone and nothing open; the audit log goes on."""
    place, _ = whole
    place.clock.now_ms += 3_600_000
    with place.accounts.atomic() as connection:
        for table in ("invitation", "account"):
            connection.execute(f"DELETE FROM {table}")
        hashed = place.desk(bus_of_nobody()).door.passwords.hash(place.password)
        people.add(connection, name="manager", handle=b"m" * 16, hashed=hashed, now_ms=1)
        people.grant(connection, name="manager", store=STORE, role=Role.OWNER, by="test", now_ms=1)
    with place.store.atomic() as connection:
        connection.execute("DELETE FROM api_key")
    return place


@pytest.fixture
def site(whole: tuple[Town, Site]) -> Site:
    return whole[1]


@pytest.fixture
def owner(place: Town, site: Site) -> dict[str, str]:
    return cookie(session(site, place.password))


def post(site: Site, path: str, headers: dict[str, str], **fields: str) -> httpx.Response:
    return httpx.post(site.url + path, headers=headers, data=fields)


def get(site: Site, path: str, headers: dict[str, str]) -> httpx.Response:
    return httpx.get(f"{site.url}{path}{'&' if '?' in path else '?'}lang=en", headers=headers)


def invite(site: Site, owner: dict[str, str], role: str = "manager") -> str:
    """The path of a new invitation's link."""
    page = post(site, "/manage/accounts/invite", owner, role=role, days="3", words="Minji").text
    found = re.search(r'value="http://[^/"]+(/manage/invitation/[0-9a-f]{48})"', page)
    assert found, page
    return found[1]


def join(site: Site, link: str, name: str = "minji", password: str = PASSWORD) -> httpx.Response:
    return post(site, link, {}, account=name, password=password, again=password)


def joined(site: Site, owner: dict[str, str], role: str = "manager", name: str = "minji") -> dict[str, str]:
    answer = join(site, invite(site, owner, role), name)
    assert answer.status_code == 303, answer.text
    return cookie(answer.cookies[COOKIE])


def acts(place: Town) -> list[tuple[str, Act | str, str]]:
    with place.store.reading() as connection:
        return [(line.who, line.act, line.subject) for line in audit_log.lines(connection)]


def test_an_invitation_lets_one_person_in_once(place: Town, site: Site, owner: dict[str, str]) -> None:
    link = invite(site, owner)
    assert "You are invited" in get(site, link, {}).text
    minji = cookie(join(site, link).cookies[COOKIE])
    assert "minji" in get(site, "/manage/account", minji).text
    assert join(site, link, "second").status_code == 404
    assert get(site, link, {}).status_code == 404
    assert session(site, PASSWORD, "minji")
    assert acts(place)[:2] == [
        ("minji", Act.JOINED, "manager, invited by manager"),
        ("manager", Act.INVITED, "manager: Minji"),
    ]


def test_a_race_for_one_invitation_has_one_winner(site: Site, owner: dict[str, str]) -> None:
    link = invite(site, owner)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: join(site, link, f"racer-{number}").status_code, range(8)))
    assert answers.count(303) == 1
    assert set(answers) <= {303, 404, 422}


def test_an_invitation_ends_in_time_or_when_it_is_withdrawn(place: Town, site: Site, owner: dict[str, str]) -> None:
    late, withdrawn = invite(site, owner), invite(site, owner)
    page = get(site, "/manage/accounts", owner).text
    newest = re.search(r"/manage/accounts/invitations/[0-9]+/end", page)
    assert newest
    assert post(site, newest[0], owner).status_code == 303
    assert join(site, withdrawn).status_code == 404
    place.clock.now_ms += 3 * DAY
    assert join(site, late).status_code == 404


@pytest.mark.parametrize(
    ("name", "password", "words"),
    [
        ("Not A Name", PASSWORD, "2 to 32 small letters"),
        ("minji", "short", "at least 12 characters"),
        ("minji", "my name is minji", "own name"),
        ("minji", "abababababab", "same few characters"),
        ("manager", PASSWORD, "taken"),
    ],
)
def test_a_name_or_password_that_cannot_be_is_told_and_spends_nothing(
    site: Site, owner: dict[str, str], name: str, password: str, words: str
) -> None:
    link = invite(site, owner)
    refused = post(site, f"{link}?lang=en", {}, account=name, password=password, again=password)
    assert (refused.status_code, words in html.unescape(refused.text)) == (422, True), refused.text
    assert join(site, link).status_code == 303


def test_a_role_changes_and_an_access_ends_with_the_next_request(
    place: Town, site: Site, owner: dict[str, str]
) -> None:
    minji = joined(site, owner, "manager")
    assert get(site, "/manage/customers", minji).status_code == 200
    post(site, "/manage/accounts/minji/role", owner, role="reader")
    refused = get(site, "/manage/customers", minji)
    assert (refused.status_code, "Your account may not open this page" in refused.text) == (403, True)
    assert "Read-only" in refused.text
    post(site, "/manage/accounts/minji/end", owner)
    assert get(site, "/manage/account", minji).status_code == 303
    with pytest.raises(KeyError):
        session(site, PASSWORD, "minji")
    assert [act for _, act, _ in acts(place)][:2] == [Act.ACCESS_ENDED, Act.ROLE_CHANGED]


def test_the_last_owner_stays(place: Town, site: Site, owner: dict[str, str]) -> None:
    for path, fields in (("role", {"role": "manager"}), ("end", {})):
        answer = post(site, f"/manage/accounts/manager/{path}", owner, **fields)
        assert answer.headers["location"] == "/manage/accounts?said=last-owner"
    joined(site, owner, "owner")
    assert post(site, "/manage/accounts/manager/role", owner, role="reader").headers["location"].endswith("changed")
    assert get(site, "/manage/accounts", owner).status_code == 403
    with place.accounts.reading() as connection:
        assert people.owners(connection, STORE) == 1


def test_two_owners_who_end_each_other_at_once_leave_one(place: Town, site: Site, owner: dict[str, str]) -> None:
    other = joined(site, owner, "owner")
    with ThreadPoolExecutor(2) as pool:
        list(
            pool.map(
                lambda each: post(site, f"/manage/accounts/{each[0]}/end", each[1]),
                (("manager", other), ("minji", owner)),
            )
        )
    with place.accounts.reading() as connection:
        assert people.owners(connection, STORE) == 1


def test_each_sees_and_ends_their_own_sessions_and_an_owner_everybodys(site: Site, owner: dict[str, str]) -> None:
    phone = joined(site, owner, "staff")
    answer = httpx.post(
        f"{site.url}/manage/login",
        data={"account": "minji", "password": PASSWORD},
        headers={"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Version/19.0 Mobile Safari/604.1"},
    )
    laptop = cookie(answer.cookies[COOKIE])
    page = get(site, "/manage/account", laptop).text
    assert "Safari · iPhone" in page
    assert "by invitation" in page
    post(site, "/manage/account/sessions/end", laptop)
    assert get(site, "/manage/account", phone).status_code == 303
    ends = re.findall(r"/manage/accounts/sessions/[0-9]+/end", get(site, "/manage/accounts", owner).text)
    assert len(ends) == 2
    own = re.findall(r"/manage/account/sessions/([0-9]+)/end", get(site, "/manage/account", laptop).text)
    assert post(site, f"/manage/account/sessions/{own[0]}/end", owner).status_code == 404  # it is another's
    post(site, f"/manage/accounts/sessions/{own[0]}/end", owner)
    assert get(site, "/manage/account", laptop).status_code == 303


def test_a_new_password_ends_all_other_sessions(site: Site, owner: dict[str, str], place: Town) -> None:
    other = cookie(session(site, place.password))
    new = "a longer one than before"
    for fields, said in (
        ({"old": "wrong", "new": new, "again": new}, "wrong-password"),
        ({"old": place.password, "new": new, "again": "another"}, "not-the-same"),
        ({"old": place.password, "new": "short", "again": "short"}, "weak-short"),
    ):
        answer = post(site, "/manage/account/password", owner, **fields)
        assert answer.headers["location"] == f"/manage/account?said={said}#password"
    post(site, "/manage/account/password", owner, old=place.password, new=new, again=new)
    assert get(site, "/manage/account", owner).status_code == 200
    assert get(site, "/manage/account", other).status_code == 303
    assert session(site, new)


def test_a_key_is_shown_once_may_what_it_says_and_ends(place: Town, site: Site, owner: dict[str, str]) -> None:
    made = httpx.post(
        f"{site.url}/manage/keys?lang=en", headers=owner, data={"name": "sheet", "scope": ["see"], "days": "7"}
    )
    (token,) = set(re.findall(r'value="(aisle_[0-9a-f]{64})"', made.text))
    bearer = {"authorization": f"Bearer {token}"}
    assert token not in get(site, "/manage/keys", owner).text
    assert token not in "\n".join(sqlite3.connect(place.store.path).iterdump())
    assert httpx.get(f"{site.url}/v1/insight/report", headers=bearer).status_code == 200
    assert "last used" in get(site, "/manage/keys", owner).text
    assert httpx.get(f"{site.url}/manage", headers=bearer).status_code == 303  # no page
    assert httpx.get(f"{site.url}/v1/insight/report", headers=owner | {"authorization": "Bearer x"}).status_code == 401
    number = re.search(r"/manage/keys/([0-9]+)/end", get(site, "/manage/keys", owner).text)
    assert number
    post(site, number[0], owner)
    assert httpx.get(f"{site.url}/v1/insight/report", headers=bearer).status_code == 401
    assert [act for _, act, _ in acts(place)[:2]] == [Act.KEY_ENDED, Act.KEY_MADE]


def test_whatever_somebody_writes_stays_text(site: Site, owner: dict[str, str]) -> None:
    hostile = "<script>alert(1)</script>"
    post(site, "/manage/accounts/invite", owner, role="staff", days="1", words=hostile)
    post(site, "/manage/keys", owner, name=hostile, scope="see", days="7")
    httpx.post(
        f"{site.url}/manage/login",
        data={"account": hostile, "password": "x"},
        headers={"user-agent": hostile},
    )
    for path in ("/manage/accounts", "/manage/keys", "/manage/log", f"/manage/log?by={hostile}&act={hostile}"):
        page = get(site, path, owner).text
        assert hostile not in page
        assert "&lt;script&gt;alert(1)" in page


def test_a_key_runs_out(place: Town, site: Site, owner: dict[str, str]) -> None:
    made = post(site, "/manage/keys", owner, name="sheet", scope="see", days="7").text
    bearer = {"authorization": f"Bearer {re.findall(r'aisle_[0-9a-f]{64}', made)[0]}"}
    place.clock.now_ms += 7 * DAY - 1
    assert httpx.get(f"{site.url}/v1/insight/nodes", headers=bearer).status_code == 200
    place.clock.now_ms += 1
    assert httpx.get(f"{site.url}/v1/insight/nodes", headers=bearer).status_code == 401


def test_no_key_can_be_made_to_look_at_shoppers_or_to_admit(place: Town, site: Site, owner: dict[str, str]) -> None:
    for scope in ("shoppers", "admit", "draw", "audit", "everything"):
        assert post(site, "/manage/keys", owner, name="sheet", scope=scope, days="7").status_code == 422
    assert post(site, "/manage/keys", owner, name="sheet", scope="see", days="9999").status_code == 422
    with place.store.reading() as connection:
        assert api_keys.keys(connection) == ()


def test_a_key_that_asks_too_often_waits(place: Town, site: Site, owner: dict[str, str]) -> None:
    made = post(site, "/manage/keys", owner, name="sheet", scope="run", days="7").text
    bearer = {"authorization": f"Bearer {re.findall(r'aisle_[0-9a-f]{64}', made)[0]}"}
    with httpx.Client(headers=bearer) as client:
        answers = [client.get(f"{site.url}/v1/insight/nodes").status_code for _ in range(MOST + 2)]
    assert answers == [403] * MOST + [429] * 2
    place.clock.now_ms += 1_000
    assert httpx.get(f"{site.url}/v1/insight/nodes", headers=bearer).status_code == 403


def test_both_ways_in_are_described_for_programs(site: Site) -> None:
    told = httpx.get(f"{site.url}/openapi.json").json()
    schemes = told["components"]["securitySchemes"]
    assert schemes["Session"] | {"description": ""} == {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "",
    }
    assert (schemes["ApiKey"]["type"], schemes["ApiKey"]["scheme"]) == ("http", "bearer")
    security = told["paths"]["/v1/insight/report"]["get"]["security"]
    assert {name for each in security for name in each} == {"Session", "ApiKey"}
    assert {"ApiKey": ["see"]} in security


def test_an_open_stream_ends_when_its_session_does(place: Town) -> None:
    """As the inbox's, with a shorter heartbeat; the server has let go of the request by then."""
    hub = Hub()

    class Live(Response):
        def __init__(self, stream: EventStream) -> None:
            super().__init__()
            self._stream = stream

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await self._stream(scope, receive, send)

    def room(desk: Desk) -> APIRouter:
        router, gate = APIRouter(), Gate(desk)

        @router.get("/manage/ticks", dependencies=[Depends(gate.data(Right.SEE))])
        async def ticks(request: Request) -> Response:
            still = lambda: gate.still(request, Right.SEE)  # noqa: E731 - as the rooms write it
            return Live(EventStream(lambda: hub.subscribe(1), heartbeat_s=0.05, still=still))

        return router

    with serving(place, room, around_router) as site:
        owner = cookie(session(site, place.password))
        staff = joined(site, owner, "staff")
        with httpx.stream("GET", f"{site.url}/manage/ticks", headers=staff, timeout=15) as stream:
            lines = stream.iter_lines()
            seen = [next(lines) for _ in range(12)]
            assert ":" in seen
            post(site, "/manage/accounts/minji/end", owner)
            deadline = time.monotonic() + 10
            for _ in lines:
                assert time.monotonic() < deadline
        with httpx.stream("GET", f"{site.url}/manage/ticks", headers=owner, timeout=15) as stream:
            lines = stream.iter_lines()
            assert len([next(lines) for _ in range(30)]) == 30  # who still may, stays


def test_an_unused_session_is_not_listed(place: Town, site: Site, owner: dict[str, str]) -> None:
    joined(site, owner, "staff")
    assert "1 open session<" in get(site, "/manage/accounts", owner).text.replace("\n", "")
    place.clock.now_ms += IDLE_MS
    again = cookie(session(site, place.password))
    page = get(site, "/manage/accounts", again).text
    assert page.count("/manage/accounts/sessions/") == 1


def test_an_account_of_another_store_is_told_that_it_has_no_role_here(place: Town, site: Site) -> None:
    with place.accounts.atomic() as connection:
        hashed = place.desk(bus_of_nobody()).door.passwords.hash(PASSWORD)
        people.add(connection, name="haru-owner", handle=bytes(16), hashed=hashed, now_ms=1)
        people.grant(connection, name="haru-owner", store="haru", role=Role.OWNER, by="test", now_ms=1)
    answer = post(site, "/manage/login?lang=en", {}, account="haru-owner", password=PASSWORD)
    assert (answer.status_code, 'role="alert">This account has no role' in answer.text) == (401, True)
    assert "set-cookie" not in answer.headers
    wrong = post(site, "/manage/login?lang=en", {}, account="haru-owner", password="wrong")
    assert 'role="alert">Account or password is wrong' in wrong.text


def test_an_account_is_brought_along_from_another_store_by_its_password(
    place: Town, site: Site, owner: dict[str, str]
) -> None:
    with place.accounts.atomic() as connection:
        hashed = place.desk(bus_of_nobody()).door.passwords.hash(PASSWORD)
        people.add(connection, name="haru-owner", handle=bytes(16), hashed=hashed, now_ms=1)
        people.grant(connection, name="haru-owner", store="haru", role=Role.OWNER, by="test", now_ms=1)
        title = Title(ko="하루상회", en="Haru Market")
        stores.tell(connection, name="haru", title=title, address="https://haru.example", now_ms=1)
    link = invite(site, owner, "staff")
    assert post(site, link, {}, account="haru-owner", password="wrong one", known="1").status_code == 422
    answer = post(site, link, {}, account="haru-owner", password=PASSWORD, known="1")
    assert answer.status_code == 303
    page = get(site, "/manage", cookie(answer.cookies[COOKIE])).text
    assert re.search(r'<a href="https://haru.example/manage"[^>]*>Haru Market</a>', page)  # the switcher
    with place.accounts.reading() as connection:
        assert people.role(connection, name="haru-owner", store=STORE) is Role.STAFF
        assert people.role(connection, name="haru-owner", store="haru") is Role.OWNER


def test_the_log_is_filtered_and_paged(place: Town, site: Site, owner: dict[str, str]) -> None:
    with place.store.atomic() as connection:
        for number in range(230):
            act = Act.EXPORTED if number % 2 else Act.LOOKED
            audit_log.note(connection, who="minji", role=Role.MANAGER, act=act, subject=f"line-{number}.", now_ms=1)
    first = get(site, "/manage/log", owner).text
    assert first.count("line-") == 100
    older = re.search(r'href="(/manage/log\?[^"]*before=[0-9]+[^"]*)"', first)
    assert older
    second = httpx.get(site.url + html.unescape(older[1]), headers=owner).text
    assert second.count("line-") == 100
    assert "line-129." in second
    assert get(site, "/manage/log?act=exported", owner).text.count("line-") == 100
    assert "line-228." not in get(site, "/manage/log?act=exported", owner).text
    assert "line-1." not in get(site, "/manage/log?by=nobody", owner).text
