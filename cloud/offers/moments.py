"""What a shopper does that may bring an offer: on a page it is decided at once, the rest becomes candidates."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cloud.offers.channels import Channel
from cloud.offers.gathering import Happening, gather
from cloud.offers.house import House
from cloud.offers.rules import Trigger
from cloud.offers.settling import Settled, settle
from cloud.shop.consent import Purpose
from cloud.store import campaigns, candidates, consents, decisions, stops

FRESH_MS: Final = 15 * 60_000
"""A tap counts for as long as its visit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A known shopper opened the page of a product by a signed tap."""

    profile: int
    person: int
    visit: int
    tapped_ms: int
    gtin: str
    place: str | None  # the zone of the shelf


def source_of(visit: int) -> str:
    """By which a visit's offer is found again when its page is read again."""
    return f"visit {visit}"


def opened(
    connection: sqlite3.Connection, house: House, page: Opened, *, now_ms: int, random: Callable[[int], bytes]
) -> Settled | None:
    """Decides on an offer for the page, once it is shown for the whole visit; None where it was shown before.

    Call inside a transaction of the writer.
    """
    source = source_of(page.visit)
    if decisions.shown_for(connection, page.person, source):
        return None
    happening = Happening(
        channel=Channel.PAGE,
        triggers=(Trigger.TAP, Trigger.RETURN),
        gtin=page.gtin,
        place=page.place,
        tapped_ms=page.tapped_ms,
    )
    situation = gather(connection, house, page.person, happening, now_ms)
    if situation is None:
        return None
    settled = settle(connection, situation, profile_id=page.profile, source=source)
    if settled.showing is not None:
        stops.url(connection, page.profile, random)  # made now, for the page that only reads
    elif Purpose.OFFERS in consents.standing(connection, page.person):
        _watch(connection, page, source)
    return settled


def _watch(connection: sqlite3.Connection, page: Opened, source: str) -> None:
    """While the page is open, people who stay at its shelf may bring an offer."""
    if page.place is None or not campaigns.running(connection, (Trigger.DWELL,)):
        return
    candidates.put(
        connection,
        profile=page.profile,
        trigger=Trigger.DWELL,
        gtin=page.gtin,
        place=page.place,
        source=source,
        at_ms=page.tapped_ms,
        expires_ms=page.tapped_ms + FRESH_MS,
    )
