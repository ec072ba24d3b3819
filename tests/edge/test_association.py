import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.floor import optics
from edge.inputs import Box
from edge.tracking import association, feet, motion, outlines, spots
from edge.tracking.assignment import FORBIDDEN, assign
from edge.tracking.association import Scene, Shown
from edge.tracking.feet import Blur
from edge.tracking.matching import match
from edge.tracking.motion import Body, Place, Walk
from edge.tracking.people import Followed
from edge.tracking.rules import Rules
from edge.tracking.spots import Pair, Search, Spot, Spots, find, surprise
from tests.edge.walkers import Pinhole, box


def total(cost: np.ndarray, pairs: list[tuple[int, int]], limit: float) -> float:
    return float(sum(cost[pair] for pair in pairs) + limit * (cost.shape[0] - len(pairs)))


def choices(cost: np.ndarray) -> list[list[tuple[float, int]]]:
    """What a tracker tells of a matrix: of each row the finite cells alone."""
    return [[(each, column) for column, each in enumerate(row) if math.isfinite(each)] for row in cost.tolist()]


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 10_000))
def test_the_short_way_for_plain_pairs_costs_as_little_as_the_exact_solver(rows: int, columns: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    cost = np.where(random.random((rows, columns)) < 0.4, random.uniform(-5, 12, (rows, columns)), FORBIDDEN)
    limit = 8.0
    capped = np.minimum(cost, limit)

    exact = [(i, j) for i, j in assign(capped, limit) if cost[i, j] < limit]

    found = match(choices(cost), limit)
    assert len({i for i, _ in found}) == len({j for _, j in found}) == len(found)
    assert total(cost, found, limit) == pytest.approx(total(cost, exact, limit))


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 10_000))
def test_pairs_that_cost_the_same_are_still_matched_one_to_one(rows: int, columns: int, seed: int) -> None:
    cost = np.random.default_rng(seed).integers(-2, 9, (rows, columns)).astype(np.float64)

    found = match(choices(cost), 8.0)

    assert len({i for i, _ in found}) == len({j for _, j in found}) == len(found)
    exact = [(i, j) for i, j in assign(np.minimum(cost, 8.0), 8.0) if cost[i, j] < 8.0]
    assert total(cost, found, 8.0) == pytest.approx(total(cost, exact, 8.0))


def test_a_dear_pair_is_not_bought_to_make_one_pair_more() -> None:
    # Matching as many as possible would tear the sure pair (0, 0) apart.
    cost = np.array([[0.0, 7.0], [7.5, FORBIDDEN]])

    assert match(choices(cost), 8.0) == [(0, 0)]


def body(spread: float) -> Body:
    return motion.at_rest(Place(x=0.0, y=0.0, xx=spread, xy=0.0, yy=spread), Walk())


def place(x: float) -> Place:
    return Place(x=x, y=0.0, xx=0.01, xy=0.0, yy=0.01)


def test_somebody_long_out_of_sight_does_not_take_what_fits_a_sure_neighbour() -> None:
    assert surprise(body(0.04), place(0.3)) < surprise(body(4.0), place(0.3))


def test_beyond_the_gate_there_is_no_pair() -> None:
    assert math.isfinite(surprise(body(0.04), place(0.1)))
    assert surprise(body(0.04), place(5.0)) == FORBIDDEN
    chance = math.exp(-spots.GATE / 2)  # of a true pair beyond it: chi-square, 2 degrees of freedom
    assert chance == pytest.approx(0.001, rel=0.01)


def person(at: Body, tall: float = 1.7, box: Box | None = None) -> Followed:
    return Followed(
        track=1,
        body=at,
        tall=tall,
        tall_var=0.01,
        box=box or Box(x1=0.0, y1=0.0, x2=40.0, y2=100.0, score=0.9),
        slim=0.4,
        seen=0.0,
        last_x=at.x,
        last_y=at.y,
        hits=5,
        looked=0.0,
        looks=5,
        absent=0.0,
        first=-2.0,
        confirmed=True,
    )


