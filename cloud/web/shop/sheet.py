"""What a product's page shows alike to everybody, gathered once and good until any of it changes."""

import enum
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from cloud.shop.catalogue import Product
from cloud.store import catalogue, plans, reviews
from cloud.store.catalogue import LOW, Stock
from cloud.store.reviews import Rating, Review
from contract.plan import Plan

NEWEST = 3
_FEW = 6
_KEPT = 2_000
"""Sheets kept at once: a few MB."""


class Level(enum.StrEnum):
    """How much is left of a neighbour, as its small card tells it."""

    UNCOUNTED = ""  # nobody counts it
    OUT = "out"  # sold out
    LOW = "low"  # fewer than five
    PLENTY = "plenty"

    @classmethod
    def of(cls, stock: Stock) -> "Level":
        """The level of a stock."""
        if stock.store is None:
            return cls.UNCOUNTED
        if stock.store < 1:
            return cls.OUT
        return cls.LOW if stock.store < LOW else cls.PLENTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A product beside another one."""

    product: Product
    picture: str | None
    level: Level = Level.UNCOUNTED


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """All of a product that is the same for everybody; two are equal only where they are the same one."""

    stamp: int
    product: Product
    picture: str | None
    level: Level
    plan: Plan | None
    variants: tuple[Neighbour, ...]  # this one among them; none where there is no other
    together: tuple[Neighbour, ...]
    alternatives: tuple[Neighbour, ...]
    rating: Rating
    reviews: tuple[Review, ...]


class Sheets:
    """The sheets of one process. Whoever changes what they show moves the store's stamp, in whichever program."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Sheet] = OrderedDict()

    def of(self, connection: sqlite3.Connection, gtin: str) -> Sheet | None:
        """The sheet of a product as it is at this moment of the store; None where there is no such product."""
        stamp = catalogue.stamp(connection)
        if kept := self.kept(gtin, stamp):
            return kept
        made = gather(connection, gtin, stamp)
        if made:
            with self._lock:
                self._kept[gtin] = made
                self._kept.move_to_end(gtin)
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return made

    def kept(self, gtin: str, stamp: int) -> Sheet | None:
        """The sheet of a product if it is here and still stands."""
        kept = self._kept.get(gtin)
        return kept if kept and kept.stamp == stamp else None


def gather(connection: sqlite3.Connection, gtin: str, stamp: int) -> Sheet | None:
    """The sheet from one moment of the store."""
    product = catalogue.product(connection, gtin)
    if product is None:
        return None
    variants = neighbours(connection, catalogue.variants(connection, product.group), most=12)
    return Sheet(
        stamp=stamp,
        product=product,
        picture=picture_url(connection, product),
        level=Level.of(catalogue.stock(connection, gtin)),
        plan=plans.plan_now(connection),
        variants=variants if len(variants) > 1 else (),
        together=neighbours(connection, _named(connection, product.goes_with)),
        alternatives=_alternatives(connection, product),
        rating=reviews.rating(connection, gtin),
        reviews=reviews.newest(connection, gtin, most=NEWEST),
    )


def neighbours(
    connection: sqlite3.Connection, products: Iterable[Product], *, most: int = _FEW
) -> tuple[Neighbour, ...]:
    """Those of these products that are on sale, with picture and level."""
    found = [product for product in products if not product.retired][:most]
    stocks = catalogue.stocks(connection, (product.gtin for product in found))
    return tuple(
        Neighbour(
            product=product,
            picture=picture_url(connection, product),
            level=Level.of(stocks.get(product.gtin, Stock())),
        )
        for product in found
    )


def picture_url(connection: sqlite3.Connection, product: Product) -> str | None:
    """Where the product's picture is, or None where it has none."""
    digest = catalogue.picture_digest(connection, product.image) if product.image else None
    return digest and f"/picture/{digest}"


def _named(connection: sqlite3.Connection, gtins: Iterable[str]) -> list[Product]:
    found = (catalogue.product(connection, gtin) for gtin in gtins)
    return [product for product in found if product]


def _alternatives(connection: sqlite3.Connection, product: Product) -> tuple[Neighbour, ...]:
    """Those that the catalogue names, else those of the category; what is there comes first, then what is near."""
    given = _named(connection, product.alternatives)
    others = given or [
        other
        for other in catalogue.of_category(connection, product.category)
        if other.gtin != product.gtin and not (product.group and other.group == product.group)
    ]
    gtins = [product.gtin, *(other.gtin for other in others)]
    stocks, shelves = catalogue.stocks(connection, gtins), catalogue.shelves_of(connection, gtins)
    here = shelves.get(product.gtin)

    def order(place_and_other: tuple[int, Product]) -> tuple[bool, bool, int]:
        place, other = place_and_other
        gone = Level.of(stocks.get(other.gtin, Stock())) is Level.OUT
        far = here is not None and shelves.get(other.gtin) != here
        return (gone, False, place) if given else (gone, far, abs(other.price - product.price))

    return neighbours(connection, (other for _, other in sorted(enumerate(others), key=order)))
