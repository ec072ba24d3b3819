"""Where a picture shows people who stand at known places, and who hides whom from it."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.floor import bodies, plane
from edge.floor.plane import Floor
from edge.tracking import feet as footing
from edge.tracking.people import People

Array: TypeAlias = NDArray[np.float64]


def expected(people: People, floor: Floor) -> Array:
    """The boxes [n, 4] in pixels that a detector would draw round people by place, stature and width.

    Not clipped to the picture. NaN for somebody behind the camera, and when the floor does not know its upright.
    """
    if floor.rise is None:
        return np.full((len(people), 4), np.nan)
    places = people.bodies.mean[:, :2]
    feet = plane.unproject(floor, places)
    heads = bodies.heads(floor, places, people.tall)
    top = heads[:, 1]
    bottom = footing.shown_bottoms(places, top, floor)
    middle, half = (feet[:, 0] + heads[:, 0]) / 2, people.slim * (bottom - top) / 2
    boxes = np.array((middle - half, top, middle + half, bottom)).T
    boxes[np.isnan(feet[:, 0])] = np.nan
    return boxes


def overlaps(boxes: Array) -> Array:
    """The share of each box that each other one covers, [n, n]: row i, of box i; 0 on the diagonal and for NaN."""
    x1, y1, x2, y2 = boxes.T
    wide = np.minimum(x2[:, None], x2) - np.maximum(x1[:, None], x1)
    high = np.minimum(y2[:, None], y2) - np.maximum(y1[:, None], y1)
    shared = np.maximum(wide, 0) * np.maximum(high, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares: Array = shared / ((x2 - x1) * (y2 - y1))[:, None]
    shares[np.isnan(shares)] = 0.0
    np.fill_diagonal(shares, 0.0)
    return shares


def visible(boxes: Array, shares: Array) -> Array:
    """The share [n] of each of `boxes` [n, 4] that no nearer one hides, by their `overlaps`.

    The nearer of two people who stand on one floor ends lower in the picture. Overlaps of several who hide the
    same person are taken to be independent.
    """
    bottom = boxes[:, 3]
    seen: Array = (1 - shares * (bottom[:, None] < bottom)).prod(axis=1)
    return seen
