"""Which box belongs to whom: how surprising each pair is, and the least surprising matching."""

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.floor.plane import Floor
from edge.tracking import feet as footing
from edge.tracking import motion
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
CROWDED_COST: Final = 3.0
TURN_COST: Final = 3.2  # minus twice the log of how many turn or stop while they are out of sight, one in five
NOD: Final = 0.05  # m by which a head goes up and down in walking and looking about
FAR_OFF: Final = 4.0  # m: feet are not hidden that far from where they are expected
WELL_KNOWN: Final = 0.15  # m: a stature less sure than this repairs nobody's feet


LEAST_FOUND: Final = 0.1  # of people quite hidden, the share of which the detector shows something all the same


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sight:
    """Whom a camera may see in its present picture."""

    at: float  # s
    within: NDArray[np.bool_]  # [n]: in its reach
    visible: Array  # [n]: the share of each that nobody hides, 0-1
    crowded: NDArray[np.bool_]  # [n]: overlaps somebody else


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """Person `rows[k]` is box `columns[k]`, measured at `places[k]`."""

    rows: Rows  # [k]
    columns: Rows  # [k]
    places: Array  # [k, 2], floor m: where the box's feet are, or where they must be when they are hidden
    cov: Array  # [k, 2, 2]
    hidden: NDArray[np.bool_]  # [k]: the feet were hidden
    turned: NDArray[np.bool_]  # [k]: went another way while out of sight


def pair(people: People, feet: Feet, floor: Floor, rules: Rules, sight: Sight) -> Pairs:
    """The likeliest matching of all people within reach with all boxes that are good enough.

    Each pair is weighed against its alternative, that this person was missed and this box is somebody new or
    nobody: people hidden by others are missed oftener, faint boxes show nobody oftener, and who was not seen
    where they should have been is likelier gone.
    """
    scene = _Scene(
        unseen=sight.at - people.seen,
        people=people,
        feet=feet,
        floor=floor,
        rules=rules,
        dear=_dear(people, sight.visible, rules),
        crowded=sight.crowded,
    )
    return _pair(scene, np.flatnonzero(sight.within), np.flatnonzero(feet.scores >= rules.faint))


def _dear(people: People, visible: Array, rules: Rules) -> Array:
    """What each person's pairs cost more [n]: minus twice the log of the odds of being found and of being about."""
    found = np.maximum(rules.finds * visible, LEAST_FOUND)
    odds = found / (1 - found) * (1 - rules.finds) / rules.finds
    dear: Array = 2 * people.absent / rules.absence - 2 * np.log(odds)
    return dear


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
    dear: Array  # [n]: what each person's pairs cost more
    crowded: NDArray[np.bool_]  # [n]
    unseen: Array  # [n], s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Repairs:
    """Pair `rows[k]`, `columns[k]` measured as if the box's feet were hidden."""

    rows: Rows
    columns: Rows
    places: Array
    cov: Array
    cost: Array


_NO_PAIRS: Final = Pairs(
    rows=np.empty(0, dtype=np.intp),
    columns=np.empty(0, dtype=np.intp),
    places=np.empty((0, 2)),
    cov=np.empty((0, 2, 2)),
    hidden=np.empty(0, dtype=np.bool_),
    turned=np.empty(0, dtype=np.bool_),
)


def _pair(scene: _Scene, rows: Rows, columns: Rows) -> Pairs:
    if not (len(rows) and len(columns)):
        return _NO_PAIRS
    people, feet = scene.people.take(rows), scene.feet.take(columns)
    cost = _grid(people, feet)
    crowded = scene.crowded[rows]
    repairs = _repairs(people, feet, scene, crowded)
    repaired = _repair_costs(people, repairs)
    plain = cost[repairs.rows, repairs.columns].copy()
    cost[repairs.rows, repairs.columns] = np.minimum(plain, repaired)
    lost = np.flatnonzero(people.confirmed & (people.seen < people.looked))
    gone = people.take(lost)
    gone = replace(gone, bodies=motion.astray(gone.last, scene.unseen[rows][lost], scene.rules.walk))
    elsewhere = _grid(gone, feet) + TURN_COST
    turned = np.zeros(cost.shape, dtype=np.bool_)
    turned[lost] = elsewhere < cost[lost]
    cost[lost] = np.minimum(cost[lost], elsewhere)
    faint = feet.scores < scene.rules.sure
    dim = scene.rules.dim * np.maximum(scene.rules.begin - feet.scores, 0.0)
    cost += scene.dear[rows, None] + dim
    cost[np.ix_(~people.confirmed, faint)] = FORBIDDEN  # no proof of somebody who is not proven
    matched = np.array(match(cost, scene.rules.newcomer), dtype=np.intp).reshape(-1, 2)
    i, j = matched[:, 0], matched[:, 1]
    index = np.full(cost.shape, -1)
    chosen = np.flatnonzero(repaired < plain)
    index[repairs.rows[chosen], repairs.columns[chosen]] = chosen
    repair = index[i, j]
    hidden = (repair >= 0) & ~turned[i, j]
    places, cov = feet.places[j], feet.cov[j]
    places[hidden], cov[hidden] = repairs.places[repair[hidden]], repairs.cov[repair[hidden]]
    return Pairs(rows=rows[i], columns=columns[j], places=places, cov=cov, hidden=hidden, turned=turned[i, j])


def _grid(people: People, feet: Feet) -> Array:
    """The cost of each pair [n, m] with the feet where the box shows them."""
    bodies = people.bodies
    cost = surprise(bodies.mean[:, None, :2], bodies.cov[:, None, :2, :2], feet.places[None], feet.cov[None])
    difference = (feet.tall[None] - people.tall[:, None]) ** 2
    strange = difference / (people.tall_var[:, None] + STATURE_SPREAD**2)
    return cost + np.minimum(np.where(np.isnan(strange), 1.0, strange), STATURE_CAP)


def _repairs(people: People, feet: Feet, scene: _Scene, crowded: NDArray[np.bool_]) -> _Repairs:
    """The pairs whose box does not end at the person's feet, with these put where the head says.

    A box that is too short may hide the feet behind a shelf; one of somebody who overlaps another may end
    anywhere, above the feet or at the other's.
    """
    known = people.tall_var <= WELL_KNOWN**2
    with np.errstate(invalid="ignore"):
        short = known[:, None] & (feet.tall[None] < people.tall[:, None] - HIDDEN)
        near = (np.abs(people.bodies.mean[:, None, :2] - feet.places[None]) < FAR_OFF).all(axis=2)
    rows, columns = np.nonzero((short | (crowded & known)[:, None]) & near)
    if scene.floor.rise is None or not len(rows):
        return _Repairs(
            rows=rows[:0], columns=columns[:0], places=np.empty((0, 2)), cov=np.empty((0, 2, 2)), cost=np.empty(0)
        )
    whole = footing.standing(feet.boxes[columns], people.tall[rows], scene.floor)
    doubt = np.sqrt(people.tall_var[rows] + NOD**2) / people.tall[rows]
    places, cov = footing.place(whole, scene.floor, scene.rules.blur, np.hypot(scene.rules.blur.bottom, doubt))
    return _Repairs(
        rows=rows, columns=columns, places=places, cov=cov, cost=np.where(crowded[rows], CROWDED_COST, HIDDEN_COST)
    )


def _repair_costs(people: People, repairs: _Repairs) -> Array:
    bodies = people.bodies
    return repairs.cost + surprise(
        bodies.mean[repairs.rows, :2], bodies.cov[repairs.rows, :2, :2], repairs.places, repairs.cov
    )
