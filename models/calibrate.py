"""Sees which values a model takes on a video: `python -m models.calibrate fp32.onnx VIDEO OUT`."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import onnx
import onnxruntime  # type: ignore[import-untyped]  # ships no types
from numpy.typing import NDArray

from models.quantise import observed
from models.ranges import Ranges, write

EVERY: Final = 16  # of the video's frames
FIRST: Final = 7  # odd, so that no even frame that accuracy is measured on was ever calibrated on
LIGHTS: Final = (1.0, 0.5, 2.0)  # gammas: as filmed, brighter, darker
DIGITS: Final = 5  # significant ones; a float's last bits differ between processors


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 2 when a file cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m models.calibrate", description=__doc__)
    parser.add_argument("model", type=Path, help="what models.convert --weights fp32 wrote")
    parser.add_argument("video", type=Path)
    parser.add_argument("out", type=Path, help="the file of ranges to write")
    asked = parser.parse_args(arguments)
    try:
        write(asked.out, _seen(onnx.load(asked.model), asked.video))
    except (OSError, ValueError) as wrong:
        print(f"models.calibrate: {wrong}", file=sys.stderr)
        return 2
    return 0


def _seen(model: onnx.ModelProto, video: Path) -> Ranges:
    names = observed(model)
    height, width = (side.dim_value for side in model.graph.input[0].type.tensor_type.shape.dim[1:3])
    session = _session_that_tells(model, names)
    low, high, pictures = np.full(len(names), np.inf), np.full(len(names), -np.inf), 0
    for picture in _pictures(video, height, width):
        values = session.run(list(names), {"image": picture})
        low = np.minimum(low, [value.min() for value in values])
        high = np.maximum(high, [value.max() for value in values])
        pictures += 1
    if not pictures:
        raise ValueError(f"{video}: no video, or fewer than {FIRST + 1} frames")
    return Ranges(
        seen=f"frames {FIRST}, {FIRST + EVERY}, … of {video.name} (from 0), each at gamma {LIGHTS}, letter-boxed",
        pictures=pictures,
        ranges={name: (_short(a), _short(b)) for name, a, b in zip(names, low, high, strict=True)},
    )


def _session_that_tells(model: onnx.ModelProto, names: tuple[str, ...]) -> onnxruntime.InferenceSession:
    """The model with every observed tensor as an output, and no fusion that would make one vanish."""
    telling = onnx.ModelProto()
    telling.CopyFrom(model)
    telling.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(telling.SerializeToString(), options, ["CPUExecutionProvider"])


def _pictures(video: Path, height: int, width: int) -> Iterator[NDArray[np.uint8]]:
    """The chosen frames, letter-boxed, in each light.

    Made smaller without averaging, unlike the detector's: aliasing makes values a little more extreme, and the
    ranges hold for pictures that are made larger too.
    """
    capture = cv2.VideoCapture(str(video), cv2.CAP_FFMPEG)
    index = 0
    while capture.grab():
        if index % EVERY == FIRST:
            _, frame = capture.retrieve()
            for gamma in LIGHTS:
                yield _letterboxed(_in_light(np.asarray(frame, np.uint8), gamma), height, width)
        index += 1
    capture.release()


def _in_light(frame: NDArray[np.uint8], gamma: float) -> NDArray[np.uint8]:
    levels = np.rint(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)
    return levels[frame]


def _letterboxed(frame: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    scale = min(height / frame.shape[0], width / frame.shape[1])
    size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
    picture = np.zeros((1, height, width, 3), np.uint8)
    picture[0, : size[1], : size[0]] = cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR)
    return picture


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


if __name__ == "__main__":
    sys.exit(main())
