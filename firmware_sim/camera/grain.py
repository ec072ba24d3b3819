"""A sensor's noise, from a few prepared fields shifted at random."""

from typing import Final

import cv2
import numpy as np

from firmware_sim.camera.brush import Image

_FIELDS: Final = 3
_SHIFTS: Final = 64


class Grain:
    """Noise of `sigma` grey levels for pictures of one size."""

    def __init__(self, width: int, height: int, *, sigma: float, seed: int) -> None:
        chance = np.random.default_rng(seed)
        shape = (height + _SHIFTS, width + _SHIFTS)
        fields = chance.normal(0, sigma, (_FIELDS, *shape)).round().astype(np.int8)
        self._lighter = [cv2.merge([np.maximum(field, 0).astype(np.uint8)] * 3) for field in fields]
        self._darker = [cv2.merge([np.maximum(-field, 0).astype(np.uint8)] * 3) for field in fields]

    def add(self, image: Image, number: int) -> None:
        """The noise of the frame with this number, in place."""
        high, wide = image.shape[:2]
        field, down, across = number % _FIELDS, (number * 37) % _SHIFTS, (number * 53) % _SHIFTS
        window = np.s_[down : down + high, across : across + wide]
        cv2.add(image, self._lighter[field][window], dst=image)
        cv2.subtract(image, self._darker[field][window], dst=image)
