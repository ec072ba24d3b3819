"""Kills nodes, broker and cloud at random moments, and counts: `python -m tests.system.kills --kills 300`.

The broker also loses its whole disk now and then, as a broker does that somebody sets up anew. What has to hold at
the end, for every node: each tap whose light turned green is stored once, and
*produced = stored + quarantined + pending + dropped*.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.programs import eventually, free_port, program

BIN = Path(sys.executable).parent
STORE = "kill-store"
NODES = ("north", "south")


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a run of kills found."""

    kills: dict[str, int]
    accepted: int
    stored: int
    lost: int
    doubled: int
    unexplained: int
    quarantined: int
    pending: int
    dropped: int
    drain_s: float


@dataclass(kw_only=True)
class Bench:
    """The programs under fire and where they keep things."""

    folder: Path
    every: float
    control: bool
    ports: dict[str, int]
    ends: contextlib.ExitStack
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)

    def start(self, name: str) -> None:
        started = program(*self.command(name), log=self.folder / f"{name}.log", stdin=subprocess.DEVNULL)
        self.running[name] = self.ends.enter_context(started)

    def command(self, name: str) -> list[str]:
        data = str(self.folder / "cloud")
        match name:
            case "broker":
                return [str(BIN / "aisle-cloud"), "broker", "run", "--data", data, "--port", str(self.ports["mqtt"])]
            case "cloud":
                return [str(BIN / "aisle-cloud"), "run", "--data", data, "--port", str(self.ports["web"])]
            case _:
                control = ["--forget-on-puback"] if self.control else []
                return [
                    *(sys.executable, "-m", "tests.system.kill_node", "--every", str(self.every)),
                    *("--credentials", str(self.credentials(name)), "--log", str(self.log_of(name))),
                    *("--ledger", str(self.folder / f"{name}.ledger"), "--rest", str(self.folder / "rest"), *control),
                ]

    def credentials(self, name: str) -> Path:
        return self.folder / "cloud" / "broker" / "users" / f"{name}.toml"

    def log_of(self, name: str) -> Path:
        return self.folder / name / "log.sqlite"

    def kill(self, name: str, *, lose_disk: bool) -> None:
        self.end(name)
        if lose_disk:
            self.lose_the_brokers_disk()
        self.start(name)

    def end(self, name: str) -> None:
        process = self.running[name]
        process.kill()
        process.wait()
        self.kills[name] += 1

    def lose_the_brokers_disk(self) -> None:
        shutil.rmtree(self.folder / "cloud" / "broker" / "jetstream", ignore_errors=True)
        self.kills["broker's disk"] += 1

    def replace_the_broker_while_the_cloud_is_away(self) -> None:
        """What the broker has acknowledged meanwhile, nobody has stored."""
        self.end("cloud")
        accepted = len(ledger(self))
        eventually(lambda: len(ledger(self)) >= accepted + 50)
        self.end("broker")
        self.lose_the_brokers_disk()
        self.start("broker")
        self.start("cloud")


def cloud(bench: Bench, *arguments: str) -> str:
    data = str(bench.folder / "cloud")
    command = [str(BIN / "aisle-cloud"), *arguments, "--data", data]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


@contextlib.contextmanager
def prepared(folder: Path, *, every: float, control: bool) -> Iterator[Bench]:
    ports = {"mqtt": free_port(), "web": free_port()}
    bench = Bench(folder=folder, every=every, control=control, ports=ports, ends=contextlib.ExitStack())
    cloud(bench, "init", "--store", STORE)
    cloud(bench, "broker", "init", "--store", STORE, "--port", str(bench.ports["mqtt"]))
    for name in NODES:
        cloud(bench, "nodes", "add", name)
        (folder / name).mkdir()
    with bench.ends:
        for name in ("broker", "cloud", *NODES):
            bench.start(name)
        yield bench


