"""Rain on the pane that a camera looks through: drops that bend the light, and the street's lights mirrored in it."""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from firmware_sim.camera.brush import Image
from firmware_sim.sight.scenario import Rain
from firmware_sim.town.dice import Dice

_COARSE: Final = 4
_LAMPS: Final = ((110, 190, 255), (90, 90, 255), (255, 236, 220), (120, 230, 190))
"""Headlights, tail lights, a shop sign, traffic lights; BGR."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drop:
    """A drop on the pane: where it is at the start, how large, and how fast it runs down (px/s)."""

    x: int
    y: int
    radius: int
    speed: float


class Wet:
    """A wet pane before one camera."""

    def __init__(self, rain: Rain, width: int, height: int, seed: int) -> None:
        dice = Dice(seed, "rain")
        self._drops = tuple(
            _Drop(
                x=dice.whole(0, width),
                y=dice.whole(0, height),
                radius=dice.weighted(((2, 5), (3, 5), (5, 3), (8, 1))),
                speed=dice.weighted(((0.0, 7), (8.0, 2), (140.0, 1))),
            )
            for _ in range(rain.drops)
        )
        self._lamps = tuple(
            (dice.whole(0, 999) / 1000, dice.whole(12, 40) / 100, dice.whole(5, 13)) for _ in range(rain.reflections)
        )

    def cover(self, image: Image, at_s: float) -> None:
        """What the pane does to a picture at this moment, in place."""
        cv2.convertScaleAbs(cv2.blur(image, (2, 2)), dst=image, alpha=0.86, beta=20)
        if self._lamps:
            cv2.add(image, self._street(image.shape[1], image.shape[0], at_s), dst=image)
        behind = image.copy()
        for drop in self._drops:
            self._bend(image, behind, drop, at_s)

    def _street(self, width: int, height: int, at_s: float) -> Image:
        """Blurred lights that pass by outside, mirrored in the pane."""
        small = np.zeros((height // _COARSE, width // _COARSE, 3), np.uint8)
        for number, (phase, up, takes_s) in enumerate(self._lamps):
            share = (at_s / takes_s + phase) % 1.6
            x = share if number % 2 else 1 - share
            at = round(x * small.shape[1]), round(up * small.shape[0])
            for beside in (-6, 6):  # lamps come in pairs
                cv2.ellipse(small, (at[0] + beside, at[1]), (3, 3), 0, 0, 360, _LAMPS[number % len(_LAMPS)], -1)
        soft = cv2.convertScaleAbs(cv2.GaussianBlur(small, (0, 0), 2), alpha=0.75)
        return np.asarray(cv2.resize(soft, (width, height)), np.uint8)

    def _bend(self, image: Image, behind: Image, drop: _Drop, at_s: float) -> None:
        """A drop shows what is round it upside down, darker at its upper edge."""
        high, wide = image.shape[:2]
        r = drop.radius
        y = round(drop.y + drop.speed * at_s) % (high + 2 * r) - r
        x = drop.x + round(2 * math.sin(y / 17)) if drop.speed else drop.x
        if not (3 * r <= x < wide - 3 * r and 3 * r <= y < high - 3 * r):
            return
        around = behind[y - 3 * r : y + 3 * r, x - 3 * r : x + 3 * r]
        small = cv2.flip(cv2.resize(around, (2 * r, 2 * r), interpolation=cv2.INTER_AREA), 0)
        mask = np.zeros((2 * r, 2 * r), np.uint8)
        cv2.circle(mask, (r, r), r - 1, 255, -1)
        cv2.copyTo(small, mask, image[y - r : y + r, x - r : x + r])
        if r > 2:
            cv2.ellipse(image, (x, y), (r, r), 0, 200, 340, (70, 74, 78), 1, cv2.LINE_AA)
            cv2.circle(image, (x - r // 3, y - r // 3), 1, (250, 250, 250), -1)
