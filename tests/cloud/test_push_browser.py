"""Notifications in a real Chromium: the press, the browser's own question, and what the service worker shows."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cloud.push import notes
from cloud.shop import telling
from cloud.shop.messages import Both
from cloud.shop.telling import Note, Pushed
from cloud.web.shop import delivery
from tests.cloud.phones import phone as telephone
from tests.cloud.phones import tap
from tests.cloud.push_service import Phone, PushService, push_service
from tests.cloud.served import Served, served
from tests.programs import PATIENCE_S

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

pytestmark = pytest.mark.browser

# This Chromium has no push service of its own to subscribe at; nothing else of it is replaced.
STUB = """([subscription, key]) => {
  PushManager.prototype.subscribe = async function (options) {
    if (!options.userVisibleOnly) throw new Error("only what is visible");
    window.__key = [...new Uint8Array(options.applicationServerKey)].join();
    window.__asked = Notification.permission;
    return { ...subscription, toJSON: () => subscription, options: {}, unsubscribe: async () => (window.__off = true) };
  };
}"""


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    with push_service() as service:
        yield service


@pytest.fixture
def site(tmp_path: Path, service: PushService) -> Iterator[Served]:
    with served(tmp_path, push=service.origin) as site:
        service.now_s = lambda: site.shop.clock.now_ms / 1000
        yield site


class Worker:
    """The page's real service worker, by Chromium's own tools."""

    def __init__(self, context: "BrowserContext", page: "Page", origin: str) -> None:
        self._page = page
        self._origin = origin
        self._registrations: list[str] = []
        self._tools: CDPSession = context.new_cdp_session(page)
        self._tools.on("ServiceWorker.workerRegistrationUpdated", self._note)
        self._tools.send("ServiceWorker.enable")

    def _note(self, told: dict[str, Any]) -> None:
        self._registrations += [each["registrationId"] for each in told["registrations"]]

    def deliver(self, data: str) -> None:
        """What a browser does when its push service has something for this origin."""
        self._page.evaluate("() => navigator.serviceWorker.ready.then(() => 1)")
        deadline = time.monotonic() + PATIENCE_S
        while not self._registrations and time.monotonic() < deadline:
            self._page.wait_for_timeout(20)
        self._tools.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": self._origin, "registrationId": self._registrations[-1], "data": data},
        )

    def shown(self, count: int = 1, *, tries: int = 500) -> list[dict[str, Any]]:
        """The notifications that stand on the phone, once there are so many; nothing where there are not."""
        found: list[dict[str, Any]] = self._page.evaluate(
            """async ([count, most]) => {
              const registration = await navigator.serviceWorker.ready;
              for (let tries = 0; tries < most; tries++) {
                const all = await registration.getNotifications();
                if (all.length >= count)
                  return all.map(({ title, body, tag, lang, data, actions }) =>
                    ({ title, body, tag, lang, data, actions: actions.map((each) => each.action) }));
                await new Promise((done) => setTimeout(done, 20));
              }
              return [];
            }""",
            [count, tries],
        )
        return found

    def shows(self, data: str, count: int) -> list[dict[str, Any]]:
        """Delivers and looks; again where a busy browser lost it on the way, which a tag makes harmless."""
        for _ in range(4):
            self.deliver(data)
            if found := self.shown(count, tries=125):
                return found
        return []


def known(site: Served, page: "Page") -> int:
    """The page of a shopper who chose to be remembered."""
    tap(site, page)
    page.check("input[value=history]")
    with page.expect_navigation():
        page.locator("#choices button").first.click()
    page.goto(f"{site.base}/me?lang=ko")
    with site.shop.store.reading() as connection:
        return int(connection.execute("SELECT max(id) FROM profiles").fetchone()[0])


def given(phone: Phone) -> dict[str, object]:
    return {"endpoint": phone.endpoint, "expirationTime": None, "keys": phone.keys}


def subscriptions(site: Served) -> int:
    with site.shop.store.reading() as connection:
        return int(connection.execute("SELECT count(*) FROM push_subscriptions").fetchone()[0])


def test_from_the_press_to_the_notification(site: Served, service: PushService, browser: "Browser") -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types

    mobile = service.phone()
    with telephone(browser) as (context, page, wrong):
        context.grant_permissions(["notifications"], origin=site.base)
        profile = known(site, page)
        assert Axe().run(page, "#push").violations_count == 0
        assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
        assert (
            page.evaluate("performance.getEntriesByType('resource').filter((e) => e.name.includes('push.js')).length")
            == 0
        )
        page.evaluate(STUB, [given(mobile), ""])
        with page.expect_navigation():
            page.get_by_role("button", name="알림 켜기").click()
        assert subscriptions(site) == 1
        assert page.get_by_role("button", name="알림 끄기").is_visible()
        assert Axe().run(page, "#push").violations_count == 0

        with site.shop.store.atomic() as connection:
            told = telling.tell(
                connection,
                profile_id=profile,
                kind="restock",
                body="{}",
                at_ms=site.shop.clock(),
                push=Pushed(title=Both(ko="재입고", en="x"), text=Both(ko="녹차가 들어왔어요", en="x"), url="/me"),
            )
        site.loop.call_soon_threadsafe(delivery.publish, site.shop.services, told)
        service.wait(lambda: len(mobile.delivered) == 1)

        worker = Worker(context, page, site.base + "/")
        (shown,) = worker.shows(json.dumps(mobile.delivered[0].told), 1)
        assert (shown["title"], shown["body"], shown["lang"]) == ("재입고", "녹차가 들어왔어요", "ko")
        assert shown["tag"] == mobile.delivered[0].topic
        assert shown["data"] == {"": f"{site.base}/me"}
        worker.deliver(json.dumps(mobile.delivered[0].told))  # the same once more: of one tag one stands
        both = worker.shows(json.dumps({"web_push": 8030, "notification": {"title": "둘", "tag": "2"}}), 2)
        assert sorted(each["title"] for each in both) == ["둘", "재입고"]

        with page.expect_navigation():
            page.get_by_role("button", name="알림 끄기").click()
        assert subscriptions(site) == 0
        assert wrong == []
        assert service.wrong == []


def test_an_advertisement_has_its_way_out_on_it_and_no_push_leads_elsewhere(site: Served, browser: "Browser") -> None:
    note = Note(
        title="(광고) 다온상회 · 차", text="반값", url="/01/1", foot="무료 수신거부 /stop/abc", stop="/stop/abc"
    )
    with telephone(browser) as (context, page, wrong):
        context.grant_permissions(["notifications"], origin=site.base)
        page.goto(f"{site.base}/privacy?lang=ko")
        page.evaluate("navigator.serviceWorker.register('/sw.js')")
        worker = Worker(context, page, site.base + "/")
        (shown,) = worker.shows(notes.payload(note, origin=site.base, language="ko", tag="ad").decode(), 1)
        assert shown["title"].startswith("(광고) 다온상회")
        assert shown["body"] == f"반값\n무료 수신거부 {site.base}/stop/abc"
        assert shown["actions"] == ["stop"]
        assert shown["data"] == {"": f"{site.base}/01/1", "stop": f"{site.base}/stop/abc"}

        for number, data in enumerate(
            (
                '{"notification":{"title":"<b>x</b>","tag":"1","navigate":"https://evil.kr/"}}',
                '{"notification":{"title":"j","tag":"2","navigate":"javascript:alert(1)"}}',
                "no JSON",
                '{"notification":{"title":"u","tag":"3","navigate":"https://["}}',
            ),
            start=2,
        ):
            assert len(worker.shows(data, number)) >= number, data
        leads = {each["data"][""] for each in worker.shown(5)}
        assert leads == {f"{site.base}/01/1", f"{site.base}/me"}
        assert wrong == []


def test_where_the_browser_says_no_the_page_says_so_and_nothing_is_stored(site: Served, browser: "Browser") -> None:
    with telephone(browser) as (context, page, wrong):
        known(site, page)
        page.evaluate("() => { Notification.requestPermission = async () => 'denied'; }")
        page.get_by_role("button", name="알림 켜기").click()
        page.get_by_text("브라우저가 이 매장의 알림을 막고 있습니다").wait_for()
        assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
        page.reload()
        page.evaluate("() => { delete window.PushManager; navigator.standalone = false; }")  # an iPhone's Safari
        page.get_by_role("button", name="알림 켜기").click()
        page.get_by_text("홈 화면에 추가").wait_for()
        assert page.locator("link[rel=manifest]").count() == 1
        context.grant_permissions(["notifications"], origin=site.base)
        page.reload()
        page.get_by_role("button", name="알림 켜기").click()  # this Chromium cannot subscribe anywhere
        page.get_by_text("알림을 켜지 못했습니다").wait_for()
        assert subscriptions(site) == 0
        assert wrong == []


def test_without_scripts_the_page_says_that_notifications_cannot_be_had(site: Served, browser: "Browser") -> None:
    with telephone(browser, java_script_enabled=False) as (_, page, wrong):
        known(site, page)
        assert page.get_by_text("스크립트를 끄면 브라우저 알림을 받을 수 없습니다").is_visible()
        assert not page.get_by_role("button", name="알림 켜기").is_visible()
        assert wrong == []
