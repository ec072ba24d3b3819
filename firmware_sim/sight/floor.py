"""Where people can walk in a scene's room."""

from dataclasses import dataclass
from typing import Final, Self

from firmware_sim.sight.scenario import Mannequin, Room
from firmware_sim.town.geometry import Outline, Spot, outline, spot
from firmware_sim.town.steering import Mover

CLEAR_MM: Final = 260
"""How far the middle of a walking body stays from furniture and walls."""
_STREET_MM: Final = 2_200
"""How much of the street before the opening is walked on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    """An upright rectangle of floor, mm, its edges included."""

    left: int
    top: int
    right: int
    bottom: int

    def has(self, at: Spot) -> bool:
        return self.left <= at.x <= self.right and self.top <= at.y <= self.bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The free floor: the room, and the street that its opening in the left wall leads to."""

    free: tuple[_Box, ...]
    blocked: tuple[_Box, ...]
    statues: tuple[Mover, ...]  # walked round like people

    @classmethod
    def of(cls, room: Room, mannequins: tuple[Mannequin, ...]) -> Self:
        """The free floor of a room; its opening is in the wall x = 0."""
        wide, deep = round(room.width_m * 1000), round(room.depth_m * 1000)
        ys = sorted(spot(end).y for end in room.opening)
        doorway = _Box(left=-_STREET_MM, top=ys[0] + CLEAR_MM, right=CLEAR_MM, bottom=ys[1] - CLEAR_MM)
        inside = _Box(left=CLEAR_MM, top=CLEAR_MM, right=wide - CLEAR_MM, bottom=deep - CLEAR_MM)
        street = _Box(left=-_STREET_MM, top=0, right=-CLEAR_MM, bottom=deep)
        return cls(
            free=(inside, doorway, street),
            blocked=tuple(_grown(outline(shelf.polygon)) for shelf in room.shelves),
            statues=tuple(Mover(at=spot(one.at), step=Spot(0, 0)) for one in mannequins),
        )

    def open_at(self, at: Spot) -> bool:
        """Whether the middle of a body may be here."""
        return any(box.has(at) for box in self.free) and not any(box.has(at) for box in self.blocked)


def _grown(shape: Outline) -> _Box:
    xs, ys = [p.x for p in shape], [p.y for p in shape]
    return _Box(left=min(xs) - CLEAR_MM, top=min(ys) - CLEAR_MM, right=max(xs) + CLEAR_MM, bottom=max(ys) + CLEAR_MM)
