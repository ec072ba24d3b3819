"""How tall people are on the floor that was given: where nobody is so tall, it is in another unit, or not theirs."""

import math
import statistics
from collections.abc import Iterable
from typing import Final

import numpy as np

from edge.floor import optics as seen_by
from edge.floor import plane
from edge.floor.plane import Floor, FloorError
from edge.inputs import Sighting
from edge.score.units import METRES
from edge.tracking import feet
from edge.tracking.feet import USUAL_STATURE

FEWEST: Final = 20  # boxes that show somebody whole
# Of a usual stature: children and a calibration by hand stay within the first; a unit is named that explains it well.
ASTRAY: Final = 0.4
EXPLAINED: Final = 0.25


def median(sightings: Iterable[Sighting], floor: Floor) -> float | None:
    """The median stature of whole boxes, m; None with fewer than FEWEST, or where the floor knows no upright."""
    optics, blur = seen_by.of_floor(floor), feet.Blur()
    shown = [foot.tall for each in sightings for foot in feet.of_boxes(each.boxes, optics, blur)]
    known = [tall for tall in shown if tall is not None]
    return statistics.median(known) if len(known) >= FEWEST else None


def doubted(tall: float, sightings: Iterable[Sighting], floor: Floor, unit: str) -> str | None:
    """What a stature of `tall` m says against a floor that was given in `unit`; None where people may be so tall."""
    if _near(tall, ASTRAY):
        return None
    looks = tuple(sightings)
    likely = [each for each in METRES if _near(_in_unit(looks, floor, METRES[each] / METRES[unit]), EXPLAINED)]
    asked = " or ".join(f"{each} (--unit {each})" for each in likely)
    asked = asked or f"{unit}, and for pictures of {floor.width}x{floor.height} pixels"
    return f"people are {tall:.1f} m tall on this floor: is it in {asked}?"


def _in_unit(sightings: Iterable[Sighting], floor: Floor, share: float) -> float:
    """The median stature if a unit of the floor were `share` of what it was taken for; NaN for none."""
    bigger = np.diag([share, share, 1.0]) @ floor.matrix
    try:
        scaled = plane.from_matrix(bigger, width=floor.width, height=floor.height, lens=floor.lens)
    except FloorError:
        return math.nan
    return median(sightings, scaled) or math.nan


def _near(tall: float, within: float) -> bool:
    return abs(tall - USUAL_STATURE) <= within * USUAL_STATURE
