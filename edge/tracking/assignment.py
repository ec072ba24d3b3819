"""The cheapest one-to-one matching between rows and columns, exactly."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FORBIDDEN: Final = np.inf  # the cost of a pair that must never be matched


def assign(cost: NDArray[np.float64], limit: float) -> list[tuple[int, int]]:
    """The pairs (row, column), in row order, of the best matching among the pairs that cost at most `limit`.

    Best means: first as many pairs as possible, then the least total cost. `cost` is [n, m]; a pair above
    `limit`, infinite or NaN is never matched. Raises ValueError when `cost` is no matrix.

    Shortest augmenting paths with potentials, O(n^2 m): R. Jonker and A. Volgenant, "A shortest augmenting
    path algorithm for dense and sparse linear assignment problems", Computing 38 (1987).
    """
    if cost.ndim != 2:
        raise ValueError(f"a cost matrix has 2 dimensions, not {cost.ndim}")
    allowed = (cost <= limit) & np.isfinite(cost)
    if not allowed.any():
        return []
    if cost.shape[0] > cost.shape[1]:
        return sorted((row, column) for column, row in assign(cost.T, limit))
    columns = _columns_of_rows(_with_dear_pairs(cost, allowed))
    return [(row, column) for row, column in enumerate(columns.tolist()) if allowed[row, column]]


def _with_dear_pairs(cost: NDArray[np.float64], allowed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """`cost` shifted to start at 0, in which one forbidden pair is dearer than all allowed ones."""
    lowest = cost[allowed].min()
    shifted = np.where(allowed, cost - lowest, 0.0)
    dear = (shifted.max() + 1.0) * (min(cost.shape) + 1)
    shifted[~allowed] = dear
    return shifted


@dataclass(slots=True, kw_only=True)
class _Matching:
    """What the search has so far; changed in place."""

    of_row: NDArray[np.float64]  # the potentials: of_row[i] + of_column[j] <= cost[i, j], equal where matched
    of_column: NDArray[np.float64]
    owner: NDArray[np.intp]  # the row that holds a column, -1 for none


def _columns_of_rows(cost: NDArray[np.float64]) -> NDArray[np.intp]:
    """The column of each row in the cheapest full matching of a finite [n, m] matrix with n <= m."""
    rows, columns = cost.shape
    matching = _Matching(of_row=np.zeros(rows), of_column=np.zeros(columns), owner=np.full(columns, -1, dtype=np.intp))
    for row in range(rows):
        _augment(cost, row, matching)
    column_of = np.empty(rows, dtype=np.intp)
    taken = np.flatnonzero(matching.owner >= 0)
    column_of[matching.owner[taken]] = taken
    return column_of


def _augment(cost: NDArray[np.float64], start: int, matching: _Matching) -> None:
    """Give the row `start` a column along the shortest alternating path."""
    columns = cost.shape[1]
    distance = np.full(columns, np.inf)
    via = np.full(columns, -1, dtype=np.intp)  # the column whose owner reaches this one; -1 is `start` itself
    done = np.zeros(columns, dtype=np.bool_)
    row, last, length = start, -1, 0.0
    while row >= 0:
        reach = length + cost[row] - matching.of_row[row] - matching.of_column
        nearer = ~done & (reach < distance)
        distance[nearer] = reach[nearer]
        via[nearer] = last
        last = int(np.argmin(np.where(done, np.inf, distance)))
        length = float(distance[last])
        done[last] = True
        row = int(matching.owner[last])
    matching.of_row[start] += length
    _shift(length - np.where(done, distance, length), matching)
    while last >= 0:  # flip the path back to its start
        before = int(via[last])
        matching.owner[last] = start if before < 0 else matching.owner[before]
        last = before


def _shift(slack: NDArray[np.float64], matching: _Matching) -> None:
    """Keep the potentials feasible, and tight along the path; `slack` is 0 for a column not visited."""
    matching.of_column -= slack
    held = matching.owner >= 0
    matching.of_row[matching.owner[held]] += slack[held]
