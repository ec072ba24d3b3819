"""Counting at a door in a real browser: by finger and key, through a lost connection and a reload, without scripts."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.sync_api import Browser, Page, expect

from cloud.push import vapid
from cloud.push.alarm_post import AlarmPost, Ways
from cloud.push.endpoints import Allowed
from cloud.push.hooks import AllowedHooks
from cloud.push.outbox import Terms
from cloud.push.vapid import VapidKey
from cloud.store import alert_letters, audits
from cloud.web.manage.alarm import Alarm
from cloud.web.manage.alerts import alerts_router
from cloud.web.manage.audit import audit_router
from cloud.web.manage.gate import COOKIE
from cloud.web.manage.staff import staff_router
from contract.events import Cause, Device, DeviceChanged, Direction
from tests.cloud.entered import session
from tests.cloud.morning import MINUTE, NOON_MS, Site, Town, bus_of_nobody, plan, serving, town

pytestmark = pytest.mark.browser
WAYS = Ways(
    push=Terms(key=VapidKey(vapid.generate()), subject="mailto:a@shop.kr", allowed=Allowed()),
    hooks=AllowedHooks(hosts=("hooks.example.com",)),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A store whose camera was moved a while ago."""
    with town(tmp_path_factory.mktemp("door"), floor=plan()) as place:
        place.clock.now_ms = NOON_MS
        at = NOON_MS - 10 * MINUTE
        moved = DeviceChanged(
            at=at, device=Device.CAMERA, name="cam-b", ok=False, reason="<b>moved</b>", cause=Cause.MOVED
        )
        place.node("right").tell([moved])
        place.node("right").well()
        post = AlarmPost(place.store, WAYS, clock=place.clock, luck=lambda: 0.0, may_hear=bool)
        Alarm(place.desk(bus_of_nobody()), post, may_hear=bool).look(NOON_MS)
        yield place


@pytest.fixture(scope="module")
def site(place: Town) -> Iterator[Site]:
    with serving(place, audit_router, lambda desk: alerts_router(desk, WAYS), staff_router) as site:
        yield site


@pytest.fixture(scope="module")
def cookie(place: Town, site: Site) -> str:
    return session(site, place.password)


@contextmanager
def opened(browser: Browser, site: Site, cookie: str, path: str, **look: object) -> Iterator[Page]:
    """A page of a signed-in manager in a fresh context; what it complains about fails the test."""
    complaints: list[str] = []
    context = browser.new_context(**look)  # type: ignore[arg-type]  # Playwright's own keywords
    address = site.url.replace("http:", "https:")
    context.add_cookies([{"name": COOKIE, "value": cookie, "url": address, "secure": True}])
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{site.url}{path}{'&' if '?' in path else '?'}lang=en")
    yield page
    context.close()
    assert complaints == []


def begun(site: Site, cookie: str) -> str:
    answer = httpx.post(f"{site.url}/manage/audit", data={"line": "door"}, headers={"cookie": f"{COOKIE}={cookie}"})
    return str(answer.headers["location"])


def clicks(place: Town, path: str) -> list[Direction]:
    with place.store.reading() as connection:
        return [each.direction for each in audits.clicks(connection, int(path.rpartition("/")[2]))]


def until(holds: Callable[[], bool], page: Page) -> None:
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)


def test_keys_and_fingers_count_and_the_last_is_taken_back(
    browser: Browser, place: Town, site: Site, cookie: str
) -> None:
    path = begun(site, cookie)
    with opened(browser, site, cookie, path, has_touch=True) as page:
        page.locator("#counter[data-ready]").wait_for()
        for key in ("i", "ArrowUp", "O", "ArrowDown", "i"):
            page.keyboard.press(key)
        page.locator("#press-in").tap()
        page.locator("#press-out").click()
        page.keyboard.press("u")
        expect(page.locator("#count-in")).to_have_text("4")
        expect(page.locator("#count-out")).to_have_text("2")
        until(lambda: len(clicks(place, path)) == 6, page)
        page.locator("#press-in").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#count-in")).to_have_text("5")
        until(lambda: len(clicks(place, path)) == 7, page)
        assert clicks(place, path).count(Direction.IN) == 5


