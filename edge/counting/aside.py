"""What a floor's figures leave out: the time and the crossings of staff, counted apart so that nothing goes unsaid."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge.counting import crossings
from edge.counting.crossings import Approach, Band
from edge.counting.minutes import Minute, Told
from edge.counting.noted import CrossingNoted, StaffNoted
from edge.floor.shapes import Line
from edge.tracking.paths import End, Leg


@dataclass(slots=True)
class _Left:
    """What one camera left out of one minute."""

    seconds: float = 0.0
    marked: int = 0
    told: int = 0


class Aside:
    """Those who are known as staff. State of one owner; times are CLOCK_MONOTONIC in s."""

    def __init__(self, lines: Sequence[Line], band: Band) -> None:
        self._lines, self._band = lines, band
        self._approaches: dict[tuple[int, str], Approach] = {}
        self._minutes: defaultdict[tuple[Minute, str], _Left] = defaultdict(_Left)

    def mark(self, minute: Minute, camera: str, track: int, told: int, approaches: Mapping[str, Approach]) -> None:
        """A track became known, `told` crossings after it began; it goes on towards the lines as it was."""
        left = self._minutes[minute, camera]
        left.marked += 1
        left.told += told
        self._approaches |= {(track, line): approach for line, approach in approaches.items()}

    def spend(self, minute: Minute, camera: str, seconds: float) -> None:
        """Staff were on this camera's floor for so long of that minute."""
        self._minutes[minute, camera].seconds += seconds

    def cross(self, legs: Sequence[Leg]) -> list[CrossingNoted]:
        """Their crossings, as those of shoppers are found."""
        noted: list[CrossingNoted] = []
        for leg in legs:
            for line in self._lines:
                key = (leg.track, line.id)
                before = self._approaches.get(key, Approach())
                self._approaches[key], crossing = crossings.follow(before, line, leg, self._band)
                noted += [] if crossing is None else [_staff(crossing)]
        return noted

    def part(self, end: End) -> list[CrossingNoted]:
        """What is open of one whose track ended."""
        noted: list[CrossingNoted] = []
        for line in self._lines:
            approach = self._approaches.pop((end.leg.track, line.id), Approach())
            crossing = crossings.part(approach, line, end, self._band)
            noted += [] if crossing is None else [_staff(crossing)]
        return noted

    def take(self, told: Told, camera: str) -> list[StaffNoted]:
        """What that camera left out of that minute, which is forgotten; nothing where nobody of the staff was."""
        left = self._minutes.pop((told.minute, camera), None)
        if left is None:
            return []
        return [
            StaffNoted(
                camera=camera,
                at=told.at,
                span_s=told.span_s,
                person_s=left.seconds,
                marked=left.marked,
                told=left.told,
            )
        ]


def _staff(crossing: crossings.Crossing) -> CrossingNoted:
    return CrossingNoted(line=crossing.line, direction=crossing.direction, at=crossing.at, staff=True)
