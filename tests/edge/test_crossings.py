import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.counting import crossings
from edge.counting.crossings import Approach, Band, Crossing, Direction
from edge.floor.shapes import Line, Point
from edge.tracking.motion import Spread
from edge.tracking.paths import End, Leg
from tests.edge.walkers import even

DOOR = Line(id="door", a=(0.0, 0.0), b=(2.0, 0.0))  # left of it is y < 0, outside
SURE = even(0.05)
# Without a band every change of sign counts: the fault that the band is there to prevent.
NO_BAND = Band(width=0.0, sigmas=0.0, hold=0.0)


def legs(places: Sequence[Point], every: float = 0.2, spread: Spread = SURE) -> list[Leg]:
    pairs = itertools.pairwise(places)
    return [
        Leg(track=1, began=n * every, ended=(n + 1) * every, start=a, end=b, spread=spread)
        for n, (a, b) in enumerate(pairs)
    ]


def crossed(
    walk: Sequence[Leg], line: Line = DOOR, band: Band | None = None, approach: Approach | None = None
) -> list[Crossing]:
    approach, told = approach or Approach(), []
    for leg in walk:
        approach, crossing = crossings.follow(approach, line, leg, band or Band())
        told += [crossing] if crossing else []
    return told


def straight(start: Point, end: Point, steps: int) -> list[Point]:
    return [tuple(place) for place in np.linspace(start, end, steps + 1).tolist()]


@pytest.mark.parametrize("rate", [2, 5, 10, 30])
def test_one_person_who_crosses_once_is_one_crossing_at_the_time_of_the_line(rate: int) -> None:
    walk = legs(straight((1.0, -2.0), (1.0, 2.0), 4 * rate), every=1 / rate)

    (crossing,) = crossed(walk)

    assert crossing.direction is Direction.IN
    assert crossing.at == pytest.approx(2.0, abs=1e-6)
    assert crossing.place == pytest.approx((1.0, 0.0))


@pytest.mark.parametrize("rate", [2, 5, 10, 30])
def test_who_comes_back_is_counted_back_out(rate: int) -> None:
    there = straight((1.0, -2.0), (1.0, 2.0), 4 * rate)

    walk = legs([*there, *reversed(there[:-1])] * 2, every=1 / rate)
    directions = [crossing.direction for crossing in crossed(walk)]

    assert directions == [Direction.IN, Direction.OUT, Direction.IN, Direction.OUT]


def jitter(seed: int, rate: int) -> list[Leg]:
    """Ten seconds on the line, after having come from outside."""
    random = np.random.default_rng(seed)
    standing = [(1.0, y) for y in random.normal(0, 0.08, 10 * rate).tolist()]
    return legs([*straight((1.0, -2.0), (1.0, -0.1), 2 * rate), *standing], every=1 / rate)


@pytest.mark.parametrize("rate", [2, 5, 10, 30])
def test_who_stands_on_the_line_for_ten_seconds_crosses_it_once_at_most(rate: int) -> None:
    assert max(len(crossed(jitter(seed, rate))) for seed in range(20)) <= 1


def test_without_the_band_the_same_jitter_counts_many_times() -> None:
    assert min(len(crossed(jitter(seed, 10), band=NO_BAND)) for seed in range(20)) > 5


def test_round_the_end_of_the_line_is_no_crossing() -> None:
    assert not crossed(legs(straight((3.0, -2.0), (3.0, 2.0), 20)))
    around = [*straight((1.0, -2.0), (4.0, -2.0), 20), *straight((4.0, 2.0), (1.0, 2.0), 20)]
    assert not crossed(legs(around))


def test_who_appears_on_the_line_belongs_to_no_side_until_they_show_one() -> None:
    assert not crossed(legs([(1.0, -0.05), (1.0, 0.3), (1.0, 1.0), (1.0, 1.5)]))


def test_a_place_that_is_seen_badly_needs_a_clearer_crossing() -> None:
    toe = [*straight((1.0, -2.0), (1.0, 0.4), 10), *[(1.0, 0.4)] * 4, *straight((1.0, 0.4), (1.0, -2.0), 10)]

    assert len(crossed(legs(toe))) == 2
    assert not crossed(legs(toe, spread=even(0.3)))


@pytest.mark.parametrize("turned", [0.0, 0.5, 2.0])
def test_a_place_that_is_unsure_along_the_line_alone_needs_no_clearer_crossing(turned: float) -> None:
    cos, sin = math.cos(turned), math.sin(turned)

    def turn(place: Point) -> Point:
        return cos * place[0] - sin * place[1], sin * place[0] + cos * place[1]

    def unsure(along: float, across: float) -> Spread:
        a, b = along * along, across * across
        return Spread(xx=cos * cos * a + sin * sin * b, xy=cos * sin * (a - b), yy=sin * sin * a + cos * cos * b)

    line = Line(id="door", a=turn(DOOR.a), b=turn(DOOR.b))
    toe = [*straight((1.0, -2.0), (1.0, 0.4), 10), *[(1.0, 0.4)] * 4, *straight((1.0, 0.4), (1.0, -2.0), 10)]
    walk = [turn(place) for place in toe]

    assert len(crossed(legs(walk, spread=unsure(0.3, 0.05)), line)) == 2
    assert not crossed(legs(walk, spread=unsure(0.05, 0.3)), line)


