"""Light that changes: sun patches, clouds, the shadows of people outside, a tired tube, a dark evening."""

import math
from typing import Final

import cv2
import numpy as np

from contract.plan import Point
from firmware_sim.camera.brush import Image
from firmware_sim.camera.lens import Floats, polygon_pixels
from firmware_sim.camera.optics import Optics
from firmware_sim.sight.scenario import Light, Shade, Sun
from firmware_sim.town.dice import Dice

_COARSE: Final = 4
"""Light is reckoned on a picture so many times smaller: its edges are soft."""
_ONE: Final = 96
"""The grey level of a light map that leaves a picture as it is."""
_SUN: Final = 0.62
_SHADE: Final = 0.45
_CLOUD_S: Final = (17.0, 41.0, 97.0)
_FLICKER_S: Final = 0.4


class Daylight:
    """The light of one scene in one camera; the same seed gives the same clouds."""

    def __init__(self, light: Light, optics: Optics, seed: int) -> None:
        self._light, self._optics, self._seed = light, optics, seed
        dice = Dice(seed, "clouds")
        self._phases = tuple(dice.whole(0, 999) / 1000 for _ in _CLOUD_S)
        levels = np.arange(256) / 255
        self._dark = np.clip(255 * light.gain * levels**light.gamma, 0, 255).round().astype(np.uint8)
        self._plain = light.gain == 1 and light.gamma == 1
        self._changes = bool(light.sun or light.shades or light.clouds or light.flicker)

    def fall(self, image: Image, at_s: float) -> None:
        """Light a picture for this moment, in place."""
        if self._changes:
            shining = self._shining(at_s)
            full = cv2.resize(self._map(at_s, shining), (self._optics.width, self._optics.height))
            cv2.multiply(image, cv2.cvtColor(np.asarray(full, np.uint8), cv2.COLOR_GRAY2BGR), dst=image, scale=1 / _ONE)
        if not self._plain:
            cv2.LUT(image, self._dark, dst=image)

    def _map(self, at_s: float, shining: float) -> Image:
        high, wide = self._optics.height // _COARSE, self._optics.width // _COARSE
        level = _ONE * (1 - self._light.clouds * (1 - shining)) * self._tube(at_s)
        lit = np.full((high, wide), level, np.float64)
        for sun in self._light.sun:
            lit += _ONE * _SUN * shining * self._soft(self._patch(sun, at_s), 3)
        for number, shade in enumerate(self._light.shades):
            passing = self._passing(shade, at_s + number * 3.7)
            if passing is not None:
                lit *= 1 - _SHADE * self._soft(passing, 5)
        return np.clip(lit, 0, 255).astype(np.uint8)

    def _shining(self, at_s: float) -> float:
        """How much of the sun gets through the clouds, 0–1."""
        waves = (math.sin(math.tau * (at_s / span + phase)) for span, phase in zip(_CLOUD_S, self._phases, strict=True))
        return min(1.0, max(0.0, 0.5 + 0.4 * sum(waves)))

    def _tube(self, at_s: float) -> float:
        """A tired tube: out for some moments."""
        out = Dice(self._seed, "tube", int(at_s / _FLICKER_S)).happens(0.12)
        return 1 - self._light.flicker if out else 1.0

    def _patch(self, sun: Sun, at_s: float) -> Floats:
        # It wanders to and fro, so that an hour does not take it out of the room.
        minutes = 2 * math.sin(at_s / 60 / 2)
        moved = [
            Point(corner.x + sun.drift_m_per_min.x * minutes, corner.y + sun.drift_m_per_min.y * minutes)
            for corner in sun.polygon
        ]
        return np.array([[corner.x, corner.y, 0.0] for corner in moved])

    def _passing(self, shade: Shade, at_s: float) -> Floats | None:
        """The outline on the floor of a long shadow on its way; None while nobody passes."""
        share = at_s % shade.every_s / shade.takes_s
        if share > 1:
            return None
        x = shade.start.x + (shade.end.x - shade.start.x) * share
        y = shade.start.y + (shade.end.y - shade.start.y) * share
        # It lies into the room, away from the opening: legs, trunk and head of somebody outside.
        swing = 0.12 * math.sin(at_s * 5)
        across = ((0.0, 0.1), (0.9, 0.16 + swing), (1.7, 0.42), (2.3, 0.36), (2.4, 0.13), (2.75, 0.13))
        right = [(x + along, y + wide, 0.0) for along, wide in across]
        left = [(x + along, y - wide, 0.0) for along, wide in reversed(across)]
        return np.array([*right, *left])

    def _soft(self, places: Floats, blur: int) -> Floats:
        """Where a piece of floor shows on the coarse picture, 0–1, with a soft edge."""
        mask = np.zeros((self._optics.height // _COARSE, self._optics.width // _COARSE), np.uint8)
        pixels = polygon_pixels(self._optics, places) / _COARSE
        if len(pixels) >= 3:
            cv2.fillPoly(mask, [np.round(np.clip(pixels, -9_000, 9_000)).astype(np.int32)], 255)
            mask = np.asarray(cv2.blur(mask, (blur, blur)), np.uint8)
        return np.asarray(mask / 255, np.float64)
