"""A folder of simulated readers, each a device file that a node opens, with tags laid on them by name."""

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from firmware_sim.pn532.chip import REAL_SPEED, Chip, Timing
from firmware_sim.pn532.faults import Fault
from firmware_sim.pn532.field import Field
from firmware_sim.pn532.pty_port import LineCounts, PtyPort
from firmware_sim.tags.tag import Tag


class ReaderBay:
    """Readers `folder/<name>`, each a symlink to a pty with a PN532 behind it; closing the bay removes them.

    Every method may be called from any thread. A name that was not added raises KeyError with the known names.
    """

    def __init__(
        self, folder: Path, *, clock: Callable[[], float] = time.monotonic, timing: Timing = REAL_SPEED
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._timing = timing
        self._ports: dict[str, PtyPort] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def names(self) -> tuple[str, ...]:
        """The readers, in the order they were added."""
        return tuple(self._ports)

    def add(self, name: str) -> Path:
        """Plug in a new reader and return the path to open at 115200 baud; what stood at that path is replaced."""
        if name in self._ports:
            raise ValueError(f"reader {name!r} is already there")
        if not name or "/" in name:
            raise ValueError(f"reader {name!r}: a name is a file's name, without a slash")
        path = self._folder / name
        self._ports[name] = PtyPort(Chip(Field(), timing=self._timing), path, clock=self._clock)
        return path

    def path(self, name: str) -> Path:
        """The device file of a reader, whether plugged or not."""
        return self._port(name).path

    def put(self, name: str, tag: Tag) -> None:
        """Lay a tag on a reader; if one lies there already, that one goes on answering until it is taken."""
        with self._port(name).chip() as chip:
            chip.field.put(tag)

    def take(self, name: str, tag: Tag | None = None) -> Tag | None:
        """Take a tag away, or the one that answers; returns it, or None if it was not there."""
        with self._port(name).chip() as chip:
            return chip.field.take(tag)

    def tag(self, name: str) -> Tag | None:
        """The tag that a reader feels."""
        with self._port(name).chip() as chip:
            return chip.field.tag

    def light(self, name: str) -> bool:
        """Whether a reader's green light is lit; a reader without a cable is dark."""
        port = self._port(name)
        with port.chip() as chip:
            return port.plugged and chip.light

    def fault(self, name: str, fault: Fault, *, for_s: float | None = None, times: int | None = None) -> None:
        """Let a reader fail: for so many seconds, for so many commands, or until `mend`."""
        self._port(name).fault(fault, for_s=for_s, times=times)

    def mend(self, name: str) -> None:
        """End every fault that was set; one that was unplugged or stuck at a speed gets its power anew."""
        self._port(name).mend()

    def power_cycle(self, name: str) -> None:
        """Cut a chip's power for a moment while its device file stays; ends what a killed host left behind."""
        self._port(name).power_cycle()

    def counts(self, name: str) -> LineCounts:
        """What went wrong on a reader's line since it was added."""
        return self._port(name).counts

    def close(self) -> None:
        """Unplug every reader."""
        while self._ports:
            self._ports.popitem()[1].close()

    def _port(self, name: str) -> PtyPort:
        if name not in self._ports:
            raise KeyError(f"no reader {name!r}; there are {', '.join(self._ports) or 'none'}")
        return self._ports[name]
