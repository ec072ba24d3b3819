"""The small store of `shop` with everything that a page can show: sizes, reviews, a reduced price, what is sold out."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import argon2

from cloud.accounts.database import Accounts
from cloud.manage.beginning import ensure_first_owner
from cloud.manage.login import Door
from cloud.manage.passwords import Passwords
from cloud.shop import reviews as rules
from cloud.shop.catalogue import Product, Words
from cloud.store import catalogue, reviews
from cloud.web.app import create_app
from cloud.web.manage import Desk, manage_router
from cloud.web.manage.inbox import inbox_router
from cloud.web.manage.offers import campaigns_router
from cloud.web.problems import unheard
from tests.cloud.hosting import Guest, hosting
from tests.cloud.served import Served
from tests.cloud.shop import CAKE, NOON_MS, TEA, Shop, goods, opened

TEA_50, TEA_200, BARLEY, YUJA, HONEY = (
    "09520000000134",
    "09520000000141",
    "09520000000028",
    "09520000000035",
    "09520000000097",
)
IMAGES = Path(__file__).parents[2] / "deploy" / "demo_store" / "images"
PASSWORDS = Passwords(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
DAY_MS = 24 * 3_600_000


def shelf() -> tuple[Product, ...]:
    """All goods: the tea in three sizes and reduced, cakes that are sold out, a set that is no longer sold."""
    tea, cake, gone = goods()
    tea = replace(
        tea,
        list_price=15_000,
        category="tea",
        group="first-flush",
        size=Words(ko="100 g", en="100 g"),
        line=Words(
            ko="첫물 잎만 손으로 따서 덖었습니다. 떫은맛이 적고 단맛이 오래 남습니다.",
            en="First leaves, picked by hand and pan-roasted: little bitterness, a long sweet finish.",
        ),
        facts=Words(
            ko="곡우 전에 손으로 딴 어린잎|떫은맛이 적고 단맛이 오래 남습니다|70도 물에 2분|원산지 제주",
            en="Young leaves picked by hand before the spring rain|Little bitterness, a long sweet finish|"
            "Two minutes in water of 70 °C|Grown on Jeju",
        ),
        goes_with=(CAKE, YUJA, HONEY),
        image="green-tea.svg",
    )
    return (
        tea,
        replace(
            tea,
            gtin=TEA_50,
            name=Words(ko="제주 유기농 녹차 우전 50 g", en="Jeju organic green tea, first flush, 50 g"),
            size=Words(ko="50 g", en="50 g"),
            price=6_900,
            list_price=None,
            stock=0,
            shelf_stock=0,
        ),
        replace(
            tea,
            gtin=TEA_200,
            name=Words(ko="제주 유기농 녹차 우전 200 g", en="Jeju organic green tea, first flush, 200 g"),
            size=Words(ko="200 g 틴", en="200 g tin"),
            price=23_000,
            list_price=None,
            stock=3,
            shelf_stock=3,
        ),
        replace(
            cake,
            category="sweets",
            image="yakgwa.svg",
            brand=Words(ko="다온당", en="Daondang"),
            facts=Words(
                ko="조청과 꿀로 빚었습니다|알레르기: 밀", en="Made with grain syrup and honey|Allergens: wheat"
            ),
            alternatives=(YUJA, HONEY),
        ),
        replace(gone, category="tea", image="gift-set.svg", brand=Words(ko="다온당", en="Daondang")),
        Product(
            gtin=BARLEY,
            name=Words(ko="볶은 보리차 30티백", en="Roasted barley tea, 30 bags"),
            brand=Words(ko="한라차", en="Halla Tea"),
            price=4_900,
            category="tea",
            image="barley-tea.svg",
            stock=60,
            unit_price=163,
            unit=Words(ko="1티백당", en="per bag"),
            facts=Words(ko="카페인 없음|국산 보리 100%", en="No caffeine|Korean barley only"),
        ),
        Product(
            gtin=YUJA,
            name=Words(ko="고흥 유자차 500 g", en="Goheung yuja tea, 500 g"),
            brand=Words(ko="남도청", en="Namdo"),
            price=9_800,
            unit_price=1_960,
            unit=Words(ko="100 g당", en="per 100 g"),
            category="tea",
            image="yuja-tea.svg",
            stock=31,
        ),
        Product(
            gtin=HONEY,
            name=Words(ko="지리산 야생화 꿀 350 g", en="Jirisan wildflower honey, 350 g"),
            price=18_900,
            image="honey-jar.svg",
            stock=4,
        ),
    )


SAID = (
    (5, "민서", "떫지 않고 향이 깊어요. 70도 물에 1분이 딱 좋았습니다.", "ko", True, False),
    (5, "J. Park", "선물용으로 두 번째 구매. 포장이 튼튼합니다.", "ko", True, True),
    (4, "하늘", "맛은 최고인데 가격이 조금 있어요. 할인할 때 사요.", "ko", True, False),
    (5, "", "Clean and sweet, the best green tea I had on Jeju.", "en", False, False),
    (3, "Tom", "Good, though I expected more leaves for that price.", "en", False, False),
)


def stock_up(shop: Shop) -> None:
    """Fills the store's shelves, with what was said of the tea."""
    with shop.store.atomic() as connection:
        for name in ("green-tea", "yakgwa", "gift-set", "barley-tea", "yuja-tea", "honey-jar"):
            catalogue.put_picture(connection, f"{name}.svg", (IMAGES / f"{name}.svg").read_bytes())
        catalogue.put_products(connection, shelf())
        for number, (stars, name, text, language, verified, rewarded) in enumerate(SAID * 5):
            words = text if number < len(SAID) else f"{text} ({number})"
            draft = rules.read(str(stars), name, words)
            assert isinstance(draft, rules.Draft)
            reviews.bring_in(
                connection,
                draft,
                gtin=TEA,
                language=language,
                at_ms=NOON_MS - number * DAY_MS,
                verified=verified,
                rewarded=rewarded,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stocked:
    """The store, and the manager's password."""

    shop: Shop
    password: str


@contextmanager
def stocked(directory: Path, loop: asyncio.AbstractEventLoop | None = None) -> Iterator[Stocked]:
    """The full store, with the staff's pages beside the shopper's."""
    with opened(directory, loop=loop) as shop:
        stock_up(shop)
        services = shop.services
        accounts = Accounts(directory / "accounts.db")
        door = Door(accounts, store="daon", random=services.random, passwords=PASSWORDS)
        first = ensure_first_owner(accounts, services.random, store="daon", now_ms=shop.clock(), passwords=PASSWORDS)
        assert first
        desk = Desk(
            store=shop.store,
            bus=services.bus,
            door=door,
            pages=services.pages,
            clock=shop.clock,
            zone=ZoneInfo("Asia/Seoul"),
        )
        app = create_app(services, routers=[manage_router(desk), inbox_router(desk, services), campaigns_router(desk)])
        try:
            yield Stocked(shop=replace(shop, app=app), password=first.password)
        finally:
            accounts.close()


@contextmanager
def serving(directory: Path) -> Iterator[tuple[Served, str]]:
    """Serves it until the block ends; with the manager's password."""

    @contextmanager
    def guest(loop: asyncio.AbstractEventLoop) -> Iterator[Guest[Stocked]]:
        with stocked(directory, loop) as made:
            services = made.shop.services
            yield Guest(app=made.shop.app, bus=services.bus, made=made, refusal=unheard(services.pages))

    with hosting(guest) as hosted:
        yield Served(shop=hosted.made.shop, base=hosted.url, loop=hosted.loop), hosted.made.password