def ledger(bench: Bench) -> Counter[str]:
    found: Counter[str] = Counter()
    for name in NODES:
        path = bench.folder / f"{name}.ledger"
        if not path.exists():
            continue
        # A kill can cut the last line short: that light was never seen whole.
        found.update(line for line in path.read_text().splitlines() if len(line) == 32)
    return found


def stored_taps(bench: Bench) -> Counter[str]:
    lines = cloud(bench, "events", "--kind", "tap").splitlines()
    return Counter(json.loads(line)["event"]["tag"] for line in lines)


def drained(bench: Bench, *, seconds: float) -> float:
    """Let the nodes rest, and wait until nothing is pending; how long that took."""
    (bench.folder / "rest").touch()
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        if all(pending(bench.log_of(name)) == 0 for name in NODES):
            break
        time.sleep(0.2)
    return time.monotonic() - start


def heads(path: Path) -> tuple[int, int, int]:
    """(produced, receipted, dropped) of a node's log, read from outside."""
    import sqlite3

    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as db:
        row = db.execute("SELECT produced, receipted, dropped FROM head").fetchone()
        return row[0], row[1], row[2]


def pending(path: Path) -> int:
    produced, receipted, _ = heads(path)
    return produced - receipted


def judge(bench: Bench, drain_s: float) -> Report:
    accepted, stored = ledger(bench), stored_taps(bench)
    status = json.loads(cloud(bench, "status"))
    nodes = {name: heads(bench.log_of(name)) for name in NODES}
    held = {name: sum_of(status, name, "stored") for name in NODES}
    refused = {name: sum_of(status, name, "quarantined") for name in NODES}
    waiting = {name: pending(bench.log_of(name)) for name in NODES}
    unexplained = sum(
        abs(nodes[name][0] - held[name] - refused[name] - waiting[name]) for name in NODES
    )  # a log's `produced` has no drops in it: they never had a sequence
    return Report(
        kills=dict(bench.kills),
        accepted=len(accepted),
        stored=sum(held.values()),
        lost=sum(1 for tag in accepted if tag not in stored),
        doubled=sum(count - 1 for count in stored.values()),
        unexplained=unexplained,
        quarantined=sum(refused.values()),
        pending=sum(waiting.values()),
        dropped=sum(node[2] for node in nodes.values()),
        drain_s=round(drain_s, 1),
    )


def sum_of(status: dict, node: str, key: str) -> int:  # type: ignore[type-arg] # whatever the program prints
    """A figure of the cloud's account of a node; 0 for one that it has never heard of."""
    return int(status["nodes"].get(node, {}).get(key, 0))


def run(folder: Path, *, kills: int, events: int, seed: int, control: bool = False) -> Report:
    """Kill `kills` times, and go on until `events` taps are accepted; then drain and judge."""
    chance = random.Random(seed)
    with prepared(folder, every=0.02, control=control) as bench:
        eventually(lambda: bool(stored_taps(bench)))  # kills shall hit work, not only start-up
        bench.replace_the_broker_while_the_cloud_is_away()
        for number in range(kills):
            time.sleep(chance.uniform(0.2, 1.6))
            name = chance.choice(["broker", "cloud", *NODES])
            bench.kill(name, lose_disk=name == "broker" and chance.random() < 0.5)
            print(f"kill {number + 1}/{kills}: {name}", file=sys.stderr)
        eventually(lambda: len(ledger(bench)) >= events, seconds=180)
        return judge(bench, drained(bench, seconds=60 if not control else 10))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--events", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(2), "big"))
    parser.add_argument("--forget-on-puback", action="store_true", help="the negative control")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="aisle-kills-"))
    report = run(
        folder,
        kills=arguments.kills,
        events=arguments.events,
        seed=arguments.seed,
        control=arguments.forget_on_puback,
    )
    print(json.dumps({"seed": arguments.seed, **asdict(report)}))
    sys.exit(1 if report.lost or report.doubled or report.unexplained else 0)


if __name__ == "__main__":
    main()
