"""Which plans a node takes, how it keeps them, and that taking one loses nothing."""

import dataclasses
import logging
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from contract.events import Cause, Crossing, Device, DeviceChanged, Direction, Heat, Occupancy, Stay
from contract.messages import PlanRefusal, decode_health
from contract.plan import Pixel, Plan, Point, ReaderSpot, ZoneKind
from edge.camera.settings import Settings
from edge.counting.noted import HeatNoted
from edge.delivery.uplink import Connected
from edge.inputs import Box, CameraChanged, DeviceState, Sighting
from edge.node import unfit
from edge.plans import keeping
from edge.plans.judging import PlanRefused, Self, judge
from edge.plans.planner import Planned, Planner, PlanNotTaken, PlanTaken, Start, start
from edge.plans.standing import NO_PLAN, Ways, remarks, stand
from tests.edge.cloud_says import FORGER, KEY, changed, plan_for
from tests.edge.two_cameras import PLAN, QUEUE, TITLE
from tests.edge.world import World

ME = Self(store="s", node="n", readers=(), cameras=("west", "east"), cloud_key=KEY.public.hex())
CAMERAS = tuple(Settings(name=name, source="/dev/video9") for name in ("west", "east"))
WAYS = Ways(cameras=CAMERAS, cell_mm=250, figures_every_s=60)
SOUND = replace(PLAN, zones=PLAN.zones[:2], lines=PLAN.lines[:1])


def version(number: int, **fields: object) -> Plan:
    return replace(SOUND, version=number, **fields)


def sent(number: int, **fields: object) -> bytes:
    return plan_for("n", version(number, **fields), store="s")


def refusal(message: bytes, *, running: Plan | None = None, me: Self = ME) -> PlanRefusal:
    with pytest.raises(PlanRefused) as caught:
        judge(message, me, running=running)
    return caught.value.kind


def test_a_newer_plan_of_the_clouds_is_taken() -> None:
    assert judge(sent(2), ME, running=None).plan == version(2)
    assert judge(sent(2), ME, running=version(1)).plan == version(2)
    assert judge(sent(2), ME, running=version(2)).plan == version(2)  # the very plan that runs


def test_every_other_plan_is_refused_and_named() -> None:
    message = sent(2)
    assert refusal(plan_for("n", version(2), store="s", key=FORGER)) is PlanRefusal.SIGNATURE
    assert refusal(plan_for("other", version(2), store="s")) is PlanRefusal.SIGNATURE
    assert refusal(plan_for("n", version(2), store="t")) is PlanRefusal.SIGNATURE
    assert refusal(changed(message, version=3)) is PlanRefusal.SIGNATURE
    assert refusal(changed(message, plan=msgspec.json.encode(version(2, width_m=11)).decode())) is PlanRefusal.SIGNATURE
    assert refusal(message, me=dataclasses.replace(ME, cloud_key=None)) is PlanRefusal.NO_KEY
    assert refusal(sent(2, store="t")) is PlanRefusal.STORE
    assert refusal(message, running=version(3)) is PlanRefusal.OLDER
    assert refusal(message, running=version(2, width_m=11)) is PlanRefusal.OLDER
    assert refusal(sent(2, cameras=SOUND.cameras[:1], zones=(), lines=())) is PlanRefusal.MISFIT
    theirs = tuple(replace(camera, node="m") for camera in SOUND.cameras)
    assert refusal(sent(2, cameras=theirs)) is PlanRefusal.MISFIT
    assert refusal(b"{}") is PlanRefusal.UNREADABLE


@given(st.integers(0, len(sent(2)) - 1), st.integers(1, 255))
@settings(max_examples=100, deadline=None)
def test_no_plan_with_a_changed_byte_is_taken(place: int, by: int) -> None:
    message = bytearray(sent(2))
    message[place] ^= by
    try:
        taken = judge(bytes(message), ME, running=None).plan
    except PlanRefused:
        return
    assert taken == version(2)  # a byte that says the same, such as an escape


@contextmanager
def planner(folder: Path, begun: Start | None = None) -> Iterator[tuple[Planner, "queue.Queue[Planned]"]]:
    said: queue.Queue[Planned] = queue.Queue()
    one = Planner(
        folder=folder,
        me=ME,
        ways=WAYS,
        begun=begun or start(folder, None, ME),
        say=said.put,
        notes=logging.getLogger("test"),
    )
    one.start()
    yield one, said
    one.stop()
    assert not one.running


