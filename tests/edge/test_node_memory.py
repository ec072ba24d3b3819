"""What a node with one camera and with three needs: real processes that look at moving pictures."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import pytest

from tests.edge.family import Family, readable
from tests.programs import PATIENCE_S, eventually, program

Size: TypeAlias = tuple[int, int]

FIRST_MB = 200.0  # a node with one camera
# Each camera more, by the size of its pictures: a camera's smaller stream, and its larger one.
FURTHER_MB = {(704, 576): 68.0, (1920, 1080): 80.0}
SAMPLES = 20  # the most counts: a picture is there only while somebody looks at it
WORKED_S = 2.0  # of processor time, most of it after the model is loaded
HASTE = "detections_per_second = 20\nleast_per_second = 20\n"  # so that pools are full sooner
NAMES = ("c0", "c1", "c2")

pytestmark = pytest.mark.skipif(not readable(), reason="only root may look into a process that closed itself")


def video_in_which_much_moves(path: Path, size: Size) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, size)
    assert writer.isOpened()
    # Coarse: of noise in single pixels, compressed pictures become larger than any that a camera sends.
    coarse = np.random.default_rng(1).integers(60, 180, (size[1] // 4, size[0] // 4, 3), dtype=np.uint8)
    ground = np.repeat(np.repeat(coarse, 4, axis=0), 4, axis=1)
    for step in range(60):
        picture = ground.copy()
        for person in range(6):
            x, y = 40 + 100 * person + 3 * step % 90, 120 + 60 * (person % 3)
            cv2.rectangle(picture, (x, y), (x + 45, y + 150), (30, 30 * person, 200), -1)
        writer.write(picture)
    writer.release()
    return path


def write_node(folder: Path, video: Path, size: Size, cameras: int) -> Path:
    title = {"ko": "가게", "en": "Shop"}
    right, down = size[0] - 4, size[1] - 6
    pixels = ((0, 0), (right, 0), (right, down), (0, down), (right // 2, down // 2))
    spots = [
        {
            "id": name, "node": "n1", "width": size[0], "height": size[1], "at": [0, 0], "height_m": 3,
            "look_at": [3, 3], "field_of_view_deg": 60,
            "sees": [[10 * n, 0], [10 * n + 7, 0], [10 * n + 7, 5], [10 * n, 5]],
            "pairs": [[u, v, 10 * n + u / 100, v / 100] for u, v in pixels],
        }
        for n, name in enumerate(NAMES)
    ]  # fmt: skip
    plan = {"store": "s", "title": title, "version": 1, "width_m": 40, "depth_m": 10, "cameras": spots}
    nothing: dict[str, list[str]] = {part: [] for part in ("zones", "lines", "shelves", "tags", "readers")}
    (folder / "plan.json").write_text(json.dumps({**plan, **nothing}))
    (folder / "credentials.toml").write_text(
        'host = "127.0.0.1"\nport = 1\nstore = "s"\nusername = "n1"\npassword = "x"\n'
    )
    (folder / "pseudonym.hex").write_text("ab" * 32)
    (folder / "data").mkdir()
    heads = ('data = "data"', 'plan = "plan.json"', 'credentials = "credentials.toml"')
    parts = [f'[[camera]]\nname = "{name}"\nsource = "{video}"\nloop = true\n{HASTE}' for name in NAMES[:cameras]]
    path = folder / "node.toml"
    path.write_text("\n".join([*heads, 'pseudonym_key = "pseudonym.hex"', *parts]))
    return path


@contextmanager
def node(folder: Path, video: Path, size: Size, cameras: int) -> Iterator[Family]:
    """A node that is up, as systemd would hear it say."""
    settings = write_node(folder, video, size, cameras)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(folder / "notify"))
        supervisor.settimeout(PATIENCE_S)
        command = (Path(sys.executable).with_name("aisle-edge"), "run", "--config", settings)
        env = {**os.environ, "NOTIFY_SOCKET": str(folder / "notify")}
        with program(*command, env=env, stderr=subprocess.DEVNULL) as process:
            assert supervisor.recv(4096).decode().startswith("READY=1\nSTATUS=n1")
            yield Family(pid=process.pid)


def settled(family: Family, cameras: int) -> float:
    """The most MB of the family once each camera's process has worked for a while and its pools are full."""

    def worked() -> bool:
        spent = [seconds for pid in family.members() if (seconds := cpu_s(pid)) is not None]
        return len(spent) == cameras and min(spent) >= WORKED_S

    eventually(worked, seconds=PATIENCE_S)
    samples: list[float] = []
    while len(samples) < SAMPLES:
        time.sleep(0.1)  # another moment, not a wait for anything
        samples.append(family.mb())
    return max(samples)


def cpu_s(pid: int) -> float | None:
    """Processor time of a camera's process, s; None for another process, or one that has ended."""
    try:
        if b"edge.camera" not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return None
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("size", FURTHER_MB)
def test_a_node_with_its_cameras_stays_within_its_memory(tmp_path: Path, size: Size) -> None:
    video, took = video_in_which_much_moves(tmp_path / "busy.mp4", size), {}
    for cameras in (1, 3):
        folder = tmp_path / str(cameras)
        folder.mkdir()
        with node(folder, video, size, cameras) as family:
            took[cameras] = settled(family, cameras)
    further = (took[3] - took[1]) / 2
    print(f"{took[1]:.0f} MB with one camera, {further:.0f} MB more for each further one")
    assert took[1] <= FIRST_MB
    assert further <= FURTHER_MB[size]


def test_what_is_as_large_as_a_picture_goes_back_to_the_system_when_it_is_freed() -> None:
    assert freed_mb("keep_little()") > 50
    assert freed_mb("") < 10  # by itself the C library would keep it


def freed_mb(first: str) -> float:
    """How much less a process holds once twenty blocks of 3 MB, among small ones that stay, are freed."""
    script = f"""
import sys
from edge.memory import keep_little, resident_mb
{first}
for _ in range(2):
    large = b"x" * 4_000_000  # freed once, it raises what the C library keeps
    del large
kept = [(b"x" * 3_000_000, b"y" * 100_000) for _ in range(20)]
before = resident_mb()
kept = [small for _, small in kept]
print(before - resident_mb())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    return float(done.stdout)


def test_memory_that_a_child_takes_would_be_noticed() -> None:
    hungry = "import sys; kept = b'x' * 50_000_000; print(flush=True); sys.stdin.read()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hungry!r}])"
    family = Family(pid=os.getpid())
    before = family.mb()
    with program(sys.executable, "-c", parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        after = family.mb()
        process.communicate()
    assert 50 <= after - before <= 90


def test_a_library_that_two_have_mapped_counts_once() -> None:
    both = "import numpy, sys; print(flush=True); sys.stdin.read()"
    family = Family(pid=os.getpid())
    with program(sys.executable, "-c", both, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        apart = sum(Family(pid=pid).mb() for pid in (os.getpid(), process.pid)) - Family(pid=process.pid).mb()
        together = family.mb()
        alone = Family(pid=process.pid).mb()
        process.communicate()
    assert together < apart + alone
