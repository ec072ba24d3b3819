"""The installer, run for real below a folder of its own: a packed bundle whose programs are tiny, and no index."""

import hashlib
import os
import shutil
import stat
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2] / "deploy" / "node"

# Stands in for the node's program: it knows good settings from bad.
PROGRAM = """
import sys
def main():
    told = open(sys.argv[sys.argv.index("--config") + 1]).read()
    sys.exit("no such camera" if "bad" in told else 0)
"""

pytestmark = pytest.mark.skipif(
    shutil.which("sh") is None or shutil.which("sha256sum") is None, reason="needs a POSIX shell and coreutils"
)


def wheel(folder: Path, name: str, version: str, module: str, text: str, *, script: str = "") -> str:
    """A wheel of one module; its line in a lock file."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(f"{module}.py", text)
        made.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        made.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        if script:
            made.writestr(f"{info}/entry_points.txt", f"[console_scripts]\n{script}\n")
        made.writestr(f"{info}/RECORD", "")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A bundle, the settings that somebody wrote, and the folder that stands for the machine."""

    bundle: Path
    settings: Path
    machine: Path

    def install(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        command = ["sh", self.bundle / "install.sh", "--root", self.machine, *arguments]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)

    def release(self, version: str) -> None:
        """Put another version into the bundle."""
        for old in (self.bundle / "wheels").glob("aisle_store-*"):
            old.unlink()
        text = f"# {version}\n{PROGRAM}"
        wheel(self.bundle / "wheels", "aisle_store", version, "tiny", text, script="aisle-edge = tiny:main")

    @property
    def code(self) -> Path:
        return self.machine / "opt" / "aisle"

    def running(self) -> str:
        """The version that `current` points at."""
        return (self.code / "current").readlink().name.partition("-")[0]

    def mode(self, name: str) -> int:
        return stat.S_IMODE((self.machine / name).stat().st_mode)


@pytest.fixture(name="shop")
def a_shop(tmp_path: Path) -> Shop:
    shop = Shop(bundle=tmp_path / "bundle", settings=tmp_path / "settings", machine=tmp_path / "machine")
    for folder in (shop.bundle / "wheels", shop.bundle / "lock", shop.settings, shop.machine):
        folder.mkdir(parents=True)
    for path in HERE.iterdir():
        if path.is_file():
            shutil.copy(path, shop.bundle)
    tool = wheel(shop.bundle / "wheels", "tiny_tool", "1.0", "tiny_tool", "")
    library = wheel(shop.bundle / "wheels", "tiny_library", "1.0", "tiny_library", "")
    (shop.bundle / "lock" / "build.txt").write_text(tool)
    (shop.bundle / "lock" / "node.txt").write_text(library)
    shop.release("1.0.0")
    (shop.settings / "node.toml").write_text('data = "/var/lib/aisle"\n')
    (shop.settings / "pseudonym.hex").write_text("ab" * 32)
    (shop.settings / "pseudonym.hex").chmod(0o644)  # as it comes from a stick
    return shop


def test_a_node_is_installed_upgraded_turned_back_and_removed(shop: Shop) -> None:
    done = shop.install(shop.settings)
    assert done.returncode == 0, done.stderr
    assert shop.running() == "1.0.0"
    assert (shop.mode("etc/aisle"), shop.mode("etc/aisle/pseudonym.hex")) == (0o750, 0o600)
    assert (shop.machine / "etc/systemd/system/multi-user.target.wants/aisle-edge.service").resolve().is_file()
    code = shop.code / "current"
    assert not [path for path in code.rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o022]
    libraries = {path.name for path in code.glob("lib/python3*/site-packages/*")}
    assert "tiny_library.py" in libraries
    assert {"tiny_tool.py", "pip"}.isdisjoint(libraries)  # what builds is gone from what runs

    before = code.stat().st_mtime_ns
    assert shop.install().returncode == 0  # the same again: nothing is made anew, and the settings stay
    assert code.stat().st_mtime_ns == before

    shop.release("1.1.0")
    assert shop.install().returncode == 0
    assert shop.running() == "1.1.0"
    assert shop.install("--rollback").returncode == 0
    assert shop.running() == "1.0.0"
    assert len([path for path in shop.code.iterdir() if not path.is_symlink()]) == 2

    (shop.settings / "node.toml").write_text('data = "/var/lib/aisle"\nbad = 1\n')
    refused = shop.install(shop.settings)
    assert refused.returncode == 1
    assert "cannot be used" in refused.stderr
    assert shop.running() == "1.0.0"
    assert "bad" not in (shop.machine / "etc/aisle/node.toml").read_text()

    assert shop.install("--uninstall").returncode == 0
    assert not shop.code.exists()
    assert (shop.machine / "etc/aisle/node.toml").exists()
    assert shop.install("--purge").returncode == 0
    assert not (shop.machine / "etc/aisle").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "needs a folder of settings"),
        (["/no/such/folder"], "is not a folder"),
        (["--rollback"], "no version before"),
        (["--upgrade"], "usage"),
        (["a", "b"], "not two"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_changed(shop: Shop, arguments: list[str], told: str) -> None:
    refused = shop.install(*arguments)
    assert refused.returncode != 0
    assert told in refused.stderr
    assert list(shop.machine.iterdir()) == []
