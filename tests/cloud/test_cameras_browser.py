"""Calibrating a camera in a real browser: by click, by touch and by the keyboard alone, against a known homography."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.sync_api import Browser, Page, expect

from cloud.store import calibrations, plans
from firmware_sim.camera.optics import optics_of
from tests.cloud.camera_world import CAMERA, Beside, camera, floor, pairs, places, seen
from tests.cloud.entered import session
from tests.cloud.morning import Site, Town, serving, town
from tests.cloud.signed_in import signed_in

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@dataclass(slots=True, kw_only=True)
class Shop:
    """The store, served, with its node beside it."""

    town: Town
    site: Site
    beside: Beside
    token: str

    def begin(self, *, count: int = 0) -> None:
        """A version with so many true pairs; the node is there."""
        self.beside.away = self.beside.silent = False
        with self.town.store.atomic() as connection:
            plans.save(connection, floor(pairs=pairs(count) if count else ()), by="", note="", now_ms=self.town.clock())


@pytest.fixture(name="shop", scope="module")
def _shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with town(tmp_path_factory.mktemp("cameras"), floor=floor()) as place:
        beside = Beside(place)
        with serving(place, beside.room) as site:
            yield Shop(town=place, site=site, beside=beside, token=session(site, place.password))


@contextmanager
def calibrating(
    browser: Browser, shop: Shop, path: str = f"/{CAMERA}?lang=en", *, expected: str | None = None, **look: Any
) -> Iterator[Page]:
    """The page, signed in, in a laptop's window where nothing else is asked."""
    look = {"viewport": {"width": 1280, "height": 900}} | look
    with signed_in(browser, shop.site, shop.token, f"/manage/cameras{path}", expected=expected, **look) as page:
        yield page


def take(page: Page) -> None:
    page.click("#take")
    expect(page.locator("#still")).to_be_visible(timeout=20_000)


def on(page: Page, sheet: str, across: float, down: float, *, touch: bool = False) -> None:
    """Presses a place of a sheet, in shares of it."""
    page.locator(sheet).scroll_into_view_if_needed()
    box = page.locator(sheet).bounding_box()
    assert box
    x, y = box["x"] + across * box["width"], box["y"] + down * box["height"]
    if touch:
        page.touchscreen.tap(x, y)
    else:
        page.mouse.click(x, y)


def pair(page: Page, x: float, y: float, *, touch: bool = False) -> None:
    """The same place of the floor, in the still by the drawn camera's own matrix, and on the plan."""
    u, v = seen(optics_of(camera()), x, y)
    on(page, "#still-box", u / camera().width, v / camera().height, touch=touch)
    on(page, "#floor-box", x / floor().width_m, y / floor().depth_m, touch=touch)


def rows(page: Page) -> list[list[float]]:
    read = "rows => rows.map(row => [...row.querySelectorAll('input')].map(one => Number(one.value)))"
    found: list[list[float]] = page.locator("#pairs tr").evaluate_all(read)
    return found


def by_the_node(page: Page) -> None:
    expect(page.locator("#judge")).to_have_text("Reckoned by the node's own code", timeout=15_000)


def typical(page: Page) -> float:
    return float(page.locator("#typical").inner_text().split()[0])


def test_six_pairs_by_click_err_by_centimetres_and_become_a_version(browser: Browser, shop: Shop) -> None:
    shop.begin()
    with calibrating(browser, shop) as page:
        take(page)
        page.click('[data-mode="add"]')
        for number, (x, y) in enumerate(places(6), start=1):
            if number == 4:
                assert not warped(page)
            pair(page, x, y)
        until(page, lambda: warped(page))  # laid onto the plan
        by_the_node(page)
        assert typical(page) < 15
        found = rows(page)
        assert len(found) == 6
        for (_, _, x, y), (true_x, true_y) in zip(found, places(6), strict=True):
            assert abs(x - true_x) < 0.03
            assert abs(y - true_y) < 0.03
        page.click("#save")
        page.wait_for_url("**said=saved*")
        assert "is saved and on its way" in page.locator(".notes").inner_text()
    with shop.town.store.reading() as connection:
        plan, kept = plans.plan_now(connection), calibrations.last(connection)[CAMERA]
    assert plan is not None
    assert len(plan.cameras[0].pairs) == 6
    assert kept.reckoned == "node"


