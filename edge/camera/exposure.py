"""Lifts a dark picture to the brightness of ordinary ones, as the detector learnt from."""

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

# Of 1. The mean of the photographs that it learnt from is .45, by the colours that its own input layer takes away
# (103.5, 116.3 and 123.7 of 255); single ones differ from that by a tenth. What is brighter stays as it is.
ORDINARY: Final = 0.35
# The strongest lift: below it there is more noise of the sensor to be lifted than picture.
STEEPEST: Final = 0.3
LEVELS: Final = np.arange(256) / 255


def exponent(brightness: float) -> float:
    """The gamma that takes a mean of 0-1 to an ordinary one; 1 for what is as bright, as dark ones only are lifted."""
    if brightness >= ORDINARY:
        return 1.0
    return max(STEEPEST, math.log(ORDINARY) / math.log(max(brightness, 1e-3)))


def lift(picture: NDArray[np.uint8]) -> None:
    """Lift a BGR picture [H, W, 3] in place if it is dark; power law (Gonzalez and Woods, section 3.2)."""
    gamma = exponent(sum(cv2.mean(picture)[:3]) / 3 / 255)
    if gamma < 1.0:
        cv2.LUT(picture, np.rint(255 * LEVELS**gamma).astype(np.uint8), dst=picture)
