"""What a product's page costs the server beside a bare "hello", and the shopper beside a blank page.

    python -m tests.bench.bench_page [SECONDS]

Server: one keep-alive connection asks for one page after the other, in turns with a connection to a bare Starlette
"hello" of the same server program, in one process of their own; `ratio` is the median of the turns' (median time of a
page ÷ median time of a hello) for the page of a signed tap, as every shopper sees it first. The page without a tap and
that of a known shopper (which reads and writes what is theirs) stand beside it.

Shopper: Chromium, cold cache and cold connection (TCP, TLS 1.3), phone of 390×844, CPU 4× slower, 150 ms round trips,
1.6/0.75 Mbit/s (tests/bench/slow_link.py); `name_visible_ratio` is the median time until the product's name is painted
÷ the median first paint of a page that holds one word, in turns. It is left out where there is no Chromium. Prints one
JSON object on its last line.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from cloud import server
from tests.bench.slow_link import slow_https
from tests.cloud.shop import TEA
from tests.cloud.stocked import stocked
from tests.conftest import CHROMIUM
from tests.programs import program

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TURNS = 40
ROUNDS = 9
SERVE = "serve"
PHONE = {"width": 390, "height": 844}
PAINTED = "window.namePainted ?? null"
FIRST = "performance.getEntriesByName('first-contentful-paint').map((e) => e.startTime)[0] ?? null"
BLANK = (
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=width=device-width><title>.</title>."
)


async def hello(_: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def blank(_: Request) -> HTMLResponse:
    return HTMLResponse(BLANK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the serving process says of itself."""

    page: int  # ports
    bare: int
    slow_page: int  # the same two at the far end of a slow link, with TLS
    slow_bare: int
    links: tuple[str, ...]  # of genuine taps, each for one visit


async def serve() -> None:
    """Both servers; prints their ports and some links of taps."""
    with tempfile.TemporaryDirectory() as directory, stocked(Path(directory), asyncio.get_running_loop()) as made:
        bare = Starlette(routes=[Route("/", hello), Route("/blank", blank)])
        listeners = server.listen("127.0.0.1", 0), server.listen("127.0.0.1", 0)
        taps = [f"/01/{TEA}?{made.shop.chip.query()}&lang=ko" for _ in range(ROUNDS + 5)]
        ports = [listener.getsockname()[1] for listener in listeners]
        async with slow_https(ports[0]) as slow_page, slow_https(ports[1]) as slow_bare:
            print(*ports, slow_page, slow_bare, *taps, flush=True)
            await asyncio.gather(
                server.WebServer(made.shop.app, made.shop.services.bus.close).serve(sockets=[listeners[0]]),
                server.WebServer(bare, lambda: None).serve(sockets=[listeners[1]]),
            )


def timed(connection: HTTPConnection, path: str, seconds: float, cookie: str = "") -> list[float]:
    """The seconds of each request, one after the other."""
    times, end = [], time.perf_counter() + seconds
    while (start := time.perf_counter()) < end:
        fetched(connection, path, cookie)
        times.append(time.perf_counter() - start)
    return times


def fetched(connection: HTTPConnection, path: str, cookie: str = "") -> bytes:
    connection.request("GET", path, headers={"accept-encoding": "gzip", **({"cookie": cookie} if cookie else {})})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, (answer.status, path)
    return body


def visit(connection: HTTPConnection, tap: str) -> str:
    """The clean link behind a tap."""
    connection.request("GET", tap)
    answer = connection.getresponse()
    answer.read()
    return answer.headers["location"]


