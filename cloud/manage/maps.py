"""What a map of the floor may show, and how much of it: figures about fewer than k people are taken out."""

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cloud.manage.places import SALES, TAPS, PlaceKind
from cloud.manage.raster import (
    WITHHELD,
    Bytes,
    Sheet,
    Size,
    Values,
    busiest_near,
    field,
    floor_only,
    joined,
    levels,
    passing,
    smoothed,
    stay,
    together,
    tracks,
)
from contract.plan import Plan


class Metric(enum.StrEnum):
    """What a map shows."""

    STAY = "stay"  # people × time
    PASSING = "passing"  # tracks that went through
    TAPS = "taps"  # at readers and tags
    SALES = "sales"  # at shelves


UNITS: Final = {
    Metric.STAY: "people·s/m²",
    Metric.PASSING: "tracks/m",
    Metric.TAPS: "taps/m²",
    Metric.SALES: "lines/m²",
}
SPREADS: Final = {Metric.STAY: 2.0, Metric.PASSING: 1.0}
"""How much one track's part of a cell scatters: see `difference`."""
KINDS: Final[dict[Metric, frozenset[PlaceKind]]] = {Metric.TAPS: TAPS, Metric.SALES: SALES}
"""What is counted at places, by the metric that shows it; the other metrics are the cameras'."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crowd:
    """A window as its cameras tell it, all [rows, columns]: the smoothed `value` of a metric, the smoothed number of
    `tracks`, and how many `people` were near each cell (k: enough, as far as anybody counted).
    """

    value: Values
    tracks: Values
    people: Values
    counted: bool


def standard(plan: Plan) -> Metric:
    """What is shown where nobody asks for anything."""
    return Metric.STAY if plan.cameras else Metric.SALES


def counting(sheets: Sequence[Sheet]) -> frozenset[str]:
    """The cameras that count tracks, or that had nobody to count."""
    by_camera: dict[str, list[Sheet]] = {}
    for sheet in sheets:
        by_camera.setdefault(sheet.camera, []).append(sheet)
    wholes = {camera: together(told) for camera, told in by_camera.items()}
    return frozenset(
        camera for camera, whole in wholes.items() if whole.tracks.any() or not whole.cells["person_ms"].any()
    )


def withheld(sheets: Sequence[Sheet], people: Mapping[str, int], k: int) -> frozenset[str]:
    """The cameras that do not count tracks and saw somebody, but fewer than k people by their zones and doors."""
    others = {sheet.camera for sheet in sheets} - counting(sheets)
    return frozenset(camera for camera in others if people.get(camera, 0) < k)


def crowd(metric: Metric, sheets: Sequence[Sheet], size: Size, *, plan: Plan, k: int) -> Crowd:
    """What these cameras tell of a metric; of those that do not count tracks all of what they see is enough people."""
    telling, names = counting(sheets), {sheet.camera for sheet in sheets}
    sheets = joined(sheets)
    stays, counts = stay(sheets, size), tracks(sheets, size)
    people = np.maximum(floor_only(busiest_near(counts)), floor_only(busiest_near(stays)) > 0)
    others = names - telling
    for camera in plan.cameras:
        if camera.id in others:
            place = field(camera.sees, size)
            people[place] = np.maximum(people[place], k)
    raw = stays if metric is Metric.STAY else passing(sheets, size)
    return Crowd(
        value=floor_only(smoothed(raw)), tracks=floor_only(smoothed(counts)), people=people, counted=not others
    )


def laid(metric: Metric, sheets: Sequence[Sheet], size: Size) -> Values:
    """A cameras' metric as `raster` lays it, with the margin around the floor."""
    return stay(sheets, size) if metric is Metric.STAY else passing(sheets, size)


def drawn(metric: Metric, sheets: Sequence[Sheet], size: Size) -> Values:
    """A cameras' metric, smoothed, [rows, columns]."""
    return floor_only(smoothed(laid(metric, sheets, size)))


def shown(value: Values, people: Values, marks: Bytes, *, top: float, k: int) -> tuple[Bytes, Bytes]:
    """The levels and the marks that may be shown: a cell near which were 1 to k - 1 people tells nothing.

    Where nobody was near there is nothing: what smoothing carried there from farther away is left out.
    """
    told = levels(np.where(people > 0, value, 0.0), top)
    few = (told > 0) & (people < k)
    marks = np.where(few & (marks <= 100), WITHHELD, marks).astype(np.uint8)
    return np.where(marks <= 100, told, 0).astype(np.uint8), marks


def hidden(plan: Plan, cameras: Collection[str], marks: Bytes, size: Size) -> Bytes:
    """The marks with the floor of some withheld cameras: WITHHELD where no other camera saw it."""
    found = marks.copy()
    for camera in plan.cameras:
        if camera.id in cameras:
            place = field(camera.sees, size) & (found > 100)
            found[place] = WITHHELD
    return found
