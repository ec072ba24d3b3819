"""What people push, and figures that are nobody, as solid parts in the store's metres."""

from dataclasses import dataclass, replace
from typing import Final

from firmware_sim.camera.figure import Part, parts
from firmware_sim.camera.optics import Vector
from firmware_sim.town.geometry import Spot
from firmware_sim.town.people import Body, Colour, Look

TROLLEY_AHEAD_M: Final = 0.82
"""From who pushes it to a trolley's middle."""
PRAM_AHEAD_M: Final = 0.86
_WIRE: Final = Colour(red=150, green=156, blue=162)
_HANDLE: Final = Colour(red=176, green=40, blue=38)
_RUBBER: Final = Colour(red=42, green=42, blue=46)
_GOODS: Final = (
    Colour(red=206, green=120, blue=44), Colour(red=70, green=118, blue=70), Colour(red=196, green=190, blue=170),
)  # fmt: skip
_CLOTH: Final = (
    Colour(red=34, green=62, blue=92), Colour(red=120, green=36, blue=52), Colour(red=62, green=66, blue=70),
)  # fmt: skip
_PLASTIC: Final = Colour(red=226, green=218, blue=206)
_STAND: Final = Colour(red=168, green=170, blue=174)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axes:
    """A thing's own axes on the floor."""

    at: Spot  # its middle
    facing: Spot  # thousandths

    def to(self, ahead: float, aside: float, up: float) -> Vector:
        """A place of the thing in the store, m."""
        x, y = self.facing.x / 1000, self.facing.y / 1000
        return Vector(self.at.x / 1000 + ahead * x - aside * y, self.at.y / 1000 + ahead * y + aside * x, up)


def ahead_of(body: Body, metres: float) -> Spot:
    """A place before somebody."""
    return Spot(body.at.x + round(body.facing.x * metres), body.at.y + round(body.facing.y * metres))


def trolley(at: Spot, facing: Spot, number: int) -> tuple[Part, ...]:
    """A shopping trolley, 0.9 m long: wheels, a wire basket as good as full, the handle; `number` picks the goods."""
    to = _Axes(at=at, facing=facing).to
    wheels = [
        _solid([to(ahead, aside, 0.06), to(ahead + 0.02, aside, 0.06)], 0.06, _RUBBER)
        for ahead in (-0.36, 0.4)
        for aside in (-0.22, 0.22)
    ]
    posts = [_solid([to(-0.38, aside, 0.1), to(-0.44, aside, 1.0)], 0.018, _WIRE) for aside in (-0.25, 0.25)]
    sledge = [_solid([to(-0.38, aside, 0.12), to(0.42, aside, 0.12)], 0.016, _WIRE) for aside in (-0.22, 0.22)]
    lower = [to(ahead, aside, up) for ahead, up in ((-0.34, 0.44), (0.36, 0.52)) for aside in (-0.2, 0.2)]
    upper = [to(ahead, aside, up) for ahead, up in ((-0.4, 0.92), (0.46, 0.86)) for aside in (-0.27, 0.27)]
    heaped = [
        _solid([to(0.05 + 0.2 * row, aside, 0.88), to(0.15 + 0.2 * row, aside, 0.9)], 0.1, _GOODS[(number + row) % 3])
        for row, aside in ((-1, 0.1), (0, -0.1), (1, 0.06))
    ]
    handle = _solid([to(-0.5, -0.26, 1.02), to(-0.5, 0.26, 1.02)], 0.022, _HANDLE)
    return (*wheels, *posts, *sledge, *heaped, _solid([*lower, *upper], 0.02, _WIRE), handle)


def pram(at: Spot, facing: Spot, number: int) -> tuple[Part, ...]:
    """A baby carriage, 0.95 m long: wheels, frame, cot with its hood up, the handle; `number` picks its cloth."""
    to, cloth = _Axes(at=at, facing=facing).to, _CLOTH[number % 3]
    wheels = [
        _solid([to(ahead, aside, 0.13), to(ahead + 0.02, aside, 0.13)], 0.13, _RUBBER)
        for ahead in (-0.34, 0.34)
        for aside in (-0.27, 0.27)
    ]
    frame = [_solid([to(-0.5, aside, 1.0), to(0.34, aside, 0.2)], 0.016, _RUBBER) for aside in (-0.25, 0.25)]
    cot = [
        to(ahead, aside, up)
        for ahead, up in ((-0.36, 0.5), (0.4, 0.5), (-0.4, 0.76), (0.44, 0.74))
        for aside in (-0.2, 0.2)
    ]
    hood = [
        to(ahead, aside, up)
        for ahead, up in ((0.04, 0.76), (0.42, 0.78), (0.3, 1.04), (0.12, 1.0))
        for aside in (-0.19, 0.19)
    ]
    handle = _solid([to(-0.52, -0.25, 1.02), to(-0.52, 0.25, 1.02)], 0.02, _RUBBER)
    return (*wheels, *frame, _solid(cot, 0.04, cloth), _solid(hood, 0.05, cloth), handle)


def mannequin(at: Spot, facing: Spot, look: Look) -> tuple[Part, ...]:
    """A shop-window figure in these clothes: white plastic where people have skin and hair, on a round foot."""
    dressed = replace(look, skin=_PLASTIC, hair=_PLASTIC, shoes=_PLASTIC, long_hair=False, bag=False)
    figure = parts(Body(at=at, facing=facing, walked_mm=0, pace=0, reach=0, look=dressed))
    to = _Axes(at=at, facing=facing).to
    foot = _solid([to(0.16, 0, 0.02), to(-0.16, 0, 0.02), to(0, 0.16, 0.02), to(0, -0.16, 0.02)], 0.06, _STAND)
    return (foot, *figure)


def _solid(centres: list[Vector], radius: float, colour: Colour) -> Part:
    return Part(centres=tuple(centres), radii=(radius,) * len(centres), colour=colour, gloss=30)
