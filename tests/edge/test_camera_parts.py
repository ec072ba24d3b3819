import queue
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from edge.attention import Attention
from edge.camera import watch
from edge.camera.eyes import Seen
from edge.camera.grabber import Trouble
from edge.camera.program import Cpu, Program, Told
from edge.camera.settings import Settings
from edge.camera.slot import Frame, Slot
from edge.camera.suppression import suppress
from edge.inputs import Alive, Box, CameraChanged, CameraCounted, DeviceState, Sighting
from edge.tracking.overlap import iou

corners = arrays.arrays(np.float64, (4,), elements=st.integers(0, 50).map(float))
proposals = st.lists(st.tuples(corners, st.integers(0, 100).map(lambda score: score / 100)), max_size=12)


def one_by_one(boxes: NDArray[np.float64], scores: NDArray[np.float64], threshold: float, overlap: float) -> list[int]:
    """Greedy suppression as it is defined, without a matrix."""
    kept: list[int] = []
    for index in sorted(range(len(scores)), key=lambda each: (-scores[each], each)):
        if scores[index] < threshold:
            continue
        if all(iou(boxes[[index]], boxes[[other]])[0, 0] <= overlap for other in kept):
            kept.append(index)
    return kept


@settings(max_examples=150, deadline=None)
@given(proposals, st.sampled_from([0.3, 0.5, 0.7]))
def test_suppression_keeps_what_the_definition_keeps(
    proposed: list[tuple[NDArray[np.float64], float]], overlap: float
) -> None:
    boxes = np.array([box for box, _ in proposed]).reshape(-1, 4)
    scores = np.array([score for _, score in proposed])

    kept = suppress(boxes, scores, threshold=0.4, overlap=overlap)

    assert kept.tolist() == one_by_one(boxes, scores, 0.4, overlap)


def test_two_boxes_that_share_a_third_of_what_they_cover() -> None:
    assert iou(np.array([[0.0, 0, 2, 1]]), np.array([[1.0, 0, 3, 1]]))[0, 0] == pytest.approx(1 / 3)


def frame(at: float) -> Frame:
    return Frame(image=np.full((8, 8, 3), 100, np.uint8), at=at)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.booleans(), max_size=40))
def test_every_frame_is_taken_overwritten_or_still_there(puts: list[bool]) -> None:
    slot, taken, put = Slot(), [], 0
    for is_put in puts:
        if is_put:
            put += 1
            slot.put(frame(float(put)))
        elif (got := slot.take(timeout=0)) is not None:
            taken.append(got.at)
    left = slot.take(timeout=0)

    counts = slot.counts()
    assert counts.put == put == len(taken) + counts.overwritten + (left is not None)
    assert taken == sorted(set(taken))
    assert left is None or left.at == put


def test_a_newer_frame_replaces_the_one_that_lies_there() -> None:
    slot = Slot()
    slot.put(frame(1.0))
    slot.put(frame(2.0))

    got = slot.take(timeout=0)

    assert got is not None
    assert got.at == 2.0
    assert slot.take(timeout=0) is None
    assert slot.counts().overwritten == 1


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0.001, 0.3), min_size=1, max_size=60), st.floats(0.05, 0.5))
def test_a_frame_is_passed_over_only_when_the_next_is_expected_before_the_look(
    gaps: list[float], interval: float
) -> None:
    slot, at, due, looks, wanted = Slot(), 0.0, 0.0, 0, 0.0
    slot.expect(due)
    for number, gap in enumerate(gaps):
        at += gap
        if at > due and (got := slot.take(timeout=0)) is not None:
            assert got.at == wanted
            looks, due = looks + 1, due + interval
            slot.expect(due)
        if slot.wants(at):
            wanted = at
            slot.put(frame(at))
        else:
            assert number > 0
            assert at + gap < due + 1e-9
            slot.pass_over(at)

    counts = slot.counts()
    left = slot.take(timeout=0) is not None
    assert counts.put == len(gaps) == looks + counts.overwritten + left
    assert counts.newest_at == at


def test_a_frame_that_another_one_follows_before_the_look_needs_no_picture() -> None:
    slot = Slot()
    slot.put(frame(0.0))
    assert slot.take(timeout=0) is not None
    slot.expect(None)
    assert slot.looked_at
    assert not slot.wants(0.04)
    slot.pass_over(0.04)
    slot.expect(0.2)
    needed = []
    for number in range(2, 8):  # 0.16 is the last before the look
        at = number * 0.04
        needed.append(slot.wants(at))
        if needed[-1]:
            slot.put(frame(at))
        else:
            slot.pass_over(at)
    assert needed == [False, False, True, True, True, True]


