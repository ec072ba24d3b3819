"""Where a picture shows people who stand at known places, and who hides whom from it."""

from collections.abc import Sequence
from typing import Final

from edge.floor import optics as seen_by
from edge.floor.optics import Optics, Slopes
from edge.inputs import Box
from edge.tracking import feet as footing
from edge.tracking.overlap import area, overlapping
from edge.tracking.people import Followed

CROWDED: Final = 0.1  # of a person's outline that another's overlaps: the detector may draw one box round parts of both


class Outline(Box, frozen=True, kw_only=True, gc=False):
    """What a detector would draw round somebody; not clipped to the picture."""

    slopes: Slopes  # of the floor under their feet


def expected(person: Followed, optics: Optics) -> Outline | None:
    """What a detector would draw round somebody by place, stature and width; not clipped to the picture.

    None for somebody behind the camera, and when the floor does not know its upright.
    """
    body = person.body
    ends = None if optics.rise is None else seen_by.upright(optics, body.x, body.y, person.tall, footing.STEP)
    if ends is None:
        return None
    foot, shoe, head, top, slopes = ends
    high = footing.height(shoe - top)
    middle, half = (foot + head) / 2, person.slim * high / 2
    return Outline(x1=middle - half, y1=top, x2=middle + half, y2=top + high, score=person.box.score, slopes=slopes)


def hidden(outlines: Sequence[Outline | None], solid: Sequence[bool]) -> tuple[list[float], list[bool]]:
    """What share of each of `outlines` nobody hides, and whether it overlaps another's; None is somebody nowhere.

    Only those that are `solid` hide or crowd others. The nearer of two people who stand on one floor ends lower in the
    picture. Overlaps of several who hide the same person are taken to be independent.
    """
    visible, crowded = [1.0] * len(outlines), [False] * len(outlines)
    boxes = [(number, each) for number, each in enumerate(outlines) if each is not None]
    drawn = [(number, box.y2, area(box), solid[number]) for number, box in boxes]
    for i, j, both in overlapping([box for _, box in boxes]):
        (far, high, far_whole, far_solid), (near, low, near_whole, near_solid) = drawn[i], drawn[j]
        if near_solid and high < low:
            visible[far] *= 1.0 - both / far_whole
        if (near_solid and both > CROWDED * far_whole) or (far_solid and both > CROWDED * near_whole):
            crowded[far] = crowded[near] = True
    return visible, crowded
