"""The lines and zones that a recording is counted by, from a TOML file in metres or pixels.

`[[line]]` has `id`, `a` and `b`, `[[zone]]` has `id` and `polygon`, all points [x, y]; `unit` is "m" (the default)
for the floor of the homography or "px" for the picture. A line's "in" is as `edge.floor.shapes.Line` draws it.
"""

import enum
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from contract.settings import SettingsError, read_settings
from edge.floor import plane, shapes
from edge.floor.plane import Floor
from edge.floor.shapes import Line, Point, ShapeError, Zone

STEPS: Final = 1000  # along a line or a side of a zone: one of 1000 m is asked metre by metre whether it shows
GRID: Final = 33  # pixels each way that are asked which floor they show


class Unit(enum.StrEnum):
    """What the numbers are."""

    METRES = "m"  # on the floor
    PIXELS = "px"  # in the picture, where the feet are


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Lines and zones, in one unit."""

    unit: Unit = Unit.METRES
    lines: tuple[Line, ...] = ()
    zones: tuple[Zone, ...] = ()


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    a: Point
    b: Point


class _Zone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    polygon: tuple[Point, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    unit: Unit = Unit.METRES
    line: tuple[_Line, ...] = ()
    zone: tuple[_Zone, ...] = ()


def read(path: Path) -> Drawn:
    """The file's lines and zones. SettingsError or ShapeError names what is wrong."""
    told = read_settings(path, _File)
    for kind, names in (("line", [one.id for one in told.line]), ("zone", [one.id for one in told.zone])):
        twice = {name for name in names if names.count(name) > 1}
        if not all(name.strip() for name in names):
            raise SettingsError(f"{path}: the id of a {kind} is empty; its figures are told by its id")
        if twice:
            raise SettingsError(f"{path}: {kind} {min(twice)!r} is there twice")
    if not told.line and not told.zone:
        raise SettingsError(f"{path}: no [[line]] and no [[zone]] is in it")
    try:
        lines = tuple(Line(id=one.id, a=one.a, b=one.b) for one in told.line)
        zones = tuple(Zone(id=one.id, corners=one.polygon) for one in told.zone)
    except ShapeError as wrong:
        raise ShapeError(f"{path}: {wrong}") from wrong
    return Drawn(unit=told.unit, lines=lines, zones=zones)


def on_floor(drawn: Drawn, floor: Floor) -> Drawn:
    """The same lines and zones in metres of `floor`. ShapeError where pixels lie at or above its horizon.

    Straight stays straight, so who is left of a line or in a zone by their foot's pixel is so by their place.
    """
    if drawn.unit is Unit.METRES:
        return drawn
    return Drawn(
        lines=tuple(_line_on_floor(line, floor) for line in drawn.lines),
        zones=tuple(
            Zone(id=zone.id, corners=_places(f"zone {zone.id!r}", zone.corners, floor)) for zone in drawn.zones
        ),
    )


def nowhere(drawn: Drawn, floor: Floor) -> str | None:
    """What to say of lines and zones, in metres, of which the picture shows nothing; None where it shows some of each.

    Where nobody can be seen the truth of the boxes has nobody either, and an error of 0 means nothing.
    """
    lost = [*_lines_nowhere(drawn, floor), *_zones_nowhere(drawn, floor)]
    if not lost:
        return None
    told = (
        f"{', '.join(lost)} {'lies' if len(lost) == 1 else 'lie'} nowhere in the picture, so that nobody counts there"
    )
    return f"{told}: drawn for another floor, or in another unit?"


def _lines_nowhere(drawn: Drawn, floor: Floor) -> Iterator[str]:
    for line in drawn.lines:
        if not plane.sees(floor, _sides((line.a, line.b))).any():
            yield f"line {line.id!r}"


def _zones_nowhere(drawn: Drawn, floor: Floor) -> Iterator[str]:
    across, down = np.meshgrid(np.linspace(0, floor.width, GRID), np.linspace(0, floor.height, GRID))
    shown = plane.project(floor, np.column_stack([across.ravel(), down.ravel()]))
    shown = shown[np.isfinite(shown).all(axis=1)]
    for zone in drawn.zones:
        border = _sides((*zone.corners, zone.corners[0]))
        if not (plane.sees(floor, border).any() or shapes.inside(np.array(zone.corners), shown).any()):
            yield f"zone {zone.id!r}"


def _sides(corners: Sequence[Point]) -> plane.Array:
    """Points of the way from corner to corner, [n, 2]."""
    ways = itertools.pairwise(corners)
    return np.concatenate([np.linspace(a, b, STEPS) for a, b in ways])


def _line_on_floor(line: Line, floor: Floor) -> Line:
    a, b = _places(f"line {line.id!r}", (line.a, line.b), floor)
    middle = np.array([[(line.a[0] + line.b[0]) / 2, (line.a[1] + line.b[1]) / 2]])
    mirrored = np.linalg.det(plane.jacobian(floor, middle)[0]) < 0  # left in the picture is right on the floor
    return Line(id=line.id, a=b, b=a) if mirrored else Line(id=line.id, a=a, b=b)


def _places(name: str, pixels: Sequence[Point], floor: Floor) -> tuple[Point, ...]:
    places = plane.project(floor, np.array(pixels, np.float64))
    for pixel, place in zip(pixels, places, strict=True):
        if not np.isfinite(place).all():
            raise ShapeError(f"{name}: the pixel ({pixel[0]:g}, {pixel[1]:g}) is above the horizon of the floor")
    return tuple((x, y) for x, y in places.tolist())
