"""The CLEAR MOT figures: how many persons were found, and how often their track changed its name.

K. Bernardin and R. Stiefelhagen, "Evaluating Multiple Object Tracking Performance: The CLEAR MOT Metrics",
EURASIP Journal on Image and Video Processing, 2008, section 2.1; mostly tracked, mostly lost and fragmentations
as Y. Li, C. Huang and R. Nevatia, "Learning to Associate: HybridBoosted Multi-Target Tracker for Crowded Scene",
CVPR 2009, section 4, have them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.score.frames import SAME, Overlaps
from edge.tracking.assignment import FORBIDDEN, assign

MOSTLY: Final = 0.8  # of their time: who is followed for so long is mostly tracked,
HARDLY: Final = 0.2  # and who is followed for less, mostly lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The counts of one frame."""

    truth: int  # boxes
    found: int  # boxes
    matches: int
    id_switches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """Counts over all frames, and what follows from them."""

    truth: int  # boxes
    found: int  # boxes
    matches: int
    id_switches: int
    overlap: float  # the sum of the matches' IoU
    fragmentations: int  # times that somebody was lost and found again
    mostly_tracked: int  # persons
    mostly_lost: int  # persons
    steps: tuple[Step, ...]  # one a frame

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


@dataclass(slots=True, kw_only=True)
class _Life:
    """One person's frames so far."""

    track: int | None = None  # of the last match, however long ago
    shown: int = 0  # frames in which the person is there
    followed: int = 0  # of these, matched ones
    lost: bool = False  # followed once, and not in the last frame
    fragmentations: int = 0


def clear(frames: Iterable[Overlaps]) -> Clear:
    """The figures of the frames, which must be in order of time.

    A true person keeps the track of the last match while both overlap by SAME or more; what is left is matched
    for the greatest overlap. Another track than at the last match, however long ago, is a switch.
    """
    lives: dict[int, _Life] = {}
    steps: list[Step] = []
    overlap = 0.0
    for frame in frames:
        for person in frame.truth:
            lives.setdefault(person, _Life())
        pairs = _match(frame, lives)
        steps.append(_step(frame, pairs, lives))
        overlap += sum(float(frame.iou[pair]) for pair in pairs)
    shares = [life.followed / life.shown for life in lives.values()]
    return Clear(
        truth=sum(step.truth for step in steps),
        found=sum(step.found for step in steps),
        matches=sum(step.matches for step in steps),
        id_switches=sum(step.id_switches for step in steps),
        overlap=overlap,
        fragmentations=sum(life.fragmentations for life in lives.values()),
        mostly_tracked=sum(share >= MOSTLY for share in shares),
        mostly_lost=sum(share < HARDLY for share in shares),
        steps=tuple(steps),
    )


def _step(frame: Overlaps, pairs: list[tuple[int, int]], lives: dict[int, _Life]) -> Step:
    """One frame's counts; the persons' lives go on by it."""
    track_of = {frame.truth[row]: frame.found[column] for row, column in pairs}
    switches = 0
    for person in frame.truth:
        life, track = lives[person], track_of.get(person)
        life.shown += 1
        if track is None:
            life.lost = life.track is not None
            continue
        switches += life.track not in (None, track)
        life.fragmentations += life.lost
        life.track, life.followed, life.lost = track, life.followed + 1, False
    return Step(truth=len(frame.truth), found=len(frame.found), matches=len(pairs), id_switches=switches)


def _match(frame: Overlaps, lives: dict[int, _Life]) -> list[tuple[int, int]]:
    """The matched pairs (row, column): the standing ones first, then the best of the rest."""
    columns = {track: column for column, track in enumerate(frame.found)}
    kept: dict[int, int] = {}
    for row, person in enumerate(frame.truth):
        held = lives[person].track
        column = None if held is None else columns.get(held)
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