def scattered(random: np.random.Generator, number: int) -> list[Spot]:
    """Spots about (0, 0), each with a covariance of its own."""
    made = []
    for column in range(number):
        root = random.normal(0, 0.4, (2, 2))
        (xx, xy), (_, yy) = (root @ root.T + 0.01 * np.eye(2)).tolist()
        x, y = random.normal(0, 1.2, 2).tolist()
        tall = float(random.normal(1.7, 0.2)) if random.random() < 0.7 else None
        place = Place(x=x, y=y, xx=xx, xy=xy, yy=yy)
        dim = float(random.uniform(0, 5))
        wide = float(random.uniform(20, 120))
        made.append(Spot(column=column, x=x, y=y, place=place, wide=wide, tall=tall, dim=dim))
    return made


def one_by_one(search: Search, every: list[Spot]) -> dict[int, Pair]:
    """What `find` finds, without order, windows or bounds."""
    pairs = {}
    for spot in every:
        off, at = max(spot.wide - search.wide, 0.0) / 2, spot.place
        x, y = search.x_u * off, search.y_u * off
        place = Place(x=at.x, y=at.y, xx=at.xx + x * x, xy=at.xy + x * y, yy=at.yy + y * y)
        misfit = surprise(search.body, place) - log_spread(search.body, place)
        if search.person is not None:
            lack = 0.0 if spot.tall is None else spot.tall - search.person.tall
            strange = lack**2 / (search.person.tall_var + spots.STATURE_SPREAD**2)
            misfit += 1.0 if spot.tall is None else min(strange, spots.STATURE_CAP)
        cost = misfit + log_spread(search.body, place) + search.extra + spot.dim
        if cost < (search.known[spot.column].cost if spot.column in search.known else FORBIDDEN):
            pairs[spot.column] = Pair(
                row=search.row,
                column=spot.column,
                cost=cost,
                misfit=misfit,
                place=place,
                tall=spot.tall,
                turned=search.turned,
            )
    return pairs


def log_spread(body: Body | Place, place: Place) -> float:
    """The part of `surprise` that no distance makes: the log of the determinant of both covariances together."""
    return math.log((body.xx + place.xx) * (body.yy + place.yy) - (body.xy + place.xy) ** 2)


def same(found: dict[int, Pair], truth: dict[int, Pair]) -> bool:
    astuple = msgspec.structs.astuple
    numbers = {column: (each.cost, each.misfit, *astuple(each.place)) for column, each in found.items()}
    expected = {column: (each.cost, each.misfit, *astuple(each.place)) for column, each in truth.items()}
    return numbers.keys() == expected.keys() and all(
        numbers[column] == pytest.approx(each, rel=1e-9, abs=1e-9) for column, each in expected.items()
    )


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 10_000), number=st.integers(0, 12), unsure=st.floats(0.001, 1.0), by_stature=st.booleans())
def test_windows_and_bounds_leave_out_no_pair_that_looking_at_all_finds(
    seed: int, number: int, unsure: float, *, by_stature: bool
) -> None:
    random = np.random.default_rng(seed)
    every = scattered(random, number)
    known = {
        spot.column: Pair(
            row=0, column=spot.column, cost=float(random.uniform(-6, 12)), misfit=0.0, place=spot.place, tall=None
        )
        for spot in every
        if random.random() < 0.5
    }
    search = Search(
        row=0,
        body=body(unsure),
        wide=float(random.uniform(20, 60)),
        x_u=float(random.normal(0, 0.05)),
        y_u=float(random.normal(0, 0.05)),
        person=person(body(unsure)) if by_stature else None,
        extra=float(random.uniform(0, 3)),
        known=known if random.random() < 0.7 else {},
        turned=bool(random.random() < 0.5),
    )

    found = find(search, Spots.of(every))

    assert same(found, one_by_one(search, every))
    assert all(
        each.turned == search.turned and each.row == 0 and each.tall == every[each.column].tall
        for each in found.values()
    )


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 10_000), people=st.integers(0, 6), number=st.integers(0, 8))
def test_settled_are_those_whose_cheapest_box_fits_them_and_is_nobody_elses_cheapest(
    seed: int, people: int, number: int
) -> None:
    random = np.random.default_rng(seed)
    every = scattered(random, number)
    searches = [
        Search(
            row=row,
            body=body(float(random.uniform(0.01, 0.5))),
            wide=200.0,
            x_u=0.0,
            y_u=0.0,
            person=None,
            extra=float(random.uniform(0, 3)),
            known={},
            turned=bool(random.random() < 0.2),
        )
        for row in range(people)
    ]
    possible = [find(search, Spots.of(every)) for search in searches]

    settled = association._settled(possible, searches)

    cheapest = [min(pairs.values(), key=lambda pair: pair.cost) for pairs in possible if pairs]
    for best in cheapest:
        search, spot = searches[best.row], every[best.column]
        misfit = surprise(search.body, spot.place) - log_spread(search.body, spot.place)
        wanted = [other.row for other in cheapest if other.column == best.column]
        assert (best.row in settled) == (wanted == [best.row] and misfit < association.SETTLED and not best.turned)
        assert settled.get(best.row, best.column) == best.column
    assert settled.keys() <= {best.row for best in cheapest}


