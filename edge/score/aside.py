"""Found boxes that are neither right nor wrong: those on what the truth sets aside."""

from collections.abc import Iterable

import numpy as np

from edge.score.frames import SAME, by_frame
from edge.score.motchallenge import Row, Truth
from edge.tracking.assignment import assign


def without(found: Iterable[Row], truth: Truth) -> tuple[Row, ...]:
    """`found` without the boxes whose best place, among all that the truth has, is on somebody set aside.

    As MOTChallenge does it before any figure is made (A. Milan et al., "MOT16", arXiv:1603.00831, section 4.1): a box
    whose best place is a car is no better for a reflection beside it. Only persons with conf 0 are taken at the word of
    the format's description, "ignored": TrackEval counts who finds them as wrong.
    """
    rows = tuple(found)
    if not truth.aside:
        return rows
    # An id may be used by a person and a thing: by number, those set aside come first.
    there = [_named(row, number) for number, row in enumerate((*truth.aside, *truth.rows, *truth.other))]
    told = [_named(row, number) for number, row in enumerate(rows)]
    excused: set[int] = set()
    for frame in by_frame(there, told, sorted({row.frame for row in truth.aside})):
        pairs = assign(-np.where(frame.iou >= SAME, frame.iou, 0.0), 0.0)
        excused |= {
            frame.found[column]
            for row, column in pairs
            if frame.iou[row, column] >= SAME and frame.truth[row] < len(truth.aside)
        }
    return tuple(row for number, row in enumerate(rows) if number not in excused)


def _named(row: Row, name: int) -> Row:
    return Row(frame=row.frame, id=name, left=row.left, top=row.top, width=row.width, height=row.height, conf=row.conf)
