"""Solid parts drawn as shaded, antialiased shapes on a picture."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_sim.camera.figure import Part
from firmware_sim.camera.lens import Floats, to_camera, to_pixels
from firmware_sim.camera.optics import NEAREST, Optics
from firmware_sim.town.people import Colour

Image = NDArray[np.uint8]

_SHIFT: Final = 4
"""Fraction bits of OpenCV's drawing coordinates: a sixteenth of a pixel."""
_ONE: Final = 1 << _SHIFT
_ARC: Final = np.linspace(0, 2 * np.pi, 12, endpoint=False)
_RING: Final = np.column_stack([np.cos(_ARC), np.sin(_ARC)])
# The lamps hang overhead: what is seen is lit from above and a little from the left.
_LIT: Final = (-0.30, -0.24)
_TAPERED: Final = 7.0
"""Radius in px from which a limb is drawn tapered; a smaller one is a thick line, several times cheaper."""
_FLAT: Final = 1.6
"""Radius in px below which a part has one tone."""
_ROUND: Final = 2.6
"""Radius in px from which a part has a third tone."""


@lru_cache(maxsize=4096)
def tones(colour: Colour, gloss: int) -> tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]:
    """A colour in shadow, as it is and lit, in OpenCV's order."""
    parts = (colour.blue, colour.green, colour.red)
    dark, own, lit = (
        tuple(min(255, max(0, part + more)) for part in parts) for more in (-gloss // 2, gloss // 5, gloss)
    )
    return (dark[0], dark[1], dark[2]), (own[0], own[1], own[2]), (lit[0], lit[1], lit[2])


def fixed(points: Floats) -> NDArray[np.int32]:
    """Pixels as OpenCV's fixed-point integers."""
    return np.round(points * _ONE).astype(np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ball:
    """One ball of a part on the sensor: its middle in sixteenths of a pixel, its radius in px."""

    u: int
    v: int
    radius: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A body on the sensor, its far parts first; its edges in px, which may lie over the sensor's."""

    parts: tuple[tuple[Part, tuple[Ball, ...]], ...]
    left: float
    top: float
    right: float
    bottom: float


def put(optics: Optics, parts: tuple[Part, ...]) -> Drawn | None:
    """A body on the sensor; None where it misses it, or part of it is not ahead of the lens."""
    seen = to_camera(optics, np.array([centre for part in parts for centre in part.centres]))
    if float(seen[:, 2].min()) < NEAREST:
        return None
    pixels = to_pixels(optics, seen)
    radii = np.array([radius for part in parts for radius in part.radii]) * optics.focal / seen[:, 2]
    left, top = (pixels - radii[:, None]).min(axis=0)
    right, bottom = (pixels + radii[:, None]).max(axis=0)
    if right <= 0 or bottom <= 0 or left >= optics.width or top >= optics.height:
        return None
    middles, sizes, depths = fixed(pixels).tolist(), radii.tolist(), seen[:, 2].tolist()
    found: list[tuple[float, Part, tuple[Ball, ...]]] = []
    start = 0
    for part in parts:
        end = start + len(part.centres)
        balls = tuple(Ball(u=u, v=v, radius=r) for (u, v), r in zip(middles[start:end], sizes[start:end], strict=True))
        found.append((-sum(depths[start:end]) / len(balls), part, balls))
        start = end
    found.sort(key=lambda one: one[0])
    return Drawn(
        parts=tuple((part, balls) for _, part, balls in found),
        left=float(left),
        top=float(top),
        right=float(right),
        bottom=float(bottom),
    )


def paint(image: Image, drawn: Drawn) -> None:
    """A body on a picture, in place, each part made round by three tones."""
    for part, balls in drawn.parts:
        dark, own, lit = tones(part.colour, part.gloss)
        widest = max(ball.radius for ball in balls)
        draw = _hull_of(balls) if len(balls) > 2 or widest > _TAPERED else _line_of(balls)
        if widest < _FLAT:
            draw(image, own, 1.0, 0.0)
            continue
        draw(image, dark, 1.0, 0.0)
        draw(image, own, 0.72, widest * 0.6)
        if widest > _ROUND:
            draw(image, lit, 0.38, widest * 1.3)


def stamp(mask: Image, drawn: Drawn, value: int, shift: tuple[float, float] = (0.0, 0.0)) -> None:
    """A body's silhouette on a one-channel picture, in place, moved by `shift` px."""
    by = np.array([shift])
    for _, balls in drawn.parts:
        cv2.fillConvexPoly(mask, fixed(_hull(balls, 1.0) + by), (value,), cv2.LINE_8, _SHIFT)


# Draws a part at a share of its size, moved towards the lamps by so many px.
_Draw = Callable[[Image, tuple[int, int, int], float, float], None]


def _hull_of(balls: tuple[Ball, ...]) -> _Draw:
    hull = _hull(balls, 1.0)
    middle = hull.mean(axis=0)
    outward = hull - middle

    def draw(image: Image, colour: tuple[int, int, int], share: float, moved: float) -> None:
        shape = fixed(middle + outward * share + (moved * _LIT[0], moved * _LIT[1]))
        cv2.fillConvexPoly(image, shape, colour, cv2.LINE_AA, _SHIFT)

    return draw


def _line_of(balls: tuple[Ball, ...]) -> _Draw:
    first, last = balls
    width = first.radius + last.radius

    def draw(image: Image, colour: tuple[int, int, int], share: float, moved: float) -> None:
        across, down = int(moved * _LIT[0] * _ONE), int(moved * _LIT[1] * _ONE)
        start, end = (first.u + across, first.v + down), (last.u + across, last.v + down)
        cv2.line(image, start, end, colour, max(1, round(width * share)), cv2.LINE_AA, _SHIFT)

    return draw


def _hull(balls: tuple[Ball, ...], share: float) -> Floats:
    middles = np.array([(ball.u / _ONE, ball.v / _ONE) for ball in balls])
    radii = np.array([ball.radius * share for ball in balls])
    around = (middles[:, None, :] + radii[:, None, None] * _RING).reshape(-1, 2).astype(np.float32)
    hull: Floats = cv2.convexHull(around)[:, 0, :].astype(np.float64)
    return hull


def shade(image: Image, outline: Floats, strength: float, blur: int) -> None:
    """Darken the floor under an outline (n, 2 px), softly, in place; `strength` 0–1, `blur` px."""
    left, top = np.maximum(np.floor(outline.min(axis=0)).astype(int) - blur, 0)
    right, bottom = np.ceil(outline.max(axis=0)).astype(int) + blur
    patch = image[top:bottom, left:right]
    if patch.size == 0:
        return
    mask = np.zeros(patch.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, fixed(outline - np.array([left, top])), 255, cv2.LINE_8, _SHIFT)
    mask = cv2.blur(mask, (blur, blur)).astype(np.uint8)
    keep = cv2.cvtColor(np.asarray(255 - mask * strength, np.uint8), cv2.COLOR_GRAY2BGR)
    cv2.multiply(patch, keep, dst=patch, scale=1 / 255)
