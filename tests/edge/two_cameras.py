"""A floor that two cameras share, seen from straight above, with a zone and a line on it that cannot be used."""

from msgspec.structs import replace

from contract.plan import Camera, Line, Pair, Plan, Point, Title, Zone, ZoneKind

TITLE = Title(ko="곳", en="Place")
WEST = Camera(
    id="west",
    node="n",
    width=600,
    height=400,
    at=Point(0, 0),
    height_m=3,
    look_at=Point(3, 2),
    field_of_view_deg=80,
    sees=(Point(0, 0), Point(6, 0), Point(6, 4), Point(0, 4)),
    # One metre of floor is 100 px, seen from straight above.
    pairs=tuple(Pair(100 * x, 100 * y, x, y) for x, y in ((0, 0), (6, 0), (6, 4), (0, 4), (3, 2))),
)
EAST = replace(
    WEST,
    id="east",
    sees=(Point(4, 0), Point(10, 0), Point(10, 4), Point(4, 4)),
    pairs=tuple(Pair(100 * x - 400, 100 * y, x, y) for x, y in ((4, 0), (10, 0), (10, 4), (4, 4), (7, 2))),
)
QUEUE = Zone(
    id="queue",
    title=TITLE,
    kind=ZoneKind.QUEUE,
    camera="west",
    polygon=(Point(1, 1), Point(2, 1), Point(2, 2), Point(1, 2)),
)
TILL = replace(QUEUE, id="till", kind=ZoneKind.TILL, polygon=(Point(2, 1), Point(3, 1), Point(3, 2), Point(2, 2)))
BOW = replace(QUEUE, id="bow", polygon=(Point(1, 1), Point(2, 2), Point(2, 1), Point(1, 2)))
DOOR = Line(id="door", title=TITLE, camera="east", a=Point(8, 0), b=Point(8, 4))
PLAN = Plan(
    store="s",
    title=TITLE,
    version=1,
    width_m=10,
    depth_m=4,
    zones=(QUEUE, TILL, BOW),
    lines=(DOOR, replace(DOOR, id="dot", b=Point(8, 0.01))),
    shelves=(),
    tags=(),
    readers=(),
    cameras=(WEST, EAST),
)
