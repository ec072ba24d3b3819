"""What moves before one camera: painted far to near, hidden by what stands before it, and its true boxes."""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from firmware_sim.camera.brush import Drawn, Image, paint, put, shade, stamp
from firmware_sim.camera.faces import Cover
from firmware_sim.camera.figure import Part
from firmware_sim.camera.lens import polygon_pixels
from firmware_sim.camera.optics import Optics, Vector, project
from firmware_sim.town.geometry import Spot, distance2, meets

_RING: Final = tuple((float(np.cos(a)), float(np.sin(a))) for a in np.linspace(0, 2 * np.pi, 16, endpoint=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Solid:
    """Somebody or something at one moment: where it stands, and what it is made of."""

    at: Spot
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Where a solid is in a picture: its true box in px (it may reach over the edge), and how much of it shows, 0–1."""

    index: int  # of the solid among those drawn
    left: float
    top: float
    right: float
    bottom: float
    visible: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Painter:
    """Draws solids into pictures of one camera; `size` is the far corner of the store's floor, from (0, 0)."""

    optics: Optics
    size: Spot
    covers: tuple[Cover, ...]

    def paint(self, image: Image, under: Image, solids: tuple[Solid, ...]) -> None:
        """Solids and the shadows at their feet, in place; `under` is the picture without them."""
        for solid in solids:
            self._cast(image, solid.at)
        for _, solid in self._far_to_near(solids):
            drawn = put(self.optics, solid.parts)
            if drawn is not None:
                paint(image, drawn)
                self._cover(image, under, solid.at, drawn)

    def truth(self, solids: tuple[Solid, ...]) -> tuple[Seen, ...]:
        """Where each solid that falls into the picture is in it, and how much of it shows; at most 254 solids."""
        owners = np.zeros((self.optics.height, self.optics.width), np.uint8)
        nobody = np.zeros_like(owners)
        found: list[tuple[int, Drawn]] = []
        for index, solid in self._far_to_near(solids):
            drawn = put(self.optics, solid.parts)
            if drawn is not None:
                stamp(owners, drawn, index + 1)
                self._cover(owners, nobody, solid.at, drawn)
                found.append((index, drawn))
        return tuple(sorted((_seen(owners, *one) for one in found), key=lambda seen: seen.index))

    def may_show(self, at: Spot) -> bool:
        """Whether a body here is anywhere near the picture: the others are not worth their joints."""
        middle = project(self.optics, Vector(at.x / 1000, at.y / 1000, 0.9))
        if middle is None:
            return False
        reach = 1.3 * self.optics.focal / middle.depth
        return -reach < middle.u < self.optics.width + reach and -reach < middle.v < self.optics.height + reach

    @property
    def _eye(self) -> Spot:
        return Spot(round(self.optics.eye.x * 1000), round(self.optics.eye.y * 1000))

    def _outside(self, at: Spot) -> bool:
        return not (0 <= at.x <= self.size.x and 0 <= at.y <= self.size.y)

    def _far_to_near(self, solids: tuple[Solid, ...]) -> list[tuple[int, Solid]]:
        return sorted(enumerate(solids), key=lambda each: -distance2(each[1].at, self._eye))

    def _cover(self, image: Image, under: Image, at: Spot, drawn: Drawn) -> None:
        """What stands between the camera and a solid goes over it again."""
        for cover in self.covers:
            top, bottom = max(cover.top, int(drawn.top) - 1), min(cover.bottom, int(drawn.bottom) + 2)
            left, right = max(cover.left, int(drawn.left) - 1), min(cover.right, int(drawn.right) + 2)
            if top >= bottom or left >= right:
                continue
            if meets(cover.footprint, self._eye, at) if cover.footprint else self._outside(at):
                window = np.s_[top:bottom, left:right]
                cv2.copyTo(under[window], cover.mask[window], image[window])

    def _cast(self, image: Image, at: Spot) -> None:
        """The soft shadow around a solid's feet."""
        x, y = at.x / 1000, at.y / 1000
        middle = project(self.optics, Vector(x, y, 0.0))
        if middle is None:
            return
        ring = np.array([(x + 0.22 * across, y + 0.22 * along, 0.0) for across, along in _RING])
        outline = polygon_pixels(self.optics, ring)
        if len(outline) >= 3:
            shade(image, outline, 0.38, max(3, int(0.16 * self.optics.focal / middle.depth)))


def _seen(owners: Image, index: int, drawn: Drawn) -> Seen:
    # The whole silhouette, with what lies over the picture's edge, on a sheet of its own.
    high, wide = math.ceil(drawn.bottom - drawn.top) + 1, math.ceil(drawn.right - drawn.left) + 1
    sheet = np.zeros((high, wide), np.uint8)
    stamp(sheet, drawn, 1, (-drawn.left, -drawn.top))
    whole, shown = int(sheet.sum()), int((owners == index + 1).sum())
    return Seen(
        index=index,
        left=drawn.left,
        top=drawn.top,
        right=drawn.right,
        bottom=drawn.bottom,
        visible=min(1.0, shown / max(1, whole)),
    )
