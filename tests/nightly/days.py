"""Longer days of members, each of another seed: `python -m tests.nightly.days [SEEDS]`."""

import json
import sys
import tempfile
import time
from pathlib import Path

from tests.system.members import played, wrong

SECONDS = 480
SPEED = 4.0
FIRST_SEED = 1_000


def main() -> int:
    """1 where anybody got something else than was promised."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    began, found = time.monotonic(), dict[int, dict[str, object]]()
    totals: dict[str, int] = {}
    for seed in range(FIRST_SEED, FIRST_SEED + count):
        with tempfile.TemporaryDirectory() as folder:
            figures = played(Path(folder), seconds=SECONDS, seed=seed, speed=SPEED)
        if differing := wrong(figures):
            found[seed] = differing
        for name, value in figures.items():
            totals[name] = totals.get(name, 0) + (value[0] if isinstance(value, list) else int(str(value)))
    told = {"nightly": "days", "seeds": count, "day_s": SECONDS, "totals": totals, "wrong": found}
    print(json.dumps({**told, "seconds": round(time.monotonic() - began)}))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
