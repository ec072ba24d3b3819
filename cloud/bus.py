"""Carries facts from the ingest's thread to the tasks of the web."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager

from cloud.facts import Fact

_DEPTH = 1_000


class Listener:
    """One task's view of the bus: the facts of its kinds, in order, `lost` of them because it was too slow."""

    def __init__(self, kinds: tuple[type[Fact], ...], depth: int) -> None:
        self._kinds = kinds
        self._facts: deque[Fact] = deque()
        self._depth = depth
        self._arrived = asyncio.Event()
        self._closed = False
        self.lost = 0

    def put(self, fact: Fact) -> None:
        """Takes the fact if it is of a wanted kind; the oldest goes where there is no room. Event loop only."""
        if not isinstance(fact, self._kinds):
            return
        if len(self._facts) >= self._depth:
            self._facts.popleft()
            self.lost += 1
        self._facts.append(fact)
        self._arrived.set()

    def close(self) -> None:
        """Ends the iteration once what is here has been taken."""
        self._closed = True
        self._arrived.set()

    async def __aiter__(self) -> AsyncIterator[Fact]:
        while True:
            while self._facts:
                yield self._facts.popleft()
            if self._closed:
                return
            self._arrived.clear()
            await self._arrived.wait()


class Bus:
    """Facts to every listener. It belongs to the event loop in which it was made; only `publish` may be called
    from another thread. What nobody listens to is forgotten: the store is where facts last.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._listeners: set[Listener] = set()
        self._closed = False

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop that it belongs to."""
        return self._loop

    def publish(self, facts: Sequence[Fact]) -> None:
        """Hands the facts to the loop and returns at once; after the loop has ended it does nothing."""
        if not facts:
            return
        try:
            self._loop.call_soon_threadsafe(self._deliver, tuple(facts))
        except RuntimeError:  # the loop is closed: the program is ending and nobody is left to tell
            return

    @contextmanager
    def listen(self, *kinds: type[Fact], depth: int = _DEPTH) -> Iterator[Listener]:
        """A listener for these kinds while the block lasts: `async for fact in listener`. Event loop only."""
        listener = Listener(kinds, depth)
        if self._closed:
            listener.close()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """Ends every listener, so that open streams can finish. Event loop only."""
        self._closed = True
        for listener in self._listeners:
            listener.close()

    def _deliver(self, facts: tuple[Fact, ...]) -> None:
        for listener in self._listeners:
            for fact in facts:
                listener.put(fact)
