"""Point pairs from a plan or a file of their own, as a request; what is wrong is told with its place."""

import argparse
import csv
import math
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec
from msgspec import Struct

from contract.calibration import Request
from contract.messages import WireError
from contract.plan import decode_plan
from edge.calibrate.arguments import Size
from edge.floor.plane import FloorError

_HEADER = ["u", "v", "x", "y"]
_UNITS = ["pixels", "pixels", "metres", "metres"]
_PLACE = re.compile(r"(?P<words>.*) - at `\$\.pairs\[(?P<pair>\d+)\](\[(?P<axis>\d)\])?`")  # as msgspec tells one

_Row: TypeAlias = tuple[float, float, float, float]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    """A TOML file: `width`, `height` and an array `pairs` of [u, v, x, y]."""

    width: int
    height: int
    pairs: tuple[_Row, ...]


def request(arguments: argparse.Namespace) -> Request:
    """What the command was given. FloorError names the file, the place and what is allowed."""
    if arguments.plan is not None:
        return _of_plan(arguments.plan, _data(arguments.plan), arguments.camera, arguments.size)
    if arguments.camera is not None:
        raise FloorError("--camera names a camera of a plan: give --plan, or leave it out")
    return pairs(arguments.pairs, arguments.size)


def pairs(path: Path, size: Size | None) -> Request:
    """The pairs of a file of their own, CSV of a picture of that size or TOML. FloorError as in `request`."""
    data = _data(path)
    try:
        return _of_toml(data, size) if path.suffix == ".toml" else _of_csv(data, size)
    except UnicodeDecodeError:
        raise FloorError(f"{path} is not text in UTF-8") from None
    except (FloorError, tomllib.TOMLDecodeError) as wrong:
        raise FloorError(f"{path}: {wrong}") from None


def _data(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as wrong:
        raise FloorError(f"{path}: {wrong.strerror}") from None


def _of_plan(path: Path, data: bytes, name: str | None, size: Size | None) -> Request:
    try:
        plan = decode_plan(data)
    except WireError as wrong:
        raise FloorError(f"{path}: {wrong}") from None
    if size is not None:
        raise FloorError("--size is for pairs in a file of their own: a plan tells its cameras' sizes")
    camera = next((each for each in plan.cameras if each.id == name), None)
    if camera is None:
        known = ", ".join(each.id for each in plan.cameras) or "none"
        told = "give --camera" if name is None else f"it has no camera {name!r}"
        raise FloorError(f"{path}: {told}; its cameras are {known}")
    return Request(
        width=camera.width,
        height=camera.height,
        pairs=camera.pairs,
        sees=camera.sees,
        at=camera.at,
        height_m=camera.height_m,
    )


def _of_toml(data: bytes, size: Size | None) -> Request:
    told = tomllib.loads(data.decode("utf-8-sig"))
    try:
        file = msgspec.convert(told, _File, strict=False)
    except msgspec.ValidationError as wrong:
        raise FloorError(_explained(wrong, told.get("pairs", ()))) from None
    if size is not None and size != (file.width, file.height):
        raise FloorError(f"it is of {file.width}x{file.height} pixels, --size says {size.width}x{size.height}")
    return _of_rows(file.pairs, Size(file.width, file.height))


def _of_csv(data: bytes, size: Size | None) -> Request:
    if size is None:
        raise FloorError("how large is the picture that the pixels are of? give --size WxH")
    lines = data.decode("utf-8-sig").splitlines()
    rows = list(csv.reader(lines))
    if not rows or [each.strip() for each in rows[0]] != _HEADER:
        raise FloorError(f"line 1: the header is {','.join(_HEADER)}: pixels, then metres")
    return _of_rows([_row(number, row) for number, row in enumerate(rows[1:], start=2) if row], size)


def _row(line: int, row: list[str]) -> _Row:
    try:
        u, v, x, y = (float(each) for each in row)
    except ValueError:
        raise FloorError(f"line {line}: {','.join(row)!r}; allowed are four numbers, {','.join(_HEADER)}") from None
    return u, v, x, y


def _of_rows(rows: Sequence[_Row], size: Size) -> Request:
    """The request, within its limits. FloorError names the pair and the number that is not."""
    for number, row in enumerate(rows, start=1):
        for name, value, unit in zip(_HEADER, row, _UNITS, strict=True):
            if not math.isfinite(value):
                raise FloorError(f"pair {number}: {name} is {value}, which is no place; it must be a number of {unit}")
    try:
        return msgspec.convert({"width": size.width, "height": size.height, "pairs": rows}, Request)
    except msgspec.ValidationError as wrong:
        raise FloorError(_explained(wrong, rows)) from None


def _explained(wrong: msgspec.ValidationError, rows: Sequence[Sequence[object]]) -> str:
    """What msgspec says, with the pair and its number as a person calls them."""
    place = _PLACE.fullmatch(str(wrong))
    if place is None:
        return str(wrong)
    pair = int(place["pair"])
    if place["axis"] is None:
        return f"pair {pair + 1} is {rows[pair]!r}; allowed are four numbers, {','.join(_HEADER)}"
    axis = int(place["axis"])
    return f"pair {pair + 1}: {_HEADER[axis]} is {rows[pair][axis]!r}: {place['words']}, in {_UNITS[axis]}"
