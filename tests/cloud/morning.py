"""A store as its manager sees it, to test with: real database, real ingest, real application on a real port."""

import asyncio
import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import argon2
from fastapi import APIRouter

from cloud.accounts.database import Accounts
from cloud.bus import Bus
from cloud.ingest.decision import Message, read
from cloud.ingest.intake import store_readings
from cloud.manage.beginning import ensure_first_owner
from cloud.manage.login import Door
from cloud.manage.passwords import Passwords
from cloud.offers.house import House
from cloud.shop.messages import Both, Sender
from cloud.shop.sales import Sale, SaleLine
from cloud.store import plans, sales, visits
from cloud.store.connection import Store
from cloud.web.app import create_app
from cloud.web.manage import Desk, manage_router
from cloud.web.pages import Pages
from cloud.web.services import Services
from contract.events import Cell, Crossing, Direction, Event, Heat, Occupancy, Stay
from contract.messages import CameraHealth, Health, ReaderHealth, encode, encode_batch, encode_event
from contract.plan import Camera, Line, Plan, Point, ReaderSpot, Shelf, TagSpot, Title, Zone, ZoneKind
from tests.cloud.hosting import Guest, hosting

SEOUL = ZoneInfo("Asia/Seoul")
NOON_MS = 1_795_230_000_000 // 60_000 * 60_000
"""A Saturday noon in Seoul, at the beginning of a minute."""
MINUTE = 60_000
STORE = "daon"
TEA, CAKE = "09520000000011", "09520000000059"
HOUSE = House(sender=Sender(name=Both(ko="다온상회", en="Daon <Market>"), contact="02-123-4567"))
"""Who stands behind it; the English name would be markup where nobody escaped it."""
PAGES = Pages(timezone="Asia/Seoul")
PASSWORDS = Passwords(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass(slots=True)
class Clock:
    """Time that a test sets."""

    now_ms: int = NOON_MS + 2_000

    def __call__(self) -> int:
        return self.now_ms


def box(left: float, top: float, right: float, bottom: float) -> tuple[Point, ...]:
    return (Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom))


def plan() -> Plan:
    """Eight metres by four: the left half seen by one camera, a piece of the right by another, the rest by none."""
    tea = Title(ko="차", en="Tea")
    return Plan(
        store="daon",
        title=Title(ko="다온상회", en="Daon Market"),
        version=1,
        width_m=8,
        depth_m=4,
        zones=(
            Zone(id="tea", title=tea, kind=ZoneKind.SHELF, camera="cam-a", polygon=box(0.5, 0.5, 2, 1.5)),
            Zone(
                id="cake",
                title=Title(ko="과자", en="Cakes"),
                kind=ZoneKind.SHELF,
                camera="cam-b",
                polygon=box(4.5, 0.5, 6, 1.5),
            ),
        ),
        lines=(
            Line(
                id="door",
                title=Title(ko="입구", en="Entrance"),
                camera="cam-a",
                a=Point(0.2, 3.8),
                b=Point(0.2, 2.2),
            ),
        ),
        shelves=(
            Shelf(id="tea-wall", title=tea, zone="tea", polygon=box(0.5, 0, 2, 0.5), height_m=2, products=(TEA,)),
            Shelf(
                id="cake-wall",
                title=Title(ko="과자 벽", en="Cake wall"),
                zone="cake",
                polygon=box(4.5, 0, 6, 0.5),
                height_m=2,
                products=(CAKE,),
            ),
        ),
        tags=(TagSpot(id="tag-tea", shelf="tea-wall", gtin=TEA, at=Point(1, 0.5)),),
        readers=(
            ReaderSpot(
                id="tea-reader",
                node="left",
                title=Title(ko="차 리더", en="Tea reader"),
                zone="tea",
                gtin=TEA,
                at=Point(1.5, 0.5),
            ),
        ),
        cameras=tuple(
            Camera(
                id=name,
                node=node,
                width=640,
                height=480,
                at=sees[0],
                height_m=3,
                look_at=sees[2],
                field_of_view_deg=70,
                sees=sees,
            )
            for name, node, sees in (("cam-a", "left", box(0, 0, 4, 4)), ("cam-b", "right", box(4, 0, 7, 2)))
        ),
    )


@dataclass(slots=True)
class Node:
    """One node's log: it tells the store what happened, in order, as a real one does."""

    store: Store
    name: str
    clock: Clock
    told: int = 0

    @property
    def epoch(self) -> str:
        return hashlib.sha256(self.name.encode()).hexdigest()[:32]

    def tell(self, events: Sequence[Event]) -> None:
        """Some batches of events, through the ingest into the store."""
        for start in range(0, len(events), 200):
            some = [encode_event(event) for event in events[start : start + 200]]
            batch = encode_batch(
                store="daon", node=self.name, epoch=self.epoch, first=self.told + 1, oldest=1, events=some
            )
            self._send("events", batch)
            self.told += len(some)

    def well(
        self,
        *,
        cameras: dict[str, CameraHealth] | None = None,
        readers: dict[str, ReaderHealth] | None = None,
        produced: int | None = None,
        pending: int = 0,
        oldest_ms: int = 0,
    ) -> None:
        """The node's account of itself."""
        said = Health(
            at=self.clock.now_ms,
            epoch=self.epoch,
            program="aisle-edge 0.1.0",
            produced=self.told if produced is None else produced,
            pending=pending,
            dropped=0,
            oldest_ms=oldest_ms,
            refused_receipts=0,
            rss_mb=182.0,
            readers=readers or {},
            cameras=cameras or {},
        )
        self._send("health", encode(said))

    def _send(self, channel: str, payload: bytes) -> None:
        message = Message(topic=f"aisle/daon/{self.name}/{channel}", payload=payload, received_ms=self.clock.now_ms)
        store_readings(self.store, [read(message, "daon")])


