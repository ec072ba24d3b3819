"""A lens that bends straight lines: from the pixels of a picture to those of a camera without distortion, and back."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.floor.shapes import Point

Array: TypeAlias = NDArray[np.float64]

# Strengths between which a lens is one: -0.5 makes the corners half as far from the middle as they ought to be.
MOST_BARREL: Final = -0.6
MOST_PINCUSHION: Final = 0.2
# Pixels whose straight place would be farther out than 1 / LEAST times their own are not on any picture.
LEAST: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """One number of radial distortion round the picture's middle, the division model.

    A. Fitzgibbon, "Simultaneous linear estimation of multiple view geometry and lens distortion", CVPR 2001:
    straight = middle + (pixel - middle) / (1 + strength · r²), with r the distance from the middle in `unit`.
    """

    strength: float  # < 0 barrel, as wide lenses have; > 0 pincushion
    centre: Point  # px
    unit: Point  # px along u and along v of one r: half of the calibrated picture's diagonal


def of_picture(strength: float, *, width: int, height: int) -> Lens:
    """The lens of a picture of that size, its optical axis in the middle."""
    half = float(np.hypot(width, height)) / 2
    return Lens(strength=strength, centre=(width / 2, height / 2), unit=(half, half))


def scaled(lens: Lens, across: float, down: float) -> Lens:
    """The same lens where every pixel (u, v) has become (u · across, v · down)."""
    return Lens(
        strength=lens.strength,
        centre=(lens.centre[0] * across, lens.centre[1] * down),
        unit=(lens.unit[0] * across, lens.unit[1] * down),
    )


def straighten(lens: Lens, pixels: Array) -> Array:
    """Where `pixels` [n, 2] would be without distortion; NaN far outside of any picture."""
    away, share = _shares(lens, pixels)
    bent = np.divide(away, share, out=np.full_like(away, np.nan), where=share > LEAST)
    straight: Array = lens.centre + bent
    return straight


def bend(lens: Lens, straight: Array) -> Array:
    """The pixels [n, 2] at which the lens shows `straight` [n, 2], `straighten` undone; NaN where it shows none."""
    away = straight - np.array(lens.centre)
    square = ((away / lens.unit) ** 2).sum(axis=1, keepdims=True)
    left = 1 - 4 * lens.strength * square
    with np.errstate(invalid="ignore"):
        pixels: Array = lens.centre + away * np.where(left >= 0, 2 / (1 + np.sqrt(left)), np.nan)
    return pixels


def slopes(lens: Lens, pixels: Array) -> Array:
    """Straight pixels per pixel, [n, 2, 2]: row the straight u, v; column the u, v of `pixels` [n, 2]."""
    away, share = _shares(lens, pixels)
    outer = away[:, :, None] * (away / np.square(lens.unit))[:, None, :]
    steep: Array = np.eye(2) / share[:, :, None] - 2 * lens.strength * outer / share[:, :, None] ** 2
    return steep


def by_strength(lens: Lens, pixels: Array) -> Array:
    """How `straighten` of `pixels` [n, 2] moves with the strength, px [n, 2]."""
    away, share = _shares(lens, pixels)
    square = ((away / lens.unit) ** 2).sum(axis=1, keepdims=True)
    moved: Array = -away * square / share**2
    return moved


def _shares(lens: Lens, pixels: Array) -> tuple[Array, Array]:
    away = pixels - np.array(lens.centre)
    return away, 1 + lens.strength * ((away / lens.unit) ** 2).sum(axis=1, keepdims=True)
