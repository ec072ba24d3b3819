"""The empty store as one camera sees it, and the furniture that can hide somebody."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from contract.plan import Plan, Shelf
from firmware_sim.camera import textures
from firmware_sim.camera.brush import Image
from firmware_sim.camera.lens import Floats, plane_to_pixels, polygon_pixels
from firmware_sim.camera.optics import Optics
from firmware_sim.town.geometry import Outline, Spot, outline

WALL_M: Final = 3.4
DOOR_M: Final = 2.4
_FINER: Final = 2
"""The empty store is drawn this many times larger, then averaged down: its edges come out smooth."""
_AROUND_M: Final = 4.0
"""Metres of ground drawn outside the walls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """A thing that hides what is behind it: its footprint (mm), and where it shows in the picture (px)."""

    footprint: Outline | None  # None: a wall, nearer than all that is outside and never before what is inside
    mask: Image  # one channel, not 0 where it shows
    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenery:
    """The empty store in one camera."""

    picture: Image
    covers: tuple[Cover, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Face:
    """An upright or lying rectangle of the store, with its picture; `u`, `v` run along the picture's axes (m)."""

    origin: Floats
    u: Floats
    v: Floats
    texture: Image
    light: float

    def corners(self) -> Floats:
        return np.array([self.origin, self.origin + self.u, self.origin + self.u + self.v, self.origin + self.v])


def build(plan: Plan, optics: Optics, door: tuple[Spot, Spot]) -> Scenery:
    """The scenery of a camera; `door` is the opening in the wall from its first to its second end."""
    fine = Optics(
        width=optics.width * _FINER,
        height=optics.height * _FINER,
        focal=optics.focal * _FINER,
        eye=optics.eye,
        right=optics.right,
        down=optics.down,
        ahead=optics.ahead,
    )
    canvas = np.full((fine.height, fine.width, 3), (214, 208, 198), np.uint8)
    _lay_floor(canvas, fine, plan)
    walls = _walls(plan, door)
    for face in walls:
        _hang(canvas, fine, face)
    for shelf in plan.shelves:
        _contact_shadow(canvas, fine, shelf)
    for shelf in sorted(plan.shelves, key=lambda s: -_distance(fine, s)):
        for face in _shelf_faces(shelf):
            if _turned_here(fine, face):
                _hang(canvas, fine, face)
    picture = cv2.resize(canvas, (optics.width, optics.height), interpolation=cv2.INTER_AREA)
    covers = (
        *(_shelf_cover(optics, shelf) for shelf in plan.shelves),
        *(_cover(optics, [wall], None) for wall in walls),
    )
    return Scenery(picture=np.asarray(picture, np.uint8), covers=tuple(cover for cover in covers if cover.mask.any()))


def _lay_floor(canvas: Image, optics: Optics, plan: Plan) -> None:
    wide, deep = plan.width_m + 2 * _AROUND_M, plan.depth_m + 2 * _AROUND_M
    ground = textures.tiles(wide, deep)
    inner = int(_AROUND_M * textures.PER_METRE)
    pavement = (ground.astype(np.float32) * 0.72 + 40).astype(np.uint8)
    pavement[inner:-inner, inner:-inner] = ground[inner:-inner, inner:-inner]
    ground_face = _Face(
        origin=np.array([-_AROUND_M, -_AROUND_M, 0.0]),
        u=np.array([wide, 0.0, 0.0]),
        v=np.array([0.0, deep, 0.0]),
        texture=pavement,
        light=1.0,
    )
    _hang(canvas, optics, ground_face)


def _hang(canvas: Image, optics: Optics, face: _Face) -> None:
    """Draw a face's texture in perspective over the canvas, in place."""
    pixels = polygon_pixels(optics, face.corners())
    if len(pixels) < 3:
        return
    high, wide = face.texture.shape[:2]
    to_plane = np.diag([np.linalg.norm(face.u) / wide, np.linalg.norm(face.v) / high, 1.0])
    to_frame = plane_to_pixels(optics, face.origin, face.u / np.linalg.norm(face.u), face.v / np.linalg.norm(face.v))
    mask = np.zeros(canvas.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(np.clip(pixels, -20_000, 20_000)).astype(np.int32)], 255)
    lit = np.clip(face.texture * face.light, 0, 255).astype(np.uint8)
    drawn = cv2.warpPerspective(
        lit, to_frame @ to_plane, (optics.width, optics.height), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    cv2.copyTo(drawn, mask, canvas)


def _contact_shadow(canvas: Image, optics: Optics, shelf: Shelf) -> None:
    """Furniture darkens the floor around its foot."""
    xs, ys = [p.x for p in shelf.polygon], [p.y for p in shelf.polygon]
    for grow, keep in ((0.22, 0.94), (0.13, 0.9), (0.06, 0.84)):
        x1, x2, y1, y2 = min(xs) - grow, max(xs) + grow, min(ys) - grow, max(ys) + grow
        pixels = polygon_pixels(optics, np.array([[x1, y1, 0], [x2, y1, 0], [x2, y2, 0], [x1, y2, 0]], float))
        if len(pixels) >= 3:
            mask = np.zeros(canvas.shape[:2], np.uint8)
            cv2.fillPoly(mask, [np.round(np.clip(pixels, -20_000, 20_000)).astype(np.int32)], 255)
            cv2.copyTo(np.asarray(canvas * keep, np.uint8), mask, canvas)


def _walls(plan: Plan, door: tuple[Spot, Spot]) -> tuple[_Face, ...]:
    corners = [Spot(0, 0), Spot(round(plan.width_m * 1000), 0)]
    corners += [Spot(corners[1].x, round(plan.depth_m * 1000)), Spot(0, round(plan.depth_m * 1000))]
    faces: list[_Face] = []
    for number, (a, b) in enumerate(zip(corners, corners[1:] + corners[:1], strict=True)):
        light = (1.0, 0.92, 0.97, 0.9)[number]
        for start, end, low in _around_door(a, b, door):
            faces.append(
                _upright(f"wall-{number}-{low}-{start}", start=start, end=end, low=low, high=WALL_M, light=light)
            )
    return tuple(faces)


def _around_door(a: Spot, b: Spot, door: tuple[Spot, Spot]) -> tuple[tuple[Spot, Spot, float], ...]:
    """A wall from a to b as (start, end, bottom in m), with an opening where the door is in it."""
    first, last = sorted(door, key=lambda end: (end.x - a.x) ** 2 + (end.y - a.y) ** 2)
    on_it = all((b.x - a.x) * (p.y - a.y) == (b.y - a.y) * (p.x - a.x) for p in door)
    return ((a, first, 0.0), (first, last, DOOR_M), (last, b, 0.0)) if on_it else ((a, b, 0.0),)


def _upright(name: str, *, start: Spot, end: Spot, low: float, high: float, light: float) -> _Face:
    a, b = np.array([start.x, start.y]) / 1000, np.array([end.x, end.y]) / 1000
    texture = textures.plaster(name, float(np.linalg.norm(b - a)), high - low)
    return _Face(
        origin=np.array([*a, high]),
        u=np.array([*(b - a), 0.0]),
        v=np.array([0.0, 0.0, low - high]),
        texture=texture,
        light=light,
    )


def _shelf_faces(shelf: Shelf) -> tuple[_Face, ...]:
    """The sides of a shelf, the farther ones drawn over by the nearer, then its top."""
    corners = [np.array([p.x, p.y]) for p in shelf.polygon]
    faces: list[_Face] = []
    for number, (a, b) in enumerate(zip(corners, [*corners[1:], corners[0]], strict=True)):
        length, name = float(np.linalg.norm(b - a)), f"{shelf.id}-{number}"
        paper = textures.goods if shelf.products and length > 0.6 else textures.plaster
        faces.append(
            _Face(
                origin=np.array([*a, shelf.height_m]),
                u=np.array([*(b - a), 0.0]),
                v=np.array([0.0, 0.0, -shelf.height_m]),
                texture=paper(name, length, shelf.height_m),
                light=(0.95, 0.82, 1.0, 0.88)[number % 4],
            )
        )
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    top = _Face(
        origin=np.array([*low, shelf.height_m]),
        u=np.array([high[0] - low[0], 0.0, 0.0]),
        v=np.array([0.0, high[1] - low[1], 0.0]),
        texture=textures.board(f"{shelf.id}-top", float(high[0] - low[0]), float(high[1] - low[1])),
        light=1.0,
    )
    return (*faces, top)


def _turned_here(optics: Optics, face: _Face) -> bool:
    """Whether the camera is on the outer side of a face: faces run clockwise as drawn, and tops look up."""
    outward = np.cross(face.u, face.v) if face.v[2] == 0 else np.array([face.u[1], -face.u[0], 0.0])
    return bool(np.dot(np.array(optics.eye) - face.origin, outward) > 0)


def _distance(optics: Optics, shelf: Shelf) -> float:
    middle = np.mean([[p.x, p.y] for p in shelf.polygon], axis=0)
    return float(np.linalg.norm(middle - np.array(optics.eye[:2])))


def _shelf_cover(optics: Optics, shelf: Shelf) -> Cover:
    return _cover(optics, list(_shelf_faces(shelf)), outline(shelf.polygon))


def _cover(optics: Optics, faces: list[_Face], footprint: Outline | None) -> Cover:
    mask = np.zeros((optics.height, optics.width), np.uint8)
    for face in faces:
        pixels = polygon_pixels(optics, face.corners())
        if len(pixels) >= 3:
            cv2.fillPoly(mask, [np.round(np.clip(pixels, -20_000, 20_000)).astype(np.int32)], 255)
    left, top, wide, high = cv2.boundingRect(mask)
    return Cover(footprint=footprint, mask=mask, left=left, top=top, right=left + wide, bottom=top + high)
