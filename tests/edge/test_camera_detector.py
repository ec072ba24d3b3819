from contextlib import closing

import cv2
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.camera import scale
from edge.camera.capture import Capture
from edge.camera.detector import Detector, Settings
from edge.camera.scale import Size
from edge.camera.settings import Settings as CaptureSettings
from edge.inputs import Box
from edge.score import motchallenge
from edge.tracking.overlap import iou
from models import ModelRefused, load_passport, verified_bytes
from tests.footage import pets_truth, pets_video

NAMES = ("person-nanodet-g-256x320-int8", "person-nanodet-g-256x320-fp16")


def detector(name: str, **told: float) -> Detector:
    passport = load_passport(name)
    return Detector(passport, verified_bytes(passport), Settings(**told))  # type: ignore[arg-type]  # by key


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(576, 768), (480, 640), (1, 1), (2000, 30), (31, 1999)])
def test_boxes_lie_within_the_picture_whatever_its_shape(name: str, shape: tuple[int, int]) -> None:
    image = np.random.default_rng(4).integers(0, 255, (*shape, 3), dtype=np.uint8)

    boxes = detector(name, threshold=0.02).detect(image)

    assert all(0 <= box.x1 < box.x2 <= shape[1] and 0 <= box.y1 < box.y2 <= shape[0] for box in boxes)


def test_an_empty_picture_shows_nobody() -> None:
    assert detector(NAMES[0]).detect(np.full((480, 640, 3), 90, np.uint8)) == ()


def test_a_picture_leaves_nothing_behind_for_one_of_another_shape() -> None:
    tall = np.random.default_rng(4).integers(0, 255, (900, 300, 3), dtype=np.uint8)
    wide = np.random.default_rng(5).integers(0, 255, (300, 900, 3), dtype=np.uint8)
    used, fresh = detector(NAMES[0], threshold=0.02), detector(NAMES[0], threshold=0.02)

    used.detect(tall)

    assert used.detect(wide) == fresh.detect(wide)


def with_output_cut(model: bytes) -> bytes:
    """The model without its `scores`."""
    onnx = pytest.importorskip("onnx")
    whole = onnx.load_from_string(model)
    del whole.graph.output[1]
    cut: bytes = whole.SerializeToString()
    return cut


def test_a_model_that_is_none_is_refused() -> None:
    with pytest.raises(ModelRefused, match="cannot load it"):
        Detector(load_passport(NAMES[0]), b"no model", Settings())


def test_a_model_with_other_outputs_than_its_passport_allows_is_refused() -> None:
    passport = load_passport(NAMES[0])

    with pytest.raises(ModelRefused, match="has the outputs"):
        Detector(passport, with_output_cut(verified_bytes(passport)), Settings())


def test_a_model_of_another_size_than_its_passport_says_is_refused() -> None:
    passport = load_passport(NAMES[0])
    smaller = msgspec.structs.replace(passport.input, shape=(1, 224, 320, 3))

    with pytest.raises(ModelRefused, match="has the inputs"):
        Detector(msgspec.structs.replace(passport, input=smaller), verified_bytes(passport), Settings())


@pytest.fixture(scope="module", name="street")
def frames_with_truth(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[NDArray[np.uint8], NDArray[np.float64]]]:
    """Eight frames of PETS09-S2L1 and the boxes [n, 4] of everybody in them."""
    rows = motchallenge.read(pets_truth())
    video = str(pets_video(tmp_path_factory.mktemp("pets")))
    frames: list[tuple[NDArray[np.uint8], NDArray[np.float64]]] = []
    with closing(Capture(CaptureSettings(name="pets", source=video))) as film:
        number = 0
        while len(frames) < 8 and film.grab():
            number += 1
            if number % 60 == 1:
                boxes = [(r.left, r.top, r.left + r.width, r.top + r.height) for r in rows if r.frame == number]
                frames.append((film.picture(), np.array(boxes)))
    return frames


def found(boxes: tuple[Box, ...], truth: NDArray[np.float64]) -> tuple[int, int]:
    """How many of `truth` were found, and how many boxes show nobody."""
    sure = np.array([(b.x1, b.y1, b.x2, b.y2) for b in boxes if b.score >= 0.4]).reshape(-1, 4)
    same = iou(truth, sure) >= 0.5
    return int(same.any(axis=1).sum()), int((~same.any(axis=0)).sum())


def test_people_who_are_far_are_found_in_tiles_and_each_once(
    street: list[tuple[NDArray[np.uint8], NDArray[np.float64]]],
) -> None:
    """Four frames side by side in the size of one: everybody is 20 px tall in the model's input, or less."""
    sees = detector(NAMES[0])
    whole = tiled = doubled = people = 0
    for start in (0, 4):
        picture, truth = np.zeros((576, 768, 3), np.uint8), []
        for place, (image, boxes) in enumerate(street[start : start + 4]):
            x, y = 384 * (place % 2), 288 * (place // 2)
            picture[y : y + 288, x : x + 384] = cv2.resize(image, (384, 288), interpolation=cv2.INTER_AREA)
            truth.append(boxes / 2 + (x, y, x, y))
        everybody = np.concatenate(truth)
        size = Size(width=768, height=576)
        expected = scale.seen((Box(x1=x1, y1=y1, x2=x2, y2=y2, score=1) for x1, y1, x2, y2 in everybody), size)
        people += len(everybody)
        whole += found(sees.detect(picture), everybody)[0]
        told, stray = found(sees.detect(picture, scale.chosen(expected, size, sees.net)), everybody)
        tiled, doubled = tiled + told, doubled + stray

    assert tiled >= 0.75 * people
    assert doubled <= 0.2 * people
    assert whole <= 0.5 * people  # the negative control: without tiles they are lost


def test_people_who_are_near_are_found_in_a_picture_made_smaller(
    street: list[tuple[NDArray[np.uint8], NDArray[np.float64]]],
) -> None:
    """One person of each frame, 360 px tall in 576: 150 in the model's input, where two of its grids meet."""
    sees, size = detector(NAMES[0]), Size(width=768, height=576)
    whole = shrunk = 0
    for image, boxes in street:
        box = boxes[np.argmax((iou(boxes, boxes) > 0).sum(axis=1) == 1)]  # who stands alone
        zoom = 360 / (box[3] - box[1])
        shift = np.array([384, 288]) - zoom * np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
        warp = np.array([[zoom, 0, shift[0]], [0, zoom, shift[1]]])
        near = np.asarray(cv2.warpAffine(image, warp, (768, 576)), np.uint8)
        truth = (box * zoom + np.tile(shift, 2))[None]
        expected = [scale.Expected(x=0.5, y=0.8, tall=360 / 576)]
        whole += found(sees.detect(near), truth)[0]
        shrunk += found(sees.detect(near, scale.chosen(expected, size, sees.net)), truth)[0]

    assert shrunk >= 6
    assert shrunk > whole


def test_people_in_a_dark_picture_are_found_nearly_as_well_as_by_day(
    street: list[tuple[NDArray[np.uint8], NDArray[np.float64]]],
) -> None:
    """The street at an eighth of its light, with the sensor's noise."""
    sees, random = detector(NAMES[0]), np.random.default_rng(0)
    by_day = by_night = 0
    for image, boxes in street:
        dark = (image / 8 + random.normal(0, 3, image.shape)).clip(0, 255).astype(np.uint8)
        by_day += found(sees.detect(image), boxes)[0]
        by_night += found(sees.detect(dark), boxes)[0]

    assert by_night >= 0.85 * by_day
