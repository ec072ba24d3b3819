"""The running cloud, wired by hand: the store, what the broker brings, and the pages."""

import asyncio
import fcntl
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from cloud import server, tag_keys
from cloud.bus import Bus
from cloud.config import Settings
from cloud.errors import UserError
from cloud.login import Door, Passwords, ensure_first_manager
from cloud.mailbox import Mailbox
from cloud.metrics import TYPE, Metrics
from cloud.store.connection import Store, StoreError
from cloud.store.migrations import SchemaError
from cloud.subscriber import Subscriber
from cloud.web.app import create_app
from cloud.web.manage import manage_router
from cloud.web.manage.desk import Desk
from cloud.web.probes import Router, Wellness, probe_router
from cloud.web.services import Services
from cloud.writer import Writer
from contract.credentials import Credentials
from contract.settings import SettingsError, read_settings

_MAILBOX_BYTES = 32 * 1024 * 1024
_THREADS_END_S = 10.0

_log = logging.getLogger("aisle")


def run(data: Path, settings: Settings, *, port: int | None) -> int:
    """Runs the cloud until a signal; the exit status: 1 where a part of it broke. Raises UserError."""
    lock = _only_one(data)
    credentials = _credentials(data, settings)
    listener = server.listen(settings.web.host, settings.web.port if port is None else port)
    try:
        store = Store(data, new_store_id=secrets.token_hex(16))
    except (StoreError, SchemaError) as error:
        raise UserError(str(error)) from None
    password = ensure_first_manager(store, secrets.token_bytes, now_ms=_now_ms(), passwords=Passwords())
    host, port = settings.web.host, listener.getsockname()[1]
    shown = "localhost" if host == "127.0.0.1" else host
    print(f"The store's pages: http://{shown}:{port}/  The manager's page: http://{shown}:{port}/manage", flush=True)
    if password:
        print(f"The manager's first password, shown this once: {password}", flush=True)

    async def main() -> int:
        cloud = _wire(store, settings, data, credentials)
        cloud.start()
        try:
            await cloud.web.serve(sockets=[listener])
        finally:
            cloud.stop()
        return cloud.status

    try:
        status: int = server.run(main)
    finally:
        store.close()
        os.close(lock)
    return status


@dataclass(slots=True, kw_only=True)
class _Cloud:
    """The parts that run; `status` becomes 1 where one of them ended by itself."""

    web: server.WebServer
    subscriber: Subscriber
    writer: Writer
    status: int = 0
    threads: list[threading.Thread] = field(default_factory=list)
    stopping: bool = False

    def start(self) -> None:
        """Starts the two threads of the ingest."""
        for name, work in (("writer", self.writer.run), ("subscriber", self.subscriber.run)):
            thread = threading.Thread(target=self._watched, args=(name, work), name=name)
            thread.start()
            self.threads.append(thread)

    def stop(self) -> None:
        """Ends them; what is not stored is the broker's and the nodes' still."""
        self.stopping = True
        self.subscriber.stop()
        self.writer.stop()
        for thread in self.threads:
            thread.join(_THREADS_END_S)

    def _watched(self, name: str, work: Callable[[], None]) -> None:
        """No thread of the ingest ends unseen: without it the program ends, and whoever keeps it starts it anew."""
        try:
            work()
        except Exception:  # noqa: BLE001 - a thread's top: whatever it was, the program must not go on half alive
            _log.exception("the %s broke; the cloud ends", name)
        if not self.stopping:
            self.status = 1
            self.web.stop()


def _wire(store: Store, settings: Settings, data: Path, credentials: Credentials) -> _Cloud:
    """All parts, each with what it needs. To be called in the event loop."""
    bus = Bus(asyncio.get_running_loop())
    metrics = Metrics(store)
    mailbox = Mailbox(capacity=_MAILBOX_BYTES)
    subscriber = Subscriber(credentials, mailbox=mailbox, metrics=metrics, clock=_now_ms, tell=bus.publish)
    writer = Writer(
        store=store, name=settings.store, mailbox=mailbox, outlet=subscriber, metrics=metrics, tell=bus.publish
    )

    def wellness() -> Wellness:
        return Wellness(storing=writer.stalled_since is None, broker=subscriber.connected())

    app = _application(store, settings, data, bus, metrics, probes=probe_router(wellness, metrics.render, TYPE))
    return _Cloud(web=server.WebServer(app, bus.close), subscriber=subscriber, writer=writer)


def _application(
    store: Store, settings: Settings, data: Path, bus: Bus, metrics: Metrics, *, probes: Router
) -> server.Application:
    web = settings.web
    keys = None if settings.tags.keys is None else tag_keys.load(data / settings.tags.keys)
    services = Services(
        store=store,
        bus=bus,
        clock=_now_ms,
        random=secrets.token_bytes,
        tag_keys=keys,
        frame_ancestors=web.frame_ancestors,
    )
    door = Door(store, random=secrets.token_bytes, passwords=Passwords())
    metrics.watch("aisle_pages_open", "Pages of shoppers that hear us now", lambda: services.hub.open)
    metrics.watch("aisle_pages_dropped", "Messages that were dropped before a slow page", lambda: services.hub.dropped)
    metrics.watch("aisle_login_failed", "Wrong passwords since the start", lambda: door.failed)
    desk = Desk(
        store=store,
        bus=bus,
        door=door,
        pages=services.pages,
        clock=_now_ms,
        zone=ZoneInfo(web.timezone),
        k=web.least_people,
    )
    return create_app(services, routers=[manage_router(desk), probes])


def _only_one(data: Path) -> int:
    """A lock for as long as this process lives: two clouds of one store would share one session at the broker."""
    lock = os.open(data / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise UserError(f"a cloud is running in {data} already") from None
    return lock


def _credentials(data: Path, settings: Settings) -> Credentials:
    path = data / settings.broker.credentials
    if not path.exists():
        raise UserError(
            f"broker.credentials = {settings.broker.credentials!r}: {path} is not there."
            " `aisle-cloud broker init` makes it for the embedded broker"
        )
    try:
        credentials = read_settings(path, Credentials)
    except SettingsError as error:
        raise UserError(str(error)) from None
    if credentials.store != settings.store:
        raise UserError(f"{path} is for the store {credentials.store!r}, this is {settings.store!r}")
    return credentials


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