def parted(place: Point, velocity: Point) -> Crossing | None:
    approach = Approach()
    for leg in legs(straight((1.0, -2.0), place, 10)):
        approach, _ = crossings.follow(approach, DOOR, leg, Band())
    last = Leg(track=1, began=2.0, ended=2.1, start=place, end=place, spread=even(0.05))
    return crossings.part(approach, DOOR, End(leg=last, velocity=velocity), Band())


def test_who_walks_out_of_sight_just_past_the_line_has_crossed_it() -> None:
    gone = parted((1.0, 0.15), (0.0, 1.0))

    assert gone is not None
    assert gone.direction is Direction.IN


@pytest.mark.parametrize(
    ("place", "velocity"), [((1.0, 0.15), (0.0, 0.0)), ((1.0, 0.15), (0.0, -1.0)), ((1.0, -0.15), (0.0, 1.0))]
)
def test_who_is_lost_standing_turning_or_before_the_line_has_not(place: Point, velocity: Point) -> None:
    assert parted(place, velocity) is None


ENDLESS = Line(id="endless", a=(-1e4, 0.0), b=(1e4, 0.0))


def appeared(
    places: Sequence[Point], *, waited: float = 0.2, line: Line = DOOR, band: Band | None = None
) -> list[Crossing]:
    """Somebody whom the first of `places` shows for the first time, `waited` after a look without them."""
    first = Leg(track=1, began=-waited / 2, ended=0.0, start=places[0], end=places[0], spread=even(0.05))
    return crossed([first, *legs(places)], line, band, crossings.begin(first))


def test_who_shows_just_past_the_line_and_walks_on_came_over_it_behind_somebody() -> None:
    (crossing,) = appeared(straight((1.0, 0.2), (1.0, 2.2), 10))

    assert crossing.direction is Direction.IN
    assert crossing.at == pytest.approx(-0.2)  # at 1 m/s
    assert crossing.place == pytest.approx((1.0, 0.0))
    assert not appeared(straight((1.0, 0.2), (1.0, 2.2), 10), band=Band(parting=0.0))


@pytest.mark.parametrize(
    "places",
    [
        pytest.param([(1.0, 0.2)] * 12, id="stands"),
        pytest.param(straight((1.0, 0.2), (1.0, 0.6), 20), id="strolls for longer than anybody takes to come in"),
        pytest.param(straight((1.0, 0.9), (1.0, 2.9), 10), id="shows too far inside"),
        pytest.param(straight((1.0, 0.4), (1.9, 0.5), 5), id="walks along the line"),
        pytest.param(straight((3.0, 0.2), (3.0, 2.2), 10), id="shows beside the door"),
    ],
)
def test_who_shows_past_the_line_and_does_not_leave_it_behind_did_not_come_over_it(places: list[Point]) -> None:
    assert appeared(places) == []


def test_who_is_in_the_first_picture_was_there_before() -> None:
    assert appeared(straight((1.0, 0.2), (1.0, 2.2), 10), waited=0.0) == []


def test_who_showed_inside_and_goes_out_again_was_in_and_out_once() -> None:
    there = straight((1.0, 0.2), (1.0, 2.2), 10)

    directions = [each.direction for each in appeared([*there, *straight((1.0, 2.0), (1.0, -2.0), 20)])]

    assert directions == [Direction.IN, Direction.OUT]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.floats(-1, 3), st.floats(-2, 2)), min_size=2, max_size=40))
def test_however_somebody_appears_nobody_goes_the_same_way_twice(walk: list[Point]) -> None:
    told = appeared(walk, line=ENDLESS)

    assert all(a.direction != b.direction for a, b in itertools.pairwise(told))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-5, 5), st.floats(-2, 2)), min_size=2, max_size=40),
    st.sampled_from([0.03, 0.1, 0.5]),
)
def test_in_less_out_is_the_change_of_sides_and_directions_alternate(walk: list[Point], every: float) -> None:
    approach, told = Approach(), []
    sides = [approach.side]
    for leg in legs(walk, every=every):
        approach, crossing = crossings.follow(approach, ENDLESS, leg, Band())
        told += [crossing] if crossing else []
        sides.append(approach.side)
    first = next((side for side in sides if side), 0)
    into = sum(crossing.direction is Direction.IN for crossing in told)

    assert 2 * (into - (len(told) - into)) == first - approach.side
    assert all(a.direction != b.direction for a, b in itertools.pairwise(told))
    assert [c.at for c in told] == sorted(c.at for c in told)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(-1, 3), st.floats(-2, 2)), min_size=2, max_size=30))
def test_a_line_turned_round_counts_the_same_the_other_way(walk: list[Point]) -> None:
    turned = replace(DOOR, a=DOOR.b, b=DOOR.a)
    opposite = {Direction.IN: Direction.OUT, Direction.OUT: Direction.IN}
    if any(y == 0 for _, y in walk):  # the line itself belongs to one side
        return

    there, back = crossed(legs(walk)), crossed(legs(walk), turned)

    assert [opposite[c.direction] for c in there] == [c.direction for c in back]
