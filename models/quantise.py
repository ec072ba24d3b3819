"""A model's convolutional part in 8 bits, from the ranges that its values were seen to take.

Written as QuantizeLinear/DequantizeLinear pairs that a runtime fuses into integer kernels; the scheme is that
of B. Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference", CVPR 2018: values uint8 with a zero point, weights int8 symmetric per output channel, biases int32.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

QUANTISED: Final = frozenset({"Conv", "LeakyRelu", "Add", "Concat", "MaxPool", "Resize"})
FIRST: Final = "image.normal"  # where the picture enters the convolutions
WEIGHT_TOP: Final = 127
VALUE_TOP: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The least and the greatest value that a tensor was seen to take."""

    low: float
    high: float


def observed(model: onnx.ModelProto) -> tuple[str, ...]:
    """The names of the tensors whose ranges `quantise` needs, in the graph's order."""
    return (FIRST, *(node.output[0] for node in _convolutional(model)))


def _convolutional(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    """The nodes between the normalised picture and the flattening of the heads."""
    return [
        node for node in model.graph.node if node.op_type in QUANTISED and not node.name.startswith(("head", "boxes"))
    ]


def quantise(model: onnx.ModelProto, ranges: Mapping[str, Range]) -> onnx.ModelProto:
    """The same model with 8-bit convolutions; inputs and outputs stay as they are.

    `ranges` must hold every name of `observed(model)`; ValueError names one that is missing.
    """
    names = observed(model)
    missing = [name for name in names if name not in ranges]
    if missing:
        raise ValueError(f"no range for {missing[0]!r} ({len(missing)} of {len(names)} are missing)")
    scales = {name: _scale_and_zero(ranges[name]) for name in names}
    weights = {weight.name: numpy_helper.to_array(weight) for weight in model.graph.initializer}
    writer = _Writer(weights=weights, scales=scales)
    for node in model.graph.node:
        writer.write(node)
    quantised = onnx.ModelProto()
    quantised.CopyFrom(model)
    for field, made in ((quantised.graph.node, writer.nodes), (quantised.graph.initializer, writer.kept())):
        del field[:]
        field.extend(made)
    onnx.checker.check_model(quantised, full_check=True)
    return quantised


def _scale_and_zero(seen: Range) -> tuple[np.float32, np.uint8]:
    """The step and the zero point of a tensor; zero itself is always exact, as padding needs it."""
    low, high = min(seen.low, 0.0), max(seen.high, 0.0)
    scale = (high - low) / VALUE_TOP or 1.0
    return np.float32(scale), np.uint8(round(-low / scale))


class _Writer:
    """Copies nodes and puts a quantise–dequantise pair behind each value that has a scale."""

    def __init__(
        self, *, weights: dict[str, NDArray[np.float32]], scales: dict[str, tuple[np.float32, np.uint8]]
    ) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self._weights = weights
        self._scales = scales
        self._added: list[onnx.TensorProto] = []
        self._used: set[str] = set()

    def kept(self) -> list[onnx.TensorProto]:
        """The weights that the written nodes still read, then the new ones."""
        old = [numpy_helper.from_array(self._weights[name], name) for name in self._weights if name in self._used]
        return [*old, *self._added]

    def write(self, node: onnx.NodeProto) -> None:
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        del copy.input[:]
        copy.input.extend(f"{name}.real" if name in self._scales else name for name in node.input)
        if node.op_type == "Conv":
            self._quantise_convolution(copy, of=node.input[0])
        self._used.update(copy.input)
        self.nodes.append(copy)
        if node.output[0] in self._scales:
            self._pair(node.output[0])

    def _pair(self, name: str) -> None:
        scale, zero = self._scales[name]
        step = self._constant(f"{name}.scale", np.array(scale))
        origin = self._constant(f"{name}.zero", np.array(zero))
        for op, source, made in (
            ("QuantizeLinear", name, f"{name}.q"),
            ("DequantizeLinear", f"{name}.q", f"{name}.real"),
        ):
            self.nodes.append(helper.make_node(op, [source, step, origin], [made], name=made))

    def _quantise_convolution(self, conv: onnx.NodeProto, *, of: str) -> None:
        """Weights per output channel; the bias in steps of input scale x weight scale, as the sums are."""
        weight, bias = (self._weights[name] for name in conv.input[1:])
        top = np.abs(weight).max(axis=(1, 2, 3))
        steps = (np.where(top > 0, top, 1.0) / WEIGHT_TOP).astype(np.float32)
        levels = np.rint(weight / steps[:, None, None, None]).clip(-WEIGHT_TOP, WEIGHT_TOP).astype(np.int8)
        sums = (steps * self._scales[of][0]).astype(np.float32)
        conv.input[1] = self._integers(conv.input[1], levels, steps)
        conv.input[2] = self._integers(conv.input[2], np.rint(bias / sums).astype(np.int32), sums)

    def _integers(self, name: str, levels: NDArray[np.integer], steps: NDArray[np.float32]) -> str:
        integers = self._constant(f"{name}.q", levels)
        step = self._constant(f"{name}.scale", steps)
        zero = self._constant(f"{name}.zero", np.zeros(steps.shape, levels.dtype))
        real = f"{name}.real"
        self.nodes.append(helper.make_node("DequantizeLinear", [integers, step, zero], [real], name=real, axis=0))
        return real

    def _constant(self, name: str, value: NDArray[np.generic]) -> str:
        self._added.append(numpy_helper.from_array(value, name))
        return name
