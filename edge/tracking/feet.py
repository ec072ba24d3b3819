"""Where the feet of detected people stand, and how sure that is."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.floor import bodies, plane
from edge.floor.plane import Floor
from edge.inputs import Box

Array: TypeAlias = NDArray[np.float64]

USUAL_STATURE: Final = 1.65  # m, of people in a shop, shoes on
# A box that ends this near to the picture's edge is cut by it, as a share of the picture's height or width.
RIM: Final = 0.006
# Boxes that share more than this of what they cover together show one person: two people that near
# hide each other, and the detector's own suppression leaves second boxes for the sake of crowds.
DOUBLE: Final = 0.5
# No edge of a box is farther out than this: a detector may guess beyond the picture, but not by pictures.
FARTHEST_EDGE: Final = 1e5  # px
# A detector's box ends a little below what it holds: this share of its height, measured on drawn and real people.
MARGIN: Final = 0.025
# The lowest thing that shows of somebody is the nearer shoe's end, not the point below the body: half a shoe and a
# quarter of a stride. That point is this far behind it, seen from the camera.
STEP: Final = 0.15  # m
# A place less sure than this is no place: it is near the horizon, where one pixel is metres of floor.
FARTHEST: Final = 1.5  # m, standard deviation along the worse axis


@dataclass(frozen=True, slots=True, kw_only=True)
class Blur:
    """How much the edges of a detector's boxes jump, as standard deviations."""

    # Shares of the box's height: a stride spreads the feet by a third of the stature while the box's middle
    # and bottom move with it, and detectors regress edges to a few per cent of the size.
    across: float = 0.045
    bottom: float = 0.045
    pixels: float = 1.0  # px, however small the box
    # s: how long an error lasts; a box that errs does so in the next frame too. Measured on real pedestrians, both
    # across and down: half of it is still there after 0.35 s, about half a step.
    memory: float = 0.35
    floor: float = 0.06  # m: the calibration's own error, and a foot's length


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Feet:
    """People of one frame on the floor; row i is one box. Never changed in place."""

    boxes: Array  # [n, 4]: x1, y1, x2, y2 in pixels
    scores: Array  # [n]
    places: Array  # [n, 2], floor metres
    cov: Array  # [n, 2, 2], m²
    tall: Array  # [n], metres; NaN when the floor knows no upright or the box is cut by the picture's edge

    def __len__(self) -> int:
        return len(self.scores)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> "Feet":
        """These rows alone."""
        return Feet(
            boxes=self.boxes[rows],
            scores=self.scores[rows],
            places=self.places[rows],
            cov=self.cov[rows],
            tall=self.tall[rows],
        )


def of_boxes(boxes: tuple[Box, ...], floor: Floor, blur: Blur) -> Feet:
    """The feet of boxes in pixels of the floor's picture; boxes without a place on the floor are left out."""
    table = np.array([(b.x1, b.y1, b.x2, b.y2, b.score) for b in boxes], dtype=np.float64).reshape(-1, 5)
    with np.errstate(invalid="ignore"):
        plausible = (np.abs(table[:, :4]) < FARTHEST_EDGE).all(axis=1) & np.isfinite(table[:, 4])
    usable = plausible & (table[:, 2] > table[:, 0]) & (table[:, 3] > table[:, 1])
    single = table[usable][_singles(table[usable, :4], table[usable, 4])]
    edges, scores = single[:, :4], single[:, 4]
    below = edges[:, 3] > floor.height * (1 - RIM)
    if floor.rise is not None and below.any():
        usual = np.full(int(below.sum()), USUAL_STATURE)
        edges = edges.copy()
        edges[below, 3] = np.fmax(standing(edges[below], usual, floor)[:, 3], edges[below, 3])
    return _on_floor(edges, scores, floor, blur)


def _singles(boxes: Array, scores: Array) -> list[int]:
    """The boxes, best first, that are no second box of a better one (greedy non-maximum suppression)."""
    left, top, right, bottom = boxes.T
    size = (right - left) * (bottom - top)
    wide = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    high = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    shared = np.maximum(wide, 0) * np.maximum(high, 0)
    second = shared > DOUBLE * (size[:, None] + size - shared)
    best_first: list[int] = np.argsort(-scores, kind="stable").tolist()
    if np.count_nonzero(second) == len(boxes):  # each with itself alone
        return best_first
    kept: list[int] = []
    for row in best_first:
        if not second[row, kept].any():
            kept.append(row)
    return kept


