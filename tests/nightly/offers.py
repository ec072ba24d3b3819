"""A million random sequences of shoppers' and the store's events: `python -m tests.nightly.offers [SEQUENCES]`."""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

from tests.cloud.offer_world import play

EVENTS = 24
CHUNK = 5_000
OFFSET = 10**6
"""The seeds begin behind those of CI."""


def many(seeds: range) -> tuple[Counter[str], int, int]:
    """What was breached in these sequences, and how often was decided and sent."""
    breaches: Counter[str] = Counter()
    decisions = sent = 0
    for seed in seeds:
        world = play(seed, EVENTS)
        breaches.update(world.judge.breaches)
        decisions += world.decisions
        sent += world.sent
    return breaches, decisions, sent


def summed(parts: Iterable[tuple[Counter[str], int, int]]) -> tuple[Counter[str], int, int]:
    """All parts together."""
    breaches: Counter[str] = Counter()
    decisions = sent = 0
    for more, decided, went in parts:
        breaches.update(more)
        decisions += decided
        sent += went
    return breaches, decisions, sent


def main() -> int:
    """1 where anything was breached."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    began = time.monotonic()
    chunks = [range(OFFSET + at, OFFSET + min(at + CHUNK, count)) for at in range(0, count, CHUNK)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        breaches, decisions, sent = summed(pool.map(many, chunks))
    told = {
        "nightly": "offers",
        "sequences": count,
        "events": count * EVENTS,
        "decisions": decisions,
        "sent": sent,
        "breaches": dict(breaches),
        "seconds": round(time.monotonic() - began),
    }
    print(json.dumps(told))
    return int(bool(breaches))


if __name__ == "__main__":
    sys.exit(main())
