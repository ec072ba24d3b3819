"""Whether to show the store's offer on a product, and the reasons for it in the order in which they decide."""

import enum
from dataclasses import dataclass


class Refusal(enum.StrEnum):
    """Why there is no offer; each is counted."""

    NO_CONSENT = "no-consent"  # the shopper did not ask for offers
    NIGHT = "night"  # from 21:00 to 08:00 nothing is pushed; a page that the shopper opens may still show it
    NOT_TAPPED = "not-tapped"  # no fresh signed tap: anybody may open a link
    NO_STOCK = "no-stock"  # nothing is left, or nobody counts it
    NOT_STOPPED = "not-stopped"  # nobody stayed at this shelf in the last minutes, or nobody could see
    NO_OFFER = "no-offer"  # the store has none on this product


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known at this moment. The floor knows the zone and the minute, never who it was."""

    consented: bool
    tapped_ms_ago: int | None  # since the signed tap of this visit; None without one
    stock: int | None
    zone_person_ms: int | None  # people × time at the shelf in the last two told minutes; None: not seen
    offered: bool  # the store has an offer on this product
    night: bool = False  # it would be pushed, and it is night


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """What decided for an offer, for the shopper who asks why."""

    tapped_s_ago: int
    people_seconds: int
    stock: int


FRESH_MS = 15 * 60_000
"""A tap counts for as long as its visit."""

STOPPED_MS = 5_000
"""A stop is a stay of 5 s, everywhere."""


def decide(now: Situation) -> Reasons | Refusal:
    """The first rule that refuses, else the reasons."""
    if not now.consented:
        return Refusal.NO_CONSENT
    if now.night:
        return Refusal.NIGHT
    if now.tapped_ms_ago is None or now.tapped_ms_ago > FRESH_MS:
        return Refusal.NOT_TAPPED
    if not now.stock or now.stock < 0:
        return Refusal.NO_STOCK
    if now.zone_person_ms is None or now.zone_person_ms < STOPPED_MS:
        return Refusal.NOT_STOPPED
    if not now.offered:
        return Refusal.NO_OFFER
    return Reasons(tapped_s_ago=now.tapped_ms_ago // 1000, people_seconds=now.zone_person_ms // 1000, stock=now.stock)
