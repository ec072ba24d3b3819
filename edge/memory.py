"""How much memory a process holds."""

import ctypes
import gc
import resource
import sys
from pathlib import Path


def resident_mb() -> float:
    """Resident memory of this process in MB; where there is no /proc, the most that it ever was."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return round(peak / (1e6 if sys.platform == "darwin" else 1e3), 1)
    return round(pages * resource.getpagesize() / 1e6, 1)


def give_back() -> None:
    """Return memory that nothing uses any more to the system, where the C library can (glibc's malloc_trim)."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
