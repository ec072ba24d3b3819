"""The matching with the least total cost when whoever is left alone costs something too."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from edge.tracking.assignment import cheapest

Cell: TypeAlias = tuple[int, int]  # row, column


def match(costs: Mapping[Cell, float], limit: float) -> list[Cell]:
    """The cells of the matching with the least total cost when each unmatched row costs `limit`, in order.

    Cells that are not in `costs` are never matched, and a dear one is never bought to make one match more. Most
    cells are plain; the exact solver sees only what is contested, in parts that have nothing to do with each other.
    """
    open_cells = {cell: cost for cell, cost in costs.items() if cost < limit}
    plain = _plain(open_cells, limit)
    rows, columns = {row for row, _ in plain}, {column for _, column in plain}
    contested = [(row, column) for row, column in open_cells if row not in rows and column not in columns]
    return sorted([*plain, *(cell for part in _parts(contested) for cell in _exactly(part, open_cells, limit))])


def _plain(costs: Mapping[Cell, float], limit: float) -> list[Cell]:
    """Which cells are in a best matching for certain: the best of both row and column, by far.

    If a best matching held (i, k) and (l, j) instead, then (i, j) with l left alone would cost no more, as long as
    cost[i, j] + limit is less than the second best cost of row i plus that of column j.
    """
    of_row = _two_best(((row, cost) for (row, _), cost in costs.items()), limit)
    of_column = _two_best(((column, cost) for (_, column), cost in costs.items()), limit)
    certain = []
    for (row, column), cost in costs.items():
        (best, second), (other_best, other_second) = of_row[row], of_column[column]
        if cost == best == other_best and cost + limit < second + other_second:
            certain.append((row, column))
    return certain


def _two_best(costs: Iterable[tuple[int, float]], limit: float) -> dict[int, tuple[float, float]]:
    """The least two costs of each row or column, where being left alone is always one more."""
    least: dict[int, tuple[float, float]] = {}
    for line, cost in costs:
        best, second = least.get(line, (limit, limit))
        if cost < best:
            least[line] = cost, best
        elif cost < second:
            least[line] = best, cost
    return least


def _parts(cells: Iterable[Cell]) -> Iterator[list[Cell]]:
    """The cells in parts that share no row and no column."""
    of_row, of_column = defaultdict(list), defaultdict(list)
    for row, column in cells:
        of_row[row].append((row, column))
        of_column[column].append((row, column))
    while of_row:
        _, waiting = of_row.popitem()
        part: set[Cell] = set()
        while waiting:
            row, column = cell = waiting.pop()
            if cell not in part:
                part.add(cell)
                waiting += of_row.pop(row, []) + of_column.pop(column, [])
        yield sorted(part)


def _exactly(part: Iterable[Cell], costs: Mapping[Cell, float], limit: float) -> list[Cell]:
    """The best matching of a part. Each row may also have a column of its own, at the limit: to be left alone."""
    rows, columns = sorted({row for row, _ in part}), sorted({column for _, column in part})
    alone = [limit] * len(rows)
    block = [[*(costs.get((row, column), limit) for column in columns), *alone] for row in rows]
    found = zip(rows, cheapest(block), strict=True)
    cells = [(row, columns[number]) for row, number in found if number < len(columns)]
    return [cell for cell in cells if costs.get(cell, limit) < limit]
