"""Where people can walk in a scene's room."""

from dataclasses import dataclass
from typing import Final, Self

from firmware_sim.sight.scenario import Mannequin, Room
from firmware_sim.town.geometry import Box, Spot, box_around, outline, spot
from firmware_sim.town.steering import Mover
from firmware_sim.town.walkways import CLEAR_MM

_STREET_MM: Final = 2_200
"""How much of the street before the opening is walked on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The free floor: the room, and the street that its opening in the left wall leads to."""

    free: tuple[Box, ...]
    blocked: tuple[Box, ...]
    statues: tuple[Mover, ...]  # walked round like people

    @classmethod
    def of(cls, room: Room, mannequins: tuple[Mannequin, ...]) -> Self:
        """The free floor of a room; its opening is in the wall x = 0."""
        wide, deep = round(room.width_m * 1000), round(room.depth_m * 1000)
        ys = sorted(spot(end).y for end in room.opening)
        doorway = Box(left=-_STREET_MM, top=ys[0] + CLEAR_MM, right=CLEAR_MM, bottom=ys[1] - CLEAR_MM)
        inside = Box(left=CLEAR_MM, top=CLEAR_MM, right=wide - CLEAR_MM, bottom=deep - CLEAR_MM)
        street = Box(left=-_STREET_MM, top=0, right=-CLEAR_MM, bottom=deep)
        return cls(
            free=(inside, doorway, street),
            blocked=tuple(box_around(outline(shelf.polygon), CLEAR_MM) for shelf in room.shelves),
            statues=tuple(Mover(at=spot(one.at), step=Spot(0, 0)) for one in mannequins),
        )

    def open_at(self, at: Spot) -> bool:
        """Whether the middle of a body may be here."""
        return any(box.has(at) for box in self.free) and not any(box.has(at) for box in self.blocked)
