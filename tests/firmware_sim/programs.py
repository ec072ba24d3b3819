"""`aisle-sim run` as a real program that serves while a block lasts."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.firmware_sim.stores import DEMO
from tests.programs import answers, eventually, program


def command(folder: Path, *more: str) -> list[str]:
    return [
        *(sys.executable, "-c", "from firmware_sim.cli import main; main()", "run", "--store", str(DEMO)),
        *("--bay", str(folder), "--truth", str(folder / "truth.jsonl"), "--seed", "7", *more),
    ]


@contextmanager
def running(folder: Path, *more: str) -> Iterator[str]:
    """The program's address, while it runs."""
    with program(
        *command(folder, "--port", "0", *more), stdout=subprocess.PIPE, text=True, cwd=DEMO.parents[1]
    ) as simulator:
        assert simulator.stdout is not None
        said = simulator.stdout.readline()
        address = re.search(r"http://localhost:\d+", said)
        assert address, said
        url = address[0].replace("localhost", "127.0.0.1")
        eventually(lambda: answers(f"{url}/state"))
        yield url
        simulator.send_signal(signal.SIGINT)
        simulator.wait(timeout=60)
