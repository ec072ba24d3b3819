"""Which frames a truth speaks for: only there a box that it does not have is a wrong one."""

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

# So many frames show how far apart a person annotated them; two are no rhythm.
_RHYTHM: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Every `step`th frame from `first` to `last`, both included."""

    first: int
    last: int
    step: int = 1

    def holds(self, frame: int) -> bool:
        """Does the truth speak for this frame?"""
        return self.first <= frame <= self.last and (frame - self.first) % self.step == 0


def of_frames(frames: Iterable[int]) -> Span:
    """The span of a truth that has boxes in these frames, at least one of them.

    It begins with the first and ends with the last: before and after, nobody knows whether the footage shows people.
    Where all lie at even distances, every 20th frame say, the frames between were not annotated; where they do not,
    a frame between that has no box shows nobody.
    """
    there = sorted(set(frames))
    gaps = [after - before for before, after in itertools.pairwise(there)]
    step = math.gcd(*gaps) if len(there) >= _RHYTHM else 1
    return Span(first=there[0], last=there[-1], step=step)
