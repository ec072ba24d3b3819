"""Video as it comes from the world: it ends, freezes, changes its size, is garbage, is slow or fast, jumps in time.

What the camera's process makes of a stream that is silent, black or frozen is in `test_camera_process.py`, how a
detector refuses a model in `test_camera_detector.py`, and a whole node among bad cameras in `test_bad_cameras.py`.
"""

import json
import queue
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import models
from edge import lines
from edge.camera.capture import Capture
from edge.camera.grabber import Grabber, Trouble
from edge.camera.settings import Settings
from edge.camera.slot import Frame, Slot
from edge.counting.watch import Watch
from edge.floor import fitting
from edge.floor.plane import PointPair
from edge.inputs import CameraChanged, DeviceState, Sighting
from tests.edge import matroska, rtsp, streams
from tests.programs import eventually

SOON_S = 30.0  # a busy machine; nothing below waits so long unless it fails
PICTURES = [streams.jpeg(seed) for seed in range(30)]


class Eye:
    """A grabber at work, without a detector."""

    def __init__(self, told: Settings) -> None:
        self.slot = Slot()
        self.grabber = Grabber(told, self.slot)

    def frame(self, wanted: Callable[[Frame], bool] = lambda _: True) -> Frame:
        """The next frame that is wanted."""
        end = time.monotonic() + SOON_S
        while time.monotonic() < end:
            frame = self.slot.take(timeout=0.1)
            if frame is not None and wanted(frame):
                return frame
        told = self.grabber.troubles
        pytest.fail(f"no such frame within {SOON_S} s; told was {[told.get().reason for _ in range(told.qsize())]}")

    def trouble(self) -> Trouble:
        """The next trouble told."""
        try:
            return self.grabber.troubles.get(timeout=SOON_S)
        except queue.Empty:
            pytest.fail(f"no trouble told within {SOON_S} s")

    def calm(self) -> None:
        """Forget what was told so far."""
        while not self.grabber.troubles.empty():
            self.grabber.troubles.get()


@contextmanager
def eye(source: str, **told: float) -> Iterator[Eye]:
    looks = Eye(Settings(name="door", source=source, read_timeout_s=told.pop("read_timeout_s", 1.0), **told))  # type: ignore[arg-type]  # by key
    looks.grabber.start()
    try:
        yield looks
    finally:
        assert looks.grabber.stop(timeout=SOON_S)


def shown(path: Path) -> list[float]:
    """When each picture of a file is shown, s."""
    with closing(Capture(Settings(name="door", source=str(path)))) as capture:
        return list(iter(lambda: capture.shown_at() if capture.grab() else -1.0, -1.0))


def decoded(picture: bytes) -> NDArray[np.uint8]:
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return np.asarray(image, np.uint8)


def flipped(picture: bytes) -> bytes:
    """A picture whose bytes suffered on the way."""
    spoilt = np.frombuffer(picture, np.uint8).copy()
    random = np.random.default_rng(len(picture))
    spoilt[random.integers(20, len(spoilt), 60)] ^= 0x55
    return spoilt.tobytes()


