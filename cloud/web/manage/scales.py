"""The colour scale of each period's heat map: the same for all who look, rising by itself, falling on purpose only."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from cloud.manage.heat import scale

_MOST = 256
"""Periods whose scale is kept: beyond that the one that was not asked for the longest begins anew."""


class Scales:
    """The upper ends, in people·seconds per m². Safe to use from several threads; a restart begins anew."""

    def __init__(self) -> None:
        self._tops: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def top(self, period: str, values: Sequence[float]) -> float:
        """The end that fits these values, or the one before where that is higher."""
        with self._lock:
            self._tops[period] = top = scale(values, self._tops.pop(period, 0.0))
            while len(self._tops) > _MOST:
                self._tops.popitem(last=False)
            return top

    def reset(self, period: str) -> None:
        """Lets the next picture set its scale anew."""
        with self._lock:
            self._tops.pop(period, None)
