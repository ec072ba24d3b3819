"""Server-sent events as a bare ASGI answer, whose queue goes away with the connection whatever happens."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from cloud.shop.hub import Crowded, PushedEvent, Subscription

HEARTBEAT_S = 15.0
_STUCK_S = 60.0
"""A page that takes nothing for so long is gone, or will come back."""
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


def encode(event: PushedEvent) -> bytes:
    """The event in the words of the WHATWG's event stream format; its data is one line."""
    number = "" if event.id is None else f"id: {event.id}\n"
    return f"{number}event: {event.kind}\ndata: {event.data}\n\n".encode()


class EventStream:
    """A stream of one page's events, the missed ones first.

    The queue is opened inside the call, never before: a generator that is never started never runs its `finally`.
    """

    def __init__(
        self,
        subscribe: Callable[[], AbstractContextManager[Subscription]],
        missed: Callable[[], Iterable[PushedEvent]] = tuple,
        *,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self._subscribe = subscribe
        self._missed = missed
        self._heartbeat_s = heartbeat_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Streams until the page goes away or the queue is closed."""
        try:
            with self._subscribe() as page:
                await self._serve(page, receive, send)
        except Crowded:
            busy = PlainTextResponse("Too many pages are open. Try again soon.\n", 503, {"retry-after": "10"})
            await busy(scope, receive, send)

    async def _serve(self, page: Subscription, receive: Receive, send: Send) -> None:
        pump = asyncio.create_task(self._pump(page, send))
        gone = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait((pump, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (pump, gone):
                task.cancel()
            await asyncio.gather(pump, gone, return_exceptions=True)

    async def _pump(self, page: Subscription, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await _put(send, b"retry: 2000\n\n")
        last = 0
        for event in await asyncio.to_thread(lambda: tuple(self._missed())):
            last = event.id or last
            await _put(send, encode(event))
        while True:
            try:
                async with asyncio.timeout(self._heartbeat_s):
                    told = await page.next()
            except TimeoutError:
                await _put(send, b":\n\n")
                continue
            if told is None:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                return
            # What came between opening the queue and reading the store is in both.
            if told.id is None or told.id > last:
                await _put(send, encode(told))


async def _put(send: Send, body: bytes) -> None:
    async with asyncio.timeout(_STUCK_S):
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