def test_a_box_much_wider_than_somebody_may_be_theirs_though_its_middle_is_far() -> None:
    wide = Spot(column=0, x=1.5, y=0.0, place=place(1.5), wide=100.0, tall=None, dim=0.0)
    search = Search(row=0, body=body(0.01), wide=40.0, x_u=0.03, y_u=0.0, person=None, extra=0.0, known={})

    assert same(find(search, Spots.of([wide])), one_by_one(search, [wide]))
    assert list(find(search, Spots.of([wide]))) == [0]


@settings(max_examples=60, deadline=None)
@given(x=st.floats(-1.2, 1.2), y=st.floats(1.0, 4.0), seed=st.integers(0, 10_000), up=st.sampled_from([1.6, 3.0]))
def test_a_person_brought_down_to_the_lines_of_sight_meets_what_each_line_lifted_would_meet(
    x: float, y: float, seed: int, up: float
) -> None:
    # From 1.6 m up, heads of 1.7 m are seen on lines that rise.
    random = np.random.default_rng(seed)
    camera = Pinhole(up=up, tilt=0.1 if up < 2 else math.radians(22))
    seen, blur = optics.of_floor(camera.floor()), Blur()
    whole = [box(camera, x + dx, y + dy, tall=1.7) for dx, dy in random.normal(0, 0.3, (6, 2))]
    boxes = [
        Box(x1=b.x1, y1=b.y1, x2=b.x2 + more, y2=b.y1 + cut * (b.y2 - b.y1), score=0.9)
        for b, cut, more in zip(whole, random.uniform(0.6, 1.0, 6), random.uniform(0, 40, 6), strict=True)
    ]
    one = person(motion.at_rest(Place(x=x, y=y, xx=0.05, xy=0.01, yy=0.04), Walk()), box=whole[0])
    outline = outlines.expected(one, seen)
    assert outline is not None
    shown = Shown(person=one, within=True, outline=outline, visible=1.0, crowded=True)
    found_feet = feet.of_boxes(boxes, seen, blur)
    scene = Scene(at=0.1, people=[shown], feet=found_feet, optics=seen, rules=Rules())

    dims = [float(dim) for dim in random.uniform(0, 5, len(found_feet))]
    ((search,), _) = association._searches(scene)

    found = association._repaired(search, {}, association._heads(scene, dims), scene)

    assert all(each.tall is None for each in found.values())
    lift, (xx, xy, yy) = optics.lift(seen, one.tall), association._unsure_under_head(one, outline, blur)
    lifted, ahead = [], set()
    for column, foot in enumerate(scene.feet):
        at_x, at_y, front = optics.sightline(seen, (foot.box.x1 + foot.box.x2) / 2, foot.box.y1)
        place = Place(x=lift.share * at_x + lift.across, y=lift.share * at_y + lift.ahead, xx=xx, xy=xy, yy=yy)
        wide = foot.box.x2 - foot.box.x1
        lifted.append(Spot(column=column, x=place.x, y=place.y, place=place, wide=wide, tall=None, dim=dims[column]))
        if lift.share * front > 0 and association._may_hide_feet(shown, outline, foot):
            ahead.add(column)
    plain = msgspec.structs.replace(search, person=None, extra=search.extra + association.CROWDED_COST)
    assert same(found, {column: each for column, each in one_by_one(plain, lifted).items() if column in ahead})
