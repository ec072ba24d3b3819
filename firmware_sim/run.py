"""The root of the played store: wires the day to cameras, readers, phones, the till and the page."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from contract.plan import Camera
from firmware_sim.camera.encoding import single_threaded
from firmware_sim.camera.view import View
from firmware_sim.filming import Filming
from firmware_sim.geometry import spot
from firmware_sim.stage import DayPhase, Stage
from firmware_sim.store import Store, StoreError, read_store
from firmware_sim.truth import TruthBook
from firmware_sim.web import Controls, create_app
from firmware_sim.world import Town


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `aisle-sim run` was told."""

    store: Path
    host: str
    port: int
    cloud: str | None
    bay: Path
    truth: Path
    seed: int
    speed: float
    length_ms: int | None
    observer: Path | None
    till_token: Path | None
    keys: Path | None
    start: bool


def run(settings: Settings) -> int:
    """Play until interrupted. Raises StoreError, or OSError where a port or file cannot be had."""
    single_threaded()
    store = read_store(settings.store)
    with _listening(settings.host, settings.port) as listening:
        asyncio.run(_serve(settings, store, listening))
    return 0


def _listening(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise StoreError(f"port {port} on {host} cannot be had ({error.strerror}); --port picks another") from None
    return listening


async def _serve(settings: Settings, store: Store, listening: socket.socket) -> None:
    stage = Stage(
        Town(store, settings.seed), speed=settings.speed, now=time.monotonic, wall=lambda: time.time_ns() // 1_000_000
    )
    house = _House(settings, store, stage)

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        playing = asyncio.create_task(stage.play(settings.length_ms))
        if settings.start:
            house.start()
        yield
        playing.cancel()

    app = create_app(house.controls(), lifespan)
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1, lifespan="on")
    )
    port = listening.getsockname()[1]
    print(f"The simulated store: http://localhost:{port}/", flush=True)
    try:
        await server.serve(sockets=[listening])
    finally:
        house.close()


class _House:
    """The parts of a played store, and what the page may do with them."""

    def __init__(self, settings: Settings, store: Store, stage: Stage) -> None:
        self._settings, self._store, self._stage = settings, store, stage
        self._cameras = {camera.id: self._filming(camera) for camera in store.plan.cameras}
        self._book = TruthBook(store, settings.seed)
        settings.truth.parent.mkdir(parents=True, exist_ok=True)
        self._truth = settings.truth.open("wb")
        self._truth.write(self._book.opening())
        stage.listeners.append(lambda moment: self._write(self._book.tell(moment.happenings)))

    def controls(self) -> Controls:
        return Controls(cameras=self._cameras, state=self.state, start=self.start, finish=self.finish)

    def start(self) -> bool:
        """Begin the day; when is kept beside the truth, which is the same on every day of its seed."""
        begun = self._stage.start()
        if begun:
            beside = self._settings.truth.with_name("started.json")
            beside.write_text(json.dumps({"started_ms": self._stage.started_ms, "speed": self._stage.speed}) + "\n")
        return begun

    async def finish(self) -> bool:
        """Freeze the store and close the truth."""
        if not self._stage.finish():
            return False
        self._write(self._book.close(self._stage.world.now))
        self._truth.close()
        return True

    def state(self) -> dict[str, object]:
        world = self._stage.world
        return {
            "phase": self._stage.phase,
            "at": self._stage.at_ms,
            "started_ms": self._stage.started_ms,
            "seed": self._settings.seed,
            "speed": self._stage.speed,
            "scenario": self._store.scenario.name,
            "came": world.came,
            "inside": len(world.shoppers),
            "lag_ms": self._stage.lag_ms,
        }

    def close(self) -> None:
        for camera in self._cameras.values():
            camera.close()
        self._stage.close()
        if self._stage.phase is DayPhase.RUNNING:
            self._write(self._book.close(self._stage.world.now))
        self._truth.close()

    def _write(self, lines: bytes) -> None:
        if lines and not self._truth.closed:
            self._truth.write(lines)
            self._truth.flush()

    def _filming(self, camera: Camera) -> Filming:
        first, second = self._store.scenario.door.opening
        return Filming(
            lambda: View(self._store.plan, camera, (spot(first), spot(second))), self._stage.bodies, time.monotonic
        )
