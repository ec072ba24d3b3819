"""The wall clock: read by programs' roots and commands alone, who hand the time on."""

import time


def now_ms() -> int:
    """Milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


def since_boot_ms() -> int:
    """Milliseconds by a clock that nobody sets; on Linux it goes on while the machine sleeps."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1_000_000
