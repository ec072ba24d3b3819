"""The empty store as one camera sees it, and the furniture that can hide somebody."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from contract.plan import Plan, Shelf
from firmware_sim.camera import textures
from firmware_sim.camera.brush import Image
from firmware_sim.camera.faces import Cover, Face, cover_of, hang, plastered, turned_to
from firmware_sim.camera.lens import polygon_pixels
from firmware_sim.camera.optics import Optics
from firmware_sim.town.geometry import Outline, Spot, outline

WALL_M: Final = 3.4
DOOR_M: Final = 2.4
_FINER: Final = 2
"""The empty store is drawn this many times larger, then averaged down: its edges come out smooth."""
_AROUND_M: Final = 4.0
"""Metres of ground drawn outside the walls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Furniture:
    """What stands on the floor: its footprint (mm) and its sides, the farther ones drawn over by the nearer."""

    footprint: Outline
    faces: tuple[Face, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interior:
    """All that an empty store is drawn from."""

    floor: Face
    walls: tuple[Face, ...]
    furniture: tuple[Furniture, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenery:
    """The empty store in one camera."""

    picture: Image
    covers: tuple[Cover, ...]


def interior(plan: Plan, door: tuple[Spot, Spot]) -> Interior:
    """What the plan's store is drawn from; `door` is the opening in the wall from its first to its second end."""
    shelves = (Furniture(footprint=outline(shelf.polygon), faces=_shelf_faces(shelf)) for shelf in plan.shelves)
    return Interior(floor=_floor(plan), walls=_walls(plan, door), furniture=tuple(shelves))


def build(
    plan: Plan,
    optics: Optics,
    door: tuple[Spot, Spot],
    *,
    hung: tuple[Face, ...] = (),
    standing: tuple[Furniture, ...] = (),
) -> Scenery:
    """The scenery of a camera, with pictures `hung` on its walls and more furniture `standing` in it."""
    inside, fine = interior(plan, door), finer(optics)
    canvas = np.full((fine.height, fine.width, 3), (214, 208, 198), np.uint8)
    for face in (inside.floor, *inside.walls, *hung):
        hang(canvas, fine, face)
    for shelf in plan.shelves:
        _contact_shadow(canvas, fine, shelf)
    furniture = (*inside.furniture, *standing)
    furnish(canvas, fine, furniture, fine)
    covers = (
        *(cover_of(optics, each.faces, each.footprint) for each in furniture),
        *(cover_of(optics, (wall,), None) for wall in inside.walls),
    )
    return Scenery(picture=coarser(canvas, optics), covers=tuple(cover for cover in covers if cover.mask.any()))


def furnish(
    canvas: Image,
    optics: Optics,
    furniture: tuple[Furniture, ...],
    eye: Optics,
    where: Callable[[Face], Face] = lambda face: face,
) -> None:
    """Draw furniture, the farthest first, in place: the sides of it that are turned to `eye`, each `where` it shows."""
    for each in sorted(furniture, key=lambda one: -_distance(eye, one.footprint)):
        for face in each.faces:
            if face.cut is not None or turned_to(eye, face):
                hang(canvas, optics, where(face))


def finer(optics: Optics) -> Optics:
    """The same camera with more pixels, to draw still things with."""
    return replace(optics, width=optics.width * _FINER, height=optics.height * _FINER, focal=optics.focal * _FINER)


def coarser(canvas: Image, optics: Optics) -> Image:
    """A finer camera's picture averaged down to this one's."""
    picture = cv2.resize(canvas, (optics.width, optics.height), interpolation=cv2.INTER_AREA)
    return np.asarray(picture, np.uint8)


def _floor(plan: Plan) -> Face:
    wide, deep = plan.width_m + 2 * _AROUND_M, plan.depth_m + 2 * _AROUND_M
    ground = textures.tiles(wide, deep)
    inner = int(_AROUND_M * textures.PER_METRE)
    pavement = (ground.astype(np.float32) * 0.72 + 40).astype(np.uint8)
    pavement[inner:-inner, inner:-inner] = ground[inner:-inner, inner:-inner]
    return Face(
        origin=np.array([-_AROUND_M, -_AROUND_M, 0.0]),
        u=np.array([wide, 0.0, 0.0]),
        v=np.array([0.0, deep, 0.0]),
        texture=pavement,
        light=1.0,
    )


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


def _walls(plan: Plan, door: tuple[Spot, Spot]) -> tuple[Face, ...]:
    corners = [Spot(0, 0), Spot(round(plan.width_m * 1000), 0)]
    corners += [Spot(corners[1].x, round(plan.depth_m * 1000)), Spot(0, round(plan.depth_m * 1000))]
    faces: list[Face] = []
    for number, (a, b) in enumerate(zip(corners, corners[1:] + corners[:1], strict=True)):
        light = (1.0, 0.92, 0.97, 0.9)[number]
        for start, end, low in _around_door(a, b, door):
            faces.append(plastered(f"wall-{number}-{low}-{start}", start, end, low=low, high=WALL_M, light=light))
    return tuple(faces)


def _around_door(a: Spot, b: Spot, door: tuple[Spot, Spot]) -> tuple[tuple[Spot, Spot, float], ...]:
    """A wall from a to b as (start, end, bottom in m), with an opening where the door is in it."""
    first, last = sorted(door, key=lambda end: (end.x - a.x) ** 2 + (end.y - a.y) ** 2)
    on_it = all((b.x - a.x) * (p.y - a.y) == (b.y - a.y) * (p.x - a.x) for p in door)
    return ((a, first, 0.0), (first, last, DOOR_M), (last, b, 0.0)) if on_it else ((a, b, 0.0),)


def _shelf_faces(shelf: Shelf) -> tuple[Face, ...]:
    """The sides of a shelf, the farther ones drawn over by the nearer, then its top."""
    corners = [np.array([p.x, p.y]) for p in shelf.polygon]
    faces: list[Face] = []
    for number, (a, b) in enumerate(zip(corners, [*corners[1:], corners[0]], strict=True)):
        length, name = float(np.linalg.norm(b - a)), f"{shelf.id}-{number}"
        paper = textures.goods if shelf.products and length > 0.6 else textures.plaster
        faces.append(
            Face(
                origin=np.array([*a, shelf.height_m]),
                u=np.array([*(b - a), 0.0]),
                v=np.array([0.0, 0.0, -shelf.height_m]),
                texture=paper(name, length, shelf.height_m),
                light=(0.95, 0.82, 1.0, 0.88)[number % 4],
            )
        )
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    top = Face(
        origin=np.array([*low, shelf.height_m]),
        u=np.array([high[0] - low[0], 0.0, 0.0]),
        v=np.array([0.0, high[1] - low[1], 0.0]),
        texture=textures.board(f"{shelf.id}-top", float(high[0] - low[0]), float(high[1] - low[1])),
        light=1.0,
    )
    return (*faces, top)


def _distance(optics: Optics, footprint: Outline) -> float:
    middle = np.mean(np.array(footprint, float), axis=0) / 1000
    return float(np.linalg.norm(middle - np.array(optics.eye[:2])))
