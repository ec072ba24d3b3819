"""Boxes with identities as MOTChallenge keeps them: one line of text a box.

`frame, id, left, top, width, height, conf, …`, frames from 1, pixels (L. Leal-Taixé et al., "MOTChallenge 2015",
arXiv:1504.01942, section 3.3). With nine columns the eighth is a class, of which 1 is a pedestrian (A. Milan et
al., "MOT16", arXiv:1603.00831, table 5).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PEDESTRIAN: Final = 1
_CLASSED: Final = 9  # columns of a line that has a class; a tenth makes the last three a place in the world


class TruthError(ValueError):
    """The text is not what MOTChallenge describes; the message names the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One person in one frame, in pixels; `frame` counts from 1."""

    frame: int
    id: int
    left: float
    top: float
    width: float
    height: float
    conf: float = 1.0


def read(path: Path) -> tuple[Row, ...]:
    """The rows that count, of a file. Raises TruthError, and OSError when the file cannot be read."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise TruthError(f"{path}: not a text file") from wrong
    try:
        return parse(text)
    except TruthError as wrong:
        raise TruthError(f"{path}: {wrong}") from wrong


def parse(text: str) -> tuple[Row, ...]:
    """The rows of `text` in its order, without those that the truth itself sets aside: conf 0, no pedestrian.

    Raises TruthError naming the line that is malformed or repeats a person in a frame, or when no row counts.
    """
    rows: list[Row] = []
    places: dict[tuple[int, int], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        fields = line.split(",") if "," in line else line.split()
        row = _row(fields, number)
        if not _counts(fields, row, number):
            continue
        first = places.setdefault((row.frame, row.id), number)
        if first != number:
            raise TruthError(f"line {number}: id {row.id} is in frame {row.frame} already, on line {first}")
        rows.append(row)
    if not rows:
        raise TruthError("no box that counts")
    return tuple(rows)


def _row(fields: list[str], number: int) -> Row:
    if len(fields) < 6:
        raise TruthError(
            f"line {number}: {len(fields)} columns; wanted are frame, id, left, top, width, height and more"
        )
    row = Row(
        frame=_whole(fields[0], "frame", number),
        id=_whole(fields[1], "id", number),
        left=_number(fields[2], "left", number),
        top=_number(fields[3], "top", number),
        width=_number(fields[4], "width", number),
        height=_number(fields[5], "height", number),
        conf=_number(fields[6], "conf", number) if len(fields) > 6 else 1.0,
    )
    if row.frame < 1:
        raise TruthError(f"line {number}: frame {row.frame}; the first frame is 1")
    if row.width <= 0 or row.height <= 0:
        raise TruthError(f"line {number}: a box of {row.width:g} x {row.height:g} pixels")
    return row


def _counts(fields: list[str], row: Row, number: int) -> bool:
    if row.conf == 0:
        return False
    return len(fields) != _CLASSED or _whole(fields[7], "class", number) in {_PEDESTRIAN, -1}


def _number(text: str, column: str, number: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise TruthError(f"line {number}: {column} is {text.strip()[:40]!r}; it must be a number")
    return value


def _whole(text: str, column: str, number: int) -> int:
    value = _number(text, column, number)
    if not value.is_integer():
        raise TruthError(f"line {number}: {column} is {text.strip()[:40]!r}; it must be a whole number")
    return int(value)


def text_of(rows: Iterable[Row]) -> str:
    """The rows as MOTChallenge's trackers hand them in, with -1 for the place in the world."""
    return "".join(
        f"{row.frame},{row.id},{row.left:.2f},{row.top:.2f},{row.width:.2f},{row.height:.2f},{row.conf:.4f},-1,-1,-1\n"
        for row in rows
    )
