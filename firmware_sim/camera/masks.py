"""The masks that an operator would draw over what is not the shop: mirrors, posters, screens, figures that stand."""

from typing import Final

import cv2
import numpy as np

from contract.plan import Mask, Pixel
from firmware_sim.camera.lens import Floats, polygon_pixels
from firmware_sim.camera.optics import Optics
from firmware_sim.sight.scenario import Pane, Scenario

_AROUND_M: Final = 0.45
"""How far round the feet of a figure nobody is looked for."""
_ABOVE_M: Final = 0.1
_BESIDE_M: Final = 0.15
"""How much larger than a pane its mask is, so that a box that is a little too large is masked too."""
_SMALLEST_PX: Final = 4.0


def masks_of(scenario: Scenario, optics: Optics) -> tuple[Mask, ...]:
    """A mask for each thing in a picture; a pane's reaches down to the foot of its wall, where nobody stands."""
    panes = (*scenario.mirrors, *scenario.screens, *scenario.posters)
    shapes = [_wall_of(pane) for pane in panes]
    shapes += [_feet_at(one.at.x, one.at.y) for one in scenario.mannequins]
    shapes += [_feet_at((one.left.x + one.right.x) / 2, (one.left.y + one.right.y) / 2) for one in scenario.standees]
    return tuple(mask for shape in shapes if (mask := _mask(optics, shape)))


def _wall_of(pane: Pane) -> Floats:
    a, b = np.array([pane.left.x, pane.left.y]), np.array([pane.right.x, pane.right.y])
    rim = (b - a) / np.linalg.norm(b - a) * _BESIDE_M
    a, b, high = a - rim, b + rim, pane.high_m + _ABOVE_M
    return np.array([[*a, high], [*b, high], [*b, 0.0], [*a, 0.0]])


def _feet_at(x: float, y: float) -> Floats:
    reach = _AROUND_M
    corners = ((-reach, -reach), (reach, -reach), (reach, reach), (-reach, reach))
    return np.array([[x + across, y + along, 0.0] for across, along in corners])


def _mask(optics: Optics, shape: Floats) -> Mask:
    """The part of a shape of the store that lies in the picture; empty where there is none."""
    pixels = polygon_pixels(optics, shape)
    if len(pixels) < 3:
        return ()
    wide, high = float(optics.width), float(optics.height)
    picture = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    area, part = cv2.intersectConvexConvex(cv2.convexHull(pixels.astype(np.float32)), picture)
    if area < _SMALLEST_PX or part is None:
        return ()
    inside = np.clip(part.reshape(-1, 2), 0, (wide, high)).round(1).tolist()
    return tuple(Pixel(u, v) for u, v in inside)
