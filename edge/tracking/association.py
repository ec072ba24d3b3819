"""Which box belongs to whom: how surprising each pair is, and the least surprising matching."""

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from edge.floor import optics as seen_by
from edge.floor.optics import Optics, Row
from edge.inputs import Box
from edge.tracking import feet as footing
from edge.tracking import motion
from edge.tracking.feet import Blur, Foot
from edge.tracking.matching import Cell, Choice, match
from edge.tracking.motion import Place
from edge.tracking.outlines import Outline
from edge.tracking.people import Followed
from edge.tracking.rules import Rules
from edge.tracking.spots import Pair, Search, Spot, Spots, find

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


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """The people and boxes of one look."""

    at: float  # s
    people: Sequence[Shown]
    feet: Sequence[Foot]
    strangers: Sequence[Foot]  # the same boxes' feet for those whose stature is not well known
    optics: Optics
    rules: Rules


def pair(scene: Scene) -> list[Pair]:
    """The likeliest matching of all people within reach with all boxes that are good enough, in order of people.

    Each pair is weighed against its alternative, that this person was missed and this box is somebody new or
    nobody: people hidden by others are missed oftener, faint boxes show nobody oftener, and who was not seen
    where they should have been is likelier gone. That takes boxes of all scores at once; to match the sure ones
    first and then the rest (Y. Zhang et al., "ByteTrack", ECCV 2022) lets the wrong person take a sure box when
    their own is faint.
    """
    possible = _possible(scene)
    choices = _choices(possible, scene)
    chosen = match(choices, scene.rules.newcomer)
    doubts = _doubts(choices, chosen)
    return [replace(possible[row][column], doubt=doubt) for (row, column), doubt in zip(chosen, doubts, strict=True)]


def _possible(scene: Scene) -> list[dict[int, Pair]]:
    """For each person the cheapest way in which each box can be theirs, for those that can."""
    known = _spots(scene.feet)
    strange = known if scene.strangers is scene.feet else _spots(scene.strangers)
    possible = [
        _in_sight(row, scene, known if is_well_known(shown.person) else strange)
        for row, shown in enumerate(scene.people)
    ]
    shortest = min([foot.tall for foot in scene.feet if foot.tall is not None], default=math.inf)
    doubtful = [row for row, shown in enumerate(scene.people) if _may_be_repaired(shown, shortest)]
    if doubtful:
        heads = _heads(scene)
        for row in doubtful:
            possible[row] |= _repaired(row, possible[row], scene, heads)
    return possible


def is_well_known(person: Followed) -> bool:
    """Whether somebody's stature is known so well that a box of theirs that ends too high is seen to."""
    return person.tall_var <= WELL_KNOWN * WELL_KNOWN


def _spots(feet: Sequence[Foot]) -> Spots:
    return Spots.of(
        Spot(column=column, place=foot.place, wide=foot.box.x2 - foot.box.x1, tall=foot.tall)
        for column, foot in enumerate(feet)
    )


def _choices(possible: Sequence[Mapping[int, Pair]], scene: Scene) -> list[list[Choice]]:
    """For each person the boxes and what they cost with all that is known of the person and the box.

    A faint box is no proof of somebody who is not proven yet.
    """
    rules = scene.rules
    dim = [_dim(foot.box, scene.optics, rules) for foot in scene.feet]
    faint = {column for column, foot in enumerate(scene.feet) if foot.box.score < rules.sure}
    choices = []
    for shown, pairs in zip(scene.people, possible, strict=True):
        dear = _dear(shown, scene.optics, rules) if pairs else 0.0
        costs = [(each.cost + dear + dim[column], column) for column, each in pairs.items()]
        choices.append(costs if shown.person.confirmed else [each for each in costs if each[1] not in faint])
    return choices


def _in_sight(row: int, scene: Scene, spots: Spots) -> dict[int, Pair]:
    """The pairs of one person with the feet where the box shows them."""
    shown = scene.people[row]
    if not shown.within:
        return {}
    person = shown.person
    search = _search(row, shown)
    pairs = find(search, spots)
    if person.confirmed and person.seen < person.looked:
        body = motion.astray(person.last_x, person.last_y, scene.at - person.seen, scene.rules.walk)
        pairs |= find(replace(search, body=body, extra=TURN_COST, known=pairs, turned=True), spots)
    return pairs


def _search(row: int, shown: Shown) -> Search:
    person, outline = shown.person, shown.outline
    wide, x_u, y_u = math.inf, 0.0, 0.0
    if outline is not None:
        wide, x_u, y_u = outline.box.x2 - outline.box.x1, outline.under.x_u, outline.under.y_u
    return Search(row=row, body=person.body, wide=wide, x_u=x_u, y_u=y_u, person=person, known={})


def _heads(scene: Scene) -> Spots:
    """Where the lines of sight to the boxes' tops meet the floor."""
    spots = []
    for column, foot in enumerate(scene.feet):
        x, y, _ = _line(foot.box, scene.optics)
        place = Place(x=x, y=y, xx=0.0, xy=0.0, yy=0.0)
        spots.append(Spot(column=column, place=place, wide=foot.box.x2 - foot.box.x1, tall=None))
    return Spots.of(spots)


def _line(box: Box, optics: Optics) -> Row:
    return seen_by.sightline(optics, (box.x1 + box.x2) / 2, box.y1)


