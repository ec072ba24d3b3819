"""Many places through one camera at once, in numpy."""

import numpy as np
from numpy.typing import NDArray

from firmware_sim.camera.optics import NEAREST, Optics

Floats = NDArray[np.float64]


def rows(optics: Optics) -> Floats:
    """R, 3×3: the sensor's right, down and ahead in the store's axes."""
    return np.array([optics.right, optics.down, optics.ahead])


def to_camera(optics: Optics, places: Floats) -> Floats:
    """Places (…, 3) in the store's metres as metres to the right, down and ahead of the lens (…, 3)."""
    seen: Floats = (places - np.array(optics.eye)) @ rows(optics).T
    return seen


def to_pixels(optics: Optics, seen: Floats) -> Floats:
    """Camera metres (…, 3) as pixels (…, 2); `ahead` must be at least NEAREST."""
    pixels: Floats = seen[..., :2] * (optics.focal / seen[..., 2:3]) + np.array([optics.width / 2, optics.height / 2])
    return pixels


def clipped(seen: Floats) -> Floats:
    """The part of a polygon (n, 3) in camera metres that lies ahead of the lens; may be empty."""
    if float(seen[:, 2].min()) >= NEAREST:
        return seen
    kept: list[Floats] = []
    for a, b in zip(seen, np.roll(seen, -1, axis=0), strict=True):
        if a[2] >= NEAREST:
            kept.append(a)
        if (a[2] >= NEAREST) != (b[2] >= NEAREST):
            kept.append(a + (b - a) * ((NEAREST - a[2]) / (b[2] - a[2])))
    return np.array(kept).reshape(-1, 3)


def polygon_pixels(optics: Optics, places: Floats) -> Floats:
    """A polygon of the store (n, 3) as pixels (m, 2), clipped to what is ahead of the lens."""
    seen = clipped(to_camera(optics, places))
    return to_pixels(optics, seen) if len(seen) else np.zeros((0, 2))


def plane_to_pixels(optics: Optics, origin: Floats, u_axis: Floats, v_axis: Floats) -> Floats:
    """The homography (3×3) from a plane's coordinates (u, v), metres along its axes from its origin, to pixels."""
    lens = np.array([[optics.focal, 0.0, optics.width / 2], [0.0, optics.focal, optics.height / 2], [0.0, 0.0, 1.0]])
    turn = rows(optics)
    homography: Floats = lens @ np.column_stack([turn @ u_axis, turn @ v_axis, turn @ (origin - np.array(optics.eye))])
    return homography
