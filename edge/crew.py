"""The processes of a node's cameras: those whose job a new plan changes are started anew, the others go on."""

import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from edge.camera.settings import Job
from edge.lines import Noticed

DEADLINE_S = 2.0
"""In which a camera's process may end by itself."""


class Hand(Protocol):
    """One looked-after process (`edge.children.child.Child`)."""

    @property
    def running(self) -> bool:
        """Whether somebody looks after it."""
        ...

    def start(self) -> None:
        """Start it."""
        ...

    def stop(self, deadline_s: float) -> None:
        """End it for certain."""
        ...

    def send(self, line: bytes) -> bool:
        """Hand it a line; False when it is away."""
        ...


Say = Callable[[Noticed], None]


class Crew:
    """All cameras' processes. `make` gives the process of a job, which says what it notices.

    `man` returns at once: ending a process may take two seconds, in which taps must be read. Plans are manned in the
    order in which they came.
    """

    def __init__(self, make: Callable[[Job, Say], Hand], say: Say) -> None:
        self._make, self._say = make, say
        self._jobs: dict[str, Job] = {}
        self._hands: dict[str, Hand] = {}
        self._muted: dict[str, threading.Event] = {}
        self._lock = threading.Lock()  # over the hands
        self._turn = threading.Lock()  # one plan at a time
        self._ending = False

    @property
    def running(self) -> bool:
        """Whether every process is looked after."""
        with self._lock:
            return all(hand.running for hand in self._hands.values())

    def man(self, jobs: Mapping[str, Job]) -> None:
        """Have exactly these jobs done from soon on, by the same process where the job is the same."""
        threading.Thread(target=self._man, args=(dict(jobs),), name="crew").start()

    def send(self, camera: str, line: bytes) -> bool:
        """Hand a camera's process a line; False when it is away."""
        with self._lock:
            hand = self._hands.get(camera)
        return hand is not None and hand.send(line)

    def stop(self) -> None:
        """End them all."""
        self._ending = True
        self._man({})

    def _man(self, jobs: dict[str, Job]) -> None:
        with self._turn:
            if self._ending:
                jobs = {}
            over = [name for name, job in self._jobs.items() if jobs.get(name) != job]
            ending = [threading.Thread(target=self._end, args=(name,)) for name in over]
            for thread in ending:
                thread.start()
            for thread in ending:
                thread.join()
            for name, job in jobs.items():
                if name not in self._jobs:
                    self._begin(name, job)

    def _end(self, name: str) -> None:
        with self._lock:
            hand = self._hands.pop(name)
            self._muted.pop(name).set()  # what it still says is of the plan before
        hand.stop(DEADLINE_S)
        with self._lock:
            del self._jobs[name]

    def _begin(self, name: str, job: Job) -> None:
        muted = threading.Event()

        def say(noticed: Noticed) -> None:
            if not muted.is_set():
                self._say(noticed)

        hand = self._make(job, say)
        hand.start()
        with self._lock:
            self._jobs[name], self._hands[name], self._muted[name] = job, hand, muted
