"""The cameras at work: each draws and encodes only while somebody watches, and a slow watcher only misses frames."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from firmware_sim.camera.encoding import jpeg
from firmware_sim.camera.view import View
from firmware_sim.town.people import Body

FPS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One encoded frame; `number` counts the camera's frames."""

    number: int
    jpeg: bytes


class Filming:
    """One camera; `make_view` is called in its thread at the first watcher, `bodies` gives who is in the store now."""

    def __init__(
        self, make_view: Callable[[], View], bodies: Callable[[], tuple[Body, ...]], now: Callable[[], float]
    ) -> None:
        self._make_view, self._bodies, self._now = make_view, bodies, now
        self._watchers: set[asyncio.Event] = set()
        self._latest: Shot | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wanted, self._closing = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self.on = True

    def switch(self, *, on: bool) -> None:
        """Off: the pictures stop, and whoever asks anew is refused, as with a camera without power."""
        self.on = on
        if not on:
            for watcher in self._watchers:
                watcher.set()

    async def watch(self) -> AsyncIterator[bytes]:
        """JPEGs from now on, the newest each time; ends when the camera is switched off or closed."""
        self._loop = asyncio.get_running_loop()
        if self._thread is None:
            self._thread = threading.Thread(target=self._film, name="camera", daemon=True)
            self._thread.start()
        fresh, seen = asyncio.Event(), self._latest.number if self._latest else 0
        self._watchers.add(fresh)
        self._wanted.set()
        try:
            while self.on and not self._closing.is_set():
                await fresh.wait()
                fresh.clear()
                if self._latest is not None and self._latest.number != seen and self.on:
                    seen = self._latest.number
                    yield self._latest.jpeg
        finally:
            self._watchers.discard(fresh)
            if not self._watchers:
                self._wanted.clear()

    def close(self) -> None:
        """End the thread and every watcher."""
        self._closing.set()
        self._wanted.set()
        for watcher in self._watchers:
            watcher.set()
        if self._thread is not None:
            self._thread.join()

    def _film(self) -> None:
        view, number, due = self._make_view(), 0, self._now()
        while not self._closing.is_set():
            self._wanted.wait()
            number += 1
            picture = jpeg(view.draw(self._bodies(), number))
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._show, Shot(number=number, jpeg=picture))
            due = max(due + 1 / FPS, self._now())
            self._closing.wait(max(0.0, due - self._now()))

    def _show(self, shot: Shot) -> None:
        self._latest = shot
        for watcher in self._watchers:
            watcher.set()
