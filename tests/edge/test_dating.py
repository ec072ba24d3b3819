"""A wall clock that is set: what was not sent yet gets the right time, what was sent stays as it is."""

import json
import logging
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.events import Dropped, Event, Occupancy, Tap
from contract.messages import Arrived, Receipt, WireError, decode_batch, decode_event, encode, encode_event
from edge import clocks
from edge.delivery.dating import STEP_MS, Reading, Run, dated, shift_of, shifted
from edge.delivery.log import Log
from edge.delivery.outbox import Outbox
from edge.delivery.sending import PATIENCE
from edge.delivery.uplink import Connected, Received
from edge.facts import Clock
from edge.inputs import TagSeen
from tests.edge.world import WALL, World, person
from tests.programs import program

CARD = bytes.fromhex("04a1b2c3d4e5f6")
NIGHT = 11 * 3600.0  # from last evening's shutdown to this morning
EPOCH = "e" * 32
TAP = Tap(at=5, reader="r", tag=None)


@dataclass
class Link:
    """A connection that takes everything."""

    carried: list[Arrived] = field(default_factory=list)

    def send(self, payload: bytes) -> bool:
        self.carried.append(decode_batch(payload))
        return True


def make(folder: Path, link: Link, *, max_bytes: int = 10_000_000) -> Outbox:
    log = Log(folder / "log.sqlite", new_epoch=lambda: EPOCH, max_bytes=max_bytes)
    return Outbox(log, store="s", node="n", send=link.send, renew=lambda: None, notes=logging.getLogger("test"))


def keep(outbox: Outbox, event: Event) -> bool:
    return outbox.keep([event], urgent=True, at_ms=5, now=1.0)


def go(outbox: Outbox) -> None:
    """The line comes up, and what waits is sent."""
    outbox.hear(Connected(), 2.0)
    outbox.push(2.0)


def told_at(link: Link) -> list[tuple[int, int]]:
    """Sequence and time of every event that was carried, again where it was carried again."""
    return [
        (batch.first + place, event.at)
        for batch in link.carried
        for place, event in enumerate(batch.events)
        if isinstance(event, Tap | Dropped)
    ]


def reading(ahead_ms: int, boot: str = "b") -> Reading:
    return Reading(boot=boot, ahead_ms=ahead_ms)


