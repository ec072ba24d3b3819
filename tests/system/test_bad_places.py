"""Ports that are taken and disks that are full: a clear word, and nothing lost."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.delivery.log import Log, LogFull

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.system


def say(*command: str | Path) -> subprocess.CompletedProcess[str]:
    program, *rest = map(str, command)
    return subprocess.run([str(BIN / program), *rest], capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    data = tmp_path / "cloud"
    for command in (("init",), ("broker", "init")):
        assert say("aisle-cloud", *command, "--data", data, "--store", "s").returncode == 0
    return data


def test_a_taken_port_of_the_pages_is_named(store: Path, taken: int) -> None:
    done = say("aisle-cloud", "run", "--data", store, "--port", str(taken))
    assert done.returncode == 2
    assert str(taken) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_of_the_broker_is_named(store: Path, taken: int) -> None:
    done = say("aisle-cloud", "broker", "run", "--data", store, "--port", str(taken))
    assert done.returncode == 2
    assert str(taken) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_of_the_simulator_is_named(tmp_path: Path, taken: int) -> None:
    store = ROOT / "deploy" / "demo_store"
    places = ("--bay", tmp_path, "--truth", tmp_path / "truth.jsonl")
    done = say("aisle-sim", "run", "--store", store, *places, "--port", str(taken))
    assert done.returncode == 2
    assert str(taken) in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("a small disk needs root and mount")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_refuses_new_events_keeps_the_old_and_takes_new_ones_when_there_is_room(small_disk: Path) -> None:
    log = Log(small_disk / "log.sqlite", new_epoch=lambda: "e" * 32, max_bytes=100_000_000)
    log.append([b"first"])
    ballast = small_disk / "somebody-elses"
    with pytest.raises(OSError, match="No space"):
        ballast.write_bytes(b"x" * 2_000_000)
    with pytest.raises(LogFull, match=r"log\.sqlite"):
        fill(log)
    kept = log.produced
    assert [row.sequence for row in log.read(1, events=10**6, octets=10**9)] == list(range(1, kept + 1))
    ballast.unlink()
    assert log.append([b"again"]) == kept + 1
    log.close()


def fill(log: Log) -> None:
    for _ in range(2_000):
        log.append([b"y" * 900])


def test_a_log_that_finds_no_room_on_the_disk_is_told_so_and_not_as_damaged(small_disk: Path) -> None:
    with pytest.raises(OSError, match="No space"):
        (small_disk / "somebody-elses").write_bytes(b"x" * 2_000_000)
    with pytest.raises(LogFull, match=r"log\.sqlite.*room"):
        Log(small_disk / "log.sqlite", new_epoch=lambda: "e" * 32, max_bytes=100_000_000)
