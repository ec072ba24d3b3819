"""`aisle-cloud` at the command line: the embedded broker, the ingest and the accounts, as whole programs."""

import json
import os
import queue
import re
import signal
import stat
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cloud.broker.nats import Broker
from cloud.cli import main
from contract.events import KINDS
from contract.messages import decode_receipt, encode
from tests.cloud.command_line import aisle_cloud
from tests.cloud.knocking import wait_until_ready
from tests.cloud.programs import Caller, caller
from tests.cloud.wire import EPOCH, STORE, batch, health, tap
from tests.programs import eventually, free_port, program


@dataclass(slots=True)
class Town:
    """A data directory with a broker and a cloud that can be started, ended and killed."""

    data: Path
    web: int = field(default_factory=free_port)
    mqtt: int = field(default_factory=free_port)
    running: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)
    ends: ExitStack = field(default_factory=ExitStack)

    def make(self) -> None:
        aisle_cloud("init", "--data", self.data, "--store", STORE)
        aisle_cloud("broker", "init", "--data", self.data, "--store", STORE, "--port", str(self.mqtt))
        aisle_cloud("nodes", "add", "n1", "--data", self.data)

    @property
    def broker(self) -> Broker:
        return Broker(directory=self.data / "broker", random=os.urandom)

    def start(self, name: str) -> None:
        command = {"broker": ["broker", "run"], "cloud": ["run", "--port", str(self.web)]}[name]
        started = program(sys.executable, "-m", "cloud", *command, "--data", self.data, log=self.log(name))
        self.running[name] = self.ends.enter_context(started)
        if name == "broker":
            assert wait_until_ready(self.broker.credentials("observer"), seconds=60), self.log(name).read_text()
        else:
            eventually(lambda: self.healthz().get("broker"), "the cloud")

    def log(self, name: str) -> Path:
        return self.data / f"{name}.log"

    def end(self, name: str, how: signal.Signals = signal.SIGTERM) -> int:
        ended = self.running.pop(name)
        ended.send_signal(how)
        return ended.wait(timeout=60)

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.web}{path}", timeout=10) as answer:
            text: str = answer.read().decode()
        return text

    def healthz(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self.get("/healthz"))
        except OSError:
            return {}
        return found

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(aisle_cloud("status", "--data", self.data))
        return found


@pytest.fixture(name="town", scope="module")
def _town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    town = Town(tmp_path_factory.mktemp("town") / "data")
    with town.ends:
        town.make()
        town.start("broker")
        town.start("cloud")
        yield town


@pytest.fixture(name="node")
def _node(town: Town) -> Iterator[Caller]:
    with caller(town.broker.credentials("n1")) as node:
        assert node.subscribe(f"aisle/{STORE}/n1/receipt")
        yield node


def _receipt(node: Caller, seconds: float) -> int | None:
    """How far the next receipt goes; None where none comes in time."""
    try:
        topic, payload = node.heard.get(timeout=seconds)
    except queue.Empty:
        return None
    receipt = decode_receipt(payload)
    assert (topic, receipt.epoch) == (f"aisle/{STORE}/n1/receipt", EPOCH)
    return receipt.through


def _told(node: Caller, through: int) -> bool:
    """Whether a receipt says that all up to `through` is stored."""
    while (told := _receipt(node, 20)) is not None:
        if told >= through:
            return told == through
    return False