def test_a_taken_plan_is_on_the_disk_and_needs_no_network_after_a_start(tmp_path: Path) -> None:
    assert start(tmp_path, None, ME) == Start(plan=None, message=None, problem=None)
    with planner(tmp_path) as (one, said):
        one.put(sent(2))
        taken = said.get(timeout=20)
        assert isinstance(taken, PlanTaken)
        assert taken.standing.version == 2
        one.put(sent(2))  # as the broker sends it again at each connection
        one.put(sent(1))
        older = said.get(timeout=20)
    assert isinstance(older, PlanNotTaken)
    assert older.kind is PlanRefusal.OLDER
    again = start(tmp_path, None, ME)
    assert again.plan == version(2)
    with planner(tmp_path, again) as (one, said):
        one.put(sent(2))
        one.put(plan_for("n", version(3), store="s", key=FORGER))
        refused = said.get(timeout=20)
    assert isinstance(refused, PlanNotTaken)
    assert refused.kind is PlanRefusal.SIGNATURE
    assert start(tmp_path, None, ME).plan == version(2)


def test_the_newer_of_the_operators_file_and_the_clouds_plan_is_begun_with(tmp_path: Path) -> None:
    keeping.keep(tmp_path, sent(5))
    assert start(tmp_path, version(4), ME).plan == version(5)
    assert start(tmp_path, version(6), ME).plan == version(6)


def test_a_kept_plan_that_was_tampered_with_is_not_begun_with(tmp_path: Path) -> None:
    keeping.keep(tmp_path, plan_for("n", version(5), store="s", key=FORGER))
    begun = start(tmp_path, version(4), ME)
    assert begun.plan == version(4)
    assert begun.problem is not None
    assert begun.problem.kind is PlanRefusal.SIGNATURE


def test_a_plan_that_the_disk_does_not_take_is_refused_and_what_runs_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with planner(folder) as (one, said):
        (folder / f"{keeping.FILE}.new").mkdir()  # nothing can be written there
        one.put(sent(2))
        refused = said.get(timeout=20)
        (folder / f"{keeping.FILE}.new").rmdir()
        one.put(sent(2))
        taken = said.get(timeout=20)
    assert isinstance(refused, PlanNotTaken)
    assert refused.kind is PlanRefusal.UNKEPT
    assert isinstance(taken, PlanTaken)


def test_a_power_cut_while_a_plan_is_written_leaves_the_one_before(tmp_path: Path) -> None:
    keeping.keep(tmp_path, sent(5))
    (tmp_path / f"{keeping.FILE}.new").write_bytes(sent(6)[:200])
    assert start(tmp_path, None, ME).plan == version(5)


def test_only_what_counts_makes_another_floor() -> None:
    one = stand(version(1), WAYS)
    named = replace(QUEUE, title=replace(TITLE, en="Line"))
    renamed = stand(version(2, zones=(named, *SOUND.zones[1:])), WAYS)
    assert renamed.geometry == one.geometry
    assert renamed.jobs == one.jobs
    drawn = replace(QUEUE, polygon=(Point(1, 1), Point(2, 1), Point(2, 2.5), Point(1, 2)))
    assert stand(version(2, zones=(drawn, *SOUND.zones[1:])), WAYS).geometry != one.geometry
    masked = replace(SOUND.cameras[0], masks=(((0, 0), (9, 0), (9, 9)),))
    mask = msgspec.convert(msgspec.to_builtins(masked), type(masked))
    other = stand(version(2, cameras=(mask, SOUND.cameras[1])), WAYS)
    assert (other.jobs["west"] == one.jobs["west"], other.jobs["east"] == one.jobs["east"]) == (False, True)


def test_a_new_calibration_begins_a_new_process_that_learns_how_its_camera_hangs_now() -> None:
    one = stand(version(1), WAYS)
    west, east = SOUND.cameras
    for pairs in (west.pairs[1:], west.pairs[:2], ()):
        before = stand(version(1, cameras=(replace(west, pairs=west.pairs[:3]), east)), WAYS)
        after = stand(version(2, cameras=(replace(west, pairs=pairs), east)), WAYS)
        assert after.jobs["west"] not in (before.jobs["west"], one.jobs["west"])
        assert after.jobs["east"] == one.jobs["east"]
    turned = stand(version(2, cameras=(replace(west, look_at=Point(1, 2)), east)), WAYS)
    assert turned.jobs == one.jobs


def world(folder: Path, plan: Plan | None) -> World:
    standing = stand(plan, WAYS)
    made = World(folder, watch=standing.watch, cameras=("west", "east"), unfit=standing.unfit, me=ME)
    made.node._standing = standing
    return made


