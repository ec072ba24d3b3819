"""A campaign as data: whom it is for, when it shows itself, what it says, what it gives and what it may cost."""

import datetime as dt
import enum
import hashlib
import re
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from cloud.gs1 import is_gtin14
from cloud.offers.channels import Channel
from cloud.offers.rules import Audience, Budget, Caps, Rules, Trigger, When
from contract.fields import Gtin, Name

_LINE = r"^[^\x00-\x1f\x7f]+$(?!\n)"
_LABEL_LIKE: Final = re.compile(r"[(\[（【<]\s*광\s*고\s*[)\]）】>]|[(\[]\s*(ad|advertisement)\s*[)\]]", re.IGNORECASE)
Won = Annotated[int, Meta(ge=1, le=10**9, description="whole won")]


class Standing(enum.StrEnum):
    """Whether a campaign runs."""

    RUNNING = "running"  # while its dates last
    PAUSED = "paused"  # somebody stopped it
    HARMED = "harmed"  # it stopped by itself: too many people did not want it
    ENDED = "ended"  # what it told of is gone, such as a product's own offer


class Copy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it says in one language; the label and the sender are put before it by themselves."""

    title: Annotated[str, Meta(min_length=1, max_length=120, pattern=_LINE)]  # what it is about
    text: Annotated[str, Meta(min_length=1, max_length=300, pattern=_LINE)]  # what is offered

    def __post_init__(self) -> None:
        """Raises ValueError where the words would carry a label of their own."""
        if _LABEL_LIKE.search(self.title) or _LABEL_LIKE.search(self.text):
            raise ValueError("the label (광고) is put there by itself; leave it out")


class Content(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words in both languages."""

    ko: Copy
    en: Copy


class CouponTerms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the campaign gives, the same to everybody who qualifies."""

    won: Won
    gtins: tuple[Gtin, ...] = ()  # all of these must be bought; the same one twice: two of it
    valid_days: Annotated[int, Meta(ge=1, le=90)] = 7

    def __post_init__(self) -> None:
        """Raises ValueError for a wrong check digit."""
        _check_gtins(self.gtins)


class Campaign(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of a campaign, as its TOML file tells it. It is never edited, only followed by another version."""

    id: Name
    trigger: Trigger
    content: Content
    begins: dt.date
    ends: dt.date  # the last day, in the store's time
    gtins: tuple[Gtin, ...] = ()  # of which product the moment must be; empty: of any
    zones: tuple[Name, ...] = ()  # in which zone of the plan; empty: in any
    channels: Annotated[tuple[Channel, ...], Meta(min_length=1)] = (Channel.PAGE, Channel.LIVE)
    priority: Annotated[int, Meta(ge=0, le=100)] = 50
    hold_out: Annotated[float, Meta(ge=0, le=0.5)] | None = None  # None: the store's own share
    when: When = When()
    audience: Audience = Audience()
    coupon: CouponTerms | None = None
    budget: Budget = Budget()
    caps: Caps = Caps()

    def __post_init__(self) -> None:
        """Raises ValueError where parts of it contradict each other."""
        _check_gtins(self.gtins)
        if self.ends < self.begins:
            raise ValueError(f"ends ({self.ends}) must not be before begins ({self.begins})")
        if self.budget.coupons is not None and self.coupon is None:
            raise ValueError("budget.coupons is for a campaign with a [coupon]")
        if self.budget.won is not None and self.coupon is None:
            raise ValueError("budget.won is for a campaign with a [coupon]")
        if self.trigger is Trigger.RESTOCK and not self.gtins:
            raise ValueError("gtins must name the products whose restock it waits for")

    @property
    def text(self) -> str:
        """A fingerprint of the words: nobody gets the same ones twice in 30 days, whichever campaign says them."""
        both = (self.content.ko.title, self.content.ko.text, self.content.en.title, self.content.en.text)
        return hashlib.sha256("\n".join(both).encode()).hexdigest()[:16]


def rules(campaign: Campaign, *, version: int, zone: str, hold_out: float) -> Rules:
    """The campaign as the decision knows it; its days are those of the store's time `zone`."""
    return Rules(
        id=campaign.id,
        version=version,
        trigger=campaign.trigger,
        channels=campaign.channels,
        priority=campaign.priority,
        hold_out=hold_out if campaign.hold_out is None else campaign.hold_out,
        begins_ms=midnight_ms(campaign.begins, zone),
        ends_ms=midnight_after(campaign, zone),
        gtins=campaign.gtins,
        zones=campaign.zones,
        stocked=tuple(dict.fromkeys(campaign.coupon.gtins)) if campaign.coupon else (),
        coupon_won=campaign.coupon.won if campaign.coupon else 0,
        text=campaign.text,
        when=campaign.when,
        audience=campaign.audience,
        budget=campaign.budget,
        caps=campaign.caps,
    )


def midnight_ms(day: dt.date, zone: str) -> int:
    """The moment at which a day begins there."""
    return int(dt.datetime.combine(day, dt.time(), ZoneInfo(zone)).timestamp() * 1000)


def midnight_after(campaign: Campaign, zone: str) -> int:
    """The moment from which the campaign is over: the end of its last day there."""
    return midnight_ms(campaign.ends + dt.timedelta(days=1), zone)


def encode(campaign: Campaign) -> str:
    """The campaign as JSON, always the same for the same campaign."""
    return msgspec.json.encode(campaign).decode()


def decode(body: str) -> Campaign:
    """A campaign from its JSON. Raises msgspec.ValidationError."""
    return msgspec.json.decode(body, type=Campaign)


def without_label(text: str) -> str:
    """The words without a label of their own."""
    return _LABEL_LIKE.sub("", text).strip()


def _check_gtins(gtins: tuple[str, ...]) -> None:
    for gtin in gtins:
        if not is_gtin14(gtin):
            raise ValueError(f"{gtin} has a wrong check digit; a GTIN has 14 digits")
