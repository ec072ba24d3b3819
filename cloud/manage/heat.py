"""The floor's grid: how wide its cells are, how far a place is smeared, and the rungs on which colours end."""

import math
from collections.abc import Sequence

from contract.plan import Point

CELL_M = 0.25
"""The grid that pages draw; a report on a coarser or finer grid is spread over it."""
SIGMA_M = 0.25
"""Width of the smoothing kernel: about how well a camera places a person's feet on the floor."""
UNSEEN = 255
"""In a grid of bytes: nothing measured there."""

_LADDER = (1.0, 2.0, 4.0, 10.0)


def rung(wanted: float) -> float:
    """The least of 1, 2, 4 × a power of ten that reaches `wanted`; 1 at least."""
    if wanted <= _LADDER[0]:
        return _LADDER[0]
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(power * step for step in _LADDER if power * step >= wanted * (1 - 1e-9))


def inside(point: Point, polygon: Sequence[Point]) -> bool:
    """Whether a point lies in a polygon, by the parity of the edges to its right; on an edge either may be said."""
    odd = False
    for a, b in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (a.y > point.y) != (b.y > point.y) and point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x:
            odd = not odd
    return odd
