"""A day of a store, or a scenario of sight, filmed to a folder with its exact truth."""

from pathlib import Path
from typing import Final

import msgspec

from contract.plan import Camera, Plan, encode_plan
from firmware_sim.camera.masks import masks_of
from firmware_sim.camera.optics import optics_of
from firmware_sim.camera.reel import Ground, Reel
from firmware_sim.camera.scene import SceneView
from firmware_sim.camera.view import View
from firmware_sim.sight.plan import plan_of
from firmware_sim.sight.scenario import Scene
from firmware_sim.sight.walkers import Play
from firmware_sim.town.day import moments
from firmware_sim.town.geometry import spot
from firmware_sim.town.store import Store, paired
from firmware_sim.town.world import STEP_MS, Town

FPS: Final = 10.0
_SECOND_MS: Final = 1_000


class FrameRateError(ValueError):
    """Frames would lie between the steps of the clock; the message says which rates are allowed."""


def film_store(store: Store, camera: Camera, *, seed: int, length_ms: int, fps: float, out: Path) -> int:
    """Film a day with one camera into `out`; gives the number of frames. Raises FrameRateError, OSError."""
    every = _every(fps)
    opening = store.scenario.door.opening
    view = View(store.plan, camera, (spot(opening[0]), spot(opening[1])))
    reel = Reel(out, optics_of(camera), _ground(store, camera), fps)
    for moment in moments(Town(store, seed)):
        if moment.world.now > length_ms:
            break
        if moment.world.now // STEP_MS % every:
            continue
        shoppers = moment.world.shoppers
        bodies = tuple(shopper.body() for shopper in shoppers)
        seen = [(shoppers[one.index].number, one) for one in view.truth(bodies)]
        reel.add(view.draw(bodies, reel.frames + 1), seen, [(shopper.number, shopper.at) for shopper in shoppers])
    reel.close()
    return reel.frames


def film_scene(scene: Scene, *, seed: int, length_ms: int, fps: float, out: Path) -> int:
    """Film a scenario into `out`, each of several cameras into a folder of its own in it, with the plan beside them.

    Gives the number of frames of each camera. Raises FrameRateError, OSError.
    """
    every, room = _every(fps), scene.room
    ground = Ground(
        lines=tuple((line.id, line.a, line.b) for line in room.lines),
        zones=tuple((zone.id, zone.polygon) for zone in room.zones),
    )
    views = {eye.id: SceneView(scene, eye, seed) for eye in room.cameras}
    reels = {
        name: Reel(out if len(views) == 1 else out / name, view.optics, ground, fps) for name, view in views.items()
    }
    (out / "plan.json").write_bytes(encode_plan(_masked(paired(plan_of(scene)), scene)))
    play = Play(scene, seed)
    crowd = play.dawn()
    while crowd.now + STEP_MS <= length_ms:
        crowd = play.after(crowd)
        if crowd.now // STEP_MS % every:
            continue
        places = [(walker.number, walker.at) for walker in crowd.there]
        for name, view in views.items():
            reel = reels[name]
            image = view.draw(crowd.there, reel.frames + 1, crowd.now / _SECOND_MS)
            reel.add(image, view.truth(crowd.there), places)
    for reel in reels.values():
        reel.close()
    return next(iter(reels.values())).frames


def _masked(plan: Plan, scene: Scene) -> Plan:
    """The plan with the masks that an operator would draw."""
    cameras = (
        msgspec.structs.replace(camera, masks=masks_of(scene.scenario, optics_of(camera))) for camera in plan.cameras
    )
    return msgspec.structs.replace(plan, cameras=tuple(cameras))


def _ground(store: Store, camera: Camera) -> Ground:
    """What this camera counts of the plan."""
    return Ground(
        lines=tuple((line.id, line.a, line.b) for line in store.plan.lines if line.camera == camera.id),
        zones=tuple((zone.id, zone.polygon) for zone in store.plan.zones if zone.camera == camera.id),
    )


def _every(fps: float) -> int:
    """Steps of the clock from one frame to the next."""
    steps = _SECOND_MS / STEP_MS / fps
    if steps < 1 or abs(steps - round(steps)) > 0.02:
        raise FrameRateError(f"{fps:g} frames a second: allowed are 20 and what it can be divided to, as 10, 5, 3.33")
    return round(steps)
