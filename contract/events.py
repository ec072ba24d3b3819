"""The facts that a node tells the cloud, each kept in the node's log before anybody hears of it."""

import enum
from typing import Annotated, get_args

from msgspec import Meta, Struct

from contract.fields import Count, Millis, Name, Span, Token, Words

MAX_CELLS = 4_000
"""Cells, and runs of them, of one `Heat`: a quarter-metre grid of 250 m², all of it walked in one minute."""


class Direction(enum.StrEnum):
    """Which way a line was crossed; looking from `a` to `b`, its left side is outside."""

    IN = "in"  # from the left of a→b to its right
    OUT = "out"  # from the right of a→b to its left


class Device(enum.StrEnum):
    """What can be lost and found again at a node."""

    READER = "reader"
    CAMERA = "camera"


class Cause(enum.StrEnum):
    """Why a device tells no figures."""

    LOST = "lost"  # it does not answer, or its program ended
    FROZEN = "frozen"  # the same picture again and again
    DARK = "dark"  # too little light to see anybody
    BLOCKED = "blocked"  # something stands or hangs before the lens
    BLURRED = "blurred"  # out of focus, or dirt on the lens
    MOVED = "moved"  # it looks elsewhere than when it was calibrated
    MISFIT = "misfit"  # its pictures have another shape than the calibration's
    UNPLANNED = "unplanned"  # no plan has reached its node yet


class Outcome(enum.StrEnum):
    """How a wait in a queue ended."""

    SERVED = "served"  # at a till
    LEFT = "left"  # elsewhere: gave up, or only stood there
    CUT = "cut"  # the sight of them ended first


# gc=False: no event can be part of a cycle, and a cloud that decodes thousands at once need not look for any.
class Fact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", gc=False):
    """What all events have: `at`, the wall time in ms at which it happened or began."""

    at: Millis


class Tap(Fact, frozen=True, kw_only=True, omit_defaults=True, tag="tap"):
    """A tag came to a reader; `tag` is its keyed pseudonym, or null where it has no lasting identity (a phone).

    `staff`: it is one of the store's badges, and no shopper's tap.
    """

    reader: Name
    tag: Token | None
    staff: bool = False


class Removal(Fact, frozen=True, kw_only=True, omit_defaults=True, tag="removal"):
    """The tag of the last tap at this reader went away after `held_ms`."""

    reader: Name
    tag: Token | None
    held_ms: Span
    staff: bool = False


class Crossing(Fact, frozen=True, kw_only=True, omit_defaults=True, tag="crossing"):
    """Somebody crossed a line; `staff`: one of the staff, whom no figure about shoppers counts."""

    line: Name
    direction: Direction
    staff: bool = False


class Stay(Fact, frozen=True, kw_only=True, tag="stay"):
    """Somebody was in a zone from `at` for `for_ms`; `cut` where the sight of them ended before the stay did."""

    zone: Name
    for_ms: Span
    cut: bool = False


class Occupancy(Fact, frozen=True, kw_only=True, tag="occupancy"):
    """One zone for the `span_ms` from `at`: people × time, the most at once, and how much of it was really seen."""

    zone: Name
    span_ms: Span
    covered_ms: Span
    person_ms: Span
    peak: Count


class Cell(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """One cell of floor: `x`, `y` count cells from the plan's origin; `person_ms` is people × time spent in it."""

    x: Annotated[int, Meta(ge=-4096, le=4096)]
    y: Annotated[int, Meta(ge=-4096, le=4096)]
    person_ms: Span


class Run(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """`cells` cells of floor in a row, from (`x`, `y`) along x, each really seen for `covered_ms`."""

    x: Annotated[int, Meta(ge=-4096, le=4096)]
    y: Annotated[int, Meta(ge=-4096, le=4096)]
    cells: Annotated[int, Meta(ge=1, le=8192)]
    covered_ms: Span


class Heat(Fact, frozen=True, kw_only=True, tag="heat"):
    """Where people were for the `span_ms` from `at`: a sparse grid of square cells, `cell_mm` wide, of one camera.

    `seen` names every cell that this camera answers for, and for how long it really saw it; a cell that is in no
    run is unknown, not empty. Empty from a node that does not tell: then `covered_ms` holds for the camera's floor.
    `tracks` has for each of `cells`, in their order, how many tracks went into it in that time, each once a visit;
    empty from a node that does not count them. What is more than one event holds comes in others of the same `at`,
    whose `span_ms` and `covered_ms` are 0: no cell and no run is in two of them, and they add up.
    """

    camera: Name
    span_ms: Span
    covered_ms: Span
    cell_mm: Annotated[int, Meta(ge=50, le=5_000)]
    cells: Annotated[tuple[Cell, ...], Meta(max_length=MAX_CELLS)]
    seen: Annotated[tuple[Run, ...], Meta(max_length=MAX_CELLS)] = ()
    tracks: Annotated[tuple[Count, ...], Meta(max_length=MAX_CELLS)] = ()

    def __post_init__(self) -> None:
        """Refuse counts that belong to no cell."""
        if self.tracks and len(self.tracks) != len(self.cells):
            raise ValueError(f"{len(self.tracks)} tracks for {len(self.cells)} cells; allowed are as many, or none")


class Party(Fact, frozen=True, kw_only=True, tag="party"):
    """`size` people who belong together crossed a line: one buying unit. Each of them is a `Crossing` too."""

    line: Name
    direction: Direction
    size: Annotated[int, Meta(ge=1, le=50)]


class Queue(Fact, frozen=True, kw_only=True, tag="queue"):
    """The people who waited in a queue zone for the `span_ms` from `at`: people × time, and the most at once."""

    zone: Name
    span_ms: Span
    covered_ms: Span
    waiting_ms: Span
    peak: Count


class Wait(Fact, frozen=True, kw_only=True, tag="wait"):
    """Somebody waited in a queue zone from `at` for `for_ms`."""

    zone: Name
    for_ms: Span
    outcome: Outcome


class Staff(Fact, frozen=True, kw_only=True, tag="staff"):
    """What one camera's figures leave out for the `span_ms` from `at`: the time of people who are known as staff.

    `marked` became known as staff meanwhile; `told` is how often they had crossed a line as shoppers before that.
    """

    camera: Name
    span_ms: Span
    person_ms: Span
    marked: Count
    told: Count


class Badge(Fact, frozen=True, kw_only=True, tag="badge"):
    """One of the store's badges came to a reader at which `people` stood: exactly one, and they are staff from now on.

    Nobody is where nobody was seen there, and where it is not clear who of several it was. Whose badge it was, or
    which of the people, is not told.
    """

    reader: Name
    people: Count


class DeviceChanged(Fact, frozen=True, kw_only=True, tag="device"):
    """A reader or camera came or went: between a loss and a return its figures are a gap, never a zero."""

    device: Device
    name: Name
    ok: bool
    reason: Words
    cause: Cause | None = None  # None when it is well, and from a node that does not tell


class Dropped(Fact, frozen=True, kw_only=True, tag="dropped"):
    """From `at` on, `count` events could not be kept; they never had a sequence number."""

    count: Count
    reason: Words


Event = (
    Tap | Removal | Crossing | Stay | Occupancy | Heat | Party | Queue | Wait | Staff | Badge | DeviceChanged | Dropped
)
KINDS = tuple(str(kind.__struct_config__.tag) for kind in get_args(Event))
"""What events are called on the wire."""
