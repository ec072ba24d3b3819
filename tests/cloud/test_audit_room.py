"""The audit's pages: a watch whose clicks nothing loses, the count hidden until its end, and no picking of outcomes."""

import re
from collections.abc import Iterator

import httpx
import pytest

from cloud.manage.audit import DUE_MS, LASTS_MS
from cloud.store import audits
from cloud.web.manage.audit import audit_router
from cloud.web.manage.auditing import SEALED_AFTER_MS
from contract.events import Crossing, Direction
from tests.cloud.entered import cookie, entered, session
from tests.cloud.morning import MINUTE, NOON_MS, Site, Town, plan, serving, town, watched

IN, OUT = Direction.IN, Direction.OUT


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("audit"), floor=plan()) as place:
        yield place


@pytest.fixture(scope="module")
def site(place: Town) -> Iterator[Site]:
    with serving(place, audit_router) as site:
        yield site


@pytest.fixture
def hand(place: Town, site: Site) -> Iterator[httpx.Client]:
    """Somebody who is signed in, at noon."""
    place.clock.now_ms = NOON_MS
    with entered(site, place.password) as client:
        yield client


def begun(hand: httpx.Client) -> str:
    answer = hand.post("/manage/audit", data={"line": "door"})
    assert answer.status_code == 303
    return str(answer.headers["location"])


def press(hand: httpx.Client, path: str, direction: Direction, **more: object) -> httpx.Response:
    form = {"direction": direction.value, **{key: str(value) for key, value in more.items()}}
    return hand.post(f"{path}/clicks", data=form, headers={"accept": "application/json"})


def told(place: Town, at: list[int], *, minutes: range = range(18)) -> None:
    crossings = [Crossing(at=each, line="door", direction=IN) for each in at]
    place.node("left").tell([*crossings, *watched(["tea"], ["cam-a"], minutes=minutes)])
    place.node("left").well()


def test_a_watch_from_its_beginning_to_its_error(place: Town, hand: httpx.Client) -> None:
    path = begun(hand)
    for number in range(20):
        place.clock.now_ms += 10_000
        assert press(hand, path, IN).json()["in"] == number + 1
    during = hand.get(path).text
    assert re.search(r'id="count-in">20<', during)
    told(place, [NOON_MS + 10_000 * number - 700 for number in range(2, 21)])
    assert "19" not in re.sub(r'(?s)<head>.*?</head>|data-\w+="[^"]*"|value="[^"]*"', "", hand.get(path).text)
    hand.post(f"{path}/end")
    after = hand.get(path).text
    assert "−5.0%" in after
    assert "provisional" in after
    place.clock.now_ms += SEALED_AFTER_MS
    place.node("left").well()
    assert "provisional" not in hand.get(path).text
    room = hand.get("/manage/audit").text
    assert "−5.0%" in room
    assert "due again" in room


def test_each_press_keeps_the_moment_of_the_hand_and_not_of_the_connection(place: Town, hand: httpx.Client) -> None:
    path = begun(hand)
    place.clock.now_ms += 5 * MINUTE  # the connection was away
    for number in range(3):
        answer = press(hand, path, IN, at=NOON_MS + 60_000 + number, click=f"{number:016x}")
        assert answer.status_code == 200
    assert press(hand, path, IN, at=NOON_MS + 60_000, click=f"{0:016x}").json()["in"] == 3
    with place.store.reading() as connection:
        (newest, *_) = audits.newest(connection)
        assert [each.at_ms - NOON_MS for each in audits.clicks(connection, newest.id)] == [60_000, 60_001, 60_002]


def test_what_waited_in_a_browser_is_taken_after_the_end(place: Town, hand: httpx.Client) -> None:
    path = begun(hand)
    place.clock.now_ms += LASTS_MS + 2 * MINUTE
    assert press(hand, path, OUT, at=NOON_MS + 60_000, click="ab" * 8).json()["out"] == 1
    assert press(hand, path, OUT, at=NOON_MS + LASTS_MS + 1_000, click="ac" * 8).status_code == 422
    assert press(hand, path, OUT).status_code == 422  # a form's press is now, and now the watch is over


@pytest.mark.parametrize(
    ("field", "value"), [("at", NOON_MS - 60_000), ("at", NOON_MS + 60_000), ("click", "nothex"), ("direction", "up")]
)
def test_a_press_that_cannot_be_is_refused(hand: httpx.Client, field: str, value: object) -> None:
    path = begun(hand)
    form = {"direction": "in", field: str(value)}
    assert hand.post(f"{path}/clicks", data=form).status_code == 422


def test_without_a_script_each_button_is_a_form_that_leads_back(hand: httpx.Client) -> None:
    path = begun(hand)
    answer = hand.post(f"{path}/clicks", data={"direction": "in", "lang": "ko"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?lang=ko")
    undone = hand.post(f"{path}/undo", data={})
    assert undone.status_code == 303
    assert re.search(r'id="count-in">0<', hand.get(path).text)


def test_an_outcome_that_was_shown_stands_and_a_distracted_watch_may_go(hand: httpx.Client) -> None:
    kept, dropped = begun(hand), begun(hand)
    hand.post(f"{kept}/end")
    assert hand.post(f"{kept}/drop").status_code == 409
    assert hand.post(f"{dropped}/drop").status_code == 303
    assert hand.get(dropped).status_code == 404


def test_a_line_that_is_not_on_the_plan_cannot_be_watched(hand: httpx.Client) -> None:
    assert hand.post("/manage/audit", data={"line": "window"}).status_code == 404


def test_a_node_whose_clock_is_ahead_is_compared_by_ours(place: Town, site: Site, hand: httpx.Client) -> None:
    place.clock.now_ms = NOON_MS + 60 * MINUTE
    hand.headers.update(cookie(session(site, place.password)))
    ahead, start = 40_000, place.clock.now_ms
    path = begun(hand)
    for _ in range(12):
        place.clock.now_ms += 10_000
        press(hand, path, IN)
    place.node("left").tell([Crossing(at=start + 10_000 * n + ahead, line="door", direction=IN) for n in range(1, 13)])
    place.node("left").tell(watched(["tea"], ["cam-a"], minutes=range(60, 80)))
    place.clock.now_ms += ahead
    place.node("left").well()
    place.clock.now_ms -= ahead
    with place.store.atomic() as connection:
        connection.execute("UPDATE node_health SET received_ms = received_ms - ?", (ahead,))
    hand.post(f"{path}/end")
    assert "±0.0%" in hand.get(path).text


def test_an_error_is_due_again_after_a_month(place: Town, site: Site, hand: httpx.Client) -> None:
    hand.get("/manage/audit")
    place.clock.now_ms = NOON_MS + 61 * MINUTE + DUE_MS + LASTS_MS
    hand.headers.update(cookie(session(site, place.password)))
    assert "due again since" in hand.get("/manage/audit").text
