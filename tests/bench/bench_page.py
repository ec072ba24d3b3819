"""Product pages per second from a real server, and the time of one, beside a bare "hello" of the same server.

    python -m tests.bench.bench_page [SECONDS]

One keep-alive connection sends one request after the other, in turns with a connection to the hello; both servers run
in one process of their own. Prints one JSON object on its last line; `ratio` is the median time of a page ÷ that of a
hello, `bytes_gzip` the answer as it goes over the wire.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from cloud import server
from tests.cloud.shop import TEA, opened

TURNS = 40
SERVE = "serve"


async def hello(_: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def serve() -> None:
    """Both servers; prints their ports."""
    with tempfile.TemporaryDirectory() as directory, opened(Path(directory), loop=asyncio.get_running_loop()) as shop:
        bare = Starlette(routes=[Route("/", hello)])
        listeners = server.listen("127.0.0.1", 0), server.listen("127.0.0.1", 0)
        print(*(listener.getsockname()[1] for listener in listeners), flush=True)
        await asyncio.gather(
            server.WebServer(shop.app, shop.services.bus.close).serve(sockets=[listeners[0]]),
            server.WebServer(bare, lambda: None).serve(sockets=[listeners[1]]),
        )


def timed(connection: HTTPConnection, path: str, seconds: float) -> list[float]:
    """The seconds of each request, one after the other."""
    times, end = [], time.perf_counter() + seconds
    while (start := time.perf_counter()) < end:
        connection.request("GET", path, headers={"accept-encoding": "gzip"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        times.append(time.perf_counter() - start)
    return times


def main() -> None:
    if sys.argv[1:] == [SERVE]:
        server.run(serve)
        return
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 8.0
    own_command = [sys.executable, "-m", "tests.bench.bench_page", SERVE]
    with subprocess.Popen(own_command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            report(*map(int, process.stdout.readline().split()), seconds=seconds)
        finally:
            process.kill()


def report(page_port: int, hello_port: int, *, seconds: float) -> None:
    page = HTTPConnection("127.0.0.1", page_port, timeout=10)
    bare = HTTPConnection("127.0.0.1", hello_port, timeout=10)
    path = f"/01/{TEA}?lang=ko"
    timed(page, path, 0.3)
    rounds = [(timed(page, path, seconds / TURNS / 2), timed(bare, "/", seconds / TURNS / 2)) for _ in range(TURNS)]
    pages = sorted(each for own, _ in rounds for each in own)
    page.request("GET", path, headers={"accept-encoding": "gzip"})
    size = len(page.getresponse().read())
    print(
        json.dumps(
            {
                "bench": "page",
                "ratio": round(statistics.median(statistics.median(a) / statistics.median(b) for a, b in rounds), 2),
                "pages_per_s": round(len(pages) / sum(pages)),
                "p50_ms": round(pages[len(pages) // 2] * 1000, 2),
                "p99_ms": round(pages[len(pages) * 99 // 100] * 1000, 2),
                "bytes_gzip": size,
            }
        )
    )


if __name__ == "__main__":
    main()
