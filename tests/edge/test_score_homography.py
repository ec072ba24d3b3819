"""What a file of nine numbers may mean, and what people seen on such a floor say of it."""

from pathlib import Path

import numpy as np
import pytest

from edge.floor import plane
from edge.floor.plane import Floor, FloorError
from edge.inputs import Sighting
from edge.score import homography, stature
from tests.edge.walkers import Pinhole, box

CAMERA = Pinhole()
MATRIX = CAMERA.floor().matrix
UNITS = {"dm": 10.0, "cm": 100.0, "mm": 1000.0, "km": 0.001, "ft": 1 / 0.3048}


def read(folder: Path, matrix: np.ndarray, unit: str = "m") -> Floor:
    path = folder / "matrix.txt"
    np.savetxt(path, matrix)
    return homography.read(path, width=CAMERA.width, height=CAMERA.height, unit=unit)


def in_unit(unit: str) -> np.ndarray:
    scaled: np.ndarray = np.diag([UNITS[unit], UNITS[unit], 1.0]) @ MATRIX
    return scaled


@pytest.mark.parametrize(
    "text",
    [
        "{0},{1},{2}\n{3},{4},{5}\n{6},{7},{8}\n",
        "{0} {1} {2} {3} {4} {5} {6} {7} {8}",
        "# pixels to metres\n{0}; {1}; {2};\n{3}; {4}; {5};\n\n{6}; {7}; {8};  # the last row\n",
        "[[{0}, {1}, {2}],\n [{3}, {4}, {5}],\n [{6}, {7}, {8}]]\n",
    ],
)
def test_nine_numbers_are_read_however_a_program_writes_them(tmp_path: Path, text: str) -> None:
    path = tmp_path / "matrix.txt"
    path.write_text(text.format(*MATRIX.ravel()), "utf-8")

    floor = homography.read(path, width=CAMERA.width, height=CAMERA.height)

    assert floor.matrix == pytest.approx(MATRIX)


@pytest.mark.parametrize("unit", UNITS)
def test_a_floor_in_another_unit_is_the_same_floor_where_its_unit_is_named(tmp_path: Path, unit: str) -> None:
    pixels = np.array([CAMERA.pixel(1.0, 2.0, 0.0)])

    assert plane.project(read(tmp_path, in_unit(unit), unit), pixels)[0] == pytest.approx((1.0, 2.0))


@pytest.mark.parametrize(
    ("matrix", "told"),
    [
        (in_unit("cm"), "--unit cm"),
        (in_unit("mm"), "--unit mm"),
        (in_unit("km"), "--unit km"),
        (np.linalg.inv(MATRIX), "floor to pixels: invert it"),
        (np.linalg.inv(in_unit("mm")), "floor to pixels: invert it, --unit mm"),
        (MATRIX @ np.diag([960, 540, 1.0]), "divide its columns by 960, 540 and 1"),
    ],
)
def test_a_matrix_that_means_another_thing_is_refused_with_what_it_looks_like(
    tmp_path: Path, matrix: np.ndarray, told: str
) -> None:
    with pytest.raises(FloorError) as refused:
        read(tmp_path, matrix)

    assert str(refused.value).endswith(f"(it looks like {told})") or told in str(refused.value)


def test_a_camera_that_would_hang_on_a_mast_of_fifty_metres_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FloorError, match="would hang 50 m above the floor, allowed are"):
        read(tmp_path, Pinhole(up=50.0, y=-60.0).floor().matrix)


def test_a_stretched_floor_is_one_though_no_camera_sees_it_so(tmp_path: Path) -> None:
    assert read(tmp_path, np.diag([1, 1.6, 1.0]) @ Pinhole(heading=0.785).floor().matrix).rise is None


def crowd() -> tuple[Sighting, ...]:
    """A grown-up in each of forty frames."""
    places = [(x / 2 - 2, y / 2 + 2) for x in range(8) for y in range(5)]
    return tuple(
        Sighting(camera="one", at=number / 5, width=960, height=540, boxes=(box(CAMERA, x, y, 1.7),))
        for number, (x, y) in enumerate(places)
    )


def test_people_of_five_metres_are_told_with_the_unit_that_makes_them_people(tmp_path: Path) -> None:
    floor = read(tmp_path, in_unit("ft"))

    tall = stature.median(crowd(), floor)

    assert tall == pytest.approx(1.7 / 0.3048, rel=0.05)
    assert tall is not None
    told = stature.doubted(tall, crowd(), floor, "m")
    assert told == "people are 5.6 m tall on this floor: is it in ft (--unit ft)?"


def test_people_who_are_of_no_unit_are_told_all_the_same(tmp_path: Path) -> None:
    floor = read(tmp_path, np.diag([2, 2, 1.0]) @ MATRIX)

    told = stature.doubted(stature.median(crowd(), floor) or 0.0, crowd(), floor, "m")

    assert told is not None
    assert told.endswith("m tall on this floor: is it in m, and for pictures of 960x540 pixels?")


def test_people_as_tall_as_people_are_need_no_word(tmp_path: Path) -> None:
    floor = read(tmp_path, MATRIX)

    tall = stature.median(crowd(), floor)

    assert tall == pytest.approx(1.7, rel=0.02)
    assert tall is not None
    assert stature.doubted(tall, crowd(), floor, "m") is None


def test_a_handful_of_boxes_is_no_measure_of_people(tmp_path: Path) -> None:
    assert stature.median(crowd()[:19], read(tmp_path, MATRIX)) is None
