"""The reader's process, as the node runs it, against the simulated chip."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import msgspec
import pytest

from edge.children.child import Child, Programme
from edge.inputs import DeviceState, ReaderChanged, TagGone, TagSeen
from edge.lines import Noticed
from edge.reader.settings import Settings
from edge.taps import NO_TAPS, Noted, Quiet, RemovalNoted, TapNoted, see
from firmware_sim.pn532.faults import Fault
from firmware_sim.reader_bay import ReaderBay
from firmware_sim.tags.cards import PlainCard
from firmware_sim.tags.ntag21x import NtagTag
from firmware_sim.tags.phone import Phone
from firmware_sim.tags.tag import Tag
from tests.edge.listening import Listener, is_gone, supervised
from tests.programs import eventually

CARD = bytes.fromhex("04a2b3c4d5e680")
RECOVERY_S = 5.0  # the promise: this long after a fault has ended the reader reads again


class Rig:
    """A simulated reader with the node's process on it; what it says, and the taps that are made of that."""

    def __init__(self, bay: ReaderBay, child: Child, said: Listener) -> None:
        self.bay, self.child, self.said = bay, child, said

    def put(self, tag: Tag) -> None:
        self.bay.put("r1", tag)

    def take(self) -> None:
        self.bay.take("r1")

    def hear(self, *kinds: type[Noticed]) -> list[Noticed]:
        return [each for each in self.said.said if isinstance(each, kinds)]

    def until_heard(self, kind: type[Noticed], times: int = 1, seconds: float = 30) -> None:
        self.said.until(lambda said: sum(isinstance(each, kind) for each in said) >= times, seconds)

    def until_state(self, state: DeviceState, seconds: float = 30) -> None:
        self.said.until(lambda _: self.said.states()[-1:] == [state], seconds)

    def taps(self, quiet: Quiet = Quiet()) -> list[Noted]:  # noqa: B008 a frozen value
        """What the node notes of all that was said, once every quiet time is over."""
        state, noted = NO_TAPS, list[Noted]()
        for each in self.hear(TagSeen, TagGone, ReaderChanged):
            assert isinstance(each, TagSeen | TagGone | ReaderChanged)
            state, new = see(state, each, each.at, quiet=quiet)
            noted += new
        return [*noted, *see(state, None, time.monotonic() + 1000, quiet=quiet)[1]]


def programme(device: Path, deadline_s: float = 20.0) -> Programme:
    config = msgspec.json.encode(Settings(name="r1", device=str(device)))
    return Programme(
        name="r1", command=(sys.executable, "-m", "edge.reader"), config=config, deadline_s=deadline_s, start_s=30.0
    )


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    said = Listener()
    with ReaderBay(tmp_path) as bay, supervised(programme(bay.add("r1")), said) as child:
        rig = Rig(bay, child, said)
        rig.until_state(DeviceState.OK)
        yield rig


def passes(seconds: float) -> Callable[[], bool]:
    until = time.monotonic() + seconds
    return lambda: time.monotonic() >= until


def phone() -> Phone:
    numbers = count(1)
    return Phone(lambda size: next(numbers).to_bytes(size, "big"))


@pytest.mark.parametrize("make", [lambda: NtagTag(CARD), lambda: PlainCard(CARD)], ids=["tag", "card"])
def test_a_held_card_is_one_tap_and_one_removal(rig: Rig, make: Callable[[], Tag]) -> None:
    rig.put(make())
    rig.until_heard(TagSeen)
    eventually(passes(2.0))
    rig.take()
    rig.until_heard(TagGone)
    [tap, removal] = rig.taps()
    assert isinstance(tap, TapNoted)
    assert isinstance(removal, RemovalNoted)
    assert tap.uid == removal.uid == CARD
    assert removal.held_s >= 1.5


def test_a_held_phone_is_one_anonymous_tap_and_one_removal(rig: Rig) -> None:
    rig.put(phone())
    rig.until_heard(TagSeen)
    eventually(passes(2.0))
    rig.take()
    rig.until_heard(TagGone)
    assert [(type(each), each.uid) for each in rig.taps()] == [(TapNoted, None), (RemovalNoted, None)]