def test_a_batch_is_receipted_and_seen_in_every_account(town: Town, node: Caller) -> None:
    node.publish(f"aisle/{STORE}/n1/events", batch([tap(1), b'{"kind":"smell"}', tap(3)]))
    assert _told(node, 3)
    node.publish(f"aisle/{STORE}/n1/events", b"poison")
    node.publish(f"aisle/{STORE}/n1/health", encode(health(produced=3, pending=0)))
    eventually(lambda: town.status()["nodes"]["n1"]["health"], "the health")
    account = town.status()["nodes"]["n1"]
    assert [account[key] for key in ("produced", "stored", "quarantined", "pending", "difference")] == [3, 2, 1, 0, 0]
    assert account["epochs"][0]["through"] == 3
    assert town.status()["quarantine"]["messages_of_nobody"] == 1
    figures = town.get("/metrics")
    assert re.search(r'^aisle_events_stored\{node="n1"\} 2\.0$', figures, re.MULTILINE)
    assert re.search(r'^aisle_conservation_difference\{node="n1"\} 0\.0$', figures, re.MULTILINE)
    lines = [json.loads(line) for line in aisle_cloud("events", "--data", town.data, "--kind", "tap").splitlines()]
    assert [(it["node"], it["sequence"], it["event"]["at"]) for it in lines] == [("n1", 1, 1), ("n1", 3, 3)]
    kept = [json.loads(line) for line in aisle_cloud("quarantine", "list", "--data", town.data).splitlines()]
    assert [(it["sequence"], it["raw"]) for it in kept] == [(2, '{"kind":"smell"}'), (None, "poison")]
    assert aisle_cloud("quarantine", "replay", "--data", town.data) == "0 understood and stored, 2 left\n"


def test_what_comes_while_the_cloud_is_killed_is_stored_once(town: Town, node: Caller) -> None:
    before = town.status()["nodes"]["n1"]["epochs"][0]["through"]
    total = 40
    for number in range(1, total + 1):
        if number in {10, 25}:
            town.end("cloud", signal.SIGKILL)
        if number in {20, 35}:
            town.start("cloud")
        node.publish(f"aisle/{STORE}/n1/events", batch([tap(number)], first=before + number))
    told: int | None = before
    deadline = time.monotonic() + 60
    while told != before + total:
        assert time.monotonic() < deadline, told
        told = _receipt(node, 1)
        if told is None:  # a node asks again, with what its last receipt left open: here all
            events = [tap(number) for number in range(1, total + 1)]
            node.publish(f"aisle/{STORE}/n1/events", batch(events, first=before + 1))
    epoch = town.status()["nodes"]["n1"]["epochs"][0]
    assert (epoch["through"], epoch["missing"], epoch["difference"]) == (before + total, 0, 0)
    assert epoch["stored"] + epoch["quarantined"] == before + total


def test_metrics_are_for_this_machine_alone(town: Town) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{town.web}/metrics", headers={"x-forwarded-for": "203.0.113.1"})
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(request, timeout=10)


def test_a_second_cloud_of_the_same_data_says_that_one_is_running(town: Town) -> None:
    assert "is running in" in aisle_cloud("run", "--data", town.data, "--port", "0", status=2)


def test_the_cloud_ends_in_order_at_sigterm_and_the_password_is_said_once(town: Town) -> None:
    assert town.end("cloud") == 0
    assert not Path(f"{town.data}/aisle.db-wal").exists()
    town.start("cloud")
    log = town.log("cloud").read_text()
    assert log.count("signs in as `manager`; the first password") == 1
    assert "Traceback" not in log


def test_what_lies_in_the_data_directory_is_for_its_owner_alone(town: Town) -> None:
    assert town.data.stat().st_mode & 0o777 == 0o700
    assert (town.data / "aisle.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("run", "--port", "65536"), "0 to 65535 are allowed"),
        (("run", "--port", "http"), "http: 0 to 65535 are allowed"),
        (("events", "--from", "yesterday"), "yesterday: milliseconds since 1970 are needed"),
        (("events", "--from", "9" * 30), "milliseconds since 1970 are needed"),
        (("visits", "--to", "-1"), "milliseconds since 1970 are needed"),
    ],
)
def test_a_number_that_cannot_be_is_told_with_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...], words: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--data", str(tmp_path)])
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_a_kind_of_events_that_there_is_not_is_refused_with_those_that_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    aisle_cloud("init", "--data", tmp_path, "--store", STORE)
    for kind in KINDS:
        assert aisle_cloud("events", "--data", tmp_path, "--kind", kind) == ""
    with pytest.raises(SystemExit, match="2"):
        main(["events", "--data", str(tmp_path), "--kind", "crossings"])
    assert "'tap', 'removal', 'crossing'" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_named_with_status_2(tmp_path: Path) -> None:
    town = Town(tmp_path / "data")
    town.make()
    nowhere = tmp_path / "nowhere" / "n2.toml"
    assert f"{nowhere}: No such file" in aisle_cloud(
        "nodes", "add", "n2", "--data", town.data, "--out", nowhere, status=2
    )
    (tmp_path / "file").touch()
    assert "Not a directory" in aisle_cloud("init", "--data", tmp_path / "file" / "d", "--store", STORE, status=2)


