"""The identity figures: for how much of their time persons carry one and the same track.

E. Ristani et al., "Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking", ECCV 2016
Workshops, section 2.3.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from edge.score.frames import SAME, Overlaps
from edge.tracking.assignment import assign


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Boxes in truth, found, and those that agree when each person is given one track for the whole time."""

    truth: int
    found: int
    agreeing: int  # IDTP

    @property
    def idf1(self) -> float:
        """2 IDTP / (truth + found)."""
        total = self.truth + self.found
        return 2 * self.agreeing / total if total else 0.0

    @property
    def precision(self) -> float:
        """IDP: of what was found, the share that agrees."""
        return self.agreeing / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """IDR: of what is true, the share that agrees."""
        return self.agreeing / self.truth if self.truth else 0.0


def identity(frames: Iterable[Overlaps]) -> Identity:
    """The figures of the frames, with the one-to-one giving of tracks to persons that agrees in most boxes."""
    together: Counter[tuple[int, int]] = Counter()
    persons: dict[int, int] = {}  # id -> row
    tracks: dict[int, int] = {}  # id -> column
    truth = found = 0
    for frame in frames:
        truth += len(frame.truth)
        found += len(frame.found)
        for row, column in np.argwhere(frame.iou >= SAME).tolist():
            person, track = frame.truth[row], frame.found[column]
            cell = persons.setdefault(person, len(persons)), tracks.setdefault(track, len(tracks))
            together[cell] += 1
    cost = np.zeros((len(persons), len(tracks)))
    for (row, column), boxes in together.items():
        cost[row, column] = -boxes
    agreeing = -sum(cost[pair] for pair in assign(cost, 0.0))
    return Identity(truth=truth, found=found, agreeing=int(agreeing))
