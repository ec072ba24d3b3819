"""How much more than the demo's traffic the ingest and the making of days keep up with, on one core.

    python -m tests.bench.bench_rollups [--copies N]

A busy stretch of the demo's store is told by its nodes: as many shoppers as its scenario sends into it. It is told
COPIES times at once, by nodes, cameras, zones, doors and readers of their own, as the writer takes it where messages
queue up. In one thread, timed in processor time: storing it with its sums by the minute and the hour, then making the
day, twice, as where something late was told. `ratio` is how many times the demo's traffic one core keeps up with:
COPIES × the stretch's length over the time that it took; `limit` is 20.
"""

import argparse
import datetime as dt
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from cloud.ingest.decision import Message, read
from cloud.ingest.intake import store_readings
from cloud.store import plans
from cloud.store.closing import Terms, close_days
from cloud.store.connection import Store
from cloud.store.sums import STOP_BIN
from contract.events import Event
from contract.messages import encode_batch, encode_event
from firmware_sim.past.day import day
from firmware_sim.past.season import Season
from firmware_sim.past.shopper import Layout
from firmware_sim.past.telling import Sights, told
from firmware_sim.town.store import read_store
from tests.bench.bench_ingest import group_of
from tests.cloud.fortnight import FILES
from tests.cloud.morning import SEOUL

DATE = dt.date(2026, 11, 18)
PER_MESSAGE = 100
NAMES = ("line", "zone", "camera", "reader", "name")
LIMIT = 20
AN_HOUR = 3600 * 10 // 38
"""Shoppers: one every 3.8 s, as the demo's scenario sends while there is room in the store."""


def stretch(hours: int) -> tuple[dict[str, list[Event]], int]:
    """Each node's events of some busy hours of the demo's store, and how many shoppers came."""
    store = read_store(FILES)
    season = Season(visitors=AN_HOUR * hours, hours=(1,) * hours, weekday=(1.0,) * 7)
    lived = day(Layout(store), season, DATE, SEOUL, 7)
    return told(lived, Sights(plan=store.plan), season, 7), len(lived.lives)


def copied(event: Event, number: int) -> Event:
    """The same, in another part of a larger store."""
    renamed = {name: f"{getattr(event, name)}-{number}" for name in NAMES if hasattr(event, name)}
    return msgspec.structs.replace(event, **renamed)


def messages(nodes: dict[str, list[Event]], copies: int) -> Iterator[list[Message]]:
    """All messages, in the order of their times, in the writer's groups."""
    queued: list[tuple[int, Message]] = []
    for number in range(copies):
        for node, events in nodes.items():
            name, epoch = f"{node}-{number}", f"{number:02x}" * 16
            for first in range(0, len(events), PER_MESSAGE):
                some = [copied(event, number) for event in events[first : first + PER_MESSAGE]]
                batch = encode_batch(
                    store="daon",
                    node=name,
                    epoch=epoch,
                    first=first + 1,
                    oldest=1,
                    events=[encode_event(event) for event in some],
                )
                at = some[-1].at
                queued.append((at, Message(topic=f"aisle/daon/{name}/events", payload=batch, received_ms=at)))
    queued.sort(key=lambda pair: pair[0])
    group = group_of([queued[0][1].payload])
    for first in range(0, len(queued), group):
        yield [message for _, message in queued[first : first + group]]


def kept_up(store: Store, groups: Sequence[list[Message]]) -> tuple[float, float]:
    """Seconds of one core for storing with all sums, and for making the day twice."""
    begun = time.thread_time()
    for group in groups:
        store_readings(store, [read(message, "daon") for message in group])
    stored = time.thread_time()
    over_ms = round(dt.datetime.combine(DATE + dt.timedelta(days=2), dt.time(), SEOUL).timestamp() * 1000)
    terms = Terms(zone=SEOUL, stop_bin=STOP_BIN)
    made = close_days(store, terms, now_ms=over_ms)
    with store.atomic() as connection:
        connection.execute("UPDATE told_hours SET touched = 1")
    assert made == close_days(store, terms, now_ms=over_ms) == 1
    return stored - begun, time.thread_time() - stored


def main() -> None:
    """Prints one JSON object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--copies", type=int, default=20)
    parser.add_argument("--hours", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    nodes, shoppers = stretch(arguments.hours)
    groups = list(messages(nodes, arguments.copies))
    events = arguments.copies * sum(len(some) for some in nodes.values())
    found: list[tuple[float, float]] = []
    for _ in range(arguments.rounds):
        with (
            tempfile.TemporaryDirectory(prefix="aisle-bench-") as directory,
            closing(Store(Path(directory), new_store_id="0" * 32)) as store,
        ):
            with store.atomic() as connection:
                plans.save(connection, read_store(FILES).plan, by="", note="", now_ms=0)
            found.append(kept_up(store, groups))
    storing, making = (statistics.median(times) for times in zip(*found, strict=True))
    ratio = arguments.copies * 3600 * arguments.hours / (storing + making)
    print(
        json.dumps(
            {
                "bench": "rollups",
                "shoppers_an_hour": shoppers // arguments.hours,
                "copies": arguments.copies,
                "events": events,
                "storing_s": round(storing, 2),
                "making_day_twice_s": round(making, 2),
                "limit": LIMIT,
                "ratio": round(ratio, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
