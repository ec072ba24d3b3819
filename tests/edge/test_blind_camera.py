"""From a spoilt picture to the event that the cloud hears: a gap with its cause, and no count in between."""

from collections.abc import Callable

import pytest

from contract.events import Cause, DeviceChanged
from edge import lines
from edge.camera import watch
from edge.camera.capture import CaptureError
from edge.camera.eyes import Seen
from edge.camera.grabber import Grabber
from edge.camera.program import Cpu, Program, Told
from edge.camera.settings import Settings
from edge.camera.slot import Frame, Slot
from edge.facts import Clock, events
from edge.inputs import CameraChanged, DeviceState, ReaderChanged, Sighting
from edge.stills import StillRefused, StillTaken, TakeStill
from tests.edge.spoilt import MENDED_S, SPOILT_S, Image, drawn, hand, paper, warped

STREAM = Settings(name="door", source="rtsp://host/stream", still_s=4)


def shown(spoil: Callable[[Image, float], Image]) -> tuple[list[float], list[CameraChanged]]:
    """When pictures were looked at for people, and what was told of the camera, as its process turns."""
    slot, looked, told = Slot(), list[float](), list[CameraChanged]()
    grabber, state = Grabber(STREAM, slot), watch.begin(0.0)
    for second, picture in enumerate(drawn()[:36]):
        at = float(second)
        image = spoil(picture, at) if SPOILT_S <= at < MENDED_S else picture
        grabber.show(Frame(image=image, at=at))
        before, newest = state, slot.counts().newest_at
        state = state if newest is None else watch.picture_came(state, newest)
        while not grabber.troubles.empty():
            trouble = grabber.troubles.get()
            state = watch.trouble_came(state, trouble.reason, trouble.at, trouble.cause)
        state = watch.time_passed(state, at, patience=3.5)
        changed = state.change("door", before, at)
        if changed is not None:
            told.append(changed)
        frame = slot.take(timeout=0)
        if frame is not None:
            looked.append(frame.at)
    return looked, told


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [(warped(20), Cause.MOVED), (paper, Cause.BLOCKED), (hand, Cause.BLOCKED)],
    ids=("warped", "paper", "hand"),
)
def test_a_spoilt_camera_is_an_event_and_a_gap_and_never_a_low_count(
    spoil: Callable[[Image, float], Image], cause: Cause
) -> None:
    looked, told = shown(spoil)

    assert [(each.state, each.cause) for each in told] == [
        (DeviceState.OK, None),
        (DeviceState.LOST, cause),
        (DeviceState.OK, None),
    ]
    # From the first spoilt picture on nobody is looked for, though it takes seconds to be sure and tell.
    assert not [at for at in looked if SPOILT_S <= at < MENDED_S]
    assert [at for at in looked if at < SPOILT_S] == list(range(int(SPOILT_S)))
    assert max(looked) == 35


def test_a_moment_of_doubt_is_a_short_gap_and_no_event() -> None:
    looked, told = shown(lambda image, at: paper(image, at) if at < SPOILT_S + 2 else image)

    assert [each.state for each in told] == [DeviceState.OK]
    assert set(range(36)) - {int(at) for at in looked} == {int(SPOILT_S), int(SPOILT_S) + 1}


class Turned:
    """A camera's process without its detector, before the drawn shop; the camera is spoilt from SPOILT_S on."""

    def __init__(self, spoil: Callable[[Image, float], Image]) -> None:
        self.now, self.told, self.seen = 0.0, list[Told](), list[float]()
        self.spoil, self.slot = spoil, Slot()
        self.grabber = Grabber(STREAM, self.slot)
        self.program = Program(
            settings=STREAM,
            eyes=self,
            slot=self.slot,
            troubles=self.grabber.troubles,
            tell=self.told.append,
            clock=lambda: self.now,
            rest=lambda _: None,
            memory=lambda: 0.0,
            cpu=Cpu(process=lambda: 0.0, looking=lambda: 0.0),
            log=lambda _: None,
            model="none",
            paint=lambda earlier, image, _: bytes([abs(int(image.mean()) - int(earlier.mean()))]),
        )

    def see(self, _: Image, at: float) -> Seen:
        self.seen.append(at)
        return Seen(boxes=(), effort=1.0)

    def until(self, second: int) -> None:
        while self.now < second:
            self.now += 1
            picture = drawn()[round(self.now) % 36]
            image = self.spoil(picture, self.now) if self.now >= SPOILT_S else picture
            self.grabber.show(Frame(image=image, at=self.now))
            if self.slot.counts().put or self.now > SPOILT_S:
                self.program.turn()

    def stills(self) -> list[Told]:
        return [each for each in self.told if isinstance(each, StillTaken | StillRefused)]


def test_a_camera_that_was_moved_gives_a_still_to_calibrate_it_by_and_tells_of_nobody() -> None:
    camera = Turned(warped(20))
    camera.until(30)
    assert [each.cause for each in camera.told if isinstance(each, CameraChanged)][-1] is Cause.MOVED
    assert max(camera.seen) < SPOILT_S

    camera.program.order(TakeStill(nonce="n", until=60.0, people=()))
    camera.until(40)
    assert camera.stills() == [StillTaken(camera="door", nonce="n", jpeg=b"\0")]
    # The eyes saw whom to paint over; the node heard of nobody, and that the camera was moved is as true as before.
    assert [at for at in camera.seen if at >= SPOILT_S] == [31.0, 32.0]
    assert max(each.at for each in camera.told if isinstance(each, Sighting)) < SPOILT_S
    assert [each.cause for each in camera.told if isinstance(each, CameraChanged)][-1] is Cause.MOVED


def test_a_camera_that_is_covered_gives_no_still_and_says_why() -> None:
    camera = Turned(paper)
    camera.until(30)
    camera.program.order(TakeStill(nonce="n", until=60.0, people=()))
    (refused,) = camera.stills()
    assert isinstance(refused, StillRefused)
    assert "covers the lens" in refused.reason
    assert not camera.slot.still_wanted


def test_a_frozen_stream_asks_for_a_new_connection() -> None:
    grabber = Grabber(STREAM, Slot())
    for second in range(4):
        grabber.show(Frame(image=drawn()[0], at=float(second)))

    with pytest.raises(CaptureError, match="the same picture for 4 s"):
        grabber.show(Frame(image=drawn()[0], at=4.0))


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        (CameraChanged(camera="c", state=DeviceState.LOST, reason="r", at=1.0, cause=Cause.MOVED), Cause.MOVED),
        (CameraChanged(camera="c", state=DeviceState.LOST, reason="ended", at=1.0), Cause.LOST),
        (CameraChanged(camera="c", state=DeviceState.OK, reason="r", at=1.0), None),
        (ReaderChanged(reader="r", state=DeviceState.LOST, reason="r", at=1.0), Cause.LOST),
        (ReaderChanged(reader="r", state=DeviceState.OK, reason="r", at=1.0), None),
    ],
)
def test_the_cause_of_a_gap_reaches_the_cloud(changed: CameraChanged | ReaderChanged, cause: Cause | None) -> None:
    heard = lines.decode(lines.encode(changed))
    assert isinstance(heard, CameraChanged | ReaderChanged)

    (fact,) = events(heard, Clock(monotonic=0.0, wall=0.0), pseudonym=lambda _: None)

    assert isinstance(fact, DeviceChanged)
    assert fact.cause is cause
