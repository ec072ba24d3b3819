"""From what is wrong in the store to a manager's browser and to other programs, through restarts and refusals."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage.alerts import Kind, Rules
from cloud.manage.notifying import GATHER_MS, Quiet
from cloud.push import vapid
from cloud.push.alarm_post import AlarmPost, Ways
from cloud.push.endpoints import Allowed, EndpointError
from cloud.push.hooks import SIGNATURE, AllowedHooks, signature
from cloud.push.outbox import Terms
from cloud.push.posting import Poster
from cloud.push.vapid import VapidKey
from cloud.store import alert_letters, alerts
from cloud.store.pushes import Subscription
from cloud.web.manage.alarm import Alarm
from contract.events import Cause, Device, DeviceChanged, Event
from tests.cloud.morning import NOON_MS, Town, bus_of_nobody, plan, town
from tests.cloud.push_service import Phone, PushService, push_service, says

KEY = VapidKey(vapid.generate())
SECRET = "s" * 64


@dataclass(slots=True)
class Place:
    """A store, what watches it, and whoever hears of it."""

    town: Town
    phones: PushService
    hearing: set[str] = field(default_factory=lambda: {"manager"})

    def alarm(self, *, hosts: tuple[str, ...] = (), sandbox: str | None = None) -> Alarm:
        terms = Terms(key=KEY, subject="mailto:a@shop.kr", allowed=Allowed(sandbox=self.phones.origin))
        ways = Ways(push=terms, hooks=AllowedHooks(hosts=hosts, sandbox=sandbox))
        may_hear = self.hearing.__contains__
        post = AlarmPost(
            self.town.store,
            ways,
            clock=self.town.clock,
            luck=lambda: 0.0,
            may_hear=may_hear,
            poster=Poster(connect_s=2.0, whole_s=1.0),
        )
        return Alarm(self.town.desk(bus_of_nobody()), post, may_hear=may_hear)

    def subscribe(self, phone: Phone, account: str = "manager", language: str = "en") -> None:
        browser = Subscription(
            endpoint=phone.endpoint,
            service="sandbox",
            origin="http://localhost",
            server_key=KEY.public,
            language=language,
            **phone.keys,
        )
        with self.town.store.atomic() as connection:
            alert_letters.subscribe(connection, account, browser, self.town.clock())

    def goes(self, alarm: Alarm, seconds: float, *, every: float = 10.0) -> None:
        """Time passes, and the watcher looks now and then; the nodes are well meanwhile."""
        end = self.town.clock.now_ms + round(seconds * 1000)
        while self.town.clock.now_ms < end:
            self.town.clock.now_ms = min(end, self.town.clock.now_ms + round(every * 1000))
            for name in ("left", "right"):
                self.town.node(name).well(cameras={})
            alarm.round()

    def breaks(self, camera: str = "cam-a", cause: Cause = Cause.BLOCKED) -> None:
        node = "left" if camera == "cam-a" else "right"
        self.town.node(node).tell([changed(camera, self.town.clock.now_ms, cause)])

    def mends(self) -> None:
        self.town.node("left").tell([changed("cam-a", self.town.clock.now_ms, None)])


def changed(camera: str, at: int, cause: Cause | None) -> Event:
    return DeviceChanged(at=at, device=Device.CAMERA, name=camera, ok=cause is None, reason="", cause=cause)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with town(tmp_path, floor=plan()) as there, push_service() as phones:
        phones.now_s = lambda: there.clock.now_ms / 1000
        there.clock.now_ms = NOON_MS
        with there.store.atomic() as connection:
            alerts.choose(connection, Rules(off=frozenset((Kind.AUDIT,))))
        yield Place(town=there, phones=phones)


def open_kinds(place: Place) -> list[tuple[Kind, str]]:
    with place.town.store.reading() as connection:
        return [(each.alert.wrong.kind, each.alert.wrong.subject) for each in alerts.open_now(connection)]


def test_a_blocked_camera_reaches_the_managers_browser_once_in_their_language(place: Place) -> None:
    phone, korean = place.phones.phone(), place.phones.phone()
    place.subscribe(phone)
    place.subscribe(korean, language="ko")
    alarm = place.alarm()
    place.breaks()
    place.goes(alarm, 400)
    assert open_kinds(place) == [(Kind.CAMERA, "cam-a")]
    (told,) = phone.delivered
    assert told.told["notification"]["title"] == "Something blocks camera cam-a"
    assert told.told["notification"]["navigate"] == "http://localhost/manage/alerts?lang=en"
    assert told.urgency == "high"
    assert "가려졌습니다" in korean.delivered[0].told["notification"]["title"]
    assert place.phones.wrong == []


def test_what_breaks_together_comes_as_one(place: Place) -> None:
    phone = place.phones.phone()
    place.subscribe(phone)
    alarm = place.alarm()
    place.breaks("cam-a")
    place.goes(alarm, 10)
    place.breaks("cam-b", Cause.MOVED)
    place.goes(alarm, 120)
    (told,) = phone.delivered
    assert told.told["notification"]["title"] == "2 things need a look"


def test_a_flickering_camera_makes_no_storm(place: Place) -> None:
    phone = place.phones.phone()
    place.subscribe(phone)
    alarm = place.alarm()
    for _ in range(12):
        place.breaks()
        place.goes(alarm, 25)
        place.mends()
        place.goes(alarm, 15)
    assert len(phone.delivered) == 1


def test_quiet_hours_hold_back_and_tell_afterwards_what_still_stands(place: Place) -> None:
    phone = place.phones.phone()
    place.subscribe(phone)
    noon = 12 * 60
    with place.town.store.atomic() as connection:
        quiet = Quiet(from_min=noon - 10, to_min=noon + 30, critical_passes=False)
        alerts.be_quiet(connection, "manager", quiet)
    alarm = place.alarm()
    place.breaks()
    place.goes(alarm, 29 * 60, every=60)
    assert phone.delivered == []
    assert open_kinds(place) == [(Kind.CAMERA, "cam-a")]
    place.goes(alarm, 120)
    assert len(phone.delivered) == 1


def test_who_may_not_see_the_store_any_more_hears_nothing(place: Place) -> None:
    phone = place.phones.phone()
    place.subscribe(phone)
    place.hearing.clear()
    alarm = place.alarm()
    place.breaks()
    place.goes(alarm, 120)
    assert phone.asked == 0


def test_what_somebody_looks_after_is_told_to_nobody_else(place: Place) -> None:
    phone = place.phones.phone()
    alarm = place.alarm()
    place.breaks()
    place.goes(alarm, 60)
    with place.town.store.atomic() as connection:
        (open_,) = alerts.open_now(connection)
        assert alerts.open_count(connection) == 1
        assert alerts.note(connection, open_.id, account="manager", now_ms=NOON_MS)
        assert not alerts.note(connection, open_.id, account="other", now_ms=NOON_MS)
        assert alerts.open_count(connection) == 0
    place.subscribe(phone)
    place.goes(alarm, 120)
    assert phone.asked == 0


def test_a_subscription_that_is_no_more_is_forgotten(place: Place) -> None:
    phone = place.phones.phone(says(410))
    place.subscribe(phone)
    alarm = place.alarm()
    place.breaks()
    place.goes(alarm, 60)
    with place.town.store.reading() as connection:
        assert alert_letters.browsers(connection, "manager") == 0


@dataclass(slots=True)
class Program:
    """Somebody else's program on this machine: what it was told, and how it answers next (then with 204)."""

    origin: str
    told: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.origin}/aisle?team=floor"

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.told]


