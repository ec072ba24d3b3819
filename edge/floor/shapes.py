"""Plane figures on the store's floor: what a zone and a line are, and which points lie where."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Point: TypeAlias = tuple[float, float]  # x, y in floor metres
Points: TypeAlias = NDArray[np.float64]  # [n, 2], floor metres

# A polygon smaller than a foot cannot hold a person; it is a slip of the pen or a wrong unit.
SMALLEST_AREA: Final = 0.02  # m²
SHORTEST_LINE: Final = 0.1  # m


class ShapeError(ValueError):
    """A polygon or a line that cannot be used; the message names it and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A named polygon in floor metres; ShapeError when its corners make none."""

    id: str
    corners: tuple[Point, ...]  # in order, either way round; the last joins the first

    def __post_init__(self) -> None:
        _check_polygon(f"zone {self.id!r}", self.corners)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A named line to be crossed, from `a` to `b` in floor metres; ShapeError when it is shorter than 0.1 m.

    On a plan with x to the right and y down, as the contract has it, for somebody who stands at a and looks to b:

              left side (+)
        a ─────────────────────▶ b          from left to right  = "in"
              right side (-)                from right to left  = "out"

    On floor axes with y up the picture is mirrored; swap a and b to turn the directions round.
    """

    id: str
    a: Point
    b: Point

    def __post_init__(self) -> None:
        _check_numbers(f"line {self.id!r}", (self.a, self.b))
        if math.dist(self.a, self.b) < SHORTEST_LINE:
            raise ShapeError(f"line {self.id!r}: its ends are less than {SHORTEST_LINE} m apart")

    @property
    def length(self) -> float:
        """In m."""
        return math.dist(self.a, self.b)

    @property
    def normal(self) -> Point:
        """The direction across it, of length 1: towards its left side."""
        return (self.b[1] - self.a[1]) / self.length, (self.a[0] - self.b[0]) / self.length

    def side(self, point: Point) -> float:
        """The distance of a point to the endless straight line in m: positive on the left, negative on the right."""
        along_x, along_y = self.b[0] - self.a[0], self.b[1] - self.a[1]
        cross = along_x * (point[1] - self.a[1]) - along_y * (point[0] - self.a[0])
        return -cross / self.length

    def along(self, point: Point) -> float:
        """How far along the line, from a on, the foot of the perpendicular of a point is, in m."""
        along_x, along_y = self.b[0] - self.a[0], self.b[1] - self.a[1]
        return ((point[0] - self.a[0]) * along_x + (point[1] - self.a[1]) * along_y) / self.length


def area(corners: Sequence[Point]) -> float:
    """The signed area of a polygon in m²; positive when its corners turn from the x axis to the y axis."""
    following = (*corners[1:], corners[0])
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(corners, following, strict=True)) / 2


def perimeter(corners: Sequence[Point]) -> float:
    """The length of a polygon's border in m."""
    return sum(math.dist(a, b) for a, b in zip(corners, (*corners[1:], corners[0]), strict=True))


def depth(corners: Points, points: Points) -> NDArray[np.float64]:
    """How far each of `points` [n, 2] lies inside the polygon `corners` [k, 2]: metres to its border, [n].

    Negative outside. The border itself is 0.
    """
    following = np.roll(corners, -1, axis=0)
    edges = following - corners
    from_corner = points[:, None, :] - corners[None, :, :]
    along = (from_corner * edges).sum(axis=2) / np.maximum((edges * edges).sum(axis=1), 1e-12)
    nearest = corners + np.clip(along, 0.0, 1.0)[..., None] * edges
    distance = np.hypot(*np.moveaxis(points[:, None, :] - nearest, 2, 0)).min(axis=1)
    signed: NDArray[np.float64] = np.where(_inside(corners, following, points), distance, -distance)
    return signed


