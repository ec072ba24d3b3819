"""What an audit proves: which click belongs to which crossing, and how far a count may be wrong."""

import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage import poisson
from cloud.manage.audit import FEWEST, Gap, Moment, Watched, accuracy, drawing, paired, pooled
from contract.events import Direction
from contract.plan import Point
from tests.cloud.morning import plan

MINUTE = 60_000


def moments(times: list[int], direction: Direction = Direction.IN) -> tuple[Moment, ...]:
    return tuple(Moment(at_ms=at, direction=direction) for at in times)


def watched(clicks: tuple[Moment, ...], *gaps: Gap) -> Watched:
    return Watched(from_ms=0, to_ms=15 * MINUTE, clicks=clicks, gaps=gaps)


EVERY_TEN_S = list(range(10_000, 15 * MINUTE, 10_000))


def test_a_line_that_counts_everybody_has_no_error_and_yet_an_interval() -> None:
    found = accuracy(watched(moments([at + 800 for at in EVERY_TEN_S])), moments(EVERY_TEN_S)).total
    assert (found.clicked, found.counted, found.missed, found.extra, found.error) == (89, 89, 0, 0, 0)
    assert found.found.share == 1
    assert found.found.low == pytest.approx(0.959, abs=0.001)
    assert found.low == pytest.approx(-0.041, abs=0.001)
    assert found.high == pytest.approx(0.041, abs=0.001)


def test_a_planted_fault_is_found_whose_misses_and_inventions_hide_in_the_sum() -> None:
    told = [at for place, at in enumerate(EVERY_TEN_S) if place % 10 != 0]
    invented = [at + 5_500 for at in EVERY_TEN_S[:9]]
    found = accuracy(
        watched(moments([at + 300 for at in EVERY_TEN_S])), moments(sorted(told + invented)), within_ms=2_000
    )
    assert found.total.error == 0
    assert (found.total.missed, found.total.extra) == (9, 9)
    assert found.total.found.share == pytest.approx(80 / 89)
    assert found.total.low is not None
    assert found.total.low < -0.08


def test_directions_do_not_make_up_for_each_other() -> None:
    found = accuracy(watched(moments([10_000, 20_000])), moments([10_000, 20_000], Direction.OUT))
    assert [(way.direction, way.clicked, way.counted, way.matched) for way in found.ways] == [
        (Direction.IN, 2, 0, 0),
        (Direction.OUT, 0, 2, 0),
    ]
    assert found.total.error is None  # too few to name a percentage


def test_what_a_blind_camera_missed_is_a_gap_and_no_error() -> None:
    clicks = moments([at + 500 for at in EVERY_TEN_S])
    told = moments([at for at in EVERY_TEN_S if not 5 * MINUTE <= at < 8 * MINUTE])
    blamed = accuracy(watched(clicks), told)
    excused = accuracy(watched(clicks, Gap(from_ms=5 * MINUTE, to_ms=8 * MINUTE)), told)
    assert blamed.total.missed == 18
    assert (excused.total.missed, excused.aside, excused.blind_ms) == (0, 18, 3 * MINUTE)


def test_overlapping_gaps_count_once_and_only_inside_the_watch() -> None:
    gaps = (
        Gap(from_ms=-MINUTE, to_ms=MINUTE),
        Gap(from_ms=30_000, to_ms=2 * MINUTE),
        Gap(from_ms=20 * MINUTE, to_ms=21 * MINUTE),
    )
    assert accuracy(watched((), *gaps), ()).blind_ms == 2 * MINUTE


def test_a_crossing_just_before_the_watch_may_be_a_late_clicks_and_is_else_nobodys() -> None:
    before = Watched(from_ms=10_000, to_ms=20_000, clicks=moments([10_400]))
    assert accuracy(before, moments([9_500])).total.matched == 1
    assert accuracy(before, moments([9_500, 8_000])).total.counted == 1


def test_how_late_a_hand_is_comes_with_the_outcome() -> None:
    assert accuracy(watched(moments([at + 700 for at in EVERY_TEN_S])), moments(EVERY_TEN_S)).late_ms == 700


def test_a_redrawn_line_has_another_digest_and_a_renamed_one_has_not() -> None:
    floor = plan()
    (line,) = floor.lines
    moved = type(line)(id=line.id, title=line.title, camera=line.camera, a=line.a, b=Point(0.3, 2.2))
    named = type(line)(id="gate", title=line.title, camera=line.camera, a=line.a, b=line.b)
    assert drawing(floor, moved) != drawing(floor, line) == drawing(floor, named)


def test_several_audits_together_know_more_than_one() -> None:
    one = accuracy(watched(moments(EVERY_TEN_S)), moments(EVERY_TEN_S)).total
    both = pooled([one, one])
    assert both is not None
    assert both.high is not None
    assert one.high is not None
    assert (both.clicked, both.error) == (178, 0)
    assert both.high < one.high
    assert pooled([]) is None


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(0, 40), max_size=5).map(sorted),
    st.lists(st.integers(0, 40), max_size=5).map(sorted),
    st.integers(0, 12),
)
def test_no_other_pairing_has_more_pairs_or_nearer_ones(first: list[int], second: list[int], within: int) -> None:
    found = paired(first, second, within=within)
    assert len({row for row, _ in found}) == len({column for _, column in found}) == len(found)
    assert all(abs(first[row] - second[column]) <= within for row, column in found)
    best = (0, 0)
    for size in range(1, min(len(first), len(second)) + 1):
        for rows in itertools.combinations(range(len(first)), size):
            for columns in itertools.permutations(range(len(second)), size):
                apart = [abs(first[row] - second[column]) for row, column in zip(rows, columns, strict=True)]
                if max(apart) <= within:
                    best = min(best, (-size, sum(apart)))
    assert best == (-len(found), sum(abs(first[row] - second[column]) for row, column in found))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400))
def test_a_counts_interval_holds_it_and_widens_with_it(number: int) -> None:
    here, more = poisson.mean(number), poisson.mean(number + 1)
    assert here.low <= number <= here.high
    assert here.low <= more.low
    assert here.high < more.high


@pytest.mark.parametrize(("number", "low", "high"), [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (10, 4.7954, 18.3904)])
def test_a_counts_interval_is_the_one_in_the_tables(number: int, low: float, high: float) -> None:
    found = poisson.mean(number)
    assert found.low == pytest.approx(low, abs=1e-4)
    assert found.high == pytest.approx(high, abs=1e-4)


def test_the_interval_holds_the_true_error_about_95_times_of_100() -> None:
    """Seeded audits of 80 people at a line that misses 4 % and invents 2 %: its true error is -2 %."""
    luck, holds, rounds = random.Random(5), 0, 300
    for _ in range(rounds):
        people = _poisson(luck, 80)
        missed = sum(luck.random() < 0.04 for _ in range(people))
        apart = poisson.difference(_poisson(luck, 1.6), missed)
        holds += people >= FEWEST and apart.low / people <= -0.02 <= apart.high / people
    assert holds / rounds >= 0.93


def _poisson(luck: random.Random, mean: float) -> int:
    floor, count, product = math.exp(-mean), 0, luck.random()
    while product > floor:
        product *= luck.random()
        count += 1
    return count
