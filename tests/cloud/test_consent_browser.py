"""The preference centre and the way out in a real Chromium: whole, pressed with a thumb, with scripts and without."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cloud.shop.consent import Purpose
from cloud.store import consents, preferences, stops
from tests.cloud.phones import LOOKS, SIZE, WAYS, phone, tap
from tests.cloud.served import Served, served
from tests.cloud.thumbs import TOO_SMALL, TOO_WIDE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, push="http://localhost:9") as site:
        yield site


def enrol(site: Served, page: "Page", language: str) -> None:
    """A tap, one switch, and on to the whole preference centre."""
    tap(site, page, language)
    page.check("input[value=history]")
    page.locator("#choices button").click()
    page.goto(f"{site.base}/me/choices?lang={language}")


def stop_url(site: Served) -> str:
    with site.shop.store.atomic() as connection:
        return site.base + stops.url(connection, 1, site.shop.services.random)


@pytest.mark.parametrize(("language", "theme", "scripts"), WAYS)
def test_a_shopper_chooses_wishes_and_refuses(
    site: Served, browser: "Browser", language: str, theme: str, *, scripts: bool
) -> None:
    with phone(browser, color_scheme=theme, java_script_enabled=scripts) as (_, page, wrong):
        enrol(site, page, language)
        for purpose in ("offers", "ads.push"):
            page.check(f"input[value='{purpose}']")
        assert page.locator("input[value='ads.email']").count() == 0  # the store sends none
        page.locator("form[action='/me/choices'] button").click()
        page.uncheck("input[name=topic][value=tea]")
        page.select_option("select[name=from]", "10")
        page.select_option("select[name=to]", "20")
        page.check("input[value=fewer]")
        page.locator("form[action='/me/wishes'] button").click()
        with site.shop.store.reading() as connection:
            assert consents.standing(connection, 1) == {Purpose.HISTORY, Purpose.OFFERS, Purpose.ADS_PUSH}
            assert preferences.of(connection, 1).muted == {"tea"}
        page.goto(stop_url(site) + f"?lang={language}")
        page.locator("form[action^='/stop'] button").click()
        with site.shop.store.reading() as connection:
            assert consents.standing(connection, 1) == {Purpose.HISTORY}
            assert consents.suppressed(connection, 1)

    assert wrong == []


@contextmanager
def looked_at(browser: "Browser", theme: str, width: int) -> "Iterator[tuple[Page, list[str]]]":
    with phone(browser, color_scheme=theme) as (_, page, wrong):
        page.set_viewport_size({"width": width, "height": SIZE["height"]})
        yield page, wrong


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_both_pages_are_whole_readable_and_pressed_with_a_thumb(
    site: Served, browser: "Browser", language: str, theme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types

    with looked_at(browser, theme, width) as (page, wrong):
        enrol(site, page, language)
        page.check("input[value='ads.push']")
        page.locator("form[action='/me/choices'] button").click()
        page.locator(".said summary").first.click()
        for link in (page.url, stop_url(site) + f"?lang={language}", f"{site.base}/stop/x?lang={language}"):
            if link != page.url:
                page.goto(link)
            report = Axe().run(page)
            assert report.violations_count == 0, report.generate_report()
            assert page.evaluate(TOO_WIDE) == []
            assert page.evaluate(TOO_SMALL) == []

    assert wrong == []
