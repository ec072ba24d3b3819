"""Papers in a real Chromium: without a fault of axe's in every look, a note written by the keyboard alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from cloud.web.manage.exports import exports_router
from cloud.web.manage.noting import notes_router
from cloud.web.manage.papers import papers_router
from tests.cloud.morning import HOUSE, NOON_MS, Site, Town, entries, plan, serving, stays, town, watched
from tests.cloud.phones import LOOKS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
PAGES = ("report", "notes", "exports", "signs")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("papers-look"), floor=plan()) as place:
        told = [*watched(["tea"], ["cam-a"], minutes=range(-60, 0)), *entries(20, at=NOON_MS - 3_000_000)]
        place.node("left").tell([*told, *stays("tea", [9] * 20, at=NOON_MS - 2_400_000)])
        yield place


@pytest.fixture(scope="module")
def site(place: Town) -> Iterator[Site]:
    with serving(place, notes_router, exports_router, lambda desk: papers_router(desk, HOUSE)) as site:
        yield site


@contextmanager
def signed_in(browser: "Browser", site: Site, place: Town, theme: str, width: int) -> "Iterator[tuple[Page, str]]":
    """A page of somebody who may all; a script's error fails the test."""
    wrong: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme)  # type: ignore[arg-type]  # light or dark
    page, base = context.new_page(), site.url.replace("127.0.0.1", "localhost")
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{base}/manage/login")
    page.fill("#password", place.password)
    page.click("button.main")
    yield page, base
    context.close()
    assert wrong == []


def test_no_field_pokes_out_of_its_row_on_a_phone(place: Town, site: Site, browser: "Browser") -> None:
    out = """els => els.filter(el => el.getBoundingClientRect().right
        > el.closest('.row').getBoundingClientRect().right + 0.5).map(el => el.id)"""
    with signed_in(browser, site, place, "light", 390) as (page, base):
        for name in ("notes", "exports"):
            page.goto(f"{base}/manage/{name}?lang=en")
            assert page.locator(".row > input, .row > select").count() > 1
            assert page.eval_on_selector_all(".row > input, .row > select", out) == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_no_page_has_a_fault_or_is_too_wide(
    place: Town, site: Site, browser: "Browser", language: str, theme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types

    with signed_in(browser, site, place, theme, width) as (page, base):
        for name in PAGES:
            page.goto(f"{base}/manage/{name}?lang={language}")
            assert [(it["id"], it["nodes"][0]["html"]) for it in Axe().run(page).response["violations"]] == [], name
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_a_note_is_written_and_removed_by_the_keyboard_alone(place: Town, site: Site, browser: "Browser") -> None:
    with signed_in(browser, site, place, "light", 1280) as (page, base):
        page.goto(f"{base}/manage/notes?lang=en")
        page.focus("#kind")
        page.keyboard.type("W")
        page.keyboard.press("Tab")
        page.keyboard.type("Rain all day")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        row = page.locator("tbody tr").first
        assert "Weather" in row.inner_text()
        assert "Rain all day" in row.inner_text()
        row.get_by_role("button").focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.locator("tbody tr").count() == 0
