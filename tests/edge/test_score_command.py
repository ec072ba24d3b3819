import argparse
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge import score
from edge.camera.pictures import Pictures
from edge.floor import lens, plane
from edge.score import edges, motchallenge
from edge.score.progress import Progress
from edge.score.result import Scored
from tests import footage
from tests.edge.scoring import Outcome, run
from tests.edge.walkers import Pinhole
from tests.programs import eventually, program

SLICE = 100  # frames of the real footage: what CI has time for
SECONDS = 120.0
FLOOR = Path(__file__).parents[1] / "bench" / "vision" / "pets.toml"


def test_a_word_where_a_number_is_wanted_is_told_with_what_is_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    score.add_arguments(parser)
    with pytest.raises(SystemExit, match="2"):
        parser.parse_args(["video.avi", "--truth", "gt.txt", "--rate", "often"])
    assert "argument --rate: often: allowed are numbers above 0, at most 1000" in capsys.readouterr().err


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


def test_real_pedestrians_are_found_followed_and_counted_on_a_calibrated_floor(
    pets: tuple[Path, Path], tmp_path: Path
) -> None:
    video, truth = pets
    out, report = tmp_path / "tracks.txt", tmp_path / "report.txt"
    floor = ["--homography", footage.pets_homography(), "--floor", FLOOR]

    outcome = run(video, "--truth", truth, "--out", out, "--report", report, "--rate", 5, *floor)

    figures = outcome.figures()
    assert figures.frames == figures.scored_frames == SLICE / 2
    assert figures.mota > 0.6
    assert figures.idf1 > 0.6
    assert figures.hota > 0.45
    assert figures.ap50 > 0.8
    assert figures.ap50 > figures.ap > 0.25
    assert figures.precision > 0.85
    assert figures.recall > 0.7
    assert figures.motp > 0.65
    assert figures.id_switches < 20
    assert figures.ms_per_frame > 0
    assert figures.detections > SLICE / 2
    assert len(motchallenge.read(out)) == figures.track_boxes
    assert outcome.stderr.endswith(report.read_text("utf-8"))  # after the progress of a slow machine
    counted_as_true(figures)
    inside_their_intervals(figures)
    spent = figures.cpu
    assert spent.detect_ms > spent.track_ms > 0
    assert spent.decode_ms > 0


def counted_as_true(figures: Scored) -> None:
    """Ten seconds of PETS: the lines and zones of the published table."""
    floor = figures.floor
    assert floor is not None
    assert [line.id for line in figures.lines] == ["north", "middle", "south", "east"]
    assert floor.crossings_truth == sum(line.inward.truth + line.outward.truth for line in figures.lines) > 5
    assert floor.crossing_error <= 3
    assert floor.person_s_error is not None
    assert floor.person_s_error < 0.15
    assert sum(zone.stays_counted for zone in figures.zones) > 3


def inside_their_intervals(figures: Scored) -> None:
    between = figures.intervals
    assert between.blocks == 2
    for name in ("ap50", "ap", "mota", "idf1", "hota", "precision", "recall", "detection_precision"):
        low, high = getattr(between, name)
        assert low <= getattr(figures, name) <= high


def test_a_floor_in_feet_is_told_by_the_people_on_it(pets: tuple[Path, Path], tmp_path: Path) -> None:
    matrix = tmp_path / "feet.txt"
    np.savetxt(matrix, np.diag([1 / 0.3048, 1 / 0.3048, 1.0]) @ np.loadtxt(footage.pets_homography()))
    asked = [pets[0], "--truth", pets[1], "--rate", 2, "--homography", matrix]

    taken_as_metres, named = run(*asked), run(*asked, "--unit", "ft")

    (told,) = taken_as_metres.figures().warnings
    assert re.fullmatch(r"people are 5\.\d m tall on this floor: is it in ft \(--unit ft\)\?", told)
    assert f"! {told}" in taken_as_metres.stderr
    assert named.figures().warnings == ()
    assert named.figures().stature_m == pytest.approx(1.65, abs=0.1)


