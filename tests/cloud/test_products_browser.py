"""The pages of products, offers, devices, data quality and requests in a real browser: nobody is left out."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from fastapi import APIRouter
from playwright.sync_api import Browser, expect

from cloud.store import requests
from cloud.web.manage.desk import Desk
from cloud.web.manage.devices import devices_router
from cloud.web.manage.inbox import inbox_router
from cloud.web.manage.offers import campaigns_router
from cloud.web.manage.products import products_router
from cloud.web.manage.quality import quality_router
from cloud.web.services import Services
from tests.cloud import trading
from tests.cloud.entered import session
from tests.cloud.morning import MINUTE, NOON_MS, PAGES, TEA, Site, Town, plan, serving, town
from tests.cloud.signed_in import signed_in

pytestmark = pytest.mark.browser

ROOMS = ("products", "offers", "devices", "quality", "requests")
LOOKS: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 390, "height": 844}},
    "laptop": {"viewport": {"width": 1280, "height": 900}},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("rooms"), floor=plan()) as place:
        trading.stock_up(place)
        trading.run_campaigns(place)
        trading.speak(place, hours=8)
        trading.ask(place)
        trading.misfits(place)
        for number in range(12):
            place.phone_tap("tag-tea", at=NOON_MS - 60 * MINUTE + number * MINUTE)
            place.sale(TEA, at=NOON_MS - 50 * MINUTE + number * MINUTE)
        yield place


@pytest.fixture(scope="module")
def site(place: Town) -> Iterator[Site]:
    def inbox(desk: Desk) -> APIRouter:
        luck = random.Random(9).randbytes
        return inbox_router(
            desk, Services(store=place.store, bus=desk.bus, clock=place.clock, random=luck, pages=PAGES)
        )

    rooms = (products_router, campaigns_router, devices_router, quality_router, inbox)
    with serving(place, *rooms) as site:
        yield site


@pytest.fixture(scope="module")
def token(site: Site, place: Town) -> str:
    return session(site, place.password)


@pytest.mark.parametrize(("lang", "theme", "width"), [("ko", "light", "phone"), ("en", "dark", "laptop")])
@pytest.mark.parametrize("room", ROOMS)
def test_axe_finds_nothing_and_nothing_hangs_over_the_edge(
    browser: Browser, site: Site, token: str, *, room: str, lang: str, theme: str, width: str
) -> None:
    with signed_in(browser, site, token, f"/manage/{room}?lang={lang}&theme={theme}", **LOOKS[width]) as page:
        assert [found["id"] for found in Axe().run(page).response["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_the_inbox_is_worked_by_the_keyboard_alone_and_is_silent_until_asked(
    browser: Browser, site: Site, token: str, place: Town
) -> None:
    with signed_in(browser, site, token, "/manage/requests?lang=en", **LOOKS["laptop"]) as page:
        sound = page.locator("#sound")
        assert sound.get_attribute("aria-pressed") == "false"
        page.locator(".request button.main").first.focus()
        page.keyboard.press("ArrowDown")
        second = page.evaluate("document.activeElement.closest('.request').dataset.id")
        page.keyboard.press("Enter")
        expect(page.locator(".request.mine")).to_have_count(1)
        assert page.locator(".request.mine").get_attribute("data-id") == second
        page.locator(".request.mine select").focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # back to all
        expect(page.locator(".request.mine")).to_have_count(0)
        sound.focus()
        page.keyboard.press("Enter")
        assert sound.get_attribute("aria-pressed") == "true"
    with place.store.reading() as connection:
        assert len(requests.waiting(connection)) == 3
