"""Drawing the plan in a real browser: with the mouse, with fingers, with the keyboard alone; nothing by accident."""

import pytest
from playwright.sync_api import Browser, expect

from tests.cloud import planner_store
from tests.cloud.morning import Site, Town
from tests.cloud.planner import Planner, planning, saved, violations

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
place, site, fresh = planner_store.place, planner_store.site, planner_store.fresh


def test_a_zone_drawn_corner_by_corner_is_saved_as_a_new_version(browser: Browser, site: Site, place: Town) -> None:
    before = saved(place).version
    with planning(browser, site, place) as it:
        it.tool("zone")
        it.click((2, 2.5), (3.5, 2.5), (3.5, 3.5), (2, 3.5), (2, 2.5))
        assert it.polygon() == [(2, 2.5), (3.5, 2.5), (3.5, 3.5), (2, 3.5)]
        it.kept()
        assert "added" in it.page.locator("#plan-changes").inner_text()
        it.page.click('[data-act="save"]')
        it.page.get_by_role("button", name="Go on drawing").click()
        assert saved(place).version == before
        it.page.click('[data-act="save"]')
        it.page.fill("#plan-note", "The new corner")
        it.press("Enter")
        it.page.wait_for_url("**saved=*")
        assert "The new corner" in it.page.locator(".versions tbody tr").first.inner_text()
    now = saved(place)
    assert now.version == before + 1
    assert now.zones[-1].camera == "cam-a"  # the one that sees it
    corner = now.zones[-1].polygon[0]
    assert (corner.x, corner.y) == (2, 2.5)


def test_a_rectangle_is_dragged_and_a_line_has_two_points(browser: Browser, site: Site, place: Town) -> None:
    with planning(browser, site, place) as it:
        it.tool("shelf")
        it.drag((5, 2.5), (7, 3))
        assert it.polygon() == [(5, 2.5), (7, 2.5), (7, 3), (5, 3)]
        it.tool("line")
        it.click((1, 2), (3, 2))
        assert it.shapes("lines") == 2
        it.page.get_by_role("button", name="Swap in and out").click()
        assert it.polygon() == [(3, 2), (1, 2)]
        it.kept()


def test_a_corner_is_dragged_and_one_more_comes_from_a_sides_middle(browser: Browser, site: Site, place: Town) -> None:
    with planning(browser, site, place) as it:
        it.click((1, 1))
        it.drag((2, 1.5), (3, 2))
        assert it.polygon() == [(0.5, 0.5), (2, 0.5), (3, 2), (0.5, 1.5)]
        it.drag((0.5, 1), (0.2, 1))
        assert it.polygon() == [(0.5, 0.5), (2, 0.5), (3, 2), (0.5, 1.5), (0.2, 1)]
        it.press("Delete")
        assert it.polygon() == [(0.5, 0.5), (2, 0.5), (3, 2), (0.5, 1.5)]


def test_points_snap_to_corners_right_angles_and_the_grid_and_alt_suspends_it(
    browser: Browser, site: Site, place: Town
) -> None:
    with planning(browser, site, place) as it:
        it.tool("zone")
        it.click((2.03, 0.47), (3.512, 0.53), (3.47, 2.23), (2.2, 2.26))  # a corner; along x; two right angles
        it.press("Enter")
        assert it.polygon() == [(2, 0.5), (3.5, 0.5), (3.5, 2.25), (2.2, 2.25)]
        it.tool("zone")
        it.page.keyboard.down("Alt")
        it.click((5.013, 3.017))
        it.page.keyboard.up("Alt")
        typed = it.page.locator(".placed-list li").inner_text()
        assert typed in ("5.01, 3.02 m", "5.02, 3.02 m")
        it.press("Escape")
        it.page.click('[data-act="snap"]')
        it.click((5.013, 3.017))
        assert it.page.locator(".placed-list li").inner_text() == typed


def test_a_hundred_steps_can_be_undone_and_done_again(browser: Browser, site: Site, place: Town) -> None:
    with planning(browser, site, place) as it:
        it.click((1, 1))
        for _ in range(100):
            it.press("ArrowRight")
        assert it.polygon()[0] == (1.5, 0.5)
        for _ in range(100):
            it.press("Control+z")
        assert it.polygon()[0] == (0.5, 0.5)
        it.press("Control+z")
        expect(it.page.locator("#plan-said")).to_contain_text("Nothing to undo")
        for _ in range(5):
            it.press("Control+Shift+z")
        assert it.polygon()[0] == (0.55, 0.5)


def test_a_plan_is_drawn_by_the_keyboard_alone(browser: Browser, site: Site, place: Town) -> None:
    with planning(browser, site, place) as it:
        it.page.locator("#plan-svg").focus()
        it.press("z", "Enter", "Enter")  # the tool, a cursor in the middle, a corner there
        it.press("Control+ArrowRight", "Enter", "Control+ArrowDown", "Shift+ArrowDown", "Enter", "Enter")
        assert it.polygon() == [(4, 2), (5, 2), (5, 3.1)]
        assert it.page.evaluate("document.activeElement.dataset.kind") == "zones"
        it.press("Tab", "Tab", "ArrowLeft", "Shift+ArrowUp")  # its second corner
        assert it.polygon() == [(4, 2), (4.99, 1.9), (5, 3.1)]
        it.press("Insert")
        assert len(it.polygon()) == 4
        it.press("Delete", "Escape", "Enter")
        assert it.page.evaluate("document.activeElement.dataset.name") == "ko"
        it.page.locator("#plan-svg").focus()
        for _ in range(2 + 3 + 2 + 4):  # the cameras, and the zones before it
            it.press("Tab")
        it.kept()


