"""The pinhole camera of the simulated store: K [R | t] from where it hangs, what it looks at and its field of view."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from contract.plan import Camera, Pair, Point


class Vector(NamedTuple):
    """A place or direction in the store: x right and y down on the plan, z up from the floor; metres."""

    x: float
    y: float
    z: float


class Pixel(NamedTuple):
    """Where a place falls on the sensor, px from the upper left corner, and how far ahead of the lens it is (m)."""

    u: float
    v: float
    depth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Optics:
    """A camera without distortion; `right`, `down`, `ahead` are the rows of R, `eye` the centre of projection."""

    width: int
    height: int
    focal: float  # px, the same in both directions; the principal point is the middle of the picture
    eye: Vector
    right: Vector
    down: Vector
    ahead: Vector


NEAREST = 0.2
"""Metres ahead of the lens below which nothing is projected."""


def optics_of(camera: Camera) -> Optics:
    """The optics of a camera of the plan, level (no roll); its `field_of_view_deg` is the horizontal one."""
    run_x, run_y = camera.look_at.x - camera.at.x, camera.look_at.y - camera.at.y
    run = math.hypot(run_x, run_y)
    if run < NEAREST:
        raise ValueError(f"camera {camera.id}: look_at must be at least {NEAREST} m away from at on the floor")
    reach = math.hypot(run, camera.height_m)
    ahead = Vector(run_x / reach, run_y / reach, -camera.height_m / reach)
    # On the plan y runs down, so that the right hand of somebody who looks along (x, y) points to (-y, x).
    right = Vector(-run_y / run, run_x / run, 0.0)
    # Straight down, less its part along the view.
    sink = math.sqrt(1 - ahead.z**2)
    down = Vector(ahead.x * ahead.z / sink, ahead.y * ahead.z / sink, (ahead.z**2 - 1) / sink)
    return Optics(
        width=camera.width,
        height=camera.height,
        focal=camera.width / 2 / math.tan(math.radians(camera.field_of_view_deg) / 2),
        eye=Vector(camera.at.x, camera.at.y, camera.height_m),
        right=right,
        down=down,
        ahead=ahead,
    )


def project(optics: Optics, place: Vector) -> Pixel | None:
    """The pixel that shows a place, also where it lies beside the sensor; None where it is not ahead of the lens."""
    x, y, z = place.x - optics.eye.x, place.y - optics.eye.y, place.z - optics.eye.z
    depth = x * optics.ahead.x + y * optics.ahead.y + z * optics.ahead.z
    if depth < NEAREST:
        return None
    scale = optics.focal / depth
    return Pixel(
        optics.width / 2 + scale * (x * optics.right.x + y * optics.right.y + z * optics.right.z),
        optics.height / 2 + scale * (x * optics.down.x + y * optics.down.y + z * optics.down.z),
        depth,
    )


def in_frame(optics: Optics, pixel: Pixel | None) -> bool:
    """Whether a pixel lies on the sensor."""
    return pixel is not None and 0 <= pixel.u <= optics.width and 0 <= pixel.v <= optics.height


_STEPS = 5


def pairs_of(camera: Camera) -> tuple[Pair, ...]:
    """Calibration pairs: a grid of floor places over what the camera `sees`, those that fall into its picture."""
    optics = optics_of(camera)
    xs, ys = [p.x for p in camera.sees], [p.y for p in camera.sees]
    places = (
        Point(
            round(min(xs) + (max(xs) - min(xs)) * i / _STEPS, 3), round(min(ys) + (max(ys) - min(ys)) * j / _STEPS, 3)
        )
        for j in range(_STEPS + 1)
        for i in range(_STEPS + 1)
    )
    pixels = ((place, project(optics, Vector(place.x, place.y, 0.0))) for place in places)
    return tuple(
        Pair(round(pixel.u, 2), round(pixel.v, 2), place.x, place.y)
        for place, pixel in pixels
        if pixel is not None and in_frame(optics, pixel)
    )
