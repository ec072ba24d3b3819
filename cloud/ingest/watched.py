"""The ingest's two threads, none of which ends unseen."""

import logging
import threading
from collections.abc import Callable

from cloud.ingest.subscriber import Subscriber
from cloud.ingest.writer import Writer

_END_S = 10.0

_log = logging.getLogger("aisle")


class Ingest:
    """The subscriber and the writer at work; `broken` where one of them ended by itself, which `on_break` hears."""

    def __init__(self, subscriber: Subscriber, writer: Writer) -> None:
        self.subscriber = subscriber
        self.writer = writer
        self.broken = False
        self.on_break: Callable[[], None] = lambda: None
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._watch, args=(name, work), name=name)
            for name, work in (("writer", writer.run), ("subscriber", subscriber.run))
        ]

    def start(self) -> None:
        """Starts both."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends both; what is not stored is the broker's and the nodes' still."""
        self._stopping = True
        self.subscriber.stop()
        self.writer.stop()
        for thread in self._threads:
            thread.join(_END_S)

    def _watch(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:  # noqa: BLE001 - a thread's top: whatever it was, the program must not go on half alive
            _log.exception("the %s broke; the cloud ends", name)
        if not self._stopping:
            self.broken = True
            self.on_break()
