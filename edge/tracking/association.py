"""Which box belongs to whom: how surprising each pair is, and the least surprising matching."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from edge.floor import optics as seen_by
from edge.floor.optics import Optics, Row
from edge.inputs import Box
from edge.tracking import feet as footing
from edge.tracking import motion
from edge.tracking.feet import Blur, Foot
from edge.tracking.matching import match
from edge.tracking.motion import Place
from edge.tracking.outlines import Outline
from edge.tracking.people import Followed
from edge.tracking.rules import Rules
from edge.tracking.spots import Pair, Search, Spot, Spots, find

# Of somebody who fits the likeliest box this well, by the squared distance and the stature, no more is asked: four in
# ten true pairs do (chi-square, 2 degrees of freedom). At 3, where hidden feet could be no likelier, boxes in a crowd
# were no longer doubted enough.
SETTLED: Final = 1.0
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
    choices = [[(each.cost, column) for column, each in pairs.items()] for pairs in possible]
    for row, shown in enumerate(scene.people):
        if not shown.person.confirmed:  # a faint box is no proof of somebody who is not proven yet
            choices[row] = [each for each in choices[row] if scene.feet[each[1]].box.score >= scene.rules.sure]
    claims: list[list[float]] = [[] for _ in scene.feet]  # what each box costs those whose it may be
    for costs in choices:
        for cost, column in costs:
            claims[column].append(cost)
    return [_doubted(possible[row][column], claims[column]) for row, column in match(choices, scene.rules.newcomer)]


def _possible(scene: Scene) -> list[dict[int, Pair]]:
    """For each person the cheapest way in which each box can be theirs, for those that can.

    First whoever's stature is known meets the feet as the boxes show them. What is dearer to know is asked only where
    this settles nothing: where a stranger's feet are behind others, and whose feet are hidden.
    """
    optics, rules, feet = scene.optics, scene.rules, scene.feet
    dims = [_dim(foot.box, optics, rules) for foot in feet]
    known, strangers = _searches(scene)
    possible: list[dict[int, Pair]] = [{} for _ in scene.people]
    spots = _spots(feet, dims)
    for search in known:
        possible[search.row] = _in_sight(search, spots, scene)
    settled = _settled(possible, known)
    if strangers:
        taken = set(settled.values())
        free = [footing.behind(foot, optics, rules.blur) if n not in taken else foot for n, foot in enumerate(feet)]
        spots = _spots(free, dims)
        for search in strangers:
            possible[search.row] = _in_sight(search, spots, scene)
    shortest = min([foot.tall for foot in feet if foot.tall is not None], default=math.inf)
    doubtful = [
        each for each in known if each.row not in settled and _may_be_repaired(scene.people[each.row], shortest)
    ]
    if doubtful:
        heads = _heads(scene, dims)
        for search in doubtful:
            possible[search.row] |= _repaired(search, possible[search.row], heads, scene)
    return possible


def _settled(possible: Sequence[Mapping[int, Pair]], known: Sequence[Search]) -> dict[int, int]:
    """The row and column of those whose likeliest box fits them well and is likeliest for nobody else."""
    likeliest: dict[int, Pair | None] = {}  # by column; None where several want it
    for search in known:
        best: Pair | None = None
        for each in possible[search.row].values():
            if best is None or each.cost < best.cost:
                best = each
        if best is not None:
            likeliest[best.column] = None if best.column in likeliest else best
    return {
        only.row: column
        for column, only in likeliest.items()
        if only is not None and only.misfit < SETTLED and not only.turned
    }


def _is_well_known(person: Followed) -> bool:
    """Whether somebody's stature is known so well that a box of theirs that ends too high is seen to."""
    return person.tall_var <= WELL_KNOWN * WELL_KNOWN


def _spots(feet: Sequence[Foot], dims: Sequence[float]) -> Spots:
    spots = []
    for column, foot in enumerate(feet):
        place, box = foot.place, foot.box
        wide = box.x2 - box.x1
        spots.append(
            Spot(column=column, x=place.x, y=place.y, place=place, wide=wide, tall=foot.tall, dim=dims[column])
        )
    return Spots.of(spots)


def _searches(scene: Scene) -> tuple[list[Search], list[Search]]:
    """Those within reach, first the ones whose stature is well known."""
    known, strangers = list[Search](), list[Search]()
    for row, shown in enumerate(scene.people):
        if not shown.within:
            continue
        person, outline = shown.person, shown.outline
        wide, x_u, y_u = math.inf, 0.0, 0.0
        if outline is not None:
            wide, (x_u, _, y_u, _) = outline.x2 - outline.x1, outline.slopes
        dear = _dear(shown, scene.optics, scene.rules)
        search = Search(row=row, body=person.body, wide=wide, x_u=x_u, y_u=y_u, person=person, extra=dear, known={})
        (known if _is_well_known(person) else strangers).append(search)
    return known, strangers


def _in_sight(search: Search, spots: Spots, scene: Scene) -> dict[int, Pair]:
    """The pairs of one person with the feet where the box shows them."""
    pairs = find(search, spots)
    person = scene.people[search.row].person
    if person.confirmed and person.seen < person.looked:
        body = motion.astray(person.last_x, person.last_y, scene.at - person.seen, scene.rules.walk)
        pairs |= find(replace(search, body=body, extra=TURN_COST + search.extra, known=pairs, turned=True), spots)
    return pairs


def _heads(scene: Scene, dims: Sequence[float]) -> Spots:
    """Where the lines of sight to the boxes' tops meet the floor."""
    spots = []
    for column, foot in enumerate(scene.feet):
        box = foot.box
        x, y, _ = _line(box, scene.optics)
        place = Place(x=x, y=y, xx=0.0, xy=0.0, yy=0.0)
        spots.append(Spot(column=column, x=x, y=y, place=place, wide=box.x2 - box.x1, tall=None, dim=dims[column]))
    return Spots.of(spots)


