"""The small store of `shop`, served over real HTTP by a server in a thread of its own."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn

from tests.cloud.shop import TEA, Shop, opened

PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The store, where it is served, and the loop that serves it."""

    shop: Shop
    base: str
    loop: asyncio.AbstractEventLoop

    def client(self, cookie: str | None = None, **headers: str) -> httpx.Client:
        """A phone; Python's cookie jar keeps `Secure` cookies from plain http, so that a test hands them on."""
        given = {"cookie": cookie} if cookie else {}
        return httpx.Client(base_url=self.base, headers={**given, **headers}, timeout=PATIENCE_S)

    def tap(self, client: httpx.Client) -> str:
        """A signed tap; returns the link of its clean page."""
        answer = client.get(f"/01/{TEA}?{self.shop.chip.query()}")
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def enrol(self, *purposes: str) -> str:
        """A shopper who agreed to these; returns their cookie."""
        with self.client() as client:
            visit = self.tap(client).partition("visit=")[2]
            answer = client.post("/me/begin", data={"visit": visit, "purpose": list(purposes), "lang": "ko"})
            assert answer.status_code == 303, answer.text
            return answer.headers["set-cookie"].partition(";")[0]


@contextmanager
def served(directory: Path, *, frame_ancestors: tuple[str, ...] = ()) -> Iterator[Served]:
    """Serves until the block ends."""
    ready: list[Served] = []
    ended = asyncio.Event()
    failed: list[BaseException] = []

    def run() -> None:
        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            with opened(directory, frame_ancestors=frame_ancestors, loop=loop) as shop:
                server = uvicorn.Server(
                    uvicorn.Config(shop.app, log_level="error", access_log=False, timeout_graceful_shutdown=2)
                )
                runner.run(_serve(server, shop, loop, ready, ended))

    def guarded() -> None:
        try:
            run()
        except BaseException as error:
            failed.append(error)
            raise

    thread = threading.Thread(target=guarded, name="served")
    thread.start()
    deadline = time.monotonic() + PATIENCE_S
    while not ready and not failed and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ready, failed
    try:
        yield ready[0]
    finally:
        ready[0].loop.call_soon_threadsafe(ended.set)
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


async def _serve(
    server: uvicorn.Server, shop: Shop, loop: asyncio.AbstractEventLoop, ready: list[Served], ended: asyncio.Event
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        port = listener.getsockname()[1]
        task = asyncio.create_task(server.serve(sockets=[listener]))
        ready.append(Served(shop=shop, base=f"http://localhost:{port}", loop=loop))
        await ended.wait()
        shop.services.bus.close()
        server.should_exit = True
        await task
