"""Which box belongs to whom: how surprising each pair is, and the least surprising matching."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.floor.plane import Floor
from edge.tracking import feet as footing
from edge.tracking.assignment import FORBIDDEN, assign
from edge.tracking.feet import Feet
from edge.tracking.people import People, Rows
from edge.tracking.rules import Rules

Array: TypeAlias = NDArray[np.float64]

# The squared Mahalanobis distance that 99.9 % of true pairs stay under (chi-square, 2 degrees of freedom).
GATE: Final = 13.8
STATURE_SPREAD: Final = 0.12  # m, between two boxes of one person: strides, stooping, the detector
# What a wrong stature can cost at most: a hidden foot or a raised arm is no proof of another person.
STATURE_CAP: Final = 4.0
HIDDEN: Final = 0.25  # m: a box that shows this much less than the person's stature may hide the feet
# Minus twice the log of how often feet are hidden, about one box in five in a busy shop.
HIDDEN_COST: Final = 3.0
WELL_KNOWN: Final = 0.15  # m: a stature less sure than this repairs nobody's feet


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """Person `rows[k]` is box `columns[k]`, measured at `places[k]`."""

    rows: Rows  # [k]
    columns: Rows  # [k]
    places: Array  # [k, 2], floor m: where the box's feet are, or where they must be when they are hidden
    cov: Array  # [k, 2, 2]
    hidden: NDArray[np.bool_]  # [k]: the feet were hidden


def pair(people: People, feet: Feet, floor: Floor, rules: Rules, within: NDArray[np.bool_]) -> Pairs:
    """Sure boxes first, with everybody `within` [n] reach; then faint ones, with the confirmed still without.

    Y. Zhang et al., "ByteTrack", ECCV 2022, but by the likelihood of places on the floor instead of the overlap
    of boxes, which is gone below 5 frames a second.
    """
    unseen = people.looked - people.seen  # s for which nobody saw them although somebody looked
    scene = _Scene(people=people, feet=feet, floor=floor, rules=rules, doubt=2 * unseen / rules.absence)
    sure = feet.scores >= rules.sure
    first = _pair(scene, np.flatnonzero(within), np.flatnonzero(sure))
    left = people.confirmed & within
    left[first.rows] = False
    second = _pair(scene, np.flatnonzero(left), np.flatnonzero(~sure & (feet.scores >= rules.faint)))
    return Pairs(
        rows=np.concatenate([first.rows, second.rows]),
        columns=np.concatenate([first.columns, second.columns]),
        places=np.concatenate([first.places, second.places]),
        cov=np.concatenate([first.cov, second.cov]),
        hidden=np.concatenate([first.hidden, second.hidden]),
    )


def surprise(expected: Array, spread: Array, places: Array, cov: Array) -> Array:
    """Minus twice the log likelihood of a place, up to a constant; infinite beyond the 99.9 % gate or for NaN.

    A person is expected at `expected` [.., 2] with covariance `spread` [.., 2, 2] and measured at `places`
    [.., 2] with error `cov` [.., 2, 2]; the leading axes broadcast. The logarithm of the determinant keeps
    somebody long out of sight, who could be anywhere, from taking what fits a sure neighbour nearly as well
    (S. Blackman and R. Popoli, "Design and analysis of modern tracking systems", 1999, section 6.4).
    """
    total = spread + cov
    a, b, d = total[..., 0, 0], total[..., 0, 1], total[..., 1, 1]
    determinant = a * d - b * b
    away = places - expected
    x, y = away[..., 0], away[..., 1]
    distance = (d * x * x - 2 * b * x * y + a * y * y) / determinant
    with np.errstate(invalid="ignore"):
        return np.where(distance <= GATE, distance + np.log(determinant), FORBIDDEN)


def match(cost: Array, limit: float) -> list[tuple[int, int]]:
    """The pairs (row, column) of the matching with the least total cost when each unmatched row costs `limit`.

    A dear pair is never bought to make one pair more. Pairs that no other pair contests are taken at once;
    the exact solver sees only what is left, which keeps a frame of 50 people cheap.
    """
    allowed = cost < limit
    lonely = allowed & (allowed.sum(axis=1) == 1)[:, None] & (allowed.sum(axis=0) == 1)
    pairs = [(int(i), int(j)) for i, j in np.argwhere(lonely)]
    contested = allowed & ~lonely
    rows, columns = np.flatnonzero(contested.any(axis=1)), np.flatnonzero(contested.any(axis=0))
    if len(rows):
        block = np.ix_(rows, columns)
        part = np.where(contested[block], cost[block], limit)
        pairs += [(int(rows[i]), int(columns[j])) for i, j in assign(part, limit) if part[i, j] < limit]
    return sorted(pairs)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Scene:
    people: People
    feet: Feet
    floor: Floor
    rules: Rules
    doubt: Array  # [n]: minus twice the log of the chance that the person is still about


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Repairs:
    """Pair `rows[k]`, `columns[k]` measured as if the box's feet were hidden."""

    rows: Rows
    columns: Rows
    places: Array
    cov: Array


