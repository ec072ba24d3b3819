"""A store with one drawn camera whose node answers: the node's own code, with a line instead of a broker between."""

import functools
import logging
import os
import threading
from dataclasses import dataclass, field

import msgspec
from fastapi import APIRouter

from cloud.nodes.asking import Asking
from cloud.nodes.voice import Voice
from cloud.proof.keys import SigningKey
from cloud.web.manage.cameras import cameras_router
from cloud.web.manage.desk import Desk
from contract.plan import Camera, Pair, Plan
from contract.topics import Address, Channel
from edge import stills
from edge.camera.eyes import Eyes
from edge.camera.mask import Mask
from edge.camera.still import NoStill, Painter
from edge.commands import Commands, Reach
from edge.facts import Clock
from edge.plans.judging import Self
from edge.stills import StillRefused, StillTaken
from firmware_sim.camera.optics import Optics, Vector, in_frame, optics_of, project
from firmware_sim.camera.view import View
from tests.cloud.morning import Town
from tests.firmware_sim.detectors import real_detector
from tests.firmware_sim.scenes import DOOR, STORE

CAMERA, NODE = "aisle-cam", "aisle"
KEY = SigningKey(b"n" * 32)


def floor(*, pairs: tuple[Pair, ...] = ()) -> Plan:
    """The demo's floor with one of its cameras."""
    (camera,) = [one for one in STORE.plan.cameras if one.id == CAMERA]
    zones = tuple(msgspec.structs.replace(zone, camera=CAMERA) for zone in STORE.plan.zones)
    return msgspec.structs.replace(
        STORE.plan,
        store="daon",
        cameras=(msgspec.structs.replace(camera, pairs=pairs),),
        zones=zones,
        lines=(),
        readers=(),
    )


def camera() -> Camera:
    return floor().cameras[0]


def seen(optics: Optics, x: float, y: float) -> tuple[float, float]:
    """The pixel that shows a place of the floor, by the camera's own matrix."""
    pixel = project(optics, Vector(x, y, 0.0))
    assert in_frame(optics, pixel)
    assert pixel is not None
    return pixel.u, pixel.v


def places(count: int) -> list[tuple[float, float]]:
    """Places of the floor that the camera sees, spread over it; no three of the first four on a line."""
    optics = optics_of(camera())
    xs, ys = [p.x for p in camera().sees], [p.y for p in camera().sees]
    found = []
    for i, j in ((1, 1), (9, 1), (9, 9), (1, 9), (5, 4), (3, 7), (7, 6), (6, 2)):
        x, y = min(xs) + (max(xs) - min(xs)) * i / 10, min(ys) + (max(ys) - min(ys)) * j / 10
        if in_frame(optics, project(optics, Vector(round(x, 2), round(y, 2), 0.0))):
            found.append((round(x, 2), round(y, 2)))
    assert len(found) >= count
    return found[:count]


def pairs(count: int) -> tuple[Pair, ...]:
    """True pairs of the drawn camera."""
    optics = optics_of(camera())
    found = ((seen(optics, x, y), x, y) for x, y in places(count))
    return tuple(Pair(round(u, 2), round(v, 2), x, y) for (u, v), x, y in found)


@functools.cache
def drawn() -> tuple[View, Painter]:
    """What the camera shows, and what makes its stills: costly to make, and the same for every test."""
    detector = real_detector()
    painter = Painter(detector=detector, eyes=Eyes(detector, mask=Mask(), people=()), mask=Mask())
    return View(floor(), camera(), DOOR), painter


@dataclass(slots=True)
class Beside:
    """The node: what the cloud says goes to its own code, and what that answers goes back."""

    town: Town
    silent: bool = False
    away: bool = False  # the broker
    asking: Asking = field(init=False)
    commands: Commands = field(init=False)

    def __post_init__(self) -> None:
        me = Self(store="daon", node=NODE, readers=(), cameras=(CAMERA,), cloud_key=KEY.public.hex())
        reach = Reach(
            send_answer=lambda payload: self._back(Channel.ANSWER, payload),
            send_still=lambda payload: self._back(Channel.STILL, payload),
            tell_camera=self._camera,
        )
        self.commands = Commands(me, reach, since_ms=0, notes=logging.getLogger("test"))

    def room(self, desk: Desk) -> APIRouter:
        voice = Voice(store="daon", key=KEY, line=self)
        self.asking = Asking(voice, loop=desk.bus.loop, clock=self.town.clock, random=os.urandom)
        return cameras_router(desk, self.asking)

    def say(self, _node: str, channel: Channel, payload: bytes) -> bool:
        if channel is Channel.ORDER and not self.silent and not self.away:
            clock = Clock(monotonic=0.0, wall=self.town.clock.now_ms / 1000)
            threading.Thread(target=self.commands.take, args=(payload, clock, lambda _camera: ())).start()
        return not self.away

    def _camera(self, name: str, line: bytes) -> bool:
        """A camera's process, as far as a still needs one."""
        order = stills.decode(line)
        view, painter = drawn()
        try:
            jpeg = painter(view.draw((), 1), view.draw((), 2), order.people)
        except NoStill as no:
            self.commands.done(StillRefused(camera=name, nonce=order.nonce, reason=str(no)))
        else:
            self.commands.done(StillTaken(camera=name, nonce=order.nonce, jpeg=jpeg))
        return True

    def _back(self, channel: Channel, payload: bytes) -> bool:
        self.asking.hear(Address(store="daon", node=NODE, channel=channel), payload)
        return True
