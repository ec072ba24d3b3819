"""The floor as one camera sees it: pixels to metres by a homography, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.floor import upright
from edge.floor.shapes import Point

Array: TypeAlias = NDArray[np.float64]

# A pixel at the bottom of the picture covers about 1-30 mm of a floor; beyond these bounds the unit is wrong.
FINEST: Final = 1e-5  # m per px
COARSEST: Final = 0.5
# The ratio of the spreads of the points across and along their main direction: below it they are one line.
THINNEST: Final = 0.02
# The last but one singular value of the equations over the first: below it four points do not fix the eight unknowns.
WEAKEST: Final = 1e-4
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

    `matrix` takes (u, v, 1) in pixels to floor metres times w, with w > 0 on the floor's side of the horizon.
    """

    matrix: Array  # [3, 3]
    inverse: Array  # [3, 3], floor metres to pixels
    width: int  # of the picture that was calibrated, px
    height: int
    rise: Array | None  # [3]: what one metre straight up adds to `inverse` @ (x, y, 1); None when unknown


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """A floor fitted to point pairs, with the error of each pair in metres, in their order."""

    floor: Floor
    errors: tuple[float, ...]

    @property
    def worst(self) -> int:
        """The index of the pair with the largest error."""
        return int(np.argmax(self.errors))


def fit(pairs: Sequence[PointPair], *, width: int, height: int) -> Fit:
    """The homography of at least 4 pairs by the normalised direct linear transform, for a picture of that size.

    R. Hartley, "In defense of the eight-point algorithm", PAMI 19 (1997); Hartley and Zisserman, "Multiple
    View Geometry", algorithm 4.2. FloorError when the pairs do not fix a floor or fold it.
    """
    if len(pairs) < 4:
        raise FloorError(f"a floor needs at least 4 point pairs, here are {len(pairs)}")
    pixels = np.array([pair.pixel for pair in pairs], dtype=np.float64)
    places = np.array([pair.place for pair in pairs], dtype=np.float64)
    if not (np.isfinite(pixels).all() and np.isfinite(places).all()):
        raise FloorError("a point pair holds a number that is not finite")
    _check_spread("pixels", pixels)
    _check_spread("floor points", places)
    matrix = _direct_linear_transform(pixels, places)
    sides = matrix[2] @ _homogeneous(pixels).T
    if not ((sides > 0).all() or (sides < 0).all()):
        raise FloorError(
            "these pairs fold the floor: some lie beyond its horizon; two of the points are probably exchanged"
        )
    floor = from_matrix(matrix * np.sign(sides[0]), width=width, height=height)
    errors = np.hypot(*(project(floor, pixels) - places).T)
    return Fit(floor=floor, errors=tuple(errors.tolist()))


def from_matrix(matrix: Sequence[Sequence[float]] | Array, *, width: int, height: int) -> Floor:
    """The floor of a 3x3 homography from pixels to metres, for a picture of that size; FloorError when it has none."""
    given = np.asarray(matrix, dtype=np.float64)
    if given.shape != (3, 3) or not np.isfinite(given).all():
        raise FloorError("a homography is 3 rows of 3 finite numbers")
    if width <= 0 or height <= 0:
        raise FloorError(f"a picture of {width}x{height} pixels has no floor")
    # In units of the picture, so that the test of the determinant does not depend on the resolution.
    unit = given @ np.diag([width, height, 1.0])
    unit = unit / np.abs(unit).max()
    if abs(np.linalg.det(unit)) < 1e-9:
        raise FloorError("the homography is degenerate: it presses the floor into a line or a point")
    _check_nearest_floor(given, width, height)
    upwards = given * np.sign(given[2] @ np.array([width / 2, height, 1.0]))
    inverse = np.linalg.inv(upwards)
    rise = upright.rise(inverse, width=width, height=height)
    return Floor(matrix=upwards, inverse=inverse, width=width, height=height, rise=rise)


def at_size(floor: Floor, width: int, height: int) -> Floor:
    """The same floor in a picture scaled to another size; FloorError when its shape is another."""
    if (width, height) == (floor.width, floor.height):
        return floor
    if width <= 0 or height <= 0 or abs(width * floor.height / (height * floor.width) - 1) > SHAPE_SLACK:
        raise FloorError(
            f"the floor was calibrated for {floor.width}x{floor.height} pixels, the picture has {width}x{height}: "
            "not the same shape, calibrate again"
        )
    scale = np.diag([floor.width / width, floor.height / height, 1.0])
    return from_matrix(floor.matrix @ scale, width=width, height=height)