def known(port: int, link: str) -> str:
    """The cookie of a shopper who agreed to share taps, on this visit's page."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    token = link.partition("visit=")[2].partition("&")[0]
    body = f"visit={token}&purpose=history&purpose=offers&lang=ko"
    connection.request("POST", "/me/begin", body, {"content-type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    answer.read()
    return answer.headers["set-cookie"].partition(";")[0]


def server_part(told: Told, seconds: float) -> dict[str, float]:
    page = HTTPConnection("127.0.0.1", told.page, timeout=10)
    bare = HTTPConnection("127.0.0.1", told.bare, timeout=10)
    tapped = visit(page, told.links[0])
    cookie = known(told.page, visit(page, told.links[1]))
    kinds = {"ratio": (tapped, ""), "untapped_ratio": (f"/01/{TEA}?lang=ko", ""), "known_ratio": (tapped, cookie)}
    for path, whose in kinds.values():
        timed(page, path, 0.2, whose)
    turn = seconds / TURNS / 4
    rounds: dict[str, list[float]] = {name: [] for name in kinds}
    pages: list[float] = []
    for _ in range(TURNS):
        hellos = statistics.median(timed(bare, "/", turn))
        for name, (path, whose) in kinds.items():
            times = timed(page, path, turn, whose)
            rounds[name].append(statistics.median(times) / hellos)
            pages.extend(times if name == "ratio" else ())
    pages.sort()
    return {
        **{name: round(statistics.median(ratios), 2) for name, ratios in rounds.items()},
        "pages_per_s": round(len(pages) / sum(pages)),
        "p50_ms": round(pages[len(pages) // 2] * 1000, 2),
        "p99_ms": round(pages[len(pages) * 99 // 100] * 1000, 2),
        "bytes_gzip": len(fetched(page, tapped)),
        "known_bytes_gzip": len(fetched(page, tapped, cookie)),
    }


def shopper_part(told: Told) -> dict[str, float]:
    """The name's paint beside a blank page's first paint, in turns."""
    if not CHROMIUM.exists():
        return {}
    from playwright.sync_api import sync_playwright

    connection = HTTPConnection("127.0.0.1", told.page, timeout=10)
    links = [visit(connection, tap) for tap in told.links[2 : 3 + ROUNDS]]
    names, blanks = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for link in links:
            blanks.append(painted(browser, f"https://localhost:{told.slow_bare}/blank", FIRST))
            names.append(painted(browser, f"https://localhost:{told.slow_page}{link}", PAINTED))
        browser.close()
    # The first of each warms the browser up.
    name, empty = statistics.median(names[1:]), statistics.median(blanks[1:])
    return {
        "name_visible_ratio": round(name / empty, 2),
        "name_visible_ms": round(name),
        "blank_ms": round(empty),
    }


def painted(browser: "Browser", address: str, asked: str) -> float:
    """When it was painted, in ms from the beginning of the navigation, on a slow phone with nothing cached."""
    # The certificate is a day old and nobody's.
    context = browser.new_context(viewport=PHONE, device_scale_factor=3, ignore_https_errors=True)  # type: ignore[arg-type]  # a size
    page = context.new_page()
    # Element timing tells when the element that carries this attribute was painted.
    page.add_init_script(
        """new MutationObserver((_, watching) => {
          const name = document.querySelector('h1');
          if (name) { name.setAttribute('elementtiming', 'name'); watching.disconnect(); }
        }).observe(document, {childList: true, subtree: true});
        new PerformanceObserver((list) => {
          window.namePainted ??= list.getEntries()[0].renderTime;
        }).observe({type: 'element', buffered: true});"""
    )
    devtools = context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    try:
        page.goto(address)
        deadline = time.monotonic() + 10
        while (when := page.evaluate(asked)) is None:
            assert time.monotonic() < deadline, address
            page.wait_for_timeout(50)
        return float(when)
    finally:
        context.close()


def main() -> None:
    if sys.argv[1:] == [SERVE]:
        server.run(serve)
        return
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 8.0
    own_command = [sys.executable, "-m", "tests.bench.bench_page", SERVE]
    with program(*own_command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        page, bare, slow_page, slow_bare, *links = process.stdout.readline().split()
        told = Told(
            page=int(page), bare=int(bare), slow_page=int(slow_page), slow_bare=int(slow_bare), links=tuple(links)
        )
        print(json.dumps({"bench": "page", **server_part(told, seconds), **shopper_part(told)}))


if __name__ == "__main__":
    main()
