"""The graph and the weights of a TensorFlow.js graph model, read from its two files."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class NotAModel(ValueError):
    """The file is no TensorFlow.js graph model of the kind that can be converted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One operation: its inputs are names of other nodes, without the output's number."""

    name: str
    op: str
    inputs: tuple[str, ...]
    attributes: dict[str, Any]  # as the file has them

    def integers(self, attribute: str) -> tuple[int, ...]:
        """A list of integers, such as `strides`."""
        return tuple(int(one) for one in self.attributes[attribute]["list"].get("i", ()))

    def text(self, attribute: str) -> str:
        """A string, which the file keeps in base64."""
        return base64.b64decode(self.attributes[attribute]["s"]).decode()

    def real(self, attribute: str) -> float:
        """A number."""
        return float(self.attributes[attribute]["f"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Every node by name, in the file's order, and the value of every constant."""

    nodes: dict[str, Node]
    constants: dict[str, NDArray[Any]]


def read(path: Path) -> Graph:
    """The graph of `path` (model.json) with the weights of the .bin files beside it.

    Raises NotAModel when the file is none, and OSError when one of the files cannot be read.
    """
    try:
        model = json.loads(path.read_text("utf-8"))
        if model["format"] != "graph-model":
            raise NotAModel(f"{path}: format {model['format']!r}; only 'graph-model' can be converted")
        nodes = [_node(raw) for raw in model["modelTopology"]["node"]]
        constants: dict[str, NDArray[Any]] = {}
        for group in model["weightsManifest"]:
            packed = b"".join((path.parent / part).read_bytes() for part in group["paths"])
            constants |= _weights(group["weights"], packed)
    except (KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError) as wrong:
        raise NotAModel(f"{path}: no TensorFlow.js graph model ({type(wrong).__name__}: {wrong})") from wrong
    return Graph(nodes={node.name: node for node in nodes}, constants=constants)


def _node(raw: dict[str, Any]) -> Node:
    inputs = tuple(name.removeprefix("^").split(":")[0] for name in raw.get("input", ()))
    return Node(name=raw["name"], op=raw["op"], inputs=inputs, attributes=raw.get("attr", {}))


def _weights(entries: list[dict[str, Any]], packed: bytes) -> dict[str, NDArray[Any]]:
    """The arrays that lie one after the other in `packed`; float16 storage becomes float32."""
    arrays: dict[str, NDArray[Any]] = {}
    offset = 0
    for entry in entries:
        stored = np.dtype(entry.get("quantization", {}).get("dtype", entry["dtype"])).newbyteorder("<")
        count = int(np.prod(entry["shape"], dtype=np.int64))
        if offset + count * stored.itemsize > len(packed):
            raise NotAModel(f"the weights end within {entry['name']!r}")
        array = np.frombuffer(packed, stored, count, offset)
        arrays[entry["name"]] = array.astype(entry["dtype"]).reshape(entry["shape"])
        offset += count * stored.itemsize
    if offset != len(packed):
        raise NotAModel(f"{len(packed) - offset} bytes of weights belong to nothing")
    return arrays
