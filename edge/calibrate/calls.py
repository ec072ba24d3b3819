"""What an editor asks of a calibration while somebody moves its points, and what it is answered.

Numbers in, numbers out: no picture is part of a call. A call takes some 2 ms with 4 pairs, 0.1 s with 12.
"""

import math

import numpy as np

from contract.calibration import Bend, Calibration, PointError, Request, State, Warp
from contract.plan import Polygon
from edge.calibrate import warnings
from edge.calibrate.floor_seen import grid, reaches
from edge.floor import calibrated as calibrating
from edge.floor import lens, plane
from edge.floor.fitting import Fit
from edge.floor.plane import FloorError, PointPair


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
