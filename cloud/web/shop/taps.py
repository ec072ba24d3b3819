"""What a shopper tapped, as their own page lists it: the product, the place and the time."""

import sqlite3
from dataclasses import dataclass

from cloud.shop import origin, wording
from cloud.shop.catalogue import Product
from cloud.shop.consent import Purpose
from cloud.store import catalogue, consents, visits
from cloud.store.shoppers import Profile
from cloud.store.visits import Visit
from cloud.web.language import Language

MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """One tap that the shopper let us remember."""

    visit: Visit
    product: Product
    picture: str | None  # its link
    place: str | None  # the shelf's title


@dataclass(frozen=True, slots=True, kw_only=True)
class TapsView:
    """The newest taps, how many there are, and whether new ones are kept."""

    shown: tuple[Remembered, ...]
    count: int
    kept: bool
    title: str  # of the choice under which they are kept


def taps_view(connection: sqlite3.Connection, profile: Profile, language: Language) -> TapsView:
    """The taps of this profile's person."""
    seen = visits.of_person(connection, profile.person, MOST)
    shelves = {v.tag: tag.shelf for v in seen if v.tag and (tag := catalogue.tag(connection, v.tag)) and tag.shelf}
    places = origin.places(catalogue.plan(connection), shelves)
    shown = []
    for visit in seen:
        if product := catalogue.product(connection, visit.gtin):
            place = places.get(visit.tag or "")
            shown.append(
                Remembered(
                    visit=visit,
                    product=product,
                    picture=_picture(connection, product),
                    place=getattr(place, language) if place else None,
                )
            )
    return TapsView(
        shown=tuple(shown),
        count=visits.count_of_person(connection, profile.person),
        kept=Purpose.HISTORY in consents.standing(connection, profile.person),
        title=wording.texts(Purpose.HISTORY, language).title,
    )


def _picture(connection: sqlite3.Connection, product: Product) -> str | None:
    digest = catalogue.picture_digest(connection, product.image) if product.image else None
    return digest and f"/picture/{digest}"
