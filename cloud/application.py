"""The pages and the API, wired by hand."""

import functools
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from cloud.bus import Bus
from cloud.config import Settings
from cloud.ingest.watched import Ingest
from cloud.manage.login import FIRST_ACCOUNT, Door, Passwords, ensure_first_manager
from cloud.metrics import TYPE, Metrics
from cloud.points.rates import Scheme
from cloud.push import vapid
from cloud.push.endpoints import Allowed
from cloud.push.outbox import Outbox, Terms
from cloud.server import Application
from cloud.shop import tag_keys
from cloud.store.connection import Store
from cloud.web.app import create_app
from cloud.web.manage import manage_router
from cloud.web.manage.desk import Desk
from cloud.web.pages import Pages
from cloud.web.probes import Wellness, probe_router
from cloud.web.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the pages stand on."""

    store: Store
    bus: Bus
    metrics: Metrics
    ingest: Ingest
    clock: Callable[[], int]  # wall time in ms


def first_sign_in(parts: Parts) -> str | None:
    """How the first manager comes in, to be shown once; None where there is a manager already."""
    password = ensure_first_manager(parts.store, secrets.token_bytes, now_ms=parts.clock(), passwords=Passwords())
    if password is None:
        return None
    return f"The manager signs in as `{FIRST_ACCOUNT}`; the first password, shown this once: {password}"


def make_application(parts: Parts, settings: Settings, data: Path) -> Application:
    """The application over its parts. Raises UserError where the tag keys cannot be read."""
    keys = None if settings.tags.keys is None else tag_keys.load(data / settings.tags.keys)
    services = Services(
        store=parts.store,
        bus=parts.bus,
        clock=parts.clock,
        random=secrets.token_bytes,
        tag_keys=keys,
        frame_ancestors=settings.web.frame_ancestors,
        pages=Pages(timezone=settings.web.timezone),
        outbox=_outbox(parts, settings, data),
        scheme=Scheme(rates=settings.points, zone=ZoneInfo(settings.web.timezone)),
    )
    door = Door(parts.store, random=secrets.token_bytes, passwords=Passwords())
    desk = Desk(
        store=parts.store,
        bus=parts.bus,
        door=door,
        pages=services.pages,
        clock=parts.clock,
        zone=ZoneInfo(settings.web.timezone),
        k=settings.web.least_people,
    )
    for name, words, figure in (
        ("aisle_pages_open", "Pages of shoppers that hear us now", lambda: services.hub.open),
        ("aisle_pages_dropped", "Messages that were dropped before a slow page", lambda: services.hub.dropped),
        ("aisle_login_failed", "Wrong passwords since the start", lambda: door.failed),
    ):
        parts.metrics.watch(name, words, figure)

    def wellness() -> Wellness:
        storing = parts.ingest.writer.stalled_since is None
        return Wellness(storing=storing, broker=parts.ingest.subscriber.connected())

    return create_app(services, routers=[manage_router(desk), probe_router(wellness, parts.metrics.render, TYPE)])


def _outbox(parts: Parts, settings: Settings, data: Path) -> Outbox | None:
    """What sends pushes, where the settings say whom a push service may write to. Raises UserError."""
    chosen = settings.push
    subject = chosen.subject or ("mailto:sandbox@localhost" if chosen.sandbox else None)
    if subject is None:
        return None
    key = vapid.load_or_make(data / vapid.FILE)
    terms = Terms(key=key, subject=subject, allowed=Allowed(more=chosen.hosts, sandbox=chosen.sandbox))
    outbox = Outbox(parts.store, terms, clock=parts.clock, luck=random.random)
    for what, words in (
        ("sent", "Pushes that a push service took"),
        ("ended", "Subscriptions that a push service said are no more"),
        ("retried", "Attempts that are made again later"),
        ("shrunk", "Pushes that had to be made shorter"),
        ("refused", "Pushes that a push service did not want"),
        ("expired", "Pushes that nobody took in their time"),
        ("withheld", "Advertising pushes that consent or the hour forbade at the moment of sending"),
    ):
        parts.metrics.watch(f"aisle_pushes_{what}", words, functools.partial(outbox.tally.__getitem__, what))
    parts.metrics.watch("aisle_pushes_waiting", "Pushes that wait or are under way", outbox.backlog)
    return outbox
