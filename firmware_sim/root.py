"""The root of the played store: wires the day to cameras, readers, phones, the till and the page."""

import asyncio
import secrets
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import uvicorn

from contract.credentials import Credentials
from contract.settings import read_settings
from firmware_sim.actors.calls import Caller
from firmware_sim.actors.counters import Counts
from firmware_sim.actors.diary import Diary
from firmware_sim.actors.handset import Attempts
from firmware_sim.actors.phones import Phones
from firmware_sim.actors.shelf_tags import ShelfTags, read_keys
from firmware_sim.actors.staff import Staff
from firmware_sim.actors.till import Till, TillLine
from firmware_sim.actors.till_proof import Signature, Token, read_secret, read_token
from firmware_sim.camera.encoding import single_threaded
from firmware_sim.camera.view import View
from firmware_sim.feed import Feed
from firmware_sim.filming import Filming
from firmware_sim.house import House
from firmware_sim.observer import Observer
from firmware_sim.push.service import PushService
from firmware_sim.reader_bay import ReaderBay
from firmware_sim.tags.names import read_card_key
from firmware_sim.town.geometry import spot
from firmware_sim.town.stage import Stage
from firmware_sim.town.store import Store, StoreError, read_store
from firmware_sim.town.till_line import back_at_ms
from firmware_sim.town.world import Town
from firmware_sim.web import Page, create_app


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
    till: str
    till_token: Path | None
    till_secret: Path | None
    keys: Path | None
    card_key: Path | None
    staff_password: Path | None
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
    stage = Stage(Town(store, settings.seed), speed=settings.speed, now=time.monotonic, wall=lambda: round(_wall()))
    with ReaderBay(settings.bay / "readers") as bay:
        for reader in store.plan.readers:
            bay.add(reader.id)
        origin = f"http://localhost:{listening.getsockname()[1]}"
        house = _house(settings, store, stage, bay, origin)

        @asynccontextmanager
        async def lifespan(_app: object) -> AsyncIterator[None]:
            playing = asyncio.create_task(house.play())
            if settings.start:
                house.start()
            yield
            playing.cancel()

        page = Page(cloud=settings.cloud, store=store, seed=settings.seed, host=settings.host)
        app = create_app(house, page, lifespan)
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1, lifespan="on")
        )
        print(f"The simulated store: {origin}/", flush=True)
        try:
            await server.serve(sockets=[listening])
        finally:
            await house.close()


def _house(settings: Settings, store: Store, stage: Stage, bay: ReaderBay, origin: str) -> House:
    """Wire the parts; without a cloud there are no phones, without its token or secret no till tells its sales."""
    caller, counts = Caller(), Counts()
    diary = Diary(settings.truth.with_name("phones.jsonl"))
    observer = (
        Observer(read_settings(settings.observer, Credentials), store.plan, time.monotonic)
        if settings.observer
        else None
    )
    feed = Feed(stage, bay, observer, counts.shown)
    settings.bay.mkdir(parents=True, exist_ok=True)
    cloud = (settings.cloud or "http://localhost").rstrip("/")
    tags = ShelfTags(
        store.tags,
        cloud=cloud,
        keys=read_keys(settings.keys) if settings.keys else None,
        counters=settings.bay / "counters.json",
        random=secrets.token_bytes,
    )
    subscriptions = settings.bay / "subscriptions.json"
    push = PushService(origin=origin, file=subscriptions, wall=_wall, random=secrets.token_bytes)
    phones = till = None
    if settings.cloud:
        attempts = Attempts(wall=_wall, diary=diary, counts=counts, tell=feed.told)
        jars = settings.bay / "phones.json"
        phones = Phones(caller, tags, push, cloud=cloud, attempts=attempts, jars=jars)
    proof = _proof(settings)
    if settings.cloud and proof:
        line = TillLine(cloud=cloud, proof=proof, cut_s=partial(_cut_s, store, stage))
        till = Till(caller, line, wall=lambda: round(_wall()), random=secrets.token_bytes, diary=diary, counts=counts)
    first, second = store.scenario.door.opening
    cameras = {
        camera.id: Filming(partial(View, store.plan, camera, (spot(first), spot(second))), stage.bodies, time.monotonic)
        for camera in store.plan.cameras
    }
    card_key = read_card_key(settings.card_key, store.plan.store) if settings.card_key else None
    return House(
        stage=stage, bay=bay, cameras=cameras, tags=tags, push=push, phones=phones, till=till,
        staff=_staff(settings, caller, diary, counts), observer=observer, feed=feed, diary=diary, caller=caller,
        counts=counts, truth=settings.truth, length_ms=settings.length_ms, card_key=card_key, now=time.monotonic,
        random=secrets.token_bytes,
    )  # fmt: skip


def _staff(settings: Settings, caller: Caller, diary: Diary, counts: Counts) -> Staff | None:
    if not (settings.cloud and settings.staff_password):
        return None
    return Staff(
        caller.browser(),
        cloud=settings.cloud.rstrip("/"),
        account="manager",
        password=settings.staff_password.read_text(encoding="utf-8").strip(),
        pace=settings.speed,
        diary=diary,
        counts=counts,
    )


def _proof(settings: Settings) -> Token | Signature | None:
    if settings.till_secret:
        return read_secret(settings.till_secret, settings.till)
    return read_token(settings.till_token) if settings.till_token else None


def _cut_s(store: Store, stage: Stage) -> float:
    """For how many seconds the till's line is cut now."""
    back = back_at_ms(store.scenario.till, stage.town.seed, stage.at_ms)
    return 0.0 if back is None else (back - stage.at_ms) / 1000 / stage.speed


def _wall() -> float:
    """Milliseconds since the Unix epoch."""
    return time.time_ns() / 1_000_000
