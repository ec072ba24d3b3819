"""The store's day as a function from one step of the clock to the next, the same on every machine."""

import enum
import math
from dataclasses import dataclass, replace
from typing import Final

from firmware_sim.town.dice import Dice
from firmware_sim.town.geometry import Spot, cross, distance2, inside, outline, side, spot
from firmware_sim.town.happenings import (
    CardOffered,
    Crossed,
    Done,
    Gone,
    Happening,
    ProfileBegun,
    Put,
    Sold,
    Stood,
    TagOpened,
    TakenBack,
    Way,
    ZoneEntered,
    ZoneLeft,
)
from firmware_sim.town.people import Body
from firmware_sim.town.standing import Stand, stands_of
from firmware_sim.town.steering import APART_MM, SQUEEZE_MM, Mover, course
from firmware_sim.town.store import Store
from firmware_sim.town.visits import Act, Begin, BindCard, Do, Errand, Hold, OpenTag, Pay, Regretted, Visit, visit
from firmware_sim.town.walkways import Walkways, walkways_of

STEP_MS: Final = 50
STILL: Final = Spot(0, 0)
_ALONG: Final = Spot(1000, 0)
_PATIENCE_MS: Final = 6_000
"""How long somebody waits for a place before they give the errand up."""
_CORNER_MM: Final = 220
"""A corner of the way is passed at this distance."""
_ARRIVED_MM: Final = 25
_GONE_MM: Final = 700
"""This near to where they go, people are out of sight."""
_STUCK_MS: Final = 2_000


class Phase(enum.StrEnum):
    """What a shopper is doing."""

    WALKING = "walking"  # on their way to a stand
    STANDING = "standing"  # there, with the errand
    QUEUEING = "queueing"  # before the till, or walking up in the queue
    LEAVING = "leaving"  # on their way out


