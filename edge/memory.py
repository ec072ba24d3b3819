"""How much memory a process holds."""

import ctypes
import gc
import resource
import sys
from pathlib import Path
from typing import Final

# mallopt(3)
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8
_LARGE: Final = 2 * 1024 * 1024  # bytes: less than a picture, more than what is made of one and gone at once


def resident_mb() -> float:
    """Resident memory of this process in MB; where there is no /proc, the most that it ever was."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return round(peak / (1e6 if sys.platform == "darwin" else 1e3), 1)
    return round(pages * resource.getpagesize() / 1e6, 1)


def keep_little() -> None:
    """Have the C library keep little that is not used, where it can (glibc's mallopt); before threads are started.

    By itself it keeps a pool for each thread, and in them what is as large as a picture once that was freed.
    """
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune is not None:
        tune(_M_ARENA_MAX, 1)
        tune(_M_MMAP_THRESHOLD, _LARGE)


def give_back() -> None:
    """Return memory that nothing uses any more to the system, where the C library can (glibc's malloc_trim)."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
