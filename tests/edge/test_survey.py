"""The plan as a node uses it: one thing that cannot be used never costs the rest."""

from msgspec.structs import replace

from contract.plan import Pixel
from edge.survey import survey
from tests.edge.two_cameras import EAST, PLAN, WEST


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