def test_lines_in_another_unit_and_a_truth_of_larger_pictures_are_asked_about(
    pets: tuple[Path, Path], tmp_path: Path
) -> None:
    video, truth = pets
    doubled, lines = tmp_path / "gt.txt", tmp_path / "floor.toml"
    rows = [
        replace(row, left=2 * row.left, top=2 * row.top, width=2 * row.width, height=2 * row.height)
        for row in motchallenge.read(truth)
    ]
    doubled.write_text(motchallenge.text_of(rows), "utf-8")
    lines.write_text('[[line]]\nid = "north"\na = [-1400, -1100]\nb = [-400, -1100]\n', "utf-8")

    figures = run(
        video, "--truth", doubled, "--rate", 1, "--homography", footage.pets_homography(), "--floor", lines
    ).figures()

    assert [line.inward.error + line.outward.error for line in figures.lines] == [0]  # which says nothing
    beside, nowhere = figures.warnings
    assert re.match(r"\d+ of the truth's \d+ boxes lie beside the picture of 768x576 pixels", beside)
    assert nowhere.startswith("line 'north' lies nowhere in the picture")


def test_without_a_calibration_the_floor_is_guessed_and_lines_are_judged_by_pixels(
    pets: tuple[Path, Path], tmp_path: Path
) -> None:
    video, truth = pets
    drawn = tmp_path / "floor.toml"
    drawn.write_text(
        'unit = "px"\n[[line]]\nid = "across"\na = [150, 330]\nb = [700, 330]\n'
        '[[zone]]\nid = "below"\npolygon = [[100, 330], [760, 330], [760, 560], [100, 560]]\n',
        "utf-8",
    )

    figures = run(video, "--truth", truth, "--rate", 5, "--floor", drawn, "--gate").figures()

    assert figures.mota > 0.6
    assert figures.idf1 > 0.6
    assert figures.cpu.gate_ms > 0
    (line,), (zone,) = figures.lines, figures.zones
    assert line.inward.error + line.outward.error <= 1
    assert line.inward.truth + line.outward.truth >= 1
    assert zone.person_s_error is not None
    assert zone.person_s_error < 0.2


def test_a_truth_of_every_20th_frame_judges_these_alone(pets: tuple[Path, Path], tmp_path: Path) -> None:
    video, truth = pets
    sparse = tmp_path / "gt.txt"
    rows = [row for row in motchallenge.read(truth) if row.frame % 20 == 1]
    sparse.write_text(motchallenge.text_of(rows), "utf-8")

    figures = run(video, "--truth", sparse, "--rate", 2).figures()

    assert (figures.truth_first, figures.truth_last, figures.truth_step) == (1, 81, 20)
    assert figures.scored_frames == 5
    assert figures.truth_boxes == len(rows)
    assert figures.precision > 0.8


def test_told_boxes_end_at_the_pictures_edge_unless_the_truths_go_on_beyond_it(
    pets: tuple[Path, Path], tmp_path: Path
) -> None:
    video, truth = pets
    shows, whole, out = tmp_path / "shows.txt", tmp_path / "whole.txt", tmp_path / "out.txt"
    # The first seconds of the footage as a longer lens would see them, so that many are cut.
    rows = [row for row in motchallenge.read(truth) if row.frame <= SLICE]
    zoomed = _zoomed(video, tmp_path / "zoomed.avi")
    bigger = [
        replace(row, left=3 * row.left - 900, top=3 * row.top - 500, width=3 * row.width, height=3 * row.height)
        for row in rows
    ]
    shown = edges.within(bigger, width=768, height=576)
    names = {(row.frame, row.id) for row in shown}
    shows.write_text(motchallenge.text_of(shown), "utf-8")
    whole.write_text(motchallenge.text_of(row for row in bigger if (row.frame, row.id) in names), "utf-8")

    of_parts = run(zoomed, "--truth", shows, "--rate", 2, "--out", out)
    parts = motchallenge.read(out)
    of_whole = run(zoomed, "--truth", whole, "--rate", 2, "--out", out)

    assert of_parts.figures().cut
    assert "their boxes end at the picture's edge" in of_parts.stderr
    assert not edges.reach_beyond(parts, width=768, height=576)
    assert not of_whole.figures().cut
    assert "their boxes go on where the picture's edge cuts somebody" in of_whole.stderr
    assert edges.reach_beyond(motchallenge.read(out), width=768, height=576)


