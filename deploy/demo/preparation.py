"""The demo's folder: a new store in it, or the one that an earlier demo left."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

STORE_FILES: Final = Path(__file__).parents[1] / "demo_store"


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
    def keys(self) -> Path:
        """Secrets that more than one program needs."""
        return self.root / "keys"

    @property
    def plan(self) -> Path:
        """The store's plan, its cameras calibrated."""
        return self.root / "plan.json"

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