_NO_PAIRS: Final = Pairs(
    rows=np.empty(0, dtype=np.intp),
    columns=np.empty(0, dtype=np.intp),
    places=np.empty((0, 2)),
    cov=np.empty((0, 2, 2)),
    hidden=np.empty(0, dtype=np.bool_),
)


def _pair(scene: _Scene, rows: Rows, columns: Rows) -> Pairs:
    if not (len(rows) and len(columns)):
        return _NO_PAIRS
    people, feet = scene.people.take(rows), scene.feet.take(columns)
    cost = _grid(people, feet)
    repairs = _repairs(people, feet, scene)
    repaired = _repair_costs(people, repairs)
    plain = cost[repairs.rows, repairs.columns].copy()
    cost[repairs.rows, repairs.columns] = np.minimum(plain, repaired)
    cost += scene.doubt[rows, None]
    matched = np.array(match(cost, scene.rules.newcomer), dtype=np.intp).reshape(-1, 2)
    i, j = matched[:, 0], matched[:, 1]
    index = np.full(cost.shape, -1)
    chosen = np.flatnonzero(repaired < plain)
    index[repairs.rows[chosen], repairs.columns[chosen]] = chosen
    repair = index[i, j]
    hidden = repair >= 0
    places, cov = feet.places[j], feet.cov[j]
    places[hidden], cov[hidden] = repairs.places[repair[hidden]], repairs.cov[repair[hidden]]
    return Pairs(rows=rows[i], columns=columns[j], places=places, cov=cov, hidden=hidden)


def _grid(people: People, feet: Feet) -> Array:
    """The cost of each pair [n, m] with the feet where the box shows them."""
    bodies = people.bodies
    cost = surprise(bodies.mean[:, None, :2], bodies.cov[:, None, :2, :2], feet.places[None], feet.cov[None])
    difference = (feet.tall[None] - people.tall[:, None]) ** 2
    strange = difference / (people.tall_var[:, None] + STATURE_SPREAD**2)
    return cost + np.minimum(np.where(np.isnan(strange), 1.0, strange), STATURE_CAP)


def _repairs(people: People, feet: Feet, scene: _Scene) -> _Repairs:
    """The pairs whose box is too short for the person, with the feet put where the head says."""
    known = people.tall_var <= WELL_KNOWN**2
    with np.errstate(invalid="ignore"):
        short = known[:, None] & (feet.tall[None] < people.tall[:, None] - HIDDEN)
    rows, columns = np.nonzero(short)
    if scene.floor.rise is None or not len(rows):
        return _Repairs(rows=rows[:0], columns=columns[:0], places=np.empty((0, 2)), cov=np.empty((0, 2, 2)))
    whole = footing.standing(feet.boxes[columns], people.tall[rows], scene.floor)
    places, cov = footing.place(whole, scene.floor, scene.rules.blur)
    return _Repairs(rows=rows, columns=columns, places=places, cov=cov)


def _repair_costs(people: People, repairs: _Repairs) -> Array:
    bodies = people.bodies
    return HIDDEN_COST + surprise(
        bodies.mean[repairs.rows, :2], bodies.cov[repairs.rows, :2, :2], repairs.places, repairs.cov
    )
