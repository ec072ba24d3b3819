"""The loop of a node: what it notices it keeps, lights and tells, in that order."""

from dataclasses import replace
from pathlib import Path

from contract.events import Device, DeviceChanged, Removal, Stay, Tap
from contract.messages import decode_health, decode_live
from edge.attention import Attention
from edge.delivery.uplink import Connected
from edge.inputs import CameraChanged, CameraCounted, DeviceState, ReaderChanged, Sighting, TagGone, TagSeen
from tests.edge.world import WALL, World, person

CARD = bytes.fromhex("04a1b2c3d4e5f6")


def test_a_tap_is_on_the_disk_before_its_light_is_green(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.step(TagSeen(reader="r", uid=CARD, random=False, at=100.0))
    assert world.lit == [("r", 1)]


def test_a_tap_that_cannot_be_kept_leaves_the_light_dark_and_is_counted(tmp_path: Path) -> None:
    world = World(tmp_path, max_bytes=50_000)
    number = 0
    while not world.outbox.dropped:
        number += 1
        uid = number.to_bytes(7, "big")
        world.step(TagSeen(reader="r", uid=uid, random=False, at=world.now), after=3.0)
    assert len(world.lit) < number
    assert world.outbox.produced == world.outbox.pending + world.outbox.dropped


def test_a_held_card_goes_out_as_one_tap_and_one_removal_under_its_pseudonym(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.step(Connected())
    world.step(TagSeen(reader="r", uid=CARD, random=False, at=100.0))
    world.step(TagGone(reader="r", at=130.0), after=30.0)
    world.step(after=2.0)
    world.step(after=1.0)
    tag = CARD.hex().zfill(32)
    at = round((WALL + 100) * 1000)
    assert world.sent() == [
        Tap(at=at, reader="r", tag=tag),
        Removal(at=at + 30_000, reader="r", tag=tag, held_ms=30_000),
    ]


def test_a_phones_made_up_uid_is_told_as_nobody(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.step(Connected(), TagSeen(reader="r", uid=bytes.fromhex("08112233"), random=True, at=100.0))
    assert world.sent() == [Tap(at=round((WALL + 100) * 1000), reader="r", tag=None)]


def test_somebody_in_a_zone_becomes_a_stay_and_a_dot_and_the_minutes_figures(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.step(Connected(), CameraChanged(camera="c", state=DeviceState.OK, reason="", at=world.now))
    for _ in range(40):
        world.step(person(3.0, 2.0, world.now), after=0.2)
    world.node.close()
    world.step(after=1.0)
    kinds = [type(event).__name__ for event in world.sent()]
    assert {"Stay", "Occupancy", "Heat"} <= set(kinds)
    stay = next(event for event in world.sent() if isinstance(event, Stay))
    assert 7_000 <= stay.for_ms <= 8_000
    dot = decode_live(world.lives[-1]).people[0]
    assert abs(dot.x - 3.0) < 0.3
    assert abs(dot.y - 2.0) < 0.3


def test_pictures_of_another_shape_than_the_calibrations_are_a_lost_camera(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.step(Connected(), person(3.0, 2.0, world.now))
    square = Sighting(camera="c", at=world.now + 0.2, width=600, height=600, boxes=())
    world.step(square, after=0.2)
    world.step(person(3.0, 2.0, world.now + 0.2), after=0.2)
    world.step(after=2.0)
    world.step(after=1.0)
    turns = [event for event in world.sent() if isinstance(event, DeviceChanged)]
    assert [turn.ok for turn in turns] == [True, False, True]
    assert "600" in turns[1].reason


def test_the_last_picture_before_a_loss_makes_no_lost_camera_well(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.step(Connected())
    seen = Sighting(camera="c", at=world.now, width=640, height=480, boxes=())
    world.step(seen, CameraChanged(camera="c", state=DeviceState.LOST, reason="the film has ended", at=world.now + 0.1))
    world.step(replace(seen, at=world.now + 0.05), after=1.0)
    world.step(after=1.0)
    turns = [event for event in world.sent() if isinstance(event, DeviceChanged)]
    assert [(turn.ok, turn.reason) for turn in turns] == [(True, ""), (False, "the film has ended")]


def test_a_device_that_comes_and_goes_is_told_at_each_turn_and_in_the_health(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.step(Connected())
    for state in (DeviceState.STARTING, DeviceState.OK, DeviceState.OK, DeviceState.LOST, DeviceState.LOST):
        world.step(ReaderChanged(reader="r", state=state, reason=f"it is\n{state}", at=world.now), after=2.0)
    world.step(after=1.0)
    turns = [event for event in world.sent() if isinstance(event, DeviceChanged)]
    assert [(turn.device, turn.ok) for turn in turns] == [(Device.READER, True), (Device.READER, False)]
    health = decode_health(world.healths[-1])
    assert (health.readers["r"].ok, health.readers["r"].reason) == (False, "it is lost")


def test_health_counts_what_the_camera_counts_and_what_the_log_holds(tmp_path: Path) -> None:
    world = World(tmp_path)
    counted = CameraCounted(camera="c", read=90, overwritten=40, detected=50, detect_ms=18.5, rss_mb=90, at=world.now)
    world.step(Connected(), counted, TagSeen(reader="r", uid=CARD, random=False, at=100.0))
    world.step(after=61.0)
    health = decode_health(world.healths[-1])
    assert (health.produced, health.pending, health.dropped) == (1, 0, 0)
    assert (health.cameras["c"].read, health.cameras["c"].overwritten, health.cameras["c"].detected) == (90, 40, 50)


def test_health_says_how_much_a_camera_rests_and_takes_and_which_model_it_runs(tmp_path: Path) -> None:
    world = World(tmp_path)
    counted = CameraCounted(
        camera="c",
        read=90,
        overwritten=40,
        detected=50,
        detect_ms=18.5,
        rss_mb=90,
        at=world.now,
        idle=30,
        rate=3.25,
        cpu_percent=12.5,
        model="int8, the quickest here",
    )
    world.step(Connected(), counted)
    world.step(after=61.0)
    told = decode_health(world.healths[-1]).cameras["c"]
    assert (told.idle, told.rate, told.cpu_percent, told.model) == (30, 3.25, 12.5, "int8, the quickest here")


def test_health_says_what_would_let_a_camera_count_better_for_as_long_as_its_process_does(tmp_path: Path) -> None:
    world = World(tmp_path)
    counted = CameraCounted(
        camera="c", read=9, overwritten=4, detected=5, detect_ms=18.5, rss_mb=90, at=world.now, advice="hang it\nnearer"
    )
    world.step(Connected(), CameraChanged(camera="c", state=DeviceState.OK, reason="", at=world.now), counted)
    world.step(after=61.0)
    told = decode_health(world.healths[-1]).cameras["c"]
    assert (told.ok, told.advice) == (True, "hang it nearer")

    world.step(replace(counted, advice=""))
    world.step(after=61.0)
    assert decode_health(world.healths[-1]).cameras["c"].advice == ""


def test_a_camera_hears_how_closely_to_watch_once_at_each_change_and_anew_after_a_loss(tmp_path: Path) -> None:
    world = World(tmp_path)
    for _ in range(10):
        world.step(Sighting(camera="c", at=world.now, width=640, height=480, boxes=()), after=0.2)
    for _ in range(10):
        world.step(person(3.0, 2.0, world.now), after=0.2)
    before = list(world.attentions)
    world.step(CameraChanged(camera="c", state=DeviceState.LOST, reason="gone", at=world.now))
    world.step(person(3.0, 2.0, world.now), after=0.2)

    assert before == [Attention.NOBODY, Attention.BUSY, Attention.CALM]
    assert world.attentions[len(before) :] == [Attention.BUSY]


def test_a_line_that_the_camera_did_not_take_is_sent_again(tmp_path: Path) -> None:
    world = World(tmp_path, deaf=True)
    for deaf in (True, False, False):
        world.deaf = deaf
        world.step(Sighting(camera="c", at=world.now, width=640, height=480, boxes=()), after=0.2)

    assert world.attentions == [Attention.NOBODY]


def test_health_says_how_old_the_oldest_event_without_a_receipt_is(tmp_path: Path) -> None:
    world = World(tmp_path, up=False)
    world.step(TagSeen(reader="r", uid=CARD, random=False, at=100.0))
    world.up = True
    world.step(after=61.0)
    health = decode_health(world.healths[-1])
    assert (health.pending, health.oldest_ms) == (1, 61_000)


def test_health_is_told_each_minute_and_again_after_the_link_was_away(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.step(Connected())
    for _ in range(180):
        world.step(after=1.0)
    assert 3 <= len(world.healths) <= 5
    world.up = False
    world.step(after=70.0)
    world.up = True
    told = len(world.healths)
    world.step(after=1.0)
    assert len(world.healths) == told + 1
