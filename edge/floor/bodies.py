"""People who stand on a camera's floor, in the pixels of its picture, whatever its lens.

Every call needs a floor that knows its upright (`Floor.rise`).
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.floor import plane, upright
from edge.floor.plane import Floor

Array: TypeAlias = NDArray[np.float64]


def statures(floor: Floor, places: Array, tops: Array) -> Array:
    """How tall, in metres [n], what stands at floor `places` [n, 2] is when its top shows at pixels `tops` [n, 2]."""
    assert floor.rise is not None
    return upright.stature(floor.inverse, floor.rise, places, plane.straight(floor, tops)[:, 1])


def heads(floor: Floor, places: Array, tall: Array) -> Array:
    """The pixels [n, 2] of the heads of people `tall` [n] metres tall at floor `places` [n, 2].

    NaN behind the camera.
    """
    assert floor.rise is not None
    return plane.shown(floor, plane.mapped(floor.inverse, places) + floor.rise[:, None] * tall)


def heads_above(floor: Floor, bottoms: Array, tops: Array, tallest: float) -> Array:
    """The pixels [n, 2] of the heads of people who stand at pixels `bottoms` [n, 2] and reach up to pixels `tops`.

    Nobody is taken to be taller than `tallest` metres, or less than 0. NaN at or above the horizon.
    """
    assert floor.rise is not None
    across, ahead, up = floor.rise.tolist()
    u, v = plane.straight(floor, bottoms).T
    top = plane.straight(floor, tops)[:, 1]
    matrix_u, matrix_v, matrix_1 = floor.matrix[2].tolist()
    # `inverse` takes the place under a pixel (u, v) to (u, v, 1) over this w: everything below is times w.
    w = matrix_u * u + matrix_v * v + matrix_1
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = (top - v) / (ahead - top * up)
    lift = np.minimum(np.maximum(lift, 0.0), tallest * np.where(w > 0, w, np.nan))
    return plane.shown(floor, np.array((u + across * lift, v + ahead * lift, 1 + up * lift)))


def below_heads(floor: Floor, tops: Array, tall: Array) -> Array:
    """Floor metres [n, 2] under heads at pixels `tops` [n, 2] of people `tall` [n] metres tall.

    NaN where a head of that stature would be at or above the horizon of heads.
    """
    assert floor.rise is not None
    return upright.below_heads(floor.inverse, floor.rise, plane.straight(floor, tops), tall)
