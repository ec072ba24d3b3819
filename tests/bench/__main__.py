"""Every benchmark, one after another: `python -m tests.bench` prints each one's JSON object on a line of its own."""

import sys
from pathlib import Path

from tests import one_by_one

if __name__ == "__main__":
    sys.exit(one_by_one.run(Path(__file__).parent, "bench_*.py"))
