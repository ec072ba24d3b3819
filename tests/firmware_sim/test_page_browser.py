"""The simulator's page in a real Chromium: in both languages and themes, on a desk and on a phone."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from firmware_sim.push.service import Subscription
from firmware_sim.push.vapid import encoded
from tests.firmware_sim.app_server import AppServer
from tests.firmware_sim.programs import running
from tests.firmware_sim.stores import demo

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.system]
TOO_WIDE = """() => [...document.querySelectorAll('body *')].filter((one) => {
  if (one.closest('svg, .shelf-tags, .plan, .unseen')) return false;
  const box = one.getBoundingClientRect();
  return box.width > 0 && (box.right > innerWidth + 0.5 || box.left < -0.5);
}).map((one) => one.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A store whose day goes on; its cloud is not there, which the page has to bear."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "till.token").write_text("t\n")
    with running(folder, "--start", "--cloud", "http://localhost:1", "--till-token", str(folder / "till.token")) as url:
        yield url


@contextmanager
def opened(
    browser: "Browser", address: str, language: str, width: int, theme: str = "light", *, still: bool = False
) -> Iterator["Page"]:
    """The page as it stands after its first picture; a script's error fails the test. `still`: nothing may move."""
    wrong: list[str] = []
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=theme,  # type: ignore[arg-type]  # light or dark
        locale="ko-KR" if language == "ko" else "en-US",
        reduced_motion="reduce" if still else "no-preference",
    )
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{address}/")
    page.wait_for_selector("#bars > *")
    yield page
    context.close()
    assert wrong == []


def faults(page: "Page", axe: Any) -> list[tuple[str, str]]:
    """What axe finds wrong."""
    return [(one["id"], one["nodes"][0]["html"]) for one in axe.run(page).response["violations"]]


def told(address: str, page: "Page") -> None:
    """A real push message to the visitor's phone, sealed and signed."""
    server = AppServer()
    given = httpx.post(f"{address}/visitor/push", json={"key": encoded(server.point)}).json()
    origin = given["endpoint"].rpartition("/push/")[0]
    note = {
        "web_push": 8030,
        "notification": {"title": "(광고) 다온상회", "body": "차\n02", "navigate": "http://localhost:1/"},
    }
    body = server.seal(json.dumps(note).encode(), Subscription(endpoint=given["endpoint"], **given["keys"]))
    headers = {"ttl": "60", "content-encoding": "aes128gcm"}
    headers["authorization"] = server.vapid(aud=origin, exp=time.time() + 600)
    assert httpx.post(given["endpoint"], content=body, headers=headers).status_code == 201
    assert not page.is_closed()


@pytest.mark.parametrize(
    ("language", "theme", "width"),
    [("ko", "light", 1440), ("en", "dark", 1440), ("ko", "dark", 360), ("en", "light", 360)],
)
def test_nobody_is_left_out(browser: "Browser", address: str, language: str, theme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types

    # A banner that comes while axe looks would be half there, and pale, if it moved.
    with opened(browser, address, language, width, theme, still=True) as page:
        page.wait_for_selector("#lines li")
        assert page.evaluate("document.getAnimations().length") == 0
        assert faults(page, Axe()) == []
        told(address, page)
        page.wait_for_selector("#banners li")
        assert faults(page, Axe()) == []
        page.locator("#lock").click()
        page.wait_for_selector("#shade strong")
        assert faults(page, Axe()) == []
        page.locator("#unlock").click()
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(TOO_WIDE) == []
        page.evaluate("document.querySelector('main').style.width = '2000px'")
        assert page.evaluate(TOO_WIDE) != []


@pytest.mark.parametrize("width", [1440, 360])
def test_every_tag_can_be_tapped_by_the_keyboard(browser: "Browser", address: str, width: int) -> None:
    from playwright.sync_api import expect

    with opened(browser, address, "en", width) as page:
        tags = page.locator(".plan .tag" if width > 820 else ".shelf-tags button")
        assert tags.count() == len(demo().plan.tags)
        tags.first.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#screen:not([hidden])")
        assert page.locator("#below").inner_text().startswith("Tapped just now: Jeju organic green tea")
        expect(page.locator(".handset")).to_be_in_viewport(ratio=0.5)


def test_the_language_is_kept_and_says_everything_anew(browser: "Browser", address: str) -> None:
    from playwright.sync_api import expect

    with opened(browser, address, "ko", 1440) as page:
        assert page.locator("h1").inner_text() == "모의 매장"
        page.locator("#language").click()
        assert page.locator("h1").inner_text() == "Simulated store"
        page.reload()
        expect(page.locator("h1")).to_have_text("Simulated store")
        page.wait_for_selector("#lines li")
        assert not any(
            "\uac00" <= letter <= "\ud7a3"
            for letter in " ".join(page.locator("#lines li:not([data-kind=push])").all_inner_texts())
        )
