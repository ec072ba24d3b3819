"""Server-sent events as a bare ASGI answer, whose queue goes away with the connection whatever happens."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from cloud.shop.hub import Crowded, PushedEvent, Subscription

HEARTBEAT_S = 15.0
STILL_BEATS: Final = 2
"""After so many heartbeats, again and again, a stream asks whether who opened it still may: within half a minute."""
_STUCK_BEATS: Final = 4
"""A page that takes nothing for so many heartbeats is gone, or will come back."""
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
_HANDED: Final = "aisle.stream"

Missed = Callable[[], Iterable[PushedEvent]]


class EventStream:
    """A stream of one page's events, the missed ones first.

    The queue is opened inside the call, never before: a generator that is never started never runs its `finally`.
    Where `Streams` stands around the application, the call only begins the answer and `Streams` goes on with it.
    """

    def __init__(
        self,
        subscribe: Callable[[], AbstractContextManager[Subscription]],
        missed: Missed = tuple,
        *,
        heartbeat_s: float = HEARTBEAT_S,
        still: Callable[[], bool] | None = None,
    ) -> None:
        """`still`: whether who opened it still may, asked now and then in a thread; None: for ever."""
        self._still = still
        self._subscribe = subscribe
        self._missed = missed
        self._heartbeat_s = heartbeat_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Streams until the page goes away or the queue is closed."""
        handed: list[_Line] | None = scope.get("state", {}).get(_HANDED)
        try:
            line = _Line(self._subscribe(), self._missed, self._heartbeat_s, self._still)
        except Crowded:
            busy = PlainTextResponse("Too many pages are open. Try again soon.\n", 503, {"retry-after": "10"})
            await busy(scope, receive, send)
            return
        if handed is not None:
            handed.append(line)
            await _begin(send)
            return
        try:
            await _begin(send)
            await line.serve(receive, send)
        finally:
            line.close()


class Streams:
    """Goes on with event streams that the application began, outside of all that stood around their beginning.

    A page stays open for hours. What the layers within hold for a request (their frames, a compressor, the parsed
    request) is let go once the answer has begun, and no event has to pass through them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        handed: list[_Line] = []
        state = scope.setdefault("state", {})
        state[_HANDED] = handed
        try:
            await self._app(scope, receive, send)
            if handed:
                _let_go(scope)
                await handed[0].serve(receive, send)
        finally:
            state.pop(_HANDED, None)
            for line in handed:
                line.close()


def _let_go(scope: Scope) -> None:
    """What the layers within left for each other in the scope."""
    for name in [name for name in scope if name not in _KEPT]:
        del scope[name]


_KEPT: Final = frozenset(("type", "asgi", "http_version", "method", "scheme", "path", "client", "server", "state"))


class _Line:
    """One page's stream from its beginning on: one task sends, another waits for the page's end."""

    __slots__ = (
        "_beating",
        "_beats",
        "_given_up",
        "_heartbeat_s",
        "_looking",
        "_missed",
        "_page",
        "_quiet",
        "_seat",
        "_sending",
        "_still",
    )

    def __init__(
        self,
        seat: AbstractContextManager[Subscription],
        missed: Missed,
        heartbeat_s: float,
        still: Callable[[], bool] | None,
    ) -> None:
        """Opens the queue. Raises Crowded."""
        self._page = seat.__enter__()
        self._seat: AbstractContextManager[Subscription] | None = seat
        self._missed: Missed | None = missed
        self._heartbeat_s = heartbeat_s
        self._beating: asyncio.TimerHandle | None = None
        self._sending = False
        self._still = still
        self._looking: asyncio.Task[None] | None = None
        self._beats = 0
        self._quiet = 0  # heartbeats since the last send began
        self._given_up = False

    def close(self) -> None:
        """Gives the queue back; to do it again does no harm."""
        if self._beating:
            self._beating.cancel()
            self._beating = None
        if self._seat:
            seat, self._seat = self._seat, None
            seat.__exit__(None, None, None)

    async def serve(self, receive: Receive, send: Send) -> None:
        """Sends until the page goes away, takes nothing for too long, or the queue is closed."""
        task = asyncio.current_task()
        assert task is not None
        gone = asyncio.create_task(_gone(receive, self._page))
        self._arm(task)
        try:
            await self._pump(send)
        except asyncio.CancelledError:
            if not self._given_up:
                raise
            task.uncancel()
        finally:
            gone.cancel()
            self.close()

    async def _pump(self, send: Send) -> None:
        last = await self._catch_up(send)
        while (events := await self._page.take()) is not None:
            # What came between opening the queue and reading the store is in both.
            new = [event.wire for event in events if event.id is None or event.id > last]
            if new:
                await self._put(send, new[0] if len(new) == 1 else b"".join(new))
            elif self._quiet:
                await self._put(send, b":\n\n")
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _catch_up(self, send: Send) -> int:
        """Sends what the page missed; returns the number of the last of it."""
        missed, self._missed = self._missed, None
        found = () if missed is None or missed is tuple else await asyncio.to_thread(lambda: tuple(missed()))
        if found:
            await self._put(send, b"".join(event.wire for event in found))
        return max((event.id or 0 for event in found), default=0)

    async def _put(self, send: Send, body: bytes) -> None:
        self._sending, self._quiet = True, 0
        await send({"type": "http.response.body", "body": body, "more_body": True})
        self._sending = False

    def _arm(self, task: "asyncio.Task[object]") -> None:
        self._beating = task.get_loop().call_later(self._heartbeat_s, self._beat, task)

    def _beat(self, task: "asyncio.Task[object]") -> None:
        """Once in a heartbeat: has the pump say something to a page that heard nothing, or ends one that is stuck."""
        self._quiet += 1
        if self._sending and self._quiet >= _STUCK_BEATS:
            self._given_up = True
            task.cancel()
            return
        self._page.nudge()
        self._beats += 1
        if self._still and self._beats % STILL_BEATS == 0:
            self._looking = asyncio.create_task(self._look(self._still))
        self._arm(task)

    async def _look(self, still: Callable[[], bool]) -> None:
        """Ends the stream of somebody who may not go on."""
        if not await asyncio.to_thread(still):
            self._page.close()


async def _begin(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": b"retry: 2000\n\n", "more_body": True})


async def _gone(receive: Receive, page: Subscription) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    page.close()