def _zoomed(video: Path, path: Path) -> Path:
    """The video three times as large about its middle, in a picture of the same size."""
    capture = cv2.VideoCapture(str(video))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (768, 576))
    shift = np.array([[3.0, 0.0, -900.0], [0.0, 3.0, -500.0]])
    for _ in range(SLICE):
        writer.write(cv2.warpAffine(capture.read()[1], shift, (768, 576)))
    writer.release()
    capture.release()
    return path


def test_who_interrupts_a_long_score_gets_no_traceback(pets: tuple[Path, Path], tmp_path: Path) -> None:
    truth = tmp_path / "gt.txt"
    os.mkfifo(truth)  # a truth of which nothing comes: whoever reads it is at work for as long as we like
    # A shell's background jobs begin with SIGINT ignored, and so do the tests in one: as at a terminal it is heard.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{heard}; from edge.cli import main; main()"]
    command += ["score", str(pets[0]), "--truth", str(truth)]
    ends: list[int] = []
    with program(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as score:
        eventually(lambda: _is_read(truth, ends), seconds=SECONDS)
        score.send_signal(signal.SIGINT)
        _, said = score.communicate(timeout=SECONDS)
    os.close(ends[0])

    assert score.returncode == 130, said
    assert "Traceback" not in said


def _is_read(pipe: Path, ends: list[int]) -> bool:
    """Whether somebody reads the pipe; then its other end is opened, so that they go on waiting."""
    try:
        ends.append(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


def test_a_wrong_matrix_is_refused_before_the_long_work(pets: tuple[Path, Path], tmp_path: Path) -> None:
    matrix = tmp_path / "m.txt"
    matrix.write_text("0 0 0\n" * 3, "utf-8")

    outcome = run(pets[0], "--truth", pets[1], "--homography", matrix)

    assert outcome.status == 2
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

    floor = ["--homography", footage.pets_homography(), "--floor", FLOOR]
    figures = run(video, "--truth", mirrored, "--rate", 2, *floor).figures()

    assert figures.mota < 0.2
    assert figures.recall < 0.4
    assert figures.hota < 0.35
    assert figures.ap50 < 0.4
    assert figures.floor is not None
    assert figures.floor.person_s_error is not None
    assert figures.floor.person_s_error > 0.2
    assert figures.frames == SLICE / 5


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


def test_a_video_of_nobody_has_misses_and_no_tracks_and_the_program_says_so(noise: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from edge.cli import main; main()", "score"]
    asked = [*command, str(noise), "--truth", str(truth_of(tmp_path, frame=12))]

    done = subprocess.run(asked, capture_output=True, text=True, timeout=SECONDS, check=False)

    figures = Outcome(status=done.returncode, stdout=done.stdout, stderr=done.stderr).figures()
    assert (figures.frames, figures.scored_frames, figures.misses, figures.tracks) == (12, 1, 1, 0)
    assert (figures.mota, figures.idf1, figures.precision, figures.hota) == (0, 0, 0, 0)
    assert figures.floor is None
    assert figures.intervals.mota is None
    assert "MOTA" in done.stderr


def test_a_video_whose_frame_rate_is_wrong_is_given_the_right_one(noise: Path, tmp_path: Path) -> None:
    """Twelve frames: 1.2 s by their own rate, of which one a second is two; twelve by the given one."""
    asked = [noise, "--truth", truth_of(tmp_path, frame=12), "--frames", "1-12", "--rate", 1]

    assert run(*asked).figures().frames == 2
    assert run(*asked, "--fps", 1).figures().frames == 12


def test_an_empty_shop_is_a_truth_where_the_frames_are_named(noise: Path, tmp_path: Path) -> None:
    empty, drawn, matrix = tmp_path / "gt.txt", tmp_path / "floor.toml", tmp_path / "m.txt"
    empty.write_text("", "utf-8")
    drawn.write_text('[[line]]\nid = "door"\na = [2, 2]\nb = [9, 2]\n', "utf-8")
    matrix.write_text("0.05 0 0\n0 0.05 0\n0 0.001 1\n", "utf-8")
    floor = ["--homography", matrix, "--floor", drawn]

    figures = run(noise, "--truth", empty, "--frames", "1-12", *floor).figures()

    assert (figures.scored_frames, figures.false_positives, figures.truth_boxes) == (12, 0, 0)
    assert figures.floor is not None
    assert (figures.floor.crossings_truth, figures.floor.crossing_error) == (0, 0)


@pytest.fixture(name="sequence")
def a_folder_as_motchallenge_has_it(tmp_path: Path) -> Path:
    """Twelve pictures of nobody, 6 a second, with somebody in the truth of each."""
    folder = tmp_path / "SEQ"
    (folder / "img1").mkdir(parents=True)
    (folder / "gt").mkdir()
    for number in range(1, 13):
        cv2.imwrite(str(folder / "img1" / f"{number:06}.jpg"), np.full((256, 320, 3), 90, np.uint8))
    rows = [motchallenge.Row(frame=each, id=1, left=10, top=10, width=30, height=80) for each in range(1, 13)]
    (folder / "gt" / "gt.txt").write_text(motchallenge.text_of(rows), "utf-8")
    (folder / "seqinfo.ini").write_text("[Sequence]\nname=SEQ\nimDir=img1\nframeRate=6\nseqLength=12\n", "utf-8")
    return folder


def test_a_folder_of_motchallenge_is_scored_as_it_is(sequence: Path) -> None:
    whole = run(sequence, "--rate", 3).figures()
    pictures = run(sequence / "img1", "--truth", sequence / "gt" / "gt.txt", "--rate", 3).figures()
    faster = run(sequence, "--rate", 3, "--fps", 12).figures()

    assert (whole.frames, whole.misses, whole.truth_last) == (6, 6, 12)
    assert (pictures.frames, faster.frames) == (6, 3)


def test_pictures_are_seen_in_the_order_of_their_numbers_at_the_given_rate(tmp_path: Path) -> None:
    for number in range(1, 13):
        cv2.imwrite(str(tmp_path / f"frame{number}.png"), np.full((256, 320, 3), 10 * number, np.uint8))

    shown = [capture.picture()[0, 0, 0] for capture in [Pictures(tmp_path, 5)] for _ in range(12) if capture.grab()]

    assert shown == [10 * number for number in range(1, 13)]
    run(tmp_path, "--truth", truth_of(tmp_path, frame=12)).assert_told("how many pictures are a second[?] give --fps")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda folder: (folder / "img1" / "000005.jpg").unlink(), "000004.jpg is followed by 000006.jpg"),
        (lambda folder: (folder / "img1" / "000005.jpg").write_text("x"), "000005.jpg is not a picture"),
        (
            lambda folder: cv2.imwrite(str(folder / "img1" / "000005.jpg"), np.zeros((9, 9, 3))),
            "has 9x9 pixels, the first",
        ),
        (lambda folder: (folder / "seqinfo.ini").write_text("frameRate=6"), "wanted is a section .Sequence."),
        (lambda folder: (folder / "seqinfo.ini").write_text("[Sequence]\nframeRate=x"), "frameRate = x; give --fps"),
        (lambda folder: (folder / "gt" / "gt.txt").unlink(), "the truth is missing: name its file with --truth"),
    ],
)
def test_a_folder_that_is_no_use_is_told(sequence: Path, spoil: Callable[[Path], object], told: str) -> None:
    spoil(sequence)

    run(sequence).assert_told(told)


