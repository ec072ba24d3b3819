"""A floor read from a text file of a 3 x 3 matrix, pixels to metres."""

from pathlib import Path

from edge.floor.plane import Floor, FloorError, from_matrix


def read(path: Path, *, width: int, height: int) -> Floor:
    """The floor of a picture of that size. FloorError says what is wrong; OSError when the file cannot be read."""
    try:
        rows = [line.split() for line in path.read_text("utf-8-sig").splitlines() if line.strip()]
        matrix = [[float(number) for number in row] for row in rows]
    except ValueError as wrong:  # UnicodeDecodeError is one
        raise FloorError(f"{path}: {wrong}; wanted are 3 lines of 3 numbers") from wrong
    if [len(row) for row in matrix] != [3, 3, 3]:
        raise FloorError(f"{path}: wanted are 3 lines of 3 numbers")
    if not any(number for row in matrix for number in row):
        raise FloorError(f"{path}: all its numbers are 0")
    try:
        return from_matrix(matrix, width=width, height=height)
    except FloorError as wrong:
        raise FloorError(f"{path}: {wrong}") from wrong