def test_a_frame_that_lies_there_makes_way_before_the_next_picture_is_made() -> None:
    slot = Slot()
    slot.put(frame(0.0))
    assert slot.wants(0.1)
    assert slot.take(timeout=0) is None
    assert slot.counts().overwritten == 1


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["picture", "trouble", "time"]), st.floats(0, 3)), max_size=30))
def test_a_camera_is_never_called_good_longer_than_patience_after_its_last_picture(
    happened: list[tuple[str, float]],
) -> None:
    now, last, state = 0.0, 0.0, watch.begin(0.0)
    for what, elapsed in happened:
        now += elapsed
        match what:
            case "picture":
                state, last = watch.picture_came(state, now), max(last, now)
            case "trouble":
                state = watch.trouble_came(state, "gone", now)
        state = watch.time_passed(state, now, patience=3.5)
        assert state.state is not DeviceState.OK or now - last <= 3.5
        assert state.state is DeviceState.LOST or now - last <= 3.5


class Fed(Slot):
    """A slot whose waiting moves the bench's clock instead of the day's."""

    def __init__(self, bench: "Bench") -> None:
        super().__init__()
        self._bench = bench

    def take(self, *, timeout: float) -> Frame | None:
        self._bench.feed()
        got = super().take(timeout=0)
        if got is None:
            self._bench.rest(min(timeout, 0.01))
            got = super().take(timeout=0)
        return got