SPOILERS: dict[str, Callable[[bytes], bytes]] = {
    "flipped bytes": flipped,
    "half pictures": lambda picture: picture[: len(picture) // 2],
    "heads of pictures": lambda picture: picture[:30],
    "empty pictures": lambda _: b"",
}


def test_garbage_in_a_stream_breaks_nothing_and_good_pictures_are_seen_again() -> None:
    with streams.camera(fps=40) as stream, eye(stream.url) as looks:
        looks.frame()
        for spoil in SPOILERS.values():
            opened, stream.spoil = stream.opened, spoil
            end = time.monotonic() + 1.2
            while time.monotonic() < end and stream.opened == opened:
                looks.slot.take(timeout=0.1)
            stream.spoil = None
            since = time.monotonic()
            looks.frame(lambda frame, since=since: frame.at > since and frame.image.shape == (120, 160, 3))  # type: ignore[misc]  # bound at once


@pytest.mark.parametrize("kind", ["page", "noise"])
def test_a_stream_that_is_no_video_is_told_and_tried_again(kind: str) -> None:
    with streams.camera() as stream:
        stream.page = b"<html><body>Please log in</body></html>" if kind == "page" else None
        stream.noise = kind == "noise"
        with eye(stream.url) as looks:
            reason = looks.trouble().reason
            assert "not with a video" in reason
            assert "secret" not in reason
            assert "hidden" not in reason
            stream.page, stream.noise = None, False
            looks.frame()


def test_a_stream_that_freezes_on_one_frame_is_told_and_seen_again_when_it_moves() -> None:
    with streams.camera(fps=40) as stream, eye(stream.url, still_s=1.0) as looks:
        looks.frame()
        stream.frozen = True
        assert "frozen" in looks.trouble().reason
        stream.frozen = False
        looks.calm()
        since = time.monotonic()
        looks.frame(lambda frame: frame.at > since)


def test_a_stream_that_changes_its_size_goes_on_and_shows_the_new_one_when_it_is_opened_again() -> None:
    """FFmpeg's reader scales to the size that a connection began with: the same view stays where the floor has it."""
    with streams.camera(fps=40) as stream, eye(stream.url) as looks:
        looks.frame()
        stream.pictures = [streams.jpeg(seed, size=(120, 200)) for seed in range(20)]
        since = time.monotonic()
        looks.frame(lambda frame: frame.at > since + 0.3 and frame.image.shape == (120, 160, 3))
        stream.refusing = True
        looks.trouble()
        stream.refusing = False
        looks.frame(lambda frame: frame.image.shape == (200, 120, 3))


def test_pictures_of_another_shape_than_the_calibrations_are_a_gap_until_they_fit_again() -> None:
    pairs = [PointPair(pixel=(40.0 * x, 40.0 * y), place=(x, y)) for x, y in ((0, 0), (4, 0), (4, 3), (0, 3), (2, 1))]
    watch = Watch(floors={"door": fitting.fit(pairs, width=160, height=120).floor})
    for at, size, misfit in ((1.0, (160, 120), False), (2.0, (120, 200), True), (3.0, (320, 240), False)):
        watch.see(Sighting(camera="door", at=at, width=size[0], height=size[1], boxes=()))
        assert bool(watch.misfits) is misfit
    watch.see(Sighting(camera="door", at=4.0, width=120, height=200, boxes=()))
    assert "not the same shape, calibrate again" in watch.misfits["door"]


def test_a_stream_of_one_frame_a_second_is_no_lost_camera() -> None:
    with streams.camera(fps=1) as stream, eye(stream.url, read_timeout_s=2.0) as looks:
        first = looks.frame()
        third = [looks.frame() for _ in range(2)][-1]
        assert third.at - first.at == pytest.approx(2.0, abs=0.9)
        assert looks.grabber.troubles.empty()


def test_of_sixty_frames_a_second_the_newest_is_kept_and_the_rest_is_counted() -> None:
    with streams.camera(fps=60) as stream, eye(stream.url) as looks:
        before = looks.frame()
        while looks.slot.counts().put < 60:
            time.sleep(0.01)
            assert time.monotonic() < before.at + SOON_S
        newest = looks.frame()
        counts = looks.slot.counts()
        assert counts.overwritten >= 50
        assert newest.at > before.at
        assert looks.grabber.troubles.empty()


JUMPS = {
    "an hour ahead": [0, 0.1, 0.2, 3600, 3600.1, 3600.2],
    "back to the start": [100, 100.1, 100.2, 0, 0.1, 0.2],
    "to and fro": [5, 5.1, 1, 1.1, 900, 900.1, 5.2, 5.3],
    "nowhere": [0, 0, 0, 0, 0],
}


@pytest.mark.parametrize("times", JUMPS.values(), ids=JUMPS)
def test_a_file_whose_times_jump_is_shown_at_its_own_rate(times: list[float], tmp_path: Path) -> None:
    path = matroska.written(tmp_path / "jumps.mkv", PICTURES[: len(times)], times, size=(160, 120))
    steps = np.diff(shown(path))
    assert len(steps) == len(times) - 1
    assert ((steps > 0.03) & (steps < 0.2)).all(), steps
    with eye(str(path)) as looks:
        assert "has ended" in looks.trouble().reason  # it did not wait for an hour
        assert looks.slot.counts().put == len(times)


def test_a_pause_in_a_file_that_is_no_jump_is_shown_as_it_is(tmp_path: Path) -> None:
    path = matroska.written(tmp_path / "pause.mkv", PICTURES[:4], [0, 0.1, 0.9, 1.0], size=(160, 120))
    assert np.round(shown(path), 3).tolist() == [0, 0.1, 0.9, 1.0]


@settings(max_examples=20, deadline=None)
@given(times=st.lists(st.floats(0, 30), min_size=2, max_size=12))
def test_whatever_a_files_times_are_the_shown_ones_rise_and_nobody_waits_long(
    times: list[float], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "any.mkv"
    matroska.written(path, PICTURES[: len(times)], times, size=(160, 120))
    steps = np.diff(shown(path))
    assert len(steps) == len(times) - 1
    told = Settings(name="door", source=str(path))
    with closing(Capture(told)) as capture:
        longest = max(told.read_timeout_s, 2 * capture.period)
    assert ((steps > 0) & (steps <= longest + 1e-6)).all()


@pytest.mark.parametrize("kept", [0.3, 0.7])
def test_a_file_that_was_cut_short_is_shown_as_far_as_it_goes(kept: float, tmp_path: Path) -> None:
    path = tmp_path / "cut.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 60.0, (160, 120))
    for picture in PICTURES:
        writer.write(decoded(picture))
    writer.release()
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    with eye(str(path)) as looks:
        assert "has ended" in looks.trouble().reason
        assert looks.slot.counts().put == pytest.approx(len(PICTURES) * kept, abs=2)


def test_an_h264_camera_that_is_joined_between_two_key_frames_is_waited_for() -> None:
    """OpenCV's analysis ends after 5 s: opening waits for a key frame, and the first read after it."""
    with rtsp.camera() as camera:
        camera.keyed_s = 7.0
        with eye(camera.url, read_timeout_s=0.7) as looks:
            looks.frame(lambda frame: frame.image.shape == (128, 160, 3))
            assert looks.grabber.troubles.empty()


def test_a_camera_that_shows_nothing_for_longer_than_it_may_take_to_open_is_given_up() -> None:
    with rtsp.camera() as camera:
        camera.keyed_s = 60.0
        with eye(camera.url, read_timeout_s=0.7, open_timeout_s=1.5) as looks:
            assert "does not answer within 1.5 s" in looks.trouble().reason


def test_a_camera_that_takes_its_time_for_the_first_picture_is_seen_by_the_first_try() -> None:
    with rtsp.camera() as camera:
        camera.silent = True
        with eye(camera.url, read_timeout_s=0.3) as looks:
            silent_until = time.monotonic() + 2.0
            eventually(lambda: time.monotonic() > silent_until)
            camera.silent = False
            looks.frame()
            assert looks.grabber.troubles.empty()


def test_an_rtsp_camera_is_seen_lost_and_seen_again_and_its_clock_may_jump() -> None:
    with rtsp.camera() as camera, eye(camera.url) as looks:
        frame = looks.frame()
        likeness = [np.abs(decoded(each).astype(int) - frame.image).mean() for each in camera.pictures]
        assert min(likeness) < 5 < sorted(likeness)[1]  # it is one of those that were sent, and of no other

        for jump in (-1000.0, 5000.0):
            camera.jump_s = jump
            since = time.monotonic()
            looks.frame(lambda frame, since=since: frame.at > since + 0.3)  # type: ignore[misc]  # bound at once
        assert looks.grabber.troubles.empty()

        camera.silent = True
        reason = looks.trouble().reason
        assert "stopped sending pictures" in reason
        assert "secret" not in reason
        camera.silent = False
        looks.frame()
        camera.refusing = True
        assert "rtsp://127.0.0.1" in looks.trouble().reason
        camera.refusing = False
        looks.frame()


@pytest.mark.parametrize("model", ["int8", "fp16"])
def test_a_model_that_does_not_fit_its_passport_ends_the_cameras_process_with_the_reason(
    model: str, tmp_path: Path
) -> None:
    shutil.copytree(Path(models.__file__).parent, tmp_path / "models", ignore=shutil.ignore_patterns("__pycache__"))
    passport = tmp_path / "models" / f"person-nanodet-g-256x320-{model}.toml"
    said = passport.read_text("utf-8")
    passport.write_text(said.replace("shape = [1, 1680]\n", "shape = [1, 1681]\n"), "utf-8")
    told = json.dumps({"name": "door", "source": "none.avi", "model": model})

    done = subprocess.run(
        [sys.executable, "-m", "edge.camera"],
        input=told.encode() + b"\n",
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    changed = [each for each in map(lines.decode, done.stdout.splitlines()) if isinstance(each, CameraChanged)]
    assert done.returncode == 2
    assert changed[-1].state is DeviceState.LOST
    assert "has the outputs" in changed[-1].reason
    assert "1681" in changed[-1].reason
