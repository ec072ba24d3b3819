"""The manager's figures: withheld below k, never a zero for a gap, each share with its interval."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage.insight import (
    Bin,
    Figure,
    Flow,
    Joined,
    Reach,
    Seen,
    State,
    Tick,
    about,
    inside_now,
    joined,
    median_ms,
    parts,
    rate,
    tally,
    wilson,
)

FEW, UNSEEN = Figure(state=State.FEW), Figure(state=State.UNSEEN)
ticks = st.lists(st.builds(Tick, minute=st.integers(0, 60), count=st.integers(0, 4)), max_size=12)
reaches = st.builds(Reach, before=st.integers(0, 2), after=st.integers(0, 8))


def shown(value: float) -> Figure:
    return Figure(state=State.SHOWN, value=value)


def test_one_to_four_people_are_withheld_and_nobody_is_a_plain_zero() -> None:
    assert [tally(count) for count in (0, 1, 4, 5)] == [shown(0), FEW, FEW, shown(5)]


def test_what_nothing_measured_is_a_gap_and_no_zero() -> None:
    assert tally(None) == UNSEEN
    assert about(None, people=9) == UNSEEN
    assert rate(shown(3), UNSEEN).figure == UNSEEN


def test_a_store_may_ask_for_more_people_than_five() -> None:
    assert tally(9, k=10) == FEW


def test_a_share_is_withheld_with_either_of_its_counts() -> None:
    assert rate(FEW, shown(40)).figure == FEW
    assert rate(shown(0), FEW).figure == FEW
    assert rate(shown(0), shown(0)).figure == UNSEEN


def test_wilson_gives_the_published_interval() -> None:
    # 81 of 263: Newcombe 1998, Statistics in Medicine 17, table I, method 3.
    interval = wilson(81, 263)
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.2553, 0.3662)
    assert (wilson(0, 20).low, wilson(20, 20).high) == (0.0, 1.0)
    assert round(wilson(0, 20).high, 4) == 0.1611


def test_wilson_refuses_more_than_the_whole() -> None:
    with pytest.raises(ValueError, match="6 of 5 is no share"):
        wilson(6, 5)


@settings(max_examples=100, deadline=None)
@given(whole=st.integers(1, 5_000), data=st.data())
def test_a_wilson_interval_holds_its_share(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    interval = wilson(part, whole)
    assert 0 <= interval.low <= part / whole <= interval.high <= 1


def test_one_withheld_zone_takes_another_with_it_so_that_the_sum_gives_nothing_away() -> None:
    told = parts([3, 40, 12])
    assert told.figures == (FEW, shown(40), FEW)
    assert told.total == shown(55)


def test_a_sum_that_pins_its_withheld_parts_is_withheld_too() -> None:
    assert parts([4, 4]).total == FEW
    assert parts([4, 3]).total == shown(7)
    assert parts([3, 0]).total == FEW


def test_where_each_of_some_hours_had_one_person_an_empty_hour_keeps_the_sum_from_saying_so() -> None:
    assert parts([1, 1, 1, 1, 1]).total == FEW
    told = parts([1, 1, 1, 0, 1, 1, 0])
    assert told.total == shown(5)
    assert told.figures.count(shown(0)) == 1


def solutions(told: tuple[Figure, ...], total: Figure, k: int) -> list[set[int]]:
    """What each withheld part may be, for one who knows the rule that the first ones withheld lie below k."""
    hidden = [place for place, figure in enumerate(told) if figure.state is State.FEW]
    left = int((total.value or 0) - sum(figure.value or 0 for figure in told))
    possible: list[set[int]] = [set() for _ in hidden]

    def place_rest(at: int, rest: int, chosen: list[int]) -> None:
        if at == len(hidden):
            if rest == 0 and any(0 < value < k for value in chosen):
                for index, value in enumerate(chosen):
                    possible[index].add(value)
            return
        for value in range(1, rest + 1):
            place_rest(at + 1, rest - value, [*chosen, value])

    place_rest(0, left, [])
    return possible


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_no_withheld_count_can_be_had_by_subtraction(counts: list[int]) -> None:
    told = parts(counts)
    for figure, count in zip(told.figures, counts, strict=True):
        assert figure.state is not State.SHOWN or not 0 < count < 5
    if told.total.state is State.SHOWN:
        assert all(len(possible) > 1 for possible in solutions(told.figures, told.total, 5))


def test_a_tap_belongs_to_a_stop_of_its_zone_some_minutes_before() -> None:
    stops = [Tick(minute=10, count=1), Tick(minute=20, count=1)]
    taps = [Tick(minute=12, count=1), Tick(minute=40, count=1)]
    assert joined(stops, taps, Reach(before=1, after=5)) == Joined(ticks=(Tick(minute=12, count=1),), beyond=1)


def test_five_taps_at_one_stop_are_one_person_and_four_taps_beyond() -> None:
    result = joined([Tick(minute=3, count=1)], [Tick(minute=3, count=5)], Reach(before=1, after=5))
    assert (result.count, result.beyond) == (1, 4)


@settings(max_examples=150, deadline=None)
@given(causes=ticks, effects=ticks, reach=reaches)
def test_a_join_loses_nothing_and_never_widens(causes: list[Tick], effects: list[Tick], reach: Reach) -> None:
    result = joined(causes, effects, reach)
    wanted = sum(tick.count for tick in effects)
    assert result.count + result.beyond == wanted
    assert result.count <= sum(tick.count for tick in causes)


@settings(max_examples=100, deadline=None)
@given(causes=ticks, effects=ticks, reach=reaches)
def test_no_other_pairing_finds_more(causes: list[Tick], effects: list[Tick], reach: Reach) -> None:
    result = joined(causes, effects, reach)
    left = [tick.minute for tick in causes for _ in range(tick.count)]
    right = [tick.minute for tick in effects for _ in range(tick.count)]
    assert result.count == best_matching(left, right, reach)


def best_matching(causes: list[int], effects: list[int], reach: Reach) -> int:
    """The size of a largest matching, by augmenting paths (Kuhn): another way to the same number."""
    owner: dict[int, int] = {}

    def found(effect: int, tried: set[int]) -> bool:
        for index, cause in enumerate(causes):
            if index in tried or not -reach.before <= effects[effect] - cause <= reach.after:
                continue
            tried.add(index)
            if index not in owner or found(owner[index], tried):
                owner[index] = effect
                return True
        return False

    return sum(found(effect, set()) for effect in range(len(effects)))


def test_a_missed_entrance_in_the_morning_does_not_lower_the_afternoon() -> None:
    missed = [Flow(minute=1, entered=1, left=3), Flow(minute=2, entered=6, left=0), Flow(minute=3, entered=0, left=1)]
    assert inside_now(missed) == 5
    assert inside_now(reversed(missed)) == 5


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 3_000_000), min_size=1, max_size=80))
def test_the_median_lies_in_the_bin_of_the_true_one(lengths: list[int]) -> None:
    edges = [0, 1_000, 5_000, 20_000, 100_000, 4_000_000]
    bins = [
        Bin(low_ms=low, high_ms=high, count=sum(low <= length < high for length in lengths))
        for low, high in itertools.pairwise(edges)
    ]
    median, ordered = median_ms(bins), sorted(lengths)
    assert median is not None
    lower, upper = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    around = [edge for edge in edges if edge <= lower][-1], next(edge for edge in edges if edge > upper)
    assert around[0] <= median <= around[1]
    assert median_ms([]) is None


def minute(number: int, covered: int) -> Seen:
    return Seen(minute=number, covered_ms=covered, span_ms=60_000)
