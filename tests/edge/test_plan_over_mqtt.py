"""A plan's way from the store to a node: a real broker between them, and the node a program of its own."""

import contextlib
import json
import queue
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from cloud.broker.nats import Broker
from contract.messages import Health, PlanRefusal, decode_health
from contract.plan import Plan, Point, ReaderSpot, encode_plan
from contract.topics import Channel, topic
from edge.plans import keeping
from tests.cloud.programs import Caller, caller, new_broker, running_broker
from tests.cloud.wire import STORE
from tests.edge.cloud_says import FORGER, changed, plan_for
from tests.edge.two_cameras import PLAN, TITLE
from tests.programs import program

pytestmark = pytest.mark.system

READER = ReaderSpot(id="r", node="a", title=TITLE, at=Point(1, 1))


def version(number: int, **fields: object) -> Plan:
    return replace(PLAN, store=STORE, version=number, readers=(READER,), **fields)


@pytest.fixture(name="broker", scope="module")
def _broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with running_broker(tmp_path_factory.mktemp("broker"), "a", "b") as broker:
        yield broker


def settle(folder: Path, broker: Broker, name: str = "a") -> Path:
    """The settings of a node with one reader and no plan's file."""
    (folder / "key.hex").write_text("ab" * 32)
    (folder / "data").mkdir(exist_ok=True)
    path = folder / "node.toml"
    path.write_text(
        f'data = "data"\ncredentials = "{broker.users / f"{name}.toml"}"\npseudonym_key = "key.hex"\n'
        '[[reader]]\nname = "r"\ndevice = "/dev/none"\n'
    )
    return path


@dataclass(slots=True)
class Cloud:
    """The cloud's place at the broker, with its key: it leaves plans, and reads health."""

    at: Caller
    broker: Broker

    def say(self, plan: Plan, *, node: str = "a", message: bytes | None = None) -> None:
        told = plan_for(node, plan, store=STORE, key=self.broker.key) if message is None else message
        self.at.client.publish(topic(STORE, node, Channel.PLAN), told, qos=1, retain=True).wait_for_publish(10)

    def health(self, enough: Callable[[Health], bool]) -> Health:
        while True:
            try:
                said = decode_health(self.at.heard.get(timeout=20)[1])
            except queue.Empty:
                pytest.fail("the node did not say it")
            if enough(said):
                return said


def running(config: Path) -> "contextlib.AbstractContextManager[subprocess.Popen[bytes]]":
    command = (sys.executable, "-c", "from edge.cli import main; main()", "run", "--config", config)
    return program(*command, log=config.parent / "node.log")


def test_a_node_takes_the_plan_that_waits_for_it_and_every_newer_one(broker: Broker, tmp_path: Path) -> None:
    config = settle(tmp_path, broker)
    with caller(broker.credentials("cloud")) as at:
        cloud = Cloud(at=at, broker=broker)
        assert at.subscribe(topic(STORE, "a", Channel.HEALTH))
        cloud.say(version(7))
        with running(config) as node:
            cloud.health(lambda said: said.plan == 7)
            cloud.say(version(8))
            assert cloud.health(lambda said: said.plan == 8).plan_problem == ""
            wanted: Counter[PlanRefusal] = Counter()
            for message, why in (
                (plan_for("a", version(9), store=STORE, key=FORGER), PlanRefusal.SIGNATURE),
                (plan_for("b", version(9), store=STORE, key=broker.key), PlanRefusal.SIGNATURE),
                (changed(plan_for("a", version(8), store=STORE, key=broker.key), version=9), PlanRefusal.SIGNATURE),
                (plan_for("a", version(7), store=STORE, key=broker.key), PlanRefusal.OLDER),
                (plan_for("a", replace(version(9), readers=()), store=STORE, key=broker.key), PlanRefusal.MISFIT),
                (plan_for("a", replace(version(9), store="t"), store=STORE, key=broker.key), PlanRefusal.STORE),
                (b"rubbish", PlanRefusal.UNREADABLE),
            ):
                cloud.say(version(1), message=message)
                wanted[why] += 1
                said = cloud.health(lambda said: said.plans_refused == wanted)
                assert said.plan == 8
                assert said.plan_problem
            node.kill()  # the power goes
            node.wait()
    assert status(config)["plan"] == 8
    assert (tmp_path / "data" / keeping.FILE).exists()


