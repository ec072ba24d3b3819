"""A scenario's pictures through one of its cameras, and what is true in them."""

from dataclasses import replace
from typing import Final

import numpy as np

from firmware_sim.camera import prints, textures
from firmware_sim.camera.brush import Image
from firmware_sim.camera.daylight import Daylight
from firmware_sim.camera.faces import Face, upright
from firmware_sim.camera.figure import parts
from firmware_sim.camera.grain import Grain
from firmware_sim.camera.mirror import Mirror
from firmware_sim.camera.optics import optics_of
from firmware_sim.camera.painter import Painter, Seen, Solid
from firmware_sim.camera.scenery import Furniture, build, interior
from firmware_sim.camera.screen import Screen
from firmware_sim.camera.things import PRAM_AHEAD_M, TROLLEY_AHEAD_M, ahead_of, mannequin, pram, trolley
from firmware_sim.camera.wet import Wet
from firmware_sim.sight.plan import camera_of, plan_of
from firmware_sim.sight.scenario import Cargo, Eye, Mannequin, Pane, Poster, Scene, Standee, Subject
from firmware_sim.sight.walkers import Walker
from firmware_sim.town.dice import Dice
from firmware_sim.town.geometry import Spot, spot
from firmware_sim.town.visits import dressed

_RIM_M: Final = 0.05
"""How wide the frame of a mirror or a screen is."""
_THICK_MM: Final = 30
"""Of cardboard, with its foot."""
_FRAME: Final = (40, 38, 36)


class SceneView:
    """One camera of a scene; the same seed gives the same clouds and drops."""

    def __init__(self, scene: Scene, eye: Eye, seed: int) -> None:
        scenario, plan, camera = scene.scenario, plan_of(scene), camera_of(scene, eye)
        ends = sorted((spot(end) for end in scene.room.opening), key=lambda end: end.y)
        door, size = (ends[0], ends[1]), Spot(round(plan.width_m * 1000), round(plan.depth_m * 1000))
        optics = self.optics = optics_of(camera)
        standees = tuple(_standee(one, f"{scenario.name}/standee-{n}") for n, one in enumerate(scenario.standees))
        scenery = build(plan, optics, door, hung=_hung(scene), standing=standees)
        before = tuple(cover for cover in scenery.covers if cover.footprint is not None)
        self._still = scenery.picture
        self._painter = Painter(optics=optics, size=size, covers=scenery.covers)
        self._mirrors = tuple(
            Mirror(_face(one), interior(plan, door), optics, size, before) for one in scenario.mirrors
        )
        self._screens = tuple(
            Screen(_face(one), optics, one.hold_s, before, f"{scenario.name}/screen-{n}")
            for n, one in enumerate(scenario.screens)
        )
        self._statues = tuple(_statue(one, f"{scenario.name}/{n}") for n, one in enumerate(scenario.mannequins))
        self._light = Daylight(scenario.light, optics, seed)
        self._wet = Wet(scenario.rain, eye.width, eye.height, seed) if scenario.rain else None
        self._grain = Grain(eye.width, eye.height, sigma=scenario.light.noise, seed=len(eye.id))

    def draw(self, walkers: tuple[Walker, ...], number: int, at_s: float) -> Image:
        """The picture at this time of the scene, BGR; `number` counts frames and picks the sensor's noise."""
        solids = (*self._statues, *_solids(walkers))
        under = self._still
        if self._mirrors or self._screens:
            under = self._still.copy()
            for screen in self._screens:
                screen.show(under, at_s)
            for mirror in self._mirrors:
                mirror.show(under, solids)
        image = under.copy()
        self._painter.paint(image, under, tuple(solid for solid in solids if self._painter.may_show(solid.at)))
        self._light.fall(image, at_s)
        if self._wet is not None:
            self._wet.cover(image, at_s)
        self._grain.add(image, number)
        return image

    def truth(self, walkers: tuple[Walker, ...]) -> tuple[tuple[int, Seen], ...]:
        """Each person who falls into the picture, by number: where, and how much of them shows."""
        people = tuple(Solid(at=walker.at, parts=parts(walker.body())) for walker in walkers)
        things = tuple(_cargo(walker) for walker in walkers if walker.pushes is not Cargo.NONE)
        seen = self._painter.truth((*people, *things, *self._statues))
        return tuple((walkers[one.index].number, one) for one in seen if one.index < len(walkers))


