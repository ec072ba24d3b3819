"""One box for each person, out of the many that a detector proposes."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.tracking.overlap import iou

# Proposals looked at, best first: 300 people stand in no one's picture, and the overlaps stay 300 x 300.
MOST: Final = 300


def suppress(
    boxes: NDArray[np.floating], scores: NDArray[np.floating], *, threshold: float, overlap: float
) -> NDArray[np.intp]:
    """Greedy non-maximum suppression: the indices of the boxes to keep, best first.

    Of `boxes` [n, 4] with `scores` [n], those below `threshold` go, and each that overlaps a better kept one by
    more than `overlap` (IoU).
    """
    candidates = np.flatnonzero(scores >= threshold)
    order = candidates[np.argsort(-scores[candidates], kind="stable")][:MOST]
    rivals = iou(boxes[order], boxes[order]) > overlap
    kept: list[int] = []
    standing = np.ones(len(order), dtype=np.bool_)
    while standing.any():
        best = int(np.argmax(standing))
        kept.append(best)
        standing &= ~rivals[best]
        standing[best] = False
    return order[kept]
