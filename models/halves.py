"""Weights stored in 16 bits and used in 32, where nothing is lost by it."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def with_half_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model with its convolutions' weights as float16 and a Cast to float32 before each use.

    A runtime folds the Casts when it loads the model, so speed and results stay; the file halves. A weight
    that float16 cannot hold exactly stays float32.
    """
    halved = onnx.ModelProto()
    halved.CopyFrom(model)
    casts: list[onnx.NodeProto] = []
    for weight in halved.graph.initializer:
        if not weight.name.endswith((".weight", ".bias")):
            continue
        whole = numpy_helper.to_array(weight)
        half = whole.astype(np.float16)
        if not np.array_equal(half.astype(np.float32), whole):
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
        casts.append(helper.make_node("Cast", [weight.name], [name], name=name, to=TensorProto.FLOAT))
    nodes = [*casts, *halved.graph.node]
    del halved.graph.node[:]
    halved.graph.node.extend(nodes)
    onnx.checker.check_model(halved, full_check=True)
    return halved
