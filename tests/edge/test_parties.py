"""Who walks as one is one buying unit, and strangers who enter one after another are not."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.counting.crossings import Crossing, Direction
from edge.counting.parties import Company, Parties, Party
from edge.tracking.paths import Leg
from tests.edge.walkers import even

# How anybody goes: places by the second, from which ways are drawn.
Way = Sequence[tuple[float, float, float]]  # at (s), x, y
INWARDS: Way = [(0, 0, 0), (4, 4, 0), (8, 6, 3), (12, 6, 3), (16, 9, 3)]


def moved(way: Way, *, later: float = 0.0, aside: float = 0.0, up: float = 0.0) -> Way:
    return [(at + later, x + aside, y + up) for at, x, y in way]


def walked(ways: Sequence[Way], *, rate: float = 5.0, error: float = 0.08, door: float = 1.0) -> list[Party]:
    """The parties of people who go these ways over a door at x = `door`, seen `rate` times a second."""
    chance = np.random.default_rng(1)
    parties, told = Parties(Company()), []
    crossed: set[int] = set()
    before: dict[int, tuple[float, float, float]] = {}
    for step in range(round(60 * rate)):
        now = step / rate
        for track, way in enumerate(ways):
            at, x, y = np.array(way).T
            if not at[0] <= now <= at[-1]:
                continue
            slip = chance.normal(0, error, 2) if error else (0.0, 0.0)
            place = float(np.interp(now, at, x) + slip[0]), float(np.interp(now, at, y) + slip[1])
            last = before.get(track, (now, *place))
            parties.walk(Leg(track=track, began=last[0], ended=now, start=last[1:], end=place, spread=even(error)))
            before[track] = (now, *place)
            if place[0] > door and track not in crossed:
                crossed.add(track)
                parties.cross(
                    Crossing(line="door", track=track, direction=Direction.IN, at=now, place=(door, place[1]))
                )
        told += parties.due(now)
    assert not parties.close()
    return told


def sizes(told: Sequence[Party]) -> list[int]:
    return sorted(party.size for party in told)


@pytest.mark.parametrize("rate", [2, 5, 10])
def test_a_couple_side_by_side_is_one_party(rate: int) -> None:
    (party,) = walked([INWARDS, moved(INWARDS, up=0.8)], rate=rate)

    assert party.size == 2
    assert party.at == pytest.approx(1.0, abs=0.6)
    assert party.direction is Direction.IN


@pytest.mark.parametrize("rate", [2, 5, 10])
def test_strangers_who_enter_one_after_another_stay_two(rate: int) -> None:
    assert sizes(walked([INWARDS, moved(INWARDS, later=2.5)], rate=rate)) == [1, 1]


def test_strangers_close_behind_one_another_who_part_inside_stay_two() -> None:
    elsewhere: Way = [(0, 0, 0), (4, 4, 0), (8, 5, -4), (16, 5, -8)]

    assert sizes(walked([INWARDS, moved(elsewhere, later=1.0)])) == [1, 1]


def test_a_family_of_four_holds_together_link_by_link() -> None:
    family = [moved(INWARDS, later=0.5 * (n % 2), up=0.9 * n) for n in range(4)]
    assert math.dist(family[0][0][1:], family[3][0][1:]) > Company().near

    assert sizes(walked(family)) == [4]


def test_a_couple_a_stranger_and_another_couple_are_three_parties() -> None:
    first, second = [INWARDS, moved(INWARDS, up=0.7)], [moved(INWARDS, later=9), moved(INWARDS, later=9.4, up=0.8)]

    assert sizes(walked([*first, moved(INWARDS, later=4), *second])) == [1, 2, 2]


def test_who_meets_somebody_in_the_door_and_walks_on_alone_is_alone() -> None:
    outwards: Way = [(0, 6, 0.5), (6, 0, 0.5), (12, -6, 0.5)]

    assert 2 not in sizes(walked([INWARDS, moved(outwards, later=-1)]))


def test_who_was_seen_together_for_a_moment_only_is_no_party() -> None:
    short: Way = [(0, 0, 0), (2.5, 2.5, 0)]

    assert sizes(walked([short, moved(short, up=0.8)])) == [1, 1]


def test_a_party_is_told_within_a_bounded_time() -> None:
    company, parties = Company(), Parties(Company())
    parties.cross(Crossing(line="door", track=1, direction=Direction.IN, at=10.0, place=(0.0, 0.0)))
    bound = company.within + company.after + company.late

    assert not parties.due(10.0 + bound - 0.01)
    assert [party.size for party in parties.due(10.0 + bound)] == [1]


def test_one_person_who_crosses_twice_is_not_their_own_company() -> None:
    parties = Parties(Company())
    for step in range(100):
        place = (0.05 * step, 0.0)
        parties.walk(Leg(track=1, began=0.2 * step, ended=0.2 * step + 0.2, start=place, end=place, spread=even(0.1)))
    for at in (5.0, 7.0):
        parties.cross(Crossing(line="door", track=1, direction=Direction.IN, at=at, place=(0.0, 0.0)))

    assert [party.size for party in parties.due(60.0)] == [1, 1]


ways = st.lists(
    st.tuples(st.floats(0, 20), st.floats(-2, 2), st.floats(0.4, 1.6)).map(
        lambda it: [(it[0], 0.0, it[1]), (it[0] + 12, 12 * it[2], it[1])]
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(ways)
def test_the_sizes_of_all_parties_add_up_to_the_crossings(crowd: list[Way]) -> None:
    told = walked(crowd, rate=2, error=0.0)

    assert sum(party.size for party in told) == len(crowd)
    assert all(party.size >= 1 for party in told)
