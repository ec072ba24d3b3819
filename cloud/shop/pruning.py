"""The hourly round that forgets what has been kept for as long as was agreed, by a time that is believed."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cloud.believed import LEAP_MS, STOOD_MS, Belief
from cloud.manage.tidying import tidy
from cloud.points.sweeping import sweep
from cloud.shop import erasure
from cloud.shop.consent import KEPT_MS
from cloud.store import beliefs
from cloud.store.connection import Store

_HOUR_MS = 3_600_000
_log = logging.getLogger("aisle.prune")


@dataclass(slots=True, kw_only=True)
class Pruning:
    """One program's rounds: `clock` gives the wall time in ms, `since_boot` ms by a clock that nobody sets."""

    store: Store
    clock: Callable[[], int]
    since_boot: Callable[[], int]
    random: Callable[[int], bytes] = field(repr=False)
    _heard_at: int | None = None  # since boot

    def round(self) -> None:
        """Forgets what is old. Blocks on the store; raises StoreError and sqlite3.Error as it does."""
        clock_ms = self.clock()
        until_ms = self._hear(clock_ms).erasing_ms(clock_ms)
        erasure.erase_old(self.store, until_ms - KEPT_MS, clock_ms)
        sweep(self.store, now_ms=until_ms, random=self.random)
        tidy(self.store, until_ms)

    def _hear(self, clock_ms: int) -> Belief:
        here = self.since_boot()
        ran_ms = None if self._heard_at is None else here - self._heard_at
        with self.store.atomic() as connection:
            before = beliefs.read(connection)
            now = beliefs.hear(connection, clock_ms, ran_ms)
        self._heard_at = here
        _tell(before, now, clock_ms)
        return now


def _tell(before: Belief | None, now: Belief, clock_ms: int) -> None:
    doubted = before is not None and before.doubt is not None
    if now.doubt and now.doubt.stood_ms == 0:
        _log.warning(
            "the clock says %s, and %s was expected, give or take %d h: until it has stood for %d h, only what was due"
            " by the expected time is forgotten. If the clock is wrong, set it; if it is right, do nothing",
            _words(clock_ms), _words(now.at_ms), LEAP_MS // _HOUR_MS, STOOD_MS // _HOUR_MS,
        )  # fmt: skip
    elif doubted and not now.doubt:
        _log.warning("the clock says %s, and is believed again", _words(clock_ms))


def _words(at_ms: int) -> str:
    """A time for people; of a clock at the edge of the calendar its number."""
    try:
        return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return f"{at_ms} ms"
