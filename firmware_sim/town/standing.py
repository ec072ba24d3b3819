"""Where people stand in the store: in front of goods, at a reader, at the till."""

import math
from dataclasses import dataclass, replace
from typing import Final

from contract.plan import Plan, Shelf, Zone, ZoneKind
from firmware_sim.town.geometry import Outline, Spot, distance2, inside, outline, spot

ARM_MM: Final = 450
"""How far from a shelf's edge people stand."""
APART_MM: Final = 700
"""Standing places are at least this far from each other."""
_MARGIN_MM: Final = 280
"""A standing place is this deep inside its zone: swaying does not leave it."""


class LayoutError(ValueError):
    """The plan leaves people no place to stand; the message says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """A place for one person: where, which way they look, and what is at hand there."""

    id: str
    zone: str
    at: Spot
    facing: Spot  # thousandths
    reader: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Front:
    """The edge of a shelf that its zone lies before, and the way out of the shelf there (thousandths)."""

    a: Spot
    b: Spot
    outward: Spot

    def before(self, foot: Spot) -> Spot:
        """An arm's length before a place on the edge."""
        return Spot(foot.x + self.outward.x * ARM_MM // 1000, foot.y + self.outward.y * ARM_MM // 1000)

    def back(self) -> Spot:
        return Spot(-self.outward.x, -self.outward.y)


def stands_of(plan: Plan) -> tuple[Stand, ...]:
    """All standing places: one before each reader, then as many as fit before each shelf. Raises LayoutError."""
    zones = {zone.id: zone for zone in plan.zones}
    fronts = {shelf.zone: _front(shelf, zones[shelf.zone]) for shelf in plan.shelves if shelf.zone and shelf.polygon}
    stands: list[Stand] = []
    for reader in plan.readers:
        if reader.zone not in fronts:
            raise LayoutError(f"reader {reader.id}: its zone needs a shelf to stand at")
        front = fronts[reader.zone]
        at = front.before(spot(reader.at))
        if not inside(outline(zones[reader.zone].polygon), at):
            raise LayoutError(f"reader {reader.id}: nobody can stand before it within zone {reader.zone}")
        stands.append(Stand(id=f"at-{reader.id}", zone=reader.zone, at=at, facing=front.back(), reader=reader.id))
    for zone in plan.zones:
        if zone.kind is ZoneKind.SHELF and zone.id in fronts:
            stands.extend(_along(zone, fronts[zone.id], stands))
    return tuple(_with_tags(stand, plan, stands) for stand in stands)


def _along(zone: Zone, front: _Front, taken: list[Stand]) -> list[Stand]:
    length = math.isqrt(distance2(front.a, front.b))
    shape, found = outline(zone.polygon), list[Stand]()
    for step in range(_MARGIN_MM, length - _MARGIN_MM + 1, 100):
        foot = Spot(
            front.a.x + (front.b.x - front.a.x) * step // length, front.a.y + (front.b.y - front.a.y) * step // length
        )
        at = front.before(foot)
        if _deep_inside(shape, at) and all(distance2(at, s.at) >= APART_MM**2 for s in (*taken, *found)):
            found.append(Stand(id=f"{zone.id}-{len(found) + 1}", zone=zone.id, at=at, facing=front.back()))
    return found


def _deep_inside(shape: Outline, at: Spot) -> bool:
    return all(
        inside(shape, Spot(at.x + x, at.y + y))
        for x in (-_MARGIN_MM, 0, _MARGIN_MM)
        for y in (-_MARGIN_MM, 0, _MARGIN_MM)
    )


def _front(shelf: Shelf, zone: Zone) -> _Front:
    shape = outline(zone.polygon)
    middle = Spot(sum(p.x for p in shape) // len(shape), sum(p.y for p in shape) // len(shape))
    corners = outline(shelf.polygon)
    edges = zip(corners, corners[1:] + corners[:1], strict=True)
    a, b = min(
        edges, key=lambda edge: distance2(Spot((edge[0].x + edge[1].x) // 2, (edge[0].y + edge[1].y) // 2), middle)
    )
    length = math.isqrt(distance2(a, b))
    out = Spot((b.y - a.y) * 1000 // length, -(b.x - a.x) * 1000 // length)
    if (middle.x - a.x) * out.x + (middle.y - a.y) * out.y < 0:
        out = Spot(-out.x, -out.y)
    return _Front(a=a, b=b, outward=out)


def _with_tags(stand: Stand, plan: Plan, stands: list[Stand]) -> Stand:
    """The stand with the tags that are nearer to it than to any other of its zone, and its reader's product's tag."""
    near = [other for other in stands if other.zone == stand.zone]
    stood_for = next((reader.gtin for reader in plan.readers if reader.id == stand.reader), None)
    tags = tuple(
        tag.id
        for tag in plan.tags
        if tag.gtin == stood_for
        or (_zone_of(plan, tag.shelf) == stand.zone and min(near, key=lambda s: distance2(s.at, spot(tag.at))) is stand)
    )
    return replace(stand, tags=tags)


def _zone_of(plan: Plan, shelf: str) -> str | None:
    return next((s.zone for s in plan.shelves if s.id == shelf), None)
