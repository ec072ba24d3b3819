"""One day of a season: everybody who came, and the true figures of it."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from contract.events import Direction
from firmware_sim.past.season import HOUR_MS, Season
from firmware_sim.past.shopper import Layout, Life, life
from firmware_sim.town.dice import Dice

STOP_MS = 5_000
"""Who stays so long has stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day that is over, from midnight to midnight (ms since the Unix epoch): the nodes never sleep."""

    date: dt.date
    begun_ms: int
    ended_ms: int
    lives: tuple[Life, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What happened on a day: people over the lines, in the zones, at readers and tags, at the till."""

    date: dt.date
    came_in: int
    went_out: int
    stays: dict[str, int]
    stops: dict[str, int]
    stayed_ms: dict[str, int]
    taps: dict[str, int]  # by reader
    phone_taps: dict[str, int]  # by tag
    receipts: int
    sold: dict[str, int]  # lines by GTIN


def days(season: Season, layouts: dict[dt.date, Layout], zone: ZoneInfo, seed: int, *, last: dt.date) -> Iterator[Day]:
    """The days up to `last`, from the first layout's date on; a layout holds until the next one's date."""
    date = min(layouts)
    while date <= last:
        layout = layouts[max(since for since in layouts if since <= date)]
        yield day(layout, season, date, zone, seed)
        date += dt.timedelta(days=1)


def day(layout: Layout, season: Season, date: dt.date, zone: ZoneInfo, seed: int) -> Day:
    """One day, the same for the same seed whatever other days are made."""
    begun_ms, ended_ms = _midnight(date, zone), _midnight(date + dt.timedelta(days=1), zone)
    came = sorted(_arrivals(season, date, begun_ms + season.opens * HOUR_MS, seed))
    lives = tuple(
        life(layout, season, Dice(seed, "past", date.isoformat(), number), came_ms=at_ms, day=date)
        for number, at_ms in enumerate(came)
    )
    return Day(date=date, begun_ms=begun_ms, ended_ms=ended_ms, lives=lives)


def _midnight(date: dt.date, zone: ZoneInfo) -> int:
    return round(dt.datetime.combine(date, dt.time(), zone).timestamp() * 1000)


def _arrivals(season: Season, date: dt.date, opened_ms: int, seed: int) -> Iterator[int]:
    """A Poisson process whose rate changes by the hour; nobody comes in the last ten minutes."""
    dice, crowd, whole = Dice(seed, "arrivals", date.isoformat()), season.crowd(date), sum(season.hours)
    end_ms = opened_ms + len(season.hours) * HOUR_MS - 600_000
    for place, weight in enumerate(season.hours):
        expected = crowd * weight / whole
        at_ms = opened_ms + place * HOUR_MS
        until_ms = min(at_ms + HOUR_MS, end_ms)
        while expected and (at_ms := at_ms + dice.gap(round(HOUR_MS / expected))) < until_ms:
            yield at_ms


def truth(day: Day) -> Truth:
    """The day's figures."""
    crossed = [it for life in day.lives for it in life.crossed]
    stayed = [it for life in day.lives for it in life.stayed]
    bought = [life.bought for life in day.lives if life.bought]
    lengths: Counter[str] = Counter()
    for it in stayed:
        lengths[it.zone] += it.until_ms - it.since_ms
    return Truth(
        date=day.date,
        came_in=sum(it.direction is Direction.IN for it in crossed),
        went_out=sum(it.direction is Direction.OUT for it in crossed),
        stays=_counted(it.zone for it in stayed),
        stops=_counted(it.zone for it in stayed if it.until_ms - it.since_ms >= STOP_MS),
        stayed_ms=dict(lengths),
        taps=_counted(it.reader for life in day.lives for it in life.tapped),
        phone_taps=_counted(it.tag for life in day.lives for it in life.tapped),
        receipts=len(bought),
        sold=_counted(gtin for it in bought for gtin in it.gtins),
    )


def _counted(names: Iterable[str | None]) -> dict[str, int]:
    return dict(sorted(Counter(name for name in names if name).items()))
