"""The PN532 as its serial port shows it: bytes in, timed bytes out, and no I/O."""

import enum
import itertools
import math
from collections import deque
from dataclasses import dataclass

from firmware_sim.pn532 import commands, frames, initiator
from firmware_sim.pn532.ciu import Ciu, Register
from firmware_sim.pn532.commands import Outcome, Parts, Refused
from firmware_sim.pn532.faults import Fault, FaultScript
from firmware_sim.pn532.field import Field

POWER_ON_BAUD = 115200
STUCK_BAUD = 921600
GREEN_LIGHT = 0x20  # P35, lit while low: a chip that just got power shows no light

_TABLE = {**commands.COMMANDS, **initiator.COMMANDS}
_WAKE_EDGES = 5  # rising edges on the serial line until a sleeping chip hears (UM0701-02 §7.2.11)
_BITS_PER_BYTE = 10  # start, eight bits, stop
_LOOK_AGAIN_S = 0.02
_SLOW_ACK_S = 0.4
_NOTHING = Outcome()
_LONGEST_GAP_S = 0.5  # a frame that stops in the middle this long was never finished


class Power(enum.Enum):
    """Whether the chip hears its serial port."""

    ASLEEP = "asleep"  # after power on and after PowerDown; edges on the line wake it
    AWAKE = "awake"  # commands are heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How fast the chip is, in seconds; the line's own speed counts if `line` is set."""

    ack_s: float = 0.0002
    command_s: float = 0.0005
    line: bool = True


REAL_SPEED = Timing()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """Bytes for the host and when they may go; what the serial port does after them."""

    at: float
    data: bytes
    after: Outcome = _NOTHING


