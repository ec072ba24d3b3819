"""Takes every page of the manager in both languages and themes, on a phone, a laptop and a wall: `make screenshots`."""

import argparse
import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from cloud.web.manage.gate import COOKIE
from cloud.web.manage.shell import PLACES
from tests.conftest import CHROMIUM
from tests.screenshots.store import Opened, opened

SIZES = {"phone": (390, 844), "laptop": (1440, 1024), "wall": (1920, 1080)}
EXTRA = {
    "floor-total": "/manage?mode=total",
    "floor-replay": "/manage?mode=replay&at=17:30",
    "floor-compare": "/manage?mode=compare",
    "floor-cividis": "/manage?mode=total&scheme=cividis",
    "floor-wall": "/manage?wall=1",
}
"""Pages that are no place of their own, but look like one."""
_SETTLED_MS = 1_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture to take."""

    name: str
    path: str
    language: str
    theme: str
    size: str

    @property
    def address(self) -> str:
        """The page's, with how it should look."""
        sign = "&" if "?" in self.path else "?"
        return f"{self.path}{sign}lang={self.language}&theme={self.theme}"

    @property
    def file(self) -> str:
        """Its name in the folder."""
        return f"{self.name}-{self.size}-{self.language}-{self.theme}.png"


def main() -> None:
    """Takes the pictures that were asked for into the folder."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--into", type=Path, default=Path(".screenshots"), help="folder (default: .screenshots)")
    asked.add_argument("--only", default="", help="names that begin like this, such as floor")
    asked.add_argument("--sizes", default=",".join(SIZES), help=f"of {', '.join(SIZES)}")
    asked.add_argument("--days", type=int, default=8, help="days that the store looks back on (default: 8)")
    args = asked.parse_args()
    args.into.mkdir(parents=True, exist_ok=True)
    shots = [shot for shot in wanted(args.sizes.split(",")) if shot.name.startswith(args.only)]
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(Path(folder) / "store", days=args.days) as store,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        taken = sum(take(browser, store, shot, args.into) for shot in shots)
        browser.close()
    print(f"{taken} of {len(shots)} pictures in {args.into}")


def wanted(sizes: list[str]) -> Iterator[Shot]:
    """Every place in every look; of a wall one theme is enough but for the wall's own page."""
    pages = {place.key: place.path for place in PLACES.values()} | EXTRA
    for (name, path), size, language, theme in itertools.product(pages.items(), sizes, ("ko", "en"), ("light", "dark")):
        yield Shot(name=name, path=path, language=language, theme=theme, size=size)


def take(browser: Browser, store: Opened, shot: Shot, into: Path) -> bool:
    """One picture of a whole page; False where no such page is routed."""
    width, height = SIZES[shot.size]
    phone = shot.size == "phone"
    context = browser.new_context(viewport={"width": width, "height": height}, is_mobile=phone, has_touch=phone)
    url = store.url.replace("http:", "https:")
    context.add_cookies([{"name": COOKIE, "value": store.session, "url": url, "secure": True}])
    page = context.new_page()
    answer = page.goto(store.url + shot.address)
    found = answer is not None and answer.status < 400
    if found:
        settle(page)
        page.screenshot(path=into / shot.file, full_page=shot.size == "laptop")
    elif answer is not None and answer.status != 404:
        print(f"{shot.address} answered {answer.status}")
    context.close()
    return found


def settle(page: Page) -> None:
    """Lets a living page load its pictures; it never falls silent by itself."""
    if page.locator("#ticks").count():
        page.wait_for_selector("#ticks li:last-child:not(:empty)", state="attached")
    if page.locator("#at:visible").count() and "replay" in page.url:
        page.wait_for_selector("#at[data-loaded]")
    page.wait_for_timeout(_SETTLED_MS)


if __name__ == "__main__":
    main()
