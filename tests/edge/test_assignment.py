import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from edge.tracking.assignment import FORBIDDEN, assign

shapes = st.tuples(st.integers(0, 5), st.integers(0, 5))
costs = shapes.flatmap(
    lambda shape: arrays.arrays(
        np.float64,
        shape,
        elements=st.one_of(st.integers(-20, 20).map(float), st.just(FORBIDDEN), st.just(math.nan)),
    )
)


def by_trying_all(cost: NDArray[np.float64], limit: float) -> tuple[int, float]:
    """The number of pairs and the total cost of the best matching."""
    rows, columns = cost.shape
    best = (0, 0.0)
    for chosen in itertools.product(range(columns + 1), repeat=rows):  # `columns` stands for none
        pairs = [(row, column) for row, column in enumerate(chosen) if column < columns]
        if len({column for _, column in pairs}) < len(pairs) or not all(cost[pair] <= limit for pair in pairs):
            continue
        best = min(best, (-len(pairs), sum(float(cost[pair]) for pair in pairs)))
    return -best[0], best[1]


@settings(max_examples=200, deadline=None)
@given(costs, st.integers(-10, 30))
def test_a_matching_is_as_good_as_the_best_of_all(cost: NDArray[np.float64], limit: int) -> None:
    pairs = assign(cost, limit)

    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    assert all(cost[pair] <= limit for pair in pairs)
    assert (len(pairs), sum(float(cost[pair]) for pair in pairs)) == by_trying_all(cost, limit)


def test_two_dear_pairs_lose_to_two_cheap_ones_even_when_one_is_greedy() -> None:
    cost = np.array([[1.0, 2.0], [2.0, 100.0]])

    assert assign(cost, 1_000) == [(0, 1), (1, 0)]


def test_a_pair_above_the_limit_is_left_alone() -> None:
    assert assign(np.array([[5.0]]), 4.9) == []


def test_a_large_matrix_is_matched_no_dearer_than_along_its_planted_diagonal() -> None:
    random = np.random.default_rng(3)
    cost = random.uniform(1, 2, (60, 80))
    order = random.permutation(80)[:60]
    cost[np.arange(60), order] = 0.5

    assert assign(cost, 2.0) == list(enumerate(order.tolist()))


def test_a_cost_that_is_no_matrix_is_refused() -> None:
    with pytest.raises(ValueError, match="2 dimensions, not 1"):
        assign(np.zeros(3), 1.0)