def _solids(walkers: tuple[Walker, ...]) -> tuple[Solid, ...]:
    people = (Solid(at=walker.at, parts=parts(walker.body())) for walker in walkers)
    return (*people, *(_cargo(walker) for walker in walkers if walker.pushes is not Cargo.NONE))


def _cargo(walker: Walker) -> Solid:
    make, ahead = (pram, PRAM_AHEAD_M) if walker.pushes is Cargo.PRAM else (trolley, TROLLEY_AHEAD_M)
    at = ahead_of(walker.body(), ahead)
    return Solid(at=at, parts=make(at, walker.facing, walker.number))


def _statue(one: Mannequin, name: str) -> Solid:
    at, looks = spot(one.at), spot(one.looks_at)
    away = np.array([looks.x - at.x, looks.y - at.y], float)
    ahead, aside = np.round(away / np.linalg.norm(away) * 1000).astype(int).tolist()
    look = replace(dressed(Dice(0, "mannequin", name)), height_mm=round(one.height_m * 1000))
    return Solid(at=at, parts=mannequin(at, Spot(ahead, aside), look))


def _hung(scene: Scene) -> tuple[Face, ...]:
    """What hangs on the walls and never changes: posters, windows, the frames of mirrors and screens."""
    scenario = scene.scenario
    posters = (_poster(one, f"{scenario.name}/poster-{n}") for n, one in enumerate(scenario.posters))
    rims = (_face(one, _RIM_M) for one in (*scenario.mirrors, *scenario.screens, *scenario.windows))
    windows = (_window(one, f"{scenario.name}/street-{n}") for n, one in enumerate(scenario.windows))
    return (*posters, *rims, *windows)


def _poster(one: Poster, name: str) -> Face:
    face = _face(one)
    size = float(np.linalg.norm(face.u)), float(np.linalg.norm(face.v))
    if one.shows is Subject.GOODS:
        return replace(face, texture=prints.goods(name, *size))
    return replace(face, texture=prints.poster(name, *size, 1 if one.shows is Subject.PERSON else 2))


def _window(one: Pane, name: str) -> Face:
    face = _face(one)
    return replace(face, texture=textures.street(name, float(np.linalg.norm(face.u)), float(np.linalg.norm(face.v))))


def _face(one: Pane, rim_m: float = 0.0) -> Face:
    """The dark face of a pane, larger by a rim all round."""
    left, right = spot(one.left), spot(one.right)
    length = float(np.hypot(right.x - left.x, right.y - left.y))
    x, y = (round((right.x - left.x) * rim_m * 1000 / length), round((right.y - left.y) * rim_m * 1000 / length))
    return upright(
        Spot(left.x - x, left.y - y),
        Spot(right.x + x, right.y + y),
        low=max(0.0, one.low_m - rim_m),
        high=one.high_m + rim_m,
        texture=np.full((8, 8, 3), _FRAME, np.uint8),
        light=1.0,
    )


def _standee(one: Standee, name: str) -> Furniture:
    left, right = spot(one.left), spot(one.right)
    length = float(np.hypot(right.x - left.x, right.y - left.y))
    picture, cut = prints.cutout(name, length / 1000, one.height_m)
    face = replace(upright(left, right, low=0.0, high=one.height_m, texture=picture, light=1.0), cut=cut)
    x, y = round((left.y - right.y) * _THICK_MM / length), round((right.x - left.x) * _THICK_MM / length)
    footprint = (
        Spot(left.x + x, left.y + y),
        Spot(right.x + x, right.y + y),
        Spot(right.x - x, right.y - y),
        Spot(left.x - x, left.y - y),
    )
    return Furniture(footprint=footprint, faces=(face,))
