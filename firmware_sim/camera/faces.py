"""Flat pictures hung in the store: upright or lying rectangles drawn in perspective, and what they hide."""

from dataclasses import dataclass

import cv2
import numpy as np

from firmware_sim.camera import textures
from firmware_sim.camera.brush import Image
from firmware_sim.camera.lens import Floats, plane_to_pixels, polygon_pixels
from firmware_sim.camera.optics import Optics
from firmware_sim.town.geometry import Outline, Spot


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """An upright or lying rectangle of the store, with its picture; `u`, `v` run along the picture's axes (m)."""

    origin: Floats
    u: Floats
    v: Floats
    texture: Image
    light: float
    cut: Image | None = None  # one channel as large as the texture: 0 where it was cut away; None: nowhere

    def corners(self) -> Floats:
        """The four corners (4, 3), m, round the rectangle from its origin."""
        return np.array([self.origin, self.origin + self.u, self.origin + self.u + self.v, self.origin + self.v])


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """A thing that hides what is behind it: its footprint (mm), and where it shows in the picture (px)."""

    footprint: Outline | None  # None: a wall, nearer than all that is outside and never before what is inside
    mask: Image  # one channel, not 0 where it shows
    left: int
    top: int
    right: int
    bottom: int


def upright(start: Spot, end: Spot, *, low: float, high: float, texture: Image, light: float) -> Face:
    """A picture from `low` to `high` m above the floor, its left edge at `start` for who looks from the right side."""
    a, b = np.array([start.x, start.y]) / 1000, np.array([end.x, end.y]) / 1000
    return Face(
        origin=np.array([*a, high]),
        u=np.array([*(b - a), 0.0]),
        v=np.array([0.0, 0.0, low - high]),
        texture=texture,
        light=light,
    )


def plastered(name: str, start: Spot, end: Spot, *, low: float, high: float, light: float) -> Face:
    """A piece of painted wall."""
    length = float(np.linalg.norm(np.array([end.x, end.y]) / 1000 - np.array([start.x, start.y]) / 1000))
    texture = textures.plaster(name, length, high - low)
    return upright(start, end, low=low, high=high, texture=texture, light=light)


def hang(canvas: Image, optics: Optics, face: Face) -> None:
    """Draw a face's texture in perspective over the canvas, in place."""
    mask = shape_of(optics, face)
    if mask is None:
        return
    lit = face.texture if face.light == 1 else np.clip(face.texture * face.light, 0, 255).astype(np.uint8)
    drawn = cv2.warpPerspective(
        lit,
        _to_frame(optics, face),
        (optics.width, optics.height),
        flags=cv2.INTER_AREA,
        borderMode=cv2.BORDER_REPLICATE,
    )
    cv2.copyTo(drawn, mask, canvas)


def shape_of(optics: Optics, face: Face) -> Image | None:
    """Where a face shows on the sensor, one channel; None where it does not."""
    pixels = polygon_pixels(optics, face.corners())
    if len(pixels) < 3:
        return None
    mask = np.zeros((optics.height, optics.width), np.uint8)
    cv2.fillPoly(mask, [np.round(np.clip(pixels, -20_000, 20_000)).astype(np.int32)], 255)
    if face.cut is not None:
        left = cv2.warpPerspective(
            face.cut, _to_frame(optics, face), (optics.width, optics.height), flags=cv2.INTER_NEAREST
        )
        mask &= np.asarray(left, np.uint8)
    return mask


def turned_to(optics: Optics, face: Face) -> bool:
    """Whether the camera is on the outer side of a face: faces run clockwise as drawn, and tops look up."""
    outward = np.cross(face.u, face.v) if face.v[2] == 0 else np.array([face.u[1], -face.u[0], 0.0])
    return bool(np.dot(np.array(optics.eye) - face.origin, outward) > 0)


def cover_of(optics: Optics, faces: tuple[Face, ...], footprint: Outline | None) -> Cover:
    """What these faces hide together."""
    mask = np.zeros((optics.height, optics.width), np.uint8)
    for face in faces:
        shape = shape_of(optics, face)
        if shape is not None:
            mask |= shape
    left, top, wide, high = cv2.boundingRect(mask)
    return Cover(footprint=footprint, mask=mask, left=left, top=top, right=left + wide, bottom=top + high)


def _to_frame(optics: Optics, face: Face) -> Floats:
    """The homography from the texture's pixels to the sensor's."""
    high, wide = face.texture.shape[:2]
    across, down = float(np.linalg.norm(face.u)), float(np.linalg.norm(face.v))
    to_plane = np.diag([across / wide, down / high, 1.0])
    to_frame: Floats = plane_to_pixels(optics, face.origin, face.u / across, face.v / down) @ to_plane
    return to_frame
