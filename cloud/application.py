"""The pages and the API, wired by hand."""

import functools
import random
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from cloud.accounts import people, stores
from cloud.accounts.database import Accounts
from cloud.broker.nats import node_key
from cloud.bus import Bus
from cloud.config import Settings
from cloud.gauges import watch_alerts, watch_duties, watch_offers, watch_pages, watch_pushes
from cloud.ingest.watched import Ingest
from cloud.manage.beginning import ensure_first_owner, move_accounts
from cloud.manage.login import Door
from cloud.manage.passwords import Passwords
from cloud.manage.rights import RIGHTS, Right
from cloud.metrics import TYPE, Metrics
from cloud.nodes.asking import Asking
from cloud.nodes.badging import Badging
from cloud.nodes.publishing import Publishing
from cloud.nodes.voice import Voice
from cloud.offers import gate
from cloud.offers.channels import Channel
from cloud.offers.harm import Limits
from cloud.offers.house import House
from cloud.offers.refusals import MAY_PASS
from cloud.points.rates import Scheme
from cloud.proof import keys as log_keys
from cloud.push import vapid
from cloud.push.alarm_post import AlarmPost, Ways
from cloud.push.endpoints import Allowed
from cloud.push.hooks import AllowedHooks
from cloud.push.outbox import Hindrance, Outbox, Terms
from cloud.server import Application
from cloud.shop import tag_keys
from cloud.shop.messages import Both, Sender
from cloud.store import heads, plans
from cloud.store.connection import Store
from cloud.web.app import Lasting, create_app
from cloud.web.manage import manage_router
from cloud.web.manage.alarm import Alarm
from cloud.web.manage.alerts import alerts_router
from cloud.web.manage.around import around_router
from cloud.web.manage.audit import audit_router
from cloud.web.manage.cameras import cameras_router
from cloud.web.manage.closing import keep_closing
from cloud.web.manage.desk import Desk
from cloud.web.manage.devices import devices_router
from cloud.web.manage.exports import exports_router
from cloud.web.manage.figures import figures_router
from cloud.web.manage.inbox import inbox_router
from cloud.web.manage.noting import notes_router
from cloud.web.manage.offers import campaigns_router
from cloud.web.manage.papers import papers_router
from cloud.web.manage.planning import plan_router
from cloud.web.manage.products import products_router
from cloud.web.manage.quality import quality_router
from cloud.web.manage.staff import staff_router
from cloud.web.pages import Pages
from cloud.web.probes import Wellness, probe_router
from cloud.web.services import Services
from cloud.web.stream import Streams
from contract.plan import Title


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the pages stand on."""

    store: Store
    accounts: Accounts
    bus: Bus
    metrics: Metrics
    ingest: Ingest
    pages: Pages
    clock: Callable[[], int]  # wall time in ms
    origin: str | None = None  # where browsers find the pages


def first_sign_in(parts: Parts, settings: Settings) -> str | None:
    """How the first owner comes in, to be shown once; None where there is an owner already."""
    name, now_ms = settings.store, parts.clock()
    move_accounts(parts.store, parts.accounts, name=name, random=secrets.token_bytes, now_ms=now_ms)
    first = ensure_first_owner(parts.accounts, secrets.token_bytes, store=name, now_ms=now_ms, passwords=Passwords())
    if first is None:
        return None
    return f"The owner signs in as `{first.account}`; the first password, shown this once: {first.password}"


def make_application(parts: Parts, settings: Settings, data: Path) -> Application:
    """The application over its parts. Raises UserError where the tag keys cannot be read."""
    services, desk = _services(parts, settings, data), _desk(parts, settings)
    _tell_store(parts, settings)
    watch_duties(parts.metrics, parts.store, parts.clock)
    watch_offers(parts.metrics, parts.store)
    watch_pages(parts.metrics, services, desk)
    if services.outbox:
        watch_pushes(parts.metrics, services.outbox)
    led = nodes_of(parts, settings, data)
    alarm = alarm_of(parts, settings, desk, services.outbox)
    badging = Badging(parts.store, led.voice, clock=parts.clock, random=secrets.token_bytes)

    def wellness() -> Wellness:
        storing = parts.ingest.writer.stalled_since is None
        return Wellness(storing=storing, broker=parts.ingest.subscriber.connected())

    routers = [
        manage_router(desk),
        inbox_router(desk, services),
        campaigns_router(desk, services.house.harm),
        probe_router(wellness, parts.metrics.render, TYPE),
        audit_router(desk),
        products_router(desk),
        devices_router(desk),
        quality_router(desk),
        around_router(desk),
        plan_router(desk, store=settings.store),
        figures_router(desk),
        exports_router(desk),
        notes_router(desk),
        papers_router(desk, services.house),
        cameras_router(desk, led.asking),
        alerts_router(desk, alarm.post.ways),
        staff_router(desk),
    ]
    lasting: list[Lasting] = [functools.partial(keep_closing, desk), alarm.run, led.publishing.run, badging.run]
    return Streams(create_app(services, routers=routers, lasting=lasting))


def _services(parts: Parts, settings: Settings, data: Path) -> Services:
    keys = settings.tags.keys
    return Services(
        store=parts.store,
        bus=parts.bus,
        clock=parts.clock,
        random=secrets.token_bytes,
        log_key=_log_key(parts.store, data),
        tag_keys=None if keys is None else tag_keys.load(data / keys),
        origin=settings.web.origin,
        frame_ancestors=settings.web.frame_ancestors,
        pages=parts.pages,
        outbox=outbox_of(settings, data, store=parts.store, clock=parts.clock),
        house=house_of(settings),
        scheme=Scheme(rates=settings.points, zone=ZoneInfo(settings.web.timezone)),
    )


def _desk(parts: Parts, settings: Settings) -> Desk:
    return Desk(
        store=parts.store,
        bus=parts.bus,
        door=Door(parts.accounts, store=settings.store, random=secrets.token_bytes, passwords=Passwords()),
        pages=parts.pages,
        clock=parts.clock,
        zone=ZoneInfo(settings.web.timezone),
        k=settings.web.least_people,
        origin=parts.origin,
        stop_ms=1_000 * settings.manage.stop_seconds,
        categories={one.name: Title(ko=one.ko, en=one.en) for one in settings.categories},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Led:
    """How the cloud leads its nodes: it brings them plans, gives orders and hears the answers."""

    voice: Voice
    publishing: Publishing
    asking: Asking


def nodes_of(parts: Parts, settings: Settings, data: Path) -> Led:
    """The way to the nodes, through the one connection to the broker. Raises UserError where its key cannot be read."""
    subscriber = parts.ingest.subscriber
    voice = Voice(store=settings.store, key=node_key(data, secrets.token_bytes), line=subscriber)
    asking = Asking(voice, loop=parts.bus.loop, clock=parts.clock, random=secrets.token_bytes)
    subscriber.answered = asking.hear
    parts.metrics.watch("aisle_answers_stray", "Answers of nodes that nobody waited for", lambda: asking.stray)
    publishing = Publishing(parts.store, parts.bus, voice)
    parts.metrics.watch("aisle_plan_sent", "Version of the plan that waits for the nodes", lambda: publishing.sent or 0)
    return Led(voice=voice, publishing=publishing, asking=asking)


def _tell_store(parts: Parts, settings: Settings) -> None:
    """Says to the stores that share the accounts what this one is called, and where its pages are."""
    with parts.store.reading() as connection:
        plan = plans.plan_now(connection)
    it = settings.sender
    ko, en = it.name_ko or settings.store, it.name_en or settings.store
    with parts.accounts.atomic() as connection:
        stores.tell(
            connection,
            name=settings.store,
            title=plan.title if plan else Title(ko=ko, en=en),
            address=parts.origin or "",
            now_ms=parts.clock(),
        )


def _log_key(store: Store, data: Path) -> log_keys.SigningKey | None:
    with store.reading() as connection:
        return heads.signing_key(connection, data / log_keys.FILE, secrets.token_bytes(log_keys.SEED_BYTES))


def house_of(settings: Settings) -> House:
    """The settings of offers as the rules take them."""
    it, chosen = settings.sender, settings.offers
    said = it.name_ko and it.name_en and it.contact
    return House(
        zone=settings.web.timezone,
        sender=Sender(
            name=Both(ko=it.name_ko, en=it.name_en),
            contact=it.contact,
            address=Both(ko=it.address_ko, en=it.address_en),
        )
        if said
        else None,
        hold_out=chosen.hold_out,
        per_day=chosen.per_day,
        per_week=chosen.per_week,
        rest_hours=chosen.rest_hours,
        harm=Limits(per_1000=chosen.harm_per_1000, least_shown=chosen.harm_least_shown),
        least_people=settings.web.least_people,
    )


def outbox_of(settings: Settings, data: Path, *, store: Store, clock: Callable[[], int]) -> Outbox | None:
    """What sends pushes, where the settings say whom a push service may write to. Raises UserError."""
    chosen, zone = settings.push, settings.web.timezone
    subject = chosen.subject or ("mailto:sandbox@localhost" if chosen.sandbox else None)
    if subject is None:
        return None
    key = vapid.load_or_make(data / vapid.FILE)
    terms = Terms(key=key, subject=subject, allowed=Allowed(more=chosen.hosts, sandbox=chosen.sandbox))

    def may_advertise(connection: sqlite3.Connection, person: int, now_ms: int) -> Hindrance | None:
        refusal = gate.may_send(connection, person, Channel.PUSH, now_ms, zone=zone)
        return Hindrance(reason=refusal, passing=refusal in MAY_PASS) if refusal else None

    return Outbox(store, terms, clock=clock, luck=random.random, may_advertise=may_advertise)


def alarm_of(parts: Parts, settings: Settings, desk: Desk, outbox: Outbox | None) -> Alarm:
    """What watches the store and writes to those who are to hear of it."""
    hooks = AllowedHooks(hosts=settings.alerts.hook_hosts, sandbox=settings.alerts.sandbox)

    def may_hear(account: str) -> bool:
        with parts.accounts.reading() as connection:
            role = people.role(connection, name=account, store=settings.store)
        return role is not None and Right.SEE in RIGHTS[role]

    post = AlarmPost(
        parts.store,
        Ways(push=outbox.terms if outbox else None, hooks=hooks),
        clock=parts.clock,
        luck=random.random,
        may_hear=may_hear,
    )
    watch_alerts(parts.metrics, parts.store, post)
    return Alarm(desk, post, may_hear=may_hear)
