"""The facts that a node tells the cloud, each kept in the node's log before anybody hears of it."""

import enum
from typing import Annotated

from msgspec import Meta, Struct

from contract.fields import Count, Millis, Name, Span, Token, Words

MAX_CELLS = 4_000
"""Cells of one `Heat`: a quarter-metre grid of 250 m², all of it walked in one minute."""


class Direction(enum.StrEnum):
    """Which way a line was crossed; looking from `a` to `b`, its left side is outside."""

    IN = "in"  # from the left of a→b to its right
    OUT = "out"  # from the right of a→b to its left


class Device(enum.StrEnum):
    """What can be lost and found again at a node."""

    READER = "reader"
    CAMERA = "camera"


# gc=False: no event can be part of a cycle, and a cloud that decodes thousands at once need not look for any.
class Fact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", gc=False):
    """What all events have: `at`, the wall time in ms at which it happened or began."""

    at: Millis


class Tap(Fact, frozen=True, kw_only=True, tag="tap"):
    """A tag came to a reader; `tag` is its keyed pseudonym, or null where it has no lasting identity (a phone)."""

    reader: Name
    tag: Token | None


class Removal(Fact, frozen=True, kw_only=True, tag="removal"):
    """The tag of the last tap at this reader went away after `held_ms`."""

    reader: Name
    tag: Token | None
    held_ms: Span


class Crossing(Fact, frozen=True, kw_only=True, tag="crossing"):
    """Somebody crossed a line."""

    line: Name
    direction: Direction


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


class Heat(Fact, frozen=True, kw_only=True, tag="heat"):
    """Where people were for the `span_ms` from `at`: a sparse grid of square cells, `cell_mm` wide, of one camera."""

    camera: Name
    span_ms: Span
    covered_ms: Span
    cell_mm: Annotated[int, Meta(ge=50, le=5_000)]
    cells: Annotated[tuple[Cell, ...], Meta(max_length=MAX_CELLS)]


class DeviceChanged(Fact, frozen=True, kw_only=True, tag="device"):
    """A reader or camera came or went: between a loss and a return its figures are a gap, never a zero."""

    device: Device
    name: Name
    ok: bool
    reason: Words


class Dropped(Fact, frozen=True, kw_only=True, tag="dropped"):
    """From `at` on, `count` events could not be kept; they never had a sequence number."""

    count: Count
    reason: Words


Event = Tap | Removal | Crossing | Stay | Occupancy | Heat | DeviceChanged | Dropped