def _repaired(row: int, plain: Mapping[int, Pair], scene: Scene, heads: Spots) -> dict[int, Pair]:
    """The pairs of one person whose box does not end at their feet, with these put where the head says.

    A box that is too short may hide the feet behind a shelf; one of somebody who overlaps another may end
    anywhere, above the feet or at the other's. Left out is what is no likelier than the `plain` pair.

    The feet are where the line of sight to the head meets the floor, scaled and moved by the stature. To undo that
    once for the person is cheaper than to do it for each box.
    """
    shown = scene.people[row]
    person, outline = shown.person, shown.outline
    assert outline is not None
    body, lift = person.body, seen_by.lift(scene.optics, person.tall)
    share, square = lift.share, lift.share * lift.share
    if not square:  # a head as high as the camera shows at the horizon, wherever it is
        return {}
    xx, xy, yy = _unsure_under_head(person, outline, scene.rules.blur)
    search = Search(
        row=row,
        body=Place(
            x=(body.x - lift.across) / share,
            y=(body.y - lift.ahead) / share,
            xx=(body.xx + xx) / square,
            xy=(body.xy + xy) / square,
            yy=(body.yy + yy) / square,
        ),
        wide=outline.box.x2 - outline.box.x1,
        x_u=outline.under.x_u / share,
        y_u=outline.under.y_u / share,
        # An area under the head is so many times the one at the line's end.
        extra=(CROWDED_COST if shown.crowded else HIDDEN_COST) + 2.0 * math.log(square),
        person=None,
        known=plain,
    )
    pairs = {}
    for column, each in find(search, heads).items():
        foot, line = scene.feet[column], each.place
        _, _, front = _line(foot.box, scene.optics)
        if share * front > 0.0 and _may_hide_feet(shown, outline, foot):
            place = Place(
                x=share * line.x + lift.across,
                y=share * line.y + lift.ahead,
                xx=xx + square * line.xx,
                xy=xy + square * line.xy,
                yy=yy + square * line.yy,
            )
            pairs[column] = replace(each, place=place, hidden=True)
    return pairs


def _may_be_repaired(shown: Shown, shortest: float) -> bool:
    """Whether any box may hide somebody's feet, or end elsewhere, when the shortest shows `shortest` metres."""
    person = shown.person
    known = shown.within and shown.outline is not None and is_well_known(person)
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
    bottom = blur.bottom * blur.bottom + (person.tall_var + NOD * NOD) / (person.tall * person.tall)
    return footing.spread(outline.under, outline.box.y2 - outline.box.y1, bottom, blur)


def _dear(shown: Shown, optics: Optics, rules: Rules) -> float:
    """What all pairs of a person cost more: minus twice the log of the odds of being found and of being about."""
    gone = shown.outline is not None and _out_of_picture(shown.outline.box, optics)
    dear = 2.0 * shown.person.absent / rules.absence + (rules.leaving if gone else 0.0)
    if shown.visible == 1.0:
        return dear
    found = max(rules.finds * shown.visible, LEAST_FOUND)
    odds = found / (1.0 - found) * (1.0 - rules.finds) / rules.finds
    return dear - 2.0 * math.log(odds)


def _dim(box: Box, optics: Optics, rules: Rules) -> float:
    """What all pairs of a box cost more: by its score, and at the picture's edge, where people come in."""
    dim = rules.dim * (rules.begin - box.score) if box.score < rules.begin else 0.0
    return dim + rules.entering if _at_rim(box, optics) else dim


def _at_rim(box: Box, optics: Optics) -> bool:
    """Whether a box is so near to the picture's edge that its person may just have come in over it."""
    near = RIM * (box.y2 - box.y1)
    return box.x1 < near or box.y1 < near or box.x2 > optics.width - near or box.y2 > optics.height - near


def _out_of_picture(box: Box, optics: Optics) -> bool:
    """Whether an expected box has its middle beyond the picture's sides, or all of it below or above it."""
    return not 0 <= box.x1 + box.x2 <= 2 * optics.width or box.y1 > optics.height or box.y2 < 0


def _doubts(choices: Sequence[Sequence[Choice]], chosen: Sequence[Cell]) -> list[float]:
    """By how much the variance of each chosen pair grows: its box may be another person's.

    It grows by one over the chance that the pair is right, by the others' likelihoods beside its own. A box that is
    nearly as likely another's moves nobody far: two people who pass each other keep their velocities, and who is who
    decides itself when they part. After Y. Bar-Shalom, F. Daum and J. Huang, "The probabilistic data association
    filter", IEEE Control Systems Magazine 29 (2009), with one matching kept instead of the mean of all.
    """
    claims: defaultdict[int, dict[int, float]] = defaultdict(dict)  # of a column: what it costs each row
    for row, each in enumerate(choices):
        for cost, column in each:
            claims[column][row] = cost
    return [_doubt(claims[column].values(), claims[column][row]) for row, column in chosen]


def _doubt(claims: Collection[float], own: float) -> float:
    """The doubt of a pair that costs `own` among all claims to its box."""
    if len(claims) == 1:
        return 1.0
    chances = sum([1.0 if cost <= own else math.exp((own - cost) / 2) for cost in claims])
    return min(chances, MOST_DOUBT)
