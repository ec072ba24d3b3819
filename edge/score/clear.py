"""The CLEAR MOT figures: how many persons were found, and how often their track changed its name.

K. Bernardin and R. Stiefelhagen, "Evaluating Multiple Object Tracking Performance: The CLEAR MOT Metrics",
EURASIP Journal on Image and Video Processing, 2008, section 2.1.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.score.frames import SAME, Overlaps
from edge.tracking.assignment import FORBIDDEN, assign


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """Counts over all frames, and what follows from them."""

    truth: int  # boxes
    found: int  # boxes
    matches: int
    id_switches: int
    overlap: float  # the sum of the matches' IoU

    @property
    def misses(self) -> int:
        """True boxes that nothing was matched to (false negatives)."""
        return self.truth - self.matches

    @property
    def false_positives(self) -> int:
        """Found boxes that show nobody."""
        return self.found - self.matches

    @property
    def mota(self) -> float:
        """1 - (misses + false positives + switches) / truth; at most 1, below 0 when there are more errors."""
        errors = self.misses + self.false_positives + self.id_switches
        return 1 - errors / self.truth if self.truth else 0.0

    @property
    def motp(self) -> float:
        """The mean IoU of the matches, as MOTChallenge gives it."""
        return self.overlap / self.matches if self.matches else 0.0

    @property
    def precision(self) -> float:
        """Of what was found, the share that is true."""
        return self.matches / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Of what is true, the share that was found."""
        return self.matches / self.truth if self.truth else 0.0


def clear(frames: Iterable[Overlaps]) -> Clear:
    """The figures of the frames, which must be in order of time.

    A true person keeps the track of the last match while both overlap by SAME or more; what is left is matched
    for the greatest overlap. Another track than at the last match, however long ago, is a switch.
    """
    held: dict[int, int] = {}  # person -> the track of the last match
    truth = found = matches = switches = 0
    overlap = 0.0
    for frame in frames:
        pairs = _match(frame, held)
        for row, column in pairs:
            person, track = frame.truth[row], frame.found[column]
            switches += held.get(person, track) != track
            held[person] = track
            overlap += float(frame.iou[row, column])
        truth += len(frame.truth)
        found += len(frame.found)
        matches += len(pairs)
    return Clear(truth=truth, found=found, matches=matches, id_switches=switches, overlap=overlap)


def _match(frame: Overlaps, held: dict[int, int]) -> list[tuple[int, int]]:
    """The matched pairs (row, column): the standing ones first, then the best of the rest."""
    columns = {track: column for column, track in enumerate(frame.found)}
    kept: dict[int, int] = {}
    for row, person in enumerate(frame.truth):
        column = columns.get(held.get(person, -1))
        # Two persons may have held the same track one after the other; the first in the frame's order keeps it.
        if column is not None and frame.iou[row, column] >= SAME and column not in kept.values():
            kept[row] = column
    return [*kept.items(), *assign(_cost(frame, kept), 1 - SAME)]


def _cost(frame: Overlaps, kept: dict[int, int]) -> NDArray[np.float64]:
    """The distances 1 - IoU of whoever is not matched yet."""
    cost = 1 - frame.iou
    cost[list(kept), :] = FORBIDDEN
    cost[:, list(kept.values())] = FORBIDDEN
    return cost
