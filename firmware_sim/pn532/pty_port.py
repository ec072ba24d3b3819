"""A chip on a pseudo-terminal, so that any program opens it as it would open a serial port."""

import contextlib
import math
import os
import re
import select
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from firmware_sim.pn532.chip import Chip
from firmware_sim.pn532.faults import Fault

_BAUD_BY_CONSTANT = {value: int(name[1:]) for name, value in vars(termios).items() if re.fullmatch(r"B[1-9]\d+", name)}
_OUTPUT_SPEED = 5  # index in what tcgetattr returns
_READ_BYTES = 4096
_CABLE_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCounts:
    """What went wrong on a reader's line since it was added."""

    garbled: int  # bytes of the host at another speed, or lost on a sleeping or silent chip
    malformed: int  # host frames with wrong checksums, length or direction
    overrun: int  # bytes for the host that nobody read in time


class PtyPort:
    """Serves `chip` on a pty behind the symlink `path` from a thread of its own, until `close`.

    The chip hears the host at the baud rate that the host has set on its side. One end of the pty stays open
    here, so that a host may close and open the port as often as it likes. Bytes that nobody reads are dropped
    and counted, as on a line without flow control. `clock` gives seconds.
    """

    def __init__(self, chip: Chip, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self._overrun = 0
        self._chip = chip
        self._clock = clock
        self._lock = threading.Condition()
        self._host_fd = self._chip_fd = -1
        self._replug_at: float | None = None  # while it is unplugged; only the serving thread opens and closes
        self._pulls = 0
        self._closing = False
        self._wake_out, self._wake_in = os.pipe()
        os.set_blocking(self._wake_in, False)
        with self._lock:
            self._plug()
        self._thread = threading.Thread(target=self._serve, name=f"pn532-{path.name}", daemon=True)
        self._thread.start()

    @property
    def plugged(self) -> bool:
        """Whether the device file is there."""
        return self._chip_fd >= 0

    @property
    def counts(self) -> LineCounts:
        """What was lost so far."""
        with self._lock:
            chip = self._chip
            return LineCounts(garbled=chip.garbled, malformed=chip.malformed, overrun=self._overrun)

    @contextlib.contextmanager
    def chip(self) -> Iterator[Chip]:
        """The chip, held still while the caller looks at it or changes its field."""
        with self._lock:
            yield self._chip
            self._nudge()

    def fault(self, fault: Fault, *, for_s: float | None = None, times: int | None = None) -> None:
        """Let a fault strike now; UNPLUG lasts for `for_s` seconds or until `mend`."""
        with self._lock:
            now = self._clock()
            self._chip.fault(fault, now=now, for_s=for_s, times=times)
            if fault is Fault.UNPLUG:
                self._replug_at = math.inf if for_s is None else now + for_s
                pulls = self._pulls
                self._await(lambda: not self.plugged or self._pulls > pulls)

    def mend(self) -> None:
        """End every fault that was set; a chip stuck at a speed gets its power anew, a pulled cable is put back."""
        with self._lock:
            if self._chip.faults.until(Fault.STUCK_BAUD) is not None:
                self._chip.power_cycle()
            self._chip.faults.clear()
            if self._replug_at is not None:
                self._replug_at = self._clock()
                self._await(lambda: self.plugged)

    def power_cycle(self) -> None:
        """Cut the chip's power for a moment; the device file stays, as with a reader on a Pi's own serial port."""
        with self._lock:
            self._chip.power_cycle()

    def close(self) -> None:
        """Stop serving and remove the symlink; safe to call twice."""
        with self._lock:
            if self._closing:
                return
            self._nudge()
            self._closing = True
        self._thread.join()
        with self._lock:
            self._unplug()
        os.close(self._wake_in)
        os.close(self._wake_out)

    def _plug(self) -> None:
        """Make a new pty, power the chip and let the path point at it, replacing what stood there."""
        self._chip_fd, self._host_fd = os.openpty()
        os.set_blocking(self._chip_fd, False)
        tty.setraw(self._host_fd)
        attributes = termios.tcgetattr(self._host_fd)
        attributes[4] = attributes[5] = termios.B115200
        termios.tcsetattr(self._host_fd, termios.TCSANOW, attributes)
        self._replug_at = None
        self._chip.power_cycle()
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(self._host_fd))
        fresh.replace(self.path)
        self._lock.notify_all()

    def _unplug(self) -> None:
        """Take the device file away; hosts that have it open get an I/O error."""
        if not self.plugged:
            return
        self.path.unlink(missing_ok=True)
        os.close(self._host_fd)
        os.close(self._chip_fd)
        self._host_fd = self._chip_fd = -1
        self._chip.field.switch(on=False)
        self._pulls += 1
        self._lock.notify_all()

    def _await(self, done: Callable[[], bool]) -> None:
        """Wait, with the lock held, until the serving thread has pulled or put the cable."""
        self._nudge()
        if not self._lock.wait_for(done, timeout=_CABLE_PATIENCE_S):
            raise TimeoutError(f"the thread that serves {self.path} does not answer")

    def _nudge(self) -> None:
        """Wake the serving thread; the lock is held. A full pipe will wake it as well."""
        if not self._closing:
            with contextlib.suppress(BlockingIOError):
                os.write(self._wake_in, b"!")

    def _serve(self) -> None:
        while True:
            with self._lock:
                if self._closing:
                    return
                listen, patience = self._turn()
            ready, _, _ = select.select([self._wake_out, *listen], [], [], patience)
            if self._wake_out in ready:
                os.read(self._wake_out, _READ_BYTES)

    def _turn(self) -> tuple[list[int], float | None]:
        """Carry bytes both ways once; what to wait for next, and for how long."""
        now = self._clock()
        if self._replug_at is not None:
            self._unplug()
            if now < self._replug_at:
                return [], None if math.isinf(self._replug_at) else self._replug_at - now
            self._plug()
        self._hear(now)
        self._speak(self._clock())
        due = self._chip.wake_at(self._clock())
        return [self._chip_fd], None if due is None else max(0.0, due - self._clock())

    def _hear(self, now: float) -> None:
        try:
            data = os.read(self._chip_fd, _READ_BYTES)
        except BlockingIOError:
            return
        speed = termios.tcgetattr(self._chip_fd)[_OUTPUT_SPEED]
        self._chip.receive(data, now=now, baud=_BAUD_BY_CONSTANT.get(speed, 0))

    def _speak(self, now: float) -> None:
        data = self._chip.send(now)
        if not data:
            return
        try:
            written = os.write(self._chip_fd, data)
        except BlockingIOError:
            written = 0
        self._overrun += len(data) - written
