"""One day of the demo: everything started, played, ended in order, and judged."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from contract.messages import decode_event
from contract.plan import Plan
from deploy.demo.diary import read_diary
from deploy.demo.kept import kept_since
from deploy.demo.membership import membership
from deploy.demo.preparation import POINTS, STORE_FILES, TILL, Place, Ports, program
from deploy.demo.processes import Programs
from deploy.demo.scorecard import Conservation, Visit, decode_truth, scorecard

SETTLING_S = 2.0
"""After the day's end: cameras see the last of it, removals come up to 1.5 s late."""


@dataclass(slots=True, kw_only=True)
class Demo:
    """The programs of one demo."""

    place: Place
    ports: Ports
    plan: Plan
    seed: int
    speed: float
    say: Callable[[str], None]
    programs: Programs = field(init=False)
    _refused: int = 0

    def __post_init__(self) -> None:
        self.programs = Programs(logs=self.place.logs)

    @property
    def cloud_url(self) -> str:
        """Where the store's pages are."""
        return f"http://localhost:{self.ports.cloud}"

    @property
    def simulator_url(self) -> str:
        """Where the simulator's page is."""
        return f"http://localhost:{self.ports.simulator}"

    def start(self) -> None:
        """Start every program, and the day once all readers and cameras work. Raises ProgramFailed."""
        place, programs = self.place, self.programs
        self.say("starting the broker")
        programs.start("broker", "aisle-cloud", "broker", "run", "--data", place.cloud)
        self.say("starting the cloud")
        programs.start("cloud", "aisle-cloud", "run", "--data", place.cloud)
        programs.wait_for("the cloud", lambda: self._answers(f"{self.cloud_url}/healthz"), seconds=60)
        self.say("starting the simulated store")
        programs.start(
            *("simulator", "aisle-sim", "run", "--store", STORE_FILES, "--port", str(self.ports.simulator)),
            *("--cloud", self.cloud_url, "--bay", place.simulator, "--truth", place.truth),
            *("--seed", str(self.seed), "--speed", str(self.speed)),
            *("--observer", place.user("observer"), "--keys", place.keys / "tags.toml"),
            *("--till", TILL, "--till-secret", place.till_secret, "--card-key", place.card_key),
            *("--staff-password", place.password),
        )
        programs.wait_for("the simulator", lambda: self._answers(f"{self.simulator_url}/state"), seconds=60)
        started_ms = _now_ms()
        for node in self.plan.nodes:
            self.say(f"starting the node {node}")
            programs.start(f"node {node}", "aisle-edge", "run", "--config", place.node(node))
        self.say("waiting until every reader and camera works")
        programs.wait_for("the nodes", lambda: self._all_work(started_ms), seconds=120)
        self._post("/start")

    def state(self) -> dict[str, Any]:
        """What the simulator says of its day."""
        found: dict[str, Any] = httpx.get(f"{self.simulator_url}/state", timeout=10).json()
        return found

    def finish(self) -> dict[str, object]:
        """End the day and every program, each after what it waits for; the scorecard."""
        self._post("/finish")
        verdicts: dict[str, int] = self.state()["push"]
        self._refused = sum(verdicts.values()) - verdicts.get("accepted", 0)
        time.sleep(SETTLING_S)
        rss_mb = self.programs.memory_mb()
        self.programs.stop(*(f"node {node}" for node in self.plan.nodes), seconds=15)
        self._wait_for_the_last_events()
        self.programs.stop("simulator")
        self.programs.stop("cloud")
        self.programs.stop("broker")
        return self._judge(rss_mb)

    def _wait_for_the_last_events(self) -> None:
        """A node stops when all is receipted or its time is up; what it holds then is pending, and counted."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and any(self._log_of(node)["pending"] for node in self.plan.nodes):
            time.sleep(0.2)

    def _judge(self, rss_mb: dict[str, float]) -> dict[str, object]:
        place = self.place
        started = json.loads(place.truth.with_name("started.json").read_text(encoding="utf-8"))
        since = ("--from", str(started["started_ms"]))
        truth = [found for line in place.truth.read_bytes().splitlines() if (found := decode_truth(line))]
        stored = program("aisle-cloud", "events", "--data", place.cloud, *since).splitlines()
        visits = program("aisle-cloud", "visits", "--data", place.cloud, *since).splitlines()
        floor = scorecard(
            truth=truth,
            started_ms=started["started_ms"],
            events=[decode_event(msgspec.json.encode(json.loads(line)["event"])) for line in stored],
            visits=[msgspec.json.decode(line, type=Visit) for line in visits],
            waits_ms=self._waits(),
            conservation=self._conservation(),
            rss_mb=rss_mb,
        )
        return floor | self._members(started["started_ms"])

    def _members(self, started_ms: int) -> dict[str, object]:
        path = self.place.simulator / "phones.jsonl"
        noted = read_diary(path.read_bytes().splitlines())
        kept = kept_since(self.place.cloud, started_ms)
        return membership(noted, kept, POINTS, pushes_refused=self._refused)

    def _waits(self) -> list[float]:
        path = self.place.simulator / "phones.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        told = [json.loads(line) for line in lines]
        return [each["arrived_at"] - each["put_at"] for each in told if each["kind"] == "tap-to-phone"]

    def _conservation(self) -> Conservation:
        """Over the whole life of the logs: what nodes say that they made, beside what the cloud says that it has."""
        logs = [self._log_of(node) for node in self.plan.nodes]
        nodes = json.loads(program("aisle-cloud", "status", "--data", self.place.cloud))["nodes"].values()
        own = {log["epoch"] for log in logs}  # the past that was taken in is of logs that nobody has
        cloud = [epoch for node in nodes for epoch in node["epochs"] if epoch["epoch"] in own]
        return Conservation(
            produced=sum(log["produced"] for log in logs),
            stored=sum(epoch["stored"] for epoch in cloud),
            quarantined=sum(epoch["quarantined"] for epoch in cloud),
            pending=sum(log["pending"] for log in logs),
            dropped=sum(log["dropped"] for log in logs),
        )

    def _log_of(self, node: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(program("aisle-edge", "status", "--config", self.place.node(node)))
        return found

    def _all_work(self, since_ms: int) -> bool:
        nodes = json.loads(program("aisle-cloud", "status", "--data", self.place.cloud))["nodes"]
        return all(node in nodes and _works(nodes[node].get("health"), since_ms) for node in self.plan.nodes)

    def _answers(self, url: str) -> bool:
        try:
            return httpx.get(url, timeout=5).is_success
        except httpx.TransportError:
            return False

    def _post(self, path: str) -> None:
        httpx.post(f"{self.simulator_url}{path}", timeout=10).raise_for_status()


def _works(health: dict[str, Any] | None, since_ms: int) -> bool:
    if not health or health["at"] < since_ms:
        return False
    return all(device["ok"] for kind in ("readers", "cameras") for device in health[kind].values())


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
