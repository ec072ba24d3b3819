"""What a product's page shows, gathered from one moment of the store."""

import sqlite3
from dataclasses import dataclass

from cloud.shop import offers
from cloud.shop.catalogue import Product
from cloud.shop.consent import Purpose
from cloud.store import catalogue, consents, shoppers, visits
from cloud.store.catalogue import Stock
from cloud.store.shoppers import Profile
from cloud.store.visits import Visit
from cloud.web.language import Language
from contract.plan import Plan

MINUTE_MS = 60_000
TOLD_MS = 3 * MINUTE_MS
"""A minute of the floor is told a few seconds after it ended: this reaches back over the last two whole ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One switch of the consent form."""

    purpose: Purpose
    title: str
    words: str
    given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStore:
    """The store, and where in it the tag is."""

    title: str
    shelf: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductView:
    """All that the page needs, in the visitor's language."""

    product: Product
    picture: str | None
    stock: Stock
    together: tuple["Neighbour", ...]
    shop: ShownStore
    visit: Visit | None
    standing: frozenset[Purpose]
    offer: offers.Reasons | offers.Refusal
    last_message: int  # up to which the page has nothing to catch up


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A product beside another one."""

    product: Product
    picture: str | None


def gather(
    connection: sqlite3.Connection,
    *,
    product: Product,
    tag_id: str | None,
    visit: Visit | None,
    profile: Profile | None,
    language: Language,
    now_ms: int,
) -> ProductView:
    """The page's contents from one snapshot."""
    plan = catalogue.plan(connection)
    tag = catalogue.tag(connection, tag_id) if tag_id else None
    shelf = tag.shelf if tag and tag.gtin == product.gtin else None
    stock = catalogue.stock(connection, product.gtin)
    standing = consents.standing(connection, profile.person) if profile else frozenset()
    return ProductView(
        product=product,
        picture=picture_url(connection, product),
        stock=stock,
        together=tuple(neighbours(connection, product.goes_with)),
        shop=_shop(plan, shelf, language),
        visit=visit,
        standing=standing,
        last_message=shoppers.last_message(connection, profile.person) if profile else 0,
        offer=offers.decide(
            offers.Situation(
                consented=Purpose.OFFERS in standing,
                tapped_ms_ago=now_ms - visit.at_ms if visit else None,
                stock=stock.store,
                zone_person_ms=_people_time(connection, plan, shelf, now_ms),
                offered=bool(product.offer[language]),
            )
        ),
    )


def neighbours(connection: sqlite3.Connection, gtins: tuple[str, ...]) -> list[Neighbour]:
    """Those of these products that are on sale."""
    found = (catalogue.product(connection, gtin) for gtin in gtins[:4])
    return [Neighbour(product=p, picture=picture_url(connection, p)) for p in found if p and not p.retired]


def picture_url(connection: sqlite3.Connection, product: Product) -> str | None:
    """Where the product's picture is, or None where it has none."""
    digest = catalogue.picture_digest(connection, product.image) if product.image else None
    return digest and f"/picture/{digest}"


def visit_of(connection: sqlite3.Connection, digest: str | None, gtin: str, now_ms: int) -> Visit | None:
    """The visit that a token names, if it is of this product."""
    found = visits.visit(connection, digest, now_ms) if digest else None
    return found if found and found.gtin == gtin else None


def choices(texts: dict[Purpose, tuple[str, str]], standing: frozenset[Purpose]) -> tuple[Choice, ...]:
    """The switches, in texts of one language, as they stand."""
    return tuple(
        Choice(purpose=purpose, title=title, words=words, given=purpose in standing)
        for purpose, (title, words) in texts.items()
    )


def zone_of_shelf(plan: Plan | None, shelf: str | None) -> str | None:
    """The zone in which people stand who look at a shelf."""
    return next((s.zone for s in plan.shelves if s.id == shelf), None) if plan and shelf else None


def _people_time(connection: sqlite3.Connection, plan: Plan | None, shelf: str | None, now_ms: int) -> int | None:
    zone = zone_of_shelf(plan, shelf)
    return shoppers.people_time(connection, zone, now_ms - TOLD_MS) if zone else None


def _shop(plan: Plan | None, shelf: str | None, language: Language) -> ShownStore:
    if plan is None:
        return ShownStore(title="Aisle", shelf=None)
    found = next((s for s in plan.shelves if s.id == shelf), None)
    return ShownStore(title=getattr(plan.title, language), shelf=getattr(found.title, language) if found else None)
