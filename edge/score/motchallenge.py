"""Boxes with identities as MOTChallenge keeps them: one line of text a box.

`frame, id, left, top, width, height, conf, …`, frames from 1, pixels, six to ten columns, no head line by rights (L.
Leal-Taixé et al., "MOTChallenge 2015", arXiv:1504.01942, section 3.3). With eight or nine columns the eighth is a
class, of which 1 is a pedestrian, and the ninth how much of the person shows, which is read and weighs nothing, as
in MOTChallenge's own figures (A. Milan et al., "MOT16", arXiv:1603.00831, table 5). With ten the last three are a
place in the world. -1 stands for what a file does not tell.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.columns import columns

_PEDESTRIAN: Final = 1
_UNTOLD: Final = -1
# Person on a vehicle, person who never moves, distractor, reflection: whoever finds them is neither right nor wrong.
# A car (3) or a crowd (13) that is found as a person is wrong. MOT20's own figures excuse vehicles without a motor (6)
# as well, those of the years before do not; no file tells its year.
_LIKE_PERSONS: Final = frozenset({2, 7, 8, 12})
_LAST_CLASS: Final = 13
_CLASSED: Final = (8, 9)  # columns of a line that has a class; a tenth makes the last three a place in the world


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What a file tells: the persons, what may be found or not, and what else somebody may take for a person."""

    rows: tuple[Row, ...]
    aside: tuple[Row, ...]  # persons with conf 0, and classes that look like persons and are none to be counted
    other: tuple[Row, ...] = ()  # vehicles, things that stand before people, crowds

    @property
    def frames(self) -> tuple[int, ...]:
        """The frame of each box: whoever drew one there looked at it."""
        return tuple(row.frame for row in (*self.rows, *self.aside, *self.other))

    def until(self, last: int) -> "Truth":
        """What it tells of the frames up to `last`."""
        rows, aside, other = (
            tuple(row for row in rows if row.frame <= last) for rows in (self.rows, self.aside, self.other)
        )
        return Truth(rows=rows, aside=aside, other=other)


def read(path: Path) -> tuple[Row, ...]:
    """The rows that count, of a file. Raises TruthError, and OSError when the file cannot be read."""
    return _not_empty(read_truth(path), path).rows


def read_truth(path: Path, *, first: int = 1) -> Truth:
    """All that a file tells, be it nobody; `first` is its number of the video's first frame.

    Raises TruthError, and OSError when the file cannot be read.
    """
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise TruthError(f"{path}: not a text file") from wrong
    try:
        return parse_truth(text, first=first)
    except TruthError as wrong:
        raise TruthError(f"{path}: {wrong}") from wrong


def _not_empty(truth: Truth, path: Path) -> Truth:
    if not truth.rows:
        raise TruthError(f"{path}: no box that counts")
    return truth


def parse(text: str) -> tuple[Row, ...]:
    """The rows of `text` in its order, without those that the truth itself sets aside: conf 0, no pedestrian.

    Raises TruthError naming the line that is malformed or repeats a person in a frame, or when no row counts.
    """
    rows = parse_truth(text).rows
    if not rows:
        raise TruthError("no box that counts")
    return rows


def parse_truth(text: str, *, first: int = 1) -> Truth:
    """All that `text` tells, in its order; its first frame is `first`, that of the rows is 1.

    TruthError names a line that is malformed or repeats a person in a frame.
    """
    rows: list[Row] = []
    aside: list[Row] = []
    other: list[Row] = []
    places: dict[tuple[int, int], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        fields = columns(line)
        if not (rows or aside or other) and _is_head(fields, number):
            continue
        row, kind = _row(fields, number, first), _class(fields, number)
        if row.conf == 0 or kind != _PEDESTRIAN:
            (aside if kind == _PEDESTRIAN or kind in _LIKE_PERSONS else other).append(row)
            continue
        if row.width <= 0 or row.height <= 0:
            raise TruthError(f"line {number}: a box of {row.width:g} x {row.height:g} pixels")
        before = places.setdefault((row.frame, row.id), number)
        if before != number:
            raise TruthError(f"line {number}: {_twice(row, before)}")
        rows.append(row)
    return Truth(rows=tuple(rows), aside=tuple(aside), other=tuple(other))


def _twice(row: Row, before: int) -> str:
    if row.id == _UNTOLD:
        return f"id -1 is nobody's, as on line {before}: these are a detector's boxes (det.txt), the truth is gt.txt"
    return f"id {row.id} is in frame {row.frame} already, on line {before}"


def _is_head(fields: list[str], number: int) -> bool:
    """Whether a line is a table's head. TruthError for one whose columns are others."""
    words = [field.strip(' "#').lower() for field in fields]
    if len(words) < 6 or any(word[:1] in "-+." or word[:1].isdigit() for word in words):
        return False
    width, height = (word.split("_")[-1] for word in words[4:6])  # bb_width
    if words[0].startswith("frame") and "id" in words[1] and width.startswith("w") and height.startswith("h"):
        return True
    raise TruthError(
        f"line {number}: the columns are {', '.join(words[:6])}; wanted are frame, id, left, top, width, height"
    )


def _row(fields: list[str], number: int, first: int) -> Row:
    if len(fields) < 6:
        raise TruthError(
            f"line {number}: {len(fields)} columns; wanted are frame, id, left, top, width, height and more"
        )
    row = Row(
        frame=_whole(fields[0], "frame", number) + 1 - first,
        id=_whole(fields[1], "id", number),
        left=_number(fields[2], "left", number),
        top=_number(fields[3], "top", number),
        width=_number(fields[4], "width", number),
        height=_number(fields[5], "height", number),
        conf=_number(fields[6], "conf", number) if len(fields) > 6 else 1.0,
    )
    if row.frame < 1:
        hint = "; where frames are counted from 0, say --first-frame 0" if first == 1 and row.frame == 0 else ""
        raise TruthError(f"line {number}: frame {row.frame + first - 1}; the first frame is {first}{hint}")
    return row


def _class(fields: list[str], number: int) -> int:
    """The class of a line; a pedestrian where it tells none."""
    if len(fields) not in _CLASSED:
        return _PEDESTRIAN
    told = _whole(fields[7], "class", number)
    if told == _UNTOLD:
        return _PEDESTRIAN
    if not _PEDESTRIAN <= told <= _LAST_CLASS:
        raise TruthError(f"line {number}: class {told}; allowed are {_PEDESTRIAN}, a pedestrian, to {_LAST_CLASS}")
    return told


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
