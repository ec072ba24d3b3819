"""The ways in which a reader fails, as data, and for how long."""

import enum
import math
from dataclasses import dataclass, replace


class Fault(enum.StrEnum):
    """One way to fail, as a host on the other side of the cable sees it."""

    SILENT = "silent"  # the chip answers nothing at all
    NO_ACK = "no-ack"  # answers come, the acknowledge before them does not
    SLOW_ACK = "slow-ack"  # the acknowledge comes later than the 100 ms that hosts allow
    BAD_CHECKSUM = "bad-checksum"  # answers come with a wrong data checksum
    ERROR_FRAME = "error-frame"  # every command is answered by the syntax error frame
    RF_TIMEOUT = "rf-timeout"  # the tag's answers do not reach the chip
    RF_CRC = "rf-crc"  # the tag's answers reach the chip damaged
    STUCK_BAUD = "stuck-baud"  # a host died while the chip spoke at 921600 baud
    UNPLUG = "unplug"  # the cable is out: the device file is gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """One fault that lasts: until a time (same clock as the chip, s) and at most `left` more times."""

    fault: Fault
    until: float = math.inf
    left: float = math.inf


class FaultScript:
    """The faults that a reader suffers now."""

    def __init__(self) -> None:
        self._spells: dict[Fault, Spell] = {}

    def add(self, fault: Fault, *, now: float, for_s: float | None = None, times: int | None = None) -> None:
        """Let `fault` strike for `for_s` seconds and at most `times` commands; without both, until cleared."""
        if (for_s is not None and for_s <= 0) or (times is not None and times <= 0):
            raise ValueError(f"fault {fault}: for_s={for_s}, times={times}, but both must be above 0")
        until = math.inf if for_s is None else now + for_s
        self._spells[fault] = Spell(fault=fault, until=until, left=math.inf if times is None else times)

    def strikes(self, fault: Fault, *, now: float) -> bool:
        """Whether `fault` happens at this command; each yes uses up one of its times."""
        spell = self._spells.get(fault)
        if spell is None:
            return False
        if now >= spell.until:
            del self._spells[fault]
            return False
        if spell.left <= 1:
            del self._spells[fault]
        else:
            self._spells[fault] = replace(spell, left=spell.left - 1)
        return True

    def until(self, fault: Fault) -> float | None:
        """When `fault` ends (math.inf: when cleared); None if it is not set."""
        spell = self._spells.get(fault)
        return spell.until if spell else None

    def clear(self, fault: Fault | None = None) -> None:
        """End one fault, or all."""
        if fault is None:
            self._spells.clear()
        else:
            self._spells.pop(fault, None)
