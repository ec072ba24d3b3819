"""How people move on a floor: a Kalman filter of one person, in metres and seconds and in closed form."""

import math
from dataclasses import dataclass
from typing import Final

import msgspec

from edge.floor.shapes import Point

FOOTPRINT: Final = 0.2  # m: how well the place is known at which somebody was measured last


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How people walk: an Ornstein-Uhlenbeck velocity, which a person keeps for a while and forgets in the end.

    G. Uhlenbeck and L. Ornstein, "On the theory of the Brownian motion", Phys. Rev. 36 (1930); as a tracking model
    X. Rong Li and V. Jilkov, "Survey of maneuvering target tracking, part I", IEEE AES 39 (2003). Exact for any
    interval, so that nothing depends on how often the detector runs; and a person out of sight is never expected
    to walk faster than people do.
    """

    speed: float = 0.9  # m/s, root mean square along each axis: people walk at 0.5-1.6 m/s, and stand
    memory: float = 4.0  # s, after which a velocity is mostly another one: a stop or a turn every few seconds


class Place(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A measured place on the floor, in metres, and its covariance in m²."""

    x: float
    y: float
    xx: float
    xy: float
    yy: float


class Spread(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How unsure a place on the floor is: its covariance in m²."""

    xx: float
    xy: float
    yy: float

    @property
    def worst(self) -> float:
        """The standard deviation along the worse axis, in m."""
        return math.sqrt((self.xx + self.yy) / 2 + math.hypot((self.xx - self.yy) / 2, self.xy))

    def along(self, direction: Point) -> float:
        """The standard deviation along a direction of length 1, in m."""
        x, y = direction
        return math.sqrt(x * x * self.xx + 2.0 * x * y * self.xy + y * y * self.yy)


class Body(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a person is and how they move, in m and m/s, and the covariance of these four."""

    x: float
    y: float
    vx: float
    vy: float
    xx: float
    xy: float
    yy: float
    x_vx: float  # of the place along x with the velocity along x
    x_vy: float
    y_vx: float
    y_vy: float
    vxx: float
    vxy: float
    vyy: float


class Step(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What some time does to everybody alike."""

    reach: float  # s: how far a velocity carries
    kept: float  # of a velocity
    drift: float  # m², m²/s and m²/s²: what is added to the variances of the place, of both, and of the velocity
    mixed: float
    fresh: float


def step(seconds: float, walk: Walk) -> Step:
    """What `seconds` unseen do."""
    kept = math.exp(-seconds / walk.memory)
    reach = walk.memory * (1 - kept)
    variance = walk.speed**2
    return Step(
        reach=reach,
        kept=kept,
        drift=2 * variance * walk.memory * (seconds - 2 * reach + walk.memory * (1 - kept**2) / 2),
        mixed=variance * walk.memory * (1 - kept) ** 2,
        fresh=variance * (1 - kept**2),
    )


def at_rest(place: Place, walk: Walk, mixed: float = 0.0) -> Body:
    """Somebody first seen at a place, moving in an unknown way; `mixed` is what place and velocity have in common."""
    variance = walk.speed**2
    return Body(
        x=place.x,
        y=place.y,
        vx=0.0,
        vy=0.0,
        xx=place.xx,
        xy=place.xy,
        yy=place.yy,
        x_vx=mixed,
        x_vy=0.0,
        y_vx=0.0,
        y_vy=mixed,
        vxx=variance,
        vxy=0.0,
        vyy=variance,
    )


def astray(x: float, y: float, seconds: float, walk: Walk) -> Body:
    """Somebody who was at (x, y) some seconds ago and may have turned any way since."""
    reach = walk.memory * (1 - math.exp(-seconds / walk.memory))
    variance = walk.speed**2
    spread = FOOTPRINT**2 + 2 * variance * walk.memory * (seconds - reach)
    return at_rest(Place(x=x, y=y, xx=spread, xy=0.0, yy=spread), walk, mixed=variance * reach)


def predict(body: Body, after: Step) -> Body:
    """The body a step later, unseen."""
    reach, kept = after.reach, after.kept
    fading = kept * kept
    return Body(
        x=body.x + reach * body.vx,
        y=body.y + reach * body.vy,
        vx=kept * body.vx,
        vy=kept * body.vy,
        xx=body.xx + reach * (2.0 * body.x_vx + reach * body.vxx) + after.drift,
        xy=body.xy + reach * (body.x_vy + body.y_vx + reach * body.vxy),
        yy=body.yy + reach * (2.0 * body.y_vy + reach * body.vyy) + after.drift,
        x_vx=kept * (body.x_vx + reach * body.vxx) + after.mixed,
        x_vy=kept * (body.x_vy + reach * body.vxy),
        y_vx=kept * (body.y_vx + reach * body.vxy),
        y_vy=kept * (body.y_vy + reach * body.vyy) + after.mixed,
        vxx=fading * body.vxx + after.fresh,
        vxy=fading * body.vxy,
        vyy=fading * body.vyy + after.fresh,
    )


def correct(body: Body, place: Place, times: float = 1.0) -> Body:
    """The body after it was measured at a place whose covariance is `times` as large as it says."""
    a, b, d = body.xx + times * place.xx, body.xy + times * place.xy, body.yy + times * place.yy
    determinant = a * d - b * b
    a, b, d = d / determinant, -b / determinant, a / determinant  # the inverse of both covariances together
    x_x, x_y = body.xx * a + body.xy * b, body.xx * b + body.xy * d  # the gains: of x by x and by y, and so on
    y_x, y_y = body.xy * a + body.yy * b, body.xy * b + body.yy * d
    vx_x, vx_y = body.x_vx * a + body.y_vx * b, body.x_vx * b + body.y_vx * d
    vy_x, vy_y = body.x_vy * a + body.y_vy * b, body.x_vy * b + body.y_vy * d
    x, y = place.x - body.x, place.y - body.y
    return Body(
        x=body.x + x_x * x + x_y * y,
        y=body.y + y_x * x + y_y * y,
        vx=body.vx + vx_x * x + vx_y * y,
        vy=body.vy + vy_x * x + vy_y * y,
        xx=body.xx - x_x * body.xx - x_y * body.xy,
        xy=body.xy - x_x * body.xy - x_y * body.yy,
        yy=body.yy - y_x * body.xy - y_y * body.yy,
        x_vx=body.x_vx - x_x * body.x_vx - x_y * body.y_vx,
        x_vy=body.x_vy - x_x * body.x_vy - x_y * body.y_vy,
        y_vx=body.y_vx - y_x * body.x_vx - y_y * body.y_vx,
        y_vy=body.y_vy - y_x * body.x_vy - y_y * body.y_vy,
        vxx=body.vxx - vx_x * body.x_vx - vx_y * body.y_vx,
        vxy=body.vxy - vx_x * body.x_vy - vx_y * body.y_vy,
        vyy=body.vyy - vy_x * body.x_vy - vy_y * body.y_vy,
    )
