"""What an editor asks of a calibration while somebody moves its points, and what it is answered.

Numbers in, numbers out: no picture is part of a call. A call takes some 2 ms with 4 pairs, 0.1 s with 12.
"""

import enum
import math
from typing import Annotated

import numpy as np
from msgspec import Meta, Struct

from contract.plan import Pair, Point, Polygon
from edge.calibrate import warnings
from edge.calibrate.floor_seen import Reach, grid, reaches
from edge.floor import calibrated as calibrating
from edge.floor import lens, plane
from edge.floor.fitting import Fit
from edge.floor.plane import FloorError, PointPair

Pixels = Annotated[int, Meta(ge=16, le=8192)]


class Request(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pairs of a picture of that size; the rest is the plan's opinion of the camera, for comparison."""

    width: Pixels
    height: Pixels
    pairs: Annotated[tuple[Pair, ...], Meta(max_length=200)]
    sees: Polygon | None = None  # the floor that the camera is to answer for; None: that round the pairs
    at: Point | None = None
    height_m: Annotated[float, Meta(gt=0, le=20)] | None = None


class State(enum.StrEnum):
    """How far a calibration is."""

    WAITING = "waiting"  # for a fourth pair
    REFUSED = "refused"  # the pairs make no floor; `refusal` says why
    FITTED = "fitted"


class PointError(Struct, frozen=True, kw_only=True):
    """How wrong one pair is, in cm on the floor."""

    number: int  # from 1, in the request's order
    fit_cm: float  # from the floor that was fitted to it, too: small, and proves nothing
    error_cm: float | None  # from the floor fitted to the other pairs; None with four pairs: nobody knows
    without_cm: float | None  # what the other pairs err by when the floor is fitted without this one


class Bend(Struct, frozen=True, kw_only=True):
    """The lens: whether distortion is corrected, and why (or why not)."""

    corrected: bool
    strength: float | None  # below 0: barrel; None where it could not be told
    reason: str


class Warp(Struct, frozen=True, kw_only=True):
    """From the picture to the floor and back, for a live view.

    straight = centre + (pixel - centre) / (1 + strength · r²), r = |(pixel - centre) / unit|; then
    (x, y, w) = matrix · (u, v, 1), and x / w, y / w in metres. `grid` are lines of the floor a metre (or more) apart,
    as they run in the picture: for those who only draw.
    """

    matrix: tuple[tuple[float, float, float], ...]
    strength: float  # 0: no distortion
    centre: tuple[float, float]
    unit: tuple[float, float]
    grid: tuple[tuple[tuple[float, float], ...], ...]
    grid_m: float


class Calibration(Struct, frozen=True, kw_only=True):
    """The answer to a `Request`; what is not known yet is None or empty."""

    state: State
    refusal: str | None = None
    points: tuple[PointError, ...] = ()
    error_cm: float | None = None  # typical of a pair that the floor was not fitted to (root mean square)
    worst: int | None = None  # the number of the pair that agrees least with the others; None below six
    suspicious: bool = False  # the worst pair errs so much more than the others that it is most likely wrong
    lens: Bend | None = None
    warp: Warp | None = None
    near: Reach | None = None
    far: Reach | None = None
    mount: tuple[float, float, float] | None = None  # where the camera hangs by the pairs: x, y and height, m
    warnings: tuple[str, ...] = ()


def calibrated(request: Request) -> Calibration:
    """The calibration of the request's pairs. Raises nothing: what is wrong with them is `refusal`."""
    count = len(request.pairs)
    if count < 4:
        return Calibration(state=State.WAITING, refusal=f"{count} of at least 4 pairs")
    pairs = [PointPair(pixel=(pair.u, pair.v), place=(pair.x, pair.y)) for pair in request.pairs]
    try:
        fit = calibrating.on_plan(pairs, width=request.width, height=request.height)
    except FloorError as wrong:
        return Calibration(state=State.REFUSED, refusal=str(wrong))
    corners = _corners(request.sees) if request.sees else np.array([pair.place for pair in pairs])
    near, far = reaches(fit.floor, corners, polygon=request.sees is not None)
    mount = calibrating.mount(fit.floor)
    hung = None if mount is None else (round(mount[0], 2), round(mount[1], 2), round(abs(mount[2]), 2))
    held_out = [error for error in fit.held_out or () if math.isfinite(error)]
    return Calibration(
        state=State.FITTED,
        points=_points(fit),
        error_cm=_cm(math.sqrt(sum(e * e for e in held_out) / len(held_out))) if held_out else None,
        worst=None if fit.worst is None else fit.worst + 1,
        suspicious=fit.suspicious,
        lens=Bend(corrected=fit.lens.taken, strength=fit.lens.strength, reason=fit.lens.reason),
        warp=_warp(fit, corners),
        near=near,
        far=far,
        mount=hung,
        warnings=warnings.told(fit, far, hung, at=request.at, height_m=request.height_m),
    )


def _points(fit: Fit) -> tuple[PointError, ...]:
    unknown = (None,) * len(fit.errors)
    told = zip(fit.errors, fit.held_out or unknown, fit.without or unknown, strict=True)
    return tuple(
        PointError(number=number, fit_cm=_cm(error) or 0.0, error_cm=_cm(held_out), without_cm=_cm(without))
        for number, (error, held_out, without) in enumerate(told, start=1)
    )


def _cm(metres: float | None) -> float | None:
    return None if metres is None or not math.isfinite(metres) else round(100 * metres, 2)


def _corners(polygon: Polygon) -> plane.Array:
    return np.array([(corner.x, corner.y) for corner in polygon])


def _warp(fit: Fit, corners: plane.Array) -> Warp:
    floor = fit.floor
    bent = floor.lens or lens.of_picture(0.0, width=floor.width, height=floor.height)
    lines, apart = grid(floor, corners)
    a, b, c = (tuple(row) for row in floor.matrix.tolist())
    return Warp(matrix=(a, b, c), strength=bent.strength, centre=bent.centre, unit=bent.unit, grid=lines, grid_m=apart)
