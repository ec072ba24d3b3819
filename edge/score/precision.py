"""How good a detector's boxes are by themselves, before any tracking."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from edge.score.frames import SAME, Overlaps


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """`average` is over all scores; `precision` and `recall` are at the threshold that was asked for."""

    average: float
    precision: float
    recall: float


def precision(frames: Iterable[tuple[Overlaps, tuple[float, ...]]], *, threshold: float) -> Precision:
    """The figures of frames, each with the scores of its found boxes.

    A box is right when its best true box that no better scored one took is covered by SAME (IoU) or more.
    Average precision is the area under the curve whose precision is made to fall only (M. Everingham et al.,
    "The PASCAL Visual Object Classes Challenge", IJCV 2015, section 3.5, area under all points).
    """
    scored: list[tuple[float, bool]] = []
    truth = 0
    for frame, scores in frames:
        truth += len(frame.truth)
        scored += _judged(frame, scores)
    if not truth or not scored:
        return Precision(average=0.0, precision=0.0, recall=0.0)
    scored.sort(key=lambda each: -each[0])
    right = np.cumsum([is_right for _, is_right in scored])
    exact, found = right / np.arange(1, len(scored) + 1), right / truth
    falling = np.maximum.accumulate(exact[::-1])[::-1]
    told = sum(score >= threshold for score, _ in scored)
    return Precision(
        average=float(np.sum(np.diff(found, prepend=0.0) * falling)),
        precision=float(exact[told - 1]) if told else 0.0,
        recall=float(found[told - 1]) if told else 0.0,
    )


def _judged(frame: Overlaps, scores: tuple[float, ...]) -> list[tuple[float, bool]]:
    """Each found box's score, and whether it is right."""
    judged = []
    free = np.ones(len(frame.truth), dtype=np.bool_)
    for column in sorted(range(len(scores)), key=lambda each: -scores[each]):
        covered = np.where(free, frame.iou[:, column], 0.0)
        best = int(np.argmax(covered)) if len(covered) else -1
        is_right = best >= 0 and bool(covered[best] >= SAME)
        if is_right:
            free[best] = False
        judged.append((scores[column], is_right))
    return judged
