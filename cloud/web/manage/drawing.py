"""The plan of a store as the shapes of a picture, in metres."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from contract.plan import Plan, Point, Title, ZoneKind

MARGIN_M = 0.3
"""Around the floor, for its walls."""
LABEL_M = 0.22
"""Between a zone's edge and its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A polygon with its name; `points` as SVG takes them, the label begins at (x, y), in the polygon's first corner.

    `upright`: the label runs from top to bottom, as there is more room that way. `length` and `breadth` (metres) are
    the room for a label in the `middle`; `named` is whether no furniture says the name already.
    """

    id: str
    title: Title | None
    kind: str
    points: str
    x: float
    y: float
    upright: bool
    middle: Point
    length: float
    breadth: float
    named: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A line to be crossed, and beside it the place of its name."""

    id: str
    title: Title
    a: Point
    b: Point
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that stands in one place."""

    id: str
    title: Title | None
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """All shapes of a plan. `seen` are the fields of view that were watching; the rest of the floor is hatched."""

    margin: float
    zones: tuple[Shape, ...]
    shelves: tuple[Shape, ...]
    doors: tuple[Door, ...]
    seen: tuple[Shape, ...]
    views: tuple[Shape, ...]
    cameras: tuple[Mark, ...]
    readers: tuple[Mark, ...]
    tags: tuple[Mark, ...]


def draw(plan: Plan, watching: Collection[str]) -> Drawing:
    """The plan, with the cameras in `watching` taking their fields of view out of the hatch."""
    furnished = {shelf.zone for shelf in plan.shelves}
    views = {camera.id: _shape(camera.id, None, "view", camera.sees) for camera in plan.cameras}
    return Drawing(
        margin=MARGIN_M,
        zones=tuple(
            replace(_shape(zone.id, zone.title, zone.kind, zone.polygon), named=zone.id not in furnished)
            for zone in plan.zones
        ),
        shelves=tuple(
            _shape(shelf.id, shelf.title, _furniture(plan, shelf.zone), shelf.polygon) for shelf in plan.shelves
        ),
        doors=tuple(_door(line.id, line.title, line.a, line.b, plan) for line in plan.lines),
        seen=tuple(shape for name, shape in views.items() if name in watching),
        views=tuple(views.values()),
        cameras=tuple(Mark(id=one.id, title=None, x=one.at.x, y=one.at.y) for one in plan.cameras),
        readers=tuple(Mark(id=one.id, title=one.title, x=one.at.x, y=one.at.y) for one in plan.readers),
        tags=tuple(Mark(id=one.id, title=None, x=one.at.x, y=one.at.y) for one in plan.tags),
    )


def _furniture(plan: Plan, zone: str | None) -> str:
    """The kind of the zone that a piece of furniture belongs to: a till is drawn otherwise than a shelf."""
    return next((one.kind for one in plan.zones if one.id == zone), ZoneKind.OTHER)


def _shape(name: str, title: Title | None, kind: str, polygon: Sequence[Point]) -> Shape:
    left, right = min(point.x for point in polygon), max(point.x for point in polygon)
    top, bottom = min(point.y for point in polygon), max(point.y for point in polygon)
    upright = bottom - top > 1.5 * (right - left)
    return Shape(
        id=name,
        title=title,
        kind=kind,
        points=" ".join(f"{point.x:g},{point.y:g}" for point in polygon),
        x=right - LABEL_M if upright else left + LABEL_M / 2,
        y=top + LABEL_M / 2 if upright else top + LABEL_M,
        upright=upright,
        middle=Point((left + right) / 2, (top + bottom) / 2),
        length=bottom - top if upright else right - left,
        breadth=right - left if upright else bottom - top,
    )


def _door(name: str, title: Title, a: Point, b: Point, plan: Plan) -> Door:
    """The door's name stands on the side of the floor's middle, half a metre from the line."""
    middle = Point((a.x + b.x) / 2, (a.y + b.y) / 2)
    away = Point(plan.width_m / 2 - middle.x, plan.depth_m / 2 - middle.y)
    length = (away.x**2 + away.y**2) ** 0.5 or 1.0
    return Door(
        id=name, title=title, a=a, b=b, x=middle.x + 0.55 * away.x / length, y=middle.y + 0.55 * away.y / length
    )


def free_row(plan: Plan, wide: float, high: float) -> Point:
    """Where something of that size (metres) stands over no furniture, door or zone: along the front, then the back, but
    not in the last fifth, where the page has its buttons.

    The point is its left end, half its height from the wall; at the front, a little from the left, where all is full.
    """
    boxes = [
        *(_box(shelf.polygon) for shelf in plan.shelves),
        *(_box(zone.polygon) for zone in plan.zones),
        *(_box((line.a, line.b)) for line in plan.lines),
    ]
    usual = 0.09 * plan.width_m
    rows = (plan.depth_m - high, high)
    places = [Point(usual + step * plan.width_m / 20, y) for y in rows for step in range(18)]
    fitting = (at for at in places if at.x + wide < 0.8 * plan.width_m)
    free = (at for at in fitting if not any(_meet(at, wide, high, box) for box in boxes))
    return next(free, places[0])


def _box(points: Sequence[Point]) -> tuple[Point, Point]:
    return (
        Point(min(point.x for point in points), min(point.y for point in points)),
        Point(max(point.x for point in points), max(point.y for point in points)),
    )


def _meet(at: Point, wide: float, high: float, box: tuple[Point, Point]) -> bool:
    least, most = box
    beside = at.x > most.x + 0.1 or at.x + wide < least.x - 0.1
    return not (beside or at.y - high / 2 > most.y or at.y + high / 2 < least.y)
