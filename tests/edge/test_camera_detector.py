import msgspec
import numpy as np
import pytest

from edge.camera.detector import Detector, Settings
from models import ModelRefused, load_passport, verified_bytes

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
