"""Which way is up: what a metre above a camera's floor is in its picture."""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

# Focal lengths of real cameras in units of the picture's width: 127 degrees to 9 degrees wide.
SHORTEST_FOCUS: Final = 0.25
LONGEST_FOCUS: Final = 6.0
# A homography's camera must agree this well on the length of a metre in all directions of the floor.
SQUARENESS: Final = 1.35


def rise(inverse: Array, *, width: int, height: int) -> Array | None:
    """What a metre straight up adds to `inverse` @ (x, y, 1), for square pixels and a centred optical axis.

    `inverse` [3, 3] takes floor metres to pixels. Its columns are K r1, K r2, K t; the focal length follows
    from r1 and r2 being orthogonal and of one length, and r3 is their cross product (Z. Zhang, "A flexible
    new technique for camera calibration", PAMI 22, 2000, section 3.1). None when no real camera fits.
    """
    centre = np.array([[1.0, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    first, second = (centre @ inverse)[:, 0], (centre @ inverse)[:, 1]
    focus = _focus(first, second)
    if focus is None or not SHORTEST_FOCUS <= focus / width <= LONGEST_FOCUS:
        return None
    lens = np.diag([focus, focus, 1.0])
    x_axis, y_axis = np.linalg.solve(lens, first), np.linalg.solve(lens, second)
    longest, shortest = np.linalg.svd(np.column_stack([x_axis, y_axis]), compute_uv=False)
    if longest > SQUARENESS * shortest:
        return None
    upwards = np.linalg.solve(centre, lens @ np.cross(x_axis, y_axis)) / np.sqrt(longest * shortest)
    # On the optical axis a head is above its feet however far the camera looks down; below the point under a
    # steep camera it is not, so the bottom edge would not do.
    signed: Array = upwards if upwards[1] < height / 2 * upwards[2] else -upwards
    return signed


def _focus(first: Array, second: Array) -> float | None:
    """The focal length in pixels at which two columns of a homography are orthogonal and of one length.

    Where they cannot be both, least squares; the product counts twice, which makes it the same for all axes of a floor.
    """
    flat_first, flat_second = first[:2], second[:2]
    factors = np.array([2 * flat_first @ flat_second, flat_first @ flat_first - flat_second @ flat_second])
    wanted = -np.array([2 * first[2] * second[2], first[2] ** 2 - second[2] ** 2])
    weight = float(factors @ factors)
    inverse_square = float(factors @ wanted) / weight if weight > 0 else 0.0
    return float(inverse_square**-0.5) if inverse_square > 0 else None
