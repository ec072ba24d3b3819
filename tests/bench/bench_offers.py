"""Decisions on offers with 100 campaigns in a real store, at 1,000 and at 100,000 profiles.

Each decision is a page opened by another shopper: everything is read, decided, recorded and counted, as the program
does it; all campaigns come into question. The ratio is the one figure that a busy machine cannot turn: the cost at
100,000 profiles by that at 1,000, measured in turns. Prints one JSON object on its last line.
"""

import datetime as dt
import json
import secrets
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cloud.offers.campaigns import Campaign, Content, Copy, CouponTerms
from cloud.offers.house import House
from cloud.offers.moments import Opened, opened
from cloud.offers.rules import Trigger
from cloud.shop.catalogue import Product, Words
from cloud.shop.consent import Purpose
from cloud.shop.messages import Both, Sender
from cloud.store import campaigns, catalogue
from cloud.store.connection import Store

NOW_MS: Final = 1_795_230_000_000
TEA: Final = "09520000000011"
FEW, MANY, CAMPAIGNS = 1_000, 100_000, 100
DECISIONS, WARM = 900, 50  # together no more than FEW: nobody comes twice
HOUSE: Final = House(sender=Sender(name=Both(ko="가게", en="Store"), contact="02-123-4567"))


@dataclass(slots=True)
class Shop:
    """A store with so many profiles, and how long its decisions took."""

    store: Store
    profiles: int
    visit: int = 0
    decided_ms: list[float] = field(default_factory=list)
    committed_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    shown: int = 0

    def decide(self, *, keep: bool = True) -> None:
        """One page of a shopper who was not here before."""
        self.visit += 1
        person = self.visit * 61 % self.profiles + 1
        page = Opened(profile=person, person=person, visit=self.visit, tapped_ms=NOW_MS - 2_000, gtin=TEA, place="tea")
        began = time.perf_counter()
        with self.store.atomic() as connection:
            asked, cpu = time.perf_counter(), time.thread_time()
            settled = opened(connection, HOUSE, page, now_ms=NOW_MS, random=secrets.token_bytes)
            decided, spent = time.perf_counter(), time.thread_time() - cpu
        ended = time.perf_counter()
        assert settled is not None
        if keep:
            self.shown += settled.showing is not None
            self.decided_ms.append(1_000 * (decided - asked))
            self.cpu_ms.append(1_000 * spent)
            self.committed_ms.append(1_000 * (ended - began))


@contextmanager
def shop(directory: Path, profiles: int) -> Iterator[Shop]:
    """The store, filled."""
    directory.mkdir()
    store = Store(directory, new_store_id="0" * 32)
    with store.atomic() as connection:
        name = Words(ko="녹차", en="Tea")
        catalogue.put_products(connection, [Product(gtin=TEA, name=name, price=12_800, stock=10**6)])
        connection.execute("INSERT INTO occupancy_sums VALUES (60000, 'tea', ?, 60000, 60000, 9000, 1)", (NOW_MS,))
        for number in range(CAMPAIGNS):
            campaigns.add(connection, _campaign(number), NOW_MS)
        connection.executemany(
            "INSERT INTO profiles (id, person, handle, language, begun_ms, seen_ms) VALUES (?, ?, ?, 'ko', ?, ?)",
            ((n, n, f"handle-{n}", NOW_MS, NOW_MS) for n in range(1, profiles + 1)),
        )
        connection.executemany(
            """INSERT INTO consents (profile, purpose, given, text_version, language, at_ms, proof)
               VALUES (?, ?, 1, '2026-11-22', 'ko', ?, 'bench')""",
            ((n, purpose, NOW_MS) for n in range(1, profiles + 1) for purpose in (Purpose.HISTORY, Purpose.OFFERS)),
        )
        connection.executemany(
            "INSERT INTO visits (digest, at_ms, tag, gtin, signed, counter, profile) VALUES (?, ?, 't', ?, 1, ?, ?)",
            (
                (f"{n}-{back}", NOW_MS - back * 86_400_000, TEA, back, n)
                for n in range(1, profiles + 1)
                for back in (3, 20)
            ),
        )
        _remember(connection, profiles)
    try:
        yield Shop(store=store, profiles=profiles)
    finally:
        store.close()


def _remember(connection: sqlite3.Connection, profiles: int) -> None:
    """Each shopper saw two offers in the last weeks."""
    connection.executemany(
        "INSERT INTO decisions (id, profile, at_ms, channel, outcome, record) VALUES (?, ?, ?, 'page', 'shown', '{}')",
        ((n, n, NOW_MS - 9 * 86_400_000) for n in range(1, profiles + 1)),
    )
    connection.executemany(
        """INSERT INTO showings (profile, decision, campaign, version, text, channel, gtin, source, at_ms)
           VALUES (?, ?, 'older', 1, ?, 'page', ?, ?, ?)""",
        (
            (n, n, f"older-{back}", TEA, f"older visit {n}-{back}", NOW_MS - back * 86_400_000)
            for n in range(1, profiles + 1)
            for back in (9, 20)
        ),
    )


def _campaign(number: int) -> Campaign:
    return Campaign(
        id=f"campaign-{number}",
        trigger=Trigger.TAP,
        content=Content(
            ko=Copy(title="녹차", text=f"{number}번 혜택"), en=Copy(title="Tea", text=f"offer number {number}")
        ),
        begins=dt.date(2026, 1, 1),
        ends=dt.date(2027, 12, 31),
        gtins=(TEA,),
        priority=number % 100,
        coupon=CouponTerms(won=500) if number % 2 else None,
    )


def _at(share: float, times: list[float]) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def main() -> int:
    """Measures in turns, so that what else the machine does falls on both."""
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        few = stack.enter_context(shop(Path(directory) / "few", FEW))
        many = stack.enter_context(shop(Path(directory) / "many", MANY))
        for each in (few, many):
            for _ in range(WARM):
                each.decide(keep=False)
        for _ in range(DECISIONS):
            few.decide()
            many.decide()
        told = {
            "bench": "offers",
            "profiles": MANY,
            "campaigns_in_question": CAMPAIGNS,
            "decisions": DECISIONS,
            "shown": many.shown,
            "decision_p50_ms": round(_at(0.5, many.decided_ms), 2),
            "decision_p99_ms": round(_at(0.99, many.decided_ms), 2),
            "decision_cpu_p50_ms": round(_at(0.5, many.cpu_ms), 2),
            "decision_cpu_p99_ms": round(_at(0.99, many.cpu_ms), 2),
            "with_commit_p50_ms": round(_at(0.5, many.committed_ms), 2),
            "with_commit_p99_ms": round(_at(0.99, many.committed_ms), 2),
            "ratio_to_1000_profiles": round(_at(0.5, many.cpu_ms) / _at(0.5, few.cpu_ms), 2),
        }
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
