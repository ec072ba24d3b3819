"""How well the boxes of two sets cover each other, frame by frame."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.score.motchallenge import Row
from edge.tracking.overlap import iou

# Two boxes show the same person when they share at least this much of what both cover (IoU): MOTChallenge's bound.
SAME: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overlaps:
    """One frame: who is there in truth, who was found, and the IoU of each with each."""

    truth: tuple[int, ...]  # ids, [n]
    found: tuple[int, ...]  # ids, [m]
    iou: NDArray[np.float64]  # [n, m]


def by_frame(truth: Iterable[Row], found: Iterable[Row], frames: Iterable[int]) -> Iterator[Overlaps]:
    """The overlaps of each of `frames`, in their order; rows of other frames are left out."""
    true, seen = _grouped(truth), _grouped(found)
    for frame in frames:
        there, told = true.get(frame, []), seen.get(frame, [])
        yield Overlaps(
            truth=tuple(row.id for row in there),
            found=tuple(row.id for row in told),
            iou=iou(_corners(there), _corners(told)),
        )


def _grouped(rows: Iterable[Row]) -> dict[int, list[Row]]:
    groups: dict[int, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.frame, []).append(row)
    return groups


def _corners(rows: Sequence[Row]) -> NDArray[np.float64]:
    corners = [(row.left, row.top, row.left + row.width, row.top + row.height) for row in rows]
    return np.array(corners, np.float64).reshape(-1, 4)
