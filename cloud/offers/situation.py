"""All that a decision may know, frozen: it is written down whole, so that the decision can be made again."""

from msgspec import Struct

from cloud.offers.channels import Channel
from cloud.offers.rules import Rules
from cloud.shop.consent import Purpose
from cloud.shop.preferences import Hours


class Shown(Struct, frozen=True, array_like=True):
    """An offer that this person saw, on whichever phone and channel."""

    at_ms: int
    campaign: str
    text: str  # the fingerprint of its words
    not_now: bool = False  # and what they answered


class Person(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The shopper, by what they chose and what they were shown; nothing tells who it is."""

    handle: str
    consents: tuple[Purpose, ...] = ()  # in the order of their values
    suppressed: bool = False
    hours: tuple[Hours, ...] = ()  # what is sent needs a minute that is in all of them
    muted: tuple[str, ...] = ()  # zones of the plan of which they want to hear nothing
    fewer: bool = False  # half of what the store's caps allow, and never two in 24 hours
    language: str = "ko"
    shown: tuple[Shown, ...] = ()  # of the last 30 days, the oldest first


class Moment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happened, and what the floor knows of the place: the zone and the minute, never who it was."""

    gtin: str = ""  # the product, where there is one
    place: str | None = None  # the zone of the plan
    tapped_ms_ago: int | None = None  # since the signed tap or the card's; None without one
    zone_person_ms: int | None = None  # people × time in the zone in the last told minutes; None: not seen
    stock: int | None = None  # of that product; None: nobody counts
    away_days: int | None = None  # since the last tap before this one; None: none is known
    tapped: tuple[tuple[str, int], ...] = ()  # what the shopper tapped and let us remember: GTIN and when, in ms


class Considered(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A campaign that comes into question, and how it stands."""

    rules: Rules
    shown: int = 0  # times, to anybody
    coupons: int = 0  # out or redeemed
    won: int = 0  # that these are worth
    stock: int | None = None  # the least of the products that it also needs; None: of one of them nobody counts
    has_coupon: bool = False  # this person has one of it, or had


class Terms(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The store's own rules for all campaigns."""

    zone: str = "Asia/Seoul"  # whose night and hours count
    hold_out: float = 0.1
    per_day: int = 3
    per_week: int = 10
    rest_hours: int = 24  # after a "not now"
    sender: bool = True  # whether the store has said who advertises


class Situation(Struct, frozen=True, kw_only=True):
    """One shopper, one moment, one channel, and the campaigns that come into question, each once."""

    at_ms: int
    channel: Channel
    person: Person
    moment: Moment
    terms: Terms
    campaigns: tuple[Considered, ...]
