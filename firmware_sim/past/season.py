"""What a store's days are like: how many come and when, what they do, and what changes from one day to the next."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A zone that draws `draw` times as many from `first` to `last`; who stops there buys `buy` times as often."""

    zone: str
    first: dt.date
    last: dt.date
    draw: float = 2.0
    buy: float = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """A day on which only this share of the shoppers comes."""

    day: dt.date
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A camera that sees nothing in [from_ms, to_ms); times in ms since the Unix epoch."""

    camera: str
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What shoppers do; shares of those who can."""

    looks: float = 0.12  # only look round and leave
    stops: tuple[int, int] = (1, 4)
    look_median_ms: int = 11_000
    look_spread: float = 0.75
    taps: float = 0.4  # at a reader where they stop
    phones: float = 0.12  # hold their phone to a tag there
    buys: float = 0.22  # at a stop without a tap
    buys_after_tap: float = 0.42
    pay_median_ms: int = 34_000
    queue_median_ms: int = 45_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """A run of days. `weekday` are shares of `visitors` from Monday on, `hours` weights from `opens` on.

    `missed` is the chance that the cameras overlook a crossing or a stay: the error that is stated of them.
    """

    visitors: int = 260
    opens: int = 10
    hours: tuple[int, ...] = (4, 6, 9, 8, 6, 6, 7, 9, 11, 9, 5, 2)
    weekday: tuple[float, ...] = (0.85, 0.85, 0.9, 0.95, 1.1, 1.3, 1.2)
    habits: Habits = Habits()
    promotions: tuple[Promotion, ...] = ()
    weather: tuple[Weather, ...] = ()
    outages: tuple[Outage, ...] = ()
    missed: float = 0.02

    def crowd(self, day: dt.date) -> float:
        """How many shoppers are expected on a day."""
        share = next((weather.share for weather in self.weather if weather.day == day), 1.0)
        return self.visitors * self.weekday[day.weekday()] * share

    def draw(self, zone: str, day: dt.date) -> float:
        """How much more than usual a zone draws on a day."""
        return max((it.draw for it in self._promotions(zone, day)), default=1.0)

    def buy(self, zone: str, day: dt.date) -> float:
        """How much more often than usual who stops in a zone buys."""
        return max((it.buy for it in self._promotions(zone, day)), default=1.0)

    def blind(self, camera: str, at_ms: int) -> bool:
        """Whether a camera sees nothing at this moment."""
        return any(it.camera == camera and it.from_ms <= at_ms < it.to_ms for it in self.outages)

    def _promotions(self, zone: str, day: dt.date) -> list[Promotion]:
        return [it for it in self.promotions if it.zone == zone and it.first <= day <= it.last]
