"""A floor read from a text file of a 3 x 3 matrix, pixels to metres."""

import itertools
import math
from pathlib import Path

from edge.floor.plane import Floor, FloorError, from_matrix
from edge.typed import number


def read(path: Path, *, width: int, height: int) -> Floor:
    """The floor of a picture of that size. FloorError says what is wrong; OSError when the file cannot be read."""
    try:
        rows = [line.split() for line in path.read_text("utf-8-sig").splitlines() if line.strip()]
    except UnicodeDecodeError as wrong:
        raise FloorError(f"{path}: not a text file") from wrong
    matrix = [[number(word) for word in row] for row in rows]
    if [len(row) for row in matrix] != [3, 3, 3]:
        raise FloorError(f"{path}: wanted are 3 lines of 3 numbers with blanks between them")
    for word, value in zip(itertools.chain(*rows), itertools.chain(*matrix), strict=True):
        if not math.isfinite(value):
            raise FloorError(f"{path}: {word[:40]!r} is no number; wanted are 3 lines of 3")
    if not any(itertools.chain(*matrix)):
        raise FloorError(f"{path}: all its numbers are 0")
    try:
        return from_matrix(matrix, width=width, height=height)
    except FloorError as wrong:
        raise FloorError(f"{path}: {wrong}") from wrong
