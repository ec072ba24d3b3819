"""The plan's editor in a real browser, to test with: a page that is signed in, and hands that know metres."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from fastapi import APIRouter
from playwright.sync_api import Browser, CDPSession, Page, expect

from cloud.store import plan_drafts, plans
from cloud.web.manage.desk import Desk
from cloud.web.manage.planning import plan_router
from contract.plan import Plan
from tests.cloud.entered import session
from tests.cloud.morning import Site, Town
from tests.cloud.signed_in import signed_in

Spot = tuple[float, float]

SCREEN = """([x, y]) => {
  const at = new DOMPoint(x, y).matrixTransform(document.getElementById('plan-svg').getScreenCTM());
  return [at.x, at.y];
}"""
NEXT_FRAME = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def room(desk: Desk) -> APIRouter:
    return plan_router(desk, store="daon")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """One open editor."""

    page: Page
    site: Site

    def screen(self, spot: Spot) -> Spot:
        x, y = self.page.evaluate(SCREEN, list(spot))
        return float(x), float(y)

    def tool(self, name: str) -> None:
        self.page.click(f'[data-tool="{name}"]')
        self.page.evaluate(NEXT_FRAME)  # its hint is shown, and the plan where it stays

    def click(self, *spots: Spot) -> None:
        for spot in spots:
            self.page.mouse.click(*self.screen(spot))

    def drag(self, start: Spot, end: Spot) -> None:
        (from_x, from_y), (to_x, to_y) = self.screen(start), self.screen(end)
        self.page.mouse.move(from_x, from_y)
        self.page.mouse.down()
        self.page.mouse.move((from_x + to_x) / 2, (from_y + to_y) / 2)
        self.page.mouse.move(to_x, to_y)
        self.page.mouse.up()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def polygon(self) -> list[Spot]:
        """The corners of the chosen shape, as the fields tell them."""
        self.page.evaluate(NEXT_FRAME)
        rows = self.page.locator(".corners tbody tr")
        read = "rows => rows.map(row => [...row.querySelectorAll('input')].map(one => Number(one.value)))"
        return [(x, y) for x, y in rows.evaluate_all(read)]

    def shapes(self, kind: str) -> int:
        self.page.evaluate(NEXT_FRAME)
        return self.page.locator(f".part.{kind}").count()

    def kept(self) -> None:
        """Waits until the server has the draft."""
        expect(self.page.locator("#plan-status")).to_have_attribute("data-state", "kept")

    def touch(self) -> "Fingers":
        """Fingers, with the plan in the middle of the screen."""
        self.page.locator("#plan-svg").evaluate("one => one.scrollIntoView({block: 'center'})")
        return Fingers(planner=self, session=self.page.context.new_cdp_session(self.page))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingers:
    """Fingers on the glass, as the browser's own input takes them."""

    planner: Planner
    session: CDPSession

    def put(self, kind: str, *pixels: Spot) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(pixels)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def tap(self, *spots: Spot) -> None:
        for spot in spots:
            self.put("touchStart", self.planner.screen(spot))
            self.put("touchEnd")

    def drag(self, start: Spot, end: Spot) -> None:
        """In pixels."""
        self.put("touchStart", start)
        for step in range(1, 5):
            self.put("touchMove", tuple(a + (b - a) * step / 4 for a, b in zip(start, end, strict=True)))  # type: ignore[arg-type]  # two of them
        self.put("touchEnd")

    def pinch(self, middle: Spot, apart: Sequence[float]) -> None:
        """Two fingers, the first a little before the second, `apart` pixels from the middle one after the other."""
        x, y = middle
        self.put("touchStart", (x - apart[0], y))
        self.put("touchStart", (x - apart[0], y), (x + apart[0], y))
        for far in apart[1:]:
            self.put("touchMove", (x - far, y), (x + far, y))
        self.put("touchEnd", (x - apart[-1], y))
        self.put("touchEnd")


@functools.cache
def _session(site: Site, password: str) -> str:
    """A session's token, one for all pages of a site."""
    return session(site, password)


@contextmanager
def planning(
    browser: Browser,
    site: Site,
    place: Town,
    query: str = "lang=en",
    *,
    expected: str | None = None,
    look: Mapping[str, object] = MappingProxyType({}),
) -> Iterator[Planner]:
    """The editor, signed in, in a laptop's window where nothing else is asked."""
    wide = {"viewport": {"width": 1280, "height": 900}, **look}
    token = _session(site, place.password)
    with signed_in(browser, site, token, f"/manage/plan?{query}", expected=expected, **wide) as page:
        if look.get("java_script_enabled", True):
            page.wait_for_selector('#plan-room[data-state="open"], #plan-start:not([hidden])')
        yield Planner(page=page, site=site)


def begin_anew(place: Town, plan: Plan) -> None:
    """The store's plan is this one again, and nobody draws."""
    with place.store.atomic() as connection:
        plan_drafts.drop_draft(connection, "manager")
        plans.take(connection, plan, by="", note="", now_ms=place.clock.now_ms)


def saved(place: Town) -> Plan:
    with place.store.reading() as connection:
        plan = plans.plan_now(connection)
    assert plan is not None
    return plan


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]
