import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.score import confidence

counts = st.integers(0, 300)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 20, 0.0, 0.1611), (95, 100, 0.8882, 0.9785), (20, 20, 0.8389, 1.0)],
)
def test_shares_have_wilsons_intervals(part: int, whole: int, low: float, high: float) -> None:
    found = confidence.share(part, whole)

    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("number", "low", "high"), [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (5, 1.6235, 11.6683), (100, 81.3635, 121.6271)]
)
def test_counts_have_the_exact_intervals_of_the_tables(number: int, low: float, high: float) -> None:
    found = confidence.count(number)

    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-4)


def test_nothing_of_nothing_may_be_any_share() -> None:
    found = confidence.share(0, 0)

    assert (found.low, found.high) == (0, 1)


@settings(max_examples=60, deadline=None)
@given(counts, counts)
def test_a_difference_lies_in_its_interval_which_turns_with_it(more: int, less: int) -> None:
    there, back = confidence.difference(more, less), confidence.difference(less, more)

    assert there.low <= more - less <= there.high
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 500), st.integers(0, 500))
def test_more_of_the_same_share_is_known_better(whole: int, part: int) -> None:
    part %= whole + 1
    few, many = confidence.share(part, whole), confidence.share(4 * part, 4 * whole)

    assert few.low <= part / whole <= few.high
    assert many.high - many.low < few.high - few.low
