"""The floor as one camera sees it: pixels to metres by a homography, and how sure that is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.floor import lens as lenses
from edge.floor import upright
from edge.floor.lens import Lens
from edge.floor.shapes import Point

Array: TypeAlias = NDArray[np.float64]

# A pixel at the bottom of the picture covers about 1-30 mm of a floor; beyond these bounds the unit is wrong.
FINEST: Final = 1e-5  # m per px
COARSEST: Final = 0.5
THINNEST: Final = 1e-9  # of the square of its length, its area: rounding makes so much of a pixel without width
# By how much width : height may differ from the calibrated picture's (a codec may pad to full blocks of 16 px).
SHAPE_SLACK: Final = 0.03


class FloorError(ValueError):
    """A calibration that maps no picture to a floor; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointPair:
    """One point of the floor, in the picture (pixels) and on the plan (metres)."""

    pixel: Point
    place: Point


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Floor:
    """The floor seen by a camera; made by `fit` or `from_matrix`, never by hand.

    `matrix` takes straight pixels (u, v, 1) to floor metres times w, with w > 0 on the floor's side of the horizon.
    The pixels of the picture are straight ones where `lens` is None; else go through `project`, `unproject` and
    `edge.floor.optics`, which know the lens.
    """

    matrix: Array  # [3, 3]
    inverse: Array  # [3, 3], floor metres to straight pixels
    width: int  # of the picture that was calibrated, px
    height: int
    rise: Array | None  # [3]: what one metre straight up adds to `inverse` @ (x, y, 1); None when unknown
    lens: Lens | None = None  # None: straight lines are straight in the picture
    # [10, 10]: the covariance of the nine numbers of `matrix`, row by row, and of the lens's strength; None when
    # nobody knows how sure the calibration is.
    doubt: Array | None = None


def from_matrix(
    matrix: Sequence[Sequence[float]] | Array,
    *,
    width: int,
    height: int,
    lens: Lens | None = None,
    doubt: Array | None = None,
) -> Floor:
    """The floor of a 3x3 homography from straight pixels to metres, for a picture of that size.

    FloorError when it has none.
    """
    given = np.asarray(matrix, dtype=np.float64)
    if given.shape != (3, 3) or not np.isfinite(given).all():
        raise FloorError("a homography is 3 rows of 3 finite numbers")
    if width <= 0 or height <= 0:
        raise FloorError(f"a picture of {width}x{height} pixels has no floor")
    _check_nearest_floor(given, width, height, lens)
    # The bottom's middle stays on the picture's middle column, whatever the lens.
    nearest = given @ np.array([width / 2, height, 1.0])
    sign = np.sign(nearest[2])
    upwards = given * sign
    # By way of that floor: one step from a national grid's origin, 5000 km away, would cost half the digits.
    there = np.array([[1, 0, -nearest[0] / nearest[2]], [0, 1, -nearest[1] / nearest[2]], [0, 0, 1]])
    inverse = np.linalg.inv(there @ upwards) @ there
    rise = upright.rise(inverse, width=width, height=height)
    turned = None if doubt is None else doubt * np.outer(*[np.append(np.full(9, sign), 1.0)] * 2)
    return Floor(matrix=upwards, inverse=inverse, width=width, height=height, rise=rise, lens=lens, doubt=turned)


def at_size(floor: Floor, width: int, height: int) -> Floor:
    """The same floor in a picture scaled to another size; FloorError when its shape is another."""
    if (width, height) == (floor.width, floor.height):
        return floor
    if width <= 0 or height <= 0 or abs(width * floor.height / (height * floor.width) - 1) > SHAPE_SLACK:
        raise FloorError(
            f"the floor was calibrated for {floor.width}x{floor.height} pixels, the picture has {width}x{height}: "
            "not the same shape, calibrate again"
        )
    across, down = width / floor.width, height / floor.height
    scale = np.diag([1 / across, 1 / down, 1.0])
    lens = None if floor.lens is None else lenses.scaled(floor.lens, across, down)
    return from_matrix(floor.matrix @ scale, width=width, height=height, lens=lens, doubt=_rescaled(floor.doubt, scale))


