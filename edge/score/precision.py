"""How good a detector's boxes are by themselves, before any tracking."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.score.frames import Overlaps

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

# COCO's bounds of the overlap (IoU), 0.50, 0.55 … 0.95, and the recalls at which its curve is read.
BOUNDS: Final = np.arange(10, 20) / 20
RECALLS: Final = np.arange(101) / 100
_ROUNDING: Final = 1e-9  # an IoU that is a bound but for its last bits reaches it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Told:
    """Every box that a detector told, best first, and whether it was right; and how many persons there were."""

    scores: Array  # [n], falling
    right: tuple[NDArray[np.intp], ...]  # at each of BOUNDS, which of them are right, rising
    frames: NDArray[np.intp]  # [n], the index of its frame
    truth: Array  # [frames], persons in each


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """What a detector's boxes are worth; `precision` and `recall` are at the threshold that was asked for."""

    average: float  # AP at an overlap of 0.5, COCO's: the mean over RECALLS
    area: float  # the same by the whole area under the curve, a little more
    average_all: float  # the mean of the APs at BOUNDS, as COCO ranks detectors
    precision: float
    recall: float


def told(frames: Iterable[tuple[Overlaps, tuple[float, ...]]]) -> Told:
    """The boxes of frames, each with the scores of its found boxes.

    A box is right when its best true box that no better scored one took is covered by the bound (IoU) or more.
    """
    scores, right, places, truth = [np.zeros(0)], [np.zeros((0, len(BOUNDS)), np.bool_)], [np.zeros(0, np.intp)], []
    for index, (frame, sure) in enumerate(frames):
        order = np.argsort(-np.array(sure), kind="stable") if sure else np.zeros(0, np.intp)
        scores.append(np.array(sure, np.float64)[order])
        right.append(_right(frame.iou[:, order]))
        places.append(np.full(len(order), index))
        truth.append(len(frame.truth))
    every = np.concatenate(scores)
    best = np.argsort(-every, kind="stable")
    hits = np.concatenate(right)[best]
    return Told(
        scores=every[best],
        right=tuple(np.flatnonzero(hits[:, bound]) for bound in range(len(BOUNDS))),
        frames=np.concatenate(places)[best],
        truth=np.array(truth, np.float64),
    )


def precision(boxes: Told, *, threshold: float) -> Precision:
    """The figures of a detector's boxes."""
    averages = average(boxes, np.ones(len(boxes.truth)))
    exact, found = at_threshold(boxes, np.ones(len(boxes.truth)), threshold=threshold)
    return Precision(
        average=float(averages[0]),
        area=_whole_area(boxes),
        average_all=float(averages.mean()),
        precision=float(exact),
        recall=float(found),
    )


def average(boxes: Told, weights: Array) -> Array:
    """Average precision at each of BOUNDS, [10], with each frame counted `weights` [frames] times.

    The mean over RECALLS of the best precision at that recall or a higher one (T.-Y. Lin et al., "Microsoft COCO:
    Common Objects in Context", ECCV 2014, and its evaluation code's definition; the rule that precision may only
    fall is M. Everingham et al., "The PASCAL Visual Object Classes Challenge", IJCV 2015, section 3.5).
    """
    truth = float(weights @ boxes.truth)
    weight = weights[boxes.frames]
    if not truth or not weight.any():
        return np.zeros(len(BOUNDS))
    number = np.cumsum(weight)
    return np.array([_area(weight[right], number[right], truth) for right in boxes.right])


def _area(weight: Array, number: Array, truth: float) -> float:
    """The mean precision over RECALLS, by the right boxes' weights and how many boxes there were up to each.

    Only at a right box can precision be at its best for a recall.
    """
    right = np.cumsum(weight)
    exact = np.divide(right, number, out=np.zeros_like(right), where=number > 0)
    falling = np.maximum.accumulate(exact[::-1])[::-1]
    reached = np.searchsorted(right, RECALLS * truth - _ROUNDING)
    return float(falling[reached[reached < len(falling)]].sum() / len(RECALLS))


def _whole_area(boxes: Told) -> float:
    """The area under the curve of precision over recall at an overlap of 0.5, as PASCAL VOC has it from 2010 on."""
    right, truth = boxes.right[0], float(boxes.truth.sum())
    exact = np.arange(1, len(right) + 1) / (right + 1)
    falling = np.maximum.accumulate(exact[::-1])[::-1]
    return float(falling.sum() / truth) if truth else 0.0


def at_threshold(boxes: Told, weights: Array, *, threshold: float) -> tuple[float, float]:
    """Precision and recall at an overlap of 0.5 of the boxes with that score or more, frames weighted."""
    weight = weights[boxes.frames] * (boxes.scores >= threshold)
    number, truth = float(weight.sum()), float(weights @ boxes.truth)
    right = float(weight[boxes.right[0]].sum())
    return (right / number if number else 0.0), (right / truth if truth else 0.0)


def _right(iou: Array) -> Flags:
    """Which boxes are right at each of BOUNDS, [m, 10]; `iou` is [n, m], its columns best scored first."""
    persons, told_boxes = iou.shape
    right = np.zeros((told_boxes, len(BOUNDS)), np.bool_)
    if not persons:
        return right
    free = np.ones((persons, len(BOUNDS)), np.bool_)
    bounds = np.arange(len(BOUNDS))
    for column in range(told_boxes):
        covered = np.where(free, iou[:, column, None], -1.0)
        best = covered.argmax(axis=0)
        right[column] = covered[best, bounds] >= BOUNDS - _ROUNDING
        free[best, bounds] &= ~right[column]
    return right