@dataclass(frozen=True, slots=True, kw_only=True)
class Shopper:
    """One person in the store."""

    visit: Visit
    phase: Phase
    at: Spot
    step: Spot = STILL  # what they moved in the last step, mm
    facing: Spot = _ALONG
    walked_mm: int = 0
    reach: int = 0
    way: tuple[Spot, ...] = ()
    stand: str | None = None  # the place that is theirs for now
    errand: Errand | None = None
    todo: tuple[Errand, ...] = ()
    since: int = 0  # when they came to stand there
    done: int = 0  # acts of the errand
    waited_ms: int = 0
    stuck_ms: int = 0
    zones: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """Counts shoppers from 1 in the order of their coming."""
        return self.visit.number

    def body(self) -> Body:
        """What a camera sees of them."""
        moved = math.isqrt(self.step.x**2 + self.step.y**2)
        return Body(
            at=self.at,
            facing=self.facing,
            walked_mm=self.walked_mm,
            pace=min(100, moved * 100 // max(1, self.visit.speed * STEP_MS // 1300)),
            reach=self.reach,
            look=self.visit.look,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The store at one moment."""

    now: int  # ms since the day's start
    shoppers: tuple[Shopper, ...] = ()
    came: int = 0
    next_arrival: int = 0
    queue: tuple[int, ...] = ()  # numbers of shoppers, the one at the till first


class Town:
    """What does not change in a day: the store, its places, its ways, the seed."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store, self.seed = store, seed
        self.stands = {stand.id: stand for stand in stands_of(store.plan)}
        self.ways: Walkways = walkways_of(store.plan, store.scenario.door)
        self.zones = tuple((zone.id, outline(zone.polygon)) for zone in store.plan.zones)
        self.lines = tuple((line.id, spot(line.a), spot(line.b)) for line in store.plan.lines)
        door = store.scenario.door
        self.come_from, self.go_to = spot(door.come_from), spot(door.go_to)
        self.way_in, self.way_out = spot(door.way_in), spot(door.way_out)
        self.queue = tuple(spot(place) for place in store.scenario.queue)

    def dawn(self) -> World:
        """The empty store at the day's start."""
        return World(now=0, next_arrival=round(self.store.scenario.arrivals.first_s * 1000))

    def visit(self, number: int) -> Visit:
        """What this shopper will do."""
        return visit(self.store, tuple(self.stands.values()), self.seed, number)

    def gap(self, number: int) -> int:
        """How long after this shopper the next one comes, ms."""
        mean = round(self.store.scenario.arrivals.mean_gap_s * 1000)
        return max(1_200, Dice(self.seed, "gap", number).gap(mean))


def step(town: Town, world: World) -> tuple[World, tuple[Happening, ...]]:
    """The world `STEP_MS` later, and what happened in between."""
    return _Moment(town, world).passed()


class _Moment:
    """One step of the clock being taken."""

    def __init__(self, town: Town, world: World) -> None:
        self._town, self._now = town, world.now + STEP_MS
        self._people = {shopper.number: shopper for shopper in world.shoppers}
        self._queue = list(world.queue)
        self._world = world
        self._told: list[Happening] = []

    def passed(self) -> tuple[World, tuple[Happening, ...]]:
        came, next_arrival = self._arrivals(self._world.came, self._world.next_arrival)
        for number in sorted(self._people):
            before = self._people[number]
            after = self._live(before)
            if after is None:
                del self._people[number]
                self._told.append(Gone(at=self._now, shopper=number))
            else:
                self._people[number] = self._observed(before, after)
        world = World(
            now=self._now,
            shoppers=tuple(self._people[number] for number in sorted(self._people)),
            came=came,
            next_arrival=next_arrival,
            queue=tuple(self._queue),
        )
        return world, tuple(self._told)

    # Coming

    def _arrivals(self, came: int, next_arrival: int) -> tuple[int, int]:
        most = self._town.store.scenario.arrivals.at_most_inside
        door = self._town.come_from
        crowded = any(distance2(other.at, door) < 700**2 for other in self._people.values())
        if self._now < next_arrival or len(self._people) >= most or crowded:
            return came, next_arrival
        visit = self._town.visit(came + 1)
        shopper = Shopper(visit=visit, phase=Phase.WALKING, at=door, todo=visit.errands, since=self._now)
        started = self._goes_on(shopper, door)
        if started.phase is Phase.STANDING:  # every place is taken: they look in again a little later
            return came, self._now + 1_000
        way_in = self._town.way_in
        way = (*self._town.ways.way(door, way_in), *self._town.ways.way(way_in, started.way[-1]))
        self._people[visit.number] = replace(started, way=way)
        return came + 1, self._now + self._town.gap(visit.number)

    # Living

    def _live(self, shopper: Shopper) -> Shopper | None:
        """The shopper one step later; None once they are gone."""
        match shopper.phase:
            case Phase.STANDING:
                return self._stands(shopper)
            case Phase.QUEUEING:
                return self._queues(shopper)
            case Phase.WALKING:
                walked = self._walks(shopper)
                return walked if walked.way else self._arrives(walked)
            case Phase.LEAVING:
                walked = self._walks(shopper)
                return None if distance2(walked.at, self._town.go_to) < _GONE_MM**2 else walked

    def _arrives(self, shopper: Shopper) -> Shopper:
        return replace(shopper, phase=Phase.STANDING, since=self._now, done=0, waited_ms=0, step=STILL)

    def _stands(self, shopper: Shopper) -> Shopper | None:
        shopper = self._turned(self._acts(shopper), self._facing(shopper))
        stay = shopper.errand.stay_ms if shopper.errand else 0
        if self._now - shopper.since < stay + shopper.waited_ms:
            return shopper
        if self._queue[:1] == [shopper.number]:
            self._queue.pop(0)
            return self._leaves(shopper)
        return self._goes_on(shopper, shopper.at)

    def _goes_on(self, shopper: Shopper, start: Spot) -> Shopper:
        """To the next errand whose place is free, then to the till, then home; or wait a second where they are."""
        for errand in shopper.todo:
            stand = next((name for name in errand.stands if self._is_free(name)), None)
            if stand is not None:
                todo = tuple(other for other in shopper.todo if other is not errand)
                way = self._town.ways.way(start, self._town.stands[stand].at)
                return replace(
                    shopper, phase=Phase.WALKING, errand=errand, todo=todo, stand=stand, way=way, waited_ms=0, reach=0
                )
        room = len(self._queue) <= len(self._town.queue)
        if not shopper.todo and shopper.visit.checkout is not None and room:
            self._queue.append(shopper.number)
            return self._queues(replace(shopper, phase=Phase.QUEUEING, stand=None, way=(), errand=None, reach=0))
        if (shopper.todo or shopper.visit.checkout is not None) and shopper.waited_ms < _PATIENCE_MS:
            return replace(shopper, phase=Phase.STANDING, waited_ms=shopper.waited_ms + 1_000)
        if shopper.todo:
            return self._goes_on(replace(shopper, todo=shopper.todo[1:], waited_ms=0), start)
        return self._leaves(shopper)

    def _is_free(self, stand: str) -> bool:
        return all(other.stand != stand for other in self._people.values())

    def _queues(self, shopper: Shopper) -> Shopper:
        place = self._queue.index(shopper.number)
        checkout = shopper.visit.checkout
        assert checkout is not None
        stand = checkout.stands[0]
        goal = self._town.stands[stand].at if place == 0 else self._town.queue[place - 1]
        if not shopper.way or shopper.way[-1] != goal:
            if distance2(shopper.at, goal) > _ARRIVED_MM**2:
                shopper = replace(shopper, way=self._town.ways.way(shopper.at, goal))
            elif place == 0:
                return self._arrives(replace(shopper, stand=stand, errand=checkout))
            else:
                return self._turned(replace(shopper, step=STILL), self._towards_till(shopper.at, stand))
        return self._walks(shopper)

    def _towards_till(self, at: Spot, stand: str) -> Spot:
        till = self._town.stands[stand].at
        return _unit(Spot(till.x - at.x, till.y - at.y))

    def _leaves(self, shopper: Shopper) -> Shopper:
        out, home = self._town.way_out, self._town.go_to
        way = (*self._town.ways.way(shopper.at, out), *self._town.ways.way(out, home))
        return replace(shopper, phase=Phase.LEAVING, stand=None, errand=None, todo=(), way=way, reach=0)

    # Moving

    def _walks(self, shopper: Shopper) -> Shopper:
        others = tuple(
            Mover(at=other.at, step=other.step) for other in self._people.values() if other.number != shopper.number
        )
        apart = APART_MM if shopper.stuck_ms < _STUCK_MS else SQUEEZE_MM if shopper.stuck_ms < 3 * _STUCK_MS else 150
        fastest = shopper.visit.speed * STEP_MS // 1000
        move = course(
            Mover(at=shopper.at, step=shopper.step),
            shopper.way[0],
            fastest=fastest,
            others=others,
            apart=apart,
            open_at=self._town.ways.open_at,
        )
        at = Spot(shopper.at.x + move.x, shopper.at.y + move.y)
        moved = math.isqrt(move.x**2 + move.y**2)
        way = shopper.way[1:] if self._passes(at, shopper.way) else shopper.way
        walked = replace(
            shopper,
            at=at,
            step=move,
            way=way,
            walked_mm=shopper.walked_mm + moved,
            stuck_ms=0 if moved > 8 else shopper.stuck_ms + STEP_MS,
            reach=max(0, shopper.reach - 20),
        )
        if way and walked.stuck_ms and walked.stuck_ms % _STUCK_MS == 0:
            walked = replace(walked, way=self._town.ways.way(at, way[-1]))
        return self._turned(walked, _unit(move)) if moved > 8 else walked

    def _passes(self, at: Spot, way: tuple[Spot, ...]) -> bool:
        """Whether the next corner is behind a walker who is here."""
        if len(way) == 1:
            return distance2(at, way[0]) <= _ARRIVED_MM**2
        return distance2(at, way[0]) <= _CORNER_MM**2 and self._town.ways.clear(at, way[1])

    def _facing(self, shopper: Shopper) -> Spot:
        return self._town.stands[shopper.stand].facing if shopper.stand else shopper.facing

    def _turned(self, shopper: Shopper, wish: Spot) -> Shopper:
        """Turned a little more towards a direction."""
        x, y = shopper.facing.x * 4 + wish.x, shopper.facing.y * 4 + wish.y
        if wish.x * shopper.facing.x + wish.y * shopper.facing.y < -900_000:  # about-turn: by the right
            x, y = x - shopper.facing.y, y + shopper.facing.x
        return replace(shopper, facing=_unit(Spot(x, y)))

    # Acting

    def _acts(self, shopper: Shopper) -> Shopper:
        errand, stand = shopper.errand, self._town.stands[shopper.stand] if shopper.stand else None
        if errand is None or stand is None:
            return shopper
        passed, done = self._now - shopper.since, shopper.done
        while done < len(errand.acts) and errand.acts[done].after_ms <= passed:
            self._does(shopper, stand, errand.acts[done])
            done += 1
        reaching = any(_is_at_hand(act, passed) for act in errand.acts)
        reach = min(100, shopper.reach + 25) if reaching else max(0, shopper.reach - 20)
        return replace(shopper, done=done, reach=reach)

    def _does(self, shopper: Shopper, stand: Stand, act: Act) -> None:
        now, number = self._now, shopper.number
        match act:
            case Hold():
                assert stand.reader is not None
                until = now + act.hold_ms // STEP_MS * STEP_MS
                self._told.append(Put(at=now, reader=stand.reader, thing=act.thing, until=until, shopper=number))
            case OpenTag():
                self._told.append(TagOpened(at=now, tag=act.tag, shopper=number))
            case Begin():
                self._told.append(ProfileBegun(at=now, choices=act.choices, shopper=number))
            case Do():
                self._told.append(Done(at=now, deed=act.deed, stars=act.stars, shopper=number))
            case BindCard():
                assert stand.reader is not None
                self._told.append(CardOffered(at=now, reader=stand.reader, shopper=number))
            case Pay():
                basket, sale = shopper.visit.basket, self._sale(number)
                self._told.append(
                    Sold(at=now, sale=sale, lines=basket, shopper=number, shows=act.shows, spends=act.spends)
                )
            case Regretted():
                self._told.append(TakenBack(at=now, sale=self._sale(number), regret=act.regret, shopper=number))

    def _sale(self, number: int) -> str:
        return f"day-{self._town.seed}-{number}"

    # What is true of it

    def _observed(self, before: Shopper, after: Shopper) -> Shopper:
        """The shopper with the zones they are in now; tells crossings, zones and where they stood."""
        number = after.number
        for line, a, b in self._town.lines:
            if before.at != after.at and cross(a, b, before.at, after.at):
                way = Way.IN if side(a, b, after.at) > 0 else Way.OUT
                self._told.append(Crossed(at=self._now, line=line, way=way, shopper=number))
        zones = tuple(zone for zone, shape in self._town.zones if inside(shape, after.at))
        for zone in before.zones:
            if zone not in zones:
                self._told.append(ZoneLeft(at=self._now, zone=zone, shopper=number))
        for zone in zones:
            if zone not in before.zones:
                self._told.append(ZoneEntered(at=self._now, zone=zone, shopper=number))
        self._told.append(Stood(at=self._now, spot=after.at, span_ms=STEP_MS, shopper=number))
        return replace(after, zones=zones)


def _is_at_hand(act: Act, passed: int) -> bool:
    if isinstance(act, Do | Regretted):
        return False
    hold = act.hold_ms if isinstance(act, Hold) else 900
    return act.after_ms - 250 <= passed <= act.after_ms + hold


def _unit(direction: Spot) -> Spot:
    length = math.isqrt(direction.x**2 + direction.y**2)
    return Spot(direction.x * 1000 // length, direction.y * 1000 // length) if length else Spot(1000, 0)
