"""What somebody who ties a camera's picture to the floor asks, and what they are answered: numbers, never a picture."""

import enum
from typing import Annotated

from msgspec import Meta, Struct

from contract.fields import Words
from contract.plan import Pair, Point, Polygon

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
    reason: Words


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


class Reach(Struct, frozen=True, kw_only=True):
    """How well a place of the floor is known, cm, as the root mean square of the distance."""

    x: float
    y: float
    calibration_cm: float  # that the pairs leave open
    person_cm: float  # of somebody who stands there, in one look: the calibration and the detector's box together


class Calibration(Struct, frozen=True, kw_only=True):
    """The answer to a `Request`; what is not known yet is None or empty."""

    state: State
    refusal: Words | None = None
    points: tuple[PointError, ...] = ()
    error_cm: float | None = None  # typical of a pair that the floor was not fitted to (root mean square)
    worst: int | None = None  # the number of the pair that agrees least with the others; None below six
    suspicious: bool = False  # the worst pair errs so much more than the others that it is most likely wrong
    lens: Bend | None = None
    warp: Warp | None = None
    near: Reach | None = None
    far: Reach | None = None
    mount: tuple[float, float, float] | None = None  # where the camera hangs by the pairs: x, y and height, m
    warnings: Annotated[tuple[Words, ...], Meta(max_length=20)] = ()
