"""How hot the machine is, and whether its heat or its power supply makes it slow."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# What the Raspberry Pi's firmware answers to `get_throttled`: the low bits tell of now, the high ones of ever.
_UNDERVOLTAGE: Final = 0x1
_CAPPED: Final = 0x2  # the clock is held down for want of power
_THROTTLED: Final = 0x4
_SOFT_LIMIT: Final = 0x8  # the clock is held down for heat
_SLOWED: Final = _CAPPED | _THROTTLED | _SOFT_LIMIT

# Pi 1 to 4 call the bus `soc`, a Pi 5 `soc@107c000000`; some kernels hang the firmware below `axi` or nothing.
_FIRMWARE: Final = ("*firmware/get_throttled", "*/*firmware/get_throttled")
_PROCESSOR: Final = ("cpu", "soc", "x86_pkg")  # how a thermal zone's type begins that is the processor's
_BELIEVED_C: Final = (-100.0, 200.0)  # a sensor that is not there often says 0 K or the largest number


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a machine tells of itself now; None where it does not tell."""

    temperature_c: float | None = None  # of the processor
    throttled: bool | None = None  # it runs slower than it could
    undervoltage: bool | None = None


def look(root: Path = Path("/")) -> Machine:
    """Read /sys below `root`; never raises. Needs no rights beyond reading, and starts no program.

    The temperature is the hottest of the processor's thermal zones, or of all where none is named so. A Pi's own
    kernel has the firmware's word on both power and speed; Debian's has its alarm of low voltage alone.
    """
    told = _firmware(root)
    return Machine(
        temperature_c=_hottest(root / "sys/class/thermal"),
        throttled=None if told is None else bool(told & _SLOWED),
        undervoltage=_alarm(root / "sys/class/hwmon") if told is None else bool(told & _UNDERVOLTAGE),
    )


def _firmware(root: Path) -> int | None:
    platform = root / "sys/devices/platform"
    for path in (found for pattern in _FIRMWARE for found in _listed(platform, pattern)):
        word = _word(path)
        try:
            return int(word, 16)
        except ValueError:
            continue
    return None


def _alarm(hwmon: Path) -> bool | None:
    for chip in _listed(hwmon, "hwmon*"):
        if _word(chip / "name") == "rpi_volt" and (alarm := _word(chip / "in0_lcrit_alarm")) in ("0", "1"):
            return alarm == "1"
    return None


def _hottest(thermal: Path) -> float | None:
    zones = [(_word(zone / "type"), warm) for zone in _listed(thermal, "thermal_zone*") for warm in _degrees(zone)]
    processors = [warm for kind, warm in zones if kind.startswith(_PROCESSOR)]
    return max(processors or [warm for _, warm in zones], default=None)


def _degrees(zone: Path) -> Iterator[float]:
    """The zone's temperature in °C; nothing where it has none that can be believed."""
    try:
        warm = int(_word(zone / "temp")) / 1000
    except (ValueError, OverflowError):
        return
    if _BELIEVED_C[0] <= warm <= _BELIEVED_C[1]:
        yield round(warm, 1)


def _listed(folder: Path, pattern: str) -> Iterable[Path]:
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return ()


def _word(path: Path) -> str:
    """What the file says; nothing where there is none, or a sensor that cannot be read just now."""
    try:
        return path.read_bytes().decode("ascii", "replace").strip()
    except OSError:
        return ""
