"""One run of a child process whose pipes never block its owner."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.children import tether
from edge.children.split import Splitter

_CHUNK: Final = 64 * 1024
_UNKILLABLE_S: Final = 2.0
_SHORT: Final = 4 * 1024  # longest line of a child's stderr that is worth a log line, bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a process wrote since the last time, in whole lines without their newline."""

    out: tuple[bytes, ...]
    err: tuple[bytes, ...]


class Process:
    """A started command in a process group of its own, tied to the thread that started it.

    Not thread-safe: one thread starts, pumps and ends it. `wake` is a descriptor that ends a pump early.
    Raises OSError if it cannot be started.
    """

    def __init__(self, command: tuple[str, ...], *, wake: int, longest: int) -> None:
        # An isolated interpreter without site: some 10 ms, and no fork hook in a process with threads.
        tied = [sys.executable, "-I", "-S", str(Path(tether.__file__)), str(os.getpid()), *command]
        pipe = subprocess.PIPE
        self._popen = subprocess.Popen(tied, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, process_group=0)
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        assert self._popen.stderr is not None
        self._in, self._out, self._err = self._popen.stdin, self._popen.stdout, self._popen.stderr
        self._split = {self._out: Splitter(longest=longest), self._err: Splitter(longest=_SHORT)}
        self._unsent = b""
        self._wake = wake
        self._selector = selectors.DefaultSelector()
        for stream in (self._in, self._out, self._err):
            os.set_blocking(stream.fileno(), False)
        for source in (self._out, self._err, wake):
            self._selector.register(source, selectors.EVENT_READ)

    @property
    def pid(self) -> int:
        """The process's id, and its group's."""
        return self._popen.pid

    @property
    def dropped(self) -> int:
        """Lines of its output that were too long."""
        return self._split[self._out].dropped

    @property
    def unsent(self) -> int:
        """Bytes written to it that it has not taken yet."""
        return len(self._unsent)

    @property
    def ended(self) -> bool:
        """Whether it has ended; what it wrote last may still wait to be heard."""
        return self._popen.poll() is not None

    def write(self, line: bytes) -> None:
        """Send one line, with its newline, as soon as the process takes it."""
        self._unsent += line
        self._flush()

    def close_input(self) -> None:
        """Tell it by the end of its input to end itself; what it has not taken is dropped."""
        if self._in.closed:
            return
        self._unsent = b""
        self._flush()
        self._in.close()

    def pump(self, timeout: float) -> Heard:
        """Move bytes both ways for at most `timeout` seconds or until something was heard."""
        heard: dict[object, list[bytes]] = {self._out: [], self._err: []}
        for key, _ in self._selector.select(timeout):
            if key.fileobj == self._wake:
                drain(self._wake)
            elif key.fileobj is self._in:
                self._flush()
            else:
                heard[key.fileobj] += self._read(key.fd, key.fileobj)
        return Heard(out=tuple(heard[self._out]), err=tuple(heard[self._err]))

    def end(self) -> int | None:
        """Kill whatever is left of it and its descendants, once; its exit status, negative for a signal.

        None for one that even SIGKILL does not end within two seconds: a driver holds it, and it is left behind.
        """
        if not self._out.closed:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a zombie group
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._selector.close()
            for stream in (self._in, self._out, self._err):
                stream.close()
        try:
            return self._popen.wait(_UNKILLABLE_S)
        except subprocess.TimeoutExpired:
            return None

    def _reading(self, stream: object) -> bool:
        return stream in {key.fileobj for key in self._selector.get_map().values()}

    def _read(self, fd: int, stream: object) -> list[bytes]:
        try:
            data = os.read(fd, _CHUNK)
        except BlockingIOError:
            return []
        if not data:
            self._selector.unregister(fd)
            return []
        return next(split for held, split in self._split.items() if held is stream).feed(data)

    def _flush(self) -> None:
        if self._unsent:
            try:
                self._unsent = self._unsent[os.write(self._in.fileno(), self._unsent) :]
            except BlockingIOError:
                pass
            except BrokenPipeError:  # it has ended; its owner will see that
                self._unsent = b""
        if bool(self._unsent) == self._reading(self._in):
            return
        if self._unsent:
            self._selector.register(self._in, selectors.EVENT_WRITE)
        else:
            self._selector.unregister(self._in)


def drain(fd: int) -> None:
    """Take all that waits in a non-blocking pipe."""
    with contextlib.suppress(BlockingIOError):
        while os.read(fd, _CHUNK):
            pass