def test_tab_goes_through_every_shape_and_leaves_the_plan(browser: Browser, site: Site, place: Town) -> None:
    with planning(browser, site, place) as it:
        it.page.locator("#plan-svg").focus()
        seen = []
        for _ in range(100):
            it.press("Tab")
            label = it.page.evaluate(
                "document.activeElement.closest('#plan-svg') && document.activeElement.getAttribute('aria-label')"
            )
            if label is None:
                break
            seen.append(label.split(",")[0])
        assert {"Camera cam-a", "Zone Tea", "Zone Cakes", "Shelf Tea", "Line Entrance", "Tag tag-tea"} <= set(seen)
        assert len(seen) == len([label for label in seen if not label.startswith("Corner")]) + 6 + 6 + 4 * 4 + 2
        it.press("Shift+Tab")
        assert it.page.evaluate("document.activeElement.id") == "plan-svg"


def test_fingers_draw_and_take_a_corner_that_they_almost_hit(browser: Browser, site: Site, place: Town) -> None:
    with planning(browser, site, place, look=PHONE) as it:
        it.page.locator('[data-tool="zone"]').tap()
        fingers = it.touch()
        fingers.tap((2, 2.5), (3.5, 2.5), (3.5, 3.5))
        it.page.locator('[data-act="finish"]').tap()
        assert it.polygon() == [(2, 2.5), (3.5, 2.5), (3.5, 3.5)]
        x, y = it.screen((3.5, 3.5))
        far_x, far_y = it.screen((4, 3.5))
        fingers.drag((x + 15, y + 14), (far_x + 15, far_y + 14))  # 20 pixels beside it: within 44 across
        assert it.polygon()[:2] == [(2, 2.5), (3.5, 2.5)]
        assert it.polygon()[2][0] > 3.8


def test_two_fingers_zoom_and_never_add_or_move_a_point(browser: Browser, site: Site, place: Town) -> None:
    with planning(browser, site, place, look=PHONE) as it:
        it.page.locator('[data-tool="zone"]').tap()
        fingers = it.touch()
        x, y = it.screen((3, 2))
        before = it.page.get_attribute("#plan-svg", "viewBox")
        fingers.pinch((x, y), [20, 50, 90, 120])
        assert it.page.get_attribute("#plan-svg", "viewBox") != before
        assert it.page.locator(".placed-list li").count() == 0
        fingers.tap((3, 2))
        expect(it.page.locator(".placed-list li")).to_have_count(1)  # the planted fault: one finger does add
        it.press("Escape", "Escape")
        it.page.locator('[data-act="fit"]').tap()
        fingers.tap((1.2, 1.2))
        corners = it.polygon()
        assert len(corners) == 4
        fingers.pinch(it.screen((1.2, 1.2)), [20, 60, 100])
        assert it.polygon() == corners
        assert it.shapes("zones") == 2


def test_what_is_wrong_is_listed_and_leads_to_its_shape(browser: Browser, site: Site, place: Town) -> None:
    with planning(browser, site, place) as it:
        it.click((1, 1))
        it.page.fill('[data-name="x1"]', "0.2")
        it.page.fill('[data-name="y1"]', "1.8")
        it.press("Enter")
        problem = it.page.locator("#plan-problems .wrong button")
        expect(problem).to_contain_text("Zone Tea crosses itself")
        expect(it.page.locator('[data-act="save"]')).to_have_attribute("aria-disabled", "true")
        it.click((7.5, 3.7))
        expect(it.page.locator(".part.chosen")).to_have_count(0)
        problem.click()
        expect(it.page.locator(".part.chosen")).to_have_attribute("data-id", "tea")


@pytest.mark.parametrize(
    ("language", "theme", "width"),
    [("ko", "light", 390), ("ko", "dark", 1280), ("en", "light", 1280), ("en", "dark", 390)],
)
def test_nobody_is_left_out(browser: Browser, site: Site, place: Town, language: str, theme: str, width: int) -> None:
    look = {"viewport": {"width": width, "height": 900}}
    with planning(browser, site, place, f"lang={language}&theme={theme}", look=look) as it:
        it.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        it.page.locator(".part.zones").first.focus()
        it.page.keyboard.press("ArrowRight")
        it.kept()
        assert violations(it.page) == []
        assert it.page.evaluate("document.documentElement.scrollWidth") <= width
        if (language, theme) == ("en", "light"):
            it.tool("zone")
            assert violations(it.page) == []
            _refused(it)


def _refused(it: Planner) -> None:
    """The gate itself: what axe must not let pass."""
    it.page.evaluate("document.querySelector('#plan-hint').style.color = '#888'")
    it.page.evaluate("document.querySelector('#plan-hint').style.background = '#777'")
    assert violations(it.page) != []
