"""Plane geometry on the store's floor, exact in whole millimetres."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from contract.plan import Point


class Spot(NamedTuple):
    """A place on the floor, in whole millimetres."""

    x: int
    y: int


Outline = tuple[Spot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """An upright rectangle of floor, mm, its edges included."""

    left: int
    top: int
    right: int
    bottom: int

    def has(self, at: Spot) -> bool:
        """Whether a spot lies in it."""
        return self.left <= at.x <= self.right and self.top <= at.y <= self.bottom


def box_around(shape: Outline, grow: int) -> Box:
    """The smallest box that holds a polygon, `grow` mm larger on each side."""
    xs, ys = [p.x for p in shape], [p.y for p in shape]
    return Box(left=min(xs) - grow, top=min(ys) - grow, right=max(xs) + grow, bottom=max(ys) + grow)


def spot(point: Point) -> Spot:
    """A point of the plan, to the millimetre."""
    return Spot(round(point.x * 1000), round(point.y * 1000))


def outline(polygon: Sequence[Point]) -> Outline:
    """A polygon of the plan, to the millimetre."""
    return tuple(spot(point) for point in polygon)


def inside(shape: Outline, at: Spot) -> bool:
    """Whether a spot lies in a polygon (even-odd rule; an upper or left edge belongs to it, a lower or right not)."""
    odd = False
    for a, b in zip(shape, shape[1:] + shape[:1], strict=True):
        if (a.y > at.y) != (b.y > at.y):
            lower, upper = (a, b) if a.y < b.y else (b, a)
            # at.x < the edge's x at this y, without a division.
            if (at.x - lower.x) * (upper.y - lower.y) < (upper.x - lower.x) * (at.y - lower.y):
                odd = not odd
    return odd


def side(a: Spot, b: Spot, at: Spot) -> int:
    """Above 0 where `at` lies to the right of a→b as drawn on the plan (y runs down), below 0 to its left."""
    return (b.x - a.x) * (at.y - a.y) - (b.y - a.y) * (at.x - a.x)


def cross(a: Spot, b: Spot, c: Spot, d: Spot) -> bool:
    """Whether the segments a-b and c-d properly cross or touch from one side to the other."""
    return (side(a, b, c) > 0) != (side(a, b, d) > 0) and (side(c, d, a) > 0) != (side(c, d, b) > 0)


def meets(shape: Outline, a: Spot, b: Spot) -> bool:
    """Whether the segment a-b enters a polygon."""
    edges = zip(shape, shape[1:] + shape[:1], strict=True)
    return inside(shape, a) or inside(shape, b) or any(cross(a, b, c, d) for c, d in edges)


def distance2(a: Spot, b: Spot) -> int:
    """The squared distance of two spots, mm²."""
    return (a.x - b.x) ** 2 + (a.y - b.y) ** 2