@contextmanager
def program() -> Iterator[Program]:
    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.told.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(found.answers.pop(0) if found.answers else 204)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Ear) as server:
        found = Program(origin=f"http://localhost:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def hooked(place: Place) -> Iterator[Program]:
    """A program that hears of the store's alerts."""
    with program() as found:
        with place.town.store.atomic() as connection:
            add = alert_letters.add_hook
            assert add(connection, url=found.url, secret=SECRET, account="manager", now_ms=NOON_MS)
        yield found


def test_a_program_hears_that_it_began_and_that_it_is_over_signed(place: Place, hooked: Program) -> None:
    alarm = place.alarm(sandbox=hooked.origin)
    place.breaks()
    place.goes(alarm, 120)
    place.mends()
    place.goes(alarm, 300)
    began, over = hooked.bodies()
    assert [(each["kind"], each["subject"], each["cause"]) for each in began["opened"]] == [
        ("camera", "cam-a", "blocked")
    ]
    assert (began["ended"], over["opened"]) == ([], [])
    assert over["ended"][0]["id"] == began["opened"][0]["id"]
    assert began["opened"][0]["remedy"]
    for headers, body in hooked.told:
        stamp, _, mark = headers[SIGNATURE].partition(",")
        wanted = hmac.new(SECRET.encode(), stamp[2:].encode() + b"." + body, hashlib.sha256).hexdigest()
        assert mark == f"v1={wanted}"
        assert abs(int(stamp[2:]) - place.town.clock.now_ms // 1000) < 600


def test_the_handbook_says_what_a_program_gets_and_how_to_know_that_it_is_ours(place: Place, hooked: Program) -> None:
    text = Path(alert_letters.__file__).parents[1].joinpath("HOOKS.md").read_text("utf-8")
    told = json.loads(text.partition("```json\n")[2].partition("```")[0])
    names: dict[str, Any] = {"hmac": hmac, "hashlib": hashlib}
    exec(text.partition("```python\n")[2].partition("```")[0], names)
    alarm = place.alarm(sandbox=hooked.origin)
    place.breaks()
    place.goes(alarm, 60)
    ((headers, body),) = hooked.told
    sent = json.loads(body)
    assert sent.keys() == told.keys()
    assert sent["opened"][0].keys() == told["opened"][0].keys()
    same = ("kind", "subject", "cause", "severity", "title", "what", "remedy", "number", "ended_ms")
    assert {key: sent["opened"][0][key] for key in same} == {key: told["opened"][0][key] for key in same}
    now_s = place.town.clock.now_ms / 1000
    is_ours = names["is_ours"]
    assert is_ours(SECRET, headers[SIGNATURE], body, now_s)
    assert not is_ours(SECRET, headers[SIGNATURE], body + b" ", now_s)
    assert not is_ours(SECRET, headers[SIGNATURE], body, now_s + 600)
    assert not is_ours("t" * 64, headers[SIGNATURE], body, now_s)


def test_a_letter_outlives_a_restart_and_is_the_same_delivery(place: Place, hooked: Program) -> None:
    hooked.answers += [500, 503]
    place.breaks()
    place.goes(place.alarm(sandbox=hooked.origin), 60)
    place.goes(place.alarm(sandbox=hooked.origin), 300, every=20)  # a new process
    assert len({headers["aisle-delivery"] for headers, _ in hooked.told}) == 1
    assert len(hooked.told) == 3
    with place.town.store.reading() as connection:
        (hook,) = alert_letters.hooks(connection)
    assert hook.outcome == "sent"


def test_a_redirect_is_followed_nowhere(place: Place, hooked: Program) -> None:
    hooked.answers += [302]
    place.breaks()
    place.goes(place.alarm(sandbox=hooked.origin), 120)
    assert len(hooked.told) == 1
    with place.town.store.reading() as connection:
        (hook,) = alert_letters.hooks(connection)
    assert hook.outcome == "failed 302"


def test_a_host_that_is_taken_off_the_list_gets_nothing_that_waits(place: Place, hooked: Program) -> None:
    place.breaks()
    place.goes(place.alarm(), 60)
    assert hooked.told == []
    with place.town.store.reading() as connection:
        (hook,) = alert_letters.hooks(connection)
    assert hook.outcome.startswith("failed not-https")


def test_a_host_whose_name_leads_inside_is_asked_nothing(place: Place) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> tuple[str, ...]:  # noqa: ARG001 - as the poster asks
        asked.append(host)
        return ("10.0.0.7",)

    with place.town.store.atomic() as connection:
        url = "https://hooks.example.com/x"
        alert_letters.add_hook(connection, url=url, secret=SECRET, account="manager", now_ms=NOON_MS)
    ways = Ways(push=None, hooks=AllowedHooks(hosts=("hooks.example.com",)))
    clock = place.town.clock
    post = AlarmPost(
        place.town.store, ways, clock=clock, luck=lambda: 0.0, may_hear=bool, poster=Poster(resolve=resolve)
    )
    place.breaks()
    place.goes(Alarm(place.town.desk(bus_of_nobody()), post, may_hear=bool), 60)
    assert asked == ["hooks.example.com"]
    with place.town.store.reading() as connection:
        (hook,) = alert_letters.hooks(connection)
    assert hook.outcome == "failed not-public"


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/x",
        "https://hooks.example.com:8443/x",
        "https://user:pw@hooks.example.com/x",
        "https://evil.example.com/x",
        "https://hooks.example.com.evil.kr/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://hooks.example.com\\@evil.kr/x",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ],
)
def test_no_hook_leads_anywhere_else(url: str) -> None:
    with pytest.raises(EndpointError):
        AllowedHooks(hosts=("hooks.example.com",)).check(url)


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1), st.binary(), st.integers(0, 2**40))
def test_a_signature_is_of_this_body_at_this_time_under_this_secret(secret: str, body: bytes, at_s: int) -> None:
    mark = signature(secret, body, at_s=at_s)
    assert mark == signature(secret, body, at_s=at_s)
    assert len({mark, signature(secret, body + b"x", at_s=at_s), signature(secret + "x", body, at_s=at_s)}) == 3
    assert mark.split(",v1=")[1] != signature(secret, body, at_s=at_s + 1).split(",v1=")[1]


