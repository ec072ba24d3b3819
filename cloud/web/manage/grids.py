"""The newest grid of each period's heat map, made once for all who look."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from cloud.manage.heat import Grid

_MOST = 32
"""Periods whose grid is kept, of about 200 kB each."""


@dataclass(slots=True)
class _Kept:
    """One period's grid, what it was made of, and whose turn it is to make it."""

    made_of: object = None
    grid: Grid | None = None
    turn: threading.Lock = field(default_factory=threading.Lock)


class Grids:
    """One grid a period. Safe to use from several threads: who comes while one is made waits for it."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, period: str, made_of: object, make: Callable[[], Grid]) -> Grid:
        """The grid that was made of an equal `made_of`, or a new one."""
        with self._lock:
            kept = self._known.setdefault(period, _Kept())
            self._known.move_to_end(period)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        with kept.turn:
            if kept.grid is None or kept.made_of != made_of:
                kept.grid, kept.made_of = make(), made_of
            return kept.grid
