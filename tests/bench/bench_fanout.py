"""One event to thousands of open pages, beside bare ASGI writes of the same bytes by the same server.

    python -m tests.bench.bench_fanout [PAGES]

One process serves both: the cloud's whole application, whose pages all belong to one shopper, and an application that
does nothing but keep each page's `send` and call it. In turns one event goes to all pages of each; the time ends when
the last of them has it. Prints one JSON object on its last line; `ratio` is the median of the cloud ÷ the median of
the bare writes (aim: at most 2), `cpu_ratio` the same by the server's own time on the processor, `bytes_a_page` what
an open page costs the process (resident, aim: at most 15 KiB), `left` what is open after all pages were reset.
"""

import asyncio
import json
import os
import selectors
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from cloud import server
from cloud.shop.hub import PushedEvent
from cloud.shop.tokens import digest
from cloud.store import shoppers
from cloud.web.stream import Streams
from tests.cloud.shop import Shop, opened
from tests.programs import program

SERVE = "serve"
TOKEN = "t" * 22
EVENT = PushedEvent(kind="tap", data=json.dumps({"name": "제주 유기농 녹차 우전 100 g", "price": 12_800}), id=7)
WIRE = f"id: 7\nevent: tap\ndata: {EVENT.data}\n\n".encode()
ASK = f"""GET /me/stream?after=0 HTTP/1.1
Host: localhost
Connection: keep-alive
User-Agent: Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36
Accept: text/event-stream
Cache-Control: no-store
Sec-Fetch-Site: same-origin
Sec-Fetch-Mode: cors
Sec-Fetch-Dest: empty
Referer: https://localhost/01/09520000000011?lang=ko
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: ko-KR,ko;q=0.9,en;q=0.8
Cookie: __Host-aisle={TOKEN}

""".replace("\n", "\r\n").encode()  # as a phone asks
ROUNDS = 21
WARM = 3


class Bare:
    """The least that could be: each page's `send`, called with the same bytes."""

    def __init__(self) -> None:
        self.pages: set[Send] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"retry: 2000\n\n", "more_body": True})
        self.pages.add(send)
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self.pages.discard(send)

    async def publish(self) -> None:
        for send in self.pages:
            await send({"type": "http.response.body", "body": WIRE, "more_body": True})


def usage() -> dict[str, float]:
    """What this process uses."""
    return {
        "bytes": int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"),
        "cpu": time.process_time(),
        "sockets": sum(1 for each in Path("/proc/self/fd").iterdir() if _leads_to(each).startswith("socket:")),
    }


