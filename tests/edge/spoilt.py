"""Pictures of a drawn shop, one a second, and the ways in which they are spoilt."""

import math
from collections.abc import Callable, Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Spoil = Callable[[Image, float], Image]
EVERY_S = 1.0  # between the pictures that are shown
SPOILT_S = 14.0  # of a showing, at which the camera is spoilt
MENDED_S = 27.0
NOISE = np.random.default_rng(5).normal(0, 1, (4, 576, 768, 3)).astype(np.float32)


def noisy(image: NDArray[np.floating] | Image, sigma: float, at: float) -> Image:
    height, width = image.shape[:2]
    grain = NOISE[round(at / EVERY_S) % len(NOISE), :height, :width]
    return np.asarray(cv2.add(np.asarray(image, np.float32), sigma * grain, dtype=cv2.CV_8U), np.uint8)


def warped(right: float = 0, down: float = 0, *, turn: float = 0, scale: float = 1) -> Spoil:
    def spoil(image: Image, _: float) -> Image:
        height, width = image.shape[:2]
        move = cv2.getRotationMatrix2D((width / 2, height / 2), turn, scale)
        move[:, 2] += np.array((right, down))
        return np.asarray(cv2.warpAffine(image, move, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)

    return spoil


def blurred(sigma: float) -> Spoil:
    return lambda image, _: np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)


def lit(share: float) -> Spoil:
    return lambda image, at: noisy(image * np.float32(share), 2, at)


def paper(image: Image, at: float) -> Image:
    return noisy(np.full(image.shape, 180, np.float32), 6, at)


def hand(image: Image, at: float) -> Image:
    """Skin at the lens, far out of focus, that trembles."""
    folds = 40 * np.sin((np.arange(image.shape[1]) + 3 * math.sin(7 * at)) / 60)[None, :, None]
    return noisy(np.broadcast_to(np.array((90, 110, 150)) + folds, image.shape), 5, at)


def upside_down(image: Image, _: float) -> Image:
    return image[::-1, ::-1].copy()


@cache
def drawn() -> Sequence[Image]:
    """Shelves on a tiled floor, and two who walk to and fro."""
    random, scene = np.random.default_rng(3), np.full((480, 640, 3), 175, np.uint8)
    for at in range(0, 640, 40):
        cv2.line(scene, (at, 200), (2 * at - 320, 480), (150, 158, 165), 2)
    for _ in range(120):
        left, top = int(random.integers(0, 620)), int(random.integers(20, 190))
        colour = [int(each) for each in random.integers(40, 220, 3)]
        cv2.rectangle(scene, (left, top), (left + int(random.integers(8, 20)), top + 22), colour, -1)
    pictures = []
    for number in range(46):
        shown = scene.copy()
        for who, pace in enumerate((9, 14)):
            left = int(320 + 280 * math.sin(number * pace / 100 + who))
            cv2.rectangle(shown, (left, 210 + 40 * who), (left + 45, 400 + 40 * who), (60, 50 + 60 * who, 120), -1)
        pictures.append(noisy(shown, 2, number * EVERY_S))
    return pictures
