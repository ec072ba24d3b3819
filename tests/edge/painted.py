"""A still as its reader gets it: the picture, and whether a box of it was painted over."""

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


def read(jpeg: bytes) -> Image:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def is_one_colour(image: Image, x1: float, y1: float, x2: float, y2: float) -> bool:
    """Whether all pixels of a box, in shares, carry the very same colour."""
    height, width = image.shape[:2]
    part = image[int(y1 * height) : int(np.ceil(y2 * height)), int(x1 * width) : int(np.ceil(x2 * width))]
    return part.size > 0 and len(np.unique(part.reshape(-1, 3), axis=0)) == 1
