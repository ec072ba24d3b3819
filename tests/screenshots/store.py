"""The market with a week behind it and a lively evening before it, in the whole application."""

import asyncio
import math
import random
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI

from cloud.accounts.database import Accounts
from cloud.application import Parts, make_application
from cloud.bus import Bus
from cloud.config import load
from cloud.facts import PeopleSeen, TapStored
from cloud.ingest.mailbox import Mailbox
from cloud.ingest.subscriber import Subscriber
from cloud.ingest.watched import Ingest
from cloud.ingest.writer import Writer
from cloud.metrics import Metrics
from cloud.offers.campaigns import Campaign
from cloud.shop.catalogue import parse_products
from cloud.store import campaigns, catalogue
from cloud.store.connection import Store
from cloud.web.manage.gate import COOKIE
from cloud.web.pages import Pages
from cloud.web.stream import Streams
from contract.credentials import Credentials
from contract.messages import Person
from contract.plan import Plan, Zone
from contract.settings import read_settings
from deploy.demo.preparation import CATEGORIES
from tests.cloud.hosting import Guest, hosting
from tests.cloud.morning import MINUTE, NOON_MS, Clock, Town, town
from tests.screenshots.day import Habits, health, live
from tests.screenshots.market import market

FILES = Path(__file__).parents[2] / "deploy" / "demo_store"
SETTINGS = f"""
store = "daon"
[sender]
name_ko = "다온상회"
name_en = "Daon Market"
contact = "02-123-4567"
{CATEGORIES}"""
DAY = 24 * 60 * MINUTE
MIDNIGHT = NOON_MS - DAY // 2
NOW = MIDNIGHT + 18 * 60 * MINUTE + 51 * MINUTE + 2_000
LOST = 18 * 60 + 31
"""When the corner's camera is lost, in minutes of the day."""
DRAW = {"tea": 1.6, "herbs": 1.4, "coffee": 0.6, "ware": 0.7, "cakes": 0.8, "new": 1.2, "gifts": 0.9, "honey": 0.5}
_TICK_S = 0.2
_STEP_M = 0.22


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Where the store is, and the session of its owner."""

    url: str
    session: str


@contextmanager
def opened(folder: Path, *, days: int = 8) -> Iterator[Opened]:
    """The store served until the block ends; people walk in it, and its clock stands still."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "cloud.toml").write_text(SETTINGS, encoding="utf-8")
    plan = market()
    with town(folder, floor=plan) as place:
        _furnish(place)
        _live(place, plan, days)

        @contextmanager
        def guest(loop: asyncio.AbstractEventLoop) -> Iterator[Guest[Bus]]:
            bus = Bus(loop)
            parts = _parts(place.store, place.accounts, bus, place.clock)
            served = make_application(parts, load(folder / "cloud.toml"), folder)
            assert isinstance(served, Streams)
            assert isinstance(served._app, FastAPI)
            yield Guest(app=served._app, bus=bus, made=bus)

        with hosting(guest) as hosted, _walking(hosted.made, place, plan):
            form = {"account": "manager", "password": place.password}
            session = httpx.post(f"{hosted.url}/manage/login", data=form, timeout=20).cookies[COOKIE]
            yield Opened(url=hosted.url, session=session)


def _furnish(place: Town) -> None:
    with place.store.atomic() as connection:
        goods = parse_products((FILES / "products.csv").read_text(encoding="utf-8"))
        full = [replace(one, stock=None if one.stock is None else 900 + one.stock) for one in goods]
        catalogue.put_products(connection, full)
        for file in sorted((FILES / "campaigns").glob("*.toml")):
            campaigns.add(connection, read_settings(file, Campaign), NOW - 7 * DAY)


