"""The hours in which advertising may be sent: the law's night, and the shopper's own polite hours."""

import functools
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from cloud.offers.channels import Channel
from cloud.shop.preferences import Hours, welcome

NIGHT_BEGINS_H: Final = 21
NIGHT_ENDS_H: Final = 8
KOREA: Final = "Asia/Seoul"
_MINUTE_MS = 60_000
_SEARCHED_MS = 48 * 60 * _MINUTE_MS

BOUND_BY_NIGHT: Final = frozenset({Channel.LIVE, Channel.PUSH})
"""E-mail is exempt (Network Act, art. 50(3); Decree, art. 61(2)); a page that the shopper opens is not a sending."""


def zone_for(store: str, shopper: str | None = None) -> str:
    """The time zone whose night counts: Korea's for a store in Korea, else the shopper's, else the store's."""
    return KOREA if store == KOREA else shopper or store


def is_night(at_ms: int, zone: str) -> bool:
    """Whether it is 21:00 or later, or before 08:00, by the clocks on the wall there: half-open, [21:00, 08:00)."""
    minute = _minute(at_ms, zone)
    return minute >= NIGHT_BEGINS_H * 60 or minute < NIGHT_ENDS_H * 60


def is_polite(at_ms: int, zone: str, hours: Iterable[Hours]) -> bool:
    """Whether this moment lies in all the hours that a shopper chose, by the clocks on the wall there."""
    return welcome(hours, _minute(at_ms, zone))


def opens_ms(at_ms: int, zone: str, hours: Iterable[Hours], *, night: bool) -> int:
    """The next full minute that is in all these hours and, where the `night` binds, not in it; at most two days on."""
    chosen = tuple(hours)
    first = at_ms - at_ms % _MINUTE_MS + _MINUTE_MS
    for moment in range(first, first + _SEARCHED_MS, _MINUTE_MS):
        if is_polite(moment, zone, chosen) and not (night and is_night(moment, zone)):
            return moment
    return first + _SEARCHED_MS


def _minute(at_ms: int, zone: str) -> int:
    """The minute of the day on the wall. From a moment there is one such; what DST skips or repeats is no question."""
    there = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(_zone(zone))
    return there.hour * 60 + there.minute


@functools.lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
