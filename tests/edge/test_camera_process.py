import hashlib
import json
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from contract.events import Cause
from edge import lines
from edge.inputs import Alive, CameraChanged, CameraCounted, DeviceState, Sighting
from tests.edge import streams
from tests.programs import program

MODELS = Path(__file__).parents[2] / "models"
EDGE = Path(__file__).parents[2] / "edge"
FLAGGED_S = 5.0  # a lost camera must be told within this
BACK_S = 10.0  # and one that is back within this
STARTS_S = 20.0  # a busy machine starting Python, OpenCV and the model


class Child:
    """A camera's process, and what it has told."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self._heard: queue.SimpleQueue[lines.Noticed] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._heard.put(lines.decode(line))

    def until(self, wanted: Callable[[lines.Noticed], bool], *, within: float) -> Any:
        """The first message from now on that is wanted; fails after `within` seconds."""
        end = time.monotonic() + within
        heard: list[lines.Noticed] = []
        while (left := end - time.monotonic()) > 0:
            try:
                message = self._heard.get(timeout=left)
            except queue.Empty:
                break
            heard.append(message)
            if wanted(message):
                return message
        pytest.fail(f"not told within {within} s; told was {[each for each in heard if not isinstance(each, Alive)]}")

    def state(self, state: DeviceState, *, within: float) -> CameraChanged:
        """The camera's next change to `state`."""
        told = self.until(lambda each: isinstance(each, CameraChanged) and each.state is state, within=within)
        assert isinstance(told, CameraChanged)
        return told


@contextmanager
def child(*, cwd: Path | None = None, **told: Any) -> Iterator[Child]:
    """`python -m edge.camera` with these settings, its modules found in `cwd` first; ends by the end of its stdin."""
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with program(sys.executable, "-m", "edge.camera", cwd=cwd, **pipes) as process:
        assert process.stdin is not None
        process.stdin.write(json.dumps({"name": "door", **told}).encode() + b"\n")
        process.stdin.flush()
        yield Child(process)
        process.stdin.close()
        process.wait(timeout=30)