def seen(at: float, x: float, y: float) -> Sighting:
    """Somebody at (x, y) before the camera in the west, straight above; one metre is 100 px."""
    box = Box(x1=100 * x - 20, y1=100 * y - 120, x2=100 * x + 20, y2=100 * y, score=0.9)
    return Sighting(camera="west", at=at, width=600, height=400, boxes=(box,))


def test_a_new_plan_takes_over_without_losing_an_event(tmp_path: Path) -> None:
    """Somebody stands in the queue while another plan comes: their stay so far is told by the names of the old one."""
    it = world(tmp_path, version(1))
    it.step(Connected(), CameraChanged(camera="west", state=DeviceState.OK, reason="", at=it.now))
    for _ in range(50):
        it.step(seen(it.now, 1.5, 1.5), after=0.2)
    before = it.outbox.produced
    tea = replace(QUEUE, id="tea", kind=ZoneKind.SHELF)
    it.step(PlanTaken(standing=stand(version(2, zones=(tea, *SOUND.zones[1:])), WAYS)))
    assert it.outbox.produced > before
    for _ in range(50):
        it.step(seen(it.now, 1.5, 1.5), after=0.2)
    it.node.close()
    it.step(after=1.0)

    told = it.sent()
    assert len(told) == it.outbox.produced
    assert it.outbox.dropped == 0
    stays = {each.zone: each for each in told if isinstance(each, Stay)}
    assert stays.keys() == {"queue", "tea"}
    assert stays["queue"].cut
    assert sum(each.for_ms for each in stays.values()) >= 18_000
    covered = sum(each.covered_ms for each in told if isinstance(each, Heat) and each.camera == "west")
    assert covered >= 19_000  # of twenty seconds
    assert {each.zone for each in told if isinstance(each, Occupancy)} == {"queue", "tea", "till"}
    assert it.manned[-1].keys() == {"west", "east"}
    assert decode_health(it.healths[-1]).plan == 2


