import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.tracking import association, motion
from edge.tracking.assignment import FORBIDDEN, assign
from edge.tracking.association import surprise
from edge.tracking.matching import match
from edge.tracking.motion import Body, Place, Walk


def total(cost: np.ndarray, pairs: list[tuple[int, int]], limit: float) -> float:
    return float(sum(cost[pair] for pair in pairs) + limit * (cost.shape[0] - len(pairs)))


def cells(cost: np.ndarray) -> dict[tuple[int, int], float]:
    """What a tracker tells of a matrix: the finite cells alone."""
    return {(i, j): float(cost[i, j]) for i, j in np.argwhere(np.isfinite(cost)).tolist()}


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 10_000))
def test_the_short_way_for_plain_pairs_costs_as_little_as_the_exact_solver(rows: int, columns: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    cost = np.where(random.random((rows, columns)) < 0.4, random.uniform(-5, 12, (rows, columns)), FORBIDDEN)
    limit = 8.0
    capped = np.minimum(cost, limit)

    exact = [(i, j) for i, j in assign(capped, limit) if cost[i, j] < limit]

    found = match(cells(cost), limit)
    assert len({i for i, _ in found}) == len({j for _, j in found}) == len(found)
    assert total(cost, found, limit) == pytest.approx(total(cost, exact, limit))


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 10_000))
def test_pairs_that_cost_the_same_are_still_matched_one_to_one(rows: int, columns: int, seed: int) -> None:
    cost = np.random.default_rng(seed).integers(-2, 9, (rows, columns)).astype(np.float64)

    found = match(cells(cost), 8.0)

    assert len({i for i, _ in found}) == len({j for _, j in found}) == len(found)
    exact = [(i, j) for i, j in assign(np.minimum(cost, 8.0), 8.0) if cost[i, j] < 8.0]
    assert total(cost, found, 8.0) == pytest.approx(total(cost, exact, 8.0))


def test_a_dear_pair_is_not_bought_to_make_one_pair_more() -> None:
    # Matching as many as possible would tear the sure pair (0, 0) apart.
    cost = np.array([[0.0, 7.0], [7.5, FORBIDDEN]])

    assert match(cells(cost), 8.0) == [(0, 0)]


def body(spread: float) -> Body:
    return motion.at_rest(Place(x=0.0, y=0.0, xx=spread, xy=0.0, yy=spread), Walk())


def place(x: float) -> Place:
    return Place(x=x, y=0.0, xx=0.01, xy=0.0, yy=0.01)


def test_somebody_long_out_of_sight_does_not_take_what_fits_a_sure_neighbour() -> None:
    assert surprise(body(0.04), place(0.3)) < surprise(body(4.0), place(0.3))


def test_beyond_the_gate_there_is_no_pair() -> None:
    assert math.isfinite(surprise(body(0.04), place(0.1)))
    assert surprise(body(0.04), place(5.0)) == FORBIDDEN
    chance = math.exp(-association.GATE / 2)  # of a true pair beyond it: chi-square, 2 degrees of freedom
    assert chance == pytest.approx(0.001, rel=0.01)
