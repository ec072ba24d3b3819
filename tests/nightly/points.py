"""Random histories of points beside points moved one by one: `python -m tests.nightly.points [HISTORIES]`."""

import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.cloud.boxes import history, play
from tests.cloud.purses import books

ACTS = 60
CHUNK = 500


def wrong(seeds: range) -> list[int]:
    """The seeds of histories in which the ledger and the boxes disagree."""
    found = []
    with books() as connection:
        for seed in seeds:
            connection.execute("BEGIN")
            try:
                play(connection, history(seed, ACTS))
            except AssertionError:
                found.append(seed)
            finally:
                connection.execute("ROLLBACK")
    return found


def main() -> int:
    """1 where any history came out otherwise."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    began = time.monotonic()
    chunks = [range(at, min(at + CHUNK, count)) for at in range(0, count, CHUNK)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = [seed for seeds in pool.map(wrong, chunks) for seed in seeds]
    told = {"nightly": "points", "histories": count, "acts": count * ACTS, "wrong": found[:20]}
    print(json.dumps(told | {"seconds": round(time.monotonic() - began)}))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
