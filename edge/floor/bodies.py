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
    mapped = places @ floor.inverse[:, :2].T + floor.inverse[:, 2] + tall[:, None] * floor.rise
    w = mapped[:, 2:]
    straight = np.divide(mapped[:, :2], w, out=np.full((len(places), 2), np.nan), where=w > 0)
    return plane.bent(floor, straight)


def below_heads(floor: Floor, tops: Array, tall: Array) -> Array:
    """Floor metres [n, 2] under heads at pixels `tops` [n, 2] of people `tall` [n] metres tall.

    NaN where a head of that stature would be at or above the horizon of heads.
    """
    assert floor.rise is not None
    return upright.below_heads(floor.inverse, floor.rise, plane.straight(floor, tops), tall)
