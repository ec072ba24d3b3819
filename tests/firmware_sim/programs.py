"""`aisle-sim run` as a real program that serves while a block lasts."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.firmware_sim.stores import DEMO


def command(folder: Path, *more: str) -> list[str]:
    return [
        *(sys.executable, "-c", "from firmware_sim.cli import main; main()", "run", "--store", str(DEMO)),
        *("--bay", str(folder), "--truth", str(folder / "truth.jsonl"), "--seed", "7", *more),
    ]


@contextmanager
def running(folder: Path, *more: str) -> Iterator[str]:
    """The program's address, while it runs."""
    with subprocess.Popen(
        command(folder, "--port", "0", *more), stdout=subprocess.PIPE, text=True, cwd=DEMO.parents[1]
    ) as program:
        assert program.stdout is not None
        said = program.stdout.readline()
        address = re.search(r"http://localhost:\d+", said)
        assert address, said
        url = address[0].replace("localhost", "127.0.0.1")
        until(lambda: answers(url))
        try:
            yield url
        finally:
            program.send_signal(signal.SIGINT)
            program.wait(timeout=20)


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/state", timeout=5).is_success
    except httpx.TransportError:
        return False


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
