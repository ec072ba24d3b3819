"""What one shopper does in the store, from the street to the street."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contract.events import Direction
from contract.plan import ZoneKind
from firmware_sim.past.routes import Routes, Trod, cell_of
from firmware_sim.past.season import Season
from firmware_sim.town.dice import Dice
from firmware_sim.town.geometry import Spot, spot
from firmware_sim.town.standing import Stand, stands_of
from firmware_sim.town.store import Store

_SHORTEST_STAY_MS: Final = 1_000
_WEIGHT: Final = 100
"""Shares of a zone's draw are told in hundredths, as dice want whole weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """Over a line."""

    at_ms: int
    line: str
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Stayed:
    """In a zone."""

    zone: str
    since_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped:
    """At a reader, or with a phone at a shelf's tag: the other is None."""

    at_ms: int
    reader: str | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """A receipt: GTINs, one line each."""

    at_ms: int
    gtins: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One shopper's minutes in the store, in order of time where there is one."""

    crossed: tuple[Crossed, ...]
    stayed: tuple[Stayed, ...]
    trod: tuple[Trod, ...]  # `after_ms` since the Unix epoch
    tapped: tuple[Tapped, ...]
    bought: Bought | None
    waited: Stayed | None


class Layout:
    """One plan's places to stand and ways to walk. State of one owner: ways are remembered."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.routes = Routes(store.plan, store.scenario.door)
        stands = stands_of(store.plan)
        self.till = next(stand for stand in stands if _kind(store, stand) is ZoneKind.TILL)
        self.stands: dict[str, tuple[Stand, ...]] = {
            zone.id: tuple(stand for stand in stands if stand.zone == zone.id)
            for zone in store.plan.zones
            if zone.kind is ZoneKind.SHELF and any(stand.zone == zone.id for stand in stands)
        }
        self.queue = spot(store.scenario.queue[0])
        self.queue_zone = next((zone.id for zone in store.plan.zones if zone.kind is ZoneKind.QUEUE), None)
        self.goods = {
            zone: tuple(gtin for shelf in store.plan.shelves if shelf.zone == zone for gtin in shelf.products)
            for zone in self.stands
        }


def _kind(store: Store, stand: Stand) -> ZoneKind:
    return next(zone.kind for zone in store.plan.zones if zone.id == stand.zone)


class _Walker:
    """A life as it is being made."""

    def __init__(self, layout: Layout, at: Spot, now_ms: int) -> None:
        self._layout = layout
        self.at = at
        self.now_ms = now_ms
        self.crossed: list[Crossed] = []
        self.stayed: list[Stayed] = []
        self.trod: list[Trod] = []

    def go(self, goal: Spot) -> None:
        route = self._layout.routes.route(self.at, goal)
        self.trod += (Trod(cell=it.cell, after_ms=self.now_ms + it.after_ms, for_ms=it.for_ms) for it in route.trod)
        self.crossed += (
            Crossed(at_ms=self.now_ms + it.after_ms, line=it.line, direction=it.direction) for it in route.over
        )
        for it in sorted(route.within, key=lambda one: one.since_ms):
            self._be(it.zone, self.now_ms + it.since_ms, self.now_ms + min(it.until_ms, route.length_ms))
        self.now_ms += route.length_ms
        self.at = goal

    def stand(self, zone: str, for_ms: int, sway: Dice) -> None:
        """Here for a while, now and then half a step aside."""
        end = self.now_ms + for_ms
        self._be(zone, self.now_ms, end)
        while self.now_ms < end:
            span = min(4_000, end - self.now_ms)
            place = Spot(self.at.x + sway.whole(-180, 180), self.at.y + sway.whole(-120, 120))
            self.trod.append(Trod(cell=cell_of(place), after_ms=self.now_ms, for_ms=span))
            self.now_ms += span

    def _be(self, zone: str, since_ms: int, until_ms: int) -> None:
        for place in range(len(self.stayed) - 1, max(-1, len(self.stayed) - 4), -1):
            last = self.stayed[place]
            if last.zone == zone and since_ms - last.until_ms <= 200:
                self.stayed[place] = Stayed(zone=zone, since_ms=last.since_ms, until_ms=max(until_ms, last.until_ms))
                return
        self.stayed.append(Stayed(zone=zone, since_ms=since_ms, until_ms=until_ms))


def life(layout: Layout, season: Season, dice: Dice, *, came_ms: int, day: dt.date) -> Life:
    """What a shopper does who comes to the door at `came_ms`."""
    habits, door = season.habits, layout.store.scenario.door
    walker = _Walker(layout, spot(door.come_from), came_ms)
    tapped: list[Tapped] = []
    basket: list[str] = []
    errands = _errands(layout, season, dice, day)
    if not errands:
        walker.go(dice.pick(dice.pick(tuple(layout.stands.values()))).at)  # only to look round
    for zone in errands:
        stand = dice.pick(layout.stands[zone])
        walker.go(stand.at)
        look_ms = max(1_500, dice.log_normal(habits.look_median_ms, habits.look_spread))
        tap = _tap(stand, season, dice, walker.now_ms + look_ms // 2)
        walker.stand(zone, look_ms, dice)
        tapped += (tap,) if tap else ()
        chance = (habits.buys_after_tap if tap else habits.buys) * season.buy(zone, day)
        if layout.goods[zone] and dice.happens(min(0.95, chance)):
            basket.append(_chosen(layout, zone, stand, dice, tapped=tap is not None))
    waited = _pay(walker, layout, season, dice) if basket else None
    bought = Bought(at_ms=walker.now_ms, gtins=tuple(basket)) if basket else None
    walker.go(spot(door.go_to))
    return Life(
        crossed=tuple(walker.crossed),
        stayed=tuple(it for it in walker.stayed if it.until_ms - it.since_ms >= _SHORTEST_STAY_MS),
        trod=tuple(walker.trod),
        tapped=tuple(tapped),
        bought=bought,
        waited=waited,
    )


def _errands(layout: Layout, season: Season, dice: Dice, day: dt.date) -> Sequence[str]:
    """The zones that a shopper stops in, each once."""
    if dice.happens(season.habits.looks):
        return ()
    popularity = layout.store.scenario.popularity
    weights = {zone: round(_WEIGHT * popularity.get(zone, 0) * season.draw(zone, day)) for zone in layout.stands}
    found: list[str] = []
    for _ in range(dice.whole(*season.habits.stops)):
        left = [(zone, weight) for zone, weight in weights.items() if zone not in found]
        if any(weight for _, weight in left):
            found.append(dice.weighted(left))
    return found


def _tap(stand: Stand, season: Season, dice: Dice, at_ms: int) -> Tapped | None:
    if stand.reader and dice.happens(season.habits.taps):
        return Tapped(at_ms=at_ms, reader=stand.reader)
    if stand.tags and dice.happens(season.habits.phones):
        return Tapped(at_ms=at_ms, tag=dice.pick(stand.tags))
    return None


def _chosen(layout: Layout, zone: str, stand: Stand, dice: Dice, *, tapped: bool) -> str:
    """What goes into the basket: what was tapped where the reader stands for it, or anything of the zone."""
    reader = next((it for it in layout.store.plan.readers if it.id == stand.reader), None)
    return reader.gtin if tapped and reader and reader.gtin else dice.pick(layout.goods[zone])


def _pay(walker: _Walker, layout: Layout, season: Season, dice: Dice) -> Stayed | None:
    waited = None
    if layout.queue_zone and dice.happens(0.6):
        walker.go(layout.queue)
        since = walker.now_ms
        walker.stand(layout.queue_zone, dice.log_normal(season.habits.queue_median_ms, 0.6), dice)
        waited = Stayed(zone=layout.queue_zone, since_ms=since, until_ms=walker.now_ms)
    walker.go(layout.till.at)
    walker.stand(layout.till.zone, dice.log_normal(season.habits.pay_median_ms, 0.3), dice)
    return waited
