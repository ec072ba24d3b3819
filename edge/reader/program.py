"""The turn of a reader's process: look into the field, get a lost chip back, show a kept tap."""

import queue
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from edge.children.backoff import Backoff, wait
from edge.inputs import Alive, DeviceState, ReaderChanged, TagGone, TagSeen
from edge.reader import hold
from edge.reader.chip import Chip, ChipFault, rescue
from edge.reader.hold import Found
from edge.reader.settings import Command, Settings

ALIVE_EVERY_S: Final = 0.5
PING_EVERY_S: Final = 1.0  # while the field is empty
_BACKOFF: Final = Backoff(first=0.1, most=1.0)  # short: whoever stands at the reader waits for it
_PATIENCE: Final = 3  # faults in a row that a resync mends before the chip is set up anew
_RESCUE_BAUDS: Final = (921600, 460800, 230400)  # the speeds that nfcpy raises a chip to, its favourite first

Told = Alive | ReaderChanged | TagGone | TagSeen


@dataclass(kw_only=True, slots=True)
class Program:
    """One reader's state. `run` is the process's main thread; None in `commands` ends it."""

    settings: Settings
    commands: "queue.SimpleQueue[Command | None]"
    tell: Callable[[Told], None]
    log: Callable[[str], None]
    clock: Callable[[], float]  # CLOCK_MONOTONIC, s
    chance: random.Random
    _chip: Chip | None = None
    _state: DeviceState = DeviceState.STARTING
    _hold: hold.Hold = hold.EMPTY
    _faults: int = 0  # in a row, of a chip that is open
    _failures: int = 0  # in a row, to open it
    _logged: str = ""
    _due: float = 0.0  # the next look, or the next try to open
    _alive_due: float = 0.0
    _ping_due: float = 0.0
    _dark_at: float | None = None  # when the light goes out

    def run(self) -> None:
        """Look until the end is told; the chip is then dark and free."""
        while self._rest():
            self._beat()
            if self._chip is None:
                self._open()
            elif self.clock() >= self._due:
                self._turn(self._chip)
        if self._chip is not None:
            with suppress(ChipFault):
                self._chip.quiet()
            self._chip.close()

    def _rest(self) -> bool:
        """Wait for the next thing to do, following commands meanwhile; False at the end."""
        while True:
            until = min(self._due, self._alive_due, self._due if self._dark_at is None else self._dark_at)
            try:
                command = self.commands.get(timeout=max(0.0, until - self.clock()))
            except queue.Empty:
                break
            if command is None:
                return False
            self._show()
        if self._dark_at is not None and self.clock() >= self._dark_at:
            self._dark_at = None
            self._shine(lit=False)
        return True

    def _beat(self) -> None:
        if (now := self.clock()) >= self._alive_due:
            self._alive_due = now + ALIVE_EVERY_S
            self.tell(Alive(name=self.settings.name, at=now))

    def _show(self) -> None:
        self._dark_at = self.clock() + self.settings.light_s
        self._shine(lit=True)

    def _shine(self, *, lit: bool) -> None:
        if self._chip is None:
            return
        try:
            self._chip.light(lit=lit)
        except ChipFault as fault:
            self._mend(self._chip, fault)

    def _turn(self, chip: Chip) -> None:
        try:
            found = self._look(chip)
            if self._hold.tag is None and self.clock() >= self._ping_due:
                chip.ping()
                self._ping_due = self.clock() + PING_EVERY_S
        except ChipFault as fault:
            self._mend(chip, fault)
            return
        self._faults = 0
        self._note(found)

    def _look(self, chip: Chip) -> Found | None:
        if self._hold.tag is not None and chip.feel():
            return self._hold.tag
        return chip.sense()

    def _note(self, found: Found | None) -> None:
        now = self.clock()
        self._hold, told = hold.look(self._hold, found, now, reader=self.settings.name, misses=self.settings.misses)
        for message in told:
            self.tell(message)
        self._due = now + (self.settings.poll_s if found is None else self.settings.hold_s)

    def _mend(self, chip: Chip, fault: ChipFault) -> None:
        """A single fault is mended in place and a held tag stays held; after more, or a dead line, the chip is lost."""
        self._faults += 1
        if self._faults < _PATIENCE:
            try:
                chip.resync()
            except ChipFault as worse:
                fault = worse
            else:
                self._say_once(f"{fault}; it was mended in place")
                return
        chip.close()
        self._chip, self._hold = None, hold.EMPTY
        self._say_once(str(fault))
        self._change(DeviceState.LOST, str(fault))
        self._due = self.clock()

    def _open(self) -> None:
        if self.clock() < self._due:
            return
        try:
            self._chip = self._opened()
        except ChipFault as fault:
            self._failures += 1
            self._say_once(str(fault))
            self._change(DeviceState.LOST, str(fault))
            self._due = self.clock() + wait(self._failures, _BACKOFF, chance=self.chance.random())
            return
        self._failures, self._faults, self._logged = 0, 0, ""
        self._due, self._dark_at = self.clock(), None
        self._forget_commands()
        self._change(DeviceState.OK, "the chip answers")

    def _forget_commands(self) -> None:
        """A light for a tap of before the loss would tell the next person a falsehood."""
        while not self.commands.empty():
            if self.commands.get() is None:
                self.commands.put(None)
                return

    def _opened(self) -> Chip:
        try:
            return Chip.open(self.settings, self._beat)
        except ChipFault as fault:
            try:
                rescue(self.settings, baud=_RESCUE_BAUDS[self._failures % len(_RESCUE_BAUDS)])
            except ChipFault:
                raise fault from None
        chip = Chip.open(self.settings, self._beat)
        self.log("the chip was stuck at a higher speed and was brought back")
        return chip

    def _change(self, state: DeviceState, reason: str) -> None:
        if state is not self._state:
            self._state = state
            self.tell(ReaderChanged(reader=self.settings.name, state=state, reason=reason, at=self.clock()))

    def _say_once(self, what: str) -> None:
        if what != self._logged:
            self._logged = what
            self.log(what)
