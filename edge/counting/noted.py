"""What a node notices on its floor, in its own clock (CLOCK_MONOTONIC, s): a value leaves it as one event or more."""

from dataclasses import dataclass
from typing import TypeAlias

from edge.counting.crossings import Direction
from edge.counting.heat import CellTime
from edge.counting.queues import End
from edge.floor.ownership import Strip


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossingNoted:
    """Somebody crossed a line; `at` is when their path met it, `staff` whether it is known that they work here."""

    line: str
    direction: Direction
    at: float
    staff: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyNoted:
    """`size` people who belong together crossed a line, the first of them at `at`."""

    line: str
    direction: Direction
    at: float
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StayNoted:
    """Somebody was in a zone; `cut` when the sight of them ended before the stay did."""

    zone: str
    entered: float
    left: float
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitNoted:
    """Somebody waited in a queue's zone."""

    zone: str
    began: float
    ended: float
    end: End


@dataclass(frozen=True, slots=True, kw_only=True)
class OccupancyNoted:
    """One zone in the `span_s` from `at`: of the `covered_s` that were seen, people x time and the most at once.

    A zone of which a part was seen for a part of the time was covered for the product of both.
    """

    zone: str
    at: float
    span_s: float
    covered_s: float
    person_s: float
    peak: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueNoted:
    """Those who waited in a queue's zone in the `span_s` from `at`, as in OccupancyNoted."""

    zone: str
    at: float
    span_s: float
    covered_s: float
    waiting_s: float
    peak: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatNoted:
    """One camera's part of the floor in the `span_s` from `at`: of the `covered_s` that were seen, person-time by cell.

    `seen` are the cells that it answered for, each with its covered seconds; empty where nobody said which they are.
    """

    camera: str
    at: float
    span_s: float
    covered_s: float
    cell_mm: int
    cells: tuple[CellTime, ...]
    seen: tuple[tuple[Strip, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffNoted:
    """What one camera's figures left out in the `span_s` from `at`: the time of staff.

    `marked` became known as staff meanwhile, after `told` crossings that were counted as shoppers'.
    """

    camera: str
    at: float
    span_s: float
    person_s: float
    marked: int
    told: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeNoted:
    """A badge came to a reader at which so many people stood; exactly one is staff from now on."""

    reader: str
    at: float
    people: int


Single: TypeAlias = (
    CrossingNoted | PartyNoted | StayNoted | WaitNoted | OccupancyNoted | QueueNoted | StaffNoted | BadgeNoted
)
"""What is one event always; a camera's heat may need several."""
Noted: TypeAlias = Single | HeatNoted