def standing(boxes: Array, tall: Array, floor: Floor) -> Array:
    """`boxes` [n, 4] with their bottoms where the feet belong to heads of people `tall` [n] metres tall.

    NaN where the floor knows no such place. The floor must know its upright.
    """
    places = bodies.below_heads(floor, _tops(boxes), tall)
    whole = boxes.copy()
    whole[:, 3] = shown_bottoms(places, boxes[:, 1], floor)
    return whole


def shown_bottoms(places: Array, tops: Array, floor: Floor) -> Array:
    """The pixel rows [n] at which boxes end that begin at row `tops` [n] and show people at `places` [n, 2].

    What `place` undoes: the nearer shoe before the body, and the box's margin below it.
    """
    rows: Array = tops + (plane.nearer(floor, places, STEP)[:, 1] - tops) / (1 - MARGIN)
    return rows


def place(boxes: Array, floor: Floor, blur: Blur, bottom: Array | None = None) -> tuple[Array, Array]:
    """Floor places [n, 2] below the bodies of `boxes` [n, 4] and their covariances [n, 2, 2].

    `bottom` [n] is how much the bottoms jump as a share of the heights, if not as `blur` has it.

    The feet are at the bottom; across, they are as far from the middle as somebody upright leans in the picture.
    The body stands STEP behind its nearest shoe, along the floor as the picture's columns run.

    First order: J diag(σu², σv²) Jᵀ with the homography's Jacobian J (Hartley and Zisserman, section 5.2.1).
    """
    tops = _tops(boxes)
    size = boxes[:, 3] - boxes[:, 1]
    bottoms = np.array((tops[:, 0], boxes[:, 3] - MARGIN * size)).T
    bottoms[:, 0] += _lean(bottoms, tops, floor)
    across = np.hypot(blur.across * size, blur.pixels)
    down = np.hypot((blur.bottom if bottom is None else bottom) * size, blur.pixels)
    places, jacobian = plane.project_with_slopes(floor, bottoms)
    return places - STEP * plane.unit(jacobian[:, :, 1].T).T, _spread(jacobian, across, down, blur.floor)


def _spread(jacobian: Array, across: Array, down: Array, floor: float) -> Array:
    """J diag(across², down²) Jᵀ + floor² I, [n, 2, 2]."""
    (x_u, x_v), (y_u, y_v) = jacobian.transpose(1, 2, 0)
    x_u, x_v, y_u, y_v = x_u * across, x_v * down, y_u * across, y_v * down
    own = floor**2
    mixed = x_u * y_u + x_v * y_v
    return np.array(((x_u * x_u + x_v * x_v + own, mixed), (mixed, y_u * y_u + y_v * y_v + own))).transpose(2, 0, 1)


def _tops(boxes: Array) -> Array:
    """The middles [n, 2] of the upper edges."""
    return np.array(((boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 1])).T


def _lean(bottoms: Array, tops: Array, floor: Floor) -> Array:
    """By how many pixels the feet are right of a box's middle: a camera that looks down sees uprights fan out."""
    if floor.rise is None:
        return np.zeros(len(bottoms))
    lean = (bottoms[:, 0] - bodies.heads_above(floor, bottoms, tops, USUAL_STATURE)[:, 0]) / 2
    # An upright that leans by more than its height is a camera straight above, where a box has no feet to speak of.
    steep = np.abs(bottoms[:, 1] - tops[:, 1])
    return np.where(np.isfinite(lean), np.minimum(np.maximum(lean, -steep), steep), 0.0)


def _on_floor(boxes: Array, scores: Array, floor: Floor, blur: Blur) -> Feet:
    places, cov = place(boxes, floor, blur)
    with np.errstate(invalid="ignore"):
        spread = cov[:, 0, 0] + cov[:, 1, 1]
        sure = np.isfinite(places).all(axis=1) & (spread < FARTHEST**2)
    feet = Feet(boxes=boxes, scores=scores, places=places, cov=cov, tall=np.full(len(boxes), np.nan)).take(sure)
    return _with_stature(feet, floor)


def _with_stature(feet: Feet, floor: Floor) -> Feet:
    if floor.rise is None:
        return feet
    tall = bodies.statures(floor, feet.places, _tops(feet.boxes))
    cut = (feet.boxes[:, 1] < floor.height * RIM) | (feet.boxes[:, 3] > floor.height * (1 - RIM))
    known = np.where(cut, np.nan, tall)
    return Feet(boxes=feet.boxes, scores=feet.scores, places=feet.places, cov=feet.cov, tall=known)