def test_a_card_that_flickers_is_one_tap(rig: Rig) -> None:
    card = NtagTag(CARD)
    rig.put(card)
    rig.until_heard(TagSeen)
    for away in (0.0, 0.2, 0.6):
        rig.take()
        eventually(passes(away))
        rig.put(card)
        eventually(passes(0.2))
    rig.take()
    rig.until_heard(TagGone, len(rig.hear(TagSeen)))
    assert [type(each) for each in rig.taps()] == [TapNoted, RemovalNoted]


def test_the_same_card_again_after_its_quiet_time_is_a_second_tap(rig: Rig) -> None:
    card = NtagTag(CARD)
    for times in (1, 2):
        rig.put(card)
        rig.until_heard(TagSeen, times)
        rig.take()
        rig.until_heard(TagGone, times)
    assert [type(each) for each in rig.taps(Quiet(flicker=0.1))] == [TapNoted, RemovalNoted] * 2
    assert [type(each) for each in rig.taps(Quiet(flicker=60))] == [TapNoted, RemovalNoted]


@pytest.mark.parametrize("fault", [Fault.RF_TIMEOUT, Fault.RF_CRC])
def test_bad_air_while_a_tag_is_held_is_no_second_tap(rig: Rig, fault: Fault) -> None:
    tag = NtagTag(CARD)
    rig.put(tag)
    rig.until_heard(TagSeen)
    rig.bay.fault("r1", fault, for_s=1.0)
    eventually(passes(1.5))
    rig.take()
    rig.until_heard(TagGone)
    assert [type(each) for each in rig.taps()] == [TapNoted, RemovalNoted]


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.BAD_CHECKSUM, Fault.ERROR_FRAME])
def test_one_failed_command_while_a_phone_is_held_is_no_second_tap(rig: Rig, fault: Fault) -> None:
    rig.put(phone())
    rig.until_heard(TagSeen)
    rig.bay.fault("r1", fault, times=1)
    eventually(passes(0.8))
    rig.take()
    rig.until_heard(TagGone)
    assert [type(each) for each in rig.taps()] == [TapNoted, RemovalNoted]


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.BAD_CHECKSUM, Fault.ERROR_FRAME, Fault.UNPLUG], ids=str)
def test_a_reader_reads_again_soon_after_a_fault_and_the_card_on_it_is_the_same_tap(rig: Rig, fault: Fault) -> None:
    card = NtagTag(CARD)
    rig.put(card)
    rig.until_heard(TagSeen)
    rig.bay.fault("r1", fault)
    rig.until_state(DeviceState.LOST)
    assert rig.said.reasons()[-1]
    eventually(passes(1.0))  # so that the waits between tries have grown
    rig.bay.mend("r1")
    rig.until_heard(TagSeen, 2, seconds=RECOVERY_S)
    rig.take()
    rig.until_heard(TagGone)
    assert [type(each) for each in rig.taps()] == [TapNoted, RemovalNoted]
    assert rig.child.counts.starts == 1


def test_a_chip_stuck_at_a_high_speed_is_rescued_without_anybodys_help(rig: Rig) -> None:
    rig.bay.fault("r1", Fault.STUCK_BAUD)
    rig.until_state(DeviceState.LOST)
    rig.put(NtagTag(CARD))
    rig.until_heard(TagSeen, seconds=RECOVERY_S)
    assert rig.said.states()[-1] is DeviceState.OK


@pytest.mark.parametrize("fault", [Fault.NO_ACK, Fault.SLOW_ACK], ids=str)
def test_a_chip_whose_acknowledgements_are_late_or_missing_still_reads(rig: Rig, fault: Fault) -> None:
    rig.bay.fault("r1", fault)
    rig.put(NtagTag(CARD))
    rig.until_heard(TagSeen)
    rig.bay.mend("r1")
    rig.take()
    rig.until_heard(TagGone, seconds=RECOVERY_S)
    assert [type(each) for each in rig.taps()] == [TapNoted, RemovalNoted]


def test_a_frozen_reader_is_replaced_and_the_card_on_it_is_the_same_tap(tmp_path: Path) -> None:
    said = Listener()
    with ReaderBay(tmp_path) as bay, supervised(programme(bay.add("r1"), deadline_s=2.0), said) as child:
        rig = Rig(bay, child, said)
        rig.put(NtagTag(CARD))
        rig.until_heard(TagSeen)
        frozen = child.pid
        assert frozen is not None
        os.kill(frozen, signal.SIGSTOP)
        rig.until_heard(TagSeen, 2)
        assert is_gone(frozen)
        rig.take()
        rig.until_heard(TagGone)
        assert DeviceState.LOST in said.states()
        assert [type(each) for each in rig.taps()] == [TapNoted, RemovalNoted]


