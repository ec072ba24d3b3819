"""The page's budget: what opens at once stays small, and nobody else is asked for anything."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import brotli  # type: ignore[import-untyped]  # it has no types
import httpx
import pytest

from tests.cloud.served import Served
from tests.cloud.shop import TEA
from tests.cloud.stocked import serving

PAGE, EVERYTHING, SCRIPT = 11_000, 40_000, 3_000
"""Bytes compressed: the page itself, with all that it loads, and its script."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What a page costs a phone."""

    page: int
    everything: int
    script: int
    strangers: tuple[str, ...]
    fonts: int

    @property
    def within(self) -> bool:
        """Whether it keeps to the budget."""
        light = self.page <= PAGE and self.everything <= EVERYTHING and self.script <= SCRIPT
        return light and not self.strangers and not self.fonts


class _Parts(HTMLParser):
    """What a page loads by itself, before anybody presses anything."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.connected: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        loads = {"img": "src", "script": "src", "iframe": "src", "source": "src", "video": "src"}
        if tag in loads and given.get(loads[tag]):
            self.loaded.append(given[loads[tag]])
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload", "modulepreload"):
            self.loaded.append(given["href"])
        if tag == "link" and given.get("rel") in ("preconnect", "dns-prefetch"):
            self.connected.append(given["href"])


def weigh(body: str, client: httpx.Client) -> Weight:
    """A page with all that it loads, each as it goes over the wire."""
    parts = _Parts()
    parts.feed(body)
    base = str(client.base_url)
    addresses = {urljoin(base, each) for each in parts.loaded if not each.startswith("data:")}
    own: list[str] = []
    strangers = [*parts.connected]
    for address in sorted(addresses):
        (own if urlsplit(address).netloc == urlsplit(base).netloc else strangers).append(address)
    page = len(gzip.compress(body.encode(), 6))
    loaded = 0
    for address in own:
        answer = client.get(address)
        assert answer.status_code == 200, address
        packed = "content-encoding" in answer.headers
        loaded += len(gzip.compress(answer.content, 5)) if packed else len(answer.content)
    scripts = re.findall(r"<script(?![^>]*ld\+json)[^>]*>(.*?)</script>", body, re.DOTALL)
    return Weight(
        page=page,
        everything=page + loaded,
        script=len(gzip.compress("".join(scripts).encode(), 6)),
        strangers=tuple(strangers),
        fonts=body.count("@font-face"),
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("budget")) as (site, _):
        yield site


def pages(site: Served, language: str) -> dict[str, str]:
    """The page as somebody new sees it, and as one who is known sees it with everything on it."""
    with site.shop.store.atomic() as connection:
        minute = site.shop.clock.now_ms // 60_000 * 60_000
        stay = "INSERT OR REPLACE INTO occupancy_sums VALUES (60000, 'tea', ?, 60000, 60000, 9000, 1)"
        connection.execute(stay, (minute,))
    with site.client() as client:
        fresh = client.get(f"/01/{TEA}?{site.shop.chip.query()}&lang={language}").headers["location"]
        new = client.get(fresh).text
    with site.client(site.enrol("history", "offers", "card")) as client:
        client.post("/me/wish", data={"gtin": TEA})
        client.post("/request", data={"gtin": TEA, "kind": "bring"})
        link = client.get(f"/01/{TEA}?{site.shop.chip.query()}&lang={language}").headers["location"]
        return {"new": new, "known": client.get(link).text}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_page_with_everything_on_it_keeps_to_the_budget(site: Served, language: str) -> None:
    for who, body in pages(site, language).items():
        for there in ('id="reviews"', 'id="points"', 'id="choices"', "ld+json", 'class="rail"', 'class="sizes"'):
            assert there in body, (who, there)
        with site.client() as client:
            weight = weigh(body, client)
        assert weight.within, (who, weight)
        assert len(brotli.compress(body.encode(), quality=5)) <= PAGE
    assert 'id="offer"' in pages(site, language)["known"]


def test_what_goes_over_the_wire_is_no_more_than_what_is_counted(site: Served) -> None:
    with site.client() as client, client.stream("GET", f"/01/{TEA}?lang=ko") as answer:
        sent = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
    assert len(sent) <= PAGE
    assert b"<html lang" in gzip.decompress(sent)


PLANTED = {
    "another's image": '<img src="https://cdn.example/x.png" alt="">',
    "another's script": '<script src="//cdn.example/a.js"></script>',
    "a connection to another": '<link rel="preconnect" href="https://fonts.example">',
    "a web font": "<style>@font-face{font-family:x;src:url(/x.woff2)}</style>",
    "a heavy page": f"<p>{'%d ' * 9_000 % tuple(range(9_000))}</p>",
    "a heavy script": f"<script>{';'.join(f'a{n}={n * 7919}' for n in range(1_500))}</script>",
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_breaks_the_budget(site: Served, fault: str) -> None:
    body = pages(site, "ko")["new"]
    with site.client() as client:
        assert weigh(body, client).within
        assert not weigh(body.replace("</main>", PLANTED[fault] + "</main>"), client).within


def test_heavy_pictures_break_it_too() -> None:
    assert not Weight(page=9_000, everything=EVERYTHING + 1, script=0, strangers=(), fonts=0).within
