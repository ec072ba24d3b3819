"""The identity figures: for how much of their time persons carry one and the same track.

E. Ristani et al., "Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking", ECCV 2016
Workshops, section 2.3.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edge.score.frames import SAME, Overlaps
from edge.tracking.assignment import assign


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The counts of one frame."""

    truth: int  # boxes
    found: int  # boxes
    agreeing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Boxes in truth, found, and those that agree when each person is given one track for the whole time."""

    truth: int
    found: int
    agreeing: int  # IDTP
    steps: tuple[Step, ...]  # one a frame, under the giving of the whole time

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
    looks = tuple(frames)
    together = [_together(frame) for frame in looks]
    track_of = _given(together)
    steps = tuple(
        Step(
            truth=len(frame.truth),
            found=len(frame.found),
            agreeing=sum(track_of.get(person) == track for person, track in pairs),
        )
        for frame, pairs in zip(looks, together, strict=True)
    )
    return Identity(
        truth=sum(step.truth for step in steps),
        found=sum(step.found for step in steps),
        agreeing=sum(step.agreeing for step in steps),
        steps=steps,
    )


def _together(frame: Overlaps) -> tuple[tuple[int, int], ...]:
    """Each person and track of a frame that show the same."""
    return tuple((frame.truth[row], frame.found[column]) for row, column in np.argwhere(frame.iou >= SAME).tolist())


def _given(together: Sequence[Sequence[tuple[int, int]]]) -> Mapping[int, int]:
    """The track of each person, such that as many boxes as possible agree."""
    pairs = [pair for frame in together for pair in frame]
    persons = {person: row for row, person in enumerate(dict.fromkeys(person for person, _ in pairs))}
    tracks = {track: column for column, track in enumerate(dict.fromkeys(track for _, track in pairs))}
    cost = np.zeros((len(persons), len(tracks)))
    for person, track in pairs:
        cost[persons[person], tracks[track]] -= 1
    given = dict(assign(cost, 0.0))
    names = tuple(tracks)
    return {person: names[given[row]] for person, row in persons.items() if row in given}
