"""A past as files: the nodes' batches, the till's sales, and the truth of each day."""

import csv
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from contract.events import Event
from contract.messages import encode_batch, encode_event
from firmware_sim.past.day import Day, days, truth
from firmware_sim.past.season import Season
from firmware_sim.past.shopper import Layout
from firmware_sim.past.telling import Sights, told
from firmware_sim.town.store import Store

AT_ONCE = 300
"""Events of one batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Which days: so many that end with `until`, by the store's calendar; nothing that happens after `until`."""

    days: int
    until: dt.datetime
    zone: ZoneInfo
    seed: int


def write(store: Store, season: Season, past: Past, folder: Path, *, say: Callable[[str], None]) -> None:
    """Writes batches.jsonl, sales.csv and truth.jsonl. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    last = past.until.astimezone(past.zone).date()
    first = last - dt.timedelta(days=past.days - 1)
    until_ms = round(past.until.timestamp() * 1000)
    layout, sights = Layout(store), Sights(plan=store.plan)
    sequences: dict[str, int] = {}
    with (
        (folder / "batches.jsonl").open("wb") as batches,
        (folder / "sales.csv").open("w", encoding="utf-8", newline="") as sold,
        (folder / "truth.jsonl").open("w", encoding="utf-8") as truths,
    ):
        sales = csv.writer(sold)
        sales.writerow(("sale", "at", "gtin", "quantity", "amount"))
        for day in days(season, {first: layout}, past.zone, past.seed, last=last):
            over = until_of(day, until_ms)
            for node, events in told(over, sights, season, past.seed).items():
                known = [event for event in events if event.at < until_ms]
                for batch in _batches(store.plan.store, node, past, known, sequences):
                    batches.write(batch + b"\n")
            sales.writerows(_sales(over, store))
            truths.write(json.dumps(asdict(truth(over)), default=str, separators=(",", ":")) + "\n")
            say(f"{day.date}: {len(over.lives)} shoppers")


def until_of(day: Day, until_ms: int) -> Day:
    """The day with those alone who have left by then: nobody stands in the door of a past that is cut."""
    over = tuple(life for life in day.lives if life.trod[-1].after_ms < until_ms)
    return Day(date=day.date, begun_ms=day.begun_ms, ended_ms=day.ended_ms, lives=over)


def _batches(name: str, node: str, past: Past, events: Sequence[Event], sequences: dict[str, int]) -> list[bytes]:
    """One node's events, numbered in a log of its own that ends where the real one begins."""
    epoch = hashlib.sha256(f"past/{name}/{node}/{past.seed}/{past.until.isoformat()}".encode()).hexdigest()[:32]
    found: list[bytes] = []
    for start in range(0, len(events), AT_ONCE):
        some = [encode_event(event) for event in events[start : start + AT_ONCE]]
        first = sequences.get(node, 0) + 1
        sequences[node] = first + len(some) - 1
        found.append(encode_batch(store=name, node=node, epoch=epoch, first=first, oldest=1, events=some))
    return found


def _sales(day: Day, store: Store) -> list[tuple[str | int, ...]]:
    return [
        (f"past-{day.date}-{number}", life.bought.at_ms, gtin, 1, store.products[gtin].price_krw)
        for number, life in enumerate(day.lives)
        if life.bought
        for gtin in life.bought.gtins
    ]
