"""Who walks through a scene, step by step of the clock, the same on every machine for the same seed."""

import math
from dataclasses import dataclass, replace
from typing import Final

from firmware_sim.sight.floor import Floor
from firmware_sim.sight.scenario import Age, Cargo, Leg, Scene, Stream
from firmware_sim.town.dice import Dice
from firmware_sim.town.geometry import Spot, distance2, spot
from firmware_sim.town.people import Body, Look
from firmware_sim.town.steering import APART_MM, SQUEEZE_MM, Mover, course
from firmware_sim.town.visits import dressed
from firmware_sim.town.world import STEP_MS

_STILL: Final = Spot(0, 0)
_PASSED_MM: Final = 260
"""A place that is only walked past is passed at this distance."""
_ARRIVED_MM: Final = 120
_CLOSE_MM: Final = 1_000
"""Near enough to a place where somebody else stands, for who waited for it."""
_STUCK_MS: Final = 1_500
_CHILD_MM: Final = (900, 1_300)
_BEHIND_MS: Final = 900
"""A child comes this long after who brings it."""
_MOVING_MM: Final = 8
_CARGO_ROOM_MM: Final = 500
"""So much more room is kept by who pushes something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A place on somebody's own way."""

    at: Spot
    stand_ms: int
    looks_at: Spot | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Walker:
    """One person at one moment; `number` counts from 1 in the order of their coming."""

    number: int
    stream: int
    look: Look
    speed: int  # mm/s
    pushes: Cargo
    enters_ms: int
    stops: tuple[Stop, ...]  # those still ahead
    at: Spot
    facing: Spot  # thousandths
    step: Spot = _STILL  # mm, the last one
    walked_mm: int = 0
    stood_ms: int = 0
    stuck_ms: int = 0

    def body(self) -> Body:
        """What a camera sees of them."""
        moved = math.isqrt(self.step.x**2 + self.step.y**2)
        return Body(
            at=self.at,
            facing=self.facing,
            walked_mm=self.walked_mm,
            pace=min(100, moved * 100 // max(1, self.speed * STEP_MS // 1300)),
            reach=0 if self.pushes is Cargo.NONE else 45,
            look=self.look,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """All who are in the scene at one moment."""

    now: int  # ms
    walkers: tuple[Walker, ...] = ()
    came: int = 0
    due: tuple[int, ...] = ()  # for each stream: when its next one may come, ms

    @property
    def there(self) -> tuple[Walker, ...]:
        """Those who have come in."""
        return tuple(walker for walker in self.walkers if walker.enters_ms <= self.now)


class Play:
    """What does not change in a scene: its floor, its streams of people, the seed."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self.scene, self.seed = scene, seed
        self.floor = Floor.of(scene.room, scene.scenario.mannequins)

    def dawn(self) -> Crowd:
        """The scene before anybody came."""
        return Crowd(now=0, due=tuple(round(stream.first_s * 1000) for stream in self.scene.scenario.streams))

    def after(self, crowd: Crowd) -> Crowd:
        """The scene one step of the clock later."""
        now = crowd.now + STEP_MS
        walkers = list(crowd.walkers)
        for place, walker in enumerate(walkers):
            if walker.enters_ms <= now:
                others = tuple(other for other in walkers if other is not walker and other.enters_ms <= now)
                walkers[place] = self._live(walker, others)
        left = tuple(walker for walker in walkers if walker.stops)
        return self._arrivals(replace(crowd, now=now, walkers=left))

    def _arrivals(self, crowd: Crowd) -> Crowd:
        for number, stream in enumerate(self.scene.scenario.streams):
            mine = sum(walker.stream == number for walker in crowd.walkers)
            if crowd.now >= crowd.due[number] and mine < stream.at_most:
                crowd = self._come(crowd, number, stream)
        return crowd

    def _come(self, crowd: Crowd, number: int, stream: Stream) -> Crowd:
        dice = Dice(self.seed, self.scene.scenario.name, "walker", crowd.came + 1)
        way = self.scene.room.ways[dice.pick(stream.ways)]
        start = spot(way[0].at)
        if any(distance2(walker.at, start) < APART_MM**2 for walker in crowd.walkers):
            return crowd
        walker = self._walker(dice, crowd, number, stream, way)
        came = [walker]
        if dice.happens(stream.child_share):
            came.append(_child_of(walker, dice))
        gap = max(round(stream.least_gap_s * 1000), dice.gap(round(stream.mean_gap_s * 1000)))
        due = tuple(crowd.now + gap if at == number else when for at, when in enumerate(crowd.due))
        return replace(crowd, walkers=(*crowd.walkers, *came), came=crowd.came + len(came), due=due)

    def _walker(self, dice: Dice, crowd: Crowd, number: int, stream: Stream, way: tuple[Leg, ...]) -> Walker:
        look = dressed(dice)
        if stream.age is Age.CHILD:
            look = replace(look, height_mm=dice.whole(*_CHILD_MM), child=True, coat=False, bag=False)
        slow, fast = (round(mps * 1000) for mps in stream.speed_mps)
        stops = tuple(_stop(leg, dice) for leg in way)
        ahead = Spot(stops[1].at.x - stops[0].at.x, stops[1].at.y - stops[0].at.y)
        return Walker(
            number=crowd.came + 1,
            stream=number,
            look=look,
            speed=dice.whole(slow, fast),
            pushes=stream.pushes,
            enters_ms=crowd.now,
            stops=stops[1:],
            at=stops[0].at,
            facing=_unit(ahead),
        )

    def _live(self, walker: Walker, others: tuple[Walker, ...]) -> Walker:
        """The walker one step later; no stops are left once they are gone."""
        stop = walker.stops[0]
        if not self._is_at(walker, stop):
            return self._walk(walker, stop, others)
        if walker.stood_ms < stop.stand_ms:
            looks = stop.looks_at or Spot(stop.at.x + walker.facing.x, stop.at.y + walker.facing.y)
            turned = _turned(walker, _unit(Spot(looks.x - walker.at.x, looks.y - walker.at.y)))
            return replace(turned, stood_ms=walker.stood_ms + STEP_MS, step=_STILL)
        return replace(walker, stops=walker.stops[1:], stood_ms=0, stuck_ms=0)

    def _is_at(self, walker: Walker, stop: Stop) -> bool:
        near = _ARRIVED_MM if stop.stand_ms else _PASSED_MM
        gap = distance2(walker.at, stop.at)
        return walker.stood_ms > 0 or gap <= near**2 or (walker.stuck_ms >= _STUCK_MS and gap <= _CLOSE_MM**2)

    def _walk(self, walker: Walker, stop: Stop, others: tuple[Walker, ...]) -> Walker:
        apart = APART_MM if walker.pushes is Cargo.NONE else APART_MM + _CARGO_ROOM_MM
        if walker.stuck_ms >= _STUCK_MS:
            apart = SQUEEZE_MM if walker.stuck_ms < 3 * _STUCK_MS else 150
        move = course(
            Mover(at=walker.at, step=walker.step),
            stop.at,
            fastest=walker.speed * STEP_MS // 1000,
            others=(*(Mover(at=other.at, step=other.step) for other in others), *self.floor.statues),
            apart=apart,
            open_at=self.floor.open_at,
        )
        moved = math.isqrt(move.x**2 + move.y**2)
        walked = replace(
            walker,
            at=Spot(walker.at.x + move.x, walker.at.y + move.y),
            step=move,
            walked_mm=walker.walked_mm + moved,
            stuck_ms=0 if moved > _MOVING_MM else walker.stuck_ms + STEP_MS,
        )
        return _turned(walked, _unit(move)) if moved > _MOVING_MM else walked


def _stop(leg: Leg, dice: Dice) -> Stop:
    spread = round(leg.spread_m * 1000)
    shortest, longest = (round(seconds * 1000) for seconds in leg.stand_s)
    at = spot(leg.at)
    return Stop(
        at=Spot(at.x + dice.whole(-spread, spread), at.y + dice.whole(-spread // 3, spread // 3)),
        stand_ms=dice.whole(shortest, longest) // STEP_MS * STEP_MS,
        looks_at=spot(leg.looks_at) if leg.looks_at else None,
    )


def _child_of(grown: Walker, dice: Dice) -> Walker:
    """A child that walks the same way a little behind and stands beside who brought it."""
    look = replace(dressed(dice), height_mm=dice.whole(*_CHILD_MM), child=True, coat=False, bag=False)
    aside = 620 if dice.happens(0.5) else -620
    stops = tuple(
        replace(stop, at=Spot(stop.at.x + aside, stop.at.y)) if stop.stand_ms else stop for stop in grown.stops
    )
    return replace(
        grown,
        number=grown.number + 1,
        look=look,
        pushes=Cargo.NONE,
        speed=grown.speed * 21 // 20,
        enters_ms=grown.enters_ms + _BEHIND_MS,
        stops=stops,
    )


def _turned(walker: Walker, wish: Spot) -> Walker:
    """Turned a little more towards a direction."""
    x, y = walker.facing.x * 4 + wish.x, walker.facing.y * 4 + wish.y
    if wish.x * walker.facing.x + wish.y * walker.facing.y < -900_000:  # about-turn: by the right
        x, y = x - walker.facing.y, y + walker.facing.x
    return replace(walker, facing=_unit(Spot(x, y)))


def _unit(direction: Spot) -> Spot:
    length = math.isqrt(direction.x**2 + direction.y**2)
    return Spot(direction.x * 1000 // length, direction.y * 1000 // length) if length else Spot(1000, 0)
