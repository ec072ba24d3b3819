"""When somebody is told of alerts: gathered, with a rest between, and not in their quiet hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cloud.manage.alerts import Severity
from cloud.manage.insight import MINUTE_MS

GATHER_MS: Final = 20_000
"""What breaks together is told together: a switch that fails takes all its cameras within seconds."""
REST_MS: Final = 5 * MINUTE_MS
CRITICAL_REST_MS: Final = MINUTE_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours in which one does not want to hear, as minutes of the store's day; the same twice is none at all.

    They may go over midnight. `critical_passes`: what is critical is told in them as well.
    """

    from_min: int = 0
    to_min: int = 0
    critical_passes: bool = True

    def holds(self, minute: int) -> bool:
        """Whether this minute of the day is one of them."""
        if self.from_min <= self.to_min:
            return self.from_min <= minute < self.to_min
        return minute >= self.from_min or minute < self.to_min


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """An open alert that somebody has not been told of."""

    alert: int
    severity: Severity
    opened_ms: int


def due(untold: Sequence[Untold], *, last_ms: int | None, now_ms: int, quiet: Quiet, minute: int) -> tuple[Untold, ...]:
    """What to tell somebody now, as one message, who was last told of anything at `last_ms`; nothing while it waits.

    `minute` is that of the store's day. What is critical waits for less; what waits beside it comes along, but for
    what the quiet hours hold back.
    """
    heard = [each for each in untold if not quiet.holds(minute) or (_critical(each) and quiet.critical_passes)]
    if not heard or now_ms - min(each.opened_ms for each in heard) < GATHER_MS:
        return ()
    rest_ms = CRITICAL_REST_MS if any(map(_critical, heard)) else REST_MS
    if last_ms is not None and now_ms - last_ms < rest_ms:
        return ()
    order = list(Severity)
    return tuple(sorted(heard, key=lambda each: (order.index(each.severity), each.opened_ms, each.alert)))


def _critical(each: Untold) -> bool:
    return each.severity is Severity.CRITICAL
