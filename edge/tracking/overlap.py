"""How much boxes cover each other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge.inputs import Box


def overlapping(boxes: Sequence[Box]) -> list[tuple[int, int, float]]:
    """Each two boxes that overlap, by their numbers, the one that ends higher up first, and the area that both cover.

    A sweep from the left: a box meets those alone that begin before it ends.
    """
    found = []
    begun = sorted([(box.x1, box.x2, box.y1, box.y2, number) for number, box in enumerate(boxes)])
    for place, (_, right, top, bottom, number) in enumerate(begun, start=1):
        for left, other_right, other_top, other_bottom, other in begun[place:]:
            if left >= right:
                break
            if other_top < bottom and top < other_bottom:
                # Without min and max: to call these costs more than all the rest.
                wide = other_right - left if other_right < right else right - left
                begin = other_top if other_top > top else top  # noqa: FURB136 - see above
                if other_bottom < bottom:
                    found.append((other, number, wide * (other_bottom - begin)))
                else:
                    found.append((number, other, wide * (bottom - begin)))
    return found


def area(box: Box) -> float:
    """What a box covers."""
    return (box.x2 - box.x1) * (box.y2 - box.y1)


def iou(boxes: NDArray[np.floating], others: NDArray[np.floating]) -> NDArray[np.float64]:
    """Intersection over union of [n, 4] with [m, 4] boxes (x1, y1, x2, y2), as [n, m]; 0 for empty boxes."""
    x1, y1, x2, y2 = boxes.T.astype(np.float64)[:, :, None]
    a1, b1, a2, b2 = others.T.astype(np.float64)[:, None, :]
    width = np.maximum(np.minimum(x2, a2) - np.maximum(x1, a1), 0.0)
    height = np.maximum(np.minimum(y2, b2) - np.maximum(y1, b1), 0.0)
    both = width * height
    areas = np.maximum(x2 - x1, 0.0) * np.maximum(y2 - y1, 0.0)
    other_areas = np.maximum(a2 - a1, 0.0) * np.maximum(b2 - b1, 0.0)
    union = areas + other_areas - both
    ratio: NDArray[np.float64] = np.divide(both, union, out=np.zeros_like(both), where=union > 0)
    return ratio
