"""The demo's folder: a new store in it, or the one that an earlier demo left."""

import hashlib
import json
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contract.plan import Plan, decode_plan
from deploy.demo.membership import Rates

STORE_FILES: Final = Path(__file__).parents[1] / "demo_store"
TILL: Final = "till-1"
POINTS: Final = Rates(tap=10, review=50, sale_per_mille=10)
CATEGORIES: Final = """\
[[categories]]
name = "tea"
ko = "차"
en = "Tea"
[[categories]]
name = "coffee"
ko = "커피"
en = "Coffee"
[[categories]]
name = "sweets"
ko = "한과·선물"
en = "Sweets and gifts"
[[categories]]
name = "snack"
ko = "과자"
en = "Snacks"
[[categories]]
name = "fresh"
ko = "신선식품"
en = "Fresh"
[[categories]]
name = "pantry"
ko = "꿀·잼"
en = "Pantry"
"""
"""The titles of the demo store's categories, as `cloud.toml` has them."""
_CHOSEN: Final = f"""\
[sender]
name_ko = "다온상회"
name_en = "Daon Market"
contact = "02-000-0000"
address_ko = "서울시 어딘가 1"
address_en = "1 Somewhere, Seoul"
[points]
tap = {POINTS.tap}
review = {POINTS.review}
sale_per_mille = {POINTS.sale_per_mille}
least_spend = 10
{CATEGORIES}"""
"""What a store would choose; the points are generous, so that a minute's visit can spend some."""


class CommandFailed(Exception):
    """A command of the preparation failed; the message is what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where this demo's programs listen, all on 127.0.0.1."""

    broker: int
    cloud: int
    simulator: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The demo's folder, and what lies where in it."""

    root: Path

    @property
    def cloud(self) -> Path:
        """The cloud's data."""
        return self.root / "cloud"

    @property
    def simulator(self) -> Path:
        """What the simulator writes: the truth, the phones' log, the readers' ports."""
        return self.root / "simulator"

    @property
    def truth(self) -> Path:
        """The truth of the day that was played last."""
        return self.simulator / "truth.jsonl"

    @property
    def past(self) -> Path:
        """The days before the first start: what was told of them, and their truth."""
        return self.root / "past"

    @property
    def keys(self) -> Path:
        """Secrets that more than one program needs."""
        return self.root / "keys"

    @property
    def password(self) -> Path:
        """The manager's password, kept for the demo's next start; a real cloud keeps its hash alone."""
        return self.keys / "manager.password"

    @property
    def till_secret(self) -> Path:
        """What the till signs with."""
        return self.keys / "till.secret"

    @property
    def card_key(self) -> Path:
        """What all of the store's readers make the names of cards with."""
        return self.keys / "pseudonym.hex"

    @property
    def taken_in(self) -> Path:
        """Which of the store's files were imported, by their digests."""
        return self.root / "taken-in.json"

    @property
    def plan(self) -> Path:
        """The store's plan, its cameras calibrated."""
        return self.root / "plan.json"

    @property
    def logs(self) -> Path:
        """What the programs print."""
        return self.root / "logs"

    def node(self, name: str) -> Path:
        """The settings of a node."""
        return self.root / "nodes" / name / "node.toml"

    def user(self, name: str) -> Path:
        """How that program signs in at the broker."""
        return self.cloud / "broker" / "users" / f"{name}.toml"


