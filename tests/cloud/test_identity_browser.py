"""A shopper's own pages in a real Chromium: phones join, take everything along and are forgotten, scripts or none."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cloud.phones import LOOKS, phone, tap
from tests.cloud.served import Served
from tests.cloud.thumbs import TOO_SMALL, TOO_WIDE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


def choose(site: Served, page: "Page", *purposes: str, language: str = "en") -> None:
    """Taps and agrees, as a shopper does."""
    tap(site, page, language)
    for purpose in purposes:
        page.check(f"input[value='{purpose}']")
    with page.expect_navigation():
        page.locator("#choices button").click()


def press(page: "Page", name: str) -> None:
    """A button of a form, and the page that it leads to."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def code_of(page: "Page") -> str:
    return page.locator("#phones .code b").inner_text()


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_no_page_of_a_shoppers_own_has_a_fault(site: Served, browser: "Browser", language: str, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types

    found: list[str] = []

    def look(page: "Page") -> None:
        report = Axe().run(page)
        if report.violations_count:
            found.append(f"{page.url}\n{report.generate_report()}")
        found.extend(f"{page.url} sticks out: {what}" for what in page.evaluate(TOO_WIDE))
        found.extend(f"{page.url} is too small: {what}" for what in page.evaluate(TOO_SMALL))

    with phone(browser, color_scheme=theme) as (_, mine, wrong), phone(browser, color_scheme=theme) as (_, other, _):
        choose(site, mine, "history", "offers", language=language)
        mine.goto(f"{site.base}/me?lang={language}")
        mine.locator("#phones form button").first.click()
        mine.wait_for_selector("#phones .code")
        look(mine)
        mine.goto(f"{site.base}/me/kept?lang={language}")
        mine.locator("summary").first.click()
        look(mine)
        other.goto(f"{site.base}/me?lang={language}")
        look(other)
        other.goto(f"{site.base}/me/join?lang={language}&wrong=1")
        look(other)
        mine.goto(f"{site.base}/me?lang={language}")
        other.fill("#code", code_of(mine))
        with other.expect_navigation():
            other.locator("#code ~ button").click()
        look(other)
        with other.expect_navigation():
            other.locator("form[action='/me/join'] button").click()
        look(other)

    assert found == []
    assert wrong == []


@pytest.mark.parametrize("scripts", [True, False])
def test_phones_join_come_apart_take_all_along_and_are_forgotten(
    site: Served, browser: "Browser", tmp_path: Path, *, scripts: bool
) -> None:
    with ExitStack() as stack:
        (_, mine, wrong), (_, other, strange) = (
            stack.enter_context(phone(browser, java_script_enabled=scripts, accept_downloads=True)) for _ in range(2)
        )
        choose(site, mine, "history")
        mine.goto(f"{site.base}/me?lang=en")
        press(mine, "Join another phone")
        other.goto(f"{site.base}/me?lang=en")
        other.get_by_role("link", name="Join my other phone").click()
        other.fill("#code", "0000 0000")
        press(other, "Go on")
        assert "That code is not open now" in other.content()
        other.fill("#code", code_of(mine).lower())
        press(other, "Go on")
        press(other, "Yes, join both phones")
        assert "Your phones are joined." in other.content()
        assert "Jeju organic green tea" in other.locator("#taps").inner_text()
        if scripts:
            mine.wait_for_selector("#live .pop")
            assert "Your phones are joined" in mine.locator("#live").inner_text()

        mine.reload()
        press(mine, "Take apart")
        assert "Your phones are apart again." in mine.content()
        other.reload()
        assert "Jeju organic green tea" not in other.locator("#taps").inner_text()

        with mine.expect_download() as download:
            mine.get_by_role("button", name="Download everything").click()
        download.value.save_as(tmp_path / "mine.json")
        assert json.loads((tmp_path / "mine.json").read_bytes())["tables"]["visits"][0]["tag"] == "tag-tea"

        press(mine, "Forget me now")
        assert "Forgotten" in mine.title()
        assert mine.context.cookies() == []
        mine.goto(f"{site.base}/me?lang=en")
        assert "This phone is not known here" in mine.content()
        assert wrong == strange == []
