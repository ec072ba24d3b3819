"""Where the feet of detected people stand, and how sure that is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

import msgspec
from msgspec.structs import replace

from edge.floor import optics as seen_by
from edge.floor.optics import Ground, Optics, Slopes
from edge.inputs import Box
from edge.tracking.motion import Place
from edge.tracking.overlap import area, overlapping

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
# Somebody's feet may be hidden by whoever is nearer and whose box covers so much of theirs across.
COVERED: Final = 0.5
STATURES: Final = 0.12  # m, between grown-up people
# A box that shows less than a grown-up, and is as slim as whole people are, shows a child; a stouter one is cut off.
GROWN: Final = 1.35  # m
SLIM: Final = 0.5  # of its height
# A place less sure than this is none: so near the horizon one pixel is metres of floor. Short of it the covariance says
# how unsure it is, and `edge.tracking.paths` what is sure enough to be a figure.
UNSUREST: Final = 10.0  # m, standard deviation


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


class Foot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One box on the floor."""

    box: Box
    shoe: Ground  # the floor where the box ends
    place: Place
    tall: float | None  # m; None when the floor knows no upright or the box is cut by the picture's edge
    lowest: float  # px: the row down to which it may go on behind somebody nearer; its own end where nobody is


def of_boxes(boxes: Sequence[Box], optics: Optics, blur: Blur) -> list[Foot]:
    """The feet of boxes in pixels of the floor's picture, the best box first.

    Left out are boxes without a place on the floor, and second boxes of one person.
    """
    ranked = sorted(filter(_is_plausible, boxes), key=attrgetter("score"), reverse=True)
    both = overlapping(ranked)
    doubles = _doubles(ranked, both)
    whole = [_below_picture(box, optics) for box in ranked]
    lowest = _lowest(whole, [(i, j) for i, j, _ in both if i not in doubles and j not in doubles])
    feet = [_of_box(whole[row], lowest[row], optics, blur) for row in range(len(ranked)) if row not in doubles]
    return [foot for foot in feet if foot is not None]


def behind(foot: Foot, optics: Optics, blur: Blur) -> Foot:
    """The same foot for somebody of unknown stature, whose lower part somebody nearer to the camera may hide.

    Such a box ends too high, and its feet seem metres too far away. They are put where a usual stature has them, or
    the one that shows if that is larger, with the doubt that goes with it; and no stature is shown.
    """
    box, tall = foot.box, foot.tall
    if foot.lowest <= box.y2 or tall is None or (tall < GROWN and box.x2 - box.x1 < SLIM * (box.y2 - box.y1)):
        return foot
    shoe: Ground | None = foot.shoe
    if tall < USUAL_STATURE:
        whole = standing(box, USUAL_STATURE, optics)
        box = box if whole is None else replace(whole, y2=min(whole.y2, foot.lowest))
        shoe = _shoe(box, optics)
    if shoe is None:
        return foot
    place = _place(shoe, box.y2 - box.y1, blur, (STATURES / USUAL_STATURE) ** 2)
    return replace(foot, place=place, tall=None)


def _lowest(boxes: Sequence[Box], pairs: Sequence[tuple[int, int]]) -> list[float]:
    """How far down each box may go on behind others that end lower, of those `pairs` that overlap."""
    ends = [box.y2 for box in boxes]
    lowest = ends.copy()
    for i, j in pairs:
        one, nearer = (i, j) if ends[i] < ends[j] else (j, i)
        if ends[nearer] > lowest[one] and _covers_across(boxes[nearer], boxes[one]):
            lowest[one] = ends[nearer]
    return lowest


def _covers_across(nearer: Box, box: Box) -> bool:
    """Whether one box covers enough of another's width: it begins and ends so far into it, and is so wide itself."""
    enough = COVERED * (box.x2 - box.x1)
    return box.x2 - nearer.x1 >= enough and nearer.x2 - box.x1 >= enough and nearer.x2 - nearer.x1 >= enough


def _is_plausible(box: Box) -> bool:
    """Whether a box is one at all; a comparison with NaN never holds."""
    edges = -FARTHEST_EDGE < box.x1 < box.x2 < FARTHEST_EDGE and -FARTHEST_EDGE < box.y1 < box.y2 < FARTHEST_EDGE
    return edges and math.isfinite(box.score)


