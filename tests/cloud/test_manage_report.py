"""From what nodes, phones and tills told to the figures of the page, through the real store."""

import pytest

from cloud.manage.insight import Figure, State
from cloud.manage.nodes import SILENT_MS, NodeRow, NodeState
from cloud.manage.report import Report, Step, StepKind
from cloud.web.manage import reading
from cloud.web.manage.desk import Desk
from contract.events import Direction, Tap
from contract.messages import CameraHealth, ReaderHealth
from tests.cloud.morning import (
    CAKE,
    MINUTE,
    NOON_MS,
    TEA,
    Town,
    bus_of_nobody,
    entries,
    stays,
    watched,
)

FEW, UNSEEN = Figure(state=State.FEW), Figure(state=State.UNSEEN)


@pytest.fixture
def desk(place: Town) -> Desk:
    return place.desk(bus_of_nobody())


def shown(value: float) -> Figure:
    return Figure(state=State.SHOWN, value=value)


def report(desk: Desk, period: str = "15m") -> Report:
    morning = reading.morning(desk, period)
    assert morning is not None
    return morning.report


def step(told: Report, zone: str | None, kind: StepKind) -> Step:
    funnel = next(funnel for funnel in told.funnels if funnel.zone == zone)
    return next(step for step in funnel.steps if step.kind is kind)


def busy(place: Town) -> None:
    """Twenty stays at the tea, twelve of five seconds and more; eight taps and six sales that belong to them."""
    at = NOON_MS - 5 * MINUTE
    left = place.node("left")
    left.tell(watched(["tea"], ["cam-a"], minutes=range(-6, 0)))
    left.tell(stays("tea", [2] * 8 + [12] * 12, at=at))
    left.tell(entries(9, at=at))
    left.tell([Tap(at=at + 30_000 + place, reader="tea-reader", tag=None) for place in range(5)])
    for number in range(3):
        place.phone_tap("tag-tea", at=at + MINUTE + number)
    for number in range(6):
        place.sale(TEA, at=at + 2 * MINUTE + number)


def test_the_funnel_narrows_from_passing_to_buying(place: Town, desk: Desk) -> None:
    busy(place)
    told = report(desk)
    counts = [step(told, "tea", kind).count.value for kind in StepKind]
    assert counts == [20, 12, 8, 6]
    rate = step(told, "tea", StepKind.STOPPED).rate
    assert rate is not None
    assert rate.figure == shown(0.6)
    assert rate.interval is not None
    assert (round(rate.interval.low, 3), round(rate.interval.high, 3)) == (0.387, 0.781)


def test_more_taps_than_stops_are_told_apart_and_do_not_widen_the_funnel(place: Town, desk: Desk) -> None:
    busy(place)
    at = NOON_MS - 4 * MINUTE
    place.node("left").tell([Tap(at=at + number, reader="tea-reader", tag=None) for number in range(20)])
    told = report(desk)
    assert step(told, "tea", StepKind.TAPPED).count == shown(12)
    assert step(told, "tea", StepKind.TAPPED).beyond == shown(16)


def test_an_unsigned_phone_tap_proves_nothing(place: Town, desk: Desk) -> None:
    busy(place)
    before = step(report(desk), "tea", StepKind.TAPPED)
    for number in range(9):
        place.phone_tap("tag-tea", at=NOON_MS - 4 * MINUTE + number, signed=False)
    assert step(report(desk), "tea", StepKind.TAPPED) == before


def test_a_sale_of_another_shelf_is_not_this_shelfs(place: Town, desk: Desk) -> None:
    busy(place)
    for number in range(9):
        place.sale(CAKE, at=NOON_MS - MINUTE + number)
    assert step(report(desk), "tea", StepKind.BOUGHT).count == shown(6)


def test_a_zone_that_nobody_saw_has_no_figures_and_no_zeros(place: Town, desk: Desk) -> None:
    busy(place)
    cake = report(desk).zones[1]
    assert (cake.stays, cake.median_ms, cake.stop_rate.figure, cake.coverage) == (UNSEEN, UNSEEN, UNSEEN, 0.0)


