"""A floor for uncalibrated footage: the plane on which all the people seen would be of one stature."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.floor import plane
from edge.floor.plane import Floor
from edge.inputs import Box
from edge.tracking.association import RIM
from edge.tracking.feet import USUAL_STATURE

Array: TypeAlias = NDArray[np.float64]

# What is believed before a box was seen: a shop's camera, 2.7 m up, 25 degrees down, 53 degrees wide.
USUAL_HEIGHT: Final = 2.7  # m
HEIGHT_SPREAD: Final = 0.6  # of its logarithm: from a tripod at 1.5 m to a mast at 5 m and more
USUAL_TILT: Final = math.radians(25)
TILT_SPREAD: Final = math.radians(20)
FOCUS_SPREAD: Final = 0.4  # of the logarithm of the focal length in picture widths
STATURE_SPREAD: Final = 0.12  # m, between people, and between boxes of one person
MOST_VOTES: Final = 40  # boxes are not independent: the same few people, again and again
FEWEST: Final = 20  # fewer whole boxes than this may all be of one person who stoops, or of none
FOCUSES: Final = (0.7, 1.0, 1.5)  # picture widths
TILTS: Final = tuple(math.radians(degrees) for degrees in range(-10, 81))
SURE: Final = 0.4  # the score of a box that may vote


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A camera without roll: how long its lens is, how far it looks down and how high it hangs."""

    focus: float  # px
    tilt: float  # radians below the horizontal
    up: float  # m


def floor(boxes: Sequence[Box], *, width: int, height: int) -> Floor:
    """The most likely floor of a picture of that size in which `boxes`, from any number of frames, were seen.

    Its metres are as right as people are 1.65 m tall; the origin is under the camera, y points away from it.
    For scoring and for a first look: figures for a shop need a calibration (`edge.floor.fit`).
    """
    return as_floor(mount(boxes, width=width, height=height), width=width, height=height)


def mount(boxes: Sequence[Box], *, width: int, height: int) -> Mount:
    """The most likely camera: a robust vote of all statures, and what is usual where they do not decide.

    Boxes that the picture's upper or lower edge may cut tell no stature. Where most are cut, those that seem whole are
    mostly cut as well, by a detector that ended them too high: the votes fall with the share of whole ones.
    """
    table = np.array([(b.y1, b.y2) for b in boxes if b.score >= SURE and b.y2 > b.y1]).reshape(-1, 2)
    near = RIM * (table[:, 1] - table[:, 0])
    whole = table[(table[:, 0] > near) & (table[:, 1] < height - near)]
    if len(whole) < FEWEST:
        whole = whole[:0]
    votes = min(len(whole), MOST_VOTES * len(whole) / max(1, len(table)))
    candidates = [
        _candidate(whole - height / 2, votes, focus * width, tilt, math.log(focus))
        for focus in FOCUSES
        for tilt in TILTS
        if tilt + math.atan(height / 2 / (focus * width)) > math.radians(5)
    ]
    return min(candidates, key=lambda candidate: candidate[0])[1]


def as_floor(camera: Mount, *, width: int, height: int) -> Floor:
    """The floor under a camera: x to the right, y ahead, in m from the point below it."""
    down, ahead = math.sin(camera.tilt), math.cos(camera.tilt)
    lens = np.array([[camera.focus, 0, width / 2], [0, camera.focus, height / 2], [0, 0, 1]])
    # Columns: what a metre to the right, a metre ahead and the camera's own height add, in the camera's axes.
    axes = np.array([[1, 0, 0], [0, -down, camera.up * ahead], [0, ahead, camera.up * down]])
    return plane.from_matrix(np.linalg.inv(lens @ axes), width=width, height=height)


def _candidate(rows: Array, votes: float, focus: float, tilt: float, focus_log: float) -> tuple[float, Mount]:
    """How unlikely a lens and a tilt are with the camera height that suits them best, and that camera."""
    heads, feet = rows[:, 0] / focus, rows[:, 1] / focus
    shares = _statures(heads, feet, tilt)
    seen = shares[np.isfinite(shares)]
    median = float(np.median(seen)) if len(seen) else 0.0
    up = USUAL_STATURE / median if median > 0 else USUAL_HEIGHT
    up = min(max(up, 0.5), 30.0)
    misfit = np.minimum(((up * shares - USUAL_STATURE) / STATURE_SPREAD) ** 2, 9.0)
    unlikely = votes * float(np.nan_to_num(misfit, nan=9.0).mean()) if votes else 0.0
    unlikely += (math.log(up / USUAL_HEIGHT) / HEIGHT_SPREAD) ** 2 + ((tilt - USUAL_TILT) / TILT_SPREAD) ** 2
    unlikely += (focus_log / FOCUS_SPREAD) ** 2
    return unlikely, Mount(focus=focus, tilt=tilt, up=up)


def _statures(heads: Array, feet: Array, tilt: float) -> Array:
    """Statures in camera heights, of heads and feet, tangents below the optical axis; NaN above the horizon."""
    down, ahead = math.sin(tilt), math.cos(tilt)
    drop = down + feet * ahead
    distance = np.divide(ahead - feet * down, drop, out=np.full(len(feet), np.nan), where=drop > 1e-3)
    statures: Array = 1 - distance * (down + heads * ahead) / (ahead - heads * down)
    return statures
