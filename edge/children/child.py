"""Keeps a child process of the node running: one that ends or freezes is killed and started again."""

import contextlib
import logging
import os
import random
import selectors
import signal
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from edge import lines
from edge.children.backoff import Backoff, wait
from edge.children.process import Heard, Process, drain
from edge.inputs import Alive, DeviceState
from edge.lines import LineError, Noticed

_BACKOFF: Final = Backoff(first=0.2, most=5.0)
_HEALTHY_S: Final = 60.0  # a life this long forgets the failures before it
_TICK_S: Final = 0.5  # how often an otherwise quiet child is looked at
_MOST_UNSENT: Final = 64 * 1024  # bytes of commands that a child may leave unread
_MOST_LOGGED: Final = 20  # of a child's stderr lines in a second; the rest is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """What to run as a child, and how long it may be silent."""

    name: str  # the reader's or camera's, for the log
    command: tuple[str, ...]
    config: bytes = field(repr=False)  # its first line of input: one JSON object without newline; may hold secrets
    deadline_s: float = 3.0  # longest silence of a child that spoke before
    start_s: float = 20.0  # longest silence before its first line (a model is loaded meanwhile)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildCounts:
    """What a supervisor has counted since its start."""

    starts: int = 0
    killed: int = 0  # of these, ended by us for their silence
    lines: int = 0  # understood
    bad_lines: int = 0  # not understood, or too long
    refused: int = 0  # commands that no running child could take
    unlogged: int = 0  # stderr lines beyond the log's rate


