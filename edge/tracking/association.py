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
# Minus twice the log of how often feet are hidden, about one box in five in a busy shop, and of how often a box of
# somebody who overlaps another ends elsewhere than at their feet.
HIDDEN_COST: Final = 3.0
CROWDED_COST: Final = 3.0
TURN_COST: Final = 3.2  # minus twice the log of how many turn or stop while they are out of sight, one in five
NOD: Final = 0.05  # m by which a head goes up and down in walking and looking about
# Of a box's height, a quarter of a metre: a box that ends nearer to the picture's edge may be of somebody who comes in.
RIM: Final = 0.15
MOST_DOUBT: Final = 9.0  # a pair however doubtful tells as much as one box at three times the error
HEAD: Final = 0.35  # of a person's height in the picture: so far from the expected head a box of theirs begins
WELL_KNOWN: Final = 0.15  # m: a stature less sure than this repairs nobody's feet
LEAST_FOUND: Final = 0.1  # of people quite hidden, the share of which the detector shows something all the same


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sight:
    """Whom a camera may see in its present picture."""

    at: float  # s
    within: NDArray[np.bool_]  # [n]: in its reach
    visible: Array  # [n]: the share of each that nobody hides, 0-1
    crowded: NDArray[np.bool_]  # [n]: overlaps somebody else
    boxes: Array  # [n, 4]: where the picture should show each; NaN when the floor knows no upright


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
    where they should have been is likelier gone. That takes boxes of all scores at once; to match the sure ones
    first and then the rest (Y. Zhang et al., "ByteTrack", ECCV 2022) lets the wrong person take a sure box when
    their own is faint.
    """
    rows, columns = np.flatnonzero(sight.within), np.flatnonzero(feet.scores >= rules.faint)
    if not (len(rows) and len(columns)):
        return _NO_PAIRS
    scene = _Scene(
        people=people.take(rows),
        feet=feet.take(columns),
        floor=floor,
        rules=rules,
        at=sight.at,
        crowded=sight.crowded[rows],
        boxes=sight.boxes[rows],
    )
    cost = _grid(scene.people, scene.feet)
    repairs, repair = _repaired(cost, scene)
    turned = _turned(cost, scene)
    cost += _dear(scene, sight.visible[rows])[:, None] + _dim(scene)
    i, j = np.array(match(cost, rules.newcomer), dtype=np.intp).reshape(-1, 2).T
    went, chosen = turned[i, j], repair[i, j]
    hidden = (chosen >= 0) & ~went
    places, cov = scene.feet.places[j], scene.feet.cov[j]
    places[hidden], cov[hidden] = repairs.places[chosen[hidden]], repairs.cov[chosen[hidden]]
    cov *= _doubt(cost, i, j)[:, None, None]
    return Pairs(rows=rows[i], columns=columns[j], places=places, cov=cov, hidden=hidden, turned=went)


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

    A dear pair is never bought to make one pair more. The exact solver sees only the pairs that are not plain;
    that keeps a frame of 50 people cheap.
    """
    part = np.where(cost < limit, cost, limit)
    plain = _plain(part, limit)
    pairs = [(int(i), int(j)) for i, j in np.argwhere(plain)]
    contested = (part < limit) & ~np.logical_or(np.any(plain, axis=1, keepdims=True), np.any(plain, axis=0))
    rows, columns = np.flatnonzero(contested.any(axis=1)), np.flatnonzero(contested.any(axis=0))
    if len(rows):
        block = part[np.ix_(rows, columns)]
        pairs += [(int(rows[i]), int(columns[j])) for i, j in assign(block, limit) if block[i, j] < limit]
    return sorted(pairs)


