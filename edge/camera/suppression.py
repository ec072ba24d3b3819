"""One box for each person, out of the many that a detector proposes."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.tracking.overlap import iou

# Proposals looked at, best first: 300 people stand in no one's picture, and the overlaps stay 300 x 300.
MOST: Final = 300
# A proposal that overlaps a kept box this much proposes the same edges; from this score on it has a vote.
SAME: Final = 0.7
HEARD: Final = 0.1


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


def agreed(boxes: NDArray[np.floating], scores: NDArray[np.floating], kept: NDArray[np.intp]) -> NDArray[np.float64]:
    """The boxes `kept` [k, 4], each edge the mean of what all proposals for the same person say.

    Weighted by score and overlap (box voting: S. Gidaris and N. Komodakis, "Object detection via a multi-region
    and semantic segmentation-aware CNN model", ICCV 2015). One cell's edges jump; ten cells' mean does so less.
    """
    heard = np.flatnonzero(scores >= HEARD)
    heard = np.union1d(heard[np.argsort(-scores[heard], kind="stable")][:MOST], kept)
    shared = iou(boxes[kept], boxes[heard])
    # The kept box has its vote even where it is empty and overlaps nothing, itself included.
    votes = np.where((shared >= SAME) | (kept[:, None] == heard), np.maximum(shared, 1e-6) * scores[heard], 0.0)
    mean: NDArray[np.float64] = votes @ boxes[heard].astype(np.float64) / votes.sum(axis=1, keepdims=True)
    return mean
