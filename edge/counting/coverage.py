"""How long each camera really saw its floor, minute by minute, and how well that covers a zone."""

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from edge.counting.minutes import Minute
from edge.floor import shapes
from edge.floor.ownership import Region
from edge.floor.shapes import Line, Zone

Turn: TypeAlias = tuple[str, frozenset[str]]
"""A camera, and the others that saw nothing meanwhile: those whose floor it answered for too."""


class Coverage:
    """The covered time of each camera's turns in each open minute. State of one owner."""

    def __init__(self) -> None:
        self._seconds: defaultdict[Minute, defaultdict[Turn, float]] = defaultdict(lambda: defaultdict(float))

    def add(self, minute: Minute, turn: Turn, seconds: float) -> None:
        """The camera saw for `seconds` of that minute."""
        self._seconds[minute][turn] += seconds

    def take(self, minute: Minute) -> Mapping[Turn, float]:
        """The seconds that each camera saw of a minute, which is forgotten; 0 for a turn that is not named."""
        return self._seconds.pop(minute, {})


def shares(zone: Zone, regions: Mapping[str, Region], *, cell: float) -> Mapping[str, float]:
    """Which share of a zone's floor each camera owns, of a floor cut into cells `cell` metres wide.

    By the cells whose middle lies in the zone, as ownership goes; a zone too small to hold a middle counts as those
    of its corners. What adds up to less than 1 has floor that none of these cameras answers for.
    """
    corners = np.array(zone.corners)
    places = middles(zone, cell)
    if not len(places):
        places = corners
    held = {camera: region.holds(places) for camera, region in regions.items()}
    return {camera: float(owned.mean()) for camera, owned in held.items() if owned.any()}


def of_line(line: Line, regions: Mapping[str, Region], *, cell: float) -> float:
    """Which share of a line lies on floor that one of these cameras answers for."""
    a, b = np.array(line.a), np.array(line.b)
    pieces = max(1, math.ceil(2 * float(np.hypot(*(b - a))) / cell))
    places = a + (b - a) * (np.arange(pieces)[:, None] + 0.5) / pieces
    held = [region.holds(places) for region in regions.values()]
    return float(np.any(held, axis=0).mean()) if held else 0.0


def middles(zone: Zone, cell: float) -> shapes.Points:
    """The middles [n, 2] of the cells that have theirs in the zone."""
    corners = np.array(zone.corners)
    low, high = np.floor(corners.min(axis=0) / cell), np.ceil(corners.max(axis=0) / cell)
    grid = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
    places = (np.stack(grid, axis=2).reshape(-1, 2) + 0.5) * cell
    within: shapes.Points = places[shapes.inside(corners, places)]
    return within


def covered(shares: Mapping[frozenset[str], Mapping[str, float]], seconds: Mapping[Turn, float]) -> float:
    """The time that a zone was covered: the seconds of each camera, weighted by the share of the floor it had then.

    `shares` has those of each set of cameras that were away.
    """
    return sum(shares[away].get(camera, 0.0) * spent for (camera, away), spent in seconds.items())
