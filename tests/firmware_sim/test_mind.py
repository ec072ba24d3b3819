"""What shoppers do in a day."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.town.dice import Dice
from firmware_sim.town.happenings import Crossed, Happening, Put, Sold, Way
from firmware_sim.town.visits import BindCard, Hold, OpenTag, visit
from firmware_sim.town.world import STEP_MS, Town, World
from tests.firmware_sim.stores import demo, lived

STORE = demo()


@pytest.fixture(scope="module", params=[(7, 130_000), (42, 90_000)], ids=["7", "42"])
def day(request: pytest.FixtureRequest) -> tuple[list[World], list[Happening]]:
    made = [moment for moment in lived(*request.param) if moment.world.now <= 90_000]
    worlds = [Town(STORE, request.param[0]).dawn(), *(moment.world for moment in made)]
    return worlds, [happening for moment in made for happening in moment.happenings]


def test_a_minute_and_a_half_is_lively(day: tuple[list[World], list[Happening]]) -> None:
    _, told = day
    assert sum(isinstance(one, Crossed) for one in told) >= 15
    assert sum(isinstance(one, Put) for one in told) >= 10
    assert any(isinstance(one, Sold) for one in told)


def test_nobody_walks_through_another(day: tuple[list[World], list[Happening]]) -> None:
    worlds, _ = day
    gaps = [
        math.dist(a.at, b.at) for world in worlds for a in world.shoppers for b in world.shoppers if a.number < b.number
    ]
    assert min(gaps) >= 140
    assert sum(gap < 480 for gap in gaps) <= len(gaps) // 100


def test_nobody_stands_in_a_shelf_or_jumps(day: tuple[list[World], list[Happening]]) -> None:
    worlds, _ = day
    ways = Town(STORE, 7).ways
    for before, after in pairwise(worlds):
        places = {shopper.number: shopper.at for shopper in before.shoppers}
        for shopper in after.shoppers:
            assert ways.open_at(shopper.at)
            moved = math.dist(places.get(shopper.number, shopper.at), shopper.at)
            assert moved <= shopper.visit.speed * STEP_MS / 1000 * 1.5 + 2


def test_the_store_is_never_fuller_than_the_scenario_says(day: tuple[list[World], list[Happening]]) -> None:
    worlds, _ = day
    assert max(len(world.shoppers) for world in worlds) <= STORE.scenario.arrivals.at_most_inside


def test_one_hand_at_a_time_is_at_each_reader(day: tuple[list[World], list[Happening]]) -> None:
    _, told = day
    for reader in STORE.plan.readers:
        puts = [one for one in told if isinstance(one, Put) and one.reader == reader.id]
        assert all(later.at >= earlier.until + 500 for earlier, later in pairwise(puts))


def test_who_leaves_has_come(day: tuple[list[World], list[Happening]]) -> None:
    _, told = day
    inside = set[int]()
    for one in told:
        if isinstance(one, Crossed):
            assert (one.shopper in inside) == (one.way is Way.OUT)
            inside ^= {one.shopper}


def test_a_shopper_is_the_same_whoever_came_before() -> None:
    town = Town(STORE, 3)
    stands = tuple(town.stands.values())
    assert visit(STORE, stands, 3, 9) == town.visit(9)
    assert visit(STORE, stands, 4, 9) != town.visit(9)


def test_who_binds_a_card_has_opened_the_tag_before_and_holds_the_card_after() -> None:
    town = Town(STORE, 5)
    binding = 0
    for number in range(1, 80):
        for errand in town.visit(number).errands:
            order = [type(act) for act in errand.acts]
            if BindCard in order:
                binding += 1
                assert order.index(OpenTag) < order.index(BindCard) < order.index(Hold)
            assert [act.after_ms for act in errand.acts] == sorted(act.after_ms for act in errand.acts)
    assert binding > 5


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**40), median=st.integers(100, 60_000), spread=st.floats(0, 1.5))
def test_chance_stays_within_its_bounds(seed: int, median: int, spread: float) -> None:
    dice = Dice(seed, "test")
    drawn = dice.log_normal(median, spread)
    assert median * math.exp(-2.5 * spread) - 2 <= drawn <= median * math.exp(2.5 * spread) + 2
    assert 3 <= dice.whole(3, 9) <= 9
    assert dice.gap(median) >= 0


def test_the_gaps_of_a_poisson_stream_have_their_mean() -> None:
    dice = Dice(1, "gaps")
    gaps = [dice.gap(4_000) for _ in range(4_000)]
    assert abs(sum(gaps) / len(gaps) - 4_000) < 250
