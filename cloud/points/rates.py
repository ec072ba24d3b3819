"""What points are given for, what one is worth, how parts of one are rounded, and when a point ends."""

import calendar
import enum
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

_Few = Annotated[int, Meta(ge=0, le=100_000)]


class Rounding(enum.StrEnum):
    """What becomes of a part of a point."""

    DOWN = "down"  # it is left out
    HALF_UP = "half-up"  # from a half on it is a whole one
    UP = "up"  # it is a whole one


class Rates(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[points]` in cloud.toml. Money is in minor units of the store's currency: whole won."""

    tap: _Few = 1  # for each signed tap that is shared
    taps_a_day: _Few = 20  # the most that one person gets for taps in one day of the store
    review: _Few = 50
    answer: _Few = 10
    answers_a_day: _Few = 30  # the most that one person gets for answers in one day
    sale_per_mille: Annotated[int, Meta(ge=0, le=1_000)] = 10  # points for each 1,000 minor units paid
    rounding: Rounding = Rounding.DOWN
    value: Annotated[int, Meta(ge=1, le=10_000)] = 1  # minor units that one point pays
    least_spend: _Few = 100  # fewer at once are not taken
    expiry_months: Annotated[int, Meta(ge=1, le=120)] = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """The store's rates, and the zone by which its days begin."""

    rates: Rates = field(default_factory=Rates)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Seoul"))


def for_sale(rates: Rates, paid: int) -> int:
    """The points that a payment of so many minor units earns; none for a payment below nothing."""
    return _rounded(max(0, paid) * rates.sale_per_mille, 1_000, rates.rounding)


def worth(rates: Rates, points: int) -> int:
    """What so many points pay, in minor units."""
    return points * rates.value


def remaining(whole: int, *, left: int, total: int, favour: Rounding) -> int:
    """How much of `whole` still stands when of a purchase of `total` only `left` was kept.

    Exact at both ends: all of it where all was kept, nothing where nothing was. Returns in any number of steps end at
    the same figure, because each takes the difference to what still stands.
    """
    if total <= 0:
        return whole if left > 0 else 0
    return _rounded(whole * min(max(left, 0), total), total, favour)


def expires_ms(now_ms: int, scheme: Scheme, *, months: int | None = None) -> int:
    """When a point that is given now ends: with the last moment of its day so many months later, in the store's zone.

    A day that the later month does not have is that month's last. Without `months` they are the store's.
    """
    day = datetime.fromtimestamp(now_ms / 1000, scheme.zone).date()
    months = day.year * 12 + day.month - 1 + (scheme.rates.expiry_months if months is None else months)
    year, month = months // 12, months % 12 + 1
    last = date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
    return _midnight_ms(last + timedelta(days=1), scheme.zone)


def day_began_ms(now_ms: int, zone: ZoneInfo) -> int:
    """When the day of this moment began, in ms since 1970."""
    return _midnight_ms(datetime.fromtimestamp(now_ms / 1000, zone).date(), zone)


def _midnight_ms(day: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time.min, zone).timestamp() * 1000)


def _rounded(over: int, under: int, rounding: Rounding) -> int:
    """`over / under` as a whole number; neither is below nothing."""
    match rounding:
        case Rounding.DOWN:
            return over // under
        case Rounding.UP:
            return -(-over // under)
        case Rounding.HALF_UP:
            return (2 * over + under) // (2 * under)