WARPED = """() => {
  const canvas = document.getElementById('warp'), { width, height } = canvas;
  const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  let drawn = 0;
  for (let at = 3; at < data.length; at += 4) drawn += data[at] > 0;
  return drawn / (width * height);
}"""


def until(page: Page, holds: Callable[[], bool]) -> None:
    for _ in range(100):
        if holds():
            return
        page.wait_for_timeout(100)
    pytest.fail("it never was so")


def warped(page: Page) -> bool:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return float(page.evaluate(WARPED)) > 0.03


def test_the_warp_shows_on_the_plan_what_the_still_shows_there(browser: Browser, shop: Shop) -> None:
    """Pixel by pixel: a place of the plan has the colour of the pixel that sees it."""
    shop.begin(count=6)
    with calibrating(browser, shop) as page:
        take(page)
        by_the_node(page)
        until(page, lambda: warped(page))
        optics = optics_of(camera())
        asked = [[*seen(optics, x, y), x, y] for x, y in places(6)]
        far = page.evaluate(
            """([points, size, floor]) => {
              const read = (id) => { const c = document.getElementById(id); return [c, c.getContext('2d')]; };
              const [still, from] = read('still'), [warp, to] = read('warp');
              const at = (context, canvas, across, down) =>
                context.getImageData(Math.floor(across * canvas.width), Math.floor(down * canvas.height), 1, 1).data;
              return points.map(([u, v, x, y]) => {
                const a = at(from, still, u / size[0], v / size[1]), b = at(to, warp, x / floor[0], y / floor[1]);
                return b[3] ? Math.max(...[0, 1, 2].map((i) => Math.abs(a[i] - b[i]))) : 999;
              });
            }""",
            [asked, [camera().width, camera().height], [floor().width_m, floor().depth_m]],
        )
    assert sum(one < 60 for one in far) >= 5  # a pixel beside an edge may be another colour


def test_the_worst_point_is_named_with_what_it_would_be_without_it(browser: Browser, shop: Shop) -> None:
    shop.begin(count=7)
    with calibrating(browser, shop) as page:
        by_the_node(page)
        assert typical(page) < 1
        wrong = page.locator('#pairs tr:nth-child(5) [name="x"]')
        wrong.fill(str(round(float(wrong.input_value()) + 0.5, 2)))
        by_the_node(page)
        expect(page.locator("#worst")).to_contain_text("Point 5 agrees least")
        words = page.locator("#worst").inner_text()
        assert float(words.rpartition("Without it: ")[2].split()[0]) < 2
        assert "worst" in (page.locator("#pairs tr:nth-child(5)").get_attribute("class") or "")
        assert page.locator("#still-box .pin.worst").inner_text() == "5"


def test_where_the_node_is_not_reached_the_page_reckons_and_says_so(browser: Browser, shop: Shop) -> None:
    shop.begin(count=7)
    shop.beside.away = True
    with calibrating(browser, shop, expected="503") as page:
        expect(page.locator("#judge")).to_contain_text(
            "Reckoned by this page; the node does not answer", timeout=15_000
        )
        assert typical(page) < 1
        wrong = page.locator('#pairs tr:nth-child(5) [name="y"]')
        wrong.fill(str(round(float(wrong.input_value()) + 0.5, 2)))
        expect(page.locator("#worst")).to_contain_text("Point 5 agrees least")
        page.click("#take")
        expect(page.locator("#still-state")).to_contain_text("the broker is away")


def test_the_keyboard_alone_makes_pairs_and_saves_them(browser: Browser, shop: Shop) -> None:
    shop.begin()
    with calibrating(browser, shop) as page:
        keys = page.keyboard
        page.locator("#take").focus()
        keys.press("Enter")
        expect(page.locator("#still")).to_be_visible(timeout=20_000)
        for number, one in enumerate(pairs(4), start=1):
            page.locator("#add").focus()
            keys.press("Enter")
            expect(page.locator("#still-box .pin").nth(number - 1)).to_be_focused()
            walk(page, "u", number, one.u, 1)
            walk(page, "v", number, one.v, 1)
            page.locator("#floor-box .pin").nth(number - 1).focus()
            walk(page, "x", number, one.x, 0.01)
            walk(page, "y", number, one.y, 0.01)
        by_the_node(page)
        until(page, lambda: warped(page))
        expect(page.locator("#lens")).to_be_visible()
        page.locator("#add").focus()
        keys.press("Enter")
        assert len(rows(page)) == 5
        keys.press("Delete")
        assert len(rows(page)) == 4
        page.locator("#save").focus()
        keys.press("Enter")
        page.wait_for_url("**said=saved*")


