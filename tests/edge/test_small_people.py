"""People who show small in a large picture: real ones, put into it at the size of far ones."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.camera.capture import Capture
from edge.camera.detector import Detector, Settings
from edge.camera.eyes import Eyes
from edge.camera.mask import Mask
from edge.camera.settings import Settings as CaptureSettings
from edge.camera.still import Painter
from edge.score import motchallenge
from edge.score.motchallenge import Row
from models import load_passport, verified_bytes
from tests.edge.painted import is_one_colour, read
from tests.edge.scoring import run
from tests.footage import pets_homography, pets_truth, pets_video

MODEL = "person-nanodet-g-256x320-int8"
APART = 80  # frames of PETS09-S2L1


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """Files: some frames of PETS09-S2L1 in the middle of a grey picture, its truth and its homography."""

    video: Path
    truth: Path
    matrix: Path


def pictures(video: Path) -> Iterator[NDArray[np.uint8]]:
    with closing(Capture(CaptureSettings(name="film", source=str(video)))) as film:
        while film.grab():
            yield film.picture()


def filmed(folder: Path, width: int, height: int, *, zoom: float, frames: int) -> Film:
    """A picture every two seconds, in which the street is `zoom` times as large as it was filmed."""
    left, top = (width - zoom * 768) / 2, (height - zoom * 576) / 2
    warp = np.array([[zoom, 0, left], [0, zoom, top]])
    film = Film(video=folder / "film.avi", truth=folder / "gt.txt", matrix=folder / "matrix.txt")
    writer = cv2.VideoWriter(str(film.video), cv2.VideoWriter.fourcc(*"MJPG"), 0.5, (width, height))
    truth: dict[int, list[Row]] = defaultdict(list)
    for row in motchallenge.read(pets_truth()):
        truth[row.frame].append(row)
    shown: list[Row] = []
    for number, street in enumerate(pictures(pets_video(folder))):
        if number == APART * frames:
            break
        if number % APART:
            continue
        small = cv2.warpAffine(street, warp, (width, height), flags=cv2.INTER_AREA, borderValue=(110, 110, 110))
        writer.write(small)
        shown += [
            replace(
                row,
                frame=number // APART + 1,
                left=row.left * zoom + left,
                top=row.top * zoom + top,
                width=row.width * zoom,
                height=row.height * zoom,
            )
            for row in truth[number + 1]
        ]
    writer.release()
    film.truth.write_text(motchallenge.text_of(shown), "utf-8")
    np.savetxt(film.matrix, np.loadtxt(pets_homography()) @ np.linalg.inv(np.vstack([warp, [0, 0, 1]])))
    return film


@pytest.fixture(scope="module", name="far")
def people_of_whom_the_first_surveys_find_none(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """60 px tall in a picture of 2560 x 1440: 7 in the model's input, and 12 in its quarters."""
    return filmed(tmp_path_factory.mktemp("far"), 2560, 1440, zoom=0.8, frames=8)


def test_people_of_whom_a_survey_finds_none_are_found_by_a_closer_look(far: Film) -> None:
    outcome = run(far.video, "--truth", far.truth)

    figures = outcome.figures()
    assert figures.people is not None
    assert 55 < figures.people.px < 65
    assert figures.people.input_px > 25
    assert figures.ap50 > 0.75
    assert "should be about" not in outcome.stderr


def test_tiles_lie_where_all_people_are_and_not_only_those_who_are_near_enough_to_be_found(tmp_path: Path) -> None:
    film = filmed(tmp_path, 1920, 1080, zoom=0.75, frames=8)

    figures = run(film.video, "--truth", film.truth).figures()

    assert figures.detection_recall > 0.8


def test_too_few_people_to_tell_how_tall_they_show_are_found_where_a_calibration_tells_it(tmp_path: Path) -> None:
    film = filmed(tmp_path, 2560, 1440, zoom=0.8, frames=1)

    alone = run(film.video, "--truth", film.truth).figures()
    calibrated = run(film.video, "--truth", film.truth, "--homography", film.matrix).figures()

    assert calibrated.truth_boxes < 20
    assert calibrated.detection_recall >= 0.6
    assert alone.detection_recall == 0


def test_it_is_said_when_people_are_too_small_all_the_same_and_how_tall_they_should_be(tmp_path: Path) -> None:
    film = filmed(tmp_path, 640, 480, zoom=0.2, frames=2)

    outcome = run(film.video, "--truth", film.truth)

    assert outcome.figures().detection_recall == 0
    assert "people are about 15 px tall here" in outcome.stderr
    assert "They should be about 28 px tall" in outcome.stderr


def test_people_who_show_small_are_painted_over_in_a_still(tmp_path: Path) -> None:
    far = filmed(tmp_path, 3840, 2160, zoom=0.8, frames=5)
    passport = load_passport(MODEL)
    sees = Detector(passport, verified_bytes(passport), Settings())
    painter = Painter(detector=sees, eyes=Eyes(sees, mask=Mask(), people=()), mask=Mask())
    # Shares of the picture: the middle of each, which is nobody else's.
    people: dict[int, list[tuple[float, float, float, float]]] = defaultdict(list)
    for row in motchallenge.read(far.truth):
        left, top = row.left + row.width / 4, row.top + row.height / 4
        box = left / 3840, top / 2160, (left + row.width / 2) / 3840, (top + row.height / 2) / 2160
        people[row.frame].append(box)

    painted = [
        is_one_colour(painted_over, *box)
        for number, picture in enumerate(pictures(far.video), 1)
        for painted_over in [read(painter(picture, picture, ()))]
        for box in people[number]
    ]

    assert len(painted) > 20
    assert np.mean(painted) > 0.95


def test_a_camera_without_calibration_finds_small_people_within_some_surveys(far: Film) -> None:
    passport = load_passport(MODEL)
    sees = Detector(passport, verified_bytes(passport), Settings())
    eyes = Eyes(sees, mask=Mask(), people=())
    street = list(pictures(far.video))

    looks = [eyes.see(street[look % len(street)], look / 2) for look in range(140)]

    assert sum(len(each.boxes) for each in looks[1:10]) < 5
    assert sum(len(each.boxes) for each in looks[130:]) > 30
    assert all(each.effort == 1 for each in looks[130:])
    assert max(patch.zoom for patch in eyes.patches) * 60 > 25