def project(floor: Floor, pixels: Array) -> Array:
    """Floor metres of `pixels` [n, 2]; NaN for a pixel at or above the horizon."""
    mapped = _homogeneous(pixels) @ floor.matrix.T
    w = mapped[:, 2:]
    places: Array = np.divide(mapped[:, :2], w, out=np.full((len(pixels), 2), np.nan), where=w > 0)
    return places


def unproject(floor: Floor, places: Array) -> Array:
    """Pixels of floor `places` [n, 2], also outside the picture; NaN for a place behind the camera."""
    mapped = _homogeneous(places) @ floor.inverse.T
    w = mapped[:, 2:]
    pixels: Array = np.divide(mapped[:, :2], w, out=np.full((len(places), 2), np.nan), where=w > 0)
    return pixels


def sees(floor: Floor, places: Array) -> NDArray[np.bool_]:
    """Which floor `places` [n, 2] lie within the picture."""
    pixels = unproject(floor, places)
    with np.errstate(invalid="ignore"):
        within = (pixels >= 0) & (pixels <= np.array([floor.width, floor.height]))
    seen: NDArray[np.bool_] = np.all(within, axis=1)
    return seen


def jacobian(floor: Floor, pixels: Array) -> Array:
    """Metres per pixel, [n, 2, 2]: row x, y; column u, v. Meaningless (not finite) at the horizon."""
    mapped = _homogeneous(pixels) @ floor.matrix.T
    with np.errstate(divide="ignore", invalid="ignore"):
        place = mapped[:, :2] / mapped[:, 2:]
        linear = floor.matrix[:2, :2] - place[:, :, None] * floor.matrix[2, :2]
        slopes: Array = linear / mapped[:, 2, None, None]
    return slopes


def _homogeneous(points: Array) -> Array:
    return np.column_stack([points, np.ones(len(points))])


def _check_spread(what: str, points: Array) -> None:
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    if spread[0] == 0 or spread[1] / spread[0] < THINNEST:
        raise FloorError(f"the {what} lie on one line; choose points that span the floor both ways")


def _normaliser(points: Array) -> Array:
    """The similarity that centres the points and brings them to a mean distance of √2."""
    centre = points.mean(axis=0)
    scale = np.sqrt(2) / np.hypot(*(points - centre).T).mean()
    return np.array([[scale, 0, -scale * centre[0]], [0, scale, -scale * centre[1]], [0, 0, 1]])


def _direct_linear_transform(pixels: Array, places: Array) -> Array:
    from_pixels, from_places = _normaliser(pixels), _normaliser(places)
    source = _homogeneous(pixels) @ from_pixels.T
    target = _homogeneous(places) @ from_places.T
    zeros = np.zeros_like(source)
    equations = np.vstack(
        [
            np.hstack([source, zeros, -target[:, :1] * source]),
            np.hstack([zeros, source, -target[:, 1:2] * source]),
        ]
    )
    _, strengths, directions = np.linalg.svd(equations)
    if strengths[7] / strengths[0] < WEAKEST:
        raise FloorError("three of the four points lie on one line; move one or give a fifth pair")
    matrix: Array = np.linalg.inv(from_places) @ directions[8].reshape(3, 3) @ from_pixels
    return matrix


def _check_nearest_floor(matrix: Array, width: int, height: int) -> None:
    """The picture's bottom edge must be floor: a camera looks down at people who stand upright in the picture."""
    bottom = np.array([[0.0, height], [width / 2, height], [width, height]])
    w = _homogeneous(bottom) @ matrix[2]
    if not ((w > 0).all() or (w < 0).all()):
        raise FloorError(
            "the homography folds the floor: its horizon cuts the bottom edge of the picture; "
            "check that pixels and floor points are paired in the same order"
        )
    middle = _homogeneous(bottom[1:2]) @ matrix.T
    slopes = (matrix[:2, :2] - (middle[0, :2] / middle[0, 2])[:, None] * matrix[2, :2]) / middle[0, 2]
    scale = float(np.sqrt(abs(np.linalg.det(slopes))))
    if not FINEST <= scale <= COARSEST:
        raise FloorError(
            f"a pixel at the bottom of the picture would cover {scale:.2g} m of floor, "
            f"allowed are {FINEST} to {COARSEST}; are the floor points in metres?"
        )