def test_presses_without_a_connection_wait_through_a_reload_and_none_is_lost(
    browser: Browser, place: Town, site: Site, cookie: str
) -> None:
    path = begun(site, cookie)
    with opened(browser, site, cookie, path) as page:
        page.locator("#counter[data-ready]").wait_for()
        page.keyboard.press("i")
        until(lambda: len(clicks(place, path)) == 1, page)
        page.route("**/clicks", lambda route: route.abort())
        for key in "iioi":
            page.keyboard.press(key)
        expect(page.locator("#count-in")).to_have_text("4")
        expect(page.locator("#kept")).to_contain_text("that wait for the connection: 4.")
        assert len(clicks(place, path)) == 1
        page.reload()
        page.locator("#counter[data-ready]").wait_for()
        expect(page.locator("#count-in")).to_have_text("4")
        page.unroute("**/clicks")
        page.evaluate("dispatchEvent(new Event('online'))")
        until(lambda: len(clicks(place, path)) == 5, page)
        expect(page.locator("#kept")).to_have_text("All presses are kept.")
        until(lambda: page.evaluate("Object.keys(localStorage).length") == 0, page)  # once the last is answered


def test_the_end_waits_for_what_is_not_sent_yet(browser: Browser, place: Town, site: Site, cookie: str) -> None:
    path = begun(site, cookie)
    with opened(browser, site, cookie, path) as page:
        page.locator("#counter[data-ready]").wait_for()
        page.route("**/clicks", lambda route: route.abort())
        page.keyboard.press("i")
        page.keyboard.press("o")
        page.get_by_role("button", name="End and compare").click()
        page.wait_for_timeout(100)
        assert page.url.partition("?")[0].endswith(path)
        page.unroute("**/clicks")
        page.locator(".outcome").wait_for()
        assert sorted(clicks(place, path)) == [Direction.IN, Direction.OUT]


def test_a_door_is_counted_without_scripts(browser: Browser, place: Town, site: Site, cookie: str) -> None:
    with opened(browser, site, cookie, "/manage/audit", java_script_enabled=False) as page:
        page.get_by_role("button", name=re.compile("Watch for 15 minutes|Go on watching")).or_(
            page.get_by_role("link", name="Go on watching")
        ).first.click()
        path = "/" + page.url.partition("?")[0].split("/", 3)[3]
        before = len(clicks(place, path))
        page.locator("#press-in").click()
        page.locator("#press-out").click()
        page.get_by_role("button", name="Take the last one back").click()
        assert len(clicks(place, path)) == before + 1


def test_a_browser_is_told_of_alerts_only_after_its_owner_pressed(
    browser: Browser, place: Town, site: Site, cookie: str
) -> None:
    """Headless, a browser has no push service: that one call is played, all the rest is real."""
    with opened(browser, site, cookie, "/manage/alerts", permissions=["notifications"]) as page:
        page.evaluate(
            """() => { PushManager.prototype.subscribe = async function (options) {
                 window.asked = { visible: options.userVisibleOnly, key: options.applicationServerKey.length };
                 return { toJSON: () => ({ endpoint: "https://fcm.googleapis.com/fcm/send/x", keys: {
                   p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                   auth: "BTBZMqHH6r4Tts7J_aSIgg" } }) }; } }"""
        )
        assert page.evaluate("window.asked") is None
        page.get_by_role("button", name="Tell me in this browser").click()
        expect(page.locator("#push [role=status]")).to_have_text("This browser will tell you.")
        assert page.evaluate("window.asked") == {"visible": True, "key": 65}
        scopes = page.evaluate(
            "navigator.serviceWorker.getRegistrations().then((all) => all.map((each) => new URL(each.scope).pathname))"
        )
        assert scopes == ["/manage/"]  # apart from a shopper's
        with place.store.reading() as connection:
            assert alert_letters.browsers(connection, "manager") == 1
        page.reload()
        page.get_by_role("button", name="No more, in no browser").click()
        expect(page.locator("#push [role=status]")).to_have_text("No browser tells you yet.")


@pytest.mark.parametrize(
    ("path", "language", "theme", "width"),
    [
        ("/manage/audit", "ko", "dark", 390),
        ("/manage/alerts", "en", "light", 1280),
        ("/manage/alerts", "ko", "dark", 390),
        ("/manage/staff", "en", "dark", 390),
        ("watch", "ko", "light", 390),
    ],
)
def test_nobody_is_left_out(
    browser: Browser, site: Site, cookie: str, *, path: str, language: str, theme: str, width: int
) -> None:
    where = begun(site, cookie) if path == "watch" else path
    size = {"width": width, "height": 844}
    with opened(browser, site, cookie, f"{where}?theme={theme}", viewport=size) as page:
        page.goto(page.url.replace("lang=en", f"lang={language}"))
        assert Axe().run(page).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
        small = page.locator("main :is(button, a.pill, a.main):visible").evaluate_all(
            "all => all.filter((each) => each.getBoundingClientRect().height < (innerWidth < 500 ? 43 : 30))"
            ".map((each) => each.textContent)"
        )
        assert small == []
