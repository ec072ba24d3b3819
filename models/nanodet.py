"""NanoDet-g as an ONNX graph that takes a camera's picture and gives the boxes of persons.

The layers follow the source graph; the person's channel is cut from the class head, and normalisation and the
decoding of boxes (X. Li et al., "Generalized Focal Loss", NeurIPS 2020, section 3: each side of a box is the
mean of a distribution over 0…10 strides) become part of the graph.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.tfjs import Graph, Node, NotAModel

STRIDES: Final = (8, 16, 32)  # input pixels a cell of each of the three grids
BINS: Final = 11  # of the distribution of a box side, 0…10 strides
CLASSES: Final = 80  # COCO
PERSON: Final = 0
MEAN_BGR: Final = (103.53, 116.28, 123.675)  # NanoDet's own normalisation, pixel values 0–255
STD_BGR: Final = (57.375, 57.12, 58.395)
OPSET: Final = 13
IR_VERSION: Final = 8  # opset 13's contemporaries read it: onnxruntime 1.10 and later


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tensor:
    """A value of the ONNX graph, always [1, C, H, W], and how many input pixels one of its cells spans."""

    name: str
    stride: int


class _Builder:
    """Collects the nodes and weights of one ONNX graph, in order."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def add(self, op: str, inputs: list[str], name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name


class _Layers:
    """Turns the source's nodes into ONNX nodes, each once, from the heads back to the picture.

    The source wraps every convolution in a pair of transpositions (its own layout is [N, H, W, C]); here all
    is [N, C, H, W] and a transposition is no work. A Pad lives in the convolution or pooling that reads it.
    """

    def __init__(self, graph: Graph, builder: _Builder, image: str, source_size: int) -> None:
        self._graph = graph
        self._builder = builder
        self._source_size = source_size
        self._made: dict[str, _Tensor] = {"input_1": _Tensor(name=image, stride=1)}

    def tensor(self, name: str) -> _Tensor:
        if name not in self._made:
            self._made[name] = self._make(self._graph.nodes[name])
        return self._made[name]

    def _make(self, node: Node) -> _Tensor:
        match node.op:
            case "Transpose" | "Identity":
                made = self.tensor(node.inputs[0])
            case "Add" | "AddV2" if node.inputs[1] in self._graph.constants:
                made = self.convolution(node, slice(None))
            case "Add" | "AddV2":
                made = self._joined("Add", node, 2)
            case "ConcatV2":
                made = self._joined("Concat", node, len(node.inputs) - 1, axis=1)
            case "LeakyRelu":
                made = self._alike("LeakyRelu", node, alpha=node.real("alpha"))
            case "MaxPool":
                made = self._pooled(node)
            case "ResizeBilinear":
                made = self._resized(node)
            case _:
                raise NotAModel(f"{node.name}: operation {node.op!r} is not part of this detector")
        return made

    def convolution(self, bias: Node, channels: slice | list[int]) -> _Tensor:
        """The convolution under the addition `bias`, cut to the output `channels` that are wanted."""
        conv = self._through(bias.inputs[0], "Conv2D")
        source, pads = self._padded(conv.inputs[0])
        kernel = self._graph.constants[conv.inputs[1]].transpose(3, 2, 0, 1)[channels]  # HWIO -> OIHW
        stride = conv.integers("strides")[1]
        if conv.text("padding") != "VALID" or set(conv.integers("dilations")) != {1}:
            raise NotAModel(f"{conv.name}: only valid, undilated convolutions are part of this detector")
        name = self._builder.add(
            "Conv",
            [
                source.name,
                self._builder.constant(f"{_short(conv)}.weight", kernel),
                self._builder.constant(f"{_short(conv)}.bias", self._graph.constants[bias.inputs[1]][channels]),
            ],
            _short(conv),
            kernel_shape=kernel.shape[2:],
            pads=pads,
            strides=[stride, stride],
        )
        return _Tensor(name=name, stride=source.stride * stride)

    def _through(self, name: str, op: str) -> Node:
        """The node of kind `op` at `name` or below transpositions."""
        node = self._graph.nodes[name]
        while node.op == "Transpose":
            node = self._graph.nodes[node.inputs[0]]
        if node.op != op:
            raise NotAModel(f"{node.name}: {node.op} where {op} was expected")
        return node

    def _padded(self, name: str) -> tuple[_Tensor, list[int]]:
        """The tensor below an optional Pad, and the padding in ONNX's order: top, left, bottom, right."""
        node = self._graph.nodes[name]
        while node.op == "Transpose":
            node = self._graph.nodes[node.inputs[0]]
        if node.op not in {"Pad", "PadV2"}:
            return self.tensor(node.name), [0, 0, 0, 0]
        widths = self._graph.constants[node.inputs[1]]  # [N, C, H, W] x [before, after]
        return self.tensor(node.inputs[0]), [int(one) for one in (*widths[2:, 0], *widths[2:, 1])]

    def _alike(self, op: str, node: Node, **attributes: Any) -> _Tensor:
        source = self.tensor(node.inputs[0])
        return _Tensor(name=self._builder.add(op, [source.name], _short(node), **attributes), stride=source.stride)

    def _joined(self, op: str, node: Node, count: int, **attributes: Any) -> _Tensor:
        sources = [self.tensor(name) for name in node.inputs[:count]]
        name = self._builder.add(op, [source.name for source in sources], _short(node), **attributes)
        return _Tensor(name=name, stride=sources[0].stride)

    def _pooled(self, node: Node) -> _Tensor:
        source, pads = self._padded(node.inputs[0])
        stride = node.integers("strides")[1]
        kernel = list(node.integers("ksize")[1:3])
        name = self._builder.add(
            "MaxPool", [source.name], _short(node), kernel_shape=kernel, pads=pads, strides=[stride, stride]
        )
        return _Tensor(name=name, stride=source.stride * stride)

    def _resized(self, node: Node) -> _Tensor:
        """The source names a size for its own picture; any other picture keeps the ratio."""
        source = self.tensor(node.inputs[0])
        height = int(self._graph.constants[node.inputs[1]][0])
        stride = self._source_size // height
        scale = source.stride / stride
        scales = self._builder.constant(f"{_short(node)}.scales", np.array([1, 1, scale, scale], np.float32))
        name = self._builder.add(
            "Resize",
            [source.name, "", scales],
            _short(node),
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        )
        return _Tensor(name=name, stride=stride)


