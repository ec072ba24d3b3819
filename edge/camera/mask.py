"""The parts of one camera's picture in which nobody is looked for: a screen, a mirror, the street outside."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.floor import shapes
from edge.inputs import Box

_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Corner: TypeAlias = tuple[_Share, _Share]
Polygon: TypeAlias = Annotated[tuple[Corner, ...], msgspec.Meta(min_length=3, max_length=64)]
"""Corners in shares of the picture's width and height, so that its resolution does not matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """All masked polygons of a camera; they may overlap."""

    polygons: Sequence[Polygon] = field(default=())

    def covers(self, places: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of `places` [n, 2], in shares of the picture, are masked."""
        hidden = np.zeros(len(places), dtype=np.bool_)
        for polygon in self.polygons:
            hidden |= shapes.inside(np.array(polygon), places)
        return hidden

    def shown(self, width: int, height: int) -> NDArray[np.bool_]:
        """Which pixels of a picture of that size, [height, width], are not masked, by their middles."""
        y, x = np.mgrid[0:height, 0:width]
        middles = np.column_stack([(x.ravel() + 0.5) / width, (y.ravel() + 0.5) / height])
        open_: NDArray[np.bool_] = ~self.covers(middles).reshape(height, width)
        return open_

    def spare(self, boxes: tuple[Box, ...], width: int, height: int) -> tuple[Box, ...]:
        """The boxes, of a picture of that size in px, whose foot point is not masked; the others are nobody."""
        if not self.polygons or not boxes:
            return boxes
        feet = np.array([((box.x1 + box.x2) / 2 / width, box.y2 / height) for box in boxes])
        return tuple(box for box, hidden in zip(boxes, self.covers(feet), strict=True) if not hidden)