def stays(zone: str, lengths_s: Sequence[float], *, at: int) -> list[Event]:
    """One stay a second from `at` on."""
    return [Stay(zone=zone, at=at + 1_000 * place, for_ms=int(1000 * s)) for place, s in enumerate(lengths_s)]


def entries(count: int, *, at: int, direction: Direction = Direction.IN) -> list[Event]:
    return [Crossing(at=at + 1_000 * place, line="door", direction=direction) for place in range(count)]


def watched(zones: Sequence[str], cameras: Sequence[str], *, minutes: range, covered_ms: int = MINUTE) -> list[Event]:
    """Minutes in which these zones and cameras were seen and nobody was there."""
    told: list[Event] = []
    for minute in minutes:
        at = NOON_MS + minute * MINUTE
        told += [
            Occupancy(zone=zone, at=at, span_ms=MINUTE, covered_ms=covered_ms, person_ms=0, peak=0) for zone in zones
        ]
        told += [
            Heat(camera=camera, at=at, span_ms=MINUTE, covered_ms=covered_ms, cell_mm=250, cells=())
            for camera in cameras
        ]
    return told


def warm(camera: str, cells: dict[tuple[int, int], int], *, at: int) -> Heat:
    """One report of people's time on the floor; cells of 250 mm, ms."""
    told = tuple(Cell(x=x, y=y, person_ms=ms) for (x, y), ms in cells.items())
    return Heat(camera=camera, at=at, span_ms=MINUTE, covered_ms=MINUTE, cell_mm=250, cells=told)


@dataclass(slots=True)
class Town:
    """Everything a test may turn: the store, its clock, its nodes and what only they and the tills could tell."""

    store: Store
    accounts: Accounts
    clock: Clock
    password: str
    nodes: dict[str, Node] = field(default_factory=dict)

    def node(self, name: str) -> Node:
        return self.nodes.setdefault(name, Node(store=self.store, name=name, clock=self.clock))

    def phone_tap(self, tag: str, *, at: int, signed: bool = True) -> None:
        with self.store.atomic() as connection:
            digest = hashlib.sha256(f"{tag}{at}".encode()).hexdigest() if signed else None
            visits.add_visit(connection, digest=digest, at_ms=at, tag=tag, gtin=TEA, counter=1 if signed else None)

    def sale(self, gtin: str, *, at: int) -> None:
        line = SaleLine(gtin=gtin, quantity=1, amount=1000)
        with self.store.atomic() as connection:
            sales.put_till(connection, name="till", digest="t", now_ms=at)
            sale = Sale(sale=f"{gtin}-{at}", at=at, currency="KRW", lines=(line,))
            sales.keep(connection, till_name="till", sale=sale, received_ms=at)

    def desk(self, bus: Bus) -> Desk:
        door = Door(self.accounts, store=STORE, random=random.Random(8).randbytes, passwords=PASSWORDS)
        return Desk(store=self.store, bus=bus, door=door, pages=PAGES, clock=self.clock, zone=SEOUL)


@contextmanager
def town(directory: Path, *, floor: Plan | None = None) -> Iterator[Town]:
    """A store with a plan and a manager, in which nothing has happened yet."""
    store = Store(directory, new_store_id="0" * 32)
    if floor is not None:
        with store.atomic() as connection:
            plans.save(connection, floor, by="", note="", now_ms=0)
    clock = Clock()
    accounts = Accounts(directory / "accounts.db")
    first = ensure_first_owner(
        accounts, random.Random(7).randbytes, store=STORE, now_ms=clock.now_ms, passwords=PASSWORDS
    )
    assert first
    try:
        yield Town(store=store, accounts=accounts, clock=clock, password=first.password)
    finally:
        accounts.close()
        store.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The application on a port of this machine; `bus` may be published to from any thread."""

    url: str
    bus: Bus


def bus_of_nobody() -> Bus:
    """A bus that no loop serves: for what only reads the store."""
    loop = asyncio.new_event_loop()
    loop.close()
    return Bus(loop)


@contextmanager
def serving(place: Town, *rooms: Callable[[Desk], APIRouter], proxies: Sequence[str] = ()) -> Iterator[Site]:
    """The whole application, in a thread of its own, until the block ends; `rooms` are those beside the first."""

    @contextmanager
    def guest(loop: asyncio.AbstractEventLoop) -> Iterator[Guest[Bus]]:
        bus = Bus(loop)
        services = Services(
            store=place.store, bus=bus, clock=place.clock, random=random.Random(9).randbytes, pages=PAGES
        )
        desk = place.desk(bus)
        routers = [manage_router(desk), *(room(desk) for room in rooms)]
        yield Guest(app=create_app(services, routers=routers), bus=bus, made=bus)

    with hosting(guest, proxies=proxies) as hosted:
        yield Site(url=hosted.url, bus=hosted.made)
