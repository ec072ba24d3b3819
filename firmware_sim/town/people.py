"""A shopper's body as the simulated world shows it: where it stands, how it moves, what it looks like."""

from dataclasses import dataclass

from firmware_sim.town.geometry import Spot


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """A colour as the eye names its parts, 0–255 each."""

    red: int
    green: int
    blue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a shopper wears for the day; nothing of it leaves the simulator."""

    height_mm: int
    girth: int  # per cent of the usual width
    skin: Colour
    hair: Colour
    top: Colour
    bottom: Colour
    shoes: Colour
    long_hair: bool
    coat: bool  # the top reaches down to the knees
    bag: bool  # a bag over one shoulder
    child: bool = False  # a child's proportions: a larger head on shorter legs


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One shopper at one moment."""

    at: Spot
    facing: Spot  # direction in thousandths: (1000, 0) looks along x
    walked_mm: int  # since they came in: the phase of their gait
    pace: int  # 0 stands still … 100 walks
    reach: int  # 0 arms hang … 100 one arm is stretched out to a shelf
    look: Look
