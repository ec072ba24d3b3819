"""A day made ahead of the clock, so that finding a way through the store never holds up what is due now."""

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware_sim.town.happenings import Happening
from firmware_sim.town.store import Store
from firmware_sim.town.truth import TruthBook
from firmware_sim.town.world import STEP_MS, Town, World, step


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The world after one step, and what happened in it."""

    world: World
    happenings: tuple[Happening, ...]


def moments(town: Town) -> Iterator[Moment]:
    """A day without end, step by step."""
    world = town.dawn()
    while True:
        world, happenings = step(town, world)
        yield Moment(world=world, happenings=happenings)


def write_truth(store: Store, seed: int, length_ms: int, path: Path) -> int:
    """The truth of a day of this length in a file; gives the number of shoppers that came. Raises OSError."""
    book, came = TruthBook(store, seed), 0
    with path.open("wb") as lines:
        lines.write(book.opening())
        for moment in moments(Town(store, seed)):
            if moment.world.now > length_ms:
                break
            came = moment.world.came
            lines.write(book.tell(moment.happenings))
        lines.write(book.close(length_ms // STEP_MS * STEP_MS))
    return came


_AHEAD: Final = 4_000 // STEP_MS
"""Steps that are made in advance."""


class Rehearsal:
    """Makes the steps of a day in a thread of its own, a few seconds ahead of who plays them."""

    def __init__(self, town: Town) -> None:
        self._made: deque[Moment] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._make, args=(town,), name="rehearsal", daemon=True)
        self._thread.start()

    def take(self, until_ms: int) -> list[Moment]:
        """The steps up to this time of the day that are made and were not taken before."""
        taken: list[Moment] = []
        with self._changed:
            while self._made and self._made[0].world.now <= until_ms:
                taken.append(self._made.popleft())
            self._changed.notify_all()
        return taken

    def end(self) -> None:
        """Stop making steps."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._thread.join()

    def _make(self, town: Town) -> None:
        for moment in moments(town):
            with self._changed:
                self._changed.wait_for(lambda: len(self._made) < _AHEAD or self._ended)
                if self._ended:
                    return
                self._made.append(moment)
                self._changed.notify_all()
