"""The parts of a campaign that decide: small, frozen, and kept whole in each decision's record."""

import enum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from cloud.offers.channels import Channel
from contract.fields import Gtin

Count = Annotated[int, Meta(ge=1, le=10**9)]


class Trigger(enum.StrEnum):
    """What makes a campaign come into question."""

    TAP = "tap"  # a signed tap of a phone, or the shopper's own card at a reader
    DWELL = "dwell"  # people stay at the shelf that the shopper has tapped, while the page is open
    RESTOCK = "restock"  # a product that the shopper tapped is there again
    RETURN = "return"  # a tap after many days without one


class When(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What must be so at that moment."""

    tapped_min: Annotated[int, Meta(ge=1, le=60)] = 15  # the tap is not older
    stopped_s: Annotated[int, Meta(ge=0, le=3_600)] = 5  # people × time at the shelf in the last minutes; 0: no matter
    away_days: Annotated[int, Meta(ge=1, le=90)] = 14  # for a return: days since the last tap before this one


class Audience(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whom it is for, by what shoppers let us keep; never by who they are."""

    languages: tuple[Literal["ko", "en"], ...] = ()  # empty: all
    tapped: tuple[Gtin, ...] = ()  # who tapped one of these and let us remember it; empty: no matter
    tapped_days: Annotated[int, Meta(ge=1, le=90)] = 30


class Budget(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What it may cost in all its versions together; None: no bound."""

    shown: Count | None = None  # times it is shown
    coupons: Count | None = None  # coupons that are out or redeemed
    won: Count | None = None  # won that these coupons are worth


class Caps(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How often one person sees this campaign, beside the store's own caps on all campaigns."""

    per_day: Annotated[int, Meta(ge=1, le=100)] = 1
    per_week: Annotated[int, Meta(ge=1, le=700)] = 2


class Rules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of a campaign, without its words."""

    id: str
    version: int
    trigger: Trigger
    channels: tuple[Channel, ...]
    priority: int
    hold_out: float  # 0 to 0.5
    begins_ms: int
    ends_ms: int  # from here on it is over
    gtins: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    stocked: tuple[str, ...] = ()  # products that must be there beside the one of the moment
    coupon_won: int = 0  # 0: it gives no coupon
    text: str  # the fingerprint of its words
    when: When = When()
    audience: Audience = Audience()
    budget: Budget = Budget()
    caps: Caps = Caps()


def concerns(rules: Rules, *, trigger: Trigger, channel: Channel, gtin: str, place: str | None, at_ms: int) -> bool:
    """Whether the campaign comes into question at a moment: of its kind, on its ways, at its product, in its days."""
    return (
        rules.trigger is trigger
        and channel in rules.channels
        and rules.begins_ms <= at_ms < rules.ends_ms
        and (not rules.gtins or gtin in rules.gtins)
        and (not rules.zones or place in rules.zones)
    )
