"""One box for each person, out of the many that a detector proposes."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

# Proposals looked at, best first: 300 people stand in no one's picture, and the overlaps stay 300 x 300.
MOST: Final = 300


def overlaps(boxes: NDArray[np.floating], others: NDArray[np.floating]) -> NDArray[np.float64]:
    """Intersection over union of [n, 4] with [m, 4] boxes (x1, y1, x2, y2), as [n, m]; 0 for empty boxes."""
    left_top = np.maximum(boxes[:, None, :2], others[None, :, :2])
    right_bottom = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    shared = np.prod(np.clip(right_bottom - left_top, 0, None), axis=2, dtype=np.float64)
    union = _areas(boxes)[:, None] + _areas(others)[None, :] - shared
    ratio: NDArray[np.float64] = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return ratio


def _areas(boxes: NDArray[np.floating]) -> NDArray[np.float64]:
    areas: NDArray[np.float64] = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(axis=1, dtype=np.float64)
    return areas


def suppress(
    boxes: NDArray[np.floating], scores: NDArray[np.floating], *, threshold: float, overlap: float
) -> NDArray[np.intp]:
    """Greedy non-maximum suppression: the indices of the boxes to keep, best first.

    Of `boxes` [n, 4] with `scores` [n], those below `threshold` go, and each that overlaps a better kept one by
    more than `overlap` (IoU).
    """
    candidates = np.flatnonzero(scores >= threshold)
    order = candidates[np.argsort(-scores[candidates], kind="stable")][:MOST]
    rivals = overlaps(boxes[order], boxes[order]) > overlap
    kept: list[int] = []
    standing = np.ones(len(order), dtype=np.bool_)
    while standing.any():
        best = int(np.argmax(standing))
        kept.append(best)
        standing &= ~rivals[best]
        standing[best] = False
    return order[kept]
