"""A mirror in a wall: the room and its people once more, on its other side, seen by the same lens."""

from dataclasses import dataclass, replace
from typing import Final, Self

import cv2
import numpy as np

from firmware_sim.camera.brush import Image
from firmware_sim.camera.faces import Cover, Face, cover_of, hang, shape_of
from firmware_sim.camera.figure import Part
from firmware_sim.camera.lens import Floats
from firmware_sim.camera.optics import Optics, Vector
from firmware_sim.camera.painter import Painter, Solid
from firmware_sim.camera.scenery import Furniture, Interior, coarser, finer, furnish
from firmware_sim.town.geometry import Spot

_DIMS: Final = 0.93
"""What glass and silver leave of the light."""
_ON_IT_M: Final = 0.05
"""A wall so near to the mirror's plane is the one that it hangs on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """An upright plane: a point of it and its normal on the floor, m."""

    origin: Floats
    normal: Floats

    @classmethod
    def of(cls, face: Face) -> Self:
        """The plane that an upright face lies in; its normal leads to who looks at the face."""
        across = face.u / np.linalg.norm(face.u)
        return cls(origin=face.origin, normal=np.array([-across[1], across[0], 0.0]))

    def point(self, place: Floats) -> Floats:
        """A place on the other side."""
        mirrored: Floats = place - 2 * float((place - self.origin) @ self.normal) * self.normal
        return mirrored

    def way(self, direction: Floats) -> Floats:
        """A direction on the other side."""
        mirrored: Floats = direction - 2 * float(direction @ self.normal) * self.normal
        return mirrored

    def spot(self, at: Spot) -> Spot:
        """A place on the floor, mm, on the other side."""
        x, y, _ = self.point(np.array([at.x / 1000, at.y / 1000, 0.0]))
        return Spot(round(x * 1000), round(y * 1000))

    def face(self, face: Face) -> Face:
        """A face on the other side, its picture reversed as mirrors do."""
        return replace(face, origin=self.point(face.origin), u=self.way(face.u), v=self.way(face.v))

    def solid(self, solid: Solid) -> Solid:
        """Somebody on the other side."""
        return Solid(at=self.spot(solid.at), parts=tuple(self._part(part) for part in solid.parts))

    def _part(self, part: Part) -> Part:
        return replace(part, centres=tuple(Vector(*self.point(np.array(centre)).tolist()) for centre in part.centres))


class Mirror:
    """One mirror in one camera's pictures; `before` is what can stand between them."""

    def __init__(self, pane: Face, inside: Interior, optics: Optics, size: Spot, before: tuple[Cover, ...]) -> None:
        self._plane = Plane.of(pane)
        self._glass = _glass(optics, pane, before)
        self._still = self._empty(inside, optics)
        covers = tuple(self._cover(optics, each) for each in inside.furniture)
        self._painter = Painter(optics=optics, size=size, covers=tuple(one for one in covers if one.mask.any()))

    def show(self, image: Image, solids: tuple[Solid, ...]) -> None:
        """What the mirror shows now, over an empty picture, in place."""
        seen = self._still.copy()
        near = (self._plane.solid(solid) for solid in solids if self._painter.may_show(self._plane.spot(solid.at)))
        self._painter.paint(seen, self._still, tuple(near))
        cv2.copyTo(cv2.convertScaleAbs(seen, alpha=_DIMS), self._glass, image)

    def _empty(self, inside: Interior, optics: Optics) -> Image:
        fine = finer(optics)
        canvas = np.full((fine.height, fine.width, 3), (214, 208, 198), np.uint8)
        for face in (inside.floor, *(wall for wall in inside.walls if not self._holds(wall))):
            hang(canvas, fine, self._plane.face(face))
        eye = replace(fine, eye=Vector(*self._plane.point(np.array(fine.eye)).tolist()))
        furnish(canvas, fine, inside.furniture, eye, self._plane.face)
        return coarser(canvas, optics)

    def _holds(self, wall: Face) -> bool:
        return all(
            abs(float((corner - self._plane.origin) @ self._plane.normal)) < _ON_IT_M for corner in wall.corners()
        )

    def _cover(self, optics: Optics, furniture: Furniture) -> Cover:
        faces = tuple(self._plane.face(face) for face in furniture.faces)
        return cover_of(optics, faces, tuple(self._plane.spot(corner) for corner in furniture.footprint))


def _glass(optics: Optics, pane: Face, before: tuple[Cover, ...]) -> Image:
    shape = shape_of(optics, pane)
    glass = np.zeros((optics.height, optics.width), np.uint8) if shape is None else shape
    for cover in before:
        glass[cover.mask > 0] = 0
    return glass
