"""The rooms of alerts and of the staff: what is wrong in words, what may be chosen, and who hears of it."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cloud.config import load
from cloud.errors import UserError
from cloud.manage.alerts import Kind, Rules
from cloud.manage.notifying import Quiet
from cloud.push import vapid
from cloud.push.alarm_post import AlarmPost, Ways
from cloud.push.endpoints import Allowed
from cloud.push.hooks import AllowedHooks
from cloud.push.outbox import Terms
from cloud.push.vapid import VapidKey
from cloud.store import alert_letters, alerts, audit_log, staff
from cloud.store.audit_log import Act
from cloud.web.manage.alarm import Alarm
from cloud.web.manage.alerts import alerts_router
from cloud.web.manage.staff import staff_router
from contract.events import Cause, Device, DeviceChanged, Tap
from tests.cloud.entered import entered
from tests.cloud.morning import MINUTE, NOON_MS, Town, bus_of_nobody, plan, serving, town

WAYS = Ways(
    push=Terms(key=VapidKey(vapid.generate()), subject="mailto:a@shop.kr", allowed=Allowed()),
    hooks=AllowedHooks(hosts=("hooks.example.com",)),
)
KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("alerts"), floor=plan()) as place:
        place.clock.now_ms = NOON_MS
        yield place


@pytest.fixture(scope="module")
def hand(place: Town) -> Iterator[httpx.Client]:
    with (
        serving(place, lambda desk: alerts_router(desk, WAYS), staff_router) as site,
        entered(site, place.password) as client,
    ):
        yield client


def looks(place: Town) -> None:
    post = AlarmPost(place.store, WAYS, clock=place.clock, luck=lambda: 0.0, may_hear=bool)
    Alarm(place.desk(bus_of_nobody()), post, may_hear=bool).look(place.clock.now_ms)


def test_an_alert_is_read_looked_after_and_over(place: Town, hand: httpx.Client) -> None:
    at = NOON_MS - 5 * MINUTE
    blind = DeviceChanged(at=at, device=Device.CAMERA, name="cam-b", ok=False, reason="<i>x</i>", cause=Cause.DARK)
    place.node("right").tell([blind])
    place.node("right").well()
    looks(place)
    page = hand.get("/manage/alerts").text
    assert "Camera cam-b is in the dark" in page
    assert "Is the light off" in page
    assert "어둡습니다" in hand.get("/manage/alerts?lang=ko").text
    assert "<i>x</i>" not in page
    number = re.search(r'action="/manage/alerts/([0-9]+)/note"', page)
    assert number
    answer = hand.post(f"/manage/alerts/{number[1]}/note", data={"lang": "en"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/manage/alerts?lang=en")
    assert "manager looks after it" in hand.get("/manage/alerts").text
    place.node("right").tell([DeviceChanged(at=NOON_MS, device=Device.CAMERA, name="cam-b", ok=True, reason="")])
    looks(place)
    assert "well again" in hand.get("/manage/alerts").text
    place.clock.now_ms += 2 * MINUTE
    looks(place)
    page = hand.get("/manage/alerts").text
    past = page[page.index("Over, in the last seven days") :]
    assert "Camera cam-b is in the dark" in past
    assert "manager" in past


def test_the_floors_page_says_what_broke_only_while_something_is(place: Town, hand: httpx.Client) -> None:
    assert re.search(r'<div id="part-alarm" hidden></div>', without_audits(place, hand, wrong=False))
    page = without_audits(place, hand, wrong=True)
    assert "Something blocks camera cam-a" in page
    assert "What broke, what to try" in page


def without_audits(place: Town, hand: httpx.Client, *, wrong: bool) -> str:
    with place.store.atomic() as connection:
        alerts.choose(connection, Rules(off=frozenset(Kind) - {Kind.CAMERA}))
        connection.execute("DELETE FROM alerts")
    if wrong:
        at = place.clock.now_ms - 2 * MINUTE
        blind = DeviceChanged(at=at, device=Device.CAMERA, name="cam-a", ok=False, reason="", cause=Cause.BLOCKED)
        place.node("left").tell([blind])
        place.node("left").well()
    looks(place)
    return hand.get("/manage?period=15m").text


def test_what_the_rail_counts_costs_the_same_after_a_year_of_alerts(place: Town) -> None:
    with place.store.reading() as connection:
        asked: list[str] = []
        connection.set_trace_callback(asked.append)
        alerts.open_count(connection)
        alert_letters.untold(connection, "account:manager")
        alerts.living(connection)
        connection.set_trace_callback(None)
        plans = [row[3] for query in asked for row in connection.execute(f"EXPLAIN QUERY PLAN {query}")]
    assert [plan for plan in plans if plan == "SCAN alerts"] == []
    assert sum("alerts_living" in plan for plan in plans) == 3


def test_quiet_hours_are_ones_own(place: Town, hand: httpx.Client) -> None:
    form = {"begins": "22:30", "ends": "07:00", "critical": "true"}
    assert hand.post("/manage/alerts/quiet", data=form).status_code == 303
    with place.store.reading() as connection:
        assert alerts.quiet(connection, "manager") == Quiet(from_min=1350, to_min=420, critical_passes=True)
        assert alerts.quiet(connection, "other") == Quiet()
    assert 'value="22:30"' in hand.get("/manage/alerts").text


@pytest.mark.parametrize("wrong", ["24:00", "9:00", "12:60", "noon", "١٢:٠٠"])
def test_a_time_that_is_none_is_refused_by_name(hand: httpx.Client, wrong: str) -> None:
    answer = hand.post("/manage/alerts/quiet", data={"begins": wrong})
    assert answer.status_code == 422
    assert "begins" in answer.text


def test_the_store_chooses_what_it_wants_to_hear(place: Town, hand: httpx.Client) -> None:
    form = {"queue_people": "6", "queue_minutes": "5", "hot_c": "75", "stock_taps": "2", "on": ["queue", "camera"]}
    assert hand.post("/manage/alerts/rules", data=form).status_code == 303
    with place.store.reading() as connection:
        chosen = alerts.rules(connection)
    assert (chosen.queue_people, chosen.hot_c) == (6, 75)
    assert set(Kind) - chosen.off == {Kind.QUEUE, Kind.CAMERA}
    answer = hand.post("/manage/alerts/rules", data=form | {"hot_c": "7"})
    assert answer.status_code == 422
    assert "hot_c" in answer.text


def test_a_hook_is_added_with_a_secret_that_is_shown_once(place: Town, hand: httpx.Client) -> None:
    url = "https://hooks.example.com/services/T0/B0"
    page = hand.post("/manage/alerts/hooks", data={"url": url}).text
    (secret,) = re.findall(r"<code>([0-9a-f]{64})</code>", page)
    with place.store.reading() as connection:
        (hook,) = alert_letters.hooks(connection)
        assert connection.execute("SELECT secret FROM alert_hooks").fetchone() == (secret,)
    assert secret not in hand.get("/manage/alerts").text
    assert hand.post("/manage/alerts/hooks", data={"url": url}).status_code == 409
    assert hand.post(f"/manage/alerts/hooks/{hook.id}/try").status_code == 303
    with place.store.atomic() as connection:
        (letter,) = alert_letters.due(connection, place.clock.now_ms, until_ms=0, most=9)
    assert '"trial":true' in letter.body
    assert hand.post(f"/manage/alerts/hooks/{hook.id}/remove").status_code == 303
    with place.store.reading() as connection:
        assert alert_letters.hooks(connection) == ()
        assert connection.execute("SELECT count(*) FROM alert_letters").fetchone() == (0,)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://hooks.example.com/x", "Only https"),
        ("https://10.0.0.1/x", "not on the list"),
        ("https://evil.kr/x", "not on the list"),
        ("nonsense", "no address"),
    ],
)
def test_a_hook_that_may_not_be_is_refused_in_words(hand: httpx.Client, url: str, words: str) -> None:
    answer = hand.post("/manage/alerts/hooks", data={"url": url})
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{url}"' in answer.text


@pytest.mark.parametrize(
    "body",
    [
        {"endpoint": "https://evil.example/x", "keys": KEYS},
        {"endpoint": "https://fcm.googleapis.com/x", "keys": KEYS | {"auth": "short"}},
        {"endpoint": "https://fcm.googleapis.com/x"},
    ],
)
def test_no_browser_subscribes_with_another_address_or_without_its_keys(
    hand: httpx.Client, body: dict[str, object]
) -> None:
    assert hand.post("/manage/alerts/push", json=body).status_code == 422


def test_a_managers_browser_and_a_shoppers_phone_never_meet(place: Town, hand: httpx.Client) -> None:
    body = {"endpoint": "https://fcm.googleapis.com/fcm/send/m", "keys": KEYS, "lang": "ko"}
    assert hand.post("/manage/alerts/push", json=body).status_code == 201
    with place.store.reading() as connection:
        assert alert_letters.browsers(connection, "manager") == 1
        assert connection.execute("SELECT count(*) FROM push_subscriptions").fetchone() == (0,)
    assert hand.post("/manage/alerts/push/off", data={}).status_code == 303
    with place.store.reading() as connection:
        assert alert_letters.browsers(connection, "manager") == 0


def test_a_badge_is_registered_by_holding_it_to_a_reader(place: Town, hand: httpx.Client) -> None:
    form = {"reader": "tea-reader", "label": "A3", "lang": "en"}
    assert hand.post("/manage/staff/badges", data=form).status_code == 303
    waiting = hand.get("/manage/staff").text
    assert "Hold the badge “A3” to the reader now." in waiting
    assert 'http-equiv="refresh"' in waiting
    place.node("left").tell([Tap(at=place.clock.now_ms, reader="tea-reader", tag="c" * 32)])
    assert "The badge is registered." in hand.get("/manage/staff").text
    with place.store.reading() as connection:
        assert staff.tags(connection) == ("c" * 32,)
    assert hand.post(f"/manage/staff/badges/{'c' * 32}/remove").status_code == 303
    assert "No badge yet" in hand.get("/manage/staff").text


def test_a_badge_needs_a_label_and_a_reader_of_the_plan(hand: httpx.Client) -> None:
    assert hand.post("/manage/staff/badges", data={"reader": "tea-reader", "label": " "}).status_code == 422
    assert hand.post("/manage/staff/badges", data={"reader": "moon", "label": "A3"}).status_code == 404


def test_who_settled_what_is_written_down_without_a_hooks_secret_path(place: Town, hand: httpx.Client) -> None:
    rules = {"queue_people": "6", "queue_minutes": "5", "hot_c": "75", "stock_taps": "2"}
    hand.post("/manage/alerts/rules", data=rules)
    hand.post("/manage/alerts/hooks", data={"url": "https://hooks.example.com/services/T1/secret"})
    with place.store.atomic() as connection:
        (hook,) = alert_letters.hooks(connection)
        connection.execute("INSERT INTO staff_badges VALUES (?, 'B7', 0, 'manager')", ("d" * 32,))
    hand.post(f"/manage/alerts/hooks/{hook.id}/remove")
    hand.post("/manage/staff/badges", data={"reader": "tea-reader", "label": "B8"})
    hand.post(f"/manage/staff/badges/{'d' * 32}/remove")
    with place.store.reading() as connection:
        lines = [(line.act, line.subject) for line in audit_log.lines(connection, most=5)]
    assert lines == [
        (Act.BADGE_REMOVED, "B7"),
        (Act.BADGE_AWAITED, "B8, tea-reader"),
        (Act.HOOK_REMOVED, "hooks.example.com"),
        (Act.HOOK_ADDED, "hooks.example.com"),
        (Act.ALERTS_CHOSEN, ""),
    ]


def test_hosts_of_hooks_are_named_in_full_and_a_sandbox_is_for_this_machine_alone(tmp_path: Path) -> None:
    file = tmp_path / "cloud.toml"
    file.write_text('store = "s"\n[alerts]\nhook_hosts = ["*.example.com"]\n')
    with pytest.raises(UserError, match="hook_hosts"):
        load(file)
    file.write_text('store = "s"\n[web]\nhost = "0.0.0.0"\n[alerts]\nsandbox = "http://localhost:9"\n')
    with pytest.raises(UserError, match=r"alerts\.sandbox"):
        load(file)
    file.write_text('store = "s"\n[alerts]\nhook_hosts = ["hooks.example.com"]\n')
    assert load(file).alerts.hook_hosts == ("hooks.example.com",)