class Bench:
    """A program with a clock that moves only when somebody waits or looks, and frames that come by that clock."""

    def __init__(self, *, takes: float = 0.05, every: float = 0.1, other: float = 0.0) -> None:
        self.now = 100.0
        self.takes = takes  # s, the detector's time for one frame
        self.every = every  # s from frame to frame
        self.next_frame = self.now
        self.other = other  # cores that all but the looks take
        self.spent = 0.0  # s of processor time for looks
        self.still = False  # nothing moves: no look is needed
        self.advice: str | None = None  # of how people show
        self.told: list[Told] = []
        self.logged: list[str] = []
        self.troubles: queue.SimpleQueue[Trouble] = queue.SimpleQueue()
        self.slot = Fed(self)

    def see(self, _: NDArray[np.uint8], __: float) -> Seen:
        boxes = (Box(x1=1, y1=2, x2=3, y2=4, score=0.9),)
        if self.still:
            return Seen(boxes=boxes, effort=0.0)
        self.rest(self.takes)
        self.spent += self.takes
        return Seen(boxes=boxes, effort=1.0, advice=self.advice)

    def rest(self, seconds: float) -> None:
        self.now += seconds
        self.feed()

    def feed(self) -> None:
        while self.next_frame <= self.now:
            self.slot.put(frame(self.next_frame))
            self.next_frame += self.every

    def program(self, **told: float) -> Program:
        return Program(
            settings=Settings(name="door", source="x", **told),  # type: ignore[arg-type]  # numbers only, by key
            eyes=self,
            slot=self.slot,
            troubles=self.troubles,
            tell=self.told.append,
            clock=lambda: self.now,
            rest=self.rest,
            memory=lambda: 50.0,
            cpu=Cpu(process=lambda: self.spent + self.other * self.now, looking=lambda: self.spent),
            log=self.logged.append,
            model="int8",
        )

    def run(self, program: Program, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            program.turn()

    def counted(self) -> CameraCounted:
        return [each for each in self.told if isinstance(each, CameraCounted)][-1]

    def sightings(self) -> list[Sighting]:
        return [each for each in self.told if isinstance(each, Sighting)]


def test_detections_come_as_often_as_asked_and_each_of_the_newest_frame() -> None:
    bench = Bench(every=0.02)
    bench.run(bench.program(detections_per_second=4), 10)

    sightings = bench.sightings()
    assert 39 <= len(sightings) <= 41
    assert all(0.2 < later.at - earlier.at < 0.3 for earlier, later in pairwise(sightings))


def test_a_detector_that_is_too_slow_sees_fewer_frames_and_does_not_fall_behind() -> None:
    bench = Bench(takes=0.5, every=0.02)
    bench.run(bench.program(detections_per_second=10), 10)

    last = bench.sightings()[-1]
    assert 15 <= len(bench.sightings()) <= 20
    assert bench.now - last.at < 1.2


def test_a_camera_looks_slowly_while_little_goes_on_and_fast_from_the_moment_that_much_does() -> None:
    bench = Bench(every=0.02)
    program = bench.program(detections_per_second=8, least_per_second=2)
    program.heed(Attention.CALM)
    bench.run(program, 10)
    calm = len(bench.sightings())
    program.heed(Attention.BUSY)
    bench.run(program, 10)
    busy = bench.sightings()[calm:]

    assert 19 <= calm <= 21
    assert 79 <= len(busy) <= 82
    assert busy[0].at - bench.sightings()[calm - 1].at < 0.2  # it did not wait for the slow look that was due


def test_looks_stay_within_the_budget_of_processor_time_and_a_budget_that_is_too_small_is_told_once() -> None:
    bench = Bench(takes=0.1, every=0.02, other=0.05)
    bench.run(bench.program(detections_per_second=10, least_per_second=4, cpu_percent=25), 60)

    assert 1.8 <= bench.counted().rate <= 2.2
    assert bench.counted().cpu_percent == pytest.approx(25, abs=2)
    assert len(bench.logged) == 1
    assert "cpu_percent = 25 allows 2.0 detections a second" in bench.logged[0]
    assert "fewer than the least of 4; its pictures alone take 5:" in bench.logged[0]


def test_a_budget_that_allows_too_few_looks_is_in_what_the_node_hears_until_it_allows_enough() -> None:
    bench = Bench(takes=0.1, every=0.02, other=0.05)
    bench.advice = "people are about 9 px tall here"
    program = bench.program(detections_per_second=10, least_per_second=4, cpu_percent=25)
    bench.run(program, 60)
    assert bench.logged[-1] == bench.counted().advice
    assert bench.counted().advice.startswith("cpu_percent = 25 allows")

    bench.takes = 0.01
    bench.run(program, 60)
    assert bench.counted().advice == "people are about 9 px tall here"


def test_a_camera_before_which_people_are_too_small_says_so_once_and_once_when_they_no_longer_are() -> None:
    bench = Bench()
    bench.advice = "people are about 9 px tall here"
    program = bench.program()
    bench.run(program, 5)
    assert bench.logged == ["people are about 9 px tall here"]
    bench.run(program, 5)
    assert bench.counted().advice == "people are about 9 px tall here"

    bench.advice = None
    bench.run(program, 10)
    assert bench.logged[1:] == ["people show large enough again"]
    assert bench.counted().advice == ""


def test_a_picture_in_which_nothing_moved_is_told_with_its_own_time_and_counted_as_idle() -> None:
    bench = Bench()
    program = bench.program()
    bench.run(program, 1)
    bench.still = True
    bench.run(program, 9)

    sightings = bench.sightings()
    assert len({each.at for each in sightings}) == len(sightings) >= 45
    assert len({each.boxes for each in sightings}) == 1
    assert bench.counted().idle > 20
    assert bench.counted().detected <= 6


def test_a_stream_that_is_opened_is_not_lost_before_it_may_have_opened_and_one_that_falls_silent_is_soon() -> None:
    bench = Bench()
    opens = bench.now + 9.0
    bench.next_frame = opens
    program = bench.program(open_timeout_s=10, read_timeout_s=2)
    bench.run(program, 12)
    states = [each.state for each in bench.told if isinstance(each, CameraChanged)]
    silent, bench.next_frame = bench.now, bench.now + 60
    bench.run(program, 5)
    told = [each for each in bench.told if isinstance(each, CameraChanged)]

    assert states == [DeviceState.STARTING, DeviceState.OK]
    assert told[-1].state is DeviceState.LOST
    assert told[-1].at - silent < 4.0

    never = Bench()
    never.next_frame = never.now + 60
    never.run(never.program(open_timeout_s=10, read_timeout_s=2), 15)
    assert [each.state for each in never.told if isinstance(each, CameraChanged)][-1] is DeviceState.LOST


def test_the_heart_beats_each_second_and_only_while_the_detector_comes_back() -> None:
    bench = Bench()
    bench.run(bench.program(), 10)
    beats = [each.at for each in bench.told if isinstance(each, Alive)]
    stuck = Bench(takes=30.0)
    stuck.run(stuck.program(), 20)

    assert max(later - earlier for earlier, later in pairwise(beats)) <= 1.0
    assert len([each for each in stuck.told if isinstance(each, Alive)]) == 1


def test_a_camera_is_told_lost_once_and_found_once() -> None:
    bench = Bench()
    program = bench.program()
    bench.run(program, 2)
    for _ in range(3):
        bench.troubles.put(Trouble(reason="gone", at=bench.now))
    bench.next_frame = bench.now + 6.0
    bench.slot.take(timeout=0)
    bench.run(program, 9)

    states = [each.state for each in bench.told if isinstance(each, CameraChanged)]
    assert states == [DeviceState.STARTING, DeviceState.OK, DeviceState.LOST, DeviceState.OK]
