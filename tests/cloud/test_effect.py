"""What a campaign did, looked at every day: nothing is not taken for something, and something is found."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage.effect import Arm, Effect, Verdict, effect, half_width, needed
from cloud.manage.insight import State

DAYS, SEEDS = 28, 200
CALLED = (Verdict.MORE, Verdict.LESS)


def daily(shown: Arm, held: Arm) -> Verdict:
    return effect(shown, held).verdict


def fixed(shown: Arm, held: Arm) -> Verdict:
    """The planted fault: an interval that is right for one look, looked at every day."""
    if min(shown.people, held.people) < 30:
        return Verdict.FEW
    difference, half = shown.share - held.share, 1.96 * (shown.variance + held.variance) ** 0.5
    return Verdict.UNKNOWN if abs(difference) <= half else Verdict.MORE if difference > 0 else Verdict.LESS


def called(
    judge: Callable[[Arm, Arm], Verdict], *, base: float, more: float = 0, a_day: int = 60, held_share: float = 0.1
) -> float:
    """Of 200 months, in how many some day's look said that the campaign has an effect."""
    found = 0
    for seed in range(SEEDS):
        luck = np.random.default_rng(seed)
        held = luck.binomial(a_day, held_share, DAYS)
        groups = ((a_day - held, base + more), (held, base))
        people = [np.cumsum(group) for group, _ in groups]
        buyers = [np.cumsum(luck.binomial(group, share)) for group, share in groups]
        arms = [
            [Arm(people=int(n), buyers=int(x)) for n, x in zip(people[at], buyers[at], strict=True)] for at in (0, 1)
        ]
        found += any(judge(one, other) in CALLED for one, other in zip(*arms, strict=True))
    return found / SEEDS


@pytest.mark.parametrize(("base", "held_share"), [(0.03, 0.1), (0.25, 0.1), (0.25, 0.5)])
def test_no_effect_looked_at_every_day_is_called_one_at_most_six_times_in_a_hundred(
    base: float, held_share: float
) -> None:
    wrong = called(daily, base=base, held_share=held_share)
    print(f"no effect planted, {base:.0%} buy, {held_share:.0%} held out: called an effect in {wrong:.1%} of {SEEDS}")
    assert wrong <= 0.06


def test_the_gate_catches_an_interval_that_is_right_for_one_look_alone() -> None:
    wrong = called(fixed, base=0.25)
    print(f"the same looks at a fixed 95 % interval: {wrong:.1%}")
    assert wrong > 0.06


@pytest.mark.parametrize(("more", "held_share"), [(0.1, 0.1), (0.1, 0.5), (0.2, 0.1)])
def test_an_effect_is_found_four_times_of_five_with_the_stated_number_of_people(more: float, held_share: float) -> None:
    people = needed(more, 0.2, held_share)
    found = called(daily, base=0.2, more=more, a_day=-(-people // DAYS), held_share=held_share)
    print(f"+{more:.0%} on 20 %, {held_share:.0%} held out: {people} people, found in {found:.1%}")
    assert found >= 0.8


def test_less_is_told_as_well_as_more() -> None:
    assert effect(Arm(people=4000, buyers=400), Arm(people=4000, buyers=800)).verdict is Verdict.LESS


def test_what_is_surely_small_is_called_none() -> None:
    told = effect(Arm(people=200_000, buyers=40_000), Arm(people=200_000, buyers=40_000))
    assert told.verdict is Verdict.NONE
    assert told.missing is None


def test_what_spans_zero_is_not_known_yet_and_says_how_many_people_are_missing() -> None:
    told = effect(Arm(people=900, buyers=198), Arm(people=100, buyers=20))
    assert told.verdict is Verdict.UNKNOWN
    assert told.interval is not None
    assert told.interval.low < 0 < told.interval.high
    assert told.missing is not None
    assert told.missing > 5_000  # of two points nobody can be sure soon


@pytest.mark.parametrize(
    ("shown", "held"),
    [
        (Arm(people=29, buyers=10), Arm(people=900, buyers=200)),
        (Arm(people=900, buyers=200), Arm(people=29, buyers=10)),
        (Arm(people=900, buyers=200), Arm(people=100, buyers=3)),  # three buyers are too few to speak of
    ],
)
def test_of_too_few_people_nothing_is_said(shown: Arm, held: Arm) -> None:
    told = effect(shown, held)
    assert told.verdict is Verdict.FEW
    assert told.difference is None
    assert told.interval is None
    if held.buyers == 3:
        assert told.bought_held.figure.state is State.FEW


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_the_interval_holds_its_point_mirrors_its_groups_and_narrows_with_people(data: st.DataObject) -> None:
    def arm() -> Arm:
        people = data.draw(st.integers(0, 5_000))
        return Arm(people=people, buyers=data.draw(st.integers(0, people)))

    one, other = arm(), arm()
    told, mirrored = effect(one, other), effect(other, one)
    assert (told.verdict is Verdict.FEW) == (mirrored.verdict is Verdict.FEW) == (told.interval is None)
    if told.interval is None or told.difference is None or mirrored.interval is None:
        return
    assert told.interval.low <= told.difference <= told.interval.high
    assert told.interval.low == pytest.approx(-mirrored.interval.high)
    twice = effect(
        Arm(people=2 * one.people, buyers=2 * one.buyers), Arm(people=2 * other.people, buyers=2 * other.buyers)
    )
    assert width(twice) < width(told)


def width(told: Effect) -> float:
    assert told.interval is not None
    return told.interval.high - told.interval.low


def test_looking_for_ever_costs_about_half_of_the_width_again() -> None:
    at_best = half_width(921.0) * 921.0**0.5 / 1.96
    assert 1.4 < at_best < 1.6


def test_a_group_cannot_have_more_buyers_than_people() -> None:
    with pytest.raises(ValueError, match="3 buyers of 2 people"):
        Arm(people=2, buyers=3)