def inside(corners: Points, points: Points) -> NDArray[np.bool_]:
    """Which of `points` [n, 2] lie in the polygon `corners` [k, 2] (even-odd rule, half-open borders)."""
    return _inside(corners, np.roll(corners, -1, axis=0), points)


def _inside(corners: Points, following: Points, points: Points) -> NDArray[np.bool_]:
    x, y = points[:, 0, None], points[:, 1, None]
    straddles = (corners[:, 1] > y) != (following[:, 1] > y)
    run, rise = (following - corners).T
    # Multiplied out: sides that rise by next to nothing have no slope that a float can hold.
    beside, above = (x - corners[:, 0]) * rise, (y - corners[:, 1]) * run
    to_the_right = np.where(rise > 0, beside < above, beside > above)
    odd: NDArray[np.bool_] = (straddles & to_the_right).sum(axis=1) % 2 == 1
    return odd


def _check_polygon(name: str, corners: Sequence[Point]) -> None:
    _check_numbers(name, corners)
    if len(corners) < 3:
        raise ShapeError(f"{name}: a polygon needs at least 3 corners, here are {len(corners)}")
    if len(set(corners)) < len(corners):
        raise ShapeError(f"{name}: two of its corners are the same point (the last joins the first by itself)")
    _check_simple(name, corners)
    if abs(area(corners)) < SMALLEST_AREA:
        raise ShapeError(
            f"{name}: its area is {abs(area(corners)):.4f} m², at least {SMALLEST_AREA} m² is needed "
            "(are its corners in metres?)"
        )


def _check_numbers(name: str, points: Sequence[Point]) -> None:
    for x, y in points:
        if not (math.isfinite(x) and math.isfinite(y)):
            raise ShapeError(f"{name}: ({x}, {y}) is no point on a floor")


def _check_simple(name: str, corners: Sequence[Point]) -> None:
    """Refuse a border that meets itself: its inside would depend on who reads it."""
    edges = list(zip(corners, (*corners[1:], corners[0]), strict=True))
    for (i, first), (j, second) in itertools.combinations(enumerate(edges), 2):
        neighbours = j - i == 1 or (i == 0 and j == len(edges) - 1)
        if neighbours:
            if _folds_back(first, second):
                raise ShapeError(f"{name}: the border runs back over itself at corner {j + 1 if i else 1}")
        elif _meet(first, second):
            raise ShapeError(
                f"{name}: the border crosses itself, the side from corner {i + 1} meets the side from "
                f"corner {j + 1}; give the corners in order round the zone"
            )


_Edge: TypeAlias = tuple[Point, Point]


def _turn(o: Point, a: Point, b: Point) -> float:
    """Twice the signed area of the triangle o, a, b."""
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])


def _folds_back(first: _Edge, second: _Edge) -> bool:
    shared = (set(first) & set(second)).pop()
    a, b = (next(p for p in edge if p != shared) for edge in (first, second))
    straight = abs(_turn(shared, a, b)) <= 1e-9
    return straight and (a[0] - shared[0]) * (b[0] - shared[0]) + (a[1] - shared[1]) * (b[1] - shared[1]) > 0


def _meet(first: _Edge, second: _Edge) -> bool:
    """Do two sides have a point in common, an end included?"""
    (a, b), (c, d) = first, second
    to_c, to_d = _turn(a, b, c), _turn(a, b, d)
    to_a, to_b = _turn(c, d, a), _turn(c, d, b)
    if to_c * to_d < 0 and to_a * to_b < 0:
        return True
    return any(
        turn == 0 and _between(edge, point)
        for turn, edge, point in ((to_c, first, c), (to_d, first, d), (to_a, second, a), (to_b, second, b))
    )


def _between(edge: _Edge, point: Point) -> bool:
    """Does a point on the edge's straight line lie within its ends?"""
    (ax, ay), (bx, by) = edge
    return min(ax, bx) <= point[0] <= max(ax, bx) and min(ay, by) <= point[1] <= max(ay, by)
