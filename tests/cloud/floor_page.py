"""The floor's page in a real browser: a store that has something to show, and the page signed in."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.sync_api import Browser, Page

from contract.events import Tap
from contract.messages import CameraHealth, ReaderHealth
from tests.cloud.entered import session
from tests.cloud.morning import MINUTE, NOON_MS, Site, Town, entries, plan, stays, town, warm, watched
from tests.cloud.signed_in import signed_in


@contextmanager
def quarter(directory: Path) -> Iterator[Town]:
    """A quarter of an hour at the tea, with a slope of time on the floor: from nothing to more than the scale holds."""
    with town(directory, floor=plan()) as place:
        left, at = place.node("left"), NOON_MS - 5 * MINUTE
        left.tell([*watched(["tea"], ["cam-a"], minutes=range(-15, 0)), *entries(9, at=at)])
        left.tell(stays("tea", [2] * 8 + [12] * 12, at=at))
        left.tell([Tap(at=at + 30_000 + number, reader="tea-reader", tag=None) for number in range(8)])
        slope = {(x, y): 400 * (x + 8) * (1 + (y % 3)) for x in range(-6, 20) for y in range(-4, 20)}
        left.tell([warm("cam-a", slope, at=NOON_MS - MINUTE)])
        left.well(cameras={"cam-a": CameraHealth(ok=True)}, readers={"tea-reader": ReaderHealth(ok=True)})
        yield place


@contextmanager
def opened(
    browser: Browser,
    site: Site,
    place: Town,
    query: str = "period=15m&lang=en",
    *,
    expected: str | None = None,
    **look: object,
) -> Iterator[Page]:
    """The floor's page, signed in."""
    token = session(site, place.password)
    with signed_in(browser, site, token, f"/manage?{query}", expected=expected, **look) as page:
        yield page


def until(page: Page, holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline, what
        page.wait_for_timeout(50)


def drawn(page: Page) -> None:
    """Waits for the heat map."""
    until(page, lambda: page.locator("#ticks li").last.inner_text() != "", "the heat map was not drawn")


def violations(page: Page) -> list[str]:
    return [found["id"] for found in Axe().run(page).response["violations"]]
