"""Printed pictures of people and goods, drawn by the same brush as the shoppers, closer and with faces."""

import functools
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_sim.camera import textures
from firmware_sim.camera.brush import Image, paint, put
from firmware_sim.camera.figure import Part, parts
from firmware_sim.camera.optics import Optics, Vector
from firmware_sim.town.dice import Dice
from firmware_sim.town.geometry import Spot
from firmware_sim.town.people import Body, Colour
from firmware_sim.town.visits import dressed

PER_METRE: Final = 240
_FAR_M: Final = 6.0
_BACKS: Final = ((196, 176, 120), (150, 190, 224), (206, 206, 196), (120, 150, 96), (110, 120, 190))
"""Studio backgrounds, BGR."""
_INK: Final = (38, 34, 32)


def poster(name: str, width_m: float, height_m: float, people: int) -> Image:
    """An advertisement of this size: a studio's backdrop, so many life-size people on it, a headline."""
    picture = _backdrop(name, width_m, height_m)
    for number in range(people):
        aside = (number - (people - 1) / 2) * 0.62
        figure(picture, f"{name}/{number}", aside=aside, height_m=min(1.75, height_m * 0.92), walked_mm=0, pace=0)
    _headline(picture, name)
    return _printed(picture)


def goods(name: str, width_m: float, height_m: float) -> Image:
    """An advertisement of goods and a price."""
    picture = _backdrop(name, width_m, height_m)
    high, wide = picture.shape[:2]
    shelf = cv2.resize(textures.goods(name, width_m * 0.6, height_m * 0.4), (int(wide * 0.7), int(high * 0.45)))
    top, left = int(high * 0.3), int(wide * 0.15)
    picture[top : top + shelf.shape[0], left : left + shelf.shape[1]] = shelf
    cv2.circle(picture, (int(wide * 0.75), int(high * 0.3)), int(wide * 0.16), (40, 40, 210), -1, cv2.LINE_AA)
    _headline(picture, name)
    return _printed(picture)


def walking(name: str, width_m: float, height_m: float, *, aside: float, walked_mm: int) -> Image:
    """One picture of a film in which somebody walks across, `aside` m from its middle."""
    picture = _backdrop(name, width_m, height_m)
    figure(picture, name, aside=aside, height_m=height_m * 0.9, walked_mm=walked_mm, pace=100)
    return picture


def cutout(name: str, width_m: float, height_m: float) -> tuple[Image, Image]:
    """A person cut out of cardboard: the picture, and where cardboard was left."""
    high, wide = int(height_m * PER_METRE), int(width_m * PER_METRE)
    picture = np.full((high, wide, 3), (236, 238, 238), np.uint8)
    figure(picture, name, aside=0.0, height_m=height_m * 0.98, walked_mm=0, pace=0)
    bare = np.abs(picture.astype(int) - (236, 238, 238)).max(axis=2) < 4
    left = cv2.dilate(np.asarray(~bare, np.uint8) * 255, np.ones((13, 13), np.uint8))
    left[-int(0.05 * PER_METRE) :, wide // 4 : -wide // 4] = 255  # the foot that it stands on
    return _printed(picture), np.asarray(left, np.uint8)


def figure(picture: Image, name: str, *, aside: float, height_m: float, walked_mm: int, pace: int) -> None:
    """Somebody on a picture, in place, feet near its lower edge; `name` picks who, the same each time."""
    high, wide = picture.shape[:2]
    optics = _studio(wide, high)
    look = replace(dressed(Dice(0, "print", name)), height_mm=round(height_m * 1000))
    facing = Spot(0, 1000) if not pace else Spot(1000, 0)
    body = Body(at=Spot(round(aside * 1000), 0), facing=facing, walked_mm=walked_mm, pace=pace, reach=0, look=look)
    solids = (*parts(body), *(() if pace else _features(look.height_mm / 1000, aside, look.hair)))
    drawn = put(optics, solids)
    if drawn is not None:
        paint(picture, drawn)


def _features(size: float, aside: float, hair: Colour) -> tuple[Part, ...]:
    """Eyes, brows and mouth of a face that looks out of the picture, and a collar."""
    lips, white = Colour(red=158, green=78, blue=74), Colour(red=236, green=236, blue=232)

    def dot(across: float, up: float, radius: float, colour: Colour, stretch: float = 0.0) -> Part:
        y = 0.056 * size
        ends = (
            Vector(aside + (across - stretch) * size, y, up * size),
            Vector(aside + (across + stretch) * size, y, up * size),
        )
        return Part(centres=ends, radii=(radius * size,) * 2, colour=colour, gloss=0)

    eyes = [dot(hand * 0.017, 0.937, 0.0055, white, 0.003) for hand in (-1, 1)]
    pupils = [dot(hand * 0.017, 0.937, 0.0035, Colour(red=30, green=24, blue=20)) for hand in (-1, 1)]
    brows = [dot(hand * 0.018, 0.95, 0.0022, hair, 0.009) for hand in (-1, 1)]
    return (*eyes, *brows, dot(0, 0.895, 0.004, lips, 0.011), dot(0, 0.917, 0.004, lips), *pupils)


def _studio(wide: int, high: int) -> Optics:
    """A level camera far before a picture: a metre there is PER_METRE px, the floor its lower edge."""
    up = high / PER_METRE / 2 - 0.03
    return Optics(
        width=wide,
        height=high,
        focal=PER_METRE * _FAR_M,
        eye=Vector(0.0, _FAR_M, up),
        right=Vector(1.0, 0.0, 0.0),
        down=Vector(0.0, 0.0, -1.0),
        ahead=Vector(0.0, -1.0, 0.0),
    )


def _backdrop(name: str, width_m: float, height_m: float) -> Image:
    chance = textures.dice(name)
    high, wide = int(height_m * PER_METRE), int(width_m * PER_METRE)
    colour = np.array(_BACKS[int(chance.integers(len(_BACKS)))], float)
    down, across = np.linspace(-1, 1, high)[:, None], np.linspace(-1, 1, wide)[None, :]
    light = 1.05 - 0.22 * (down + 0.2) ** 2 - 0.12 * across**2
    return np.clip(colour * light[..., None], 0, 255).astype(np.uint8)


def _headline(picture: Image, name: str) -> None:
    """Bars of ink where the words are."""
    high, wide = picture.shape[:2]
    chance, at = textures.dice(f"{name}/words"), int(high * 0.02)
    for size in (0.035, 0.018):
        tall = max(2, int(high * size))
        left = int(wide * 0.08)
        while left < wide * 0.85:
            right = min(int(wide * 0.92), left + int(wide * chance.uniform(0.08, 0.2)))
            cv2.rectangle(picture, (left, at), (right, at + tall), _INK, -1)
            left = right + max(3, wide // 40)
        at += tall + max(3, high // 60)


@functools.lru_cache(maxsize=8)
def _screening(high: int, wide: int) -> NDArray[np.int16]:
    return np.random.default_rng(5).normal(0, 5, (high, wide, 1)).astype(np.int16)


def _printed(picture: Image) -> Image:
    """A photograph's softness, a print's grain and a white edge."""
    soft = cv2.GaussianBlur(picture, (0, 0), 1.1)
    grained = soft + _screening(picture.shape[0], picture.shape[1])
    printed = np.asarray(np.clip(grained, 0, 255), np.uint8)
    cv2.rectangle(printed, (0, 0), (printed.shape[1] - 1, printed.shape[0] - 1), (240, 242, 242), 5)
    return printed
