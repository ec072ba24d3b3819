"""A small store to test the shopper's side with: real database, real application, a chip that signs."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI

from cloud.application import outbox_of
from cloud.bus import Bus
from cloud.config import Push, Settings
from cloud.offers.house import House
from cloud.proof.keys import SigningKey
from cloud.shop.catalogue import Product, Tag, TagMode, Words
from cloud.shop.messages import Both, Sender
from cloud.shop.tag_keys import TagKeys
from cloud.store import catalogue, plans
from cloud.store.connection import Store
from cloud.sun import diversified
from cloud.sun.aes import cmac, encrypt_blocks
from cloud.web.app import create_app
from cloud.web.pages import Pages
from cloud.web.services import Services
from contract.plan import Camera, Plan, Point, ReaderSpot, Shelf, TagSpot, Title, Zone, ZoneKind

TEA, CAKE, GONE = "09520000000011", "09520000000059", "09520000000103"
UID = bytes.fromhex("04112233445566")
LOG_KEY = SigningKey(bytes(range(32)))
KEYS = TagKeys(meta_read=bytes(range(16)), file_master=bytes(range(16, 32)))
HOUSE = House(
    sender=Sender(name=Both(ko="다온상회", en="Daon Market"), contact="02-123-4567"),
    hold_out=0,  # else a test would have to know who is held out
)
NOON_MS = 1_795_230_000_000  # a Saturday noon in Seoul


@dataclass(slots=True)
class Clock:
    """Time that a test sets."""

    now_ms: int = NOON_MS

    def __call__(self) -> int:
        return self.now_ms


@dataclass(slots=True)
class Chip:
    """An NTAG 424 DNA, from the outside: each reading has the next counter and a signature of its own."""

    uid: bytes = UID
    counter: int = 0
    keys: TagKeys = field(default_factory=lambda: KEYS)

    def query(self, tag: str = "tag-tea") -> str:
        """The query of the link that a phone reads."""
        self.counter += 1
        count = self.counter.to_bytes(3, "little")
        picc = encrypt_blocks(self.keys.meta_read, b"\xc7" + self.uid + count + b"\x11\x22\x33\x44\x55")
        context = b"\x3c\xc3\x00\x01\x00\x80" + self.uid + count
        session = cmac(diversified(self.keys.file_master, self.uid), context)
        return f"t={tag}&picc={picc.hex().upper()}&cmac={cmac(session, b'')[1::2].hex().upper()}"


def plan() -> Plan:
    corner = (Point(x=0, y=0), Point(x=1, y=0), Point(x=1, y=1))
    return Plan(
        store="daon",
        title=Title(ko="다온상회", en="Daon Market"),
        version=1,
        width_m=5,
        depth_m=5,
        zones=(Zone(id="tea", title=Title(ko="차", en="Tea"), kind=ZoneKind.SHELF, camera="c1", polygon=corner),),
        lines=(),
        shelves=(
            Shelf(id="tea-wall", title=Title(ko="차 벽면", en="Tea wall"), zone="tea", polygon=corner, height_m=2),
        ),
        tags=(TagSpot(id="tag-tea", shelf="tea-wall", gtin=TEA, at=Point(x=0, y=0)),),
        readers=(
            ReaderSpot(
                id="tea-reader",
                node="n1",
                title=Title(ko="차 리더", en="Tea reader"),
                zone="tea",
                gtin=TEA,
                at=Point(x=0, y=0),
            ),
            ReaderSpot(id="till-reader", node="n1", title=Title(ko="계산대", en="Till"), at=Point(x=0, y=0)),
        ),
        cameras=(
            Camera(
                id="c1",
                node="n1",
                width=640,
                height=480,
                at=Point(x=0, y=0),
                height_m=3,
                look_at=Point(x=1, y=1),
                field_of_view_deg=70,
                sees=corner,
            ),
        ),
    )


def goods() -> tuple[Product, ...]:
    return (
        Product(
            gtin=TEA,
            name=Words(ko="제주 유기농 녹차 우전 100 g", en="Jeju organic green tea, first flush, 100 g"),
            brand=Words(ko="한라차", en="Halla Tea"),
            line=Words(ko="곡우 전에 손으로 딴 어린잎입니다.", en="Young leaves, picked by hand."),
            price=12_800,
            unit_price=12_800,
            unit=Words(ko="100 g당", en="per 100 g"),
            facts=Words(ko="원산지 제주|70도 물에 2분", en="Grown on Jeju|Two minutes in water of 70 °C"),
            offer=Words(ko="약과를 함께 사면 1,000원 할인", en="₩1,000 off with yakgwa"),
            goes_with=(CAKE,),
            stock=24,
            shelf_stock=7,
        ),
        Product(gtin=CAKE, name=Words(ko="개성 약과 8개입", en="Gaeseong yakgwa, 8"), price=8_900, stock=0),
        Product(gtin=GONE, name=Words(ko="선물 세트", en="Gift set"), price=39_000, retired=True),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Everything a test may turn."""

    store: Store
    services: Services
    app: FastAPI
    clock: Clock
    chip: Chip


@contextmanager
def opened(
    directory: Path,
    *,
    frame_ancestors: tuple[str, ...] = (),
    origin: str | None = None,
    loop: asyncio.AbstractEventLoop | None = None,
    push: str | None = None,
) -> Iterator[Shop]:
    """The store with its goods, one signing tag and one plain one; `push` is the origin of a push service here."""
    own = loop or asyncio.new_event_loop()
    store = Store(directory, new_store_id="0" * 32)
    with store.atomic() as connection:
        plans.save(connection, plan(), by="", note="", now_ms=0)
        catalogue.put_products(connection, goods())
        catalogue.put_tags(
            connection,
            (
                Tag(id="tag-tea", gtin=TEA, shelf="tea-wall", uid=UID, mode=TagMode.AES),
                Tag(id="tag-cake", gtin=CAKE, shelf="tea-wall", uid=None, mode=TagMode.PLAIN),
            ),
        )
    clock = Clock()
    numbers = _Numbers()
    settings = Settings(store="daon", push=Push(sandbox=push))
    services = Services(
        store=store,
        bus=Bus(own),
        clock=clock,
        random=numbers.bytes,
        log_key=LOG_KEY,
        tag_keys=KEYS,
        origin=origin,
        frame_ancestors=frame_ancestors,
        pages=Pages(timezone="Asia/Seoul"),
        house=HOUSE,
        outbox=outbox_of(settings, directory, store=store, clock=clock),
    )
    try:
        yield Shop(store=store, services=services, app=create_app(services), clock=clock, chip=Chip())
    finally:
        store.close()
        if loop is None:
            own.close()


class _Numbers:
    """Bytes that differ each time, for tests alone."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = threading.Lock()

    def bytes(self, length: int) -> bytes:
        with self._lock:
            self._count += 1
            return self._count.to_bytes(length)