def program(name: str, *arguments: str | Path) -> str:
    """What a command of this environment prints. Raises CommandFailed."""
    command = [Path(sys.executable).with_name(name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise CommandFailed(f"{name} {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return done.stdout


def prepare(place: Place, ports: Ports, *, past: int, say: Callable[[str], None]) -> Plan:
    """Make what is missing in the demo's folder, and write what depends on this start's ports; the store's plan.

    A new store gets a `past` of so many days. Raises CommandFailed. A second call keeps all data and secrets.
    """
    place.root.mkdir(parents=True, exist_ok=True)
    say("the plan, with its cameras calibrated")
    drawn = program("aisle-sim", "plan", "--store", STORE_FILES)
    changed = not place.plan.exists() or place.plan.read_text(encoding="utf-8") != drawn
    place.plan.write_text(drawn, encoding="utf-8")
    plan = decode_plan(place.plan.read_bytes())
    if not (place.cloud / "cloud.toml").exists():
        _make_cloud(place, plan, say)
    if changed:
        program("aisle-cloud", "plan", "import", place.plan, "--data", place.cloud)
    if not place.till_secret.exists():
        _make_till(place, say)
        if past:
            _live(place, past, say)
    _stock(place, say)
    say("the broker's users and rights")
    program("aisle-cloud", "broker", "init", "--data", place.cloud, "--store", plan.store, "--port", str(ports.broker))
    for node in plan.nodes:
        if not place.user(node).exists():
            program("aisle-cloud", "nodes", "add", node, "--data", place.cloud)
        _write_node(place, plan, node, ports)
    _write_cloud_settings(place, plan, ports)
    return plan


def _make_cloud(place: Place, plan: Plan, say: Callable[[str], None]) -> None:
    say(f"a new store with {len(plan.nodes)} nodes in {place.root}")
    program("aisle-cloud", "init", "--data", place.cloud, "--store", plan.store)
    _write_secret(place.card_key, secrets.token_hex(32) + "\n")
    keys = f'meta_read = "{secrets.token_hex(16)}"\nfile_master = "{secrets.token_hex(16)}"\n'
    _write_secret(place.keys / "tags.toml", keys)
    password = program("aisle-cloud", "manager", "reset-password", "--data", place.cloud)
    _write_secret(place.password, password)


def _stock(place: Place, say: Callable[[str], None]) -> None:
    """Take in what the store sells, says and offers, where a file is new since the last start."""
    known: dict[str, str] = json.loads(place.taken_in.read_text()) if place.taken_in.exists() else {}
    campaigns = sorted((STORE_FILES / "campaigns").glob("*.toml"))
    imports = [(kind, STORE_FILES / f"{kind}.csv") for kind in ("products", "tags", "reviews")]
    for command, file in (
        *((f"{kind} import", file) for kind, file in imports),
        *(("campaign add", file) for file in campaigns),
    ):
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        if known.get(file.name) != digest:
            say(f"{command} {file.name}")
            program("aisle-cloud", *command.split(), file, "--data", place.cloud)
            known[file.name] = digest
            place.taken_in.write_text(json.dumps(known), encoding="utf-8")


def _make_till(place: Place, say: Callable[[str], None]) -> None:
    say("the till")
    secret = ("--token-file", place.till_secret)
    program("aisle-cloud", "tills", "add", TILL, "--signed", "--data", place.cloud, *secret)


def _live(place: Place, days: int, say: Callable[[str], None]) -> None:
    """Days that are over, so that the manager's pages have something to compare with; before the stock is counted."""
    say(f"{days} simulated days that are over (some seconds, once)")
    program("aisle-sim", "past", "--store", STORE_FILES, "--days", str(days), "--out", place.past)
    program("aisle-cloud", "batches", "import", place.past / "batches.jsonl", "--data", place.cloud)
    program("aisle-cloud", "sales", "import", place.past / "sales.csv", "--till", TILL, "--data", place.cloud)


def _write_cloud_settings(place: Place, plan: Plan, ports: Ports) -> None:
    (place.cloud / "cloud.toml").write_text(
        f'store = "{plan.store}"\n'
        "[web]\n"
        f"port = {ports.cloud}\n"
        f'frame_ancestors = ["http://localhost:{ports.simulator}"]  # the simulator shows the phone in a frame\n'
        "[tags]\n"
        f'keys = "{(place.keys / "tags.toml").resolve()}"\n'
        "[push]\n"
        f'sandbox = "http://localhost:{ports.simulator}"  # the simulator plays the push service too\n' + _CHOSEN,
        encoding="utf-8",
    )


def _write_node(place: Place, plan: Plan, node: str, ports: Ports) -> None:
    path = place.node(node)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        'data = "data"',
        "figures_every_s = 10  # so that the heat map is alive at once",
        "# The plan comes from the cloud, signed, over the broker.",
        f'credentials = "{place.user(node).resolve()}"',
        f'pseudonym_key = "{(place.keys / "pseudonym.hex").resolve()}"',
    ]
    for reader in plan.readers:
        if reader.node == node:
            device = place.simulator / "readers" / reader.id
            lines += ["", "[[reader]]", f'name = "{reader.id}"', f'device = "{device}"']
    for camera in plan.cameras:
        if camera.node == node:
            source = f"http://127.0.0.1:{ports.simulator}/camera/{camera.id}.mjpg"
            lines += ["", "[[camera]]", f'name = "{camera.id}"', f'source = "{source}"']
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_secret(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
