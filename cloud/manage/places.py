"""Taps and sales on the floor: each count smeared over the place where it happened."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from cloud.manage.heat import CELL_M
from cloud.manage.raster import RADIUS, Size, Values, field, floor_only, size_of, smoothed
from contract.plan import Plan, Point


class PlaceKind(enum.StrEnum):
    """What is counted at a place."""

    READER = "reader"  # taps of cards and phones on a node's reader
    TAG = "tag"  # signed taps of phones on a tag
    PRODUCT = "product"  # lines on receipts, at the shelves of the product


PlaceKey: TypeAlias = tuple[PlaceKind, str]
"""A place's kind and its id; of a product its GTIN."""

TAPS = frozenset((PlaceKind.READER, PlaceKind.TAG))
SALES = frozenset((PlaceKind.PRODUCT,))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Map:
    """Where each of some places is: `weights` [places, rows, columns] sum to 1 over the floor for each of `keys`."""

    keys: tuple[PlaceKey, ...]
    weights: Values


def map_of(plan: Plan, kinds: frozenset[PlaceKind]) -> Map:
    """The plan's places of these kinds. A product lies evenly on all of its shelves, or at its readers and tags."""
    size = size_of(plan)
    spots: dict[PlaceKey, Values] = {}
    for reader in plan.readers:
        spots[PlaceKind.READER, reader.id] = _dot(reader.at, size)
    for tag in plan.tags:
        spots[PlaceKind.TAG, tag.id] = _dot(tag.at, size)
    for gtin, spot in _goods(plan, size).items():
        spots[PlaceKind.PRODUCT, gtin] = spot
    keys = tuple(key for key in spots if key[0] in kinds)
    if not keys:
        return Map(keys=(), weights=np.zeros((0, size.rows, size.columns)))
    grids = floor_only(smoothed(np.stack([spots[key] for key in keys])))
    sums = grids.sum(axis=(1, 2), keepdims=True)
    return Map(keys=keys, weights=grids / np.where(sums > 0, sums, 1.0))


def counts_of(places: Map, counts: Mapping[PlaceKey, int]) -> Values:
    """The counts of a map's places, in their order."""
    return np.array([float(max(0, counts.get(key, 0))) for key in places.keys])


def density(places: Map, counts: Values) -> Values:
    """Counts per m², [rows, columns]; of counts [frames, places] as many grids."""
    return np.tensordot(counts, places.weights, axes=1) / CELL_M**2


def elsewhere(places: Map, counts: Mapping[PlaceKey, int], kinds: frozenset[PlaceKind]) -> int:
    """What was counted at places that are not on the plan."""
    return sum(count for key, count in counts.items() if key[0] in kinds and key not in places.keys)


def few(places: Map, counts: Values, k: int) -> Values:
    """The share of each cell's value that comes from places with 1 to k - 1 of something; as `density`."""
    hidden = np.where((counts > 0) & (counts < k), counts, 0.0)
    return density(places, hidden)


def _goods(plan: Plan, size: Size) -> dict[str, Values]:
    spots: dict[str, Values] = {}

    def add(gtin: str, spot: Values) -> None:
        spots[gtin] = spots[gtin] + spot if gtin in spots else spot

    for shelf in plan.shelves:
        for gtin in shelf.products:
            add(gtin, _area(tuple(shelf.polygon), size))
    shelved = set(spots)
    marked = [(tag.gtin, tag.at) for tag in plan.tags] + [(it.gtin, it.at) for it in plan.readers if it.gtin]
    for gtin, at in marked:
        if gtin not in shelved:
            add(gtin, _dot(at, size))
    return spots


def _area(polygon: tuple[Point, ...], size: Size) -> Values:
    inside = field(polygon, size)
    if not inside.any():  # thinner than a cell
        middle = Point(sum(p.x for p in polygon) / len(polygon), sum(p.y for p in polygon) / len(polygon))
        return _dot(middle, size)
    return np.pad(inside / inside.sum(), RADIUS)


def _dot(at: Point, size: Size) -> Values:
    grid = np.zeros((size.rows + 2 * RADIUS, size.columns + 2 * RADIUS))
    column, row = (
        int(np.clip(place // CELL_M, 0, count - 1)) for place, count in ((at.x, size.columns), (at.y, size.rows))
    )
    grid[row + RADIUS, column + RADIUS] = 1.0
    return grid