def test_a_store_is_made_once_and_keeps_its_identity(tmp_path: Path) -> None:
    first = aisle_cloud("init", "--data", tmp_path, "--store", STORE)
    assert aisle_cloud("init", "--data", tmp_path, "--store", STORE) == first
    assert "holds the store 'seoul', not 'busan'" in aisle_cloud(
        "init", "--data", tmp_path, "--store", "busan", status=2
    )
    assert "--store = 'Seoul'" in aisle_cloud("init", "--data", tmp_path, "--store", "Seoul", status=2)
    assert "run `aisle-cloud broker init` first" in aisle_cloud("nodes", "add", "n1", "--data", tmp_path, status=2)
    assert "broker.credentials" in aisle_cloud("run", "--data", tmp_path, status=2)


def test_a_broker_is_of_the_store_that_is_there(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert "--store is needed" in aisle_cloud("broker", "init", "--data", data, status=2)
    aisle_cloud("init", "--data", data, "--store", STORE)
    assert "holds the store 'seoul', not 'busan'" in aisle_cloud(
        "broker", "init", "--data", data, "--store", "busan", status=2
    )
    assert not (data / "broker").exists()
    assert "The broker of seoul" in aisle_cloud("broker", "init", "--data", data)


def test_a_broker_that_is_set_up_again_keeps_what_is_not_named(tmp_path: Path) -> None:
    data, chain, key = tmp_path / "data", tmp_path / "chain.pem", tmp_path / "key.pem"
    for path in (chain, key):
        path.write_text("a file\n")
    tls = ("--tls-certificate", chain, "--tls-key", key, "--tls-ca", chain)
    made = aisle_cloud("broker", "init", "--data", data, "--store", STORE, "--host", "0.0.0.0", *tls)
    assert "0.0.0.0:1883, with TLS" in made

    moved = aisle_cloud("broker", "init", "--data", data, "--store", STORE, "--port", "18884")
    assert "0.0.0.0:18884, with TLS" in moved

    assert "one of them" in aisle_cloud("broker", "init", "--data", data, "--store", STORE, "--no-tls", *tls, status=2)
    bare = aisle_cloud("broker", "init", "--data", data, "--store", STORE, "--no-tls")
    assert "0.0.0.0:18884, without TLS" in bare


@pytest.mark.parametrize("command", ["status", "events", "run"])
def test_where_there_is_no_store_every_command_says_so(tmp_path: Path, command: str) -> None:
    assert "there is no store in" in aisle_cloud(command, "--data", tmp_path, status=2)


def test_a_node_that_is_added_again_keeps_its_password(tmp_path: Path) -> None:
    aisle_cloud("broker", "init", "--data", tmp_path, "--store", STORE)
    path = Path(aisle_cloud("nodes", "add", "n1", "--data", tmp_path).strip())
    before = path.read_bytes()
    aisle_cloud("nodes", "add", "n1", "--data", tmp_path)
    assert path.read_bytes() == before
    assert aisle_cloud("nodes", "list", "--data", tmp_path) == "n1\n"
    aisle_cloud("nodes", "remove", "n1", "--data", tmp_path)
    assert aisle_cloud("nodes", "list", "--data", tmp_path) == ""


WRONG = (
    ('[manage]\naccounts = "/nowhere/accounts.db"', "manage.accounts = '/nowhere/accounts.db': /nowhere/"),
    ('[manage]\naccounts = "."', "manage.accounts = '.': "),
    ('[manage]\naccounts = "words"', "manage.accounts = 'words': "),
    ('[broker]\ncredentials = "."', "broker.credentials = '.': "),
    ('[broker]\ncredentials = "words"', "broker.credentials = 'words': "),
    ('[tags]\nkeys = "nowhere"', "tags.keys: "),
    ('[tags]\nkeys = "."', "tags.keys: "),
    ('[tags]\nkeys = "words"', "tags.keys: "),
    ('[web]\nhost = "192.0.2.1"', "web.host = '192.0.2.1': it is no address of this machine"),
    ('[[categories]]\nname = "tea"\nko = "a"\nen = "a"\n' * 2, "categories[1].name = 'tea': "),
)


@pytest.mark.parametrize(("lines", "words"), WRONG, ids=[words[:26] for _, words in WRONG])
def test_a_setting_that_cannot_be_used_is_named_by_its_key_in_one_line(tmp_path: Path, lines: str, words: str) -> None:
    aisle_cloud("init", "--data", tmp_path, "--store", STORE)
    aisle_cloud("broker", "init", "--data", tmp_path)
    (tmp_path / "words").write_text("words that are neither a database nor settings\n" * 20)
    (tmp_path / "cloud.toml").write_text(f'store = "{STORE}"\n{lines}\n')
    command = [sys.executable, "-m", "cloud", "run", "--port", "0", "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    (told,) = (line for line in done.stderr.splitlines() if not line[:4].isdigit())
    assert told.startswith("aisle-cloud: ")
    assert words in told


def test_a_file_of_a_log_that_is_not_there_is_named_once(tmp_path: Path) -> None:
    said = aisle_cloud("log", "verify", tmp_path / "none", status=2)
    assert said == f"aisle-cloud: {tmp_path / 'none'}: No such file or directory\n"


def test_a_new_node_is_told_the_file_that_was_written_and_what_to_do_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "data", tmp_path / "stick"
    out.mkdir()
    aisle_cloud("broker", "init", "--data", data, "--store", STORE, "--host", "10.0.0.7")
    assert main(["nodes", "add", "n1", "--data", str(data), "--out", str(out)]) == 0
    told = capsys.readouterr()
    assert told.out == f"{out / 'n1.toml'}\n"
    assert (out / "n1.toml").read_bytes() == (data / "broker" / "users" / "n1.toml").read_bytes()
    assert "Next: put it into the node's folder as credentials.toml" in told.err
    assert "its host, 10.0.0.7," in told.err


def test_what_a_node_carries_names_the_authority_that_lies_beside_it(tmp_path: Path) -> None:
    data, chain, carried = tmp_path / "data", tmp_path / "chain.pem", tmp_path / "door"
    chain.write_text("an authority\n")
    carried.mkdir()
    tls = ("--tls-certificate", chain, "--tls-key", chain, "--tls-ca", chain)
    aisle_cloud("broker", "init", "--data", data, "--store", STORE, "--host", "192.0.2.10", *tls)
    aisle_cloud("nodes", "add", "door", "--data", data, "--out", carried / "credentials.toml")
    told = tomllib.loads((carried / "credentials.toml").read_text())
    assert (told["host"], told["ca"]) == ("192.0.2.10", "ca.pem")
    assert (carried / "ca.pem").read_text() == "an authority\n"
    assert stat.S_IMODE((carried / "credentials.toml").stat().st_mode) == 0o600


def test_a_database_that_is_damaged_at_work_ends_the_cloud_for_its_keeper_to_see(tmp_path: Path) -> None:
    town = Town(tmp_path / "data")
    with town.ends:
        town.make()
        town.start("broker")
        town.start("cloud")
        database = town.data / "aisle.db"
        town.get("/healthz")
        with caller(town.broker.credentials("n1")) as node, database.open("r+b") as file:
            # A batch first, so that the pages of its tables are in the file and not only in the log.
            node.publish(f"aisle/{STORE}/n1/events", batch([tap(1)]))
            eventually(lambda: town.status()["nodes"], "the batch")
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            file.write(b"\xa5" * size)
            (town.data / "aisle.db-wal").write_bytes(b"")
            (town.data / "aisle.db-shm").write_bytes(b"\xa5" * 32_768)
            node.publish(f"aisle/{STORE}/n1/events", batch([tap(2)], first=2))
            assert town.running["cloud"].wait(timeout=30) == 1
        assert "the cloud ends" in town.log("cloud").read_text()
