"""Point pairs from a plan or a file of their own, as a request; what is wrong is told with its place."""

import argparse
import csv
import tomllib
from pathlib import Path

import msgspec
from msgspec import Struct

from contract.calibration import Request
from contract.messages import WireError
from contract.plan import Pair, decode_plan
from edge.calibrate.arguments import Size
from edge.floor.plane import FloorError

_HEADER = ["u", "v", "x", "y"]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    """A TOML file: `width`, `height` and an array `pairs` of [u, v, x, y]."""

    width: int
    height: int
    pairs: tuple[Pair, ...]


def request(arguments: argparse.Namespace) -> Request:
    """What the command was given. FloorError names the file, the place and what is allowed."""
    path: Path = arguments.plan or arguments.pairs
    try:
        data = path.read_bytes()
    except OSError as wrong:
        raise FloorError(f"{path}: {wrong.strerror}") from None
    if arguments.plan is not None:
        return _of_plan(path, data, arguments.camera, arguments.size)
    if arguments.camera is not None:
        raise FloorError("--camera names a camera of a plan: give --plan, or leave it out")
    try:
        return _of_toml(data, arguments.size) if path.suffix == ".toml" else _of_csv(data, arguments.size)
    except UnicodeDecodeError:
        raise FloorError(f"{path} is not text in UTF-8") from None
    except (FloorError, tomllib.TOMLDecodeError, msgspec.ValidationError) as wrong:
        raise FloorError(f"{path}: {wrong}") from None


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
    file = msgspec.convert(tomllib.loads(data.decode("utf-8-sig")), _File, strict=False)
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
    return _of_rows(tuple(_pair(number, row) for number, row in enumerate(rows[1:], start=2) if row), size)


def _pair(line: int, row: list[str]) -> Pair:
    try:
        u, v, x, y = (float(each) for each in row)
    except ValueError:
        raise FloorError(f"line {line}: {','.join(row)!r}; allowed are four numbers, {','.join(_HEADER)}") from None
    return Pair(u=u, v=v, x=x, y=y)


def _of_rows(pairs: tuple[Pair, ...], size: Size) -> Request:
    """The request, within its limits; msgspec.ValidationError names the one that is not kept."""
    made = Request(width=size.width, height=size.height, pairs=pairs)
    return msgspec.convert(msgspec.to_builtins(made), Request)
