"""The visitor's minute, with real programs and a real browser: tap, page, choice, coupon, push, points, till."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.system.members import store

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FrameLocator, Page

pytestmark = [pytest.mark.system, pytest.mark.browser]
TEA = "Jeju organic green tea"
YAKGWA = "09520000000059"


@contextmanager
def opened(browser: "Browser", url: str) -> Iterator["Page"]:
    context = browser.new_context(viewport={"width": 1440, "height": 1100}, locale="en-US")
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(url)
    page.wait_for_selector("#bars > *")
    yield page
    context.close()
    assert wrong == []


def agree(phone: "FrameLocator") -> None:
    """Tick what the product's page asks, and agree."""
    for box in phone.locator("#choices input[type=checkbox]").all():
        box.check()
    phone.locator("#choices button.wide").click()


def test_a_visitor_taps_agrees_takes_a_coupon_gets_a_push_and_pays_with_it(browser: "Browser", tmp_path: Path) -> None:
    from playwright.sync_api import expect

    with store(tmp_path, "--start") as (simulator, place), opened(browser, simulator) as page:
        phone = page.frame_locator("#screen")
        page.locator(".plan .tag").first.click()
        expect(phone.locator("h1")).to_contain_text(TEA)
        agree(phone)

        # The coupon of the page's offer, if this phone is not among the tenth that is held out; the next tap keeps it.
        expect(phone.locator("#choices .saved")).to_be_visible()
        claim = phone.locator("form[action$='/claim'] button")
        coupon = ""
        if claim.count():
            claim.click()
            coupon = phone.locator("#offer .code b").inner_text()
            page.locator(".plan .tag").first.click()
            expect(phone.locator("#points")).to_contain_text("20 points")  # the second tap's page
            expect(phone.locator("#offer .code b")).to_have_text(coupon)

        # Its own page asks, the phone asks, and the subscription is the push service's.
        page.evaluate(
            "document.getElementById('screen').src = new URL('/me?lang=en', document.getElementById('screen').src)"
        )
        phone.locator("#push button[type=button]").click()
        expect(page.locator("#asking")).to_be_visible()
        page.locator("#allow").click()
        expect(phone.locator("#push")).to_contain_text("One phone gets notifications")
        phone.locator("form[action='/me/code'] button").click()
        code = phone.locator("#points .code b").inner_text()

        # Somebody brings what is asked for, and the phone says so although its page is closed.
        page.locator(".plan .tag").first.click()
        phone.locator("button[name=kind][value=bring]").first.click()
        page.locator("#lock").click()
        expect(page.locator("#shade li strong").first).to_contain_text("Request", timeout=20_000)
        page.locator("#unlock").click()

        page.locator("#take").click()
        page.locator("#goods").select_option(YAKGWA)  # the coupon is for both
        page.locator("#member").fill(code)
        page.locator("#coupon").fill(coupon)
        page.locator("#pay button[type=submit]").click()
        paper = page.locator("#printer .paper")
        expect(paper).to_contain_text("Points earned")
        if coupon:
            expect(paper).to_contain_text("−₩")
        assert "refused" not in (paper.get_attribute("class") or "")

        state = httpx.get(f"{simulator}/state", timeout=5).json()
        assert set(state["push"]) == {"accepted"}
        httpx.post(f"{simulator}/finish", timeout=20).raise_for_status()
        lines = [json.loads(line) for line in place.truth.read_bytes().splitlines()]
        assert any(line["kind"] == "visitor-sale" and not line["refused"] for line in lines)
