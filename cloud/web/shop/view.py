"""What a product's page shows to the one who looks at it, beside what it shows to everybody."""

import sqlite3
from dataclasses import dataclass

from cloud.shop.consent import Purpose
from cloud.store import catalogue, consents, receipts, requests, reviews, shoppers, visits, wishes
from cloud.store.catalogue import Stock
from cloud.store.requests import Asked
from cloud.store.shoppers import Profile
from cloud.store.visits import Visit
from cloud.web.language import Language
from cloud.web.shop.sheet import Neighbour, Sheet, neighbours
from contract.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStore:
    """The store, and where in it the tag is."""

    title: str
    shelf: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What of the page is a known shopper's."""

    standing: frozenset[Purpose] = frozenset()
    wished: bool = False
    awaited: bool = False  # they asked to be told when it is back
    reviewed: bool = False
    request: Asked | None = None  # what they wait for of the staff
    again: bool = False  # they were asked whether their consent to advertising still stands
    last_message: int = 0  # up to which the page has nothing to catch up


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductView:
    """All that the page needs, in the visitor's language; two that are equal make the same page."""

    sheet: Sheet
    stock: Stock
    shop: ShownStore
    own: Own | None  # None: nobody whom the store knows
    before: Neighbour | None  # what was looked at before, to compare with
    place: str | None  # the zone in which people stand who look at the shelf


def gather(
    connection: sqlite3.Connection,
    *,
    sheet: Sheet,
    tag_id: str | None,
    came_from: str | None,
    profile: Profile | None,
    language: Language,
) -> ProductView:
    """The page's contents from one snapshot; `came_from` is the product that a link of ours led here from."""
    product = sheet.product
    tag = catalogue.tag(connection, tag_id) if tag_id else None
    shelf = tag.shelf if tag and tag.gtin == product.gtin else None
    stock = catalogue.stock(connection, product.gtin)
    own = own_of(connection, profile, product.gtin) if profile else None
    before = came_from or (_tapped_before(connection, profile, own, product.gtin) if profile and own else None)
    return ProductView(
        sheet=sheet,
        stock=stock,
        shop=shop_of(sheet.plan, shelf, language),
        own=own,
        before=_other(connection, before, product.gtin),
        place=zone_of_shelf(sheet.plan, shelf),
    )


def own_of(connection: sqlite3.Connection, profile: Profile, gtin: str) -> Own:
    """What a known shopper has to do with a product."""
    mine = requests.of_person(connection, profile.person, most=5)
    return Own(
        standing=consents.standing(connection, profile.person),
        wished=wishes.wished(connection, profile.person, gtin),
        awaited=wishes.asked(connection, profile.person, gtin),
        reviewed=reviews.own(connection, profile.person, gtin) is not None,
        request=next((each for each in mine if each.state.open), None),
        again=receipts.asked_again(connection, profile.person),
        last_message=shoppers.last_message(connection, profile.person),
    )


def _tapped_before(connection: sqlite3.Connection, profile: Profile, own: Own, gtin: str) -> str | None:
    """The last other product that a shopper tapped who lets us remember that."""
    if Purpose.HISTORY not in own.standing:
        return None
    seen = visits.of_person(connection, profile.person, most=10)
    return next((visit.gtin for visit in seen if visit.gtin != gtin), None)


def _other(connection: sqlite3.Connection, gtin: str | None, here: str) -> Neighbour | None:
    found = catalogue.product(connection, gtin) if gtin and gtin != here else None
    return next(iter(neighbours(connection, [found])), None) if found else None


def visit_of(connection: sqlite3.Connection, digest: str | None, gtin: str, now_ms: int) -> Visit | None:
    """The visit that a token names, if it is of this product."""
    found = visits.visit(connection, digest, now_ms) if digest else None
    return found if found and found.gtin == gtin else None


def zone_of_shelf(plan: Plan | None, shelf: str | None) -> str | None:
    """The zone in which people stand who look at a shelf."""
    return next((s.zone for s in plan.shelves if s.id == shelf), None) if plan and shelf else None


def shop_of(plan: Plan | None, shelf: str | None, language: Language) -> ShownStore:
    """The store's name, and the shelf's, as a visitor reads them."""
    if plan is None:
        return ShownStore(title="Aisle", shelf=None)
    found = next((s for s in plan.shelves if s.id == shelf), None)
    return ShownStore(title=getattr(plan.title, language), shelf=getattr(found.title, language) if found else None)
