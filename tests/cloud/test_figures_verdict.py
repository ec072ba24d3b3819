"""Whether two figures differ: by more than chance, each kind by its own statistics, and never without enough seen."""

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage import poisson, verdict
from cloud.manage.insight import Bin
from cloud.manage.verdict import Change, Paid, Verdict, around, counts, means, median, medians, ratios, shares

numbers = st.integers(0, 5_000)
bins = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 400)), min_size=1, max_size=8, unique_by=lambda pair: pair[0]
).map(lambda pairs: [Bin(low_ms=2_000.0 * low, high_ms=2_000.0 * (low + 1), count=count) for low, count in pairs])


def opposite(change: Change) -> Verdict:
    return {Verdict.UP: Verdict.DOWN, Verdict.DOWN: Verdict.UP}.get(change.verdict, change.verdict)


@settings(max_examples=100, deadline=None)
@given(now=numbers, then=numbers)
def test_a_count_is_the_same_as_itself_and_a_change_read_backwards_is_the_opposite(now: int, then: int) -> None:
    assert counts(now, now).verdict is Verdict.SAME
    forth, back = counts(now, then), counts(then, now)
    assert forth.verdict is opposite(back)
    assert forth.difference == now - then
    assert forth.interval is not None
    assert forth.interval.low <= now - then <= forth.interval.high
    if forth.verdict is Verdict.UP:
        assert now > then


@settings(max_examples=100, deadline=None)
@given(data=st.data(), whole=st.integers(1, 3_000), other=st.integers(1, 3_000))
def test_a_share_is_compared_inside_what_shares_can_be(data: st.DataObject, whole: int, other: int) -> None:
    part, other_part = data.draw(st.integers(0, whole)), data.draw(st.integers(0, other))
    change = shares((part, whole), (other_part, other))
    assert change.interval is not None
    assert -1 - 1e-9 <= change.interval.low <= part / whole - other_part / other <= change.interval.high <= 1 + 1e-9
    assert shares((other_part, other), (part, whole)).verdict is opposite(change)


@settings(max_examples=100, deadline=None)
@given(bins)
def test_a_median_lies_in_its_interval_and_that_inside_the_classes(lengths: list[Bin]) -> None:
    found = median(lengths)
    known = [one for one in lengths if one.count]
    if not known:
        assert found is None
        return
    assert found is not None
    middle, interval = found
    assert min(one.low_ms for one in known) <= interval.low <= middle <= interval.high
    assert interval.high <= max(one.high_ms for one in known)
    assert medians(lengths, lengths).verdict is Verdict.SAME


def test_ten_times_as_many_people_make_the_interval_of_a_median_a_third_as_wide() -> None:
    few = [Bin(low_ms=1_000.0 * place, high_ms=1_000.0 * (place + 1), count=10) for place in range(20)]
    many = [Bin(low_ms=one.low_ms, high_ms=one.high_ms, count=100) for one in few]
    narrow, wide = median(many), median(few)
    assert narrow is not None
    assert wide is not None
    assert (wide[1].high - wide[1].low) / (narrow[1].high - narrow[1].low) == pytest.approx(math.sqrt(10), rel=0.02)


def test_newcombes_own_example() -> None:
    # 56 of 70 against 48 of 80: Newcombe 1998, Statistics in Medicine 17, table II, method 10.
    change = shares((56, 70), (48, 80))
    assert change.interval is not None
    assert (round(change.interval.low, 4), round(change.interval.high, 4)) == (0.0524, 0.3339)
    assert change.verdict is Verdict.UP


@pytest.mark.parametrize("number", [10, 30, 100, 1_000])
def test_a_quick_interval_of_a_count_is_the_exact_one_to_a_part_in_a_hundred(number: int) -> None:
    exact, quick = poisson.mean(number), around(number)
    assert quick.low == pytest.approx(exact.low, rel=0.01)
    assert quick.high == pytest.approx(exact.high, rel=0.01)


def test_what_did_not_change_is_called_the_same_nineteen_times_of_twenty() -> None:
    chance = random.Random(5)
    rounds = 800

    def people(mean: float) -> int:
        """A Poisson count, as so many arrivals in a unit of time."""
        count, passed = 0, chance.expovariate(mean)
        while passed < 1:
            count, passed = count + 1, passed + chance.expovariate(mean)
        return count

    def share() -> tuple[int, int]:
        return sum(chance.random() < 0.3 for _ in range(120)), 120

    def lengths() -> list[Bin]:
        found: dict[int, int] = {}
        for _ in range(60):
            place = int(chance.expovariate(1 / 9))
            found[place] = found.get(place, 0) + 1
        return [Bin(low_ms=1e3 * place, high_ms=1e3 * place + 1e3, count=count) for place, count in found.items()]

    def paid() -> Paid:
        receipts = [chance.choice((3_000, 9_000, 40_000)) for _ in range(people(60))]
        return Paid(amount=sum(receipts), squares=sum(float(it) ** 2 for it in receipts), visitors=max(1, people(200)))

    kinds: dict[str, Callable[[], Change]] = {
        "counts": lambda: counts(people(80), people(80)),
        "shares": lambda: shares(share(), share()),
        "medians": lambda: medians(lengths(), lengths()),
        "means": lambda: means(paid(), paid()),
        "ratios": lambda: ratios((people(100), max(1, people(90))), (people(100), max(1, people(90)))),
    }
    for name, compare in kinds.items():
        same = sum(compare().verdict is Verdict.SAME for _ in range(rounds))
        assert same / rounds >= 0.93, name


def test_a_real_change_is_seen() -> None:
    assert counts(1_035, 900).verdict is Verdict.UP
    assert shares((60, 200), (100, 200)).verdict is Verdict.DOWN
    more = Paid(amount=9e6, squares=9e10, visitors=1_000)
    assert means(more, Paid(amount=6e6, squares=6e10, visitors=1_000)).verdict is Verdict.UP
    assert ratios((300, 1_000), (200, 1_000)).verdict is Verdict.UP


def test_there_is_no_verdict_where_a_side_was_seen_for_less_than_nine_tenths() -> None:
    assert verdict.seen_enough(0.9, 1.0)
    for coverage in (None, 0.0, 0.899):
        assert not verdict.seen_enough(1.0, coverage)
        assert not verdict.seen_enough(coverage, 1.0)


def test_the_interval_of_no_event_begins_at_none() -> None:
    assert around(0).low == 0
    assert around(0).high == pytest.approx(-math.log(0.025))


@pytest.mark.parametrize(
    ("now", "then", "comparable"),
    [
        ([1.0, 0.95], [0.9, 1.0], True),
        ([1.0, 0.83], [1.0, 1.0], False),  # one was dark for hours
        ([1.0, 0.0], [1.0, None], True),  # one never sees
        ([1.0, 0.0], [1.0, 1.0], False),  # one went blind since
        ([None, 0.0], [None, None], False),  # nothing was seen at all
        ([], [], False),
    ],
)
def test_sums_are_compared_only_over_parts_seen_alike(
    now: list[float | None], then: list[float | None], *, comparable: bool
) -> None:
    assert verdict.alike_seen(now, then) is comparable
