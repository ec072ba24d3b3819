"""The one queue into a node's loop: sightings may be dropped when it is full, and are counted; nothing else may."""

import contextlib
import queue
import threading
from collections import Counter

from edge.delivery.uplink import Heard
from edge.inputs import Sighting
from edge.lines import Noticed
from edge.plans.planner import Planned

Letter = Noticed | Heard | Planned

MOST_SIGHTINGS = 256
"""Waiting at once: 25 s of two cameras at 5 frames/s. Older ones would only tell the tracker of the past."""


class Mailbox:
    """Letters from every thread of the node to the one that owns the state."""

    def __init__(self) -> None:
        self._letters: queue.SimpleQueue[Letter] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._sightings = 0
        self._skipped: Counter[str] = Counter()

    def put(self, letter: Letter) -> None:
        """Leave a letter; never blocks, never raises."""
        if isinstance(letter, Sighting):
            with self._lock:
                if self._sightings >= MOST_SIGHTINGS:
                    self._skipped[letter.camera] += 1
                    return
                self._sightings += 1
        self._letters.put(letter)

    def take(self, timeout: float, *, most: int) -> list[Letter]:
        """The waiting letters in order, at most `most`; waits up to `timeout` seconds for the first."""
        found: list[Letter] = []
        with contextlib.suppress(queue.Empty):
            found.append(self._letters.get(timeout=max(timeout, 0.001)))
            while len(found) < most:
                found.append(self._letters.get_nowait())
        return self._counted(found)

    def skipped(self, camera: str) -> int:
        """How many sightings of this camera found the mailbox full."""
        return self._skipped[camera]

    def _counted(self, found: list[Letter]) -> list[Letter]:
        with self._lock:
            self._sightings -= sum(isinstance(letter, Sighting) for letter in found)
        return found
