"""Every page of the manager in the whole application: reached by the keyboard alone, without a fault of axe's."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from cloud.web.manage.gate import COOKIE
from cloud.web.manage.shell import PLACES
from tests.cloud.phones import LOOKS
from tests.screenshots.store import Opened, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
PATHS = (*(place.path for place in PLACES.values()), "/manage/keys")

# What the keyboard must reach: all that can be pressed or filled in, of a group of radio buttons one.
WATCH = """() => {
  window.reached = new Set();
  window.bare = new Set();
  const all = 'a[href], button, input, select, textarea, summary, [tabindex]';
  window.tabbable = () => [...document.querySelectorAll(all)].filter((one) =>
    one.tabIndex >= 0 && !one.disabled && one.type !== 'hidden' && one.checkVisibility({visibilityProperty: true})
    && !(one.type === 'radio' && one.name && !one.checked));
  document.addEventListener('focusin', ({target}) => {
    window.reached.add(target);
    const style = getComputedStyle(target);
    if (target instanceof SVGElement) return; // shapes show it by their own stroke
    if (style.outlineStyle === 'none' && style.boxShadow === 'none') window.bare.add(target);
  });
  const dates = document.querySelectorAll('input[type=date], input[type=time]').length;
  return window.tabbable().length + 4 * dates;
}"""
MOST_STOPS = 600
"""Of one page: in the editor the keyboard goes through every shape and corner too."""
MISSED = "() => window.tabbable().filter((one) => !window.reached.has(one)).map((one) => one.outerHTML.slice(0, 160))"
BARE = "() => [...window.bare].filter((one) => one.isConnected).map((one) => one.outerHTML.slice(0, 160))"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("every") / "store", days=1) as store:
        yield store


@contextmanager
def showing(browser: "Browser", store: Opened, language: str, theme: str, width: int) -> "Iterator[Page]":
    """A page of the owner's; what a script says is wrong fails the test."""
    wrong: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, locale=language)  # type: ignore[arg-type]  # light or dark
    context.set_extra_http_headers({"cookie": f"{COOKIE}={store.session}"})
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    yield page
    context.close()
    assert wrong == []


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_axe_finds_no_fault_on_any_page(store: Opened, browser: "Browser", language: str, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types

    found: list[tuple[str, str, str]] = []
    with showing(browser, store, language, theme, 1280) as page:
        for path in PATHS:
            answer = page.goto(f"{store.url}{path}?lang={language}")
            assert answer is not None
            assert answer.status == 200, path
            violations = Axe().run(page).response["violations"]
            found += [(path, it["id"], it["nodes"][0]["html"][:160]) for it in violations]
    assert found == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_keyboard_reaches_all_that_can_be_pressed_and_shows_where_it_is(
    store: Opened, browser: "Browser", width: int
) -> None:
    missed: dict[str, list[str]] = {}
    bare: dict[str, list[str]] = {}
    with showing(browser, store, "en", "light", width) as page:
        for path in PATHS:
            page.goto(f"{store.url}{path}?lang=en")
            stops = page.evaluate(WATCH) + 10
            for pressed in range(MOST_STOPS):
                page.keyboard.press("Tab")
                if pressed >= stops and pressed % 25 == 0 and page.evaluate(MISSED) == []:
                    break
            missed[path], bare[path] = page.evaluate(MISSED), page.evaluate(BARE)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert {path: lost for path, lost in missed.items() if lost} == {}
    assert {path: lost for path, lost in bare.items() if lost} == {}


def test_what_the_keyboard_cannot_reach_is_noticed(store: Opened, browser: "Browser") -> None:
    with showing(browser, store, "en", "light", 1280) as page:
        page.goto(f"{store.url}/manage/notes?lang=en")
        page.evaluate(WATCH)
        page.keyboard.press("Tab")
        assert page.evaluate(MISSED) != []
