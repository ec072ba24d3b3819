"""What tests need that start whole programs: their certain end, ports that are theirs, and patience."""

import contextlib
import random
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

PATIENCE_S = 60.0  # for what takes a second where a machine has little else to do
_CHANCE = random.SystemRandom()
_OURS = range(10_000, 32_768)  # below what Linux hands out by itself (ip_local_port_range)


def free_port() -> int:
    """A port that nothing listens on, and that no other program is given before it is used."""
    while True:
        port = _CHANCE.choice(_OURS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def program(*command: str | Path, log: Path | None = None, **options: Any) -> Iterator["subprocess.Popen[Any]"]:
    """A program that is gone afterwards, whatever happens meanwhile; what it says is added to `log` if that is given.

    `options` are those of subprocess.Popen.
    """
    with contextlib.ExitStack() as files:
        if log is not None:
            file = files.enter_context(log.open("ab"))
            options = {"stdout": file, "stderr": file} | options
        process = subprocess.Popen(list(map(str, command)), **options)
    with process:
        try:
            yield process
        finally:
            process.kill()


def answers(url: str) -> bool:
    """Whether a page is there."""
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.TransportError:
        return False


def eventually(true: Callable[[], object], what: str = "what was waited for", *, seconds: float = PATIENCE_S) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what} took longer than {seconds:.0f} s"
        time.sleep(0.02)
