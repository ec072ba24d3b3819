"""Between one camera's picture and its floor, one point at a time and in plain numbers.

A sighting shows a handful of people. For so few, the arrays of `edge.floor.plane` cost several times more to call for
than to compute with; it is the same geometry, and `tests/edge/test_optics.py` holds the two together.
"""

import math
from functools import lru_cache
from typing import TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.floor.lens import LEAST, Lens
from edge.floor.plane import Floor
from edge.floor.shapes import Point

Array: TypeAlias = NDArray[np.float64]
Row: TypeAlias = tuple[float, float, float]
Matrix: TypeAlias = tuple[float, float, float, float, float, float, float, float, float]  # row by row
# By how many metres the floor moves with a pixel: x by u and by v, y by u and by v.
Slopes: TypeAlias = tuple[float, float, float, float]


class Optics(msgspec.Struct, frozen=True, kw_only=True):
    """A `Floor` in plain numbers."""

    matrix: Matrix  # straight pixels to floor metres times w
    inverse: Matrix
    width: int  # px
    height: int
    rise: Row | None  # what a metre straight up adds to `inverse` @ (x, y, 1)
    rising: Row | None  # `matrix` @ rise
    lens: Lens | None


class Ground(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The floor under a pixel (u, v), in metres."""

    u: float
    v: float
    w: float  # `inverse` @ (x, y, 1) is w times the straight pixel, and `matrix` @ that pixel is (x, y, 1) over w
    x: float
    y: float
    slopes: Slopes


# Somebody upright, in pixels: the foot's column, the row of the floor a step nearer to the camera, the head's column,
# the head's row; and the slopes under the foot.
Upright: TypeAlias = tuple[float, float, float, float, Slopes]


@lru_cache(maxsize=32)
def of_floor(floor: Floor) -> Optics:
    """The same floor in plain numbers; kept, as a floor never changes."""
    rise, rising = floor.rise, None if floor.rise is None else floor.matrix @ floor.rise
    return Optics(
        matrix=_matrix(floor.matrix),
        inverse=_matrix(floor.inverse),
        width=floor.width,
        height=floor.height,
        rise=None if rise is None else _row(rise.tolist()),
        rising=None if rising is None else _row(rising.tolist()),
        lens=floor.lens,
    )


def times(matrix: Matrix, x: float, y: float) -> tuple[float, float, float]:
    """`matrix` @ (x, y, 1)."""
    a, b, c, d, e, f, g, h, i = matrix
    return a * x + b * y + c, d * x + e * y + f, g * x + h * y + i


def ground(optics: Optics, u: float, v: float) -> Ground | None:
    """The floor under a pixel of the picture; None at or above the horizon."""
    lens = optics.lens
    straight = (u, v) if lens is None else _straight(lens, u, v)
    if straight is None:
        return None
    x, y, over = times(optics.matrix, *straight)
    return _ground(optics, (u, v), x / over, y / over, 1.0 / over) if over > 0.0 else None


def beneath(optics: Optics, x: float, y: float) -> Ground | None:
    """`ground` under the pixel that shows floor (x, y); None behind the camera."""
    u, v, w = times(optics.inverse, x, y)
    pixel = _shown(optics.lens, u, v, w)
    return None if pixel is None else _ground(optics, pixel, x, y, w)


def nearer(optics: Optics, under: Ground, metres: float) -> Point | None:
    """The pixel of the floor that lies `metres` from some ground down the picture's columns, nearer to the camera.

    None for a place behind it.
    """
    _, x_v, _, y_v = under.slopes
    share = metres / (math.hypot(x_v, y_v) or 1e-12)
    if optics.lens is None:
        # p pixels down the column, `matrix` @ the pixel has grown by p · matrix[7] · w, so that the floor has moved by
        # p / (1 + p · matrix[7] · w) times as much as it moves with the first of them. For `share` times, p is this:
        left = 1.0 - share * optics.matrix[7] * under.w
        return (under.u, under.v + share / left) if left > 0.0 else None
    return _shown(optics.lens, *times(optics.inverse, under.x + x_v * share, under.y + y_v * share))


def upright(optics: Optics, x: float, y: float, tall: float, metres: float) -> Upright | None:
    """How somebody `tall` metres tall who stands at floor (x, y) shows, with the floor `metres` nearer to the camera.

    None behind the camera. The floor must know its upright.
    """
    assert optics.rise is not None
    if optics.lens is not None:
        return _upright_through(optics, x, y, tall, metres)
    # `times`, `_ground` and `nearer`, written out: this is asked for everybody twice a look.
    (a, b, c, d, e, f, g, h, i), (across, ahead, up) = optics.inverse, optics.rise
    w = g * x + h * y + i
    high = w + up * tall
    if not (w > 0.0 and high > 0.0):
        return None
    u, v = a * x + b * y + c, d * x + e * y + f
    a, b, _, d, e, _, g, h, _ = optics.matrix
    x_v, y_v = (b - x * h) * w, (e - y * h) * w
    share = metres / (math.hypot(x_v, y_v) or 1e-12)
    left = 1.0 - share * h * w
    if not left > 0.0:
        return None
    slopes = (a - x * g) * w, x_v, (d - y * g) * w, y_v
    return u / w, v / w + share / left, (u + across * tall) / high, (v + ahead * tall) / high, slopes


def stature(optics: Optics, x: float, y: float, top: Point) -> float | None:
    """How tall, in metres, what stands at floor (x, y) is when its top shows at the pixel `top`; None for no height.

    The floor must know its upright.
    """
    assert optics.rise is not None
    straight = top if optics.lens is None else _straight(optics.lens, *top)
    if straight is None:
        return None
    (_, _, _, d, e, f, g, h, i), (_, ahead, up), (_, row) = optics.inverse, optics.rise, straight
    lever = ahead - row * up
    return (row * (g * x + h * y + i) - (d * x + e * y + f)) / lever if lever else None


class Lift(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The floor under a point so many metres up on a line of sight that meets the floor at (x, y).

    It is share · (x, y) + (across, ahead): by similar triangles, on the way from there to the point below the camera.
    """

    share: float  # < 0 for what is higher than the camera
    across: float
    ahead: float


def lift(optics: Optics, up: float) -> Lift:
    """What `up` metres above the floor do to lines of sight. The floor must know its upright."""
    assert optics.rising is not None
    x, y, w = optics.rising
    return Lift(share=1.0 + w * up, across=-x * up, ahead=-y * up)


def sightline(optics: Optics, u: float, v: float) -> Row:
    """Where the line of sight through a pixel meets the floor: x, y, and > 0 for ahead of the camera, < 0 for behind.

    What is as high as the camera or higher is seen by lines that meet the floor behind it. Infinity, infinity, 0 for
    a line that never does.
    """
    straight = (u, v) if optics.lens is None else _straight(optics.lens, u, v)
    if straight is None:
        return math.inf, math.inf, 0.0
    u, v = straight
    x, y, w = times(optics.matrix, u, v)
    return (x / w, y / w, w) if w else (math.inf, math.inf, 0.0)


def foot(optics: Optics, middle: float, top: float, low: float, tallest: float) -> Ground | None:
    """The floor under the foot of somebody upright whose box is about the column `middle`, from row `top` to `low`.

    The foot is in the row `low`, as far from the middle as the head is in the row `top` on the other side: a camera
    that looks down sees uprights fan out. Nobody is taken to be taller than `tallest` metres or to lean in the picture
    by more than the box is high, as under a camera straight above, where a box has no feet to speak of. None at or
    above the horizon; no leaning where the floor does not know its upright.
    """
    if optics.rise is None or optics.lens is not None:
        return ground(optics, middle + _lean(optics, middle, top, low, tallest), low)
    # `_lean` and `ground`, written out: this is asked of every box.
    (a, b, c, d, e, f, g, h, i), (across, ahead, up) = optics.matrix, optics.rise
    w, lever, u = g * middle + h * low + i, ahead - top * up, middle
    if w > 0.0 and lever:
        lift, highest = (top - low) / lever, tallest * w
        if not 0.0 <= lift <= highest:
            lift = 0.0 if lift < 0.0 else highest
        high = 1.0 + up * lift
        if high > 0.0:
            lean, steep = (middle - (middle + across * lift) / high) / 2, low - top
            u += lean if -steep <= lean <= steep else math.copysign(steep, lean)
    over = g * u + h * low + i
    if not over > 0.0:
        return None
    x, y, w = (a * u + b * low + c) / over, (d * u + e * low + f) / over, 1.0 / over
    return Ground(
        u=u, v=low, w=w, x=x, y=y, slopes=((a - x * g) * w, (b - x * h) * w, (d - y * g) * w, (e - y * h) * w)
    )


def _lean(optics: Optics, middle: float, top: float, low: float, tallest: float) -> float:
    """By how many pixels the feet are right of a box's middle."""
    head = None if optics.rise is None else head_above(optics, (middle, low), (middle, top), tallest)
    if head is None:
        return 0.0
    lean, steep = (middle - head[0]) / 2, low - top
    return lean if -steep <= lean <= steep else math.copysign(steep, lean)


def head_above(optics: Optics, bottom: Point, top: Point, tallest: float) -> Point | None:
    """The pixel of the head of somebody who stands at the pixel `bottom` and reaches up to the row of the pixel `top`.

    Nobody is taken to be taller than `tallest` metres, or less than 0. None at or above the horizon. The floor must
    know its upright.
    """
    assert optics.rise is not None
    across, ahead, up = optics.rise
    lens = optics.lens
    foot, head = (bottom, top) if lens is None else (_straight(lens, *bottom), _straight(lens, *top))
    if foot is None or head is None:
        return None
    u, v = foot
    # `inverse` takes the place under a pixel (u, v) to (u, v, 1) over this w: everything below is times w.
    w = optics.matrix[6] * u + optics.matrix[7] * v + optics.matrix[8]
    lever = ahead - head[1] * up
    if not w > 0.0 or not lever:
        return None
    lift, highest = (head[1] - v) / lever, tallest * w
    if not 0 <= lift <= highest:
        lift = 0.0 if lift < 0.0 else highest
    return _shown(lens, u + across * lift, v + ahead * lift, 1.0 + up * lift)


def _ground(optics: Optics, pixel: Point, x: float, y: float, w: float) -> Ground:
    """The floor at (x, y), which shows at a pixel, with its `Ground.w`."""
    a, b, _, c, d, _, e, f, _ = optics.matrix
    slopes = (a - x * e) * w, (b - x * f) * w, (c - y * e) * w, (d - y * f) * w
    u, v = pixel
    if optics.lens is not None:
        slopes = _through(_lens_slopes(optics.lens, u, v), slopes)
    return Ground(u=u, v=v, w=w, x=x, y=y, slopes=slopes)


def _upright_through(optics: Optics, x: float, y: float, tall: float, metres: float) -> Upright | None:
    """`upright` in a picture that a lens bends."""
    assert optics.rise is not None
    across, ahead, up = optics.rise
    u, v, w = times(optics.inverse, x, y)
    foot, head = beneath(optics, x, y), _shown(optics.lens, u + across * tall, v + ahead * tall, w + up * tall)
    close = None if foot is None else nearer(optics, foot, metres)
    if foot is None or head is None or close is None:
        return None
    return foot.u, close[1], *head, foot.slopes


def _shown(lens: Lens | None, u: float, v: float, w: float) -> Point | None:
    """The pixel of a homogeneous one; None behind the camera, or where the lens shows none."""
    if not w > 0.0:
        return None
    return (u / w, v / w) if lens is None else _bent(lens, u / w, v / w)


def _straight(lens: Lens, u: float, v: float) -> Point | None:
    """`lens.straighten` of one pixel; None far outside of any picture."""
    away_u, away_v, share = _away(lens, u, v)
    if not share > LEAST:
        return None
    return lens.centre[0] + away_u / share, lens.centre[1] + away_v / share


def _bent(lens: Lens, u: float, v: float) -> Point | None:
    """`lens.bend` of one straight pixel; None where the lens shows none."""
    away_u, away_v = u - lens.centre[0], v - lens.centre[1]
    left = 1 - 4 * lens.strength * ((away_u / lens.unit[0]) ** 2 + (away_v / lens.unit[1]) ** 2)
    if not left >= 0:
        return None
    share = 2 / (1 + math.sqrt(left))
    return lens.centre[0] + away_u * share, lens.centre[1] + away_v * share


def _through(lens: Slopes, straight: Slopes) -> Slopes:
    """Slopes by straight pixels as slopes by the picture's own, whose `lens` moves a straight pixel so."""
    (u_u, u_v, v_u, v_v), (x_u, x_v, y_u, y_v) = lens, straight
    return x_u * u_u + x_v * v_u, x_u * u_v + x_v * v_v, y_u * u_u + y_v * v_u, y_u * u_v + y_v * v_v


def _lens_slopes(lens: Lens, u: float, v: float) -> Slopes:
    """`lens.slopes` at one pixel: the straight u by u and by v, the straight v by u and by v."""
    away_u, away_v, share = _away(lens, u, v)
    by_u, by_v = (2 * lens.strength * a / n**2 for a, n in zip((away_u, away_v), lens.unit, strict=True))
    square = share * share
    return (
        1 / share - away_u * by_u / square,
        -away_u * by_v / square,
        -away_v * by_u / square,
        1 / share - away_v * by_v / square,
    )


def _away(lens: Lens, u: float, v: float) -> Row:
    """A pixel from the lens's middle, and 1 + strength · r² there."""
    away_u, away_v = u - lens.centre[0], v - lens.centre[1]
    return away_u, away_v, 1 + lens.strength * ((away_u / lens.unit[0]) ** 2 + (away_v / lens.unit[1]) ** 2)


def _matrix(matrix: Array) -> Matrix:
    a, b, c, d, e, f, g, h, i = matrix.ravel().tolist()
    return a, b, c, d, e, f, g, h, i


def _row(row: list[float]) -> Row:
    x, y, z = row
    return x, y, z