def test_a_folder_without_pictures_is_no_video(tmp_path: Path) -> None:
    run(tmp_path, "--truth", truth_of(tmp_path, frame=1)).assert_told("without numbered pictures, not a video")


BENT = plane.from_matrix(
    Pinhole().floor().matrix, width=960, height=540, lens=lens.of_picture(-0.3, width=960, height=540)
)


def seen_by_a_wide_lens(folder: Path) -> list[object]:
    """A video of nobody, whose truth is somebody who walks over a line at the picture's edge; and that line."""
    writer = cv2.VideoWriter(str(folder / "wide.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 4, (960, 540))
    for _ in range(12):
        writer.write(np.full((540, 960, 3), 90, np.uint8))
    writer.release()
    feet = plane.unproject(BENT, np.array([(1.8 + step / 20, 0.5) for step in range(12)]))
    rows = [
        motchallenge.Row(frame=frame, id=1, left=u - 10, top=v - 100, width=20, height=100)
        for frame, (u, v) in enumerate(feet.tolist(), start=1)
    ]
    (folder / "gt.txt").write_text(motchallenge.text_of(rows), "utf-8")
    (folder / "floor.toml").write_text('[[line]]\nid = "door"\na = [2.1, -2]\nb = [2.1, 3]\n', "utf-8")
    return [folder / "wide.avi", "--truth", folder / "gt.txt", "--floor", folder / "floor.toml"]


def clicked(places: list[tuple[float, float]]) -> str:
    pixels = plane.unproject(BENT, np.array(places))
    pairs = [(*pixel, *place) for pixel, place in zip(pixels.tolist(), places, strict=True)]
    return "u,v,x,y\n" + "".join(",".join(map(str, pair)) + "\n" for pair in pairs)


def test_bent_footage_is_scored_on_the_floor_that_a_node_fits_to_its_pairs(tmp_path: Path) -> None:
    asked = seen_by_a_wide_lens(tmp_path)
    pairs, matrix = tmp_path / "pairs.csv", tmp_path / "matrix.txt"
    pairs.write_text(clicked([(x / 2, y) for x in range(-4, 5, 2) for y in (0.0, 1.0, 3.0, 6.0)]), "utf-8")
    np.savetxt(matrix, BENT.matrix)

    by_pairs, by_matrix = run(*asked, "--pairs", pairs).figures(), run(*asked, "--homography", matrix).figures()

    assert by_pairs.floor is not None
    assert by_matrix.floor is not None
    assert (by_pairs.floor.crossings_truth, by_matrix.floor.crossings_truth) == (1, 0)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "pairs.csv: No such file"),
        ("u,v,x,y\n1,2,3\n", "pairs.csv: line 2: '1,2,3'; allowed are four numbers"),
        ("u,v,x,y\n1,2,3,4\n", "pairs.csv: a floor needs at least 4 point pairs, here are 1"),
        (clicked([(-2, 0), (2, 0), (-1, 2), (2, 2)]), "is outside the picture of 320x256"),
    ],
)
def test_pairs_that_are_no_use_are_named(noise: Path, tmp_path: Path, content: str | None, told: str) -> None:
    pairs = tmp_path / "pairs.csv"
    if content is not None:
        pairs.write_text(content, "utf-8")

    outcome = run(noise, "--truth", truth_of(tmp_path, frame=1), "--pairs", pairs)

    outcome.assert_told(told)


