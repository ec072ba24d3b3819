"""What happens in the simulated store, each the truth of its moment."""

import enum
from dataclasses import dataclass

from firmware_sim.town.character import Deed, Regret, Shows
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
    """Somebody chose, on their phone, to begin a profile, and what to agree to."""

    at: int
    choices: frozenset[str]
    shopper: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOffered:
    """Somebody asked, on their phone, to bind the card that comes to this reader next."""

    at: int
    reader: str
    shopper: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """The till sold this, to somebody who is known there or not."""

    at: int
    sale: str
    lines: tuple[Line, ...]
    shopper: int
    shows: Shows = Shows.NOTHING
    spends: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """The till took a sale back, or one piece of its first line."""

    at: int
    sale: str
    regret: Regret
    shopper: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Somebody did something on their phone; `stars` belong to a review."""

    at: int
    deed: Deed
    shopper: int
    stars: int = 0


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


Happening = (
    Crossed
    | ZoneEntered
    | ZoneLeft
    | Put
    | TagOpened
    | ProfileBegun
    | CardOffered
    | Done
    | Sold
    | TakenBack
    | Stood
    | Gone
)