@pytest.fixture(scope="module", name="video")
def a_short_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty frames of noise, three seconds."""
    path = tmp_path_factory.mktemp("video") / "noise.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (160, 120))
    random = np.random.default_rng(1)
    for _ in range(30):
        writer.write(random.integers(60, 180, (120, 160, 3), dtype=np.uint8))
    writer.release()
    return path


def test_a_stream_is_seen_lost_within_five_seconds_and_found_again() -> None:
    """Silent, then closed, then frozen: one process, no restart."""
    with streams.camera() as stream, child(source=stream.url, detections_per_second=10) as camera:
        camera.state(DeviceState.OK, within=STARTS_S)
        sighting = camera.until(lambda each: isinstance(each, Sighting), within=FLAGGED_S)
        assert (sighting.camera, sighting.width, sighting.height) == ("door", 160, 120)

        stream.silent = True
        lost = camera.state(DeviceState.LOST, within=FLAGGED_S)
        assert "secret" not in lost.reason
        assert "hidden" not in lost.reason
        stream.silent = False
        camera.state(DeviceState.OK, within=BACK_S)

        stream.refusing = True
        camera.state(DeviceState.LOST, within=FLAGGED_S)
        stream.refusing = False
        camera.state(DeviceState.OK, within=BACK_S)

        stream.frozen = True
        lost = camera.state(DeviceState.LOST, within=FLAGGED_S)
        assert lost.cause is Cause.FROZEN
        stream.frozen = False
        camera.state(DeviceState.OK, within=BACK_S)

        stream.black = True
        lost = camera.state(DeviceState.LOST, within=FLAGGED_S + 1)
        assert lost.cause is Cause.DARK


def test_a_camera_that_is_not_there_is_lost_with_the_reason_and_the_heart_beats_on() -> None:
    with streams.camera() as stream:
        stream.refusing = True
        with child(source=stream.url) as camera:
            lost = camera.state(DeviceState.LOST, within=STARTS_S)
            assert "does not answer" in lost.reason
            for _ in range(3):
                camera.until(lambda each: isinstance(each, Alive), within=1.0)
            camera.process.stdin.close()  # type: ignore[union-attr]  # a pipe, as `child` asked for
            said = camera.process.stderr.read().decode()  # type: ignore[union-attr]  # likewise
            assert "secret" not in said
            assert "hidden" not in said


def test_a_file_is_shown_in_its_own_time_and_ends(video: Path) -> None:
    with child(source=str(video), detections_per_second=60) as camera:
        ats: list[float] = []

        def ended(each: lines.Noticed) -> bool:
            if isinstance(each, Sighting):
                ats.append(each.at)
            return isinstance(each, CameraChanged) and each.state is DeviceState.LOST

        last = camera.until(ended, within=STARTS_S)

    steps = np.diff(ats)
    assert np.allclose(steps / 0.1, np.round(steps / 0.1), atol=1e-3)  # only frames' own times
    assert (steps > 0).all()
    assert ats[-1] - ats[0] <= 2.9 + 1e-6
    assert "has ended" in last.reason


def test_a_file_that_loops_goes_on_with_times_that_rise(video: Path) -> None:
    with child(source=str(video), loop=True, detections_per_second=60) as camera:
        ats: list[float] = []

        def enough(each: lines.Noticed) -> bool:
            if isinstance(each, Sighting):
                ats.append(each.at)
            return bool(ats) and ats[-1] - ats[0] > 3.5

        camera.until(enough, within=STARTS_S)

    assert (np.diff(ats) > 0).all()


def test_frames_that_nobody_had_time_for_are_counted(video: Path) -> None:
    with child(source=str(video), detections_per_second=1, loop=True) as camera:
        counted = camera.until(lambda each: isinstance(each, CameraCounted) and each.detected > 0, within=STARTS_S + 12)

    assert counted.overwritten > 0
    assert counted.detected + counted.overwritten <= counted.read <= counted.detected + counted.overwritten + 1
    assert counted.detect_ms > 0
    assert counted.rss_mb > 10


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x00\x01\x02 rubbish" * 1000, "is not a video that can be read"),
        (b"1,9,499.2,157.7,31.0,75.2,1,-1,-1,-1\n" * 500, "not a video"),
        (b"", "is not a video that can be read"),
    ],
)
def test_a_file_that_is_no_video_is_lost_with_the_reason(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "video.avi"
    path.write_bytes(content)

    with child(source=str(path)) as camera:
        lost = camera.state(DeviceState.LOST, within=STARTS_S)

    assert told in lost.reason
    assert path.name in lost.reason


def test_a_missing_file_is_lost_with_the_reason(tmp_path: Path) -> None:
    with child(source=str(tmp_path / "none.avi")) as camera:
        assert "there is no file" in camera.state(DeviceState.LOST, within=STARTS_S).reason


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"source": "x", "sorce": "y"}, "sorce"),
        ({"source": "x", "threshold": 2}, "threshold"),
        ({"source": "x", "model": "fp8"}, "model"),
        ({"source": "x", "cpu_percent": 0}, "cpu_percent"),
        ({"source": "x", "least_per_second": 9}, "least_per_second = 9: allowed is at most detections_per_second"),
        ({"source": "x", "masks": [[[0, 0], [1, 1]]]}, "masks"),
        ({}, "source"),
    ],
)
def test_settings_that_are_wrong_end_the_process_with_the_key(told: dict[str, Any], named: str) -> None:
    with child(**told) as camera:
        assert camera.process.wait(timeout=STARTS_S) == 2
        assert camera.process.stderr is not None
        assert named in camera.process.stderr.read().decode()


def test_the_end_of_its_input_ends_the_process_even_while_a_stream_hangs() -> None:
    with streams.camera() as stream:
        stream.silent = True
        with child(source=stream.url) as camera:
            camera.until(lambda each: isinstance(each, Alive), within=STARTS_S)
            assert camera.process.stdin is not None
            camera.process.stdin.close()
            assert camera.process.wait(timeout=8) == 0


def test_an_unexpected_error_where_pictures_are_read_ends_the_process_so_that_it_is_started_anew(
    tmp_path: Path,
) -> None:
    """A copy of the program in which OpenCV fails, some pictures in, as it never said it would."""
    shutil.copytree(EDGE, tmp_path / "edge", ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / "edge" / "camera" / "capture.py"
    sound = "        whole, image = self._capture.retrieve()\n"
    spoilt = '        if self._capture.get(cv2.CAP_PROP_POS_MSEC) > 500:\n            raise cv2.error("planted")\n'
    assert sound in path.read_text("utf-8")
    path.write_text(path.read_text("utf-8").replace(sound, spoilt + sound), "utf-8")

    with streams.camera() as stream, child(source=stream.url, cwd=tmp_path) as camera:
        camera.state(DeviceState.OK, within=STARTS_S)
        assert camera.process.wait(timeout=FLAGGED_S) == 3
        said = camera.process.stderr.read().decode()  # type: ignore[union-attr]  # a pipe, as `child` asked for

    assert "planted" in said
    assert said.splitlines()[-1] == "an error ended the reading of its pictures"


def test_a_film_that_has_ended_is_no_error_and_the_heart_beats_on(video: Path) -> None:
    with child(source=str(video)) as camera:
        assert "has ended" in camera.state(DeviceState.LOST, within=STARTS_S).reason
        for _ in range(3):
            camera.until(lambda each: isinstance(each, Alive), within=FLAGGED_S)
        assert camera.process.poll() is None


@pytest.fixture(scope="module", name="still")
def a_video_of_an_empty_room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty frames of the same wall, three seconds, with a sensor's noise."""
    path = tmp_path_factory.mktemp("video") / "wall.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (160, 120))
    random = np.random.default_rng(1)
    wall = random.integers(60, 180, (120, 160, 3))
    for _ in range(30):
        writer.write((wall + random.normal(0, 2, wall.shape)).clip(0, 255).astype(np.uint8))
    writer.release()
    return path


