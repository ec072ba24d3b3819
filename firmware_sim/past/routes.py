"""Ways through a store, walked once and remembered: the floor under each, the zones and the lines on it."""

import itertools
import math
from dataclasses import dataclass, field
from typing import Final

from contract.events import Direction
from contract.plan import Plan
from firmware_sim.town.geometry import Outline, Spot, cross, distance2, inside, outline, side, spot
from firmware_sim.town.scenario import Door
from firmware_sim.town.walkways import Walkways, walkways_of

CELL_MM: Final = 250
_STEP_MS: Final = 100
_PACE_MM: Final = 110
"""What a shopper walks in a step: 1.1 m/s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trod:
    """`for_ms` on one cell of the floor, `after_ms` from the way's beginning."""

    cell: Spot
    after_ms: int
    for_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """In a zone from `since_ms` to `until_ms` of the way."""

    zone: str
    since_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """Over a line, `after_ms` from the way's beginning."""

    line: str
    direction: Direction
    after_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way from place to place."""

    length_ms: int
    trod: tuple[Trod, ...]
    within: tuple[Within, ...]
    over: tuple[Over, ...]


@dataclass(slots=True)
class Routes:
    """The ways of one plan; each is found once."""

    plan: Plan
    door: Door
    _walkways: Walkways = field(init=False)
    _zones: tuple[tuple[str, Outline], ...] = field(init=False)
    _known: dict[tuple[Spot, Spot], Route] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._walkways = walkways_of(self.plan, self.door)
        self._zones = tuple((zone.id, outline(zone.polygon)) for zone in self.plan.zones)

    def route(self, start: Spot, goal: Spot) -> Route:
        """The way from a place to another."""
        key = (start, goal)
        if key not in self._known:
            self._known[key] = self._walked(_steps((start, *self._walkways.way(start, goal))))
        return self._known[key]

    def _walked(self, steps: tuple[Spot, ...]) -> Route:
        return Route(
            length_ms=_STEP_MS * (len(steps) - 1),
            trod=_trod(steps),
            within=tuple(each for zone, shape in self._zones for each in _within(zone, shape, steps)),
            over=tuple(
                Over(
                    line=line.id,
                    direction=Direction.IN if side(spot(line.a), spot(line.b), there) > 0 else Direction.OUT,
                    after_ms=_STEP_MS * place,
                )
                for place, (here, there) in enumerate(itertools.pairwise(steps), 1)
                for line in self.plan.lines
                if cross(spot(line.a), spot(line.b), here, there)
            ),
        )


def _steps(corners: tuple[Spot, ...]) -> tuple[Spot, ...]:
    """Where the walker is at the end of each step."""
    steps, left = [corners[0]], 0.0
    for here, there in itertools.pairwise(corners):
        length = math.isqrt(distance2(here, there))
        at = _PACE_MM - left
        while at <= length and length:
            steps.append(
                Spot(here.x + round((there.x - here.x) * at / length), here.y + round((there.y - here.y) * at / length))
            )
            at += _PACE_MM
        left = length - (at - _PACE_MM)
    return (*steps, corners[-1])


def _trod(steps: tuple[Spot, ...]) -> tuple[Trod, ...]:
    found: list[Trod] = []
    for place, at in enumerate(steps[1:]):
        cell = cell_of(at)
        if found and found[-1].cell == cell:
            found[-1] = Trod(cell=cell, after_ms=found[-1].after_ms, for_ms=found[-1].for_ms + _STEP_MS)
        else:
            found.append(Trod(cell=cell, after_ms=_STEP_MS * place, for_ms=_STEP_MS))
    return tuple(found)


def _within(zone: str, shape: Outline, steps: tuple[Spot, ...]) -> list[Within]:
    found: list[Within] = []
    for place, at in enumerate(steps):
        if not inside(shape, at):
            continue
        if found and found[-1].until_ms == _STEP_MS * place:
            found[-1] = Within(zone=zone, since_ms=found[-1].since_ms, until_ms=_STEP_MS * (place + 1))
        else:
            found.append(Within(zone=zone, since_ms=_STEP_MS * place, until_ms=_STEP_MS * (place + 1)))
    return found


def cell_of(at: Spot) -> Spot:
    """The cell of floor that a place lies in."""
    return Spot(at.x // CELL_MM, at.y // CELL_MM)