def test_no_sum_crosses_a_minute_of_the_wall_clock_though_a_sighting_comes_with_the_plan(
    tmp_path: Path,
) -> None:
    it = world(tmp_path, version(1))
    it.ahead = 47.0  # a minute begins 6 s after the plan, and one of the monotonic clock after 13
    it.step(Connected(), CameraChanged(camera="west", state=DeviceState.OK, reason="", at=it.now))
    it.step(seen(it.now, 1.5, 1.5), after=7.0)
    tea = replace(QUEUE, id="tea", kind=ZoneKind.SHELF)
    plan = PlanTaken(standing=stand(version(2, zones=(tea, *SOUND.zones[1:])), WAYS))
    it.step(plan, seen(it.now, 1.5, 1.5), after=0.2)
    for _ in range(400):
        it.step(seen(it.now, 1.5, 1.5), after=0.2)
    it.node.close()
    it.step(after=1.0)
    spans = [(each.at, each.at + each.span_ms - 1) for each in it.sent() if isinstance(each, Heat)]
    assert len(spans) >= 4
    assert all(first // 60_000 == last // 60_000 for first, last in spans)


def test_a_plan_with_other_names_alone_cuts_nobody(tmp_path: Path) -> None:
    it = world(tmp_path, version(1))
    it.step(Connected(), CameraChanged(camera="west", state=DeviceState.OK, reason="", at=it.now))
    for number in range(100):
        it.step(seen(it.now, 1.5, 1.5), after=0.2)
        if number == 50:
            it.step(PlanTaken(standing=stand(version(2, readers=(SPOT,)), WAYS)))
    it.node.close()
    it.step(after=1.0)
    (stay,) = [each for each in it.sent() if isinstance(each, Stay)]
    assert stay.for_ms >= 19_000


SPOT = ReaderSpot(id="r9", node="m", title=TITLE, at=Point(1, 1))


def test_a_node_without_a_plan_waits_for_one_and_counts_from_then_on(tmp_path: Path) -> None:
    it = world(tmp_path, None)
    (west,) = [each for each in unfit(stand(None, WAYS), it.now) if each.camera == "west"]
    assert (west.state, west.reason, west.cause) == (DeviceState.LOST, NO_PLAN, Cause.UNPLANNED)
    it.step(Connected(), west)
    it.step(seen(it.now, 1.5, 1.5), after=0.2)  # of nobody's floor
    it.step(PlanTaken(standing=stand(version(1), WAYS)), after=1.0)
    it.step(CameraChanged(camera="west", state=DeviceState.OK, reason="", at=it.now), after=0.2)
    for number in range(60):
        it.step(seen(it.now, 0.5 + 0.1 * number, 3.0), after=0.2)
    it.node.close()
    it.step(after=1.0)
    changes = [each for each in it.sent() if isinstance(each, DeviceChanged)]
    assert [each.ok for each in changes if each.name == "west"][:2] == [False, True]
    assert any(isinstance(each, Heat) and each.cells for each in it.sent())


def test_a_camera_without_pairs_is_a_gap_until_a_plan_has_them(tmp_path: Path) -> None:
    bare = replace(SOUND.cameras[0], pairs=())
    it = world(tmp_path, version(1, cameras=(bare, SOUND.cameras[1])))
    assert it.unfit.keys() == {"west"}
    it.step(Connected(), CameraChanged(camera="west", state=DeviceState.OK, reason="pictures come", at=it.now))
    it.step(after=1.5)
    (lost,) = [each for each in it.sent() if isinstance(each, DeviceChanged)]
    assert (lost.device, lost.name, lost.ok, lost.cause) == (Device.CAMERA, "west", False, Cause.MISFIT)
    it.step(PlanTaken(standing=stand(version(2), WAYS)), after=0.2)
    it.step(CameraChanged(camera="west", state=DeviceState.STARTING, reason="its process was started", at=it.now))
    it.step(CameraChanged(camera="west", state=DeviceState.OK, reason="pictures come", at=it.now), after=1.5)
    it.step(after=1.5)
    assert [each.ok for each in it.sent() if isinstance(each, DeviceChanged)] == [False, True]
    assert decode_health(it.healths[-1]).cameras["west"].ok


def test_somebody_who_walks_through_the_door_as_the_plan_changes_is_counted_once(tmp_path: Path) -> None:
    """The door is the east camera's; the plan that comes in the middle of the walk redraws the queue alone."""
    it = world(tmp_path, version(1))
    it.step(Connected(), CameraChanged(camera="east", state=DeviceState.OK, reason="", at=it.now))
    moved = replace(QUEUE, polygon=(Point(1, 1), Point(2, 1), Point(2, 2.5), Point(1, 2)))
    for number in range(60):
        x = 5.0 + 0.08 * number
        box = Box(x1=100 * (x - 4) - 20, y1=180, x2=100 * (x - 4) + 20, y2=300, score=0.9)
        it.step(Sighting(camera="east", at=it.now, width=600, height=400, boxes=(box,)), after=0.2)
        if number == 25:
            it.step(PlanTaken(standing=stand(version(2, zones=(moved, *SOUND.zones[1:])), WAYS)))
    for _ in range(30):
        it.step(after=0.2)
    it.node.close()
    it.step(after=1.0)
    crossings = [each for each in it.sent() if isinstance(each, Crossing)]
    assert [each.direction for each in crossings] == [Direction.OUT]


def test_what_is_refused_is_counted_and_said_in_health(tmp_path: Path) -> None:
    it = world(tmp_path, version(3))
    it.step(Connected())
    for kind in (PlanRefusal.OLDER, PlanRefusal.SIGNATURE, PlanRefusal.SIGNATURE):
        it.step(PlanNotTaken(kind=kind, reason=f"no: {kind}"), after=2.0)
    it.step(after=2.0)
    told = decode_health(it.healths[-1])
    assert told.plan_problem == "no: signature"
    assert told.plans_refused == {PlanRefusal.OLDER: 1, PlanRefusal.SIGNATURE: 2}


def test_a_line_that_a_mask_hides_in_part_is_told_to_who_keeps_the_node() -> None:
    half = tuple(Pixel(u, v) for u, v in ((0, 0), (600, 0), (600, 200), (0, 200)))
    hidden = version(1, cameras=(SOUND.cameras[0], replace(SOUND.cameras[1], masks=(half,))))

    assert [said for _, said in remarks(stand(version(1), WAYS)) if "the line" in said] == []
    (told,) = [said for _, said in remarks(stand(hidden, WAYS)) if "the line" in said]
    assert told == "of the line door this node's cameras see 50%: beyond it nobody is counted"


def test_while_a_camera_is_lost_another_of_its_node_answers_for_what_it_sees_of_that_floor() -> None:
    watch = stand(version(1), WAYS).watch
    noted = [*watch.tick(0.0, 0.0), *watch.lost("east", 0.0)]
    for turn in range(120):
        noted += watch.see(Sighting(camera="west", at=turn / 2, width=600, height=400, boxes=()))
    noted += watch.close(60.0)

    (west,) = [each for each in noted if isinstance(each, HeatNoted) and each.camera == "west"]
    assert sum(strip.cells for strip, _ in west.seen) == 24 * 16  # all that it has in sight
    assert {round(seconds) for _, seconds in west.seen} == {60}
