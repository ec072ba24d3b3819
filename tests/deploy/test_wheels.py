"""All that a node installs comes as a ready wheel for a Raspberry Pi: pip itself looks, nothing is downloaded whole.

Nobody has a compiler in a shop. The one package that ships its source alone is named here, and is shown to be pure
Python.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.deploy import lockfile
from tests.deploy.lockfile import Pinned

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "deploy" / "lock"
PYTHONS = ["3.11", "3.13"]  # Debian 12's and 13's, and so Raspberry Pi OS's
SOURCE_ALONE = {"pydes"}
# Debian 12 has glibc 2.36, Debian 13 has 2.41: both run all of these.
TAGS = ("manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64")
LONGEST_S = 60


def environment(python: str) -> dict[str, str]:
    """A Pi's answers to a marker's questions."""
    return {
        "python_version": python,
        "python_full_version": f"{python}.2",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_machine": "aarch64",
        "platform_system": "Linux",
        "sys_platform": "linux",
        "os_name": "posix",
    }


def pip(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pip", *arguments, "--disable-pip-version-check", "--no-input", "--no-cache-dir"]
    return subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S, check=False)


def resolve(lines: list[str], python: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Whether pip finds a wheel for each of these lines on a Pi with this Python; nothing is installed."""
    wanted = folder / f"wanted-{python}.txt"
    wanted.write_text("\n".join(lines) + "\n")
    tags = [option for tag in TAGS for option in ("--platform", tag)]
    where = ["--target", str(folder / "nowhere"), "--implementation", "cp", "--python-version", python, *tags]
    return pip("install", "--dry-run", "--no-deps", "--only-binary=:all:", *where, "-r", str(wanted))


def must_reach_the_index() -> None:
    if pip("index", "versions", "--retries", "0", "--timeout", "10", "pydes").returncode:
        pytest.skip("no package index can be reached")


@pytest.fixture(scope="module", name="pinned")
def what_a_node_installs() -> list[Pinned]:
    must_reach_the_index()
    return [*lockfile.read(LOCK / "node.txt"), *lockfile.read(LOCK / "build.txt")]


@pytest.mark.parametrize("python", PYTHONS)
def test_each_package_of_a_node_has_a_wheel_for_a_pi(python: str, pinned: list[Pinned], tmp_path: Path) -> None:
    here = [each for each in pinned if each.holds_in(environment(python)) and each.name not in SOURCE_ALONE]
    assert len(here) >= 12
    done = resolve([each.line for each in here], python, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Would install" in done.stdout


def test_a_package_without_a_wheel_for_a_pi_is_found_out(pinned: list[Pinned], tmp_path: Path) -> None:
    """pysqlite3 has wheels for other machines alone."""
    del pinned
    done = resolve(["pysqlite3==0.6.1"], "3.11", tmp_path)
    assert done.returncode != 0
    assert "No matching distribution found for pysqlite3" in done.stderr


def test_what_comes_as_source_alone_is_pure_python(pinned: list[Pinned], tmp_path: Path) -> None:
    wanted = tmp_path / "source.txt"
    wanted.write_text("\n".join(each.line for each in pinned if each.name in SOURCE_ALONE) + "\n")
    done = pip("wheel", "--no-deps", "--require-hashes", "--wheel-dir", str(tmp_path / "made"), "-r", str(wanted))
    assert done.returncode == 0, done.stderr
    made = sorted(path.name for path in (tmp_path / "made").iterdir())
    assert len(made) == len(SOURCE_ALONE)
    assert all(name.endswith("-none-any.whl") for name in made), made


def extras(*names: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(line for name in names for line in project["optional-dependencies"][name])]
    return [Requirement(line) for line in asked]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("lock", "asks"), [("node", ("edge", "nfc")), ("cloud", ("cloud",))])
def test_a_lock_holds_what_its_extras_ask_for(python: str, lock: str, asks: tuple[str, ...]) -> None:
    here = {each.name: each for each in lockfile.read(LOCK / f"{lock}.txt") if each.holds_in(environment(python))}
    for asked in extras(*asks):
        (pin,) = here[asked.name].requirement.specifier
        assert pin.operator == "=="
        assert asked.specifier.contains(pin.version), f"{asked} but the lock has {pin}"


@pytest.mark.parametrize("lock", ["node", "cloud"])
def test_a_store_runs_the_versions_that_the_tests_ran(lock: str) -> None:
    tested = {(each.name, str(each.requirement.specifier)) for each in lockfile.read(LOCK / "demo.txt")}
    assert {(each.name, str(each.requirement.specifier)) for each in lockfile.read(LOCK / f"{lock}.txt")} <= tested
    assert all(each.hashes for name in ("build", lock) for each in lockfile.read(LOCK / f"{name}.txt"))