def _plain(part: Array, limit: float) -> NDArray[np.bool_]:
    """Which pairs [n, m] are in a best matching for certain: the best of both row and column, by far.

    If a best matching held (i, k) and (l, j) instead, then (i, j) with l left alone would cost no more, as long as
    cost[i, j] + limit is less than the second best cost of row i plus that of column j.
    """
    rows, columns = part.shape
    edge = np.full((rows + 1, columns + 1), limit)
    edge[:rows, :columns] = part
    of_row, of_column = np.partition(edge[:rows], 1, axis=1), np.partition(edge[:, :columns], 1, axis=0)
    best = (part < limit) & (part == of_row[:, :1]) & (part == of_column[:1])
    certain: NDArray[np.bool_] = np.logical_and(best, part + limit < of_row[:, 1:2] + of_column[1:2])
    return certain


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Scene:
    """The people and boxes that may be pairs."""

    people: People  # [n]
    feet: Feet  # [m]
    floor: Floor
    rules: Rules
    at: float  # s
    crowded: NDArray[np.bool_]  # [n]
    boxes: Array  # [n, 4]


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


def _dear(scene: _Scene, visible: Array) -> Array:
    """What each person's pairs cost more [n]: minus twice the log of the odds of being found and of being about."""
    rules = scene.rules
    found = np.maximum(rules.finds * visible, LEAST_FOUND)
    odds = found / (1 - found) * (1 - rules.finds) / rules.finds
    left = np.where(_out_of_picture(scene.boxes, scene.floor), rules.leaving, 0.0)
    dear: Array = 2 * scene.people.absent / rules.absence - 2 * np.log(odds) + left
    return dear


def _dim(scene: _Scene) -> Array:
    """What each box costs more [n, m]: by its score, and at the picture's edge, where people come in.

    A faint one is no proof of somebody who is not proven yet.
    """
    scores, rules = scene.feet.scores, scene.rules
    dim = rules.dim * np.maximum(rules.begin - scores, 0.0)
    dim += np.where(_at_rim(scene.feet.boxes, scene.floor), rules.entering, 0.0)
    unfit: Array = np.where((scores < rules.sure) & ~scene.people.confirmed[:, None], FORBIDDEN, dim)
    return unfit


def _at_rim(boxes: Array, floor: Floor) -> NDArray[np.bool_]:
    """Which boxes [m, 4] are so near to the picture's edge that their people may just have come in over it."""
    x1, y1, x2, y2 = boxes.T
    away = np.minimum(np.minimum(x1, floor.width - x2), np.minimum(y1, floor.height - y2))
    near: NDArray[np.bool_] = away < RIM * (y2 - y1)
    return near


def _out_of_picture(boxes: Array, floor: Floor) -> NDArray[np.bool_]:
    """Whose expected boxes [n, 4] have their middle beyond the picture's sides, or all of them below or above it."""
    x1, y1, x2, y2 = boxes.T
    gone: NDArray[np.bool_] = (x1 + x2 < 0) | (x1 + x2 > 2 * floor.width) | (y1 > floor.height) | (y2 < 0)
    return gone


def _doubt(cost: Array, i: Rows, j: Rows) -> Array:
    """By how much the variance of each matched pair (i[k], j[k]) grows, [k]: its box may be another person's.

    It grows by one over the chance that the pair is right, by the others' likelihoods beside its own. A box that is
    nearly as likely another's moves nobody far: two people who pass each other keep their velocities, and who is who
    decides itself when they part. After Y. Bar-Shalom, F. Daum and J. Huang, "The probabilistic data association
    filter", IEEE Control Systems Magazine 29 (2009), with one matching kept instead of the mean of all.
    """
    own = cost[i, j]
    others = cost[:, j].T
    ratios = np.exp(np.minimum(own[:, None] - others, 0.0) / 2)
    ratios[np.arange(len(i)), i] = 0.0
    doubt: Array = np.minimum(1 + ratios.sum(axis=1), MOST_DOUBT)
    return doubt


def _repaired(cost: Array, scene: _Scene) -> tuple[_Repairs, Rows]:
    """Lower `cost` where a box fits better with its feet put elsewhere; which repair that is [n, m], or -1."""
    index = np.full(cost.shape, -1)
    repairs = _repairs(scene)
    if len(repairs.rows):
        pairs = repairs.rows, repairs.columns
        plain, repaired = cost[pairs], _repair_costs(scene.people, repairs)
        index[pairs] = np.where(repaired < plain, np.arange(len(plain)), -1)
        cost[pairs] = np.minimum(plain, repaired)
    return repairs, index


