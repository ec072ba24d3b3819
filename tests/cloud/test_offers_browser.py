"""The offer in a real Chromium: taken with and without scripts, its code read by a camera's decoder, sent away live."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from cloud.offers.campaigns import CouponTerms
from cloud.offers.rules import Budget
from cloud.store import campaigns, coupons
from tests.cloud.noticed import Readers, people_stop
from tests.cloud.offered import CAKE, TEA, campaign
from tests.cloud.phones import SIZE, WAYS, phone, press, tap
from tests.cloud.served import Served, served
from tests.cloud.thumbs import TOO_SMALL, TOO_WIDE
from tests.programs import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as site:
        terms = CouponTerms(won=1_000, gtins=(TEA, CAKE))
        told = campaign("coupon", gtins=(TEA,), priority=90, coupon=terms, budget=Budget(coupons=9))
        with site.shop.store.atomic() as connection:
            connection.execute("UPDATE stock SET store = 3 WHERE gtin = ?", (CAKE,))
            campaigns.add(connection, told, site.shop.clock.now_ms)
        people_stop(site)
        yield site


def offered(site: Served, page: "Page", language: str) -> None:
    """A tap, the switch for offers, and the page with the offer."""
    tap(site, page, language)
    page.check("input[value=offers]")
    press(page, "#choices button")


def scanned(page: "Page", selector: str) -> str:
    """What a camera reads off the phone's glass."""
    picture = cv2.imdecode(np.frombuffer(page.locator(selector).screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(
        cv2.copyMakeBorder(picture, *(40,) * 4, cv2.BORDER_CONSTANT, None, (255,) * 3)
    )
    return text


@pytest.mark.parametrize(("language", "theme", "scripts"), WAYS)
def test_a_coupon_is_taken_and_its_code_is_read_off_the_glass(
    site: Served, browser: "Browser", language: str, theme: str, *, scripts: bool
) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types

    with phone(browser, color_scheme=theme, java_script_enabled=scripts) as (_, page, wrong):
        offered(site, page, language)
        page.locator("#offer summary").click()
        looked_at = [Axe().run(page)] if scripts else []  # axe needs timers of the page's own
        assert page.evaluate(TOO_WIDE) == []
        assert page.evaluate(TOO_SMALL) == []
        press(page, "#offer form[action$='/claim'] button")
        code = page.locator("#offer .code b").inner_text()
        page.goto(f"{site.base}/me?lang={language}")
        assert page.locator("#coupons .code b").inner_text() == code
        if scripts:  # without them Chromium's own tool cannot take a picture of a part
            assert scanned(page, "#coupons .code svg") == code
        looked_at += [Axe().run(page)] if scripts else []
        assert [each.generate_report() for each in looked_at if each.violations_count] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZE["width"]

    assert wrong == []
    with site.shop.store.atomic() as connection:
        now_ms = site.shop.clock.now_ms
        assert isinstance(
            coupons.redeem(connection, code=code, sale=1, gtins=(TEA, CAKE), now_ms=now_ms), coupons.Redeemed
        )


def live(site: Served, page: "Page", language: str) -> "Locator":
    """The offer that comes onto an open page by a card's tap."""
    readers = Readers(site)
    tap(site, page, language)
    page.check("input[value=card]")
    press(page, "#choices button")
    page.goto(f"{site.base}/me?lang={language}")
    page.select_option("select[name=reader]", "tea-reader")
    page.locator("form:has(select[name=reader]) button").click()
    page.wait_for_function("document.body.dataset.after !== undefined")
    readers.tap()
    page.get_by_text({"ko": "카드를 연결했습니다", "en": "Your card is connected"}[language]).wait_for()
    page.check("input[value=offers]")
    press(page, "#choices button")

    eventually(lambda: site.shop.services.hub.hears(1), "the page's stream")
    site.shop.clock.now_ms += 1_000
    people_stop(site)
    readers.tap()
    card = page.locator("#live section.warm")
    card.wait_for()
    return card


def test_the_korean_label_of_a_live_offer_is_marked_as_korean_on_an_english_page(
    site: Served, browser: "Browser"
) -> None:
    with phone(browser) as (_, page, wrong):
        head = live(site, page, "en").locator("[data-head]")
        assert head.inner_text() == "(광고) Daon Market · Tea"
        assert head.locator("[lang=ko]").inner_text() == "(광고)"
        assert wrong == []


def test_a_live_offer_says_why_and_is_sent_away_with_one_touch(site: Served, browser: "Browser") -> None:
    with phone(browser, locale="ko-KR") as (_, page, wrong):
        card = live(site, page, "ko")

        assert "(광고) 다온상회 · 녹차" in card.inner_text()
        assert "coupon 할인" in card.inner_text()
        card.locator("summary").click()
        assert "방금 이 제품을 찍으셨습니다" in card.inner_text()
        assert card.locator("[data-stop]").get_attribute("action").startswith("/stop/")  # type: ignore[union-attr]  # it is there
        card.get_by_role("button", name="지금은 괜찮아요").click()
        page.get_by_text("하루 동안 혜택을 보여 드리지 않겠습니다").wait_for()
        assert wrong == []
    with site.shop.store.reading() as connection:
        head = campaigns.head(connection, "coupon")
    assert head is not None
    assert head.answers.not_now == 1


WIDEST = "[...document.querySelectorAll('#coupons .code b span')].forEach((each) => each.textContent = 'WMWM-MWMW-')"
NARROW = """() => [...document.querySelectorAll('#coupons .code b span')].forEach(
  (each) => Object.assign(each.style, {width: '4rem', whiteSpace: 'normal'}))"""
BROKEN_LINES = """() => [...document.querySelectorAll('#coupons .code b span')].filter((each) => {
  const words = document.createRange();
  words.selectNodeContents(each);
  return new Set([...words.getClientRects()].map((one) => Math.round(one.top))).size !== 1;
}).length"""


@pytest.mark.parametrize("width", [280, 320, 360, 390])
def test_a_code_is_read_in_one_line_or_in_two_halves(site: Served, browser: "Browser", width: int) -> None:
    with phone(browser) as (_, page, _):
        offered(site, page, "ko")
        press(page, "#offer form[action$='/claim'] button")
        page.goto(f"{site.base}/me?lang=ko")
        page.set_viewport_size({"width": width, "height": 640})
        halves = page.locator("#coupons .code b span")
        assert [len(half) for half in halves.all_inner_texts()] == [10, 9]
        page.evaluate(WIDEST)
        assert page.evaluate(BROKEN_LINES) == 0
        assert page.evaluate(TOO_WIDE) == []
        first, second = (halves.nth(n).bounding_box() for n in range(2))
        assert first
        assert second
        assert first["y"] == second["y"] or width in (280, 390)  # at 390 it stands beside the square
        page.evaluate(NARROW)
        assert page.evaluate(BROKEN_LINES) > 0, "a code that is broken anywhere was not noticed"