@pytest.mark.parametrize("frame", [13, 1000])
def test_a_truth_that_begins_after_the_video_is_refused(noise: Path, tmp_path: Path, frame: int) -> None:
    outcome = run(noise, "--truth", truth_of(tmp_path, frame=frame))

    outcome.assert_told(f"the first frame to be judged is {frame}; .*noise.avi has 12 frames")


@pytest.mark.parametrize(("last", "lost"), [(13, "1 frame lies"), (15, "3 frames lie"), (1000, "988 frames lie")])
def test_a_truth_that_goes_on_after_the_video_is_judged_as_far_as_that_goes(
    noise: Path, tmp_path: Path, last: int, lost: str
) -> None:
    truth = tmp_path / "gt.txt"
    rows = [motchallenge.Row(frame=each, id=1, left=10, top=10, width=30, height=80) for each in range(1, last + 1)]
    truth.write_text(motchallenge.text_of(rows), "utf-8")

    outcome = run(noise, "--truth", truth, "--report", tmp_path / "report.txt")

    figures = outcome.figures()
    assert (figures.scored_frames, figures.misses, figures.truth_last) == (12, 12, 12)
    (warning,) = figures.warnings
    assert warning.startswith(f"{lost} beyond the video's last, 12, up to {last}: not judged")
    assert f"! {warning}" in (tmp_path / "report.txt").read_text("utf-8")