def straight(floor: Floor, pixels: Array) -> Array:
    """Where `pixels` [n, 2] of the picture would be through a lens without distortion."""
    return pixels if floor.lens is None else lenses.straighten(floor.lens, pixels)


def bent(floor: Floor, pixels: Array) -> Array:
    """The pixels [n, 2] of the picture that show straight ones: what `straight` undoes."""
    return pixels if floor.lens is None else lenses.bend(floor.lens, pixels)


def project(floor: Floor, pixels: Array) -> Array:
    """Floor metres of `pixels` [n, 2]; NaN for a pixel at or above the horizon."""
    return _ahead(mapped(floor.matrix, straight(floor, pixels)))


def unproject(floor: Floor, places: Array) -> Array:
    """Pixels of floor `places` [n, 2], also outside the picture; NaN for a place behind the camera."""
    return shown(floor, mapped(floor.inverse, places))


def shown(floor: Floor, rows: Array) -> Array:
    """The pixels [n, 2] at which the picture shows what `floor.inverse` has `mapped` to `rows` [3, n].

    NaN behind the camera.
    """
    return bent(floor, _ahead(rows))


def heads(floor: Floor, places: Array, tall: Array) -> Array:
    """The pixels [n, 2] of the heads of people `tall` [n] metres tall at floor `places` [n, 2].

    NaN behind the camera. The floor must know its upright.
    """
    assert floor.rise is not None
    return shown(floor, mapped(floor.inverse, places) + floor.rise[:, None] * tall)


def sees(floor: Floor, places: Array) -> NDArray[np.bool_]:
    """Which floor `places` [n, 2] lie within the picture."""
    pixels = unproject(floor, places)
    with np.errstate(invalid="ignore"):
        within = (pixels >= 0) & (pixels <= np.array([floor.width, floor.height]))
    seen: NDArray[np.bool_] = np.all(within, axis=1)
    return seen


def jacobian(floor: Floor, pixels: Array) -> Array:
    """Metres per pixel, [n, 2, 2]: row x, y; column u, v. Meaningless (not finite) at the horizon."""
    if floor.lens is None:
        return slopes(floor.matrix, pixels)
    return slopes(floor.matrix, lenses.straighten(floor.lens, pixels)) @ lenses.slopes(floor.lens, pixels)


def slopes(matrix: Array, pixels: Array) -> Array:
    """Metres per straight pixel of a homography, [n, 2, 2], as `jacobian`."""
    rows = mapped(matrix, pixels)
    with np.errstate(divide="ignore", invalid="ignore"):
        place = rows[:2] / rows[2]
        linear = matrix[:2, :2, None] - place[:, None] * matrix[2, :2, None]
        steep: Array = linear / rows[2]
    return steep.transpose(2, 0, 1)


def calibration_cov(floor: Floor, places: Array) -> Array:
    """How unsure the calibration alone makes floor `places` [n, 2]: covariances [n, 2, 2], m².

    NaN behind the camera, and everywhere when the floor does not know how sure it is. First order
    (Hartley and Zisserman, "Multiple View Geometry", section 5.2).
    """
    if floor.doubt is None:
        return np.full((len(places), 2, 2), np.nan)
    pixels = unproject(floor, places)
    even = straight(floor, pixels)
    moves = np.zeros((len(places), 2, 10))
    moves[:, :, :9] = by_numbers(floor.matrix, even)
    if floor.lens is not None:
        moves[:, :, 9:] = slopes(floor.matrix, even) @ lenses.by_strength(floor.lens, pixels)[:, :, None]
    cov: Array = moves @ floor.doubt @ moves.transpose(0, 2, 1)
    return cov