def _short(node: Node) -> str:
    return node.name.removeprefix("PartitionedCall/").removeprefix("onnx_tf_prefix_").replace("/", "_")


def build(graph: Graph, *, height: int, width: int) -> onnx.ModelProto:
    """The detector with float32 weights for pictures of `height` x `width`, both multiples of 32.

    Input `image`: uint8 [1, H, W, 3], BGR. Outputs `boxes`: float32 [1, N, 4] as x1, y1, x2, y2 in input
    pixels, not clipped; `scores`: float32 [1, N], 0–1. Raises ValueError for another size and NotAModel when
    the graph is not NanoDet-g.
    """
    if height % 32 or width % 32 or min(height, width) < 32:
        raise ValueError(f"{height}x{width}: height and width must be multiples of 32, at least 32")
    builder = _Builder()
    layers = _Layers(graph, builder, _normalised(builder), _source_size(graph))
    heads = sorted((_head(graph, layers, node) for node in _splits(graph)), key=lambda head: head.stride)
    if tuple(head.stride for head in heads) != STRIDES:
        raise NotAModel(f"heads at strides {[head.stride for head in heads]}; NanoDet-g has {list(STRIDES)}")
    cells = sum((height // stride) * (width // stride) for stride in STRIDES)
    _decode(builder, heads, height, width)
    model = helper.make_model(
        helper.make_graph(
            builder.nodes,
            "person-nanodet-g",
            [helper.make_tensor_value_info("image", TensorProto.UINT8, [1, height, width, 3])],
            [
                helper.make_tensor_value_info("boxes", TensorProto.FLOAT, [1, cells, 4]),
                helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, cells]),
            ],
            builder.weights,
        ),
        producer_name="aisle",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def _source_size(graph: Graph) -> int:
    placeholder = graph.nodes.get("input_1")
    if placeholder is None:
        raise NotAModel("no input named 'input_1'")
    dimensions = placeholder.attributes["shape"]["shape"]["dim"]
    return int(dimensions[2]["size"])


def _splits(graph: Graph) -> list[Node]:
    """The three places where a head's channels part into classes and box sides."""
    return [node for node in graph.nodes.values() if node.op == "SplitV"]


def _head(graph: Graph, layers: _Layers, split: Node) -> _Tensor:
    """One head with 1 + 4 x BINS channels: the person's logit, then the distributions of the sides."""
    node = graph.nodes[split.inputs[0]]
    while node.op == "Transpose":
        node = graph.nodes[node.inputs[0]]
    sizes = graph.constants[split.inputs[1]].tolist()
    if sizes != [CLASSES, 4 * BINS]:
        raise NotAModel(f"{split.name}: a head of {sizes} channels; NanoDet-g has {[CLASSES, 4 * BINS]}")
    return layers.convolution(node, [PERSON, *range(CLASSES, CLASSES + 4 * BINS)])


def _normalised(builder: _Builder) -> str:
    """The picture as [1, 3, H, W] with NanoDet's mean and deviation taken out."""
    builder.add("Transpose", ["image"], "image.planes", perm=[0, 3, 1, 2])
    builder.add("Cast", ["image.planes"], "image.real", to=TensorProto.FLOAT)
    shape = (1, 3, 1, 1)
    mean = builder.constant("image.mean", np.array(MEAN_BGR, np.float32).reshape(shape))
    scale = builder.constant("image.scale", (1 / np.array(STD_BGR)).astype(np.float32).reshape(shape))
    return builder.add("Mul", [builder.add("Sub", ["image.real", mean], "image.centred"), scale], "image.normal")


def _decode(builder: _Builder, heads: list[_Tensor], height: int, width: int) -> None:
    """From the heads to `boxes` and `scores`."""
    flat = builder.constant("head.shape", np.array([1, 1 + 4 * BINS, -1], np.int64))
    rows = [builder.add("Reshape", [head.name, flat], f"head{head.stride}.flat") for head in heads]
    builder.add("Concat", rows, "head.all", axis=2)
    builder.add("Transpose", ["head.all"], "head.cells", perm=[0, 2, 1])
    parts = builder.constant("head.parts", np.array([1, 4 * BINS], np.int64))
    builder.nodes.append(
        helper.make_node("Split", ["head.cells", parts], ["logit", "sides.flat"], name="head.split", axis=2)
    )
    first = builder.constant("logit.axes", np.array([2], np.int64))
    builder.add("Sigmoid", [builder.add("Squeeze", ["logit", first], "logit.row")], "scores")
    sides = builder.constant("sides.shape", np.array([1, -1, 4, BINS], np.int64))
    builder.add("Softmax", [builder.add("Reshape", ["sides.flat", sides], "sides.bins")], "sides.share", axis=3)
    bins = builder.constant("sides.values", np.arange(BINS, dtype=np.float32).reshape(BINS, 1))
    builder.add("MatMul", ["sides.share", bins], "sides.mean")
    last = builder.constant("sides.axes", np.array([3], np.int64))
    builder.add("Squeeze", ["sides.mean", last], "sides.length")
    centres, reach = _cells(height, width)
    builder.add("Mul", ["sides.length", builder.constant("cells.reach", reach)], "sides.pixels")
    builder.add("Add", ["sides.pixels", builder.constant("cells.centre", centres)], "boxes")


def _cells(height: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Per cell [1, N, 4]: its centre as x, y, x, y, and the signed pixels of one stride to each side."""
    centres, reach = [], []
    for stride in STRIDES:
        y, x = np.mgrid[0 : height // stride, 0 : width // stride].reshape(2, -1) * stride + stride / 2
        centres.append(np.stack([x, y, x, y], axis=1))
        reach.append(np.tile([-stride, -stride, stride, stride], (len(x), 1)))
    return np.concatenate(centres)[None].astype(np.float32), np.concatenate(reach)[None].astype(np.float32)