class Child:
    """One supervised child process with one thread of its own.

    `say` gets, on that thread, each message of the child but its heartbeats, and what `changed` makes of
    (state, reason in words, CLOCK_MONOTONIC s): STARTING at each start and LOST when the child ended or froze. It must
    return soon. Whatever it raises ends the child and its thread: watch `running`.
    """

    def __init__(
        self,
        programme: Programme,
        *,
        say: Callable[[Noticed], None],
        changed: Callable[[DeviceState, str, float], Noticed],
        clock: Callable[[], float],
        chance: random.Random,
        log: logging.Logger,
    ) -> None:
        self._programme = programme
        self._say, self._changed = say, changed
        self._clock, self._chance, self._log = clock, chance, log
        self._counts = ChildCounts()
        self._lock = threading.Lock()  # over the counts, the commands and the pid
        self._commands: deque[bytes] | None = None  # None while no child can take any
        self._pid: int | None = None
        self._stop_by: float | None = None
        self._wake_in = self._wake_out = -1  # a pipe while the thread lives
        self._thread = threading.Thread(target=self._run, name=f"child {programme.name}", daemon=True)

    def start(self) -> None:
        """Start the child and keep it running until `stop`; once in a Child's life."""
        with self._lock:
            self._wake_in, self._wake_out = os.pipe()
        for end in (self._wake_in, self._wake_out):
            os.set_blocking(end, False)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether somebody looks after the child; False after `stop` or after `say` raised."""
        return self._thread.is_alive()

    @property
    def pid(self) -> int | None:
        """The running child's process id, and its group's; None between two lives."""
        with self._lock:
            return self._pid

    @property
    def counts(self) -> ChildCounts:
        """What was counted so far."""
        with self._lock:
            return self._counts

    def send(self, line: bytes) -> bool:
        """Hand the running child one line of input (newline added); never blocks.

        False, and counted, if no child runs or it leaves its input unread. Nothing is kept for a later life.
        """
        with self._lock:
            taken = self._commands is not None and sum(map(len, self._commands)) + len(line) < _MOST_UNSENT
            if taken and self._commands is not None:
                self._commands.append(line + b"\n")
        if not taken:
            self._count("refused")
        self._wake()
        return taken

    def stop(self, deadline_s: float) -> None:
        """End the child for certain: by the end of its input, and after `deadline_s` by SIGKILL. Not from `say`."""
        self._stop_by = self._clock() + deadline_s
        self._wake()
        if self._thread.ident is not None:
            self._thread.join()

    def _stopping(self) -> bool:
        return self._stop_by is not None

    def _run(self) -> None:
        failures = 0
        try:
            while not self._stopping():
                born = self._clock()
                reason = self._life()
                if self._stopping():
                    return
                self._log.warning("%s: %s", self._programme.name, reason)
                self._say(self._changed(DeviceState.LOST, reason, self._clock()))
                failures = 1 if self._clock() - born >= _HEALTHY_S else failures + 1
                self._rest(wait(failures, _BACKOFF, chance=self._chance.random()))
        finally:
            with self._lock:
                os.close(self._wake_in)
                os.close(self._wake_out)
                self._wake_out = -1

    def _rest(self, seconds: float) -> None:
        until = self._clock() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_in, selectors.EVENT_READ)
            while not self._stopping() and (left := until - self._clock()) > 0:
                if selector.select(left):
                    drain(self._wake_in)

    def _life(self) -> str:
        """Run the child once until it ends, freezes or is stopped; why, in words."""
        try:
            process = Process(self._programme.command, wake=self._wake_in, longest=lines.LONGEST_STILL)
        except OSError as error:
            return f"its process cannot be started: {error.strerror}"
        try:
            self._count("starts")
            process.write(self._programme.config + b"\n")
            with self._lock:
                self._commands, self._pid = deque(), process.pid
            self._say(self._changed(DeviceState.STARTING, f"its process {process.pid} was started", self._clock()))
            return self._attend(process)
        finally:
            process.end()
            with self._lock:
                left, self._commands, self._pid = self._commands, None, None
            self._count("refused", len(left or ()))
            self._count("bad_lines", process.dropped)

    def _attend(self, process: Process) -> str:
        silence = _Silence(since=self._clock(), limit=self._programme.start_s)
        errors = _Errors(name=self._programme.name, log=self._log)
        while True:
            asked = min(_TICK_S, silence.left(self._clock()))
            before = self._clock()
            spoke = self._hear(process.pump(asked), errors)
            if spoke:
                silence = _Silence(since=self._clock(), limit=self._programme.deadline_s)
            elif self._clock() - before > asked + _TICK_S:
                # This thread was held up, not the child: its silence counts from now.
                silence = replace(silence, since=self._clock())
            if process.ended:
                return self._last_words(process, errors)
            if self._stop_by is None:
                self._pass_on(process)
            else:
                process.close_input()
                if self._clock() >= self._stop_by:
                    return "its process was stopped"
            if self._stop_by is None and silence.left(self._clock()) <= 0:
                self._count("killed")
                return f"its process said nothing for {silence.limit:g} s and was killed"

    def _hear(self, heard: Heard, errors: "_Errors") -> bool:
        """Hand on what the child said; whether any of it was understood."""
        understood = 0
        for line in heard.out:
            try:
                message = lines.decode(line)
            except LineError as error:
                self._count("bad_lines")
                errors.note((f"a line was not understood: {error}".encode(),), self._clock())
                continue
            understood += 1
            if isinstance(message, Alive):
                errors.last = ""  # it lived on after that
            else:
                self._say(message)
        self._count("unlogged", errors.note(heard.err, self._clock()))
        self._count("lines", understood)
        return understood > 0

    def _pass_on(self, process: Process) -> None:
        """Move the waiting commands to the child, as long as it reads them."""
        with self._lock:
            while self._commands and process.unsent < _MOST_UNSENT:
                process.write(self._commands.popleft())

    def _last_words(self, process: Process, errors: "_Errors") -> str:
        while (heard := process.pump(0)) != _NOTHING:
            self._hear(heard, errors)
        return f"its process {_told(process.end())}" + (f": {errors.last}" if errors.last else "")

    def _count(self, what: str, by: int = 1) -> None:
        if by:
            with self._lock:
                self._counts = replace(self._counts, **{what: getattr(self._counts, what) + by})

    def _wake(self) -> None:
        with self._lock, contextlib.suppress(BlockingIOError):  # a full pipe wakes as well
            if self._wake_out >= 0:
                os.write(self._wake_out, b"!")


_NOTHING: Final = Heard(out=(), err=())


def _told(status: int | None) -> str:
    if status is None:
        return "cannot be ended"
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Silence:
    """How long a child has said nothing; seconds of CLOCK_MONOTONIC."""

    since: float
    limit: float

    def left(self, now: float) -> float:
        return max(0.0, self.since + self.limit - now)


class _Errors:
    """A child's stderr on its way to the log, a bounded number of lines a second."""

    def __init__(self, *, name: str, log: logging.Logger) -> None:
        self._name, self._log = name, log
        self._second, self._logged, self._over = -1, 0, 0
        self.last = ""  # since the child was last known to be well

    def note(self, told: tuple[bytes, ...], now: float) -> int:
        """Log these lines; how many of them were too many."""
        if int(now) != self._second:
            if self._over:
                self._log.warning("%s: and %d lines more in that second", self._name, self._over)
            self._second, self._logged, self._over = int(now), 0, 0
        for line in told:
            self.last = line.decode(errors="replace").strip() or self.last
        allowed = told[: max(0, _MOST_LOGGED - self._logged)]
        for line in allowed:
            self._log.warning("%s: %s", self._name, line.decode(errors="replace").rstrip())
        self._logged += len(allowed)
        self._over += len(told) - len(allowed)
        return len(told) - len(allowed)
