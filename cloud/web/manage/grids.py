"""The newest grid of each period's heat map, made once for all who look."""

import threading
from collections.abc import Callable

from cloud.manage.heat import Grid
from cloud.manage.insight import Period


class Grids:
    """One grid a period. Safe to use from several threads: who comes while one is made waits for it."""

    def __init__(self) -> None:
        self._known: dict[Period, tuple[object, Grid]] = {}
        self._turns = {period: threading.Lock() for period in Period}

    def get(self, period: Period, made_of: object, make: Callable[[], Grid]) -> Grid:
        """The grid that was made of an equal `made_of`, or a new one."""
        with self._turns[period]:
            known = self._known.get(period)
            if known is None or known[0] != made_of:
                known = self._known[period] = (made_of, make())
            return known[1]
