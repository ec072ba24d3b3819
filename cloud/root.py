"""The running cloud, wired by hand: the store, what the broker brings, and the pages."""

import asyncio
import fcntl
import os
import resource
import secrets
from pathlib import Path

from cloud import server
from cloud.accounts.database import open_accounts_of
from cloud.bus import Bus
from cloud.clock import now_ms
from cloud.config import Settings, origin_of
from cloud.errors import UserError
from cloud.ingest.mailbox import Mailbox
from cloud.ingest.subscriber import Subscriber
from cloud.ingest.watched import Ingest
from cloud.ingest.writer import Writer
from cloud.metrics import Metrics
from cloud.store.connection import Store, StoreError
from cloud.store.migrations import SchemaError
from contract.credentials import Credentials
from contract.settings import SettingsError, read_settings

_MAILBOX_BYTES = 32 * 1024 * 1024


def run(data: Path, settings: Settings, *, port: int | None) -> int:
    """Runs the cloud until a signal; the exit status: 1 where a part of it broke. Raises UserError."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a still may lie in this process's memory for a moment
    lock = _only_one(data)
    credentials = _credentials(data, settings)
    listener = server.listen(settings.web.host, settings.web.port if port is None else port)
    try:
        store = Store(data, new_store_id=secrets.token_hex(16))
    except (StoreError, SchemaError, OSError) as error:
        raise UserError(str(error)) from None
    accounts = open_accounts_of(data, settings.manage.accounts)

    async def main() -> int:
        bus, metrics = Bus(asyncio.get_running_loop()), Metrics(store)
        ingest = _start_ingest(store, settings, credentials, bus, metrics)
        try:
            # Late, and loaded late: after a crash the ingest works before the pages are there.
            from cloud.application import Parts, first_sign_in, make_application
            from cloud.web.pages import Pages
            from cloud.web.problems import unheard

            shown_port = listener.getsockname()[1]
            parts = Parts(
                store=store,
                accounts=accounts,
                bus=bus,
                metrics=metrics,
                ingest=ingest,
                pages=Pages(timezone=settings.web.timezone),
                clock=now_ms,
                origin=origin_of(settings, shown_port),
            )
            web = server.WebServer(
                make_application(parts, settings, data),
                bus.close,
                proxies=settings.web.proxies,
                refusal=unheard(parts.pages),
            )
            ingest.on_break = web.stop
            _greet(settings.web.host, shown_port, first_sign_in(parts, settings))
            if not ingest.broken:
                await web.serve(sockets=[listener])
        finally:
            ingest.stop()
        return 1 if ingest.broken else 0

    try:
        status: int = server.run(main)
    finally:
        accounts.close()
        store.close()
        os.close(lock)
    return status


def _start_ingest(store: Store, settings: Settings, credentials: Credentials, bus: Bus, metrics: Metrics) -> Ingest:
    mailbox = Mailbox(capacity=_MAILBOX_BYTES)
    subscriber = Subscriber(credentials, mailbox=mailbox, metrics=metrics, clock=now_ms, tell=bus.publish)
    writer = Writer(
        store=store, name=settings.store, mailbox=mailbox, outlet=subscriber, metrics=metrics, tell=bus.publish
    )
    ingest = Ingest(subscriber, writer)
    ingest.start()
    return ingest


def _greet(host: str, port: int, sign_in: str | None) -> None:
    shown = "localhost" if host == "127.0.0.1" else host
    print(f"The store's pages: http://{shown}:{port}/  The manager's page: http://{shown}:{port}/manage", flush=True)
    if sign_in:
        print(sign_in, flush=True)


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
    path, key = data / settings.broker.credentials, f"broker.credentials = {settings.broker.credentials!r}"
    if not path.exists():
        raise UserError(f"{key}: {path} is not there. `aisle-cloud broker init` makes it for the embedded broker")
    try:
        credentials = read_settings(path, Credentials)
    except SettingsError as error:
        raise UserError(f"{key}: {error}") from None
    if credentials.store != settings.store:
        raise UserError(f"{key}: {path} is for the store {credentials.store!r}, this is {settings.store!r}")
    return credentials
