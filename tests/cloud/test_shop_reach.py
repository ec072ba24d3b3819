"""The shopper's pages by keyboard, by ear and with scripts off, in a real Chromium."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cloud.limits import USUAL_BYTES
from tests.cloud.phones import LOOKS, phone, press, tap
from tests.cloud.served import Served
from tests.cloud.shop import CAKE, TEA
from tests.cloud.stocked import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as (site, _):
        yield site


def known(site: Served, page: "Page") -> None:
    """The phone is one that the store knows."""
    tap(site, page, "en")
    page.check("input[value=history]")
    press(page, "#choices button")


UNDER_THE_BAR = """() => {
  const here = document.activeElement, bar = document.querySelector('.bar').getBoundingClientRect();
  return here !== document.body && !here.closest('.bar') && here.getBoundingClientRect().bottom > bar.top + 1
    ? here.outerHTML.slice(0, 120) : null;
}"""


def test_what_the_keyboard_reaches_is_never_under_the_bar(site: Served, browser: "Browser") -> None:
    with phone(browser) as (_, page, wrong):
        page.set_viewport_size({"width": 360, "height": 640})
        known(site, page)
        tap(site, page, "en")
        hidden = []
        for _ in range(60):
            page.keyboard.press("Tab")
            hidden.append(page.evaluate(UNDER_THE_BAR))
            if page.evaluate("document.activeElement.closest('footer') !== null"):
                break
        assert len(hidden) > 10
        assert [each for each in hidden if each] == []
        assert wrong == []


def test_the_right_arrow_gives_a_star_more_and_as_many_shine_as_were_given(site: Served, browser: "Browser") -> None:
    shining = """() => {
      const colour = (one) => getComputedStyle(one).color, labels = [...document.querySelectorAll('.rate label')];
      const dull = colour(document.querySelector('#text')), star = colour(document.querySelector('.stars'));
      return labels.map((one) => colour(one) === star);
    }"""
    with phone(browser) as (_, page, _):
        known(site, page)
        page.goto(f"{site.base}/01/{TEA}/reviews?lang=en")
        assert page.evaluate(shining) == [False] * 5
        page.focus("#s2")
        page.keyboard.press("Space")
        assert page.evaluate(shining) == [True, True, False, False, False]
        page.keyboard.press("ArrowRight")
        assert page.locator("#s3").is_checked()
        assert page.evaluate(shining) == [True, True, True, False, False]
        left = [page.locator(f"label[for=s{n}]").bounding_box() for n in (1, 5)]
        assert left[0]
        assert left[1]
        assert left[0]["x"] < left[1]["x"]


BARS = """() => [...document.querySelectorAll('.rating svg')].map((bar) => {
  const {left, right} = bar.getBoundingClientRect();
  return [Math.round(left * 10), Math.round(right * 10)];
})"""


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_bars_of_all_stars_begin_and_end_alike(site: Served, browser: "Browser", language: str) -> None:
    with phone(browser) as (_, page, _):
        page.goto(f"{site.base}/01/{TEA}/reviews?lang={language}")
        bars = page.evaluate(BARS)
    assert len(bars) == 5
    assert len({tuple(ends) for ends in bars}) == 1
    assert bars[0][1] - bars[0][0] > 60


def test_a_review_that_is_refused_shows_why_beside_its_field_without_scripts(site: Served, browser: "Browser") -> None:
    with phone(browser, java_script_enabled=False) as (_, page, _):
        known(site, page)
        page.goto(f"{site.base}/01/{TEA}/reviews?lang=en")
        page.locator("label[for=s4]").click()
        page.fill("#text", "See https://shop.example for more of it")
        press(page, "#write form button")
        fault = page.locator("#fault")
        assert fault.inner_text() == "Please leave out links."
        box = fault.bounding_box()
        assert box
        assert 0 <= box["y"] < 844
        assert [box["x"]] == [place["x"] for place in [page.locator("#text").bounding_box()] if place]
        assert page.locator("#text").get_attribute("aria-describedby") == "fault"
        assert page.locator("#text").get_attribute("aria-invalid") == "true"
        assert page.locator("#name").get_attribute("aria-invalid") is None


def test_a_code_that_is_not_open_is_said_as_a_fault_where_it_is_typed(site: Served, browser: "Browser") -> None:
    with phone(browser) as (_, page, _):
        page.goto(f"{site.base}/me/join?lang=en")
        page.fill("#code", "ABCD-2345")
        press(page, "main form button")
        assert page.evaluate("document.activeElement.id") == "code"
        assert page.locator("#code").get_attribute("aria-describedby") == "wrong"
        assert page.locator("#wrong").evaluate("(one) => one.classList.contains('saved')") is False


def test_the_place_of_news_can_be_heard_before_there_is_any(site: Served, browser: "Browser") -> None:
    with phone(browser) as (_, page, _):
        known(site, page)
        for path in (f"/01/{TEA}", f"/01/{CAKE}", "/me", "/me/wishlist"):
            page.goto(f"{site.base}{path}?lang=en")
            assert page.locator("#live").evaluate("(one) => getComputedStyle(one).display") != "none"
            assert page.locator("#live").get_attribute("aria-atomic") == "false"


def test_a_page_promises_to_change_by_itself_only_where_it_can(site: Served, browser: "Browser") -> None:
    for scripts in (True, False):
        with phone(browser, java_script_enabled=scripts) as (_, page, wrong):
            tap(site, page, "en")
            press(page, "#request button")
            assert page.locator("#by-itself").is_visible() is scripts
            assert page.locator("noscript a").is_visible() is (not scripts)
            assert wrong == []


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_a_form_that_is_too_long_is_answered_by_a_page_that_leads_back(
    site: Served, browser: "Browser", language: str, theme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types

    with phone(browser, color_scheme=theme, locale=language) as (_, page, wrong):
        known(site, page)
        page.goto(f"{site.base}/01/{TEA}/reviews?lang={language}")
        page.evaluate("document.querySelector('#text').maxLength = 1e6")
        page.locator("label[for=s4]").click()
        page.locator("#text").evaluate(f"(one) => {{ one.value = 'x'.repeat({USUAL_BYTES}); }}")
        press(page, "#write form button")
        head = {"en": "That is too long for us", "ko": "너무 길어서 받을 수 없습니다"}[language]
        assert page.locator("h1").inner_text() == head
        report = Axe().run(page)
        assert report.violations_count == 0, report.generate_report()
        press(page, "a.lang")
        assert page.locator("html").get_attribute("lang") != language
        assert wrong == []
