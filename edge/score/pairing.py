"""Which of two series of moments belong together, each moment at most once."""

import itertools
from collections.abc import Sequence

import numpy as np

from edge.tracking.assignment import assign


def paired(first: Sequence[float], second: Sequence[float], *, within: float) -> tuple[tuple[int, int], ...]:
    """The pairs (index in `first`, index in `second`) of moments that are `within` s of each other.

    As many pairs as possible, then as near as possible, each moment in one at most.
    """
    moments = sorted(
        [(at, 0, index) for index, at in enumerate(first)] + [(at, 1, index) for index, at in enumerate(second)]
    )
    cuts = [k + 1 for k, (one, two) in enumerate(itertools.pairwise(moments)) if two[0] - one[0] > within]
    pairs: list[tuple[int, int]] = []
    for begin, end in itertools.pairwise([0, *cuts, len(moments)]):  # nothing pairs over a longer silence
        rows = [index for _, series, index in moments[begin:end] if series == 0]
        columns = [index for _, series, index in moments[begin:end] if series == 1]
        away = np.abs(np.array([first[row] for row in rows])[:, None] - np.array([second[c] for c in columns])[None, :])
        pairs += [(rows[row], columns[column]) for row, column in assign(away, within)]
    return tuple(sorted(pairs))
