"""Messages to open pages: each page has a queue of its own that can overflow without harm to another."""

import asyncio
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

DEPTH = 64
"""Of one page's queue; a shopper's page gets a few messages a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedEvent:
    """One server-sent event; without an `id` it is not repeated to a page that comes back."""

    kind: str
    data: str  # JSON, one line
    id: int | None = None
    wire: bytes = field(init=False, repr=False, compare=False)
    """In the words of the WHATWG's event stream format: written once, however many pages get it."""

    def __post_init__(self) -> None:
        number = "" if self.id is None else f"id: {self.id}\n"
        object.__setattr__(self, "wire", f"{number}event: {self.kind}\ndata: {self.data}\n\n".encode())


class Crowded(Exception):
    """As many pages are open as this process may serve; come back later."""


class Subscription:
    """One page's queue, in the hub while its `with` block lasts. Event loop only.

    Where it overflows, its contents are dropped and the page is told to read anew. A thousand pages wait for most of
    their lives, so what an empty queue holds is little: no deque, no event of asyncio's.
    """

    __slots__ = ("_closed", "_depth", "_hub", "_key", "_queue", "_waiter")

    def __init__(self, hub: "Hub", key: int, depth: int) -> None:
        self._hub = hub
        self._key = key
        self._depth = depth
        self._queue: list[PushedEvent] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._closed = False

    def __enter__(self) -> Self:
        """Raises Crowded."""
        self._hub.enter(self._key, self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hub.leave(self._key, self)

    def put(self, event: PushedEvent) -> int:
        """Queues an event; returns how many were dropped for it."""
        dropped = 0
        if self._queue is None:
            self._queue = [event]
        elif len(self._queue) >= self._depth:
            dropped = len(self._queue)
            self._queue = [PushedEvent(kind="resync", data="{}"), event]
        else:
            self._queue.append(event)
        self._wake()
        return dropped

    def close(self) -> None:
        """Ends the page's stream once what is queued was sent."""
        self._closed = True
        self._wake()

    def nudge(self) -> None:
        """Has `take` return, with what is there."""
        self._wake()

    async def take(self) -> list[PushedEvent] | None:
        """All that is queued; None when there will be no more. Empty only where it was nudged."""
        if self._queue is None and not self._closed:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        if self._queue is None:
            return None if self._closed else []
        taken, self._queue = self._queue, None
        return taken

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Hub:
    """All open pages of one process, by a key such as a person. Event loop only."""

    def __init__(self, *, depth: int = DEPTH, most: int = 10_000) -> None:
        self._depth = depth
        self._most = most
        self._pages: dict[int, set[Subscription]] = {}
        self._closed = False
        self.open = 0
        self.dropped = 0
        self.sent = 0

    def subscribe(self, key: int) -> Subscription:
        """A queue for one page: `with hub.subscribe(key) as page`, which raises Crowded."""
        return Subscription(self, key, self._depth)

    def enter(self, key: int, page: Subscription) -> None:
        """The page is open. Raises Crowded."""
        if self.open >= self._most:
            raise Crowded
        if self._closed:
            page.close()
        self._pages.setdefault(key, set()).add(page)
        self.open += 1

    def leave(self, key: int, page: Subscription) -> None:
        """The page is gone."""
        pages = self._pages[key]
        pages.remove(page)
        self.open -= 1
        if not pages:
            del self._pages[key]

    def hears(self, key: int) -> bool:
        """Whether a page of this key is open now; any thread may ask."""
        return key in self._pages

    def publish(self, key: int, event: PushedEvent) -> int:
        """Queues an event for every page of this key; returns how many pages there are."""
        pages = self._pages.get(key, ())
        for page in pages:
            self.dropped += page.put(event)
        self.sent += len(pages)
        return len(pages)

    def end(self, key: int) -> None:
        """Ends the streams of one key."""
        for page in self._pages.get(key, ()):
            page.close()

    def close(self) -> None:
        """Ends every stream, and every one that is opened later."""
        self._closed = True
        for pages in self._pages.values():
            for page in pages:
                page.close()
