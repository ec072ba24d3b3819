"""Small campaigns, people and moments to test offers with."""

import datetime as dt
from typing import Any

from cloud.offers.campaigns import Campaign, Content, Copy, CouponTerms
from cloud.offers.channels import Channel
from cloud.offers.rules import Rules, Trigger
from cloud.offers.situation import Considered, Moment, Person, Shown, Situation, Terms
from cloud.shop.consent import Purpose

TEA, CAKE = "09520000000011", "09520000000059"
NOON_MS = 1_795_230_000_000
"""A Saturday noon in Seoul."""


def person(**change: Any) -> Person:
    """Somebody who asked for offers."""
    return Person(**{"handle": "h", "consents": (Purpose.OFFERS,), **change})


def shown(at_ms: int, *, campaign: str = "other", text: str = "other", not_now: bool = False) -> Shown:
    return Shown(at_ms=at_ms, campaign=campaign, text=text, not_now=not_now)


def rules(name: str = "tea", **change: Any) -> Rules:
    told: dict[str, Any] = {
        "id": name,
        "version": 1,
        "trigger": Trigger.TAP,
        "channels": (Channel.PAGE, Channel.LIVE, Channel.PUSH),
        "priority": 50,
        "hold_out": 0.0,
        "begins_ms": 0,
        "ends_ms": NOON_MS + 10**12,
        "text": f"{name}-text",
    }
    return Rules(**{**told, **change})


def considered(name: str = "tea", **change: Any) -> Considered:
    return Considered(rules=rules(name, **change))


def good() -> Situation:
    """Everything is as it should be: the offer is sent to an open page."""
    return Situation(
        at_ms=NOON_MS,
        channel=Channel.LIVE,
        person=person(),
        moment=Moment(gtin=TEA, place="tea", tapped_ms_ago=3_000, zone_person_ms=9_000, stock=4),
        terms=Terms(),
        campaigns=(considered(),),
    )


def campaign(name: str = "tea", *, won: int = 0, words: str = "", **change: Any) -> Campaign:
    """A campaign of the whole year."""
    told: dict[str, Any] = {
        "id": name,
        "trigger": Trigger.TAP,
        "content": Content(
            ko=Copy(title="녹차", text=f"{words or name} 할인"), en=Copy(title="Tea", text=f"{words or name} less")
        ),
        "begins": dt.date(2026, 1, 1),
        "ends": dt.date(2027, 12, 31),
        "coupon": CouponTerms(won=won) if won else None,
    }
    return Campaign(**{**told, **change})


TOML = """
id = "tea-with-yakgwa"
trigger = "tap"
gtins = ["09520000000011"]
begins = 2026-11-22
ends = 2026-12-31

[content.ko]
title = "유기농 녹차"
text = "약과와 함께 사면 1,000원 할인"

[content.en]
title = "Organic green tea"
text = "₩1,000 off with yakgwa"

[coupon]
won = 1000
gtins = ["09520000000011", "09520000000059"]

[budget]
coupons = 50
won = 50000
"""
"""A campaign's file, with a coupon and a budget."""
