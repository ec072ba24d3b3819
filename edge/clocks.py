"""The clocks of this machine, as a node reads them."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edge.facts import Clock

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_AT_ONCE_S: Final = 0.05
_TRIES: Final = 10
_SINCE_BOOT: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # Linux alone tells them apart


def clock(boot: str, is_unset: Callable[[], bool]) -> Clock:
    """All clocks at one moment.

    A program that is stopped between two of them would see a wall clock that was set: then they are read again.
    """
    still_unset = is_unset()  # first: what sets the clock says so afterwards
    for _ in range(_TRIES):
        before, monotonic, wall, after = _since_boot(), time.monotonic(), time.time(), _since_boot()
        if after - before < _AT_ONCE_S:
            break
    return Clock(monotonic=monotonic, wall=wall, slept=before - monotonic, boot=boot, unset=still_unset)


def boot(path: Path = _BOOT) -> str:
    """This boot's name; empty where the machine has none."""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def unset(folder: Path | None) -> Callable[[], bool]:
    """Asks whether the clock is still to be set, by the folder of systemd-timesyncd (/run/systemd/timesync).

    It is there while that runs, and so is its file `synchronized` from the first setting after a boot on. Of a machine
    without that folder, and without `folder`, nobody knows: the clock passes as set. So it does from then on.
    """
    done = folder is None

    def ask() -> bool:
        nonlocal done
        done = done or folder is None or not folder.is_dir() or (folder / "synchronized").exists()
        return not done

    return ask


def _since_boot() -> float:
    """Seconds since the boot, those in which the machine was suspended too."""
    return time.clock_gettime(_SINCE_BOOT)
