"""The shopper's journey in a real Chromium: in both languages, both themes, with scripts and without."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cloud.store import catalogue
from tests.cloud.noticed import Readers
from tests.cloud.phones import LOOKS, SIZE, WAYS, phone, press, tap
from tests.cloud.served import Served
from tests.cloud.shop import CAKE, GONE, TEA
from tests.cloud.stocked import YUJA, serving
from tests.cloud.thumbs import TOO_SMALL, TOO_WIDE
from tests.conftest import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Served, str]]:
    with serving(tmp_path) as (site, password):
        with site.shop.store.atomic() as connection:
            minute = site.shop.clock.now_ms // 60_000 * 60_000
            connection.execute("INSERT INTO occupancy_sums VALUES (60000, 'tea', ?, 60000, 60000, 9000, 1)", (minute,))
        yield site, password


@pytest.fixture
def site(place: tuple[Served, str]) -> Served:
    return place[0]


def agree(page: "Page", *purposes: str) -> None:
    for purpose in purposes:
        page.check(f"input[value={purpose}]")
    press(page, "#choices button")


def every_page(site: Served, page: "Page", language: str, look: Callable[[], None]) -> None:
    """Leads a phone through all that a shopper can see, and looks at each page."""
    page.goto(f"{site.base}/01/{TEA}?t=tag-tea&lang={language}")
    look()
    tap(site, page, language)
    look()
    agree(page, "history", "offers", "card")
    look()
    page.goto(f"{site.base}/01/{CAKE}?lang={language}&from={TEA}")
    look()
    press(page, "#restock-form button")
    look()
    page.goto(f"{site.base}/me/wishlist?lang={language}")
    look()
    tap(site, page, language)
    press(page, ".bar form button")
    press(page, "#request button")
    look()
    paths = (
        "/me/wishlist",
        f"/compare?a={TEA}&b={YUJA}",
        f"/01/{TEA}/reviews",
        f"/01/{GONE}",
        "/01/09506000134352",
        "/01/09506000134353",
        "/",
        "/?q=nothing+like+it",
        "/privacy",
        "/me?waiting=tea-reader",
    )
    for path in paths:
        page.goto(f"{site.base}{path}{'&' if '?' in path else '?'}lang={language}")
        look()


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_no_page_has_a_fault_that_axe_finds_and_on_the_narrowest_phone_everything_can_be_pressed(
    site: Served, browser: "Browser", language: str, theme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types

    with phone(browser, color_scheme=theme) as (_, page, wrong):
        found: list[str] = []

        def look() -> None:
            report = Axe().run(page)
            if report.violations_count:
                found.append(f"{page.url}\n{report.generate_report()}")
            page.set_viewport_size({"width": 360, "height": 640})
            assert page.evaluate(TOO_WIDE) == [], page.url
            assert page.evaluate(TOO_SMALL) == [], page.url
            page.set_viewport_size(SIZE)  # type: ignore[arg-type]  # a size

        every_page(site, page, language, look)
        page.evaluate("document.querySelector('main').style.width = '400px'")
        assert page.evaluate(TOO_WIDE) != []

    assert found == []
    assert wrong == []


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_the_page_has_no_fault_with_scripts_and_without(
    site: Served, browser: "Browser", language: str, theme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with phone(browser, color_scheme=theme) as (_, page, wrong):
        tap(site, page, language)
        agree(page, "history", "offers")
        report = Axe().run(page)
        assert report.violations_count == 0, report.generate_report()
        with phone(browser, color_scheme=theme, java_script_enabled=False) as (_, silent, _):
            tap(site, silent, language)
            agree(silent, "history", "offers")
            shown = silent.content()
        # axe is a script itself: it looks at what the silent phone had before it.
        page.goto(f"{site.base}/privacy")
        page.set_content(re.sub(r"<script(?![^>]*json).*?</script>|</?noscript>", "", shown, flags=re.DOTALL))
        report = Axe().run(page)
        assert report.violations_count == 0, report.generate_report()
    assert wrong == []


def test_the_staffs_page_has_no_fault(place: tuple[Served, str], browser: "Browser") -> None:
    from axe_playwright_python.sync_playwright import Axe

    site, password = place
    with phone(browser) as (_, page, _):
        tap(site, page)
        press(page, "#request button")
    for theme, language in (("light", "ko"), ("dark", "en")):
        with phone(browser, color_scheme=theme) as (_, page, wrong):
            sign_in(site, page, password, language)
            report = Axe().run(page)
            assert report.violations_count == 0, report.generate_report()
            assert page.evaluate("document.documentElement.scrollWidth") <= SIZE["width"]
        assert wrong == []


def sign_in(site: Served, page: "Page", password: str, language: str = "ko") -> None:
    page.goto(f"{site.base}/manage/login?next=/manage/requests&lang={language}")
    page.fill("#password", password)
    press(page, "button.main")
    page.goto(f"{site.base}/manage/requests?lang={language}")


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


SHIFTS = """new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.shifted = (window.shifted ?? 0) + each.value;
}).observe({type: 'layout-shift', buffered: true})"""
PLANTED = """() => {
  scrollTo({top: 0, behavior: 'instant'});
  document.body.prepend(Object.assign(document.createElement('p'), {textContent: 'late'}));
}"""


def test_nothing_on_the_page_moves_while_it_loads(site: Served, browser: "Browser") -> None:
    with phone(browser) as (context, page, _):
        context.add_init_script(SHIFTS)
        tap(site, page)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.shifted ?? 0") == 0
        page.mouse.wheel(0, 6_000)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.shifted ?? 0") <= 0.01
        deadline = time.monotonic() + 15
        # Planted again and again: a shift is told by frames, and below the top the wheel's last turns are made up for.
        while not page.evaluate("(window.shifted ?? 0) > 0.01"):
            page.evaluate(PLANTED)
            assert time.monotonic() < deadline, "a page that moves was not noticed"
            page.wait_for_timeout(50)


@pytest.mark.parametrize(("language", "theme", "scripts"), WAYS)
def test_the_journey_from_a_tap_to_being_forgotten(
    site: Served, browser: "Browser", language: str, theme: str, *, scripts: bool
) -> None:
    with phone(browser, color_scheme=theme, java_script_enabled=scripts) as (context, page, wrong):
        tap(site, page, language)
        assert "cmac" not in page.url
        assert page.locator("h1").inner_text().endswith("100\N{NO-BREAK SPACE}g")
        assert context.cookies() == []
        assert page.locator("input[type=checkbox]:checked").count() == 0

        agree(page, "history", "offers")
        (cookie,) = context.cookies()
        assert cookie["name"] == "__Host-aisle"
        assert cookie["httpOnly"]
        assert cookie["secure"]
        assert page.locator("input[type=checkbox]:checked").count() == 2
        assert page.locator("#choices .saved").is_visible()
        assert page.locator("#offer").inner_text().startswith("(광고)")
        assert page.locator("#points .saved").count() == 1

        press(page, ".bar form button")
        assert page.locator(".bar button[name=on][value='0']").count() == 1
        page.goto(f"{site.base}/me/wishlist?lang={language}")
        assert page.locator(".wishes li").count() == 1

        press(page, "button[value=list]")
        assert page.locator(".number").inner_text() == "1"
        press(page, "form.card button")
        assert page.locator("form.card button").count() == 0

        page.goto(f"{site.base}/01/{TEA}/reviews?lang={language}")
        page.locator("label[for=s4]").click()
        page.fill("#name", "지은")
        page.fill("#text", "향이 깊고 떫지 않아요.")
        press(page, "#write form button")
        assert page.locator("article").first.inner_text().startswith("지은 ★★★★")

        tap(site, page, language)
        page.uncheck("input[value=offers]")
        press(page, "#choices button")
        assert page.locator("#offer").count() == 0

        page.goto(f"{site.base}/me?lang={language}")
        assert page.locator(".taps li").first.is_visible()
        press(page, "button.grave")
        assert context.cookies() == []
        assert wrong == []


def test_a_card_at_a_reader_shows_on_the_open_page_without_reading_it_anew(site: Served, browser: "Browser") -> None:
    readers = Readers(site)
    with phone(browser, locale="ko-KR") as (_, page, wrong):
        tap(site, page)
        agree(page, "card")
        page.goto(f"{site.base}/me?lang=ko")
        page.select_option("select[name=reader]", "tea-reader")
        page.get_by_role("button", name="내 카드 연결").click()
        readers.tap()
        page.get_by_text("카드를 연결했습니다").wait_for()
        page.evaluate("window.here = 1")

        site.shop.clock.now_ms += 1_000
        readers.tap()
        card = page.locator("#live a.card")
        card.wait_for()

        assert "제주 유기농 녹차 우전 100 g" in card.inner_text()
        assert "12,800원" in card.inner_text()
        assert card.get_attribute("href") == f"/01/{TEA}?lang=ko"
        assert page.evaluate("window.here") == 1
        assert wrong == []


def test_what_is_sold_elsewhere_shows_on_the_open_page(site: Served, browser: "Browser") -> None:
    with phone(browser) as (_, page, wrong):
        tap(site, page, "en")
        agree(page, "history")
        assert page.locator("#stock").inner_text() == "7 on this shelf · 24 in store"
        page.evaluate("window.here = 1")
        deadline = time.monotonic() + 20
        # The first look only learns what is there: sell until the page says so.
        while page.locator("#stock").inner_text().startswith("7"):
            assert time.monotonic() < deadline
            with site.shop.store.atomic() as connection:
                catalogue.take_stock(connection, TEA, 1)
                connection.execute("UPDATE stock SET shelf = max(shelf, 3) WHERE gtin = ?", (TEA,))
            page.wait_for_timeout(300)
        assert "on this shelf" in page.locator("#stock").inner_text()
        assert page.evaluate("window.here") == 1
        assert wrong == []


def test_what_is_back_is_told_on_the_open_page_once(site: Served, browser: "Browser") -> None:
    with phone(browser) as (_, page, wrong):
        page.goto(f"{site.base}/01/{CAKE}?lang=en")
        press(page, "#restock-form button")
        page.goto(f"{site.base}/me/wishlist?lang=en")
        with site.shop.store.atomic() as connection:
            connection.execute("UPDATE stock SET store = 9 WHERE gtin = ?", (CAKE,))
        page.get_by_text("It is back").wait_for()
        assert page.locator("#live .card").count() == 1
        assert "yakgwa" in page.locator("#live .card").inner_text()
        with site.shop.store.reading() as connection:
            assert connection.execute("SELECT count(*) FROM restock_asks").fetchone() == (0,)
        assert wrong == []


def test_the_staffs_answer_shows_on_the_waiting_phone(place: tuple[Served, str], browser: "Browser") -> None:
    site, password = place
    with phone(browser) as (_, page, wrong), phone(browser) as (_, staff, staffs_wrong):
        sign_in(site, staff, password, "en")
        tap(site, page, "en")
        press(page, "#request button")
        assert "have been told" in page.locator("#state").inner_text()
        staff.get_by_text("Tea wall").wait_for()
        staff.get_by_role("button", name="I take it").click()
        page.get_by_text("Somebody is on the way.").wait_for()
        staff.get_by_role("button", name="Done").click()
        page.get_by_text("Done. We hope it helped.").wait_for()
        assert page.locator("form.card").count() == 0
        assert wrong == []
        assert staffs_wrong == []


def test_a_page_of_another_site_cannot_frame_it(site: Served, browser: "Browser") -> None:
    with phone(browser) as (_, page, _):
        page.set_content(f"<iframe src='{site.base}/privacy'></iframe>")
        (frame,) = page.frames[1:]
        frame.wait_for_url("chrome-error://**")


CUT = """() => [...document.querySelectorAll('button, .btn, .pill, .steps li, dd')].filter(
  (one) => one.offsetParent && (one.scrollWidth > one.clientWidth + 1 || one.clientWidth < 30)
).map((one) => one.outerHTML.slice(0, 120))"""
"""What has no room for its own words."""


def test_letters_that_the_reader_made_twice_as_large_grow_everywhere_and_stay_whole(
    site: Served, browser: "Browser"
) -> None:
    large = browser.browser_type.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", "--blink-settings=defaultFontSize=32"]
    )
    with phone(large) as (_, page, wrong):

        def look() -> None:
            assert page.evaluate("getComputedStyle(document.body).fontSize") == "34px", page.url
            assert page.evaluate(TOO_WIDE) == [], page.url
            assert page.evaluate(CUT) == [], page.url

        every_page(site, page, "en", look)
        page.goto(f"{site.base}/me?lang=en")
        look()
        page.goto(f"{site.base}/me/kept?lang=en")
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        look()
        tap(site, page, "ko")
        look()
        assert page.evaluate("getComputedStyle(document.querySelector('.bar')).position") == "static"
        page.evaluate("document.querySelector('.bar button').style.cssText = 'width: 20px; padding: 0'")
        assert page.evaluate(CUT) != []
    large.close()
    assert wrong == []


def test_on_the_narrowest_phone_the_bar_is_one_row_and_a_long_name_two_lines(site: Served, browser: "Browser") -> None:
    with site.shop.store.atomic() as connection:
        connection.execute("UPDATE products SET name_en = ? WHERE gtin = ?", ("Organic tea by hand " * 6, TEA))
    with phone(browser) as (_, page, _):
        page.set_viewport_size({"width": 320, "height": 640})
        tap(site, page, "en")
        tops = "[...document.querySelectorAll('.bar button, .bar .btn')].map((one) => one.getBoundingClientRect().top)"
        assert len(set(page.evaluate(tops))) == 1
        assert page.evaluate(CUT) == []
        page.goto(f"{site.base}/01/{TEA}/reviews?lang=en")
        height = "document.querySelector('.top').offsetHeight"
        assert page.evaluate(height) <= 64
        page.evaluate("document.querySelector('.top .back').className = ''")
        assert page.evaluate(height) > 64


@pytest.mark.parametrize("language", ["ko", "en"])
def test_whoever_waits_for_a_product_sees_whole_ticks_and_a_bar_as_wide_as_the_phone(
    site: Served, browser: "Browser", language: str
) -> None:
    with phone(browser) as (_, page, _):
        tap(site, page, language)
        agree(page, "history")
        page.goto(f"{site.base}/01/{CAKE}?lang={language}")
        press(page, "#restock-form button")
        ticks = page.evaluate(
            "[...document.querySelectorAll('.tick')].map((one) => [one.offsetWidth, one.offsetHeight])"
        )
        last = page.locator(".bar > :last-child").bounding_box()
        assert last is not None
    assert len(ticks) > 1
    assert len({tuple(one) for one in ticks}) == 1
    assert SIZE["width"] - last["x"] - last["width"] < 20