def test_before_an_empty_room_the_detector_rests_and_the_node_hears_of_it(still: Path) -> None:
    with child(source=str(still), loop=True, detections_per_second=10) as camera:
        assert camera.process.stdin is not None
        camera.process.stdin.write(b'rubbish\n{"attention":"busy"}\n')
        camera.process.stdin.flush()
        counted = camera.until(lambda each: isinstance(each, CameraCounted) and each.idle >= 10, within=STARTS_S + 12)
        camera.process.stdin.close()
        assert camera.process.stderr is not None
        said = camera.process.stderr.read().decode()

    assert counted.detected < counted.idle
    assert counted.cpu_percent > 0
    assert "the quickest here (fp16" in counted.model
    assert f"model {counted.model}" in said
    assert "not a line for a camera" in said


def test_a_model_whose_outputs_do_not_fit_its_passport_is_refused_with_the_reason(tmp_path: Path, video: Path) -> None:
    """A package of models in which somebody exchanged one, its passport's checksum with it."""
    onnx = pytest.importorskip("onnx")
    shutil.copytree(MODELS, tmp_path / "models", ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / "models" / "person-nanodet-g-256x320-int8.onnx"
    before = path.read_bytes()
    model = onnx.load_from_string(before)
    del model.graph.output[1]
    path.write_bytes(model.SerializeToString())
    passport = path.with_suffix(".toml")
    sums = hashlib.sha256(before).hexdigest(), hashlib.sha256(path.read_bytes()).hexdigest()
    passport.write_text(passport.read_text("utf-8").replace(*sums), "utf-8")

    with child(source=str(video), model="int8", cwd=tmp_path) as camera:
        lost = camera.state(DeviceState.LOST, within=STARTS_S)
        assert camera.process.wait(timeout=STARTS_S) == 2
    with child(source=str(video), loop=True, cwd=tmp_path) as camera:
        counted = camera.until(lambda each: isinstance(each, CameraCounted), within=STARTS_S)

    assert "it has the outputs ['boxes" in lost.reason
    assert "its passport allows" in lost.reason
    assert counted.model.startswith("fp16, the quickest here")
    assert "int8 refused" in counted.model