def _leads_to(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:  # closed in the meantime
        return ""


def control(shop: Shop, bare: Bare, person: int) -> Starlette:
    """Publishes at the bench's word, and tells what the process uses."""

    async def own(_: Request) -> JSONResponse:
        shop.services.hub.publish(person, EVENT)
        return JSONResponse(None)

    async def least(_: Request) -> JSONResponse:
        await bare.publish()
        return JSONResponse(None)

    async def state(_: Request) -> JSONResponse:
        found = usage()
        return JSONResponse(
            {**found, "own": shop.services.hub.open, "bare": len(bare.pages), "tasks": len(asyncio.all_tasks())}
        )

    return Starlette(routes=[Route("/own", own), Route("/bare", least), Route("/", state)])


async def serve() -> None:
    """The servers; prints their ports."""
    with tempfile.TemporaryDirectory() as directory, opened(Path(directory), loop=asyncio.get_running_loop()) as shop:
        with shop.store.atomic() as connection:
            profile = shoppers.begin(connection, handle="bench", language="ko", now_ms=shop.clock())
            shoppers.add_device(connection, digest=digest(TOKEN), profile_id=profile, now_ms=shop.clock())
        bare = Bare()
        applications: tuple[server.Application, ...] = Streams(shop.app), bare, control(shop, bare, profile)
        listeners = [server.listen("127.0.0.1", 0) for _ in applications]
        print(*(listener.getsockname()[1] for listener in listeners), flush=True)
        await asyncio.gather(
            *(
                server.WebServer(application, shop.services.bus.close).serve(sockets=[listener])
                for application, listener in zip(applications, listeners, strict=True)
            )
        )


class Crowd:
    """So many open pages of one server."""

    def __init__(self, port: int, count: int) -> None:
        self._port = port
        self._selector = selectors.DefaultSelector()
        self.pages: list[socket.socket] = []
        self.grow(count)

    def grow(self, count: int) -> None:
        """So many more."""
        for _ in range(count):
            page = socket.create_connection(("127.0.0.1", self._port), timeout=30)
            page.sendall(ASK)
            seen = b""
            while b"retry: 2000\n\n" not in seen:
                data = page.recv(4096)
                assert data, seen
                seen += data
            page.setblocking(False)
            self._selector.register(page, selectors.EVENT_READ, bytearray())
            self.pages.append(page)

    def hear(self) -> None:
        """Until every page has the event once more. Raises TimeoutError."""
        missing = len(self.pages)
        while missing:
            ready = self._selector.select(30)
            if not ready:
                raise TimeoutError(f"{missing} pages heard nothing")
            for key, _ in ready:
                assert isinstance(key.fileobj, socket.socket)
                seen: bytearray = key.data
                seen += key.fileobj.recv(65536)
                end = seen.find(WIRE)
                if end >= 0:
                    del seen[: end + len(WIRE)]
                    missing -= 1

    def reset(self) -> None:
        """All hang up at once, by RST."""
        for page in self.pages:
            page.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            page.close()
        self._selector.close()


@dataclass(frozen=True, slots=True)
class State:
    bytes: int
    cpu: float
    own: int
    bare: int
    sockets: int
    tasks: int


class Controls:
    def __init__(self, port: int) -> None:
        self._line = HTTPConnection("127.0.0.1", port, timeout=60)

    def close(self) -> None:
        self._line.close()

    def ask(self, path: str) -> object:
        self._line.request("GET", path)
        return json.loads(self._line.getresponse().read())

    def state(self) -> State:
        found = self.ask("/")
        assert isinstance(found, dict)
        return State(**found)

    def settled(self, true: Callable[[State], bool]) -> State:
        deadline = time.monotonic() + 30
        while not true(found := self.state()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return found


def fan_out(controls: Controls, name: str, crowd: Crowd) -> tuple[float, float]:
    """Milliseconds from the word to the last page, and those of the server's processor."""
    before, start = controls.state().cpu, time.perf_counter()
    controls.ask(f"/{name}")
    crowd.hear()
    took = time.perf_counter() - start
    return took * 1000, (controls.state().cpu - before) * 1000


def main() -> None:
    if sys.argv[1:] == [SERVE]:
        server.run(serve)
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    with program(sys.executable, "-m", "tests.bench.bench_fanout", SERVE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        own_port, bare_port, control_port = map(int, process.stdout.readline().split())
        measure(count, own_port, bare_port, Controls(control_port))


def measure(count: int, own_port: int, bare_port: int, controls: Controls) -> None:
    warm = Crowd(own_port, 200)
    warm.reset()
    empty = controls.settled(lambda state: state.own == 0)
    # The first half takes what the pages before it left; the price of a page is the second half's.
    crowds = own, bare = Crowd(own_port, count // 2), Crowd(bare_port, count // 2)
    half = controls.settled(lambda state: state.own == state.bare == count // 2)
    own.grow(count - count // 2)
    full = controls.settled(lambda state: state.own == count)
    bare.grow(count - count // 2)
    both = controls.settled(lambda state: state.bare == count)
    rounds = [(fan_out(controls, "own", own), fan_out(controls, "bare", bare)) for _ in range(ROUNDS)][WARM:]
    for crowd in crowds:
        crowd.reset()
    left = controls.settled(lambda state: state.own + state.bare == 0 and state.sockets <= empty.sockets)

    def median(which: int, what: int) -> float:
        return statistics.median(each[which][what] for each in rounds)

    print(
        json.dumps(
            {
                "bench": "fanout",
                "ratio": round(median(0, 0) / median(1, 0), 2),
                "cpu_ratio": round(median(0, 1) / median(1, 1), 2),
                "own_ms": round(median(0, 0), 1),
                "bare_ms": round(median(1, 0), 1),
                "bytes_a_page": round((full.bytes - half.bytes) / (count - count // 2)),
                "bytes_a_bare_page": round((both.bytes - full.bytes) / (count - count // 2)),
                "pages": count,
                "left": {"pages": left.own, "sockets": left.sockets - empty.sockets, "tasks": left.tasks - empty.tasks},
            }
        )
    )


if __name__ == "__main__":
    main()
