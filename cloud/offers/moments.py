"""What a shopper does that may bring an offer: on a page it is decided at once, the rest becomes candidates."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cloud.offers.campaigns import Standing
from cloud.offers.channels import Channel
from cloud.offers.gathering import Happening, gather
from cloud.offers.house import House
from cloud.offers.rules import Trigger
from cloud.offers.settling import Settled, settle
from cloud.shop.consent import Purpose
from cloud.store import campaigns, candidates, consents, coupons, decisions, stops
from cloud.store.coupons import State
from cloud.store.decisions import Showing

FRESH_MS: Final = 15 * 60_000
"""A tap counts for as long as its visit."""
STANDS_MS: Final = 2 * 3_600_000
"""A walk through the store: for so long a coupon that was offered stays on its product's page."""


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


def standing(connection: sqlite3.Connection, person: int, visit: int, gtin: str, now_ms: int) -> Showing | None:
    """The offer of a visit's page: the one chosen for it, or a coupon offered on this product's page a short while ago
    that the person can still take or use; None where one is to be chosen. Tapping again must not cost anybody a coupon.
    """
    chosen = decisions.shown_for(connection, person, source_of(visit))
    if chosen:
        return chosen
    shown = decisions.on_page(connection, person, gtin, since_ms=now_ms - STANDS_MS)
    return next((it for it in shown if _holds(connection, person, it, now_ms)), None)


def _holds(connection: sqlite3.Connection, person: int, shown: Showing, now_ms: int) -> bool:
    campaign = campaigns.version(connection, shown.campaign, shown.version)
    head = campaigns.head(connection, shown.campaign)
    if campaign is None or campaign.coupon is None or head is None:
        return False
    coupon = coupons.of_campaign(connection, person, campaign.id)
    if coupon:
        return coupon.state is State.OPEN and now_ms < coupon.expires_ms
    return head.standing is Standing.RUNNING


def opened(
    connection: sqlite3.Connection, house: House, page: Opened, *, now_ms: int, random: Callable[[int], bytes]
) -> Settled | None:
    """Decides on an offer for the page, once it is shown for the whole visit; None where it was shown before.

    Call inside a transaction of the writer.
    """
    source = source_of(page.visit)
    if standing(connection, page.person, page.visit, page.gtin, now_ms):
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
