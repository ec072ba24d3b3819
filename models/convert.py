"""Makes the person detector from NanoDet's TensorFlow.js files: `python -m models.convert nanodet.json OUT`."""

import argparse
import hashlib
import sys
from pathlib import Path

import onnx

from models import nanodet, ranges, tfjs
from models.halves import with_half_weights
from models.quantise import quantise


def converted(source: Path, *, height: int, width: int, weights: str, seen: Path | None = None) -> bytes:
    """The model's file, the same bytes on every run: `weights` is fp32, fp16 or int8, the last by the ranges `seen`.

    Raises NotAModel or ValueError for what cannot be converted, OSError for what cannot be read.
    """
    model = nanodet.build(tfjs.read(source), height=height, width=width)
    match weights:
        case "fp32":
            made = model
        case "fp16":
            made = with_half_weights(model)
        case "int8" if seen is not None:
            made = quantise(model, ranges.read(seen).by_tensor())
        case "int8":
            raise ValueError("int8 needs the ranges that models.calibrate made: --ranges FILE")
        case _:
            raise ValueError(f"weights {weights!r}; allowed are fp32, fp16, int8")
    return _bytes(made)


def _bytes(model: onnx.ModelProto) -> bytes:
    return bytes(model.SerializeToString(deterministic=True))


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 2 when the input cannot be converted."""
    parser = argparse.ArgumentParser(prog="python -m models.convert", description=__doc__)
    parser.add_argument("source", type=Path, help="nanodet.json, its .bin beside it")
    parser.add_argument("out", type=Path, help="the .onnx file to write")
    parser.add_argument("--height", type=int, default=256, help="of the picture, px, a multiple of 32")
    parser.add_argument("--width", type=int, default=320, help="of the picture, px, a multiple of 32")
    parser.add_argument("--weights", choices=("fp32", "fp16", "int8"), default="fp16")
    parser.add_argument("--ranges", type=Path, help="for int8: what models.calibrate wrote")
    asked = parser.parse_args(arguments)
    try:
        model = converted(
            asked.source, height=asked.height, width=asked.width, weights=asked.weights, seen=asked.ranges
        )
        asked.out.write_bytes(model)
    except (OSError, ValueError) as wrong:
        print(f"models.convert: {wrong}", file=sys.stderr)
        return 2
    print(f"{asked.out}: {len(model)} bytes, sha256 {hashlib.sha256(model).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