def test_a_killed_reader_leaves_a_chip_that_opens_at_once(rig: Rig) -> None:
    assert rig.child.pid is not None
    os.kill(rig.child.pid, signal.SIGKILL)
    rig.put(NtagTag(CARD))
    rig.until_heard(TagSeen)
    # No try failed in between: after the kill came STARTING and OK.
    assert rig.said.states() == [
        DeviceState.STARTING,
        DeviceState.OK,
        DeviceState.LOST,
        DeviceState.STARTING,
        DeviceState.OK,
    ]


def test_a_reader_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    said = Listener()
    with supervised(programme(tmp_path / "r1"), said) as child:
        said.until(lambda _: DeviceState.LOST in said.states())
        assert said.reasons() == [f"there is no device at {tmp_path / 'r1'}"]
        with ReaderBay(tmp_path) as bay:
            bay.add("r1")
            said.until(lambda _: DeviceState.OK in said.states(), RECOVERY_S)
            child.stop(5.0)
        assert child.counts.starts == 1


def test_the_light_shows_a_kept_tap_and_goes_out(rig: Rig) -> None:
    rig.put(NtagTag(CARD))
    rig.until_heard(TagSeen)
    assert not rig.bay.light("r1")
    assert rig.child.send(b'{"light":"kept"}')
    eventually(lambda: rig.bay.light("r1"))
    eventually(lambda: not rig.bay.light("r1"))


def test_a_command_that_is_none_changes_nothing(rig: Rig) -> None:
    assert rig.child.send(b'{"light":"green"}')
    assert rig.child.send(b"\xff\xff")
    assert rig.child.send(b'{"light":"kept"}')
    eventually(lambda: rig.bay.light("r1"))


def test_the_light_of_a_lost_reader_stays_dark_when_it_comes_back(rig: Rig) -> None:
    rig.bay.fault("r1", Fault.SILENT)
    rig.until_state(DeviceState.LOST)
    assert rig.child.send(b'{"light":"kept"}')
    eventually(passes(0.3))
    rig.bay.mend("r1")
    rig.until_state(DeviceState.OK)
    assert not rig.bay.light("r1")


def test_the_end_of_its_input_ends_a_reader_with_its_field_off(rig: Rig) -> None:
    rig.put(NtagTag(CARD))
    rig.until_heard(TagSeen)
    rig.child.stop(20.0)
    assert rig.child.counts.killed == 0
    with rig.bay._port("r1").chip() as played:
        assert not played.field.on


@pytest.mark.parametrize("how", ["argument", "line"])
def test_wrong_settings_end_the_process_with_the_key_and_what_is_allowed(how: str) -> None:
    wrong = '{"name":"r1","device":"/dev/null","misses":0}'
    command = [sys.executable, "-m", "edge.reader", *([wrong] if how == "argument" else [])]
    done = subprocess.run(command, input=wrong + "\n", capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "`int` >= 1 - at `$.misses`" in done.stderr


def test_a_reader_says_nothing_of_a_uid_in_its_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    said = Listener()
    with ReaderBay(tmp_path) as bay, supervised(programme(bay.add("r1")), said) as child:
        rig = Rig(bay, child, said)
        rig.put(NtagTag(CARD))
        rig.until_heard(TagSeen)
        bay.fault("r1", Fault.BAD_CHECKSUM, times=1)
        bay.fault("r1", Fault.RF_CRC, times=2)
        eventually(lambda: "checksum" in caplog.text)
    assert CARD.hex() not in caplog.text.lower()


def test_two_readers_are_two_processes_that_do_not_disturb_each_other(tmp_path: Path) -> None:
    said, other = Listener(), Listener()
    with (
        ReaderBay(tmp_path) as bay,
        supervised(programme(bay.add("r1")), said),
        supervised(programme(bay.add("r2")), other),
    ):
        bay.fault("r1", Fault.SILENT)
        bay.put("r2", NtagTag(CARD))
        other.until(lambda heard: any(isinstance(each, TagSeen) for each in heard))
        said.until(lambda _: DeviceState.LOST in said.states())
        assert DeviceState.LOST not in other.states()
