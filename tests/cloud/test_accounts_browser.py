"""Accounts in a real browser: by the keyboard alone, on phone and laptop, light and dark, without a fault of axe's."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.sync_api import Browser, Page, expect

from cloud.manage.rights import Right, Role
from cloud.store import customers
from cloud.web.manage.gate import COOKIE
from tests.cloud.everybody import House, Keys, found, house
from tests.cloud.shop import TEA

pytestmark = pytest.mark.browser
LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A store with people, keys, and a shopper who was looked at."""
    with house(tmp_path_factory.mktemp("accounts")) as made:
        made.boss = made.manager()
        made.member(Role.STAFF, name="junho")
        made.program({Right.SEE})
        shopper = made.shopper()
        _, page, _ = made.ask("GET", made.tap(shopper), shopper)
        made.ask("POST", found(r"(/offers/[0-9]+/claim)", page), shopper, data={"lang": "en"})
        made.ask(
            "POST", f"/01/{TEA}/reviews", shopper, data={"stars": "4", "name": "", "text": "Good tea.", "lang": "en"}
        )
        yield made


def opened(browser: Browser, store: House, keys: Keys, **look: object) -> Page:
    context = browser.new_context(**look)  # type: ignore[arg-type]  # Playwright's own keywords
    if keys.manager:
        token = keys.manager.partition("=")[2]
        address = store.url.replace("http:", "https:")
        context.add_cookies([{"name": COOKIE, "value": token, "url": address, "secure": True}])
    return context.new_page()


def handle(store: House) -> str:
    with store.store.reading() as connection:
        return customers.recent(connection, 1)[0].handle


def faults(page: Page) -> list[str]:
    return [f"{each['id']}: {each['nodes'][0]['html'][:150]}" for each in Axe().run(page).response["violations"]]


def test_no_page_has_a_fault_that_axe_finds_nor_is_wider_than_its_window(browser: Browser, store: House) -> None:
    pages = (
        "/manage/accounts",
        "/manage/account",
        "/manage/keys",
        "/manage/log",
        "/manage/customers",
        f"/manage/customers/{handle(store)}",
        f"/manage/customers/{handle(store)}?why=asked",
        "/manage/login",
        "/manage/invitation/none",
    )
    for number, path in enumerate(pages):
        size, theme, lang = ((LAPTOP, "light", "en"), (PHONE, "dark", "ko"))[number % 2]
        page = opened(browser, store, store.boss, viewport=size)
        page.goto(f"{store.url}{path}{'&' if '?' in path else '?'}lang={lang}&theme={theme}")
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        page.context.close()


def test_a_planted_fault_is_seen(browser: Browser, store: House) -> None:
    page = opened(browser, store, store.boss)
    page.goto(f"{store.url}/manage/accounts?lang=en")
    page.evaluate("document.querySelector('label[for=words]').remove()")
    assert [fault.partition(":")[0] for fault in faults(page)] == ["label"]
    page.context.close()


def press_to(page: Page, what: str) -> None:
    """Presses Tab until what has the focus is called so."""
    for _ in range(80):
        page.keyboard.press("Tab")
        named = page.evaluate(
            "() => { const it = document.activeElement; const label = it.labels?.[0]?.textContent ?? '';"
            " return (it.getAttribute('aria-label') ?? '') + label + it.textContent; }"
        )
        if what in named:
            return
    raise AssertionError(f"no Tab leads to {what!r}")


def test_somebody_is_invited_joins_and_is_sent_away_by_the_keyboard_alone(browser: Browser, store: House) -> None:
    owner = opened(browser, store, store.boss)
    owner.goto(f"{store.url}/manage/accounts?lang=en")
    press_to(owner, "For whom")
    owner.keyboard.type("Sora")
    press_to(owner, "Read-only")
    owner.keyboard.press("ArrowDown")  # staff
    press_to(owner, "Make the link")
    owner.keyboard.press("Enter")
    link = owner.get_by_role("textbox", name="The invitation's link").input_value()

    guest = opened(browser, store, Keys())
    guest.goto(f"{link}?lang=en")
    press_to(guest, "Choose a name")
    guest.keyboard.type("sora")
    for field in ("Choose a password", "The password again"):
        press_to(guest, field)
        guest.keyboard.type("four words in a row")
    guest.keyboard.press("Enter")
    guest.wait_for_url(re.compile(r"/manage$"))
    guest.goto(f"{store.url}/manage/account?lang=en")
    expect(guest.locator(".ticks")).to_have_text(re.compile("See figures.*requests.*Count at the door"))

    owner.goto(f"{store.url}/manage/accounts?lang=en")
    press_to(owner, "End access: sora")
    owner.keyboard.press("Enter")
    press_to(owner, "End it")
    owner.keyboard.press("Enter")
    expect(owner.get_by_role("status")).to_contain_text("The access is ended")
    guest.goto(f"{store.url}/manage/account?lang=en")
    expect(guest.get_by_role("heading", name="Manager's pages")).to_be_visible()


def test_a_look_at_a_shopper_by_the_keyboard_alone_gives_its_reason_first(browser: Browser, store: House) -> None:
    page = opened(browser, store, store.boss)
    page.goto(f"{store.url}/manage/customers?lang=en")
    press_to(page, "Code for the till")
    page.keyboard.type(handle(store)[:8])
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/manage/customers/"))
    page.goto(f"{page.url}?lang=en")
    press_to(page, "The shopper asked")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Who looked")).to_be_visible()
    expect(page.locator(".timeline")).to_contain_text("tapped")
    press_to(page, "The words as they were read")
    page.keyboard.press("Enter")
    expect(page.locator("blockquote").first).to_be_visible()