def _live(place: Town, plan: Plan, days: int) -> None:
    """The days before, the same weekday a week ago among them, and today up to now."""
    for back in range(days - 1, 0, -1):
        midnight = MIDNIGHT - back * DAY
        place.clock.now_ms = midnight + 23 * 60 * MINUTE
        habits = Habits(
            visitors=520 + 41 * (3 * back % 7) + 180 * (back in (1, 7)), draw=DRAW | {"new": 0.6, "chilled": 1.1}
        )
        live(place, plan, habits, midnight=midnight, until=midnight + 22 * 60 * MINUTE, seed=back)
    place.clock.now_ms = NOW
    habits = Habits(visitors=1_150, draw=DRAW | {"chilled": 0.7}, lost={"k4": LOST})
    live(place, plan, habits, midnight=MIDNIGHT, until=NOW // MINUTE * MINUTE, seed=100)
    health(place, plan, {"k4": "no picture for 5 s"})


def _parts(store: Store, accounts: Accounts, bus: Bus, clock: Clock) -> Parts:
    """The parts, of which the ingest never starts."""
    metrics, mailbox = Metrics(store), Mailbox(capacity=1_000)
    nobody = Credentials(host="127.0.0.1", port=1, store="daon", username="cloud", password="-" * 16)
    subscriber = Subscriber(nobody, mailbox=mailbox, metrics=metrics, clock=clock, tell=lambda _facts: None)
    writer = Writer(
        store=store, name="daon", mailbox=mailbox, outlet=subscriber, metrics=metrics, tell=lambda _facts: None
    )
    ingest = Ingest(subscriber, writer)
    pages = Pages(timezone="Asia/Seoul")
    return Parts(store=store, accounts=accounts, bus=bus, metrics=metrics, ingest=ingest, pages=pages, clock=clock)


@dataclass(slots=True, kw_only=True)
class _Walker:
    """Somebody on the way from zone to zone along the aisles."""

    x: float
    y: float
    rest_s: float
    way: list[tuple[float, float]] = field(default_factory=list)

    def step(self, zones: tuple[Zone, ...], luck: random.Random) -> None:
        self.rest_s -= _TICK_S
        if self.rest_s > 0:
            return
        if not self.way:
            x, y = _place_in(luck.choice(zones), luck)
            aisle = luck.choice((1.3, 7.9, 14.6))
            self.way = [(x, y)] if abs(y - self.y) < 1 else [(aisle, self.y), (aisle, y), (x, y)]
        x, y = self.way[0]
        far = math.hypot(x - self.x, y - self.y)
        if far > _STEP_M:
            self.x += _STEP_M * (x - self.x) / far
            self.y += _STEP_M * (y - self.y) / far
        else:
            self.way.pop(0)
            self.rest_s = 0 if self.way else luck.uniform(2, 9)


def _place_in(zone: Zone, luck: random.Random) -> tuple[float, float]:
    xs, ys = [point.x for point in zone.polygon], [point.y for point in zone.polygon]
    return luck.uniform(min(xs) + 0.2, max(xs) - 0.2), luck.uniform(min(ys) + 0.2, max(ys) - 0.2)


@contextmanager
def _walking(bus: Bus, place: Town, plan: Plan) -> Iterator[None]:
    """People walk and tap until the block ends."""
    over, luck = threading.Event(), random.Random(5)
    walkers = [_Walker(x=x, y=y, rest_s=luck.uniform(0, 6)) for x, y in _begin(plan, luck)]

    def walk() -> None:
        number = 0
        while not over.wait(_TICK_S):
            number += 1
            for walker in walkers:
                walker.step(plan.zones, luck)
            people = tuple(Person(round(one.x, 2), round(one.y, 2)) for one in walkers)
            now = place.clock.now_ms
            bus.publish(
                [
                    PeopleSeen(node=one.node, camera=one.id, at_ms=now - 150, people=people)
                    for one in plan.cameras
                    if one.id != "k4"
                ]
            )
            if number % 40 == 10:
                tap = TapStored(id=number, node="west", reader="herbs-reader", tag=None, at_ms=now, received_ms=now)
                bus.publish([tap])

    thread = threading.Thread(target=walk, name="walking")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timedelta(seconds=10).total_seconds())


def _begin(plan: Plan, luck: random.Random) -> list[tuple[float, float]]:
    return [_place_in(luck.choice(plan.zones), luck) for _ in range(11)]
