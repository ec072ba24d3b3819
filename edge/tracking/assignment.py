"""The cheapest one-to-one matching between rows and columns, exactly."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FORBIDDEN: Final = np.inf  # the cost of a pair that must never be matched


def assign(cost: NDArray[np.float64], limit: float) -> list[tuple[int, int]]:
    """The pairs (row, column), in row order, of the best matching among the pairs that cost at most `limit`.

    Best means: first as many pairs as possible, then the least total cost. `cost` is [n, m]; a pair above
    `limit`, infinite or NaN is never matched. Raises ValueError when `cost` is no matrix.
    """
    if cost.ndim != 2:
        raise ValueError(f"a cost matrix has 2 dimensions, not {cost.ndim}")
    allowed = (cost <= limit) & np.isfinite(cost)
    if not allowed.any():
        return []
    if cost.shape[0] > cost.shape[1]:
        return sorted((row, column) for column, row in assign(cost.T, limit))
    columns = cheapest(_with_dear_pairs(cost, allowed).tolist())
    return [(row, column) for row, column in enumerate(columns) if allowed[row, column]]


def _with_dear_pairs(cost: NDArray[np.float64], allowed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """`cost` shifted to start at 0, in which one forbidden pair is dearer than all allowed ones."""
    lowest = cost[allowed].min()
    shifted = np.where(allowed, cost - lowest, 0.0)
    dear = (shifted.max() + 1.0) * (min(cost.shape) + 1)
    shifted[~allowed] = dear
    return shifted


def cheapest(cost: Sequence[Sequence[float]]) -> list[int]:
    """The column of each row in the cheapest full matching of a finite matrix that is no higher than wide.

    Shortest augmenting paths with potentials, O(n^2 m): R. Jonker and A. Volgenant, "A shortest augmenting
    path algorithm for dense and sparse linear assignment problems", Computing 38 (1987). In plain numbers: the
    matrices are small, and the search looks at one row at a time.
    """
    if not cost:
        return []
    columns = len(cost[0])
    matching = _Matching(of_row=[0.0] * len(cost), of_column=[0.0] * columns, owner=[-1] * columns)
    for row in range(len(cost)):
        _augment(cost, row, matching)
    column_of = {row: column for column, row in enumerate(matching.owner) if row >= 0}
    return [column_of[row] for row in range(len(cost))]


@dataclass(slots=True, kw_only=True)
class _Matching:
    """What the search has so far; changed in place."""

    of_row: list[float]  # the potentials: of_row[i] + of_column[j] <= cost[i][j], equal where matched
    of_column: list[float]
    owner: list[int]  # the row that holds a column, -1 for none


def _augment(cost: Sequence[Sequence[float]], start: int, matching: _Matching) -> None:
    """Give the row `start` a column along the shortest alternating path."""
    of_row, of_column, owner = matching.of_row, matching.of_column, matching.owner
    distance = [math.inf] * len(of_column)
    via = [-1] * len(of_column)  # the column whose owner reaches this one; -1 is `start` itself
    left, done = list(range(len(of_column))), []
    row, last, length = start, -1, 0.0
    while row >= 0:
        base, prices = length - of_row[row], cost[row]
        nearest, near = math.inf, -1
        for column in left:
            reach = base + prices[column] - of_column[column]
            if reach < distance[column]:
                distance[column], via[column] = reach, last
            if distance[column] < nearest:
                nearest, near = distance[column], column
        last, length = near, nearest
        left.remove(last)
        done.append(last)
        row = owner[last]
    of_row[start] += length
    for column in done:  # the potentials stay feasible, and tight along the path
        of_column[column] -= length - distance[column]
        if owner[column] >= 0:
            of_row[owner[column]] += length - distance[column]
    while last >= 0:  # flip the path back to its start
        before = via[last]
        owner[last] = start if before < 0 else owner[before]
        last = before
