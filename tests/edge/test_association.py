import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.tracking import association
from edge.tracking.assignment import FORBIDDEN, assign
from edge.tracking.association import match, surprise


def total(cost: np.ndarray, pairs: list[tuple[int, int]], limit: float) -> float:
    return float(sum(cost[pair] for pair in pairs) + limit * (cost.shape[0] - len(pairs)))


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 10_000))
def test_the_short_way_for_plain_pairs_costs_as_little_as_the_exact_solver(rows: int, columns: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    cost = np.where(random.random((rows, columns)) < 0.4, random.uniform(-5, 12, (rows, columns)), FORBIDDEN)
    limit = 8.0
    capped = np.minimum(cost, limit)

    exact = [(i, j) for i, j in assign(capped, limit) if cost[i, j] < limit]

    found = match(cost, limit)
    assert len({i for i, _ in found}) == len({j for _, j in found}) == len(found)
    assert total(cost, found, limit) == pytest.approx(total(cost, exact, limit))


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 10_000))
def test_pairs_that_cost_the_same_are_still_matched_one_to_one(rows: int, columns: int, seed: int) -> None:
    cost = np.random.default_rng(seed).integers(-2, 9, (rows, columns)).astype(np.float64)

    found = match(cost, 8.0)

    assert len({i for i, _ in found}) == len({j for _, j in found}) == len(found)
    exact = [(i, j) for i, j in assign(np.minimum(cost, 8.0), 8.0) if cost[i, j] < 8.0]
    assert total(cost, found, 8.0) == pytest.approx(total(cost, exact, 8.0))


def test_a_dear_pair_is_not_bought_to_make_one_pair_more() -> None:
    # Matching as many as possible would tear the sure pair (0, 0) apart.
    cost = np.array([[0.0, 7.0], [7.5, FORBIDDEN]])

    assert match(cost, 8.0) == [(0, 0)]


def test_somebody_long_out_of_sight_does_not_take_what_fits_a_sure_neighbour() -> None:
    expected = np.zeros((2, 1, 2))
    spread = np.stack([0.04 * np.eye(2), 4.0 * np.eye(2)])[:, None]
    places, cov = np.array([[[0.3, 0.0]]]), 0.01 * np.eye(2)[None, None]

    sure, vague = surprise(expected, spread, places, cov)[:, 0]

    assert sure < vague


def test_beyond_the_gate_and_without_a_place_there_is_no_pair() -> None:
    near, far, nowhere = np.array([0.1, 0.0]), np.array([5.0, 0.0]), np.array([np.nan, 0.0])

    costs = surprise(np.zeros(2), 0.04 * np.eye(2), np.stack([near, far, nowhere]), 0.01 * np.eye(2))

    assert np.isfinite(costs).tolist() == [True, False, False]
    chance = math.exp(-association.GATE / 2)  # of a true pair beyond it: chi-square, 2 degrees of freedom
    assert chance == pytest.approx(0.001, rel=0.01)
