"""How sharp a picture's edges are, part by part: what defocus and dirt take from a lens, whatever the light."""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

ROWS: Final = 72  # of the picture that are looked at
PARTS: Final = 6  # across; 4 down
DOWN: Final = 4
REACH: Final = 96  # an edge is looked for over the picture's width divided by this
EDGE: Final = 20.0  # levels over that reach: noise is less
ENOUGH: Final = 24  # such places in a part that can be judged


def sharpness(image: NDArray[np.uint8]) -> Array:
    """Of each part of a BGR picture [H, W, 3], how steep its edges are, [DOWN * PARTS]; NaN where there are too few.

    The energy of differences between neighbours over that of differences over a wider reach, at the places where
    the wider one is an edge: 1 / reach for a step one pixel wide, less and less the more pixels it takes.
    """
    rows = image[:: max(1, image.shape[0] // ROWS), :, 1].astype(np.int16)
    height, width = rows.shape
    reach = max(4, round(width / REACH))
    if height < DOWN or width < 2 * reach * PARTS:
        return np.full(DOWN * PARTS, np.nan)
    wide = (rows[:, reach:] - rows[:, :-reach]).astype(np.int32) ** 2
    half = reach // 2
    near = (rows[:, half + 1 : half + 1 + wide.shape[1]] - rows[:, half : half + wide.shape[1]]).astype(np.int32) ** 2
    edge = wide >= EDGE**2
    fine, coarse, places = (_by_part(np.where(edge, each, 0)) for each in (near, wide, 1))
    return np.where(places >= ENOUGH, fine / np.maximum(coarse, 1.0), np.nan)


def _by_part(values: NDArray[np.int32]) -> Array:
    rows = np.linspace(0, values.shape[0], DOWN + 1).astype(int)[:-1]
    columns = np.linspace(0, values.shape[1], PARTS + 1).astype(int)[:-1]
    sums: Array = np.add.reduceat(np.add.reduceat(values, rows, axis=0), columns, axis=1).ravel().astype(np.float64)
    return sums