def test_the_alerts_that_were_open_before_a_hook_came_are_not_told_to_it(place: Place) -> None:
    alarm = place.alarm()
    place.breaks()
    place.goes(alarm, 60)
    with program() as late, place.town.store.atomic() as connection:
        assert alert_letters.add_hook(connection, url=late.url, secret=SECRET, account="manager", now_ms=NOON_MS)
        (hook,) = alert_letters.hooks(connection)
        assert alert_letters.untold(connection, f"hook:{hook.id}") == ()


def test_the_watcher_writes_nothing_while_nothing_changes(place: Place) -> None:
    alarm = place.alarm()
    place.breaks()
    place.goes(alarm, 120)
    with place.town.store.reading() as connection:
        (before,) = connection.execute("PRAGMA data_version").fetchone()
    place.town.clock.now_ms += 5_000
    alarm.look(place.town.clock.now_ms)
    with place.town.store.reading() as connection:
        (after,) = connection.execute("PRAGMA data_version").fetchone()
    assert before == after


def test_a_watcher_that_starts_again_tells_nothing_twice(place: Place) -> None:
    phone = place.phones.phone()
    place.subscribe(phone)
    place.breaks()
    place.goes(place.alarm(), GATHER_MS / 1000 + 60)
    place.goes(place.alarm(), 400)
    assert len(phone.delivered) == 1
