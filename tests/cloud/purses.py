"""Shoppers with points, in a database in memory or a served store, for the tests of points and of the till."""

import datetime as dt
import itertools
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from cloud.offers.campaigns import Campaign, Content, Copy, CouponTerms
from cloud.offers.rules import Trigger
from cloud.points.earning import Earned, Earner
from cloud.points.rates import Scheme
from cloud.points.spending import Spender
from cloud.shop.consent import Entry, Purpose
from cloud.shop.tokens import digest
from cloud.store import campaigns, consents, coupons, points, sales, shoppers
from cloud.store.coupons import Coupon
from cloud.store.migrations import migrate
from cloud.store.shoppers import Profile
from tests.cloud.served import Served, served
from tests.cloud.shop import NOON_MS, TEA

TOKEN = "t" * 22
_handles = itertools.count()


@contextmanager
def books() -> Iterator[sqlite3.Connection]:
    """An empty database with every table, in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("BEGIN")
    migrate(connection)
    connection.execute("COMMIT")
    try:
        yield connection
    finally:
        connection.close()


def shopper(connection: sqlite3.Connection, *purposes: Purpose, now_ms: int = NOON_MS) -> Profile:
    """Somebody who agreed to these."""
    number = shoppers.begin(connection, handle=f"handle-{next(_handles)}", language="ko", now_ms=now_ms)
    say(connection, number, *purposes, given=True, now_ms=now_ms)
    return shoppers.members(connection, number)[0]


def say(
    connection: sqlite3.Connection, profile_id: int, *purposes: Purpose, given: bool, now_ms: int = NOON_MS
) -> None:
    """Gives or withdraws consents."""
    for purpose in purposes:
        entry = Entry(purpose=purpose, given=given, text_version="1", language="ko", at_ms=now_ms, proof="test")
        consents.write(connection, profile_id, entry, nonce=os.urandom(32))


def join(connection: sqlite3.Connection, one: Profile, other: Profile) -> tuple[Profile, Profile]:
    """Both phones are one person's now."""
    connection.execute("UPDATE profiles SET person = ? WHERE id = ?", (one.person, other.id))
    first, second = shoppers.members(connection, one.person)
    return first, second


def earner(scheme: Scheme | None = None) -> Earner:
    return Earner(scheme=scheme or Scheme(), random=os.urandom)


def spender(scheme: Scheme | None = None) -> Spender:
    return Spender(scheme=scheme or Scheme(), random=os.urandom)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """A store that is served, and its till."""

    site: Served
    client: httpx.Client

    def customer(self, balance: int = 0, *purposes: Purpose) -> Profile:
        """A shopper with so many points, earned by one sale at noon."""
        with self.site.shop.store.atomic() as connection:
            profile = shopper(connection, *(purposes or (Purpose.HISTORY,)))
            if balance:
                rates = earner().scheme.rates
                paid = balance * 1_000 // rates.sale_per_mille
                got = earner().sale(connection, profile, -profile.id, paid, self.site.shop.clock.now_ms)
                assert isinstance(got, Earned)
                assert got.points == balance
        return profile

    def code(self, profile: Profile) -> dict[str, str]:
        """What the shopper shows at the till."""
        text = f"{profile.id:08}"
        with self.site.shop.store.atomic() as connection:
            connection.execute(
                "INSERT INTO member_codes VALUES (?, ?, ?, ?)",
                (text, profile.id, self.site.shop.clock.now_ms, self.site.shop.clock.now_ms + 600_000),
            )
        return {"code": text}

    def coupon(self, profile: Profile, *, won: int, gtins: tuple[str, ...] = (), name: str = "tea-week") -> str:
        """A coupon that the shopper claimed; its code."""
        words = Copy(title="Tea", text=f"{won} off")
        campaign = Campaign(
            id=name,
            trigger=Trigger.TAP,
            content=Content(ko=words, en=words),
            begins=dt.date(2026, 11, 1),
            ends=dt.date(2026, 12, 1),
            coupon=CouponTerms(won=won, gtins=gtins),
        )
        now_ms = self.site.shop.clock.now_ms
        with self.site.shop.store.atomic() as connection:
            version = campaigns.add(connection, campaign, now_ms)
            claimed = coupons.claim(
                connection,
                profile_id=profile.id,
                person=profile.person,
                campaign=campaign,
                version=version,
                ends_ms=now_ms + 86_400_000,
                now_ms=now_ms,
                random=os.urandom,
            )
        assert isinstance(claimed, Coupon)
        return claimed.code

    def sell(self, body: dict[str, object], **headers: str) -> httpx.Response:
        return self.client.post("/v1/sales", json=body, headers=headers)

    def balance(self, profile: Profile) -> int:
        with self.site.shop.store.reading() as connection:
            return sum(lot.left for lot in points.lots(connection, profile.person))

    def audit(self) -> points.Audit:
        with self.site.shop.store.reading() as connection:
            return points.audit(connection)

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        with self.site.shop.store.reading() as connection:
            return connection.execute(question).fetchall()


@contextmanager
def counter(directory: Path) -> Iterator[Counter]:
    """A served store with one till, known by its token."""
    with served(directory) as site:
        with site.shop.store.atomic() as connection:
            sales.put_till(connection, name="till-1", digest=digest(TOKEN), now_ms=0)
        with site.client(authorization=f"Bearer {TOKEN}") as client:
            yield Counter(site=site, client=client)


def receipt(sale: str = "A-1", quantity: int = 2, **more: object) -> dict[str, object]:
    """A sale of tea at noon; two pieces cost 25,600."""
    line = {"gtin": TEA, "quantity": quantity, "amount": 12_800 * quantity}
    return {"sale": sale, "at": NOON_MS, "currency": "KRW", "lines": [line], **more}
