"""A manager's page in a real browser, signed in, with everything that it complains about."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from cloud.web.manage.gate import COOKIE
from tests.cloud.morning import Site


@contextmanager
def signed_in(
    browser: Browser, site: Site, token: str, path: str, *, expected: str | None = None, **look: object
) -> Iterator[Page]:
    """The page in a fresh context; what the browser complains about, but for the `expected`, fails the test."""
    complaints: list[str] = []
    context = browser.new_context(**look)  # type: ignore[arg-type]  # Playwright's own keywords
    context.add_cookies([{"name": COOKIE, "value": token, "url": site.url.replace("http:", "https:"), "secure": True}])
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(f"{site.url}{path}")
    yield page
    context.close()
    assert [said for said in complaints if expected is None or expected not in said] == []
