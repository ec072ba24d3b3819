"""The floor in a real browser: its colours tell its values, keys alone drive it, and its first load is small."""

import base64
import json
import secrets
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from cloud.web.pages import STATIC
from contract.messages import CameraHealth, ReaderHealth
from tests.cloud.floor_page import drawn, opened, quarter, until, violations
from tests.cloud.morning import MINUTE, NOON_MS, Site, Town, entries, plan, serving, town, watched

pytestmark = pytest.mark.browser

COLUMNS, ROWS = 32, 16
FIRST_LOAD = 150_000
"""Bytes that may cross the wire, compressed, until the floor's page is drawn."""
WHEEL_STATIC = 1_000_000
"""Bytes of all static files in the wheel."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with quarter(tmp_path_factory.mktemp("floor")) as place:
        yield place


@pytest.fixture(scope="module")
def site(place: Town) -> Iterator[Site]:
    with serving(place) as site:
        yield site


# A known grid, as the server would tell it.


def levels(first: int, last: int) -> bytes:
    """Every level from the first to the last, some twice, cell by cell."""
    return bytes(first + number % (last - first + 1) for number in range(COLUMNS * ROWS))


def told_picture(*, compared: bool) -> dict[str, Any]:
    """A picture of a period whose cells have every level there is; one corner is unseen, one withheld."""
    seen = bytearray([100] * (COLUMNS * ROWS))
    seen[0], seen[1] = 255, 254
    marks = base64.b64encode(bytes(seen)).decode()
    told: dict[str, Any] = {
        "columns": COLUMNS,
        "rows": ROWS,
        "cell_m": 0.25,
        "top": 40.0,
        "unit": "people·s/m²",
        "levels": base64.b64encode(levels(0, 255)).decode(),
        "seen": marks,
        "watching": ["cam-a"],
        "withheld": [],
        "elsewhere": 0,
        "compare": None,
    }
    if compared:
        other = {"top": 16.0, "unit": "people·s/m²", "levels": base64.b64encode(levels(1, 255)).decode(), "seen": marks}
        told["compare"] = other | {
            "kind": "weekday",
            "basis": "days",
            "compared": 1_842,
            "shown": 40,
            "by_chance": 25.0,
        }
    return told


def told_day(*, frames: int = 288, until: int = 288) -> bytes:
    """A day whose frame f begins with level f modulo 254; its last cell is unseen."""
    head = {"metric": "stay", "date": "2026-11-21", "unit": "people·s/m²", "from_ms": NOON_MS - 12 * 60 * MINUTE}
    head |= {"frame_ms": 5 * MINUTE, "frames": frames, "until": until, "columns": COLUMNS, "rows": ROWS, "cell_m": 0.25}
    head |= {
        "top": 40.0,
        "plan_version": 1,
        "cameras": ["cam-a"],
        "withheld": [],
        "k": 5,
        "closed": True,
        "entered": 900,
    }
    text = json.dumps(head).encode()
    text += b" " * (-(len(text) + 8) % 8)
    size, before, cells = COLUMNS * ROWS, bytes(COLUMNS * ROWS), bytearray()
    for frame in range(frames):
        now = bytes((frame + cell) % 254 for cell in range(size - 1)) + b"\xff"
        cells += bytes((one - other) % 256 for one, other in zip(now, before, strict=True))
        before = now
    entered = struct.pack(f"<{frames}H", *(frame % 9 for frame in range(frames)))
    return b"AIF1" + struct.pack("<I", len(text)) + text + entered + bytes([100] * frames) + bytes(cells)


@contextmanager
def known(browser: Browser, site: Site, place: Town, query: str, **look: Any) -> Iterator[Page]:
    """The page, to which the server tells the known grid and the known day."""

    def heat(route: Route) -> None:
        route.fulfill(json=told_picture(compared="compare=" in route.request.url))

    def day(route: Route) -> None:
        route.fulfill(body=told_day(), content_type="application/octet-stream")

    with opened(browser, site, place, "lang=en", **look) as page:
        page.route("**/v1/insight/heat?*", heat)
        page.route("**/v1/insight/day?*", day)
        page.goto(f"{site.url}/manage?{query}")
        drawn(page)
        yield page


READ_BACK = """async (wanted) => {
  const { colours } = await import("manage/colours");
  const canvas = document.getElementById("heat");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const table = colours(wanted);
  const paled = (bytes, at) => [0, 1, 2].map((c) => (bytes[at + c] * bytes[at + 3]) / 255).concat(bytes[at + 3]);
  const known = Array.from({ length: 256 }, (_, level) => paled(table, 4 * level));
  const first = wanted.signed ? 1 : 0;
  return Array.from({ length: data.length / 4 }, (_, cell) => {
    const found = paled(data, 4 * cell);
    let best = 0, least = Infinity;
    for (let level = first; level <= wanted.max; level++) {
      const far = known[level].reduce((sum, value, channel) => sum + (value - found[channel]) ** 2, 0);
      if (far < least) { least = far; best = level; }
    }
    return best;
  });
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_of_a_known_grid_tell_its_values(browser: Browser, site: Site, place: Town, theme: str) -> None:
    usual = {"dark": theme == "dark", "scheme": "usual", "max": 255, "signed": False}
    with known(browser, site, place, f"mode=total&theme={theme}") as page:
        assert furthest(page.evaluate(READ_BACK, usual), levels(0, 255)) <= 1
        misread = page.evaluate(READ_BACK, {**usual, "dark": theme == "light"})
        assert furthest(misread, levels(0, 255)) > 10  # another table does not pass
        page.click("#scheme")
        assert furthest(page.evaluate(READ_BACK, {**usual, "scheme": "cividis"}), levels(0, 255)) <= 1
        page.click("#scheme")
        page.click("#modes a[data-mode=compare]")
        until(page, lambda: page.locator("#ticks li").first.inner_text() == "-16", "the difference was not drawn")
        assert furthest(page.evaluate(READ_BACK, {**usual, "signed": True}), levels(1, 255)) <= 1


def furthest(shown: Sequence[int], truth: bytes) -> int:
    return max(abs(one - other) for one, other in zip(shown, truth, strict=True))


def test_each_frame_of_a_day_is_drawn_as_it_was(browser: Browser, site: Site, place: Town) -> None:
    wanted = {"dark": False, "scheme": "usual", "max": 253, "signed": False}
    with known(browser, site, place, "mode=replay&theme=light&at=11:30&period=2026-11-21") as page:
        for frame in (132, 133, 140):
            page.locator("#at").fill(str(frame))
            page.wait_for_timeout(120)
            truth = bytes((frame + cell) % 254 for cell in range(COLUMNS * ROWS - 1)) + b"\0"
            assert furthest(page.evaluate(READ_BACK, wanted), truth) <= 1
        assert page.locator("#unseen-cells").get_attribute("d") == "M7.75 3.75h0.25v0.25h-0.25z"


def test_what_is_unseen_is_hatched_and_what_is_withheld_has_its_own_mark(
    browser: Browser, site: Site, place: Town
) -> None:
    with known(browser, site, place, "mode=total&lang=en") as page:
        assert page.locator("#unseen-cells").get_attribute("d") == "M0 0h0.25v0.25h-0.25z"
        assert page.locator("#withheld-cells").get_attribute("d") == "M0.25 0h0.25v0.25h-0.25z"
        assert page.locator(".only-few").is_visible()
        assert page.locator("#ticks li").all_inner_texts() == ["0", "10", "20", "30", "40+"]
        assert "people·s/m², today" in page.locator(".legend-what").inner_text()


FLAT_PATCH = """async (level) => {
  const { colours, paint } = await import("manage/colours");
  const canvas = document.getElementById("heat"), table = colours({ dark: false, max: 255 });
  document.querySelector("#plan > svg").style.visibility = "hidden";
  paint(canvas, new Uint8Array(canvas.width * canvas.height).fill(level), canvas.width, table);
  const share = table[4 * level + 3] / 255;
  const floor = getComputedStyle(document.getElementById("plan")).backgroundColor.match(/\\d+/g).map(Number);
  return [0, 1, 2].map((channel) => table[4 * level + channel] * share + floor[channel] * (1 - share));
}"""
MIDDLE_PIXEL = """async (png) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  return [...context.getImageData(image.width >> 1, image.height >> 1, 1, 1).data].slice(0, 3);
}"""


def test_a_patch_on_the_screen_has_the_colour_of_its_value(browser: Browser, site: Site, place: Town) -> None:
    with known(browser, site, place, "mode=total&theme=light") as page:
        for level in (30, 140, 250):
            wanted = page.evaluate(FLAT_PATCH, level)
            picture = base64.b64encode(page.locator("#heat").screenshot()).decode()
            shown = page.evaluate(MIDDLE_PIXEL, picture)
            assert all(abs(one - other) <= 2 for one, other in zip(shown, wanted, strict=True)), (shown, wanted)


LIGHTNESS = """async ([source, wanted, floor]) => {
  const { colours } = await import("data:text/javascript;base64," + source);
  const table = colours(wanted);
  return Array.from({ length: 256 }, (_, level) => {
    const share = table[4 * level + 3] / 255;
    const linear = (channel) => {
      const value = (table[4 * level + channel] * share + floor * (1 - share)) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    };
    const light = 0.2126 * linear(0) + 0.7152 * linear(1) + 0.0722 * linear(2);
    return light > 0.008856 ? 116 * Math.cbrt(light) - 16 : 903.3 * light;
  });
}"""


@pytest.mark.parametrize(("dark", "floor"), [(False, 250), (True, 18)], ids=["light", "dark"])
@pytest.mark.parametrize("scheme", ["usual", "cividis", "signed"])
def test_more_is_always_darker_on_light_and_lighter_on_dark(
    browser: Browser, scheme: str, dark: bool, floor: int
) -> None:
    source = base64.b64encode((STATIC / "manage/floor/colours.js").read_bytes()).decode()
    wanted = {"dark": dark, "scheme": scheme, "max": 255, "signed": scheme == "signed"}
    page = browser.new_page()
    lights = page.evaluate(LIGHTNESS, [source, wanted, floor])
    page.close()
    arms = [lights[128::8], lights[128:0:-8]] if scheme == "signed" else [lights[::8]]
    for arm in arms:
        assert arm == sorted(arm, reverse=not dark)
        assert min(abs(one - other) for one, other in pairwise(arm)) > 0.3


# What is asked of keys.


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_keys_alone_choose_the_period_the_metric_the_time_and_the_zoom(
    browser: Browser, site: Site, place: Town
) -> None:
    with known(browser, site, place, "lang=en&mode=total") as page:
        page.locator("#metrics a[data-metric=taps]").focus()
        press(page, "Enter")
        until(page, lambda: "metric=taps" in page.url, "the metric is not in the address")
        assert page.locator("#legend-name").inner_text() == "Taps"
        page.locator("#modes a[data-mode=replay]").focus()
        press(page, "Enter")
        until(page, lambda: page.locator("#at-text").is_visible(), "no time of the replay")
        page.locator("#at").focus()
        before = page.locator("#at-text").inner_text()
        press(page, "ArrowLeft", "ArrowLeft")
        until(page, lambda: page.locator("#at-text").inner_text() != before, "the slider did not move")
        assert "at=" in page.url
        page.locator("#play").focus()
        press(page, "Enter")
        assert page.locator("#play").get_attribute("aria-pressed") == "true"
        press(page, "Enter")
        whole = page.locator("#plan svg").first.get_attribute("viewBox")
        page.locator("#plan").focus()
        press(page, "+", "+", "ArrowRight")
        assert page.locator("#plan > svg").get_attribute("viewBox") != whole
        top = page.locator("#ticks").inner_text()
        press(page, "0")
        assert page.locator("#plan > svg").get_attribute("viewBox") == whole
        assert page.locator("#ticks").inner_text() == top  # no zoom changes the scale
        page.locator(".pick summary").first.focus()
        press(page, "Enter", "Tab", "Tab", "Enter")
        until(page, lambda: "period=1h" in page.url, "the period was not chosen")
        assert "mode=replay" in page.url
        assert "metric=taps" in page.url


def test_a_zone_tells_its_figures_to_the_keyboard_and_the_way_back_leads_back(
    browser: Browser, site: Site, place: Town
) -> None:
    with known(browser, site, place, "lang=en&mode=total") as page:
        page.locator("a[data-zone=tea]").focus()
        assert page.locator("#reading").is_visible()
        assert "Tea" in page.locator("#reading").inner_text()
        assert "people·s/m²" in page.locator("#reading").inner_text()
        press(page, "Escape")
        assert not page.locator("#reading").is_visible()
        page.click("#modes a[data-mode=compare]")
        until(page, lambda: "by chance" in page.locator("#legend-note").inner_text(), "the difference says nothing")
        assert "40 of 1,842 places" in page.locator("#legend-note").inner_text()
        page.go_back()
        until(page, lambda: page.locator("#floor").get_attribute("data-mode") == "total", "no way back")


def test_a_camera_that_is_lost_is_named_on_its_own_floor(browser: Browser, site: Site, place: Town) -> None:
    place.node("left").well(cameras={"cam-a": CameraHealth(ok=False, reason="dark")})
    try:
        with known(browser, site, place, "lang=en&mode=total") as page:
            mark, floor = page.locator(".lost"), page.locator("#plan > svg").bounding_box()
            assert " ".join(mark.inner_text().split()) == "Camera cam-a lost values missing since 12:00"
            box = mark.bounding_box()
            assert box
            assert floor
            assert (
                floor["x"] < box["x"] + box["width"] / 2 < floor["x"] + floor["width"] / 2
            )  # the left half is its own
    finally:
        place.node("left").well(cameras={"cam-a": CameraHealth(ok=True)}, readers={"tea-reader": ReaderHealth(ok=True)})


TOO_SMALL = """[...document.querySelectorAll(".rail a, .rail button, .bar a, .bar summary, .seg a, .seg span, #play")]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML)"""


@pytest.mark.parametrize(
    ("language", "theme", "width", "mode"),
    [
        ("ko", "light", 390, "replay"),
        ("ko", "dark", 1280, "compare"),
        ("en", "light", 1280, "replay"),
        ("en", "dark", 390, "total"),
    ],
)
def test_every_mode_is_for_everybody(
    browser: Browser, site: Site, place: Town, language: str, theme: str, width: int, mode: str
) -> None:
    query = f"lang={language}&theme={theme}&mode={mode}"
    with known(browser, site, place, query, viewport={"width": width, "height": 900}) as page:
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if width == 390:
            page.click("[popovertarget=places]")
            assert violations(page) == []
            assert page.evaluate(TOO_SMALL) == []


def test_on_the_wall_there_are_figures_and_nothing_to_press_by_mistake(
    browser: Browser, site: Site, place: Town
) -> None:
    with known(browser, site, place, "lang=ko&mode=total&wall=1", viewport={"width": 1920, "height": 1080}) as page:
        assert not page.locator(".rail").is_visible()
        assert not page.locator("#zoom-in").is_visible()
        assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.value')).fontSize)") > 40
        assert page.evaluate("document.documentElement.scrollHeight") <= 1080
        tall = page.evaluate("document.querySelector('#plan > svg').getBoundingClientRect().height")
        assert tall > 400  # the plan is what the wall is for, whatever else stands on the page
        page.evaluate("document.getElementById('live').dataset.version = 'older'")
        with page.expect_navigation():
            page.evaluate("document.getElementById('refresh').dispatchEvent(new CustomEvent('aisle:figures'))")


def test_several_days_are_one_line_and_a_table_of_the_same(browser: Browser, site: Site, place: Town) -> None:
    today = date(2026, 11, 21).toordinal()
    with place.store.atomic() as connection:
        for back, count in ((3, 40), (2, 3), (1, 55)):
            row = (today - back, 0, 0, 0, 600, 1200, 1, 0, 0, 0.0)
            connection.execute(f"INSERT INTO days VALUES ({', '.join('?' * len(row))})", row)
            connection.execute("INSERT INTO day_lines VALUES (?, 'door', ?, 0)", (today - back, count))
    with known(browser, site, place, "lang=en&mode=total&period=7d&compare=none") as page:
        assert page.locator(".series canvas").is_visible()
        page.click(".as-table summary")
        cells = page.locator("table[data-series] td").all_inner_texts()
        assert cells[-4:] == ["40", "fewer than 5", "55", "fewer than 5"]
        assert set(cells[:-4]) == {"–"}
        assert violations(page) == []


DRAWN_GREEN = """() => {
  const canvas = document.querySelector(".series canvas");
  const wanted = getComputedStyle(document.documentElement).getPropertyValue("--green").match(/[0-9a-f]{2}/gi);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let at = 0; at < data.length; at += 4)
    found += data[at + 3] > 200 && wanted.every((byte, c) => Math.abs(data[at + c] - parseInt(byte, 16)) < 12) ? 1 : 0;
  return found;
}"""


@pytest.mark.parametrize("whole_days", [0, 1])
def test_a_store_of_one_day_or_two_sees_what_there_is_of_its_days(
    tmp_path: Path, browser: Browser, whole_days: int
) -> None:
    yesterday = date(2026, 11, 20).toordinal()
    with town(tmp_path, floor=plan()) as place:
        place.node("left").tell(
            [*watched(["tea"], ["cam-a"], minutes=range(-60, 0)), *entries(12, at=NOON_MS - MINUTE)]
        )
        with place.store.atomic() as connection:
            for _ in range(whole_days):
                connection.execute("INSERT INTO days VALUES (?, 0, 0, 0, 600, 1200, 1, 0, 0, 0)", (yesterday,))
                connection.execute("INSERT INTO day_lines VALUES (?, 'door', 55, 0)", (yesterday,))
        with (
            serving(place) as site,
            opened(browser, site, place, "lang=en&mode=total&period=7d&compare=none") as page,
        ):
            page.locator(".series canvas").wait_for()
            until(page, lambda: page.evaluate(DRAWN_GREEN) > 40, "a mark for each day that there is")
            page.click(".as-table summary")
            said = page.locator("table[data-series] tbody tr").all_inner_texts()
    assert said[-1].split() == ["2026-11-21", "so", "far", "12"]
    assert said[-2].split() == ["2026-11-20", "55" if whole_days else "–"]


def test_where_nothing_was_counted_there_is_no_empty_chart(tmp_path: Path, browser: Browser) -> None:
    with (
        town(tmp_path, floor=plan()) as place,
        serving(place) as site,
        opened(browser, site, place, "lang=en&mode=total&period=7d&compare=none") as page,
    ):
        assert page.locator("#plan").is_visible()
        assert page.locator("table[data-series]").count() == 0


# What the first load costs.


def weight(browser: Browser, site: Site, place: Town, planted: bytes = b"") -> int:
    """Bytes over the wire until the page is drawn, as the browser counts them; `planted` takes the icons' place."""
    with opened(browser, site, place, "lang=en") as page:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        sizes: list[int] = []
        session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
        if planted:
            page.route("**/icons.svg*", lambda route: route.fulfill(body=planted, content_type="image/svg+xml"))
        page.goto(f"{site.url}/manage?lang=en&mode=total&period=15m")
        drawn(page)
        page.wait_for_timeout(300)
        return sum(sizes)


def test_the_first_load_is_small_and_a_big_file_would_be_noticed(browser: Browser, site: Site, place: Town) -> None:
    assert 20_000 < weight(browser, site, place) <= FIRST_LOAD
    assert weight(browser, site, place, secrets.token_bytes(200_000)) > FIRST_LOAD


def test_all_static_files_fit_the_wheel(tmp_path: Path) -> None:
    assert size_of(STATIC) <= WHEEL_STATIC
    (tmp_path / "big.bin").write_bytes(bytes(WHEEL_STATIC + 1))
    assert size_of(tmp_path) > WHEEL_STATIC


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_what_is_vendored_evaluates_nothing_and_comes_with_its_licence() -> None:
    vendor = STATIC / "manage/vendor"
    notice = (Path(__file__).parents[2] / "NOTICE").read_text(encoding="utf-8")
    for script in vendor.glob("*.js"):
        assert (vendor / f"{script.name.split('.')[0]}-LICENSE.txt").is_file()
        assert script.name in notice
    for template in (STATIC.parent / "templates/manage").rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert "hx-on" not in text, template
        assert "js:" not in text, template
        assert " style=" not in text, template
