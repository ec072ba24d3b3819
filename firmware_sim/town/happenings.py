"""What happens in the simulated store, each the truth of its moment."""

import enum
from dataclasses import dataclass

from firmware_sim.town.geometry import Spot
from firmware_sim.town.visits import Line, Thing


class Way(enum.StrEnum):
    """Which way a line was crossed."""

    IN = "in"  # from the left of a→b, as drawn on the plan, to its right
    OUT = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """Somebody's feet went over a line."""

    at: int  # ms since the day's start, as all `at` here
    line: str
    way: Way
    shopper: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneEntered:
    """Somebody's feet came into a zone."""

    at: int
    zone: str
    shopper: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneLeft:
    """They left it again."""

    at: int
    zone: str
    shopper: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """A card or phone came to a reader; it will be taken away at `until`."""

    at: int
    reader: str
    thing: Thing
    until: int
    shopper: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TagOpened:
    """A phone opened a shelf's tag."""

    at: int
    tag: str
    shopper: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileBegun:
    """Somebody chose, on their phone, to begin a profile."""

    at: int
    shopper: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOffered:
    """Somebody asked, on their phone, to bind the card that comes to this reader next."""

    at: int
    reader: str
    shopper: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """The till sold this."""

    at: int
    sale: str
    lines: tuple[Line, ...]
    shopper: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """Where somebody was for one step of the clock, `span_ms` long, that ended at `at`."""

    at: int
    spot: Spot
    span_ms: int
    shopper: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Somebody went out of sight, into the street."""

    at: int
    shopper: int


Happening = Crossed | ZoneEntered | ZoneLeft | Put | TagOpened | ProfileBegun | CardOffered | Sold | Stood | Gone
