"""Which boxes are where somebody may be, and how surprising each such pair is."""

import bisect
import math
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Final

import msgspec

from edge.tracking.assignment import FORBIDDEN
from edge.tracking.motion import Body, Place
from edge.tracking.people import Followed

# The squared Mahalanobis distance that 99.9 % of true pairs stay under (chi-square, 2 degrees of freedom).
GATE: Final = 13.8
STATURE_SPREAD: Final = 0.12  # m, between two boxes of one person: strides, stooping, the detector
STATURE_VARIANCE: Final = STATURE_SPREAD**2
# What a wrong stature can cost at most: a hidden foot or a raised arm is no proof of another person.
STATURE_CAP: Final = 4.0


class Pair(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Person `row` taken to be box `column`."""

    row: int
    column: int
    cost: float  # minus twice the log likelihood, up to a constant
    misfit: float  # the part of it that is 0 where somebody fits best: the squared distance, and the stature's
    place: Place  # where the box's feet are, or where they must be when they are hidden
    tall: float | None  # m: the stature that shows; None when the feet are hidden
    turned: bool = False  # went another way while out of sight
    doubt: float = 1.0  # by how much the place's variance grows: the box may be another's


class Spot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a box has its feet, or where the line of sight to its top meets the floor."""

    column: int  # of the box
    x: float  # of the place, for the first question of every search
    y: float
    place: Place
    wide: float  # px, of the box
    tall: float | None  # m: the stature that the box shows, if it shows one
    dim: float  # what it costs that the box shows somebody


class Spots(msgspec.Struct, frozen=True, kw_only=True):
    """One spot of each box by x, so that each person meets those alone that are near."""

    along: Sequence[float]  # m, x, ascending
    spots: Sequence[Spot]
    xx: float  # m²: no spot's variances are larger
    yy: float
    wide: float  # px: no box is wider

    @classmethod
    def of(cls, spots: Iterable[Spot]) -> "Spots":
        """These spots in order."""
        ordered = sorted(spots, key=attrgetter("x"))
        return cls(
            along=[spot.x for spot in ordered],
            spots=ordered,
            xx=max([spot.place.xx for spot in ordered], default=0.0),
            yy=max([spot.place.yy for spot in ordered], default=0.0),
            wide=max([spot.wide for spot in ordered], default=0.0),
        )


class Search(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody whose box is looked for."""

    row: int
    body: Body | Place  # where they are
    wide: float  # px: how wide they are in the picture,
    x_u: float  # and by how many metres the floor under them moves with a pixel across it
    y_u: float
    person: Followed | None  # whose stature is to be compared with the box's
    extra: float = 0.0  # what it costs that they are there
    known: Mapping[int, Pair]  # pairs with some boxes that are to be beaten
    turned: bool = False


def surprise(body: Body | Place, place: Place) -> float:
    """Minus twice the log likelihood of a place for a body, up to a constant; infinite beyond the 99.9 % gate.

    The logarithm of the determinant keeps somebody long out of sight, who could be anywhere, from taking what fits
    a sure neighbour nearly as well (S. Blackman and R. Popoli, "Design and analysis of modern tracking systems",
    1999, section 6.4).
    """
    a, b, d = body.xx + place.xx, body.xy + place.xy, body.yy + place.yy
    determinant = a * d - b * b
    x, y = place.x - body.x, place.y - body.y
    distance = (d * x * x - 2.0 * b * x * y + a * y * y) / determinant
    return distance + math.log(determinant) if distance <= GATE else FORBIDDEN


def find(search: Search, spots: Spots) -> dict[int, Pair]:
    """The pairs of somebody with the boxes that may be theirs, by column, where these cost less than those known.

    A box that is wider than somebody may be round two people. Then they are on one side in it, as far from its middle
    as half of what is too wide, and their place is less sure by the square of that.
    """
    body, extra, known, wide, x_u, y_u = search.body, search.extra, search.known, search.wide, search.x_u, search.y_u
    x, y, xx, xy, yy = body.x, body.y, body.xx, body.xy, body.yy
    # An ellipse goes no farther than its variances, and no spot costs less than a sure one just where they are.
    off = (spots.wide - wide) / 2 if spots.wide > wide else 0.0
    across = math.sqrt(GATE * (xx + spots.xx + (x_u * off) * (x_u * off)))
    ahead = math.sqrt(GATE * (yy + spots.yy + (y_u * off) * (y_u * off)))
    least = extra + math.log(xx * yy - xy * xy) if known else 0.0
    pairs: dict[int, Pair] = {}
    low, high, along, person = y - ahead, y + ahead, spots.along, search.person
    tall, variance = (0.0, math.inf) if person is None else (person.tall, person.tall_var + STATURE_VARIANCE)
    for spot in spots.spots[bisect.bisect_left(along, x - across) : bisect.bisect_right(along, x + across)]:
        if spot.y < low or spot.y > high:
            continue
        column, place = spot.column, spot.place
        rival = known.get(column) if known else None
        if rival is not None and rival.cost <= least:
            continue
        # `surprise`, written out: this is asked hundreds of times a look.
        a, b, d = xx + place.xx, xy + place.xy, yy + place.yy
        off = (spot.wide - wide) / 2
        if off > 0.0:
            x_off, y_off = x_u * off, y_u * off
            a, b, d = a + x_off * x_off, b + x_off * y_off, d + y_off * y_off
        determinant = a * d - b * b
        u, v = spot.x - x, spot.y - y
        distance = (u * (d * u - 2.0 * b * v) + a * v * v) / determinant
        if distance <= GATE:
            misfit, shown = distance, spot.tall
            # Another stature costs what another place does: 1 on the average, as where a box shows none.
            if shown is not None:
                lack = shown - tall
                strange = lack * lack / variance
                misfit += strange if strange < STATURE_CAP else STATURE_CAP  # noqa: FURB136 - a call would cost more
            elif person is not None:
                misfit += 1.0
            cost = misfit + math.log(determinant) + extra + spot.dim
            if rival is None or cost < rival.cost:
                if off > 0.0:
                    place = Place(x=place.x, y=place.y, xx=a - xx, xy=b - xy, yy=d - yy)
                pairs[column] = Pair(
                    row=search.row,
                    column=column,
                    cost=cost,
                    misfit=misfit,
                    place=place,
                    tall=shown,
                    turned=search.turned,
                )
    return pairs
