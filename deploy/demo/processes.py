"""The programs that the demo starts, and their certain end."""

import contextlib
import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

_PR_SET_PDEATHSIG: Final = 1
_LAST_WORDS: Final = 12


class ProgramFailed(Exception):
    """A program ended, or was not ready in time; the message holds its last words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One started program."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def last_words(self) -> str:
        """The end of what it logged."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-_LAST_WORDS:])


@dataclass(slots=True, kw_only=True)
class Programs:
    """All programs of one demo, in the order of their start."""

    logs: Path
    running: list[Program] = field(default_factory=list)

    def start(self, name: str, *command: str | Path) -> Program:
        """Start a program of this environment; what it prints goes to its own file."""
        self.logs.mkdir(parents=True, exist_ok=True)
        path = self.logs / f"{name}.log"
        with path.open("wb") as log:
            process = subprocess.Popen(
                [str(Path(sys.executable).with_name(str(command[0]))), *map(str, command[1:])],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the demo alone, which ends the rest in order
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 # no threads here
            )
        program = Program(name=name, process=process, log=path)
        self.running.append(program)
        return program

    def check(self) -> None:
        """Raise ProgramFailed where one has ended by itself."""
        for program in self.running:
            status = program.process.poll()
            if status is not None:
                raise ProgramFailed(f"{program.name} ended with status {status}:\n{program.last_words()}")

    def wait_for(self, what: str, ready: Callable[[], bool], *, seconds: float) -> None:
        """Wait until `ready`. Raises ProgramFailed where that takes too long or a program ends meanwhile."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise ProgramFailed(f"{what} took longer than {seconds:.0f} s; the logs are in {self.logs}")
            time.sleep(0.1)

    def stop(self, *names: str, seconds: float = 10.0) -> None:
        """End these programs, all at once: asked first, killed after `seconds`."""
        ending = [program for program in self.running if program.name in names]
        for program in ending:
            with contextlib.suppress(ProcessLookupError):
                program.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + seconds
        for program in ending:
            try:
                program.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                program.process.kill()
                program.process.wait()
            self.running.remove(program)

    def stop_all(self) -> None:
        """End whatever still runs, last started first."""
        for program in reversed(list(self.running)):
            self.stop(program.name)

    def memory_mb(self) -> dict[str, float]:
        """Resident memory by program, the processes that it started included."""
        return {program.name: _tree_mb(program.process.pid) for program in self.running}


def _tree_mb(pid: int) -> float:
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        return round(sum(_mb(process) for process in (root, *root.children(recursive=True))), 1)
    return 0.0


def _mb(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.NoSuchProcess):
        return float(process.memory_info().rss) / 1e6
    return 0.0


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
