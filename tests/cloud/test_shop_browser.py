"""The shopper's journey in a real Chromium: in both languages, both themes, with scripts and without."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from cloud.shop.catalogue import Product, Words
from cloud.store import catalogue
from tests.cloud.served import Served, served
from tests.cloud.shop import CAKE, TEA
from tests.cloud.test_push import Readers

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Page

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
VIOLATIONS = "addEventListener('securitypolicyviolation', e => window.__csp(e.violatedDirective), true)"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as site:
        picture = (
            b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><path fill="#1f5a43" d="M0 0h4v3H0z"/></svg>'
        )
        with site.shop.store.atomic() as connection:
            catalogue.put_picture(connection, "tea.svg", picture)
            connection.execute("UPDATE products SET image = 'tea.svg'")
            minute = site.shop.clock.now_ms // 60_000 * 60_000
            connection.execute("INSERT INTO occupancy_sums VALUES (60000, 'tea', ?, 60000, 60000, 9000, 1)", (minute,))
        yield site


@contextmanager
def phone(browser: "Browser", **options: Any) -> "Iterator[tuple[BrowserContext, Page, list[str]]]":
    """A phone, its page, and everything that went wrong on it or left for another host."""
    wrong: list[str] = []
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, **options)  # type: ignore[arg-type]  # a size
    context.expose_function("__csp", lambda what: wrong.append(f"policy: {what}"))
    context.add_init_script(VIOLATIONS)
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on("dialog", lambda dialog: _note_dialog(dialog, wrong))
    page.on("request", lambda request: _note_stranger(request.url, wrong))
    try:
        yield context, page, wrong
    finally:
        context.close()


def _note_dialog(dialog: "Dialog", wrong: list[str]) -> None:
    wrong.append(f"dialog: {dialog.message}")
    dialog.dismiss()


def _note_stranger(url: str, wrong: list[str]) -> None:
    if urlsplit(url).hostname not in ("localhost", None, ""):
        wrong.append(f"went to {url}")


def tap(site: Served, page: "Page", language: str = "ko") -> None:
    """A phone held to the tag."""
    page.goto(f"{site.base}/01/{TEA}?{site.shop.chip.query()}&lang={language}")


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_a_fault_that_axe_finds(site: Served, browser: "Browser", language: str, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types

    with phone(browser, color_scheme=theme) as (_, page, wrong):
        found: list[str] = []

        def look() -> None:
            report = Axe().run(page)
            if report.violations_count:
                found.append(f"{page.url}\n{report.generate_report()}")
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= PHONE["width"], f"{page.url} is {width} px wide"

        tap(site, page, language)
        look()
        for choice in ("history", "offers", "card"):
            page.check(f"input[value={choice}]")
        page.locator("#choices button").click()
        look()
        page.goto(f"{site.base}/me?lang={language}&waiting=tea-reader")
        look()
        if (language, theme) in (("ko", "light"), ("en", "dark")):
            for path in ("/", "/privacy", "/01/09506000134352", f"/01/{CAKE}"):
                page.goto(f"{site.base}{path}?lang={language}")
                look()

    assert found == []
    assert wrong == []


TOO_WIDE = """() => [...document.body.querySelectorAll('*')].filter((one) => {
  if (one.closest('.rail, .log, svg')) return false;
  const box = one.getBoundingClientRect();
  return box.width > 0 && (box.right > innerWidth + 0.5 || box.left < -0.5);
}).map((one) => one.outerHTML.slice(0, 120))"""
TOO_SMALL = """() => [...document.querySelectorAll('a, button, select, summary, label.opt')].filter((one) => {
  const box = one.getBoundingClientRect(), inText = one.closest('.top p, .log');
  return box.height > 0 && !inText && box.height < 44;
}).map((one) => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("language", ["ko", "en"])
def test_on_the_narrowest_phone_nothing_sticks_out_and_everything_can_be_pressed(
    site: Served, browser: "Browser", language: str
) -> None:
    with phone(browser) as (_, page, wrong):
        page.set_viewport_size({"width": 360, "height": 640})

        def look() -> None:
            assert page.evaluate(TOO_WIDE) == [], page.url
            assert page.evaluate(TOO_SMALL) == [], page.url

        tap(site, page, language)
        look()
        page.check("input[value=offers]")
        with page.expect_navigation():
            page.locator("#choices button").click()
        look()
        for path in ("/", "/me?waiting=tea-reader", "/privacy", "/01/09506000134352", "/01/09506000134353"):
            page.goto(f"{site.base}{path}{'&' if '?' in path else '?'}lang={language}")
            look()
        page.evaluate("document.querySelector('main').style.width = '380px'")
        assert page.evaluate(TOO_WIDE) != []
    assert wrong == []


def test_an_amount_is_never_parted_from_its_unit(site: Served, browser: "Browser") -> None:
    with phone(browser) as (_, page, _):
        tap(site, page)
        for width in range(300, 400, 10):
            page.set_viewport_size({"width": width, "height": 640})
            lines = page.evaluate(
                """() => {
                  const text = document.querySelector('h1').firstChild, range = document.createRange();
                  return [5, 1].map((back) => {
                    range.setStart(text, text.length - back);
                    range.setEnd(text, text.length - back + 1);
                    return range.getBoundingClientRect().top;
                  });
                }"""
            )
            assert lines[0] == lines[1], width


def test_a_planted_fault_is_found_by_axe(browser: "Browser") -> None:
    from axe_playwright_python.sync_playwright import Axe

    with phone(browser) as (_, page, _):
        page.set_content("<html lang=ko><title>x</title><main><img src=x></main>")
        assert Axe().run(page).violations_count > 0


@pytest.mark.parametrize("scripts", [True, False])
def test_the_journey_from_a_tap_to_being_forgotten(site: Served, browser: "Browser", *, scripts: bool) -> None:
    with phone(browser, java_script_enabled=scripts) as (context, page, wrong):
        tap(site, page)
        assert "cmac" not in page.url
        assert page.locator("h1").inner_text() == "제주 유기농 녹차 우전 100\N{NO-BREAK SPACE}g"
        assert context.cookies() == []
        assert page.locator("input[type=checkbox]:checked").count() == 0

        page.check("input[value=history]")
        page.check("input[value=offers]")
        page.locator("#choices button").click()
        (cookie,) = context.cookies()
        assert cookie["name"] == "__Host-aisle"
        assert cookie["httpOnly"]
        assert cookie["secure"]
        assert page.locator("input[type=checkbox]:checked").count() == 2
        assert page.get_by_text("설정을 저장했습니다").is_visible()
        assert page.locator("#offer").inner_text() == "약과를 함께 사면 1,000원 할인"

        page.uncheck("input[value=offers]")
        page.locator("#choices button").click()
        assert page.locator("#offer").count() == 0

        page.get_by_role("link", name="내 기록").click()
        assert page.locator(".log").first.inner_text().startswith("제주 유기농 녹차")
        page.locator("button.grave").click()
        assert context.cookies() == []
        assert wrong == []


def test_a_card_at_a_reader_shows_on_the_open_page_without_reading_it_anew(site: Served, browser: "Browser") -> None:
    readers = Readers(site)
    with phone(browser, locale="ko-KR") as (_, page, wrong):
        tap(site, page)
        page.check("input[value=card]")
        page.check("input[value=offers]")
        page.locator("#choices button").click()
        page.goto(f"{site.base}/me?lang=ko")
        page.select_option("select", "tea-reader")
        page.get_by_role("button", name="내 카드 연결").click()
        page.wait_for_function("document.body.dataset.after !== undefined")
        readers.tap()
        page.get_by_text("카드를 연결했습니다").wait_for()
        page.evaluate("window.here = 1")

        site.shop.clock.now_ms += 1_000
        readers.tap()
        card = page.locator("#live a.card")
        card.wait_for()
        page.locator("#live section.warm").wait_for()

        assert "제주 유기농 녹차 우전 100 g" in card.inner_text()
        assert "12,800원" in card.inner_text()
        assert card.get_attribute("href") == f"/01/{TEA}?lang=ko"
        assert page.locator("#live section.warm b").inner_text().startswith("(광고) 다온상회")
        assert page.evaluate("window.here") == 1
        assert wrong == []


HOSTILE = (
    "<script>window.__csp('ran')</script>",
    '"><img src=x onerror=window.__csp("ran")>',
    "</script><svg onload=window.__csp('ran')>",
    "' autofocus onfocus=window.__csp('ran') x='",
    "javascript:window.__csp('ran')",
    "{{ 7*7 }}${7*7}",
)


def test_hostile_words_are_shown_and_do_nothing(site: Served, browser: "Browser") -> None:
    """Escaping stops them before the policy has to."""
    readers = Readers(site)
    with phone(browser) as (_, page, wrong):
        tap(site, page)
        page.check("input[value=card]")
        page.locator("#choices button").click()
        page.goto(f"{site.base}/me?lang=ko")
        page.select_option("select", "tea-reader")
        page.locator("form.inline button").click()
        readers.tap()
        page.get_by_text("카드를 연결했습니다").wait_for()
        for payload in HOSTILE:
            words = Words(ko=payload, en=payload)
            evil = Product(
                gtin=TEA,
                name=words,
                brand=words,
                line=words,
                facts=words,
                unit=words,
                offer=words,
                price=1,
                unit_price=1,
            )
            with site.shop.store.atomic() as connection:
                catalogue.put_products(connection, (evil,))
            page.goto(f"{site.base}/01/{TEA}?lang=ko")
            assert page.locator("h1").inner_text() == payload
            assert page.title().startswith(payload)
            site.shop.clock.now_ms += 1_000
            readers.tap()
            page.locator("#live a.card").wait_for()
            assert payload in page.locator("#live a.card").inner_text()
            page.goto(f"{site.base}/01/{TEA}?lang=ko&t={payload}&visit={payload}")

    assert wrong == []


def test_a_page_of_another_site_cannot_frame_it(site: Served, browser: "Browser") -> None:
    with phone(browser) as (_, page, _):
        page.set_content(f"<iframe src='{site.base}/privacy'></iframe>")
        (frame,) = page.frames[1:]
        frame.wait_for_url("chrome-error://**")


def test_a_planted_breach_of_the_policy_is_noticed(site: Served, browser: "Browser") -> None:
    with phone(browser) as (_, page, wrong):
        page.goto(f"{site.base}/privacy")
        page.evaluate("document.body.innerHTML = '<img src=x onerror=alert(1)>'")
        page.wait_for_timeout(200)

    assert any(each.startswith("policy: script-src") for each in wrong)
