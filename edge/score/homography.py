"""A floor read from a text file of a 3 x 3 matrix, pixels to metres or another unit of the floor."""

import itertools
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.floor import calibrated
from edge.floor.plane import Floor, FloorError, from_matrix
from edge.score.units import METRES
from edge.typed import number

Array: TypeAlias = NDArray[np.float64]

_BETWEEN: Final = str.maketrans(",;[]", "    ")  # what programs write between and around numbers
_USUAL: Final = (1.5, 15.0)  # m above the floor: where a camera hangs, when a unit is guessed by it


def read(path: Path, *, width: int, height: int, unit: str = "m") -> Floor:
    """The floor of a picture of that size. FloorError says what is wrong; OSError when the file cannot be read.

    `unit` is one of METRES. Refused is also what is plainly meant otherwise: metres to pixels, another unit.
    """
    matrix = _numbers(path)
    meant = " or ".join(_meant(matrix, width, height))
    try:
        return _floor(_in_metres(matrix, unit), width, height, certain=not meant)
    except FloorError as wrong:
        raise FloorError(f"{path}: {wrong}{f' (it looks like {meant})' if meant else ''}") from wrong


def _floor(matrix: Array, width: int, height: int, *, certain: bool) -> Floor:
    floor = from_matrix(matrix, width=width, height=height)
    calibrated.check_height(floor)
    # A stretched floor or a cut picture has no upright either; but then no other reading of the numbers has one.
    if floor.rise is None and not certain:
        raise FloorError("no camera sees a floor so")
    return floor


def _numbers(path: Path) -> Array:
    try:
        lines = [line.partition("#")[0] for line in path.read_text("utf-8-sig").splitlines()]
    except UnicodeDecodeError as wrong:
        raise FloorError(f"{path}: not a text file") from wrong
    rows = [words for line in lines if (words := line.translate(_BETWEEN).split())]
    if [len(row) for row in rows] not in ([3, 3, 3], [9]):
        raise FloorError(f"{path}: wanted are 3 lines of 3 numbers, or all 9 in one line")
    words = list(itertools.chain(*rows))
    numbers = [number(word) for word in words]
    for word, value in zip(words, numbers, strict=True):
        if not math.isfinite(value):
            raise FloorError(f"{path}: {word[:40]!r} is no number; wanted are 3 lines of 3")
    matrix = np.array(numbers, np.float64).reshape(3, 3)
    if not matrix.any():
        raise FloorError(f"{path}: all its numbers are 0")
    return matrix


def _in_metres(matrix: Array, unit: str) -> Array:
    return np.diag([METRES[unit], METRES[unit], 1.0]) @ matrix


def _meant(matrix: Array, width: int, height: int) -> Iterator[str]:
    """What the numbers may be: the readings by which they are a usual camera's."""
    shares: Array = matrix @ np.diag([1 / width, 1 / height, 1.0])
    readings = [
        ("", matrix),
        (f"shares of the picture to floor: divide its columns by {width}, {height} and 1", shares),
    ]
    if np.linalg.matrix_rank(matrix) == len(matrix):
        inverse: Array = np.linalg.inv(matrix).astype(np.float64, copy=False)
        readings.append(("floor to pixels: invert it", inverse))
    for told, reading in readings:
        units = [unit for unit in METRES if _is_usual(_in_metres(reading, unit), width, height)]
        for unit in units[:1] if "m" in units else units:
            yield ", ".join(filter(None, [told, "" if told and unit == "m" else f"--unit {unit}"]))


def _is_usual(matrix: Array, width: int, height: int) -> bool:
    try:
        up = calibrated.mount_height(from_matrix(matrix, width=width, height=height))
    except FloorError:
        return False
    return up is not None and _USUAL[0] <= up <= _USUAL[1]
