"""Messages to open pages: each page has a queue of its own that can overflow without harm to another."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

DEPTH = 64
"""Of one page's queue; a shopper's page gets a few messages a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedEvent:
    """One server-sent event; without an `id` it is not repeated to a page that comes back."""

    kind: str
    data: str  # JSON, one line
    id: int | None = None


class Crowded(Exception):
    """As many pages are open as this process may serve; come back later."""


class Subscription:
    """One page's queue. Where it overflows, its contents are dropped and the page is told to read anew."""

    def __init__(self, depth: int) -> None:
        self._queue: deque[PushedEvent] = deque()
        self._depth = depth
        self._arrived = asyncio.Event()
        self._closed = False

    def put(self, event: PushedEvent) -> int:
        """Queues an event; returns how many were dropped for it."""
        dropped = 0
        if len(self._queue) >= self._depth:
            dropped = len(self._queue)
            self._queue.clear()
            self._queue.append(PushedEvent(kind="resync", data="{}"))
        self._queue.append(event)
        self._arrived.set()
        return dropped

    def close(self) -> None:
        """Ends the page's stream once what is queued was sent."""
        self._closed = True
        self._arrived.set()

    async def next(self) -> PushedEvent | None:
        """The next event; None when there will be no more."""
        while not self._queue:
            if self._closed:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        return self._queue.popleft()


class Hub:
    """All open pages of one process, by a key such as a profile. Event loop only."""

    def __init__(self, *, depth: int = DEPTH, most: int = 10_000) -> None:
        self._depth = depth
        self._most = most
        self._pages: dict[int, set[Subscription]] = {}
        self._closed = False
        self.open = 0
        self.dropped = 0
        self.sent = 0

    @contextmanager
    def subscribe(self, key: int) -> Iterator[Subscription]:
        """A queue for one page while the block lasts. Raises Crowded."""
        if self.open >= self._most:
            raise Crowded
        page = Subscription(self._depth)
        if self._closed:
            page.close()
        self._pages.setdefault(key, set()).add(page)
        self.open += 1
        try:
            yield page
        finally:
            self.open -= 1
            pages = self._pages[key]
            pages.discard(page)
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