def status(config: Path) -> dict[str, object]:
    command = [sys.executable, "-c", "from edge.cli import main; main()", "status", "--config", str(config)]
    told: dict[str, object] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return told


def test_a_node_whose_credentials_are_old_takes_no_plan_and_says_so(broker: Broker, tmp_path: Path) -> None:
    """Its file is read as ever; it needs a plan's file, as before."""
    config = settle(tmp_path, broker)
    old = "".join(
        line for line in (broker.users / "a.toml").read_text().splitlines(keepends=True) if "cloud_key" not in line
    )
    (tmp_path / "old.toml").write_text(old)
    text = config.read_text().replace(str(broker.users / "a.toml"), "old.toml")
    config.write_text(text.replace('data = "data"', 'data = "data"\nplan = "plan.json"'))
    (tmp_path / "plan.json").write_bytes(encode_plan(version(3)))
    with caller(broker.credentials("cloud")) as at:
        cloud = Cloud(at=at, broker=broker)
        cloud.say(version(4))
        assert at.subscribe(topic(STORE, "a", Channel.HEALTH))
        with running(config):
            said = cloud.health(lambda said: PlanRefusal.NO_KEY in said.plans_refused)
    assert said.plan == 3
    assert "no cloud_key" in said.plan_problem


@pytest.mark.parametrize("channel", ["plan", "order"])
def test_a_node_reads_its_own_plans_and_orders_and_nobody_elses(broker: Broker, channel: str) -> None:
    with caller(broker.credentials("a")) as node, caller(broker.credentials("cloud")) as cloud:
        assert not node.subscribe(f"aisle/{STORE}/b/{channel}")
        assert not node.subscribe(f"aisle/{STORE}/+/{channel}")
        assert node.subscribe(f"aisle/{STORE}/a/{channel}")
        _drain(node)
        node.publish(f"aisle/{STORE}/a/{channel}", b"forged by itself")
        with caller(broker.credentials("observer")) as observer:
            assert not observer.subscribe(f"aisle/{STORE}/a/{channel}")
            observer.publish(f"aisle/{STORE}/a/{channel}", b"forged by the observer")
        with caller(broker.credentials("b")) as other:
            other.publish(f"aisle/{STORE}/a/{channel}", b"forged by another node")
        cloud.publish(f"aisle/{STORE}/a/{channel}", b"the cloud's")
        assert node.heard.get(timeout=10)[1] == b"the cloud's"


def _drain(one: Caller) -> None:
    """What was retained comes first."""
    with contextlib.suppress(queue.Empty):
        while one.heard.get(timeout=0.5):
            pass


@pytest.mark.parametrize("channel", ["still", "answer"])
def test_what_a_node_answers_is_for_the_cloud_alone(broker: Broker, channel: str) -> None:
    with caller(broker.credentials("a")) as node, caller(broker.credentials("cloud")) as cloud:
        with caller(broker.credentials("observer")) as observer:
            assert not observer.subscribe(f"aisle/{STORE}/a/{channel}")
        with caller(broker.credentials("b")) as other:
            assert not other.subscribe(f"aisle/{STORE}/a/{channel}")
            other.publish(f"aisle/{STORE}/a/{channel}", b"forged")
        assert cloud.subscribe(f"aisle/{STORE}/+/{channel}")
        node.publish(f"aisle/{STORE}/a/{channel}", b"honest")
        assert cloud.heard.get(timeout=10) == (f"aisle/{STORE}/a/{channel}", b"honest")


def test_nodes_get_the_clouds_key_with_their_credentials_and_nobody_else(tmp_path: Path) -> None:
    broker = new_broker(tmp_path, "a", "b")
    key = broker.key.public.hex()
    assert [broker.credentials(name).cloud_key for name in ("a", "b", "cloud", "observer")] == [key, key, None, None]
    (tmp_path / "nodes.key").chmod(0o600)
    assert Broker(directory=broker.directory, random=lambda size: b"z" * size).key.public.hex() == key
