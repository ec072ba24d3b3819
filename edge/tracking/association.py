"""Which box belongs to whom: how surprising each pair is, and the least surprising matching."""

import bisect
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from edge.floor import optics as seen_by
from edge.floor.optics import Optics
from edge.inputs import Box
from edge.tracking import feet as footing
from edge.tracking import motion
from edge.tracking.assignment import FORBIDDEN
from edge.tracking.feet import Blur, Foot
from edge.tracking.matching import Cell, match
from edge.tracking.motion import Body, Place
from edge.tracking.outlines import Outline
from edge.tracking.people import Followed
from edge.tracking.rules import Rules

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


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody as a camera's present picture should show them."""

    person: Followed
    within: bool  # in this camera's reach
    outline: Outline | None  # None when the floor knows no upright
    visible: float  # the share of them that nobody hides, 0-1
    crowded: bool  # overlaps somebody else


class Pair(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Person `row` taken to be box `column`."""

    row: int
    column: int
    cost: float  # minus twice the log likelihood, up to a constant
    place: Place  # where the box's feet are, or where they must be when they are hidden
    hidden: bool = False  # the feet were hidden
    turned: bool = False  # went another way while out of sight
    doubt: float = 1.0  # by how much the place's variance grows: the box may be another's


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """The people and boxes of one look."""

    at: float  # s
    people: Sequence[Shown]
    feet: Sequence[Foot]
    optics: Optics
    rules: Rules


class Along(msgspec.Struct, frozen=True, kw_only=True):
    """Boxes in the order of one of their coordinates, so that each person meets those alone that are near."""

    values: Sequence[float]  # ascending
    order: Sequence[int]  # whose they are

    @classmethod
    def of(cls, values: Sequence[float]) -> "Along":
        """The order of some values."""
        order = sorted(range(len(values)), key=values.__getitem__)
        return cls(values=[values[number] for number in order], order=order)

    def between(self, least: float, most: float) -> Sequence[int]:
        """Whose values are between these two."""
        return self.order[bisect.bisect_left(self.values, least) : bisect.bisect_right(self.values, most)]


class _Spots(msgspec.Struct, frozen=True, kw_only=True):
    """Where the feet of all boxes are, by x, with their largest variances and the largest half of a box's width."""

    along: Along
    widest: float  # m², along x
    longest: float  # m², along y
    half: float  # px


def pair(scene: Scene) -> list[Pair]:
    """The likeliest matching of all people within reach with all boxes that are good enough, in order of people.

    Each pair is weighed against its alternative, that this person was missed and this box is somebody new or
    nobody: people hidden by others are missed oftener, faint boxes show nobody oftener, and who was not seen
    where they should have been is likelier gone. That takes boxes of all scores at once; to match the sure ones
    first and then the rest (Y. Zhang et al., "ByteTrack", ECCV 2022) lets the wrong person take a sure box when
    their own is faint.
    """
    possible = _possible(scene)
    costs = _weighed(possible, scene)
    chosen = match(costs, scene.rules.newcomer)
    doubts = _doubts(costs, chosen)
    return [msgspec.structs.replace(possible[cell], doubt=doubts[cell]) for cell in chosen]


def surprise(body: Body, place: Place) -> float:
    """Minus twice the log likelihood of a place for a body, up to a constant; infinite beyond the 99.9 % gate.

    The logarithm of the determinant keeps somebody long out of sight, who could be anywhere, from taking what fits
    a sure neighbour nearly as well (S. Blackman and R. Popoli, "Design and analysis of modern tracking systems",
    1999, section 6.4).
    """
    a, b, d = body.xx + place.xx, body.xy + place.xy, body.yy + place.yy
    determinant = a * d - b * b
    x, y = place.x - body.x, place.y - body.y
    distance = (d * x * x - 2 * b * x * y + a * y * y) / determinant
    return distance + math.log(determinant) if distance <= GATE else FORBIDDEN


def _possible(scene: Scene) -> dict[Cell, Pair]:
    """The cheapest way in which each box can be each person's, for those that can."""
    spots = _Spots(
        along=Along.of([foot.place.x for foot in scene.feet]),
        widest=max((foot.place.xx for foot in scene.feet), default=0.0),
        longest=max((foot.place.yy for foot in scene.feet), default=0.0),
        half=max((foot.box.x2 - foot.box.x1 for foot in scene.feet), default=0.0) / 2,
    )
    best = {(each.row, each.column): each for each in _plain(scene, spots)}
    for each in (*_repaired(scene, best, spots.half), *_turned(scene, spots)):
        cell = each.row, each.column
        if cell not in best or each.cost < best[cell].cost:
            best[cell] = each
    return best


def _weighed(possible: Mapping[Cell, Pair], scene: Scene) -> dict[Cell, float]:
    """What each pair costs with all that is known of the person and the box.

    A faint box is no proof of somebody who is not proven yet.
    """
    rules = scene.rules
    dear = [_dear(shown, scene.optics, rules) for shown in scene.people]
    dim = [_dim(foot.box, scene.optics, rules) for foot in scene.feet]
    unproven = {row for row, shown in enumerate(scene.people) if not shown.person.confirmed}
    faint = {column for column, foot in enumerate(scene.feet) if foot.box.score < rules.sure}
    return {
        (row, column): each.cost + dear[row] + dim[column]
        for (row, column), each in possible.items()
        if not (row in unproven and column in faint)
    }


def _plain(scene: Scene, spots: _Spots) -> Iterator[Pair]:
    """The pairs with the feet where the box shows them."""
    for row, shown in enumerate(scene.people):
        if shown.within:
            for column, place, cost in _fitting(shown, shown.person.body, scene, spots):
                yield Pair(row=row, column=column, cost=cost, place=place)


def _turned(scene: Scene, spots: _Spots) -> Iterator[Pair]:
    """The pairs of those out of sight who may have turned or stopped meanwhile."""
    for row, shown in enumerate(scene.people):
        person = shown.person
        if shown.within and person.confirmed and person.seen < person.looked:
            body = motion.astray(person.last_x, person.last_y, scene.at - person.seen, scene.rules.walk)
            for column, place, cost in _fitting(shown, body, scene, spots):
                yield Pair(row=row, column=column, cost=cost + TURN_COST, place=place, turned=True)


def _fitting(shown: Shown, body: Body, scene: Scene, spots: _Spots) -> Iterator[tuple[int, Place, float]]:
    """The boxes whose feet are where somebody may be, where that is, and how surprising each is."""
    across, ahead = _reaches(body, spots.widest, spots.longest, shown.outline, spots.half)
    for column in spots.along.between(body.x - across, body.x + across):
        foot = scene.feet[column]
        if -ahead <= foot.place.y - body.y <= ahead:
            place = _within(foot.place, foot.box, shown.outline)
            cost = surprise(body, place)
            if cost < FORBIDDEN:
                yield column, place, cost + _strangeness(shown.person, foot)


def _reaches(body: Body, xx: float, yy: float, outline: Outline | None, half: float) -> tuple[float, float]:
    """How far along x and along y a place may be that passes the gate: an ellipse goes no farther than its variances.

    The place's own are `xx` and `yy` at most, and no box is wider than twice `half`.
    """
    x_off, y_off = (0.0, 0.0) if outline is None else (outline.under.x_u * half, outline.under.y_u * half)
    return math.sqrt(GATE * (body.xx + xx + x_off * x_off)), math.sqrt(GATE * (body.yy + yy + y_off * y_off))


def _within(place: Place, box: Box, outline: Outline | None) -> Place:
    """The place of somebody in a box, less sure if that is wider than they are: it may be round two people.

    Then they are on one side in it, as far from its middle as half of what is too wide.
    """
    if outline is None:
        return place
    off = ((box.x2 - box.x1) - (outline.box.x2 - outline.box.x1)) / 2
    if off <= 0:
        return place
    x, y = outline.under.x_u * off, outline.under.y_u * off
    return Place(x=place.x, y=place.y, xx=place.xx + x * x, xy=place.xy + x * y, yy=place.yy + y * y)


def _strangeness(person: Followed, foot: Foot) -> float:
    """What it costs that a box shows another stature; one where a box shows none, as it does on the average."""
    strange = 1.0 if foot.tall is None else (foot.tall - person.tall) ** 2 / (person.tall_var + STATURE_SPREAD**2)
    return min(strange, STATURE_CAP)


def _repaired(scene: Scene, plain: Mapping[Cell, Pair], half: float) -> Iterator[Pair]:
    """The pairs whose box does not end at the person's feet, with these put where the head says.

    A box that is too short may hide the feet behind a shelf; one of somebody who overlaps another may end
    anywhere, above the feet or at the other's. Left out is what is no likelier than the `plain` pair.
    """
    shortest = min((foot.tall for foot in scene.feet if foot.tall is not None), default=math.inf)
    doubtful = [(row, shown) for row, shown in enumerate(scene.people) if _may_be_repaired(shown, shortest)]
    if not doubtful:
        return
    boxes = [foot.box for foot in scene.feet]
    lines = [seen_by.sightline(scene.optics, (box.x1 + box.x2) / 2, box.y1) for box in boxes]
    along = Along.of([x for x, _, _ in lines])
    for row, shown in doubtful:
        person, outline = shown.person, shown.outline
        assert outline is not None
        body, lift = person.body, seen_by.lift(scene.optics, person.tall)
        if not lift.share:  # a head as high as the camera shows at the horizon, wherever it is
            continue
        xx, xy, yy = _unsure_under_head(person, outline, scene.rules.blur)
        extra = CROWDED_COST if shown.crowded else HIDDEN_COST
        # No place is less surprising than the very one where they are expected.
        least = extra + math.log((body.xx + xx) * (body.yy + yy) - (body.xy + xy) ** 2)
        across, ahead = _reaches(body, xx, yy, outline, half)
        ends = (body.x - lift.across - across) / lift.share, (body.x - lift.across + across) / lift.share
        for column in along.between(min(ends), max(ends)):
            x, y, front = lines[column]
            y = lift.share * y + lift.ahead
            if not -ahead <= y - body.y <= ahead:
                continue
            known = FORBIDDEN if (row, column) not in plain else plain[row, column].cost
            if known <= least:
                continue
            place = _within(Place(x=lift.share * x + lift.across, y=y, xx=xx, xy=xy, yy=yy), boxes[column], outline)
            cost = surprise(body, place) + extra
            if cost < known and lift.share * front > 0 and _may_hide_feet(shown, outline, scene.feet[column]):
                yield Pair(row=row, column=column, cost=cost, place=place, hidden=True)


def _may_be_repaired(shown: Shown, shortest: float) -> bool:
    """Whether any box may hide somebody's feet, or end elsewhere, when the shortest shows `shortest` metres."""
    person = shown.person
    known = shown.within and shown.outline is not None and person.tall_var <= WELL_KNOWN**2
    return known and (shown.crowded or shortest < person.tall - HIDDEN)


def _may_hide_feet(shown: Shown, outline: Outline, foot: Foot) -> bool:
    """Whether a box begins where the head is expected, and either shows too little or is of somebody among others."""
    person, box, expected = shown.person, foot.box, outline.box
    if not shown.crowded and (foot.tall is None or foot.tall >= person.tall - HIDDEN):
        return False
    spread = math.sqrt(person.body.xx + person.body.yy)
    reach = (expected.y2 - expected.y1) * (HEAD + 2 * spread / person.tall)
    return abs(box.y1 - expected.y1) < reach and abs(box.x1 + box.x2 - expected.x1 - expected.x2) < 2 * reach


def _unsure_under_head(person: Followed, outline: Outline, blur: Blur) -> tuple[float, float, float]:
    """The covariance of a place that a head tells: it is much the same all about where the person is expected."""
    bottom = math.hypot(blur.bottom, math.sqrt(person.tall_var + NOD**2) / person.tall)
    return footing.spread(outline.under, outline.box.y2 - outline.box.y1, bottom, blur)


def _dear(shown: Shown, optics: Optics, rules: Rules) -> float:
    """What all pairs of a person cost more: minus twice the log of the odds of being found and of being about."""
    gone = shown.outline is not None and _out_of_picture(shown.outline.box, optics)
    dear = 2 * shown.person.absent / rules.absence + (rules.leaving if gone else 0.0)
    if shown.visible == 1:
        return dear
    found = max(rules.finds * shown.visible, LEAST_FOUND)
    odds = found / (1 - found) * (1 - rules.finds) / rules.finds
    return dear - 2 * math.log(odds)


def _dim(box: Box, optics: Optics, rules: Rules) -> float:
    """What all pairs of a box cost more: by its score, and at the picture's edge, where people come in."""
    dim = rules.dim * max(rules.begin - box.score, 0.0)
    return dim + rules.entering if _at_rim(box, optics) else dim


def _at_rim(box: Box, optics: Optics) -> bool:
    """Whether a box is so near to the picture's edge that its person may just have come in over it."""
    away = min(box.x1, optics.width - box.x2, box.y1, optics.height - box.y2)
    return away < RIM * (box.y2 - box.y1)


def _out_of_picture(box: Box, optics: Optics) -> bool:
    """Whether an expected box has its middle beyond the picture's sides, or all of it below or above it."""
    return not 0 <= box.x1 + box.x2 <= 2 * optics.width or box.y1 > optics.height or box.y2 < 0


def _doubts(costs: Mapping[Cell, float], chosen: Sequence[Cell]) -> dict[Cell, float]:
    """By how much the variance of each chosen pair grows: its box may be another person's.

    It grows by one over the chance that the pair is right, by the others' likelihoods beside its own. A box that is
    nearly as likely another's moves nobody far: two people who pass each other keep their velocities, and who is who
    decides itself when they part. After Y. Bar-Shalom, F. Daum and J. Huang, "The probabilistic data association
    filter", IEEE Control Systems Magazine 29 (2009), with one matching kept instead of the mean of all.
    """
    of_box: defaultdict[int, list[float]] = defaultdict(list)
    for (_, column), cost in costs.items():
        of_box[column].append(cost)
    doubts = dict.fromkeys(chosen, 1.0)
    for cell in chosen:
        claims, own = of_box[cell[1]], costs[cell]
        if len(claims) > 1:
            chances = [math.exp(min(own - cost, 0.0) / 2) for cost in claims]  # its own, 1, among them
            doubts[cell] = min(sum(chances), MOST_DOUBT)
    return doubts