def test_a_tap_before_the_clock_was_set_goes_out_with_the_right_time(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.step(TagSeen(reader="r", uid=CARD, random=False, at=100.0))
    assert world.lit == [("r", 1)]
    world.ahead = NIGHT
    world.step(after=45.0)
    world.step(Connected(), after=0.2)
    tap = next(event for event in world.sent() if isinstance(event, Tap))
    assert tap.at == round((WALL + NIGHT + 100.0) * 1000)


@pytest.mark.parametrize("step", [NIGHT, -90.0])
def test_every_minute_is_told_once_and_none_is_lost_when_the_clock_is_set(tmp_path: Path, step: float) -> None:
    world = World(tmp_path)
    for _ in range(360):
        world.step(person(3.0, 2.0, world.now), after=0.5)
    world.ahead = step
    for _ in range(360):
        world.step(person(3.0, 2.0, world.now), after=0.5)
    world.node.close()
    world.step(Connected(), after=1.0)
    minutes = sorted((event.at, event.at + event.span_ms) for event in world.sent() if isinstance(event, Occupancy))
    assert [end for _, end in minutes[:-1]] == [began for began, _ in minutes[1:]]
    assert minutes[0][0] == pytest.approx((WALL + step + 100.0) * 1000, abs=1000)
    assert minutes[-1][1] == pytest.approx((WALL + step + 460.0) * 1000, abs=1000)


def test_what_was_sent_goes_again_as_it_was(tmp_path: Path) -> None:
    link = Link()
    outbox = make(tmp_path, link)
    outbox.date(reading(0))
    outbox.hear(Connected(), 1.0)
    keep(outbox, TAP)
    outbox.push(1.0)
    keep(outbox, TAP)
    outbox.date(reading(9_000))
    outbox.push(1.0 + PATIENCE)
    outbox.push(1.0 + PATIENCE)  # silent for too long: from the first one on
    assert told_at(link) == [(1, 5), (2, 9_005), (1, 5), (2, 9_005)]


def test_a_start_goes_on_dating_what_was_kept_before_it_in_the_same_boot(tmp_path: Path) -> None:
    link = Link()
    first = make(tmp_path, link)
    first.date(reading(0))
    keep(first, TAP)
    first.close()
    again = make(tmp_path, link)
    again.date(reading(9_000))
    keep(again, TAP)
    again.date(reading(4_000))
    go(again)
    assert told_at(link) == [(1, 4_005), (2, 0)]


def test_another_boots_events_keep_their_time(tmp_path: Path) -> None:
    link = Link()
    first = make(tmp_path, link)
    first.date(reading(0))
    keep(first, TAP)
    first.close()
    again = make(tmp_path, link)
    again.date(reading(50_000, boot="c"))
    keep(again, TAP)
    again.date(reading(59_000, boot="c"))
    go(again)
    assert told_at(link) == [(1, 5), (2, 9_005)]


def test_a_machine_that_tells_no_boots_dates_nothing_anew(tmp_path: Path) -> None:
    link = Link()
    outbox = make(tmp_path, link)
    outbox.date(reading(0, boot=""))
    keep(outbox, TAP)
    outbox.date(reading(50_000, boot=""))
    go(outbox)
    assert told_at(link) == [(1, 5)]


def test_a_suspended_laptop_is_no_clock_that_was_set(tmp_path: Path) -> None:
    before = Clock(monotonic=100.0, wall=WALL, boot="b")
    after = Clock(monotonic=101.0, wall=WALL + 3601.0, slept=3600.0, boot="b")
    link = Link()
    outbox = make(tmp_path, link)
    outbox.date(before.reading)
    keep(outbox, TAP)
    outbox.date(after.reading)
    go(outbox)
    assert told_at(link) == [(1, 5)]


def test_what_was_lost_before_the_clock_was_set_is_told_with_the_right_time(tmp_path: Path) -> None:
    link = Link()
    outbox = make(tmp_path, link, max_bytes=100_000)
    outbox.date(reading(0))
    while outbox.keep([TAP] * 50, urgent=False, at_ms=7, now=1.0):
        pass
    outbox.date(reading(9_000))
    outbox.hear(Connected(), 2.0)
    all_of_it = Receipt(store_id="a" * 32, epoch=EPOCH, through=outbox.pending)
    outbox.hear(Received(payload=encode(all_of_it)), 2.0)
    keep(outbox, TAP)
    outbox.push(2.0)
    dropped = [event for batch in link.carried for event in batch.events if isinstance(event, Dropped)]
    assert [(event.at, event.count) for event in dropped] == [(9_007, 50)]


def test_nothing_is_kept_that_could_get_another_ones_time(tmp_path: Path) -> None:
    """Without a place to note the clock that was set, a tap finds no room: dark, and counted."""
    link = Link()
    outbox = make(tmp_path, link)
    outbox.date(reading(0))
    keep(outbox, TAP)
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as db:
        db.execute("ALTER TABLE run RENAME TO away")
    outbox.date(reading(9_000))
    assert not keep(outbox, TAP)
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as db:
        db.execute("ALTER TABLE away RENAME TO run")
    assert keep(outbox, TAP)
    go(outbox)
    assert told_at(link)[0] == (1, 9_005)
    assert (outbox.produced, outbox.dropped) == (4, 1)  # two taps, what tells of the lost one, and the lost one


def test_events_wait_for_the_clock_to_be_set_but_a_minute_at_most(tmp_path: Path) -> None:
    world = World(tmp_path, unset=True)
    world.step(Connected(), TagSeen(reader="r", uid=CARD, random=False, at=100.0))
    assert world.lit == [("r", 1)]
    world.step(after=50.0)
    assert world.batches == []
    world.ahead, world.unset = NIGHT, False
    world.step(after=0.2)
    tap = next(event for event in world.sent() if isinstance(event, Tap))
    assert tap.at == round((WALL + NIGHT + 100.0) * 1000)


def test_where_nobody_sets_the_clock_events_go_after_a_minute(tmp_path: Path) -> None:
    world = World(tmp_path, unset=True)
    world.step(Connected(), TagSeen(reader="r", uid=CARD, random=False, at=100.0))
    world.step(after=59.0)
    assert world.batches == []
    world.step(after=1.5)
    assert any(isinstance(event, Tap) for event in world.sent())


def test_an_event_of_a_kind_that_is_not_known_here_is_moved_too() -> None:
    body = b'{"type":"hover","at":1000,"by":{"x":[1.50,"\\u00fc"]}}'
    with pytest.raises(WireError):
        decode_event(body)
    assert shifted(body, 500) == body.replace(b"1000", b"1500")


@pytest.mark.parametrize("body", [b"", b"[1]", b"{}", b'{"at":"x"}', b"\xff", b"[" * 100_000])
def test_what_has_no_time_stays_as_it_is(body: bytes) -> None:
    assert shifted(body, 500) == body


def test_a_moved_time_stays_within_what_an_event_may_have() -> None:
    for at, by in ((5, -10), (2**43 - 5, 10)):
        moved = decode_event(shifted(encode_event(Tap(at=at, reader="r", tag=None)), by))
        assert moved.at in (0, 2**43)


@dataclass
class Model:
    """Each event's time, moved by hand."""

    at: list[int] = field(default_factory=list)
    bodies: list[int] = field(default_factory=list)  # the time of each as the log keeps it
    boots: list[int] = field(default_factory=list)
    receipted: int = 0
    sent: int = 0
    boot: int = 0
    ahead: int = 0
    runs: tuple[Run, ...] = ()

    def read(self) -> None:
        self.runs = dated(
            self.runs,
            reading(self.ahead, str(self.boot)),
            receipted=self.receipted,
            sent=max(self.sent, self.receipted),
            produced=len(self.at),
        )

    def set(self, by: int) -> None:
        """The clock is set while the program runs."""
        self.ahead += by
        for place in range(max(self.sent, self.receipted), len(self.at)):
            if self.boots[place] == self.boot:
                self.at[place] = self.ahead  # all of it happened at the boot

    def told(self) -> list[int]:
        return [self.bodies[place] + shift_of(self.runs, place + 1) for place in range(self.receipted, len(self.at))]

    def happen(self, count: int) -> None:
        for _ in range(count):
            self.at.append(self.ahead)
            self.bodies.append(self.ahead)
            self.boots.append(self.boot)


STEPS = st.one_of(
    st.tuples(st.just("happen"), st.integers(1, 4)),
    st.tuples(st.just("set"), st.sampled_from([-90_000, 39_600_000, -STEP_MS - 1, STEP_MS + 1])),
    st.tuples(st.just("send"), st.integers(0, 4)),
    st.tuples(st.just("receipt"), st.integers(0, 4)),
    st.tuples(st.sampled_from(["restart", "reboot"]), st.just(0)),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_every_event_is_told_by_the_clock_of_its_boot_as_it_stood_when_it_was_sent(
    steps: list[tuple[str, int]],
) -> None:
    model = Model()
    model.read()
    for what, much in steps:
        match what:
            case "happen":
                model.happen(much)
            case "set":
                model.set(much)
            case "send":
                model.sent = min(len(model.at), max(model.sent, model.receipted) + much)
            case "receipt":
                model.receipted = min(model.sent, model.receipted + much)
            case "reboot":
                model.boot, model.sent, model.ahead = model.boot + 1, model.receipted, model.ahead + 1_000_000
            case _:  # a start: what was sent before it is not known
                model.sent = model.receipted
        model.read()
        assert model.told() == model.at[model.receipted :]
        assert len(model.runs) <= 2 * len(model.at) + 2


KILLED = """
import sys
from pathlib import Path
from contract.events import Tap
from contract.messages import encode_event
from edge.delivery.dating import Reading, dated
from edge.delivery.log import Log
log = Log(Path(sys.argv[1]), new_epoch=lambda: "e" * 32, max_bytes=10_000_000)
ahead = 0
while True:
    ahead += 10_000 if log.produced % 2 else -7_000
    log.date(dated(log.runs, Reading(boot="b", ahead_ms=10**9 + ahead), receipted=0, sent=0, produced=log.produced))
    log.append([encode_event(Tap(at=10**9 + ahead + log.produced, reader="r", tag=None))])
    print(10**9 + ahead, flush=True)
"""


def test_a_kill_while_the_clock_is_set_leaves_every_event_with_one_right_time(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with program(sys.executable, "-c", KILLED, path, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(50):
            assert process.stdout.readline()
        process.kill()
    log = Log(path, new_epoch=lambda: EPOCH, max_bytes=10_000_000)
    log.date(dated(log.runs, reading(0), receipted=0, sent=0, produced=log.produced))
    rows = log.read(1, events=10**6, octets=10**9)
    assert len(rows) >= 50
    assert [json.loads(shifted(row.body or b"", row.shift_ms))["at"] for row in rows] == list(range(len(rows)))


def test_the_clock_passes_as_set_once_the_time_service_says_so_and_where_there_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "timesync"
    assert not clocks.unset(None)()
    assert not clocks.unset(folder)()
    folder.mkdir()
    unset = clocks.unset(folder)
    assert unset()
    (folder / "synchronized").touch()
    assert not unset()
    (folder / "synchronized").unlink()
    assert not unset()


def test_this_machines_clocks_agree_with_themselves() -> None:
    boot = clocks.boot()
    first = clocks.clock(boot, lambda: False)
    second = clocks.clock(boot, lambda: False)
    assert abs(second.reading.ahead_ms - first.reading.ahead_ms) < STEP_MS
    assert abs(first.wall - time.time()) < 60
    assert clocks.boot(Path("/nowhere")) == ""
