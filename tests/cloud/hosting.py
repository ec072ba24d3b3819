"""Any application on a port of this machine, served as the program serves its own, by a thread until a block ends."""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from fastapi import FastAPI

from cloud import server
from cloud.bus import Bus
from cloud.web.stream import Streams
from tests.programs import PATIENCE_S

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest(Generic[T]):
    """An application, the bus whose end lets its streams end, and what else was made for it."""

    app: FastAPI
    bus: Bus
    made: T
    refusal: server.Refusal = server.plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosted(Generic[T]):
    """What was made for the application, where it is served, and the loop that serves it."""

    made: T
    url: str
    loop: asyncio.AbstractEventLoop


@contextmanager
def hosting(
    make: Callable[[asyncio.AbstractEventLoop], AbstractContextManager[Guest[T]]], *, proxies: Sequence[str] = ()
) -> Iterator[Hosted[T]]:
    """Makes the application in the thread of its loop, and serves it until the block ends; `proxies` are believed."""
    ready: queue.Queue[Hosted[T] | BaseException] = queue.Queue()
    ended = asyncio.Event()

    async def main() -> None:
        with make(asyncio.get_running_loop()) as guest:
            web = server.WebServer(Streams(guest.app), guest.bus.close, proxies=proxies, refusal=guest.refusal)
            await _serve(guest, web, ready, ended)

    def run() -> None:
        try:
            server.run(main)
        except BaseException as error:
            ready.put(error)
            raise

    thread = threading.Thread(target=run, name="hosting")
    thread.start()
    first = ready.get(timeout=PATIENCE_S)
    assert isinstance(first, Hosted), first
    try:
        yield first
    finally:
        first.loop.call_soon_threadsafe(ended.set)
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


async def _serve(
    guest: Guest[T], web: server.WebServer, ready: "queue.Queue[Hosted[T] | BaseException]", ended: asyncio.Event
) -> None:
    with server.listen("127.0.0.1", 0) as listener:
        url = f"http://localhost:{listener.getsockname()[1]}"
        serving = asyncio.create_task(web.serve(sockets=[listener]))
        ready.put(Hosted(made=guest.made, url=url, loop=asyncio.get_running_loop()))
        await ended.wait()
        web.stop()
        await serving
