"""Point pairs as somebody clicks them in the picture of a camera whose truth is known."""

import math

import numpy as np

from edge.floor import lens
from edge.floor.plane import PointPair
from tests.edge.walkers import Pinhole

CAMERA = Pinhole(focus=480.0, tilt=math.radians(35))  # 90 degrees wide
GRID = [(x, y) for y in (-2.0, -0.5, 1.5, 4.0) for x in (-2.6, -0.8, 1.0, 2.6)]


def pairs(
    places: list[tuple[float, float]] | None = None,
    *,
    bent: lens.Lens | None = None,
    click: float = 0.0,
    seed: int = 0,
) -> list[PointPair]:
    """Pairs of places that the camera shows, clicked `click` px beside (standard deviation)."""
    places, random = places or GRID, np.random.default_rng(seed)
    pixels = np.array([CAMERA.pixel(x, y, 0.0) for x, y in places])
    shown = pixels if bent is None else lens.bend(bent, pixels)
    shown = shown + random.normal(0, click, shown.shape) if click else shown
    return [PointPair(pixel=(u, v), place=place) for (u, v), place in zip(shown.tolist(), places, strict=True)]


def drawn(given_pairs: list[PointPair]) -> list[PointPair]:
    """As a plan has them: y down."""
    return [PointPair(pixel=p.pixel, place=(p.place[0], -p.place[1])) for p in given_pairs]
