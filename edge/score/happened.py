"""What happened at lines and in zones, in seconds of the video: once as it was, once as it was counted."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from edge.counting.crossings import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """Somebody crossed a line."""

    line: str
    direction: Direction
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stayed:
    """Somebody was in a zone."""

    zone: str
    began: float
    ended: float

    @property
    def seconds(self) -> float:
        """For how long."""
        return self.ended - self.began


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """`person_s` were spent in a zone, around `at`."""

    zone: str
    at: float
    person_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Everything, in no order."""

    crossings: tuple[Crossed, ...] = ()
    stays: tuple[Stayed, ...] = ()
    spent: tuple[Spent, ...] = field(default=())

    def person_s(self) -> Mapping[str, float]:
        """The time spent in each zone in which any was."""
        sums: defaultdict[str, float] = defaultdict(float)
        for spent in self.spent:
            sums[spent.zone] += spent.person_s
        return sums
