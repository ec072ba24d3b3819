"""A shopper's phone in a real Chromium, which notes everything that goes wrong on it or leaves for another host."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.cloud.served import Served
from tests.cloud.shop import TEA

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Page

SIZE = {"width": 390, "height": 844}
LOOKS = [(language, theme) for language in ("ko", "en") for theme in ("light", "dark")]
WAYS = [(*look, scripts) for look in LOOKS for scripts in (True, False)]
"""Every language and theme, with scripts and without."""
VIOLATIONS = "addEventListener('securitypolicyviolation', e => window.__csp(e.violatedDirective), true)"


@contextmanager
def phone(browser: "Browser", **options: Any) -> "Iterator[tuple[BrowserContext, Page, list[str]]]":
    """A phone, its page, and everything that went wrong on it or left for another host."""
    wrong: list[str] = []
    context = browser.new_context(viewport=SIZE, device_scale_factor=2, **options)  # type: ignore[arg-type]  # a size
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


def tap(site: Served, page: "Page", language: str = "ko") -> None:
    """The phone is held to the tag."""
    page.goto(f"{site.base}/01/{TEA}?{site.shop.chip.query()}&lang={language}")


def press(page: "Page", selector: str) -> None:
    """Presses what leads to another page, and waits for it."""
    with page.expect_navigation():
        page.locator(selector).first.click()


def _note_dialog(dialog: "Dialog", wrong: list[str]) -> None:
    wrong.append(f"dialog: {dialog.message}")
    dialog.dismiss()


def _note_stranger(url: str, wrong: list[str]) -> None:
    if urlsplit(url).hostname not in ("localhost", None, ""):
        wrong.append(f"went to {url}")
