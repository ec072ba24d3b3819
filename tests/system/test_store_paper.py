"""deploy/STORE.md, gone through line by line in an empty folder, with the real programs."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from cloud.shop.catalogue import PRODUCTS, TAGS, Columns
from cloud.shop.review_files import REVIEWS
from deploy.demo.processes import Programs
from firmware_sim.tags.keys import SunKeys
from firmware_sim.tags.ntag424 import Ntag424
from tests.programs import PATIENCE_S, answers, free_port

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]
PAPER = (ROOT / "deploy" / "STORE.md").read_text(encoding="utf-8")
UNITS = ROOT / "deploy" / "server"
FENCED = re.compile(r"^```(?P<language>\w+)(?: (?P<name>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
ONLY_ON_A_BARE_MACHINE = {"apt", "useradd", "install", "python3", "/opt/aisle-cloud/bin/pip"}

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl, as the paper does"),
]


@dataclass(slots=True, kw_only=True)
class Reader:
    """Somebody who does what the paper says; `folder` is the server's /srv/aisle, `checkout` where root stands."""

    folder: Path
    checkout: Path
    programs: Programs
    web: int = field(default_factory=free_port)
    broker: int = field(default_factory=free_port)
    said: str = ""  # by the last command

    def follow(self, paper: str) -> None:
        """Each block of the paper in order; AssertionError with the line that fails."""
        blocks = list(FENCED.finditer(paper))
        assert len(blocks) == paper.count("\n```") / 2, "a fence of the paper is not closed, or has a title too many"
        for block in blocks:
            language, name, text = block["language"], block["name"], self._here(block["text"])
            if language != "sh":
                (self.folder / name).write_text(text, encoding="utf-8")
            for line in text.splitlines() if language == "sh" else ():
                if name == "root":
                    self._as_root(line)
                else:
                    self._type(line, self.folder)

    def told(self, *command: str) -> list[dict[str, object]]:
        """What a command of the cloud prints, as JSON lines."""
        self._type(shlex.join(["aisle-cloud", *command, "--data", "cloud"]), self.folder)
        return [json.loads(line) for line in self.said.splitlines()]

    def tap(self, url: str) -> httpx.Response:
        """A phone opens a tag's link; here the proxy that the paper puts before the pages is played."""
        headers = {"host": "store.example", "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9"}
        return httpx.get(self._page(url.removeprefix("https://store.example")), headers=headers, timeout=PATIENCE_S)

    def _here(self, text: str) -> str:
        """The paper's addresses and folders as they are on this machine."""
        for theirs, ours in self._places.items():
            text = text.replace(theirs, ours)
        return text

    @property
    def _places(self) -> dict[str, str]:
        return {
            "192.0.2.10": "127.0.0.1",
            "192.0.2.7": "127.0.0.1",
            "8883": str(self.broker),
            "/srv/aisle": str(self.folder),
            "/var/lib/aisle": str(self.checkout / "node"),
        }

    def _type(self, line: str, where: Path) -> None:
        environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(
            ["bash", "-c", f"umask 077; {line}"],
            cwd=where,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        self.said = done.stdout

    def _as_root(self, line: str) -> None:
        sudo, *command = shlex.split(line)
        assert sudo == "sudo", f"{line}: whoever needs no rights is no root"
        match command:
            case ["systemctl", "enable", "--now", *units] | ["systemctl", "start", *units]:
                self._start(units)
            case ["systemctl", "stop", *units]:
                self.programs.stop(*units)
            case ["systemctl", "restart", *units]:
                self.programs.stop(*units)
                self._start(units)
            case ["tar", *_]:
                self._type(shlex.join(command), self.checkout)
            case ["deploy/node/install.sh", folder]:
                self._install_node(self.folder / folder)
            case [program, *_]:
                assert program in ONLY_ON_A_BARE_MACHINE, line
                for word in command:
                    assert not word.startswith("deploy/") or (ROOT / word).is_file(), f"{line}: there is no {word}"

    def _start(self, units: list[str]) -> None:
        for unit in units:
            text = self._here((UNITS / f"{unit}.service").read_text(encoding="utf-8"))
            (command,) = re.findall(r"^ExecStart=/opt/aisle-cloud/bin/(.*)$", text, re.MULTILINE)
            port = ["--port", str(self.web)] if unit == "aisle-cloud" else []
            self.programs.start(unit, *shlex.split(command), *port)
        self.programs.wait_for("the page", lambda: answers(self._page("/healthz")), seconds=PATIENCE_S)

    def _install_node(self, folder: Path) -> None:
        """What the installer asks before it changes anything, and what it starts."""
        self._type(f"aisle-edge check --config {folder / 'node.toml'}", self.checkout)
        self.programs.start("node", "aisle-edge", "run", "--config", folder / "node.toml")
        self.programs.wait_for("the node's first word", self._heard, seconds=PATIENCE_S)

    def _heard(self) -> bool:
        (status,) = self.told("status")
        nodes = status["nodes"]
        assert isinstance(nodes, dict)
        return bool(nodes.get("door", {}).get("health"))

    def _page(self, path: str) -> str:
        return f"http://127.0.0.1:{self.web}{path}"


@contextmanager
def reader(folder: Path) -> Iterator[Reader]:
    one = Reader(folder=folder / "srv", checkout=folder / "checkout", programs=Programs(logs=folder / "logs"))
    for place in (one.folder, one.checkout):
        place.mkdir()
    try:
        yield one
    finally:
        one.programs.stop_all()


def test_the_paper_leads_to_the_first_tap_and_to_a_node_that_is_heard(tmp_path: Path) -> None:
    with reader(tmp_path) as newcomer:
        newcomer.follow(PAPER)

        signing, plain = newcomer.told("tags", "list", "--keys")
        page = newcomer.tap(first_tap(signing))
        assert page.status_code == 303
        assert "Jeju green tea" in newcomer.tap(page.headers["location"] + "&lang=en").text
        assert newcomer.tap(str(plain["link"])).status_code == 200
        assert [visit["signed"] for visit in newcomer.told("visits")] == [True, False]

        listed = subprocess.run(
            ["tar", "-tzf", newcomer.checkout / "aisle-backup.tar.gz"], capture_output=True, text=True, check=True
        ).stdout.split()
        wanted = {
            "./cloud/aisle.db",
            "./cloud/accounts.db",
            "./cloud/nodes.key",
            "./cloud/tags.toml",
            "./pseudonym.hex",
        }
        assert wanted <= set(listed)
        assert not any("jetstream/" in path for path in listed)


def first_tap(told: dict[str, object]) -> str:
    """The link of a chip that was set up as `aisle-cloud tags list --keys` says."""
    keys = SunKeys(meta_read=bytes.fromhex(str(told["meta_read"])), file_read=bytes.fromhex(str(told["file_read"])))
    places = re.sub(r"picc=0+&cmac=0+$", "picc={picc}&cmac={cmac}", str(told["link"]))
    return Ntag424(bytes.fromhex(str(told["uid"])), url=places, keys=keys, random=os.urandom).tap_url()


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("aisle-cloud init --data", "aisle-cloud begin --data", "invalid choice: 'begin'"),
        ("--tls-certificate broker.pem", "--tls-certificate broker.crt", "broker.crt is not a file"),
        ("deploy/server/aisle-cloud.service", "deploy/server/cloud.service", "there is no deploy/server/cloud.service"),
        ("sudo systemctl enable", "sudo systemd enable", "sudo systemd enable"),
    ],
)
def test_a_wrong_line_in_the_paper_is_found(right: str, wrong: str, told: str, tmp_path: Path) -> None:
    assert right in PAPER
    with reader(tmp_path) as newcomer, pytest.raises(AssertionError) as refusal:
        newcomer.follow(PAPER.replace(right, wrong))
    assert told in str(refusal.value)


@pytest.mark.parametrize(("table", "columns"), [("products", PRODUCTS), ("reviews", REVIEWS), ("tags", TAGS)])
def test_the_paper_explains_each_column_and_which_must_be_there(table: str, columns: Columns) -> None:
    (rows,) = re.findall(rf"^\| column of {table} .*\n\|---\|---\|\n((?:\|.*\n)+)", PAPER, re.MULTILINE)
    named = [name for row in rows.splitlines() for name in re.findall(r"(\**`\w+`\**)", row.split("|")[1])]
    assert sorted(name.strip("*`") for name in named) == sorted(columns.known)
    assert sorted(name.strip("*`") for name in named if name.startswith("**")) == sorted(columns.needed)
