"""A screen on a wall: posters that change, and between them somebody who walks across."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from firmware_sim.camera import prints
from firmware_sim.camera.brush import Image
from firmware_sim.camera.faces import Cover, Face, hang, shape_of
from firmware_sim.camera.optics import Optics
from firmware_sim.camera.scenery import coarser, finer

_POSTERS: Final = 3
_WALK_FRAMES: Final = 24
_WALK_FRAME_S: Final = 0.15
_STRIDE_MM: Final = 170


@dataclass(frozen=True, slots=True, kw_only=True)
class _Still:
    """What the screen shows for a while, as the camera sees it; only the window round the screen."""

    picture: Image
    seconds: float


class Screen:
    """One screen in one camera's pictures; `before` is what can stand between them."""

    def __init__(self, face: Face, optics: Optics, hold_s: float, before: tuple[Cover, ...], name: str) -> None:
        shape = shape_of(optics, face)
        mask = np.zeros((optics.height, optics.width), np.uint8) if shape is None else shape
        for cover in before:
            mask[cover.mask > 0] = 0
        left, top, wide, high = cv2.boundingRect(mask)
        self._window = np.s_[top : top + high, left : left + wide]
        self._mask = np.ascontiguousarray(mask[self._window])
        size = float(np.linalg.norm(face.u)), float(np.linalg.norm(face.v))
        shown = [(texture, seconds) for texture, seconds in _programme(name, *size, hold_s)]
        self._stills = tuple(
            _Still(picture=self._seen(face, texture, optics), seconds=seconds) for texture, seconds in shown
        )

    def show(self, image: Image, at_s: float) -> None:
        """What the screen shows at this time, in place."""
        left = at_s % sum(still.seconds for still in self._stills)
        for still in self._stills:
            if left < still.seconds:
                cv2.copyTo(still.picture, self._mask, image[self._window])
                return
            left -= still.seconds

    def _seen(self, face: Face, texture: Image, optics: Optics) -> Image:
        fine = finer(optics)
        canvas = np.zeros((fine.height, fine.width, 3), np.uint8)
        hang(canvas, fine, Face(origin=face.origin, u=face.u, v=face.v, texture=texture, light=1.12))
        return np.ascontiguousarray(coarser(canvas, optics)[self._window])


def _programme(name: str, width_m: float, height_m: float, hold_s: float) -> list[tuple[Image, float]]:
    shown: list[tuple[Image, float]] = []
    for number in range(_POSTERS):
        people = 1 if number % 2 == 0 else 2
        shown.append((prints.poster(f"{name}/{number}", width_m, height_m, people), hold_s))
    for step in range(_WALK_FRAMES):
        walked = step * _STRIDE_MM
        aside = -width_m * 0.7 + walked / 1000 * 0.5
        shown.append((prints.walking(f"{name}/walk", width_m, height_m, aside=aside, walked_mm=walked), _WALK_FRAME_S))
    return shown
