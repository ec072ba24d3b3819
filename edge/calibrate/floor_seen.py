"""The floor of a calibration in its picture: how far off people would be near and far, and a grid to draw."""

import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from contract.calibration import Reach
from edge.floor import ownership, plane, shapes
from edge.floor.plane import Floor

Array: TypeAlias = NDArray[np.float64]

PLACES: Final = 24  # along each side of the floor that is looked over
MOST_LINES: Final = 24  # of a grid each way
STEPS: Final = 24  # of one of its lines

Line: TypeAlias = tuple[tuple[float, float], ...]


def reaches(floor: Floor, corners: Array, *, polygon: bool) -> tuple[Reach | None, Reach | None]:
    """The nearest and the farthest floor within `corners` [n, 2], a polygon or else the box round them.

    None where the camera sees nothing of it well enough to place anybody.
    """
    places = _places(corners, polygon=polygon)
    person = ownership.error(floor, places)
    seen = np.isfinite(person)
    if not seen.any():
        return None, None
    places, person = places[seen], person[seen]
    unsure = np.sqrt(np.nan_to_num(np.trace(plane.calibration_cov(floor, places), axis1=1, axis2=2)))
    rows = plane.unproject(floor, places)[:, 1]
    near, far = (
        Reach(
            x=round(float(places[at, 0]), 2),
            y=round(float(places[at, 1]), 2),
            calibration_cm=round(100 * float(unsure[at]), 1),
            person_cm=round(100 * math.hypot(person[at], unsure[at]), 1),
        )
        for at in (int(rows.argmax()), int(rows.argmin()))
    )
    return near, far


def grid(floor: Floor, corners: Array) -> tuple[tuple[Line, ...], float]:
    """Lines of the floor round `corners` [n, 2] as they run in the picture, px, and how far apart they are, m."""
    low, high = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    apart = float(max(1, math.ceil(float((high - low).max()) / MOST_LINES)))
    lines: list[Line] = []
    for axis in (0, 1):
        along = np.linspace(low[1 - axis], high[1 - axis], STEPS)
        for at in np.arange(low[axis], high[axis] + apart / 2, apart):
            places = np.column_stack([np.full(STEPS, at), along])
            lines += _runs(floor, places if axis == 0 else places[:, ::-1])
    return tuple(lines), apart


def _places(corners: Array, *, polygon: bool) -> Array:
    low, high = corners.min(axis=0), corners.max(axis=0)
    sides = (np.linspace(a, b, PLACES) for a, b in zip(low, high, strict=True))
    places = np.stack(np.meshgrid(*sides), axis=2).reshape(-1, 2)
    return places[shapes.inside(corners, places)] if polygon else places


def _runs(floor: Floor, places: Array) -> list[Line]:
    """The parts of a row of places that the picture shows."""
    seen, pixels = plane.sees(floor, places), np.round(plane.unproject(floor, places), 1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], seen, [False]]).astype(np.int8)))
    parts = (pixels[first:after].tolist() for first, after in edges.reshape(-1, 2).tolist() if after - first > 1)
    return [tuple((u, v) for u, v in part) for part in parts]