def _line(box: Box, optics: Optics) -> Row:
    return seen_by.sightline(optics, (box.x1 + box.x2) / 2, box.y1)


def _repaired(search: Search, plain: Mapping[int, Pair], heads: Spots, scene: Scene) -> dict[int, Pair]:
    """The pairs of one person whose box does not end at their feet, with these put where the head says.

    A box that is too short may hide the feet behind a shelf; one of somebody who overlaps another may end
    anywhere, above the feet or at the other's. Left out is what is no likelier than the `plain` pair.

    The feet are where the line of sight to the head meets the floor, scaled and moved by the stature. To undo that
    once for the person is cheaper than to do it for each box.
    """
    shown = scene.people[search.row]
    person, outline = shown.person, shown.outline
    assert outline is not None
    body, lift = person.body, seen_by.lift(scene.optics, person.tall)
    share, square = lift.share, lift.share * lift.share
    if not square:  # a head as high as the camera shows at the horizon, wherever it is
        return {}
    xx, xy, yy = _unsure_under_head(person, outline, scene.rules.blur)
    sought = Search(
        row=search.row,
        wide=search.wide,
        body=Place(
            x=(body.x - lift.across) / share,
            y=(body.y - lift.ahead) / share,
            xx=(body.xx + xx) / square,
            xy=(body.xy + xy) / square,
            yy=(body.yy + yy) / square,
        ),
        x_u=search.x_u / share,
        y_u=search.y_u / share,
        # An area under the head is so many times the one at the line's end.
        extra=search.extra + (CROWDED_COST if shown.crowded else HIDDEN_COST) + 2.0 * math.log(square),
        person=None,
        known=plain,
    )
    pairs = {}
    for column, each in find(sought, heads).items():
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
            pairs[column] = replace(each, place=place, tall=None)
    return pairs


def _may_be_repaired(shown: Shown, shortest: float) -> bool:
    """Whether any box may hide somebody's feet, or end elsewhere, when the shortest shows `shortest` metres."""
    person = shown.person
    return shown.outline is not None and (shown.crowded or shortest < person.tall - HIDDEN)


def _may_hide_feet(shown: Shown, expected: Outline, foot: Foot) -> bool:
    """Whether a box begins where the head is expected, and either shows too little or is of somebody among others."""
    person, box = shown.person, foot.box
    if not shown.crowded and (foot.tall is None or foot.tall >= person.tall - HIDDEN):
        return False
    spread = math.sqrt(person.body.xx + person.body.yy)
    reach = (expected.y2 - expected.y1) * (HEAD + 2 * spread / person.tall)
    return abs(box.y1 - expected.y1) < reach and abs(box.x1 + box.x2 - expected.x1 - expected.x2) < 2 * reach


def _unsure_under_head(person: Followed, outline: Outline, blur: Blur) -> tuple[float, float, float]:
    """The covariance of a place that a head tells: it is much the same all about where the person is expected."""
    bottom = blur.bottom * blur.bottom + (person.tall_var + NOD * NOD) / (person.tall * person.tall)
    return footing.spread(outline.slopes, outline.y2 - outline.y1, bottom, blur)


def _dear(shown: Shown, optics: Optics, rules: Rules) -> float:
    """What all pairs of a person cost more: minus twice the log of the odds of being found and of being about."""
    dear = 2.0 * shown.person.absent / rules.absence
    if shown.outline is not None and _out_of_picture(shown.outline, optics):
        dear += rules.leaving
    if shown.visible == 1.0:
        return dear
    finds, found = rules.finds, max(rules.finds * shown.visible, LEAST_FOUND)
    return dear - 2.0 * math.log(found * (1.0 - finds) / (finds * (1.0 - found)))


def _dim(box: Box, optics: Optics, rules: Rules) -> float:
    """What all pairs of a box cost more: by its score, and at the picture's edge, where people come in."""
    dim = rules.dim * (rules.begin - box.score) if box.score < rules.begin else 0.0
    return dim + rules.entering if any(at_rim(box, optics)) else dim


def at_rim(box: Box, optics: Optics) -> tuple[bool, bool, bool, bool]:
    """Which sides of a box, left, top, right and bottom, are so near to the picture's edge that it may cut its person.

    Who is there may just have come in over it.
    """
    near = RIM * (box.y2 - box.y1)
    return box.x1 < near, box.y1 < near, box.x2 > optics.width - near, box.y2 > optics.height - near


def _out_of_picture(box: Box, optics: Optics) -> bool:
    """Whether an expected box has its middle beyond the picture's sides, or all of it below or above it."""
    return not 0 <= box.x1 + box.x2 <= 2 * optics.width or box.y1 > optics.height or box.y2 < 0


def _doubted(pair: Pair, claims: Sequence[float]) -> Pair:
    """A pair with the growth of its place's variance: its box may be another person's.

    It grows by one over the chance that the pair is right, by the others' likelihoods beside its own. A box that is
    nearly as likely another's moves nobody far: two people who pass each other keep their velocities, and who is who
    decides itself when they part. After Y. Bar-Shalom, F. Daum and J. Huang, "The probabilistic data association
    filter", IEEE Control Systems Magazine 29 (2009), with one matching kept instead of the mean of all.
    """
    if len(claims) == 1:
        return pair
    own = pair.cost
    chances = sum([1.0 if cost <= own else math.exp((own - cost) / 2) for cost in claims])
    return replace(pair, doubt=min(chances, MOST_DOUBT))
