"""Flat pictures that the store is papered with: floor, wall, goods; each the same for the same seed."""

import functools
import zlib
from typing import Final

import cv2
import numpy as np

from firmware_sim.camera.brush import Image

PER_METRE: Final = 120
"""Texture pixels per metre; at the nearest floor a camera shows about 190 px a metre."""

_GOODS: Final = (
    (74, 122, 60), (66, 93, 190), (40, 150, 214), (150, 98, 62),
    (188, 196, 206), (52, 60, 138), (120, 160, 96), (92, 84, 76),
)  # fmt: skip
"""Packaging colours, BGR."""


def dice(name: str) -> np.random.Generator:
    """A generator of its own for a named surface."""
    return np.random.default_rng(zlib.crc32(name.encode()))


@functools.lru_cache(maxsize=2)
def tiles(width_m: float, depth_m: float) -> Image:
    """A floor of pale stone tiles, 0.6 m wide, with joints and a little unevenness; not to be drawn on."""
    chance = dice("floor")
    high, wide = int(depth_m * PER_METRE), int(width_m * PER_METRE)
    step = int(0.6 * PER_METRE)
    tone = chance.normal(0, 3.0, (high // step + 1, wide // step + 1)).astype(np.float32)
    slabs = np.kron(tone, np.ones((step, step), np.float32))[:high, :wide]
    cloud = cv2.resize(
        chance.normal(0, 4.0, (high // 30 + 2, wide // 30 + 2)), (wide, high), interpolation=cv2.INTER_CUBIC
    )
    grain = chance.normal(0, 2.0, (high, wide))
    grey = slabs + cloud + grain
    picture = np.clip(np.array([182.0, 190.0, 196.0]) + grey[..., None], 0, 255).astype(np.uint8)
    for at in range(0, wide, step):
        cv2.line(picture, (at, 0), (at, high), (152, 160, 166), 2)
    for at in range(0, high, step):
        cv2.line(picture, (0, at), (wide, at), (152, 160, 166), 2)
    picture.flags.writeable = False  # whoever asks again gets the same one
    return picture


def plaster(name: str, width_m: float, height_m: float) -> Image:
    """A painted wall, darker towards its top, with a skirting board."""
    high, wide = max(2, int(height_m * PER_METRE)), max(2, int(width_m * PER_METRE))
    fall = np.linspace(-16, 8, high)[:, None]
    grain = dice(name).normal(0, 1.5, (high, wide))
    picture = np.clip(np.array([196.0, 206.0, 210.0]) + (fall + grain)[..., None], 0, 255).astype(np.uint8)
    board = max(1, int(0.1 * PER_METRE))
    picture[-board:] = (104, 112, 118)
    return picture


def goods(name: str, width_m: float, height_m: float) -> Image:
    """The front of a shelf: boards with rows of boxes and jars on them."""
    chance = dice(name)
    high, wide = max(8, int(height_m * PER_METRE)), max(8, int(width_m * PER_METRE))
    picture = np.full((high, wide, 3), (70, 78, 84), np.uint8)
    levels = max(2, round(height_m / 0.38))
    row = high // levels
    for level in range(levels):
        bottom = high - level * row - 4
        _stock(picture, chance, bottom, row)
        cv2.rectangle(picture, (0, bottom), (wide, bottom + 4), (206, 212, 214), -1)
    return picture


def _stock(picture: Image, chance: np.random.Generator, bottom: int, row: int) -> None:
    """One board's goods: runs of the same packaging side by side."""
    wide, at = picture.shape[1], 2
    while at < wide - 4:
        colour = np.array(_GOODS[chance.integers(len(_GOODS))]) + chance.integers(-14, 15, 3)
        size, tall = int(chance.integers(10, 20)), int(row * chance.uniform(0.55, 0.85))
        for _ in range(int(chance.integers(3, 8))):
            right = min(at + size, wide - 2)
            if right - at < 4:
                break
            lit = tuple(int(c) for c in np.clip(colour + chance.integers(-6, 7), 0, 255))
            cv2.rectangle(picture, (at, bottom - tall), (right - 1, bottom), lit, -1)
            label = tuple(int(c) for c in np.clip(colour + 60, 0, 255))
            cv2.rectangle(picture, (at + 2, bottom - tall // 2), (right - 3, bottom - tall // 4), label, -1)
            at = right + 1
        at += 3


def board(name: str, width_m: float, depth_m: float) -> Image:
    """The top of a shelf: wood, with a few trays on it."""
    chance = dice(name)
    high, wide = max(4, int(depth_m * PER_METRE)), max(4, int(width_m * PER_METRE))
    grain = cv2.resize(chance.normal(0, 7, (high, max(2, wide // 24))), (wide, high))
    return np.clip(np.array([150.0, 178.0, 200.0]) + grain[..., None], 0, 255).astype(np.uint8)


def street(name: str, width_m: float, height_m: float) -> Image:
    """A wet street behind a window: grey sky, houses with lit windows, asphalt."""
    chance = dice(name)
    high, wide = max(8, int(height_m * PER_METRE)), max(8, int(width_m * PER_METRE))
    picture = np.empty((high, wide, 3), np.uint8)
    picture[:] = np.linspace((196, 186, 176), (150, 146, 142), high)[:, None].astype(np.uint8)
    ground, at = int(high * 0.72), 0
    while at < wide:
        right, top = at + int(chance.integers(70, 150)), int(high * chance.uniform(0.05, 0.3))
        tone = int(chance.integers(70, 130))
        cv2.rectangle(picture, (at, top), (right, ground), (tone, tone + 4, tone + 8), -1)
        for x in range(at + 10, right - 16, 26):
            for y in range(top + 12, ground - 22, 34):
                lamp = (120, 190, 226) if chance.random() < 0.3 else (tone - 26, tone - 22, tone - 18)
                cv2.rectangle(picture, (x, y), (x + 14, y + 20), lamp, -1)
        at = right
    picture[ground:] = np.linspace((92, 90, 88), (64, 62, 60), high - ground)[:, None].astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 3), np.uint8)