def test_a_truth_whose_frames_count_from_0_is_taken_where_that_is_said(noise: Path, tmp_path: Path) -> None:
    truth = tmp_path / "gt.txt"
    truth.write_text("".join(f"{frame},1,10,10,30,80,1,-1,-1,-1\n" for frame in range(12)), "utf-8")

    run(noise, "--truth", truth).assert_told("line 1: frame 0; the first frame is 1; .*--first-frame 0")
    figures = run(noise, "--truth", truth, "--first-frame", 0).figures()

    assert (figures.truth_first, figures.truth_last, figures.misses) == (1, 12, 12)
    assert figures.warnings == ()


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
        ("matrix", b"1 2 3\n4 5 x\n7 8 9", "matrix: 'x' is no number; wanted are 3 lines of 3"),
        ("matrix", b"1 2 3\n4 nan 6\n7 8 9", "matrix: 'nan' is no number; wanted are 3 lines of 3"),
        ("matrix", b"1 2\n3 4 5 6\n7 8 9", "matrix: wanted are 3 lines of 3 numbers, or all 9 in one line"),
        ("matrix", b"0,05 0 0\n0 0,05 0\n0 0,001 1", "matrix: wanted are 3 lines of 3 numbers, or all 9 in one line"),
        ("matrix", b"\x80\x81", "matrix: not a text file"),
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

    run(given["video"], "--truth", given["truth"], "--homography", given["matrix"]).assert_told(told)


@pytest.mark.parametrize(
    ("floor", "matrix", "more", "told"),
    [
        ("", False, [], r"floor.toml is in metres: they need --homography"),
        ('unit = "px"', False, ["--places", "places.csv"], "they need --homography .* and --floor"),
        ("", True, ["--places", "places.csv"], r"places.csv: line 1: 3 columns"),
        ("", True, ["--places", "nowhere.csv"], "nowhere.csv: No such file"),
        ('unit = "ft"', True, [], "floor.toml: unit = 'ft'"),
        ("", True, ["--frames", "13-20"], "the first frame to be judged is 13; .* has 12 frames"),
        ("", True, ["--frames", "2-3", "--rate", "1"], "no frame that was looked at"),
        ("", True, ["--out", "nowhere/tracks.txt"], "tracks.txt: No such file"),
    ],
)
def test_lines_and_zones_that_are_no_use_are_named(
    noise: Path, tmp_path: Path, *, floor: str, matrix: bool, more: list[str], told: str
) -> None:
    (tmp_path / "places.csv").write_text("1,2,3\n", "utf-8")
    (tmp_path / "m.txt").write_text("0.05 0 0\n0 0.05 0\n0 0.001 1\n", "utf-8")
    drawn = tmp_path / "floor.toml"
    drawn.write_text(f'{floor}\n[[line]]\nid = "door"\na = [2, 2]\nb = [9, 2]\n', "utf-8")
    given = [str(tmp_path / each) if "." in each else each for each in more]
    calibrated = ["--homography", tmp_path / "m.txt"] if matrix else []

    run(noise, "--truth", truth_of(tmp_path, frame=1), "--floor", drawn, *calibrated, *given).assert_told(told)


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
