"""The colour scale of each period's heat map: the same for all who look, rising by itself, falling on purpose only."""

import threading
from collections.abc import Sequence

from cloud.manage.heat import scale
from cloud.manage.insight import Period


class Scales:
    """The upper ends, in people·seconds per m². Safe to use from several threads; a restart begins anew."""

    def __init__(self) -> None:
        self._tops: dict[Period, float] = {}
        self._lock = threading.Lock()

    def top(self, period: Period, values: Sequence[float]) -> float:
        """The end that fits these values, or the one before where that is higher."""
        with self._lock:
            self._tops[period] = scale(values, self._tops.get(period, 0.0))
            return self._tops[period]

    def reset(self, period: Period) -> None:
        """Lets the next picture set its scale anew."""
        with self._lock:
            self._tops.pop(period, None)
