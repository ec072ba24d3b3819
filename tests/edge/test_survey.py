"""The plan as a node uses it: one thing that cannot be used never costs the rest."""

from msgspec.structs import replace

from contract.plan import Camera, Line, Pair, Pixel, Plan, Point, Title, Zone, ZoneKind
from edge.survey import survey

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


def test_lines_and_zones_that_cannot_be_used_are_told_and_the_others_are_counted() -> None:
    found = survey(PLAN, ["west", "east"], cell=0.25)

    assert [zone.id for zone in found.ground.zones] == ["queue", "till"]
    assert found.ground.queues == frozenset({"queue"})
    assert found.ground.tills == frozenset({"till"})
    assert [line.id for line in found.ground.lines] == ["door"]
    assert "crosses itself" in found.broken_marks["bow"]
    assert "less than 0.1 m" in found.broken_marks["dot"]


def test_a_camera_that_cannot_be_used_leaves_the_floor_to_the_others() -> None:
    lame = replace(PLAN, cameras=(WEST, replace(EAST, pairs=())))

    found = survey(lame, ["west", "east"], cell=0.25)

    assert set(found.floors) == {"west"}
    assert "at least 4 point pairs" in found.broken_cameras["east"]
    assert found.regions["west"].cells == 24 * 16
    assert survey(PLAN, ["west"], cell=0.25).regions["west"].cells < 24 * 16


def test_a_node_counts_what_the_plan_gives_to_its_cameras_alone() -> None:
    found = survey(PLAN, ["east"], cell=0.25)

    assert not found.ground.zones
    assert [line.id for line in found.ground.lines] == ["door"]
    assert not found.broken_marks.keys() & {"bow"}


def test_a_mask_takes_its_floor_out_of_sight() -> None:
    mask = (Pixel(0, 0), Pixel(100, 0), Pixel(100, 400), Pixel(0, 400))
    masked = replace(PLAN, cameras=(replace(WEST, masks=(mask,)), EAST))

    seen, whole = (survey(plan, ["west"], cell=0.25).regions["west"].cells for plan in (masked, PLAN))

    assert whole - seen == 4 * 16


def test_a_mask_that_crosses_itself_breaks_its_camera_alone() -> None:
    bow = (Pixel(0, 0), Pixel(100, 400), Pixel(100, 0), Pixel(0, 400))
    found = survey(replace(PLAN, cameras=(replace(WEST, masks=(bow,)), EAST)), ["west", "east"], cell=0.25)

    assert set(found.floors) == {"east"}
    assert "mask 0 of west" in found.broken_cameras["west"]
