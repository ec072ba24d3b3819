"""How much two boxes cover each other."""

import numpy as np
from numpy.typing import NDArray


def iou(boxes: NDArray[np.floating], others: NDArray[np.floating]) -> NDArray[np.float64]:
    """Intersection over union of [n, 4] with [m, 4] boxes (x1, y1, x2, y2), as [n, m]; 0 for empty boxes."""
    x1, y1, x2, y2 = boxes.T.astype(np.float64)[:, :, None]
    a1, b1, a2, b2 = others.T.astype(np.float64)[:, None, :]
    width = np.maximum(np.minimum(x2, a2) - np.maximum(x1, a1), 0.0)
    height = np.maximum(np.minimum(y2, b2) - np.maximum(y1, b1), 0.0)
    shared = width * height
    areas = np.maximum(x2 - x1, 0.0) * np.maximum(y2 - y1, 0.0)
    other_areas = np.maximum(a2 - a1, 0.0) * np.maximum(b2 - b1, 0.0)
    union = areas + other_areas - shared
    ratio: NDArray[np.float64] = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return ratio