def uncertainty(floor: Floor, places: Array, *, pixels: float = 0.0) -> Array:
    """The standard deviation of floor `places` [n, 2] along their worse axis, m [n], where a foot is known to `pixels`.

    How well the camera sees a place: the calibration's own doubt (none where it is unknown) and the pixel's
    reach on the floor together; infinite for a place that is not in the picture.
    """
    reach = pixels * jacobian(floor, unproject(floor, places))
    cov = np.nan_to_num(calibration_cov(floor, places)) + reach @ reach.transpose(0, 2, 1)
    half, apart = (cov[:, 0, 0] + cov[:, 1, 1]) / 2, (cov[:, 0, 0] - cov[:, 1, 1]) / 2
    worse = half + np.hypot(apart, cov[:, 0, 1])
    seen: Array = np.where(sees(floor, places), np.sqrt(np.maximum(worse, 0.0)), np.inf)
    return seen


def by_numbers(matrix: Array, pixels: Array) -> Array:
    """How the places of straight `pixels` [n, 2] move with the nine numbers of `matrix`, row by row: [n, 2, 9]."""
    sources = _homogeneous(pixels)
    mapped = sources @ matrix.T
    with np.errstate(divide="ignore", invalid="ignore"):
        over = sources / mapped[:, 2:]
        place = mapped[:, :2] / mapped[:, 2:]
    none = np.zeros_like(over)
    x_row = np.concatenate([over, none, -place[:, :1] * over], axis=1)
    y_row = np.concatenate([none, over, -place[:, 1:] * over], axis=1)
    return np.stack([x_row, y_row], axis=1)


def _rescaled(doubt: Array | None, scale: Array) -> Array | None:
    """The covariance of `matrix @ scale`'s numbers."""
    if doubt is None:
        return None
    by = np.zeros((10, 10))
    by[:9, :9], by[9, 9] = np.kron(np.eye(3), scale.T), 1.0
    rescaled: Array = by @ doubt @ by.T
    return rescaled


def mapped(matrix: Array, points: Array) -> Array:
    """`matrix` @ (x, y, 1) of each of `points` [n, 2], as rows [3, n]; without building the ones."""
    rows: Array = matrix[:, :2] @ points.T + matrix[:, 2:]
    return rows


def _ahead(rows: Array) -> Array:
    """The points [n, 2] of homogeneous `rows` [3, n]; NaN where w is not above 0."""
    points: Array = rows[:2] / np.where(rows[2] > 0, rows[2], np.nan)
    return points.T


def _homogeneous(points: Array) -> Array:
    return np.column_stack([points, np.ones(len(points))])


def _check_nearest_floor(matrix: Array, width: int, height: int, lens: Lens | None) -> None:
    """The picture's bottom edge must be floor: a camera looks down at people who stand upright in the picture."""
    edge = np.column_stack([np.linspace(0, width, 9), np.full(9, height)])
    bottom = edge if lens is None else lenses.straighten(lens, edge)
    w = _homogeneous(bottom) @ matrix[2]
    if not ((w > 0).all() or (w < 0).all()):
        raise FloorError(
            "the homography folds the floor: its horizon cuts the bottom edge of the picture; "
            "check that pixels and floor points are paired in the same order"
        )
    # Of the floor itself, not of the matrix: in that, a national grid's origin 5000 km away outweighs all else.
    steep = slopes(matrix, bottom[4:5])[0]
    area = abs(float(np.linalg.det(steep)))
    if area <= THINNEST * float(np.square(steep).max()):
        raise FloorError("the homography is degenerate: it presses the floor into a line or a point")
    scale = math.sqrt(area)
    if not FINEST <= scale <= COARSEST:
        raise FloorError(
            f"a pixel at the bottom of the picture would cover {scale:.2g} m of floor, "
            f"allowed are {FINEST} to {COARSEST}; are the floor points in metres?"
        )
