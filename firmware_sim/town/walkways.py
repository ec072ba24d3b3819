"""Where people can walk, and the shortest way from place to place round the shelves."""

import heapq
import math
from dataclasses import dataclass, field
from typing import Final

from contract.plan import Plan, ZoneKind
from firmware_sim.town.geometry import Box, Outline, Spot, box_around, distance2, inside, outline, spot
from firmware_sim.town.scenario import Door

CLEAR_MM: Final = 260
"""How far the middle of a walking body stays from furniture and walls."""
_CELL_MM: Final = 200
_OUTSIDE_MM: Final = 1_600
"""How much of the street before the door is walked on."""
_BROWSED: Final = 3
"""A step through a zone where others look at goods costs this many ordinary steps: walkers go round it."""


@dataclass(slots=True)
class Walkways:
    """The free floor of a plan; `way` remembers what it once found, and always finds the same."""

    _free: tuple[Box, ...]
    _blocked: tuple[Box, ...]
    _slow: tuple[Outline, ...]
    _known: dict[tuple[Spot, Spot], tuple[Spot, ...]] = field(default_factory=dict)
    _costs: dict[Spot, int] = field(default_factory=dict)

    def open_at(self, at: Spot) -> bool:
        """Whether the middle of a body may be here."""
        return any(box.has(at) for box in self._free) and not any(box.has(at) for box in self._blocked)

    def way(self, start: Spot, goal: Spot) -> tuple[Spot, ...]:
        """The corners to walk by, the goal last; straight at the goal where there is no way."""
        key = (_cell(start), goal)
        if key not in self._known:
            self._known[key] = self._pulled(self._search(_cell(start), _cell(goal)), goal)
        return self._known[key]

    def clear(self, a: Spot, b: Spot) -> bool:
        """Whether the straight way from a to b is free, b itself apart."""
        steps = math.isqrt(distance2(a, b)) // 50 + 1
        return all(
            self.open_at(Spot(a.x + (b.x - a.x) * i // steps, a.y + (b.y - a.y) * i // steps)) for i in range(steps)
        )

    def _cost(self, cell: Spot) -> int:
        """What a step onto a cell costs; 0 where nobody can be."""
        if cell not in self._costs:
            at = _middle(cell)
            slow = any(inside(shape, at) for shape in self._slow)
            self._costs[cell] = (_BROWSED if slow else 1) if self.open_at(at) else 0
        return self._costs[cell]

    def _search(self, start: Spot, goal: Spot) -> list[Spot]:
        """A* over the grid's cells (P. Hart, N. Nilsson, B. Raphael, 1968), steps of 10 and 14 for √2."""
        reached, came = {start: 0}, dict[Spot, Spot]()
        edge = [(_least(start, goal), start)]
        while edge:
            _, cell = heapq.heappop(edge)
            if cell == goal:
                return _back(came, cell)
            for step, length in _STEPS:
                other = Spot(cell.x + step.x, cell.y + step.y)
                cost = 1 if other == goal else self._cost(other)
                corner = step.x and step.y and not (
                    self._cost(Spot(other.x, cell.y)) and self._cost(Spot(cell.x, other.y))
                )  # fmt: skip
                total = reached[cell] + length * cost
                if cost and not corner and total < reached.get(other, 1 << 60):
                    reached[other], came[other] = total, cell
                    heapq.heappush(edge, (total + _least(other, goal), other))
        return [goal]

    def _pulled(self, cells: list[Spot], goal: Spot) -> tuple[Spot, ...]:
        """The way without the corners that a straight walk at no higher cost makes needless."""
        places = [*(_middle(cell) for cell in cells[:-1]), goal]
        kept, at = list[Spot](), 0
        while at < len(places) - 1:
            further = at + 1
            for candidate in range(len(places) - 1, at + 1, -1):
                if self._straight(places[at], places[candidate], places[at : candidate + 1]):
                    further = candidate
                    break
            kept.append(places[further])
            at = further
        return tuple(kept) or (goal,)

    def _straight(self, a: Spot, b: Spot, way: list[Spot]) -> bool:
        steps = math.isqrt(distance2(a, b)) // 100 + 1
        line = [Spot(a.x + (b.x - a.x) * i // steps, a.y + (b.y - a.y) * i // steps) for i in range(steps + 1)]
        if not self.clear(a, b):
            return False
        costs = [self._cost(_cell(at)) or _BROWSED for at in line]
        usual = [self._cost(_cell(at)) or _BROWSED for at in way]
        return sum(costs) * len(usual) <= sum(usual) * len(costs)


def walkways_of(plan: Plan, door: Door) -> Walkways:
    """The walkways of a plan whose street lies on the far side of the door's wall."""
    a, b = (spot(end) for end in door.opening)
    store = Box(left=CLEAR_MM, top=CLEAR_MM, right=round(plan.width_m * 1000) - CLEAR_MM,
                 bottom=round(plan.depth_m * 1000) - CLEAR_MM)  # fmt: skip
    ends = (a, b, *(spot(place) for place in (door.come_from, door.go_to)))
    street = box_around(ends, _OUTSIDE_MM // 2)
    free = (store, _passage(a, b), *_beyond(street, plan))
    return Walkways(
        _free=free,
        _blocked=tuple(box_around(outline(shelf.polygon), CLEAR_MM) for shelf in plan.shelves),
        _slow=tuple(outline(zone.polygon) for zone in plan.zones if zone.kind is not ZoneKind.OTHER),
    )


def _passage(a: Spot, b: Spot) -> Box:
    """The door's opening, as deep as the wall's clearance on both sides."""
    along_y = a.x == b.x
    deep, narrow = CLEAR_MM + 100, -CLEAR_MM
    grow_x, grow_y = (deep, narrow) if along_y else (narrow, deep)
    return Box(
        left=min(a.x, b.x) - grow_x,
        top=min(a.y, b.y) - grow_y,
        right=max(a.x, b.x) + grow_x,
        bottom=max(a.y, b.y) + grow_y,
    )


def _beyond(street: Box, plan: Plan) -> tuple[Box, ...]:
    """The parts of the street outside the walls."""
    wide, deep = round(plan.width_m * 1000) + CLEAR_MM, round(plan.depth_m * 1000) + CLEAR_MM
    parts = (
        Box(left=street.left, top=street.top, right=min(street.right, -CLEAR_MM), bottom=street.bottom),
        Box(left=max(street.left, wide), top=street.top, right=street.right, bottom=street.bottom),
        Box(left=street.left, top=street.top, right=street.right, bottom=min(street.bottom, -CLEAR_MM)),
        Box(left=street.left, top=max(street.top, deep), right=street.right, bottom=street.bottom),
    )
    return tuple(part for part in parts if part.left < part.right and part.top < part.bottom)


_STEPS: Final = tuple((Spot(x, y), 14 if x and y else 10) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y)


def _cell(at: Spot) -> Spot:
    return Spot(at.x // _CELL_MM, at.y // _CELL_MM)


def _middle(cell: Spot) -> Spot:
    return Spot(cell.x * _CELL_MM + _CELL_MM // 2, cell.y * _CELL_MM + _CELL_MM // 2)


def _least(a: Spot, b: Spot) -> int:
    """The cost of the way between two cells if nothing stood there."""
    x, y = abs(a.x - b.x), abs(a.y - b.y)
    return 10 * max(x, y) + 4 * min(x, y)


def _back(came: dict[Spot, Spot], cell: Spot) -> list[Spot]:
    cells = [cell]
    while cells[-1] in came:
        cells.append(came[cells[-1]])
    return cells[::-1]
