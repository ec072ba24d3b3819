"""Events stored for good a second, beside a bare `executemany` of the same rows into the same SQLite file.

    python -m tests.bench.bench_ingest [--events N] [--per-message N]

Four figures of one run, interleaved round by round so that a busy machine slows all of them:
raw     `executemany` of the finished rows, 1,000 a transaction, synchronous=FULL, no decoding, no sums
grouped the same with transactions as large as the writer's where messages queue up
store   from message bytes to committed: decode, dedupe, store, sums, as the writer groups them
mqtt    the same through a real broker and paho: a backlog drained, each message acknowledged after its commit
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from cloud.broker.nats import Broker
from cloud.bus import Bus
from cloud.ingest.decision import Message, read
from cloud.ingest.intake import store_readings
from cloud.ingest.mailbox import Mailbox
from cloud.ingest.subscriber import Subscriber
from cloud.ingest.writer import Writer
from cloud.metrics import Metrics
from cloud.store.accounts import accounts
from cloud.store.connection import Store
from cloud.store.events import progress
from contract.credentials import Credentials
from contract.events import (
    Cell,
    Crossing,
    Direction,
    Event,
    Heat,
    Occupancy,
    Outcome,
    Party,
    Queue,
    Removal,
    Run,
    Stay,
    Tap,
    Wait,
)
from contract.messages import encode_batch, encode_event
from tests.cloud.programs import caller, running_broker
from tests.programs import eventually

STORE = "seoul"
EPOCH = "ab" * 16
ROUNDS = 3
GROUP_BYTES = 2 * 1024 * 1024  # as the writer's


def a_day(count: int, seed: int) -> list[Event]:
    """Events in the mix of a busy store: three readers, twelve zones, four cameras, a quarter-metre grid."""
    chance = random.Random(seed)
    return [_one(chance, 1_790_000_000_000 + number * 50) for number in range(count)]


def _one(chance: random.Random, at: int) -> Event:
    reader, zone = f"reader-{chance.randrange(3)}", f"zone-{chance.randrange(12)}"
    kinds = ["tap", "removal", "crossing", "party", "stay", "occupancy", "queue", "wait", "heat"]
    match chance.choices(kinds, [5, 5, 17, 11, 46, 9, 1, 3, 3])[0]:
        case "tap":
            return Tap(at=at, reader=reader, tag=chance.randbytes(16).hex())
        case "removal":
            return Removal(at=at, reader=reader, tag=chance.randbytes(16).hex(), held_ms=chance.randrange(5_000))
        case "crossing":
            return Crossing(at=at, line=f"line-{chance.randrange(3)}", direction=chance.choice(list(Direction)))
        case "party":
            line, direction = f"line-{chance.randrange(3)}", chance.choice(list(Direction))
            return Party(at=at, line=line, direction=direction, size=chance.choice([1, 1, 2, 3]))
        case "queue":
            waiting_ms = chance.randrange(120_000)
            return Queue(at=at, zone="queue", span_ms=60_000, covered_ms=59_000, waiting_ms=waiting_ms, peak=3)
        case "wait":
            return Wait(at=at, zone="queue", for_ms=chance.randrange(300_000), outcome=chance.choice(list(Outcome)))
        case "stay":
            return Stay(at=at, zone=zone, for_ms=chance.randrange(90_000))
        case "occupancy":
            person_ms = chance.randrange(300_000)
            return Occupancy(at=at, zone=zone, span_ms=60_000, covered_ms=59_000, person_ms=person_ms, peak=4)
        case _:
            camera = f"camera-{chance.randrange(3)}"
            places = chance.sample(range(300), 40)  # of the 300 cells that it sees, 40 were walked on in this minute
            cells = tuple(Cell(place % 20, place // 20, chance.randrange(9_000)) for place in places)
            seen = tuple(Run(0, row, 20, 59_000) for row in range(15))
            return Heat(at=at, camera=camera, span_ms=60_000, covered_ms=59_000, cell_mm=250, cells=cells, seen=seen)


def messages_of(bodies: list[bytes], node: str, per_message: int) -> list[bytes]:
    return [
        encode_batch(
            store=STORE, node=node, epoch=EPOCH, first=first + 1, oldest=1, events=bodies[first : first + per_message]
        )
        for first in range(0, len(bodies), per_message)
    ]


def raw(store: Store, node: str, bodies: list[str], per_transaction: int) -> float:
    """Rows a second."""
    with store.atomic() as connection:
        key = progress(connection, node, EPOCH, 0).key
    rows = [(key, number, 1_790_000_000_000, body) for number, body in enumerate(bodies, 1)]
    begun = time.perf_counter()
    for first in range(0, len(rows), per_transaction):
        with store.atomic() as connection:
            connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows[first : first + per_transaction])
    return len(rows) / (time.perf_counter() - begun)


def group_of(payloads: list[bytes]) -> int:
    """How many of such messages the writer takes into one transaction where they queue up."""
    return min(500, max(1, GROUP_BYTES // (len(payloads[0]) + 1_000)))


def stored(store: Store, node: str, payloads: list[bytes], events: int) -> float:
    """Events a second, from bytes to commit."""
    arrived = [Message(topic=f"aisle/{STORE}/{node}/events", payload=it, received_ms=1) for it in payloads]
    group = group_of(payloads)
    begun = time.perf_counter()
    for first in range(0, len(arrived), group):
        store_readings(store, [read(it, STORE) for it in arrived[first : first + group]])
    return events / (time.perf_counter() - begun)


@contextmanager
def ingest(store: Store, credentials: Credentials) -> Iterator[None]:
    """The ingest's two threads and a loop for its facts, as the program runs them."""
    loop = asyncio.new_event_loop()
    bus, metrics, mailbox = Bus(loop), Metrics(store), Mailbox(capacity=32 * 1024 * 1024)
    subscriber = Subscriber(credentials, mailbox=mailbox, metrics=metrics, clock=lambda: 1, tell=bus.publish)
    writer = Writer(store=store, name=STORE, mailbox=mailbox, outlet=subscriber, metrics=metrics, tell=bus.publish)
    threads = [threading.Thread(target=run) for run in (loop.run_forever, writer.run, subscriber.run)]
    for thread in threads:
        thread.start()
    try:
        eventually(subscriber.connected, "the connection")
        yield
    finally:
        subscriber.stop()
        writer.stop()
        loop.call_soon_threadsafe(loop.stop)
        for thread in threads:
            thread.join()
        loop.close()