def _turned(cost: Array, scene: _Scene) -> NDArray[np.bool_]:
    """Lower `cost` where somebody out of sight would rather have turned or stopped; which pairs these are [n, m]."""
    people = scene.people
    turned = np.zeros(cost.shape, dtype=np.bool_)
    lost = np.flatnonzero(people.confirmed & (people.seen < people.looked))
    if len(lost):
        gone = people.take(lost)
        bodies = motion.astray(gone.last, scene.at - gone.seen, scene.rules.walk)
        elsewhere = _grid(replace(gone, bodies=bodies), scene.feet) + TURN_COST
        turned[lost] = elsewhere < cost[lost]
        cost[lost] = np.minimum(cost[lost], elsewhere)
    return turned


def _grid(people: People, feet: Feet) -> Array:
    """The cost of each pair [n, m] with the feet where the box shows them."""
    bodies = people.bodies
    cost = surprise(bodies.mean[:, None, :2], bodies.cov[:, None, :2, :2], feet.places[None], feet.cov[None])
    difference = (feet.tall[None] - people.tall[:, None]) ** 2
    strange = difference / (people.tall_var[:, None] + STATURE_SPREAD**2)
    return cost + np.minimum(np.where(np.isnan(strange), 1.0, strange), STATURE_CAP)


def _repairs(scene: _Scene) -> _Repairs:
    """The pairs whose box does not end at the person's feet, with these put where the head says.

    A box that is too short may hide the feet behind a shelf; one of somebody who overlaps another may end
    anywhere, above the feet or at the other's.
    """
    people, feet, crowded = scene.people, scene.feet, scene.crowded
    known = people.tall_var <= WELL_KNOWN**2
    with np.errstate(invalid="ignore"):
        short = known[:, None] & (feet.tall[None] < people.tall[:, None] - HIDDEN)
        near = _heads_near(people, feet, scene.boxes)
    rows, columns = np.nonzero((short | (crowded & known)[:, None]) & near)
    if scene.floor.rise is None or not len(rows):
        return _Repairs(
            rows=rows[:0], columns=columns[:0], places=np.empty((0, 2)), cov=np.empty((0, 2, 2)), cost=np.empty(0)
        )
    whole = footing.standing(feet.boxes[columns], people.tall[rows], scene.floor)
    doubt = np.sqrt(people.tall_var[rows] + NOD**2) / people.tall[rows]
    places, cov = footing.place(whole, scene.floor, scene.rules.blur, np.hypot(scene.rules.blur.bottom, doubt))
    return _Repairs(
        rows=rows,
        columns=columns,
        places=places,
        cov=cov,
        cost=np.where(crowded[rows], CROWDED_COST, HIDDEN_COST),
    )


def _heads_near(people: People, feet: Feet, expected: Array) -> NDArray[np.bool_]:
    """Which boxes begin near enough to where a person's head is expected to be theirs, [n, m]."""
    spread = np.sqrt(people.bodies.cov[:, 0, 0] + people.bodies.cov[:, 1, 1])
    reach = (expected[:, 3] - expected[:, 1]) * (HEAD + 2 * spread / people.tall)
    across = np.abs((expected[:, 0] + expected[:, 2])[:, None] - feet.boxes[:, 0] - feet.boxes[:, 2]) / 2
    down = np.abs(expected[:, 1, None] - feet.boxes[:, 1])
    near: NDArray[np.bool_] = np.maximum(across, down) < reach[:, None]
    return near


def _repair_costs(people: People, repairs: _Repairs) -> Array:
    bodies = people.bodies
    return repairs.cost + surprise(
        bodies.mean[repairs.rows, :2], bodies.cov[repairs.rows, :2, :2], repairs.places, repairs.cov
    )
