"""What a shopper tapped, as their own page lists it: the product, the place and the time."""

import sqlite3
from collections import Counter
from dataclasses import dataclass

from cloud.shop import origin, wording
from cloud.shop.catalogue import Product
from cloud.shop.consent import Purpose
from cloud.store import catalogue, consents, plans, visits
from cloud.store.shoppers import Profile
from cloud.store.visits import Visit
from cloud.web.language import Language

MOST = 20
_LOOKED_AT = 500
"""Of the newest taps; of a regular customer's products none that is still on their mind is older."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """One product that the shopper tapped and let us remember."""

    visit: Visit  # the last one
    times: int
    product: Product
    picture: str | None  # its link
    place: str | None  # the shelf's title


@dataclass(frozen=True, slots=True, kw_only=True)
class TapsView:
    """The products of the newest taps, how many taps there are, and whether new ones are kept."""

    shown: tuple[Remembered, ...]
    count: int
    kept: bool
    title: str  # of the choice under which they are kept


def taps_view(connection: sqlite3.Connection, profile: Profile, language: Language) -> TapsView:
    """The taps of this profile's person."""
    seen = visits.of_person(connection, profile.person, _LOOKED_AT)
    last = {visit.gtin: visit for visit in reversed(seen)}
    times = Counter(visit.gtin for visit in seen)
    shown = [
        Remembered(
            visit=visit,
            times=times[visit.gtin],
            product=product,
            picture=_picture(connection, product),
            place=_place(connection, visit, language),
        )
        for visit in sorted(last.values(), key=lambda each: -each.at_ms)[:MOST]
        if (product := catalogue.product(connection, visit.gtin))
    ]
    return TapsView(
        shown=tuple(shown),
        count=visits.count_of_person(connection, profile.person),
        kept=Purpose.HISTORY in consents.standing(connection, profile.person),
        title=wording.texts(Purpose.HISTORY, language).title,
    )


def _place(connection: sqlite3.Connection, visit: Visit, language: Language) -> str | None:
    tag = catalogue.tag(connection, visit.tag) if visit.tag else None
    if tag is None or not tag.shelf:
        return None
    title = origin.places(plans.plan_now(connection), {tag.id: tag.shelf}).get(tag.id)
    return getattr(title, language) if title else None


def _picture(connection: sqlite3.Connection, product: Product) -> str | None:
    digest = catalogue.picture_digest(connection, product.image) if product.image else None
    return digest and f"/picture/{digest}"
