"""Keeps this process's memory, and so its pictures, from every disk and every other process."""

import ctypes
import resource
import sys
from pathlib import Path
from typing import Final

# prctl(2), mlockall(2)
_PR_SET_DUMPABLE: Final = 4
_MCL_CURRENT: Final = 1
_MCL_FUTURE: Final = 2
_MCL_ONFAULT: Final = 4  # only what was touched: the libraries' unused pages cost nothing
_CAP_IPC_LOCK: Final = 1 << 14


def seal() -> bool:
    """No core file, no reading by others of the same user, and, where the limit on locked memory allows, no swap.

    Returns whether the memory is locked. A limit that counts and is below infinity would make later allocations fail,
    so there nothing is locked. Only Linux can do it; nothing is raised elsewhere.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    return _may_lock() and bool(libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0)


def _may_lock() -> bool:
    if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY:
        return True
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    rights = next((line.split()[1] for line in lines if line.startswith("CapEff:")), "0")
    return bool(int(rights, 16) & _CAP_IPC_LOCK)  # to such a process the limit does not apply