def _doubles(ranked: Sequence[Box], both: Sequence[tuple[int, int, float]]) -> set[int]:
    """Which boxes, best first, are second boxes of a better one (greedy non-maximum suppression)."""
    areas = [area(box) for box in ranked]
    alike = [(min(i, j), max(i, j)) for i, j, common in both if common > DOUBLE * (areas[i] + areas[j] - common)]
    doubles: set[int] = set()
    for better, worse in sorted(alike):
        if better not in doubles:
            doubles.add(worse)
    return doubles


def _of_box(whole: Box, lowest: float, optics: Optics, blur: Blur) -> Foot | None:
    shoe = _shoe(whole, optics)
    if shoe is None:
        return None
    place = _place(shoe, whole.y2 - whole.y1, blur)
    if not place.xx + place.yy < UNSUREST * UNSUREST:
        return None
    return Foot(box=whole, shoe=shoe, place=place, tall=_stature(whole, place, optics), lowest=lowest)


def _below_picture(box: Box, optics: Optics) -> Box:
    """A box that the picture's lower edge cuts, as far down as somebody of usual stature would reach."""
    if optics.rise is None or box.y2 <= optics.height * (1 - RIM):
        return box
    whole = standing(box, USUAL_STATURE, optics)
    return whole if whole is not None and whole.y2 > box.y2 else box


def _stature(box: Box, place: Place, optics: Optics) -> float | None:
    if optics.rise is None or box.y1 < optics.height * RIM or box.y2 > optics.height * (1 - RIM):
        return None
    return seen_by.stature(optics, place.x, place.y, ((box.x1 + box.x2) / 2, box.y1))


def standing(box: Box, tall: float, optics: Optics) -> Box | None:
    """`box` with its bottom where the feet belong to the head of somebody `tall` metres tall.

    None where the floor knows no such place. The floor must know its upright.
    """
    line, lift = seen_by.sightline(optics, (box.x1 + box.x2) / 2, box.y1), seen_by.lift(optics, tall)
    if not lift.share * line[2] > 0:
        return None
    under = seen_by.beneath(optics, lift.share * line[0] + lift.across, lift.share * line[1] + lift.ahead)
    shoe = None if under is None else seen_by.nearer(optics, under, STEP)
    return None if shoe is None else replace(box, y2=box.y1 + height(shoe[1] - box.y1))


def height(shown: float) -> float:
    """How high a box is, in pixels, that shows so many of somebody, from the head to the nearer shoe."""
    return shown / (1 - MARGIN)


def _shoe(box: Box, optics: Optics) -> Ground | None:
    """The floor at the nearer shoe of the body in `box`; None at or above the horizon."""
    low = box.y2 - MARGIN * (box.y2 - box.y1)
    return seen_by.foot(optics, (box.x1 + box.x2) / 2, box.y1, low, USUAL_STATURE)


def _place(shoe: Ground, size: float, blur: Blur, unsure: float = 0.0) -> Place:
    """Where the body stands: STEP behind its nearer shoe, along the floor as the picture's columns run.

    Its box is `size` pixels high. `unsure` is the variance of what else is not known of the box's lower edge, as a
    share of the height's square.
    """
    _, x_v, _, y_v = shoe.slopes
    back = STEP / (math.hypot(x_v, y_v) or 1e-12)
    xx, xy, yy = spread(shoe.slopes, size, blur.bottom * blur.bottom + unsure, blur)
    return Place(x=shoe.x - back * x_v, y=shoe.y - back * y_v, xx=xx, xy=xy, yy=yy)


def spread(under: Slopes, size: float, bottom: float, blur: Blur) -> tuple[float, float, float]:
    """The covariance of a place under a box `size` pixels high, xx, xy, yy: J diag(across², down²) Jᵀ + floor² I.

    `bottom` is the variance of the box's lower edge, as a share of its height's square. First order, with the
    homography's Jacobian J (Hartley and Zisserman, section 5.2.1).
    """
    x_u, x_v, y_u, y_v = under
    wide, jump, own = blur.across * size, blur.pixels * blur.pixels, blur.floor * blur.floor
    across, down = wide * wide + jump, bottom * size * size + jump
    return (
        x_u * x_u * across + x_v * x_v * down + own,
        x_u * y_u * across + x_v * y_v * down,
        y_u * y_u * across + y_v * y_v * down + own,
    )