def test_four_people_are_fewer_than_five(place: Town, desk: Desk) -> None:
    place.node("left").tell([*watched(["tea"], ["cam-a"], minutes=range(-6, 0)), *entries(4, at=NOON_MS - MINUTE)])
    place.node("left").tell(stays("tea", [9] * 4, at=NOON_MS - 2 * MINUTE))
    told = report(desk)
    assert [tile.figure for tile in (told.tiles.entered, told.tiles.stay, told.tiles.stop_rate)] == [FEW] * 3
    assert told.zones[0].stays == told.zones[0].total_ms == FEW
    place.node("left").tell([*entries(1, at=NOON_MS - MINUTE + 30_000), *stays("tea", [9], at=NOON_MS - MINUTE)])
    told = report(desk)
    assert told.tiles.entered.figure == told.zones[0].stays == shown(5)


def test_people_inside_are_those_who_came_and_did_not_leave(place: Town, desk: Desk) -> None:
    left = place.node("left")
    left.tell([*watched(["tea"], ["cam-a"], minutes=range(-70, 0)), *entries(20, at=NOON_MS - 65 * MINUTE)])
    left.tell(entries(7, at=NOON_MS - 20 * MINUTE, direction=Direction.OUT))
    told = report(desk)
    assert told.tiles.inside.figure == shown(13)
    assert told.tiles.entered.figure == shown(0)
    assert report(desk, "today").tiles.entered.figure == shown(20)


def test_a_dead_camera_is_a_gap_and_not_a_low_number(place: Town, desk: Desk) -> None:
    place.node("left").tell(watched(["tea"], ["cam-a"], minutes=range(-10, 0)))
    place.node("right").tell(watched(["cake"], ["cam-b"], minutes=range(-10, -5)))
    told = report(desk)
    assert [zone.coverage for zone in told.zones] == [1.0, 0.5]
    assert told.coverage == 0.75


def test_the_median_is_that_of_the_stays(place: Town, desk: Desk) -> None:
    place.node("left").tell([*watched(["tea"], ["cam-a"], minutes=range(-6, 0))])
    place.node("left").tell(stays("tea", [1, 2, 8, 8, 8, 40, 100], at=NOON_MS - 2 * MINUTE))
    median = report(desk).zones[0].median_ms.value
    assert median is not None
    assert 7_000 <= median <= 10_000


def test_the_page_reads_as_often_however_much_there_is_and_always_by_a_key(place: Town, desk: Desk) -> None:
    busy(place)
    asked: list[str] = []
    with place.store.reading() as connection:
        connection.set_trace_callback(asked.append)
    report(desk)
    with place.store.reading() as connection:
        connection.set_trace_callback(None)
        asked = [sql for sql in asked if sql.startswith("SELECT")]
        plans = [row[3] for sql in asked for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert 20 <= len(asked) <= 40
    assert not [step for step in plans if "_sums" in step and step.startswith("SCAN")]


def test_a_node_that_speaks_well_is_in_order(place: Town, desk: Desk) -> None:
    place.node("left").tell(entries(3, at=NOON_MS))
    place.node("left").well(cameras={"cam-a": CameraHealth(ok=True)}, readers={"tea-reader": ReaderHealth(ok=True)})
    left, right = nodes(desk)
    assert (left.state, right.state) == (NodeState.OK, NodeState.NEVER)
    assert (left.account.produced, left.account.stored, left.account.difference) == (3, 3, 0)


@pytest.mark.parametrize("trouble", ["camera", "backlog", "lost"])
def test_a_node_in_trouble_asks_to_be_looked_at(place: Town, desk: Desk, trouble: str) -> None:
    place.node("left").tell(entries(3, at=NOON_MS))
    place.node("left").well(
        cameras={"cam-a": CameraHealth(ok=trouble != "camera", reason="dark")},
        readers={"tea-reader": ReaderHealth(ok=True)},
        produced=9 if trouble == "lost" else 4 if trouble == "backlog" else 3,
        pending=1 if trouble == "backlog" else 0,
        oldest_ms=61_000 if trouble == "backlog" else 0,
    )
    left = nodes(desk)[0]
    assert left.state is NodeState.ATTENTION
    assert left.account.difference == (6 if trouble == "lost" else 0)


def test_a_node_without_a_word_is_silent_and_its_devices_unknown(place: Town, desk: Desk) -> None:
    place.node("left").well(cameras={"cam-a": CameraHealth(ok=True)}, readers={"tea-reader": ReaderHealth(ok=True)})
    place.clock.now_ms += SILENT_MS + 1
    left = nodes(desk)[0]
    assert left.state is NodeState.SILENT
    assert [device.ok for device in left.devices] == [None, None]


def nodes(desk: Desk) -> tuple[NodeRow, ...]:
    morning = reading.morning(desk, "15m")
    assert morning is not None
    return morning.nodes
