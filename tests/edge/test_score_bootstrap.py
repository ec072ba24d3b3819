import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.score import bootstrap
from edge.score.bootstrap import Array, Interval


def share(sums: Array) -> Array:
    quotient: Array = sums[..., 0] / np.maximum(sums[..., 1], 1)
    return quotient


def tallies(right: Array) -> Array:
    return np.column_stack([right, np.ones(len(right))])


def interval(right: Array, seconds: float) -> Interval:
    cut = bootstrap.blocks(np.arange(len(right), dtype=np.float64) * seconds)
    found = bootstrap.of_sums(cut, cut.of_frame, tallies(right), share)
    assert found is not None
    return found


def test_the_interval_of_independent_blocks_is_that_of_the_binomial() -> None:
    """600 blocks of one frame each, 30 % right: the normal approximation gives ±1.96 sqrt(0.3 x 0.7 / 600)."""
    right = (np.random.default_rng(1).permutation(600) < 180).astype(np.float64)

    found = interval(right, seconds=bootstrap.BLOCK_S)

    half = 1.96 * np.sqrt(0.3 * 0.7 / 600)
    assert (found.low, found.high) == pytest.approx((0.3 - half, 0.3 + half), abs=0.004)


def test_frames_that_only_repeat_one_another_do_not_narrow_the_interval() -> None:
    """The gate's own control: 50 frames a block that all tell the same are worth one."""
    right = (np.random.default_rng(2).permutation(40) < 20).astype(np.float64)

    alone = interval(right, seconds=bootstrap.BLOCK_S)
    repeated = interval(np.repeat(right, 50), seconds=bootstrap.BLOCK_S / 50)

    assert (repeated.low, repeated.high) == pytest.approx((alone.low, alone.high))
    assert alone.high - alone.low > 0.2


def test_one_block_gives_no_interval() -> None:
    cut = bootstrap.blocks(np.arange(10, dtype=np.float64) * 0.1)

    assert bootstrap.of_sums(cut, cut.of_frame, tallies(np.ones(10)), share) is None
    assert bootstrap.of_weights(cut, lambda weights: weights[:2]) == (None, None)


def test_a_moment_belongs_to_the_block_of_its_frames() -> None:
    cut = bootstrap.blocks(np.array([2.0, 4.0, 8.0, 30.0]))  # blocks from 2 s, 7 s and 27 s on

    assert cut.at(np.array([1.0, 6.9, 7.0, 15.0, 30.0, 99.0])).tolist() == [0, 0, 1, 2, 2, 2]


def test_no_frames_give_no_interval() -> None:
    cut = bootstrap.blocks(np.zeros(0))

    assert bootstrap.of_sums(cut, cut.of_frame, np.zeros((0, 2)), share) is None


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 1), min_size=60, max_size=200))
def test_an_interval_holds_its_figure_and_is_the_same_each_time(right: list[int]) -> None:
    hits = np.array(right, np.float64)

    found = interval(hits, seconds=0.5)

    assert found.low <= hits.mean() <= found.high
    assert 0 <= found.low <= found.high <= 1
    assert found == interval(hits, seconds=0.5)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 1), min_size=60, max_size=120))
def test_sums_and_weights_tell_the_same(right: list[int]) -> None:
    hits = np.array(right, np.float64)
    cut = bootstrap.blocks(np.arange(len(hits), dtype=np.float64) * 0.5)

    (by_weights,) = bootstrap.of_weights(cut, lambda weights: np.array([weights @ hits / max(weights.sum(), 1)]))

    by_sums = bootstrap.of_sums(cut, cut.of_frame, tallies(hits), share)
    assert by_sums is not None
    assert by_weights is not None
    assert (by_weights.low, by_weights.high) == pytest.approx((by_sums.low, by_sums.high))
