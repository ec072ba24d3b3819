"""Polygons and lines on the floor: what is wrong with their shape, and how much of one lies in another. Metres."""

import math
from collections.abc import Sequence

from contract.plan import Point

NEAR_M = 0.001
"""Closer than a millimetre is the same place."""
_SAMPLES = 24


def area_m2(polygon: Sequence[Point]) -> float:
    """The area of a polygon that does not cross itself (Gauss's formula), whichever way round it goes."""
    corners = zip(polygon, (*polygon[1:], polygon[0]), strict=True)
    return abs(sum(a.x * b.y - b.x * a.y for a, b in corners)) / 2


def middle(points: Sequence[Point]) -> Point:
    """The mean of the corners."""
    return Point(sum(p.x for p in points) / len(points), sum(p.y for p in points) / len(points))


def twin_corner(polygon: Sequence[Point]) -> int | None:
    """The first corner that lies where the next one does, or None."""
    following = (*polygon[1:], polygon[0])
    pairs = enumerate(zip(polygon, following, strict=True))
    return next((place for place, (a, b) in pairs if math.dist((a.x, a.y), (b.x, b.y)) < NEAR_M), None)


def crossed_edges(polygon: Sequence[Point]) -> tuple[int, int] | None:
    """The first two sides, by the number of the corner where each begins, that meet beside their common corner."""
    count = len(polygon)
    for one in range(count):
        for other in range(one + 1, count):
            if _meet(polygon, one, other):
                return one, other
    return None


def _meet(polygon: Sequence[Point], one: int, other: int) -> bool:
    """Whether two sides of a polygon meet; neighbours do so where one folds back along the other."""
    count = len(polygon)
    a, b = polygon[one], polygon[(one + 1) % count]
    c, d = polygon[other], polygon[(other + 1) % count]
    if (one + 1) % count == other:
        return _folds(a, b, d)
    if (other + 1) % count == one:
        return _folds(c, d, b)
    return _touch(a, b, c, d)


def _folds(start: Point, corner: Point, end: Point) -> bool:
    """Whether the way start → corner → end goes back along itself."""
    back = (start.x - corner.x) * (end.x - corner.x) + (start.y - corner.y) * (end.y - corner.y)
    return back > 0 and _side(start, corner, end) == 0


def _side(a: Point, b: Point, c: Point) -> int:
    """On which side of a → b the point c lies: 1, -1, or 0 on the line (within a micrometre of it)."""
    turn = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
    return 0 if abs(turn) <= 1e-6 * max(math.dist((a.x, a.y), (b.x, b.y)), NEAR_M) else (1 if turn > 0 else -1)


def _touch(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two segments have a point in common."""
    sides = _side(a, b, c), _side(a, b, d), _side(c, d, a), _side(c, d, b)
    if sides[0] != sides[1] and sides[2] != sides[3]:
        return True
    pairs = ((sides[0], a, b, c), (sides[1], a, b, d), (sides[2], c, d, a), (sides[3], c, d, b))
    return any(side == 0 and _between(start, end, point) for side, start, end, point in pairs)


def _between(start: Point, end: Point, point: Point) -> bool:
    return (
        min(start.x, end.x) - NEAR_M <= point.x <= max(start.x, end.x) + NEAR_M
        and min(start.y, end.y) - NEAR_M <= point.y <= max(start.y, end.y) + NEAR_M
    )


def contains(polygon: Sequence[Point], point: Point) -> bool:
    """Whether a point lies in a polygon (even-odd rule); its border belongs to it."""
    within = False
    for a, b in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if _side(a, b, point) == 0 and _between(a, b, point):
            return True
        if (a.y > point.y) != (b.y > point.y):
            within ^= point.x < a.x + (point.y - a.y) * (b.x - a.x) / (b.y - a.y)
    return within


def away_m(polygon: Sequence[Point], point: Point) -> float:
    """How far a point is from a polygon; 0 in it."""
    if contains(polygon, point):
        return 0.0
    return min(_away(a, b, point) for a, b in zip(polygon, (*polygon[1:], polygon[0]), strict=True))


def _away(a: Point, b: Point, point: Point) -> float:
    long = (b.x - a.x) ** 2 + (b.y - a.y) ** 2
    along = ((point.x - a.x) * (b.x - a.x) + (point.y - a.y) * (b.y - a.y)) / long if long else 0.0
    held = min(1.0, max(0.0, along))
    return math.dist((point.x, point.y), (a.x + held * (b.x - a.x), a.y + held * (b.y - a.y)))


def apart(polygon: Sequence[Point], other: Sequence[Point]) -> bool:
    """Whether the boxes around two polygons have no area in common."""
    return (
        max(p.x for p in polygon) <= min(p.x for p in other)
        or min(p.x for p in polygon) >= max(p.x for p in other)
        or max(p.y for p in polygon) <= min(p.y for p in other)
        or min(p.y for p in polygon) >= max(p.y for p in other)
    )


def shares(polygon: Sequence[Point], other: Sequence[Point]) -> tuple[float, float]:
    """The share of `polygon`'s area in `other`, and its area in m² there: by 24 × 24 samples, so within a few percent.

    0 where the two are apart; exactly 1 only where every sample is in `other`.
    """
    if apart(polygon, other):
        return 0.0, 0.0
    left, right = min(p.x for p in polygon), max(p.x for p in polygon)
    top, bottom = min(p.y for p in polygon), max(p.y for p in polygon)
    own = both = 0
    for row in range(_SAMPLES):
        for column in range(_SAMPLES):
            x = left + (column + 0.5) * (right - left) / _SAMPLES
            point = Point(x, top + (row + 0.5) * (bottom - top) / _SAMPLES)
            if contains(polygon, point):
                own += 1
                both += contains(other, point)
    cell = (right - left) * (bottom - top) / _SAMPLES**2
    return (both / own if own else 0.0), both * cell
