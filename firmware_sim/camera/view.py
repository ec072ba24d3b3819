"""One camera's pictures: the empty store, with the shoppers of a moment drawn into it."""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from contract.plan import Camera, Plan
from firmware_sim.camera.brush import Drawn, Image, paint, put, shade, stamp
from firmware_sim.camera.figure import parts
from firmware_sim.camera.lens import polygon_pixels
from firmware_sim.camera.optics import Vector, optics_of, project
from firmware_sim.camera.scenery import build
from firmware_sim.town.geometry import Spot, distance2, meets
from firmware_sim.town.people import Body

_NOISES: Final = 3
"""Sensor noise is drawn from this many prepared fields, shifted at random."""
_NOISE_SIGMA: Final = 2.2
_RING: Final = tuple((float(np.cos(a)), float(np.sin(a))) for a in np.linspace(0, 2 * np.pi, 16, endpoint=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Where a body is in a picture: its true box in px (it may reach over the edge), and how much of it shows, 0–1."""

    index: int  # of the body among those drawn
    left: float
    top: float
    right: float
    bottom: float
    visible: float


class View:
    """A camera of the plan; `door` is the opening in the wall."""

    def __init__(self, plan: Plan, camera: Camera, door: tuple[Spot, Spot]) -> None:
        self._optics = optics_of(camera)
        self._eye = Spot(round(camera.at.x * 1000), round(camera.at.y * 1000))
        self._size = Spot(round(plan.width_m * 1000), round(plan.depth_m * 1000))
        scenery = build(plan, self._optics, door)
        self._picture, self._covers = scenery.picture, scenery.covers
        chance = np.random.default_rng(len(camera.id))
        shape = (camera.height + 64, camera.width + 64)
        fields = chance.normal(0, _NOISE_SIGMA, (_NOISES, *shape)).round().astype(np.int8)
        self._lighter = [cv2.merge([np.maximum(field, 0).astype(np.uint8)] * 3) for field in fields]
        self._darker = [cv2.merge([np.maximum(-field, 0).astype(np.uint8)] * 3) for field in fields]

    def draw(self, bodies: tuple[Body, ...], number: int) -> Image:
        """The picture of these bodies, BGR; `number` counts frames and picks the sensor's noise."""
        image = self._picture.copy()
        bodies = tuple(body for body in bodies if self._may_show(body))
        for body in bodies:
            self._cast(image, body)
        for body in self._far_to_near(bodies):
            drawn = put(self._optics, parts(body))
            if drawn is not None:
                paint(image, drawn)
                self._cover(image, self._picture, body, drawn)
        self._grain(image, number)
        return image

    def truth(self, bodies: tuple[Body, ...]) -> tuple[Seen, ...]:
        """Where each body that falls into the picture is in it, and how much of it shows."""
        owners = np.zeros(self._picture.shape[:2], np.uint8)
        nobody = np.zeros_like(owners)
        found: list[tuple[int, Drawn]] = []
        for body in self._far_to_near(bodies):
            index = bodies.index(body)
            drawn = put(self._optics, parts(body))
            if drawn is not None:
                stamp(owners, drawn, index + 1)
                self._cover(owners, nobody, body, drawn)
                found.append((index, drawn))
        return tuple(sorted((self._seen(owners, *one) for one in found), key=lambda seen: seen.index))

    def _seen(self, owners: Image, index: int, drawn: Drawn) -> Seen:
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

    def _outside(self, body: Body) -> bool:
        return not (0 <= body.at.x <= self._size.x and 0 <= body.at.y <= self._size.y)

    def _may_show(self, body: Body) -> bool:
        """Whether a body is anywhere near the picture: the others are not worth their joints."""
        middle = project(self._optics, Vector(body.at.x / 1000, body.at.y / 1000, 0.9))
        if middle is None:
            return False
        reach = 1.3 * self._optics.focal / middle.depth
        return -reach < middle.u < self._optics.width + reach and -reach < middle.v < self._optics.height + reach

    def _far_to_near(self, bodies: tuple[Body, ...]) -> list[Body]:
        return sorted(bodies, key=lambda body: -distance2(body.at, self._eye))

    def _cover(self, image: Image, under: Image, body: Body, drawn: Drawn) -> None:
        """What stands between the camera and a body goes over it again."""
        for cover in self._covers:
            top, bottom = max(cover.top, int(drawn.top) - 1), min(cover.bottom, int(drawn.bottom) + 2)
            left, right = max(cover.left, int(drawn.left) - 1), min(cover.right, int(drawn.right) + 2)
            if top >= bottom or left >= right:
                continue
            if meets(cover.footprint, self._eye, body.at) if cover.footprint else self._outside(body):
                window = np.s_[top:bottom, left:right]
                cv2.copyTo(under[window], cover.mask[window], image[window])

    def _grain(self, image: Image, number: int) -> None:
        high, wide = image.shape[:2]
        field, down, across = number % _NOISES, (number * 37) % 64, (number * 53) % 64
        window = np.s_[down : down + high, across : across + wide]
        cv2.add(image, self._lighter[field][window], dst=image)
        cv2.subtract(image, self._darker[field][window], dst=image)

    def _cast(self, image: Image, body: Body) -> None:
        """The soft shadow around a body's feet."""
        x, y = body.at.x / 1000, body.at.y / 1000
        middle = project(self._optics, Vector(x, y, 0.0))
        if middle is None:
            return
        ring = np.array([(x + 0.22 * across, y + 0.22 * along, 0.0) for across, along in _RING])
        outline = polygon_pixels(self._optics, ring)
        if len(outline) >= 3:
            shade(image, outline, 0.38, max(3, int(0.16 * self._optics.focal / middle.depth)))
