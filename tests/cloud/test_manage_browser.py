"""The manager's page in a real browser: people who move, figures that come, no script needed, nobody left out."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from cloud.facts import PeopleSeen, RollupsChanged, TapStored
from contract.messages import Person
from tests.cloud.floor_page import drawn, opened, quarter, until, violations
from tests.cloud.morning import NOON_MS, Site, Town, entries, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with quarter(tmp_path_factory.mktemp("floor")) as place:
        yield place


@pytest.fixture(scope="module")
def site(place: Town) -> Iterator[Site]:
    with serving(place) as site:
        yield site


@pytest.mark.parametrize("size", [(390, 844), (1100, 600), (1900, 1000)])
def test_the_heat_lies_under_its_floor_at_every_size(
    browser: Browser, site: Site, place: Town, size: tuple[int, int]
) -> None:
    with opened(browser, site, place, viewport={"width": size[0], "height": size[1]}) as page:
        drawn(page)
        page.set_viewport_size({"width": size[0] - 40, "height": size[1]})

        def aligned() -> bool:
            heat, floor = page.locator("#heat").bounding_box(), page.locator("#unseen-views").bounding_box()
            assert heat is not None
            assert floor is not None
            sides = zip(sorted(heat.items()), sorted(floor.items()), strict=True)
            return all(abs(float(one[1]) - float(other[1])) <= 1 for one, other in sides)  # type: ignore[arg-type]  # a FloatRect is a dict of floats

        until(page, aligned, "the heat does not lie where the floor is drawn")


def test_people_stand_where_their_cameras_see_them_and_are_forgotten(browser: Browser, site: Site, place: Town) -> None:
    with opened(browser, site, place) as page:
        people = tuple(Person(x, 1.0) for x in (1.0, 2.0, 3.0))

        dots, pill = page.locator("#people circle"), page.locator("#live")

        def standing(count: int) -> bool:
            site.bus.publish([PeopleSeen(node="left", camera="cam-a", at_ms=place.clock.now_ms, people=people[:count])])
            return dots.count() == count and pill.get_attribute("data-state") == "live"

        until(page, lambda: standing(3), "three people did not appear")
        assert dots.nth(1).evaluate("dot => dot.style.transform") == "translate(2px, 1px)"
        until(page, lambda: standing(1), "two people did not leave")
        until(page, lambda: pill.get_attribute("data-state") == "quiet", "the stale picture was not noticed")
        assert dots.count() == 0


def test_a_tap_ripples_at_its_reader(browser: Browser, site: Site, place: Town) -> None:
    with opened(browser, site, place) as page:

        def rippling() -> bool:
            now = place.clock.now_ms
            site.bus.publish([TapStored(id=1, node="left", reader="tea-reader", tag=None, at_ms=now, received_ms=now)])
            return bool(page.locator("#reader-tea-reader .wave.now").count())

        until(page, rippling, "no ripple at the reader")


def test_new_figures_come_by_themselves_and_leave_the_keyboard_where_it_was(
    browser: Browser, site: Site, place: Town
) -> None:
    with opened(browser, site, place) as page:
        page.locator("#part-funnel .chips a").nth(1).focus()
        before = page.locator("#part-tiles .value").first.inner_text()
        place.node("left").tell(entries(5, at=NOON_MS - 30_000))

        def renewed() -> bool:
            site.bus.publish([RollupsChanged(node="left", events=5)])
            return page.locator("#part-tiles .value").first.inner_text() == str(int(before) + 5)

        until(page, renewed, "the new entrances did not appear")
        assert page.evaluate("document.activeElement.textContent.trim()") == "Tea"


def test_a_session_that_ended_elsewhere_leads_to_the_door(browser: Browser, site: Site, place: Town) -> None:
    with opened(browser, site, place, expected="401") as page:
        cookie = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
        httpx.post(f"{site.url}/manage/logout", headers={"cookie": cookie})

        def sent_away() -> bool:
            site.bus.publish([RollupsChanged(node="left", events=1)])
            return "/manage/login" in page.url

        until(page, sent_away, "the page went on without a session")


def test_without_scripts_the_page_has_its_figures_and_says_what_it_lacks(
    browser: Browser, site: Site, place: Town
) -> None:
    with opened(browser, site, place, java_script_enabled=False) as page:
        assert "Tea" in page.locator("#part-zones tbody tr").first.inner_text()
        assert page.locator(".floor .note").filter(has_text="need scripts").is_visible()
        assert not page.locator("#play").is_visible()
        page.locator("#part-tiles .why").first.click()
        assert page.locator("#why-entered").is_visible()
        page.click(".pick summary >> nth=0")
        page.click(".pick .menu a >> text=Last hour")
        assert "period=1h" in page.url
        page.click("#modes a >> text=Compare")
        assert "mode=compare" in page.url
        assert page.locator("#floor").get_attribute("data-mode") == "compare"
        page.locator(".places form button").click()
        assert "/manage/login?left=true" in page.url


def test_the_page_explains_itself_by_the_keyboard_alone(browser: Browser, site: Site, place: Town) -> None:
    with opened(browser, site, place) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.locator("#part-tiles .why").first.focus()
        page.keyboard.press("Enter")
        assert page.locator("#why-entered").is_visible()
        page.keyboard.press("Escape")
        assert not page.locator("#why-entered").is_visible()
        page.locator("#layer-zones").focus()
        page.keyboard.press("Space")
        assert not page.locator(".zone-shapes").is_visible()


@pytest.mark.parametrize(
    ("language", "theme", "width"),
    [("ko", "light", 390), ("ko", "dark", 1280), ("en", "light", 1280), ("en", "dark", 390)],
)
def test_nobody_is_left_out(browser: Browser, site: Site, place: Town, language: str, theme: str, width: int) -> None:
    query = f"period=15m&lang={language}&theme={theme}"
    with opened(browser, site, place, query, viewport={"width": width, "height": 900}) as page:
        drawn(page)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if (language, theme) == ("ko", "light"):
            page.locator("#part-tiles .why").first.click()
            assert violations(page) == []


TOO_WIDE = """() => [...document.querySelectorAll('main *, header *')].filter((one) => {
  if (one.closest('svg, .chips, .seg, #plan, .hidden, .scrub')) return false;
  const box = one.getBoundingClientRect();
  return box.width > 0 && (box.right > innerWidth + 0.5 || box.left < -0.5);
}).map((one) => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("language", ["ko", "en"])
def test_on_the_narrowest_phone_every_figure_is_on_the_screen(
    browser: Browser, site: Site, place: Town, language: str
) -> None:
    with opened(browser, site, place, f"period=15m&lang={language}", viewport={"width": 360, "height": 640}) as page:
        assert page.evaluate(TOO_WIDE) == []
        page.locator("#part-zones td").first.evaluate(
            "one => one.textContent = 'fewer than five of the people'.repeat(3)"
        )
        assert page.evaluate(TOO_WIDE) != []


def test_the_door_opens_by_the_keyboard_and_leaves_nobody_out(browser: Browser, site: Site, place: Town) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(f"{site.url}/manage?period=1h&lang=en")
    assert violations(page) == []
    page.keyboard.type("not it")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    assert violations(page) == []
    page.fill("#password", place.password)
    page.keyboard.press("Enter")
    page.wait_for_selector("#plan")
    assert page.url.endswith("/manage?period=1h&lang=en")
    context.close()


def test_axe_sees_what_we_say_it_does_not_find(browser: Browser, site: Site) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site.url}/manage/login?lang=en")
    page.evaluate(
        "document.querySelector('h1').style.color = '#777'; document.querySelector('h1').style.background = '#888'"
    )
    assert violations(page) == ["color-contrast"]
    context.close()
