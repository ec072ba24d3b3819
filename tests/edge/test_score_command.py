import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge.score import motchallenge
from edge.score.progress import Progress
from tests import footage

SLICE = 100  # frames of the real footage: what CI has time for
SECONDS = 120.0


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """`aisle-edge score …`."""
    command = [sys.executable, "-c", "from edge.cli import main; main()", "score", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)


def last_line(outcome: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    assert outcome.returncode == 0, outcome.stderr
    figures: dict[str, Any] = json.loads(outcome.stdout.splitlines()[-1])
    return figures


@pytest.fixture(scope="module", name="pets")
def a_slice_of_real_footage(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The first frames of PETS09-S2L1 and their truth."""
    folder = tmp_path_factory.mktemp("pets")
    rows = [row for row in motchallenge.read(footage.pets_truth()) if row.frame <= SLICE]
    (folder / "gt.txt").write_text(motchallenge.text_of(rows), "utf-8")
    capture = cv2.VideoCapture(str(footage.pets_video(folder)))
    size = (int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)))
    writer = cv2.VideoWriter(str(folder / "slice.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, size)
    for _ in range(SLICE):
        writer.write(capture.read()[1])
    writer.release()
    capture.release()
    return folder / "slice.avi", folder / "gt.txt"


@pytest.mark.parametrize("calibrated", [True, False])
def test_real_pedestrians_are_found_and_followed(pets: tuple[Path, Path], tmp_path: Path, *, calibrated: bool) -> None:
    video, truth = pets
    out = tmp_path / "tracks.txt"
    floor = ["--homography", footage.pets_homography()] if calibrated else []

    outcome = run(video, "--truth", truth, "--out", out, *floor)

    figures = last_line(outcome)
    assert figures["frames"] == SLICE
    assert figures["mota"] > 0.6
    assert figures["idf1"] > 0.6
    assert figures["precision"] > 0.85
    assert figures["recall"] > 0.7
    assert figures["motp"] > 0.65
    assert figures["id_switches"] < 20
    assert figures["ms_per_frame"] > 0
    assert figures["detections"] > SLICE
    assert len(motchallenge.read(out)) == figures["track_boxes"]


def test_a_wrong_matrix_is_refused_before_the_long_work(pets: tuple[Path, Path], tmp_path: Path) -> None:
    matrix = tmp_path / "m.txt"
    matrix.write_text("0 0 0\n" * 3, "utf-8")

    outcome = run(pets[0], "--truth", pets[1], "--homography", matrix)

    assert outcome.returncode == 2
    assert "frames/s" not in outcome.stderr


def test_the_truth_of_other_people_is_not_met(pets: tuple[Path, Path], tmp_path: Path) -> None:
    """The gate's own control: with the truth mirrored left to right the figures must fall."""
    video, truth = pets
    mirrored = tmp_path / "gt.txt"
    rows = [
        motchallenge.Row(
            frame=row.frame, id=row.id, left=768 - row.left - row.width, top=row.top, width=row.width, height=row.height
        )
        for row in motchallenge.read(truth)
    ]
    mirrored.write_text(motchallenge.text_of(rows), "utf-8")

    figures = last_line(run(video, "--truth", mirrored, "--rate", 2))

    assert figures["mota"] < 0.2
    assert figures["recall"] < 0.4
    assert figures["frames"] == SLICE / 5


@pytest.fixture(scope="module", name="noise")
def a_video_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("noise") / "noise.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (320, 256))
    for _ in range(12):
        writer.write(np.full((256, 320, 3), 90, np.uint8))
    writer.release()
    return path


def truth_of(folder: Path, *, frame: int) -> Path:
    path = folder / "gt.txt"
    path.write_text(f"{frame},1,10,10,30,80,1,-1,-1,-1\n", "utf-8")
    return path


def test_a_video_of_nobody_has_misses_and_no_tracks(noise: Path, tmp_path: Path) -> None:
    figures = last_line(run(noise, "--truth", truth_of(tmp_path, frame=12)))

    assert (figures["frames"], figures["misses"], figures["tracks"]) == (12, 1, 0)
    assert (figures["mota"], figures["idf1"], figures["precision"]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("frame", "told"),
    [(13, "the truth has a frame 13; .*noise.avi has 12 frames"), (1000, "the truth has a frame 1000")],
)
def test_a_truth_that_goes_on_after_the_video_is_refused(noise: Path, tmp_path: Path, frame: int, told: str) -> None:
    outcome = run(noise, "--truth", truth_of(tmp_path, frame=frame))

    assert outcome.returncode == 2
    assert_told(outcome, told)


def assert_told(outcome: "subprocess.CompletedProcess[str]", told: str) -> None:
    """One clear line at the end and no traceback."""
    assert "Traceback" not in outcome.stderr
    assert re.search(told, outcome.stderr.splitlines()[-1])


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("video", None, "there is no file .*video"),
        ("video", b"no video at all" * 99, "is not a video that can be read"),
        ("video", b"1,1,10,10,30,80,1,-1,-1,-1\n" * 99, "not a video"),
        ("truth", None, "truth: No such file"),
        ("truth", b"1,1,10,10,30,80,1\n2,1,ten,10,30,80,1\n", "truth: line 2: left is 'ten'"),
        ("truth", b"\x80\x81", "truth: not a text file"),
        ("truth", b"", "truth: no box that counts"),
        ("matrix", None, "matrix: No such file"),
        ("matrix", b"1 2 3\n4 5 6\n", "matrix: wanted are 3 lines of 3 numbers"),
        ("matrix", b"1 2 3\n4 5 x\n7 8 9", "could not convert"),
        ("matrix", b"0 0 0\n0 0 0\n0 0 0", "matrix: "),
    ],
)
def test_input_that_is_no_use_is_named(
    noise: Path, tmp_path: Path, file: str, content: bytes | None, told: str
) -> None:
    given = {"video": noise, "truth": truth_of(tmp_path, frame=1), "matrix": tmp_path / "m.txt"}
    given["matrix"].write_text("0.05 0 0\n0 0.05 0\n0 0.001 1\n", "utf-8")
    given[file] = tmp_path / file
    if content is not None:
        given[file].write_bytes(content)

    outcome = run(given["video"], "--truth", given["truth"], "--homography", given["matrix"])

    assert outcome.returncode == 2, outcome.stderr
    assert_told(outcome, told)


class Terminal:
    """Something to write on that may be a terminal."""

    def __init__(self, *, terminal: bool) -> None:
        self.terminal = terminal
        self.text = ""

    def isatty(self) -> bool:
        return self.terminal

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        """Nothing is kept back."""


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_says_how_much_how_fast_and_how_long(*, terminal: bool) -> None:
    out, now = Terminal(terminal=terminal), [0.0]
    progress = Progress(out=out, clock=lambda: now[0])  # type: ignore[arg-type]  # the three calls that it makes
    for done in range(1, 51):
        now[0] = done / 2
        progress.at(done, 100)
    progress.end()

    assert re.search(r"4\d\.0 %  4\d/100 frames, 2\.\d frames/s, \d\d s left", out.text)
    assert ("\r" in out.text) is terminal
