"""The matching with the least total cost when whoever is left alone costs something too."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

Cell: TypeAlias = tuple[int, int]  # row, column
Choice: TypeAlias = tuple[float, int]  # cost, column

NONE: Final[Choice] = (math.inf, -1)


def match(choices: Sequence[Sequence[Choice]], limit: float) -> list[Cell]:
    """The cells of the matching with the least total cost when each unmatched row costs `limit`, in order.

    Columns that are not among a row's `choices`, or not below `limit`, are never matched with it, and a dear one is
    never bought to make one match more. Shortest augmenting paths with potentials over the given cells alone (R.
    Jonker and A. Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment problems",
    Computing 38 (1987)), where every path may also end in leaving somebody alone. Most rows just get their cheapest
    column.
    """
    matching = _Matching(choices=choices, limit=limit)
    rivals = []
    for row, each in enumerate(choices):
        cost, column = min(each) if each else NONE
        if cost < limit:
            matching.of_row[row] = cost
            if matching.owner.setdefault(column, row) != row:
                rivals.append(row)
    for row in rivals:
        _augment(matching, row)
    return sorted((row, column) for column, row in matching.owner.items())


@dataclass(slots=True, kw_only=True)
class _Matching:
    """What the search has so far; changed in place."""

    choices: Sequence[Sequence[Choice]]
    limit: float
    owner: dict[int, int] = field(default_factory=dict)  # the row that holds a column
    # The potentials: of_row[i] + of_column[j] <= cost[i, j], equal where matched, and of_row[i] <= limit.
    of_row: dict[int, float] = field(default_factory=dict)
    of_column: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))


def _augment(matching: _Matching, start: int) -> None:
    """Match the row `start` too, or leave it or another one alone, along the shortest alternating path."""
    owner, of_row, of_column = matching.owner, matching.of_row, matching.of_column
    reached: dict[int, float] = {}  # how far the columns are that nobody went on from yet
    done: dict[int, float] = {}  # and those that somebody did
    via: dict[int, int] = {}  # the column whose owner reaches this one; -1 is `start` itself
    row, last, length = start, -1, 0.0
    alone, left = math.inf, -1  # the shortest way to leave somebody alone: the owner of this column
    while True:
        base = length - of_row[row]
        if base + matching.limit < alone:
            alone, left = base + matching.limit, last
        for cost, column in matching.choices[row]:
            reach = base + cost - of_column[column]
            if reach < alone and column not in done and reach < reached.get(column, math.inf):
                reached[column], via[column] = reach, last
        nearest = min(reached, key=reached.__getitem__, default=-1)
        if nearest < 0 or reached[nearest] >= alone:
            last, length = left, alone
            break
        last, length = nearest, reached.pop(nearest)
        if last not in owner:
            break
        done[last], row = length, owner[last]
    of_row[start] += length
    for column, reach in done.items():  # the potentials stay feasible, and tight along the path
        of_column[column] -= length - reach
        of_row[owner[column]] += length - reach
    while last >= 0:  # flip the path back to its start
        before = via[last]
        owner[last] = start if before < 0 else owner[before]
        last = before
