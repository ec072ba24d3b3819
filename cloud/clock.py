"""The wall clock: read by programs' roots and commands alone, who hand the time on."""

import time


def now_ms() -> int:
    """Milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000