def drained(store: Store, broker: Broker, node: str, payloads: list[bytes], events: int) -> float:
    """Events a second, from a broker's backlog to the last commit."""
    with caller(broker.credentials(node)) as publisher:
        for payload in payloads:
            publisher.client.publish(f"aisle/{STORE}/{node}/events", payload, qos=1)
        for _ in payloads:
            publisher.published.get(timeout=60)
    begun = time.perf_counter()
    with ingest(store, broker.credentials("cloud")):
        eventually(lambda: through(store, node) == events, "the backlog", seconds=300)
        seconds = time.perf_counter() - begun
    return events / seconds


def through(store: Store, node: str) -> int:
    """How far the node's log is stored."""
    with store.reading() as connection:
        return next((it.through for it in accounts(connection) if it.node == node), 0)


def measure(events: int, per_message: int, directory: Path) -> dict[str, list[float]]:
    """Each figure once a round."""
    nodes = [f"mqtt-{number}" for number in range(ROUNDS)]
    bodies = [encode_event(event) for event in a_day(events, seed=7)]
    texts = [body.decode() for body in bodies]
    found: dict[str, list[float]] = {"raw": [], "grouped": [], "store": [], "mqtt": []}
    with running_broker(directory, *nodes) as broker, closing(Store(directory, new_store_id="0" * 32)) as store:
        with ingest(store, broker.credentials("cloud")):
            pass  # the cloud's session exists from here on: the broker keeps what comes while nobody is there
        for number in range(ROUNDS):
            found["raw"].append(raw(store, f"raw-{number}", texts, 1_000))
            node = f"store-{number}"
            payloads = messages_of(bodies, node, per_message)
            found["store"].append(stored(store, node, payloads, events))
            found["grouped"].append(raw(store, f"grouped-{number}", texts, group_of(payloads) * per_message))
            node = nodes[number]
            payloads = messages_of(bodies, node, per_message)
            found["mqtt"].append(drained(store, broker, node, payloads, events))
    return found


def main() -> None:
    """Prints one JSON object on the last line; the ratios are medians of the rounds'."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=30_000)
    parser.add_argument("--per-message", type=int, default=100)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aisle-bench-") as directory:
        found = measure(arguments.events, arguments.per_message, Path(directory))

    def ratio(ours: str, bare: str) -> float:
        return round(statistics.median(a / b for a, b in zip(found[ours], found[bare], strict=True)), 3)

    print(
        json.dumps(
            {
                "bench": "ingest",
                "events_a_message": arguments.per_message,
                "raw_per_s": round(statistics.median(found["raw"])),
                "store_per_s": round(statistics.median(found["store"])),
                "mqtt_per_s": round(statistics.median(found["mqtt"])),
                "raw_grouped_per_s": round(statistics.median(found["grouped"])),
                "store_to_grouped": ratio("store", "grouped"),
                "mqtt_to_raw": ratio("mqtt", "raw"),
                "ratio": ratio("store", "raw"),
            }
        )
    )


if __name__ == "__main__":
    main()
