"""One camera's pictures: the empty store, with the shoppers of a moment drawn into it."""

from typing import Final

from contract.plan import Camera, Plan
from firmware_sim.camera.brush import Image
from firmware_sim.camera.figure import parts
from firmware_sim.camera.grain import Grain
from firmware_sim.camera.optics import optics_of
from firmware_sim.camera.painter import Painter, Seen, Solid
from firmware_sim.camera.scenery import build
from firmware_sim.town.geometry import Spot
from firmware_sim.town.people import Body

_NOISE_SIGMA: Final = 2.2


class View:
    """A camera of the plan; `door` is the opening in the wall."""

    def __init__(self, plan: Plan, camera: Camera, door: tuple[Spot, Spot]) -> None:
        optics = optics_of(camera)
        scenery = build(plan, optics, door)
        self._picture = scenery.picture
        self._grain = Grain(camera.width, camera.height, sigma=_NOISE_SIGMA, seed=len(camera.id))
        size = Spot(round(plan.width_m * 1000), round(plan.depth_m * 1000))
        self._painter = Painter(optics=optics, size=size, covers=scenery.covers)

    def draw(self, bodies: tuple[Body, ...], number: int) -> Image:
        """The picture of these bodies, BGR; `number` counts frames and picks the sensor's noise."""
        image = self._picture.copy()
        near = (body for body in bodies if self._painter.may_show(body.at))
        self._painter.paint(image, self._picture, tuple(_solid(body) for body in near))
        self._grain.add(image, number)
        return image

    def truth(self, bodies: tuple[Body, ...]) -> tuple[Seen, ...]:
        """Where each body that falls into the picture is in it, and how much of it shows."""
        return self._painter.truth(tuple(_solid(body) for body in bodies))


def _solid(body: Body) -> Solid:
    return Solid(at=body.at, parts=parts(body))