def walk(page: Page, name: str, number: int, wanted: float, step: float) -> None:
    """Moves the focused pin with the arrows, in strides of a hundred, ten and one."""
    field = page.locator(f'#pairs tr:nth-child({number}) [name="{name}"]')
    back, forth = ("ArrowLeft", "ArrowRight") if name in "ux" else ("ArrowUp", "ArrowDown")
    for keys, stride in (("Control+", 100 * step), ("Shift+", 10 * step), ("", step)):
        for _ in range(round(abs(wanted - float(field.input_value())) / stride)):
            page.keyboard.press(keys + (forth if wanted > float(field.input_value()) else back))
    assert abs(float(field.input_value()) - wanted) <= step


def test_a_finger_adds_pairs_in_the_mode_that_adds_and_in_no_other(browser: Browser, shop: Shop) -> None:
    shop.begin()
    with calibrating(browser, shop, **PHONE) as page:
        take(page)
        on(page, "#still-box", 0.4, 0.7, touch=True)
        on(page, "#floor-box", 0.4, 0.4, touch=True)
        assert rows(page) == []
        page.locator('[data-mode="add"]').tap()
        x, y = places(1)[0]
        pair(page, x, y, touch=True)
        assert len(rows(page)) == 1
        handle = page.locator("#still-box .pin").bounding_box()
        assert handle
        assert min(handle["width"], handle["height"]) >= 44
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_pages_own_homography_is_the_known_one(browser: Browser, shop: Shop) -> None:
    """Hartley's normalised DLT, against the drawn camera's matrix; points on one line have none."""
    shop.begin()
    optics = optics_of(camera())
    true = [[*seen(optics, x, y), x, y] for x, y in places(7)]
    with calibrating(browser, shop) as page:
        told = page.evaluate(
            """async (true_) => {
              const { fit, apply, inverse, judge, heldOut } = await import("cameras/homography");
              const pairs = true_.map(([u, v, x, y]) => ({ u, v, x, y }));
              const matrix = fit(pairs.slice(0, 4)), back = inverse(matrix);
              const line = [0, 1, 2, 3, 4].map((i) => ({ u: 10 * i, v: 20 * i, x: i, y: 2 * i }));
              const bad = pairs.map((pair, at) => (at === 4 ? { ...pair, x: pair.x + 0.5 } : pair));
              const far = (one, x, y) => Math.hypot(one[0] - x, one[1] - y);
              return {
                off: pairs.map((pair) => far(apply(matrix, pair.u, pair.v), pair.x, pair.y)),
                again: pairs.map((pair) => far(apply(back, pair.x, pair.y), pair.u, pair.v)),
                line: fit(line), three: fit(pairs.slice(0, 3)), held: heldOut(pairs), judged: judge(bad),
              };
            }""",
            true,
        )
    assert max(told["off"]) < 1e-6
    assert max(told["again"]) < 1e-4
    assert told["line"] is None
    assert told["three"] is None
    assert max(told["held"]) < 1e-4
    assert told["judged"]["worst"] == 5
    assert told["judged"]["points"][4]["without_cm"] < 1e-3
    assert told["judged"]["points"][4]["error_cm"] > 40


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["ko", "en"])
def test_nobody_is_left_out(browser: Browser, shop: Shop, lang: str, theme: str) -> None:
    shop.begin(count=6)
    for path in ("", f"/{CAMERA}"):
        with calibrating(browser, shop, f"{path}?lang={lang}&theme={theme}") as page:
            if path:
                if (lang, theme) == ("en", "light"):
                    take(page)
                expect(page.locator("#pairs tr")).to_have_count(6)
            found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]})
            assert found.response["violations"] == [], json.dumps(found.response["violations"], indent=1)[:3000]
