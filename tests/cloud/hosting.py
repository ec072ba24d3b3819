"""Any application on a port of this machine, served by a thread of its own until a block ends."""

import asyncio
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

import uvicorn
from fastapi import FastAPI

from cloud.bus import Bus
from cloud.web.stream import Streams

PATIENCE_S = 20.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest(Generic[T]):
    """An application, the bus whose end lets its streams end, and what else was made for it."""

    app: FastAPI
    bus: Bus
    made: T


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosted(Generic[T]):
    """What was made for the application, where it is served, and the loop that serves it."""

    made: T
    url: str
    loop: asyncio.AbstractEventLoop


@contextmanager
def hosting(make: Callable[[asyncio.AbstractEventLoop], AbstractContextManager[Guest[T]]]) -> Iterator[Hosted[T]]:
    """Makes the application in the thread of its loop, and serves it until the block ends."""
    ready: queue.Queue[Hosted[T] | BaseException] = queue.Queue()
    ended = asyncio.Event()

    def run() -> None:
        try:
            with asyncio.Runner() as runner, make(runner.get_loop()) as guest:
                runner.run(_serve(guest, ready, ended))
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


async def _serve(guest: Guest[T], ready: "queue.Queue[Hosted[T] | BaseException]", ended: asyncio.Event) -> None:
    server = uvicorn.Server(
        uvicorn.Config(Streams(guest.app), log_level="error", access_log=False, timeout_graceful_shutdown=2)
    )
    with socket.socket() as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as the program's own, see `server.listen`
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        url = f"http://localhost:{listener.getsockname()[1]}"
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        ready.put(Hosted(made=guest.made, url=url, loop=asyncio.get_running_loop()))
        await ended.wait()
        guest.bus.close()
        server.should_exit = True
        await serving
