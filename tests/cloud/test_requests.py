"""One touch to the staff: who may ask, who takes it, and what is told of it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage.answer_times import Answered, times
from cloud.shop.requests import OPEN_MOST, Kind, State
from cloud.store import requests
from cloud.store.connection import Store
from cloud.web.manage.gate import COOKIE, inward
from tests.cloud.morning import SEOUL
from tests.cloud.served import Served
from tests.cloud.shop import CAKE, GONE, NOON_MS, TEA
from tests.cloud.stocked import serving


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Served, str]]:
    with serving(tmp_path) as place:
        yield place


@pytest.fixture
def site(place: tuple[Served, str]) -> Served:
    return place[0]


@pytest.fixture
def staff(place: tuple[Served, str]) -> Iterator[httpx.Client]:
    site, password = place
    session = httpx.post(
        f"{site.base}/manage/login", data={"account": "manager", "password": password, "next": "/manage/requests"}
    )
    assert session.headers["location"] == "/manage/requests"
    with site.client(f"{COOKIE}={session.cookies[COOKIE]}") as client:
        yield client


def visit_of(site: Served, client: httpx.Client) -> str:
    return site.tap(client).partition("visit=")[2].partition("&")[0]


def ask(client: httpx.Client, kind: str = "bring", **fields: str) -> httpx.Response:
    return client.post("/request", data={"kind": kind, "gtin": TEA, "lang": "en", **fields})


def test_a_signed_visit_may_ask_without_any_account(site: Served, staff: httpx.Client) -> None:
    with site.client() as client:
        answer = ask(client, visit=visit_of(site, client))
        assert answer.status_code == 303
        assert "set-cookie" not in answer.headers
        page = client.get(answer.headers["location"])

    assert page.status_code == 200
    assert "Our staff have been told." in page.text
    assert "Please stay at Tea wall." in page.text
    inbox = staff.get("/manage/requests?lang=en").text
    assert "Jeju organic green tea, first flush, 100\N{NO-BREAK SPACE}g" in inbox
    assert "Tea wall" in inbox


def test_who_did_not_tap_and_is_not_known_may_not(site: Served) -> None:
    with site.client() as client:
        assert ask(client).status_code == 403
        assert ask(client, visit="x" * 22).status_code == 403
        old = visit_of(site, client)
        site.shop.clock.now_ms += 16 * 60_000
        assert ask(client, visit=old).status_code == 403


@pytest.mark.parametrize(
    ("kind", "gtin", "status"),
    [("carry", TEA, 400), ("bring", "09506000134352", 404), ("hold", GONE, 404), ("list", TEA, 404)],
)
def test_what_cannot_be_asked_is_refused(site: Served, kind: str, gtin: str, status: int) -> None:
    with site.client() as client:
        assert ask(client, kind, gtin=gtin, visit=visit_of(site, client)).status_code == status


def test_nobody_may_have_many_open(site: Served) -> None:
    with site.client(site.enrol("history")) as client:
        answers = [ask(client).status_code for _ in range(OPEN_MOST + 1)]
        assert answers == [303] * OPEN_MOST + [429]
        client.post("/request/1/cancel")
        assert ask(client).status_code == 303


def test_one_takes_it_and_only_that_one_ends_it(site: Served, staff: httpx.Client) -> None:
    with site.client() as client:
        link = ask(client, visit=visit_of(site, client)).headers["location"]
        site.shop.clock.now_ms += 42_000
        assert staff.post("/manage/requests/1/take").headers["location"] == "/manage/requests"
        assert staff.post("/manage/requests/1/take").headers["location"] == "/manage/requests?lost=1"
        assert "Somebody is on the way." in client.get(link).text
        assert staff.post("/manage/requests/1/done", data={"lang": "en"}).status_code == 303
        assert "Done." in client.get(link).text
        assert client.get(link.partition("?")[0] + "/stream").status_code == 204

    assert "42 s" in staff.get("/manage/requests?lang=en").text


def test_who_cannot_do_it_gives_it_back_and_it_waits_on(site: Served, staff: httpx.Client) -> None:
    with site.client() as client:
        link = ask(client, visit=visit_of(site, client)).headers["location"]
        site.shop.clock.now_ms += 30_000
        staff.post("/manage/requests/1/take")
        assert staff.post("/manage/requests/1/give", data={"lang": "en"}).headers["location"].endswith("?lang=en")
        assert "Our staff have been told." in client.get(link).text
        site.shop.clock.now_ms += 30_000
        staff.post("/manage/requests/1/take")
        assert staff.post("/manage/requests/1/give", data={"to": "nobody"}).headers["location"].endswith("lost=1")
    assert "60 s" in staff.get("/manage/requests?lang=en").text  # it was in no hands for a minute


def test_it_is_handed_to_one_who_may_answer_and_then_is_theirs(site: Served) -> None:
    with site.client() as client:
        ask(client, visit=visit_of(site, client))
    with site.shop.store.atomic() as connection:
        assert not requests.hand_over(connection, 1, owner="ann", to="bob")  # nobody has it yet
        requests.take(connection, 1, owner="ann", now_ms=NOON_MS)
        assert not requests.hand_over(connection, 1, owner="bob", to="bob")
        assert requests.hand_over(connection, 1, owner="ann", to="bob")
        assert not requests.finish(connection, 1, owner="ann", now_ms=NOON_MS)
        assert not requests.give_back(connection, 1, owner="ann")
        assert requests.finish(connection, 1, owner="bob", now_ms=NOON_MS)


def test_the_badge_and_the_times_are_of_what_was_asked(site: Served, staff: httpx.Client) -> None:
    with site.client() as client:
        ask(client, visit=visit_of(site, client))
        link = ask(client, visit=visit_of(site, client)).headers["location"]
        client.post(link.partition("?")[0] + "/cancel")
    site.shop.clock.now_ms += 95_000
    page = staff.get("/manage/requests?lang=en").text
    assert '<b class="count-mark">1</b>' in page
    assert "Nothing was answered in this time yet." in page
    staff.post("/manage/requests/1/take")
    page = staff.get("/manage/requests?lang=en").text
    assert "1.6 min" in page
    assert '<b class="count-mark">' not in page
    assert "taken back before</dt><dd>1</dd>" in page


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10 * 86_400_000), st.integers(0, 3_600_000)), max_size=40))
def test_nine_of_ten_waited_no_longer_than_is_said(told: list[tuple[int, int]]) -> None:
    found = times([Answered(at_ms=at, waited_ms=waited) for at, waited in told], SEOUL)
    assert found.count == len(told) == sum(hour.count for hour in found.hours)
    if found.p90_s is None or found.median_s is None:
        assert not told
        return
    waited = [each / 1000 for _, each in told]
    assert sum(each <= found.p90_s for each in waited) >= 0.9 * len(waited)
    assert sum(each >= found.p90_s for each in waited) >= 0.1 * len(waited)
    assert found.median_s <= found.p90_s
    assert [hour.hour for hour in found.hours] == list(range(found.hours[0].hour, found.hours[-1].hour + 1))


def test_of_sixteen_of_the_staff_one_gets_it(site: Served) -> None:
    with site.client() as client:
        ask(client, visit=visit_of(site, client))

    def take(number: int) -> bool:
        with site.shop.store.atomic() as connection:
            return requests.take(connection, 1, owner=f"clerk {number}", now_ms=NOON_MS)

    with ThreadPoolExecutor(16) as pool:
        won = [number for number, taken in enumerate(pool.map(take, range(16))) if taken]
    assert len(won) == 1
    with site.shop.store.atomic() as connection:
        assert not requests.finish(connection, 1, owner=f"clerk {won[0] + 1}", now_ms=NOON_MS)
        assert requests.finish(connection, 1, owner=f"clerk {won[0]}", now_ms=NOON_MS)


def test_only_a_signed_in_manager_sees_and_takes(site: Served) -> None:
    with site.client() as client:
        ask(client, visit=visit_of(site, client))
        assert client.get("/manage/requests").status_code == 303
        assert client.get("/manage/requests/live").status_code == 401
        assert client.post("/manage/requests/1/take").status_code == 401
        assert client.post("/manage/requests/1/done").status_code == 401


def test_a_known_shopper_is_told_and_finds_the_page_again(site: Served, staff: httpx.Client) -> None:
    with site.client(site.enrol("history")) as client:
        ask(client)
        staff.post("/manage/requests/1/take")
        page = client.get(f"/01/{TEA}?lang=en").text
        assert 'href="/request/1?lang=en"' in page
        assert client.get("/request/1").status_code == 200
    with site.shop.store.reading() as connection:
        kinds = connection.execute("SELECT kind, body FROM messages WHERE kind = 'request'").fetchall()
    assert len(kinds) == 1
    assert "Somebody is bringing it to you." in kinds[0][1]


def test_nobody_opens_anothers_request(site: Served) -> None:
    with site.client(site.enrol("history")) as client:
        ask(client)
    with site.client(site.enrol("history")) as other, site.client() as nobody:
        for client in (other, nobody):
            assert client.get("/request/1").status_code == 404
            assert client.post("/request/1/cancel").status_code == 404
            assert client.get("/request/1/stream").status_code == 204
            assert client.get("/request/" + "x" * 22).status_code == 404


def test_who_takes_it_back_is_not_served(site: Served, staff: httpx.Client) -> None:
    with site.client() as client:
        link = ask(client, visit=visit_of(site, client)).headers["location"]
        client.post(link.partition("?")[0] + "/cancel")
        assert "You took it back." in client.get(link).text
    assert staff.post("/manage/requests/1/take").headers["location"].endswith("lost=1")
    assert "Taken back by the shopper" in staff.get("/manage/requests?lang=en").text


def test_a_list_is_shown_as_it_was(site: Served, staff: httpx.Client) -> None:
    with site.client() as client:
        begun = client.post("/me/wish", data={"gtin": TEA, "lang": "en"})
        cookie = begun.headers["set-cookie"].partition(";")[0]
    with site.client(cookie) as client:
        client.post("/me/wish", data={"gtin": CAKE, "lang": "en"})
        assert ask(client, "list").status_code == 303
        client.post("/me/wish", data={"gtin": TEA, "on": "0", "lang": "en"})
    inbox = staff.get("/manage/requests?lang=en").text
    assert "Jeju organic green tea" in inbox
    assert "Gaeseong yakgwa" in inbox


def test_who_is_forgotten_leaves_a_number_and_nothing_more(site: Served) -> None:
    with site.client(site.enrol("history")) as client:
        ask(client)
        client.post("/me/end")
    with site.shop.store.reading() as connection:
        assert connection.execute("SELECT profile, kind FROM requests").fetchall() == [(None, "bring")]


def test_the_form_leads_back_to_the_requests_and_nowhere_else() -> None:
    assert inward("/manage/requests") == "/manage/requests"
    assert inward("/manage/requests?lang=en") == "/manage/requests?lang=en"
    for wrong in ("//evil/manage/requests", "https://evil/", "/me", "/request/1"):
        assert inward(wrong) == "/manage"


@settings(max_examples=60, deadline=None)
@given(acts=st.lists(st.sampled_from(("take a", "take b", "done a", "done b", "cancel")), max_size=8))
def test_whatever_is_pressed_each_request_has_one_owner_and_one_end(
    acts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = Store(tmp_path_factory.mktemp("requests"), new_store_id="0" * 32)
    try:
        with store.atomic() as connection:
            made = requests.ask(
                connection,
                digest="d",
                kind=Kind.HOLD,
                gtin=TEA,
                shelf=None,
                profile=None,
                visit=1,
                now_ms=NOON_MS,
                day=1,
            )
            assert made is not None
            owners, ends = [], 0
            for act in acts:
                verb, _, who = act.partition(" ")
                match verb:
                    case "take":
                        owners += [who] if requests.take(connection, made.id, owner=who, now_ms=NOON_MS) else []
                    case "done":
                        ended = requests.finish(connection, made.id, owner=who, now_ms=NOON_MS)
                        assert not ended or owners == [who]
                        ends += ended
                    case _:
                        ends += requests.cancel(connection, made.id, NOON_MS)
            after = requests.by_id(connection, made.id)
            assert after is not None
            assert len(owners) <= 1
            assert ends <= 1
            assert after.state.open == (ends == 0)
            assert after.owner == (owners[0] if owners else None)
            assert (after.state is State.TAKEN) <= bool(owners)
    finally:
        store.close()