class Chip:
    """One PN532 on a serial line. The caller brings the time (any clock in seconds) and the line's baud rate.

    Call `receive` with what the host wrote, then `send` for what may go out by now, and again at `wake_at`.
    Counters: `garbled` bytes that came at another speed or to a sleeping chip, `malformed` frames.
    """

    def __init__(self, field: Field, *, timing: Timing = REAL_SPEED) -> None:
        self.field = field
        self.faults = FaultScript()
        self.garbled = 0
        self._timing = timing
        self._parser = frames.FrameParser()
        self.power_cycle()

    def power_cycle(self) -> None:
        """Cut the power and give it back: speed, pins, field and registers are as new."""
        self.field.switch(on=False)
        self.faults.clear(Fault.STUCK_BAUD)
        self.baud = POWER_ON_BAUD
        self._power = Power.ASLEEP
        self._edges = 0
        self._parts = Parts(ciu=Ciu(self.field), faults=self.faults)
        self._due: deque[_Due] = deque()
        self._waiting: frames.Command | None = None
        self._answer = b""
        self._heard_at = -math.inf
        self._parser.reset()

    @property
    def malformed(self) -> int:
        """Host frames that were broken."""
        return self._parser.malformed

    @property
    def pins(self) -> int:
        """The levels of port P3, bit 0 is P30."""
        return self._parts.ciu.read(Register.P3) & 0x3F

    @property
    def light(self) -> bool:
        """Whether the green light on P35 is lit."""
        return not self.pins & GREEN_LIGHT

    def fault(self, fault: Fault, *, now: float, for_s: float | None = None, times: int | None = None) -> None:
        """Let a fault strike from now on (see FaultScript.add).

        STUCK_BAUD changes the chip's speed at once and has no end of its own: raises ValueError with an end.
        """
        if fault is Fault.STUCK_BAUD:
            if for_s is not None or times is not None:
                raise ValueError(f"fault {fault} lasts until the power is cut or a host sets the speed")
            self._abort()
            self.baud = STUCK_BAUD
        self.faults.add(fault, now=now, for_s=for_s, times=times)

    def receive(self, data: bytes, *, now: float, baud: int) -> None:
        """Take what the host wrote at `baud`."""
        if now - self._heard_at > _LONGEST_GAP_S:
            self._parser.reset()
        self._heard_at = now
        if baud != self.baud or self.faults.strikes(Fault.SILENT, now=now):
            self.garbled += len(data)
            return
        heard = self._wake(data)
        arrived = now + self._line_s(len(heard))
        for frame in self._parser.feed(heard):
            match frame:
                case frames.Command():
                    self._start(frame, arrived)
                case frames.Signal.ACK:
                    self._abort()
                case frames.Signal.NACK:
                    self._push(self._answer, arrived)

    def send(self, now: float) -> bytes:
        """What goes to the host by `now`; also looks again for what a command waits for."""
        if self._waiting is not None and not self._due:
            self._finish(self._waiting, now)
        out = bytearray()
        while self._due and self._due[0].at <= now:
            due = self._due.popleft()
            out += due.data
            self._settle(due.after)
        return bytes(out)

    def wake_at(self, now: float) -> float | None:
        """When `send` should be called next; None if only the host can change anything."""
        if self._due:
            return self._due[0].at
        return now + _LOOK_AGAIN_S if self._waiting is not None else None

    def _wake(self, data: bytes) -> bytes:
        """What a chip hears of `data`: asleep, it loses all until enough edges have woken it."""
        lost = 0
        while self._power is Power.ASLEEP and lost < len(data):
            self._edges += _rising_edges(data[lost])
            lost += 1
            if self._edges >= _WAKE_EDGES:
                self._power = Power.AWAKE
        self.garbled += lost
        return data[lost:]

    def _start(self, command: frames.Command, now: float) -> None:
        """Acknowledge a command and run it; a command before it that has not ended is given up."""
        self._abort()
        if not self.faults.strikes(Fault.NO_ACK, now=now):
            slow = _SLOW_ACK_S if self.faults.strikes(Fault.SLOW_ACK, now=now) else 0.0
            self._push(frames.ACK, now + self._timing.ack_s + slow)
        self._finish(command, now)

    def _finish(self, command: frames.Command, now: float) -> None:
        """Run a command; what has no end yet is kept for another look."""
        try:
            outcome = self._run(command, now)
        except Refused:
            self._waiting = None
            self._push(frames.SYNTAX_ERROR, now + self._timing.command_s)
            return
        self._waiting = command if outcome is None else None
        if outcome is not None:
            self._reply(command, outcome, now)

    def _run(self, command: frames.Command, now: float) -> Outcome | None:
        entry = _TABLE.get(command.code)
        broken = self.faults.strikes(Fault.ERROR_FRAME, now=now)
        if broken or entry is None or len(command.data) < entry.least:
            raise Refused
        return entry.run(self._parts, command.data, now)

    def _reply(self, command: frames.Command, outcome: Outcome, now: float) -> None:
        frame = frames.encode(command.code, outcome.data)
        if self.faults.strikes(Fault.BAD_CHECKSUM, now=now):
            frame = frame[:-2] + bytes((frame[-2] ^ 0x55, frame[-1]))
        self._answer = frame
        self._push(frame, now + self._timing.command_s + outcome.takes_s, after=outcome)

    def _push(self, data: bytes, at: float, *, after: Outcome = _NOTHING) -> None:
        """Queue bytes behind those that are due before them."""
        earliest = self._due[-1].at if self._due else at
        self._due.append(_Due(at=max(at, earliest) + self._line_s(len(data)), data=data, after=after))

    def _settle(self, outcome: Outcome) -> None:
        """What the serial port does once an answer is out. The host's ACK is not waited for: it can get lost."""
        if outcome.baud is not None:
            self.baud = outcome.baud
            self.faults.clear(Fault.STUCK_BAUD)
        if outcome.sleep:
            self._power, self._edges = Power.ASLEEP, 0

    def _abort(self) -> None:
        self._due.clear()
        self._waiting = None

    def _line_s(self, count: int) -> float:
        """How long `count` bytes take on the line."""
        return count * _BITS_PER_BYTE / self.baud if self._timing.line else 0.0


def _rising_edges(byte: int) -> int:
    """Rising edges of one byte on the line: idle high, a low start bit, eight bits from the lowest, a high stop bit."""
    levels = [0, *(byte >> i & 1 for i in range(8)), 1]
    return sum(before < after for before, after in itertools.pairwise(levels))
